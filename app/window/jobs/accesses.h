// The job that runs the shown function in the evaluator to see what it touches when.
#pragma once

#include "app/window/jobs/show.h"
#include "app/window/models/access_picture.h"

namespace strata {

struct AccessRequest {
    ShownPtr shown;
    std::int64_t l1Bytes = 0;  // 0: the target's
};

Result<AccessPicturePtr> drawAccesses(const AccessRequest& request, const JobSink& sink);

}  // namespace strata
