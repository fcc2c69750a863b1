// The job that draws a refusal about order.
#pragma once

#include "app/window/jobs/job_runner.h"
#include "app/window/models/conflict_picture.h"
#include "core/transform/asked.h"
#include "core/transform/step.h"

namespace strata {

struct ConflictRequest {
    ModulePtr module;  // where the step was refused
    Step step;
    Conflict conflict;
    std::shared_ptr<const Registry> registry;
    TransformContext context;
};

// nullptr where there is nothing to draw: the executions are not found.
std::shared_ptr<const ConflictPicture> drawConflict(const ConflictRequest& request, const JobSink& sink);

}  // namespace strata
