// The job that opens a document: the model, and the steps that were taken on it.
#pragma once

#include "app/window/jobs/job_runner.h"
#include "app/workbench/study.h"
#include "core/session/document.h"

namespace strata {

struct OpenRequest {
    std::string model;                               // path
    std::map<std::string, std::int64_t> dimensions;  // to bind
    std::string recipe;                              // path; empty: none
    std::optional<std::string> steps;                // what the recipe says, if not what its file says
    std::optional<OpenedModel> opened;               // the model, where it is open already
    std::optional<Target::Isa> isa = {};             // that it is compiled for; nullopt: this machine's
};
struct OpenedDocument {
    OpenedModel model;
    std::shared_ptr<Session> session;
    Document document;
    std::optional<Error> recipeError;  // the recipe cannot be read: the session is at its root
    std::string recipeText;            // as it was read
    std::vector<Error> refusals;       // of steps that do not apply and were not left out before, with their lines
};
// All or nothing: a document whose steps are taken only in part would lose the rest when it is saved.
Result<OpenedDocument> openDocument(const OpenRequest& request, const std::shared_ptr<const Registry>& registry,
                                    const TransformContext& context, const JobSink& sink);

}  // namespace strata
