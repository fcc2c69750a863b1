#include "app/window/jobs/open.h"

namespace strata {

namespace {

Result<Study> studyOf(const OpenRequest& request, const std::shared_ptr<const Registry>& registry,
                      const TransformContext& context, const JobSink& sink)
{
    if (request.opened)
        return Study{*request.opened, std::make_shared<Session>(request.opened->module, registry, context)};
    return openStudy({request.model, {request.dimensions, {}}, request.isa.value_or(machineIsa()), {}, {}}, registry,
                     context, sink.progress, sink.stop);
}

Result<Recipe> recipeOf(const OpenRequest& request, const Registry& registry, std::string& text)
{
    if (request.steps)
        text = *request.steps;
    else if (!request.recipe.empty()) {
        STRATA_TRY(text, readRecipe(request.recipe));
    }
    return parseRecipe(text, registry, request.recipe.empty() ? "recipe" : request.recipe);
}

std::vector<Error> refusalsIn(const Session& session, const Document& document)
{
    std::vector<Error> refusals;
    for (std::size_t i = 0; i < document.states.size(); ++i) {
        const RecipeLine& line = document.recipe.lines[i];
        const StatePtr state = document.states[i] >= 0 ? session.state(document.states[i]) : nullptr;
        if (!state || !state->refusal || line.skipped)
            continue;
        Error error = *state->refusal;
        error.message = "Line " + std::to_string(line.number) + ", " + title(*line.step, session.registry()) + ": "
                        + error.message;
        refusals.push_back(std::move(error));
    }
    return refusals;
}

}  // namespace

Result<OpenedDocument> openDocument(const OpenRequest& request, const std::shared_ptr<const Registry>& registry,
                                    const TransformContext& context, const JobSink& sink)
{
    OpenedDocument opened;
    STRATA_TRY(Study study, studyOf(request, registry, context, sink));
    opened.model = std::move(study.model);
    opened.session = std::move(study.session);
    const Result<Recipe> recipe = recipeOf(request, *registry, opened.recipeText);
    if (!recipe) {
        opened.recipeError = recipe.error();
        return opened;
    }
    opened.document = restore(*opened.session, *recipe, [&sink](const Step& step, double fraction) {
        sink.progress(step.transform, fraction);
        return !sink.stop.stop_requested();
    });
    opened.refusals = refusalsIn(*opened.session, opened.document);
    return opened;
}

}  // namespace strata
