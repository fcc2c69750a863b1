#include "app/cli/commands.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace strata::cli {

namespace {

nlohmann::json toJson(const State& state, const Registry& registry)
{
    return {{"step", print(state.step, registry)}, {"effect", name(state.effect)}, {"notes", state.notes}};
}

Status applyLines(Session& session, const std::vector<std::string>& lines, bool& stepRefused)
{
    for (const std::string& line : lines) {
        STRATA_TRY(Step step, parseStep(line, session.registry()));
        const Result<StatePtr> state = session.apply(step);
        stepRefused = !state;
        if (!state) {
            Error error = state.error();
            addHelp(session, step, error);
            return error;
        }
    }
    return {};
}

void report(const Session& session, const Options& options)
{
    nlohmann::json steps = nlohmann::json::array();
    for (const StatePtr& state : session.path()) {
        if (state->parent < 0)
            continue;
        if (options.json)
            steps.push_back(toJson(*state, session.registry()));
        else if (!options.out.empty())
            std::printf("%s  # %s\n", print(state->step, session.registry()).c_str(), name(state->effect));
        printNotes(state->notes, options);
    }
    if (options.json)
        print({{"steps", steps},
               {"effect", name(session.effect(*session.current()))},
               {"out", options.out},
               {"text", print(*session.current()->module)}});
}

}  // namespace

int apply(const Options& options)
{
    const Result<std::string> path = modelPath(options);
    if (!path)
        return fail(path.error(), options);
    if (options.recipes.empty() && options.steps.empty())
        return fail(
            refused("strata apply takes a recipe or steps.", {}, "Add --recipe FILE, --auto, or --step 'LINE'."),
            options);
    if (const Status readable = readRecipes(options); !readable)
        return fail(readable.error(), options);
    Toolchain toolchain;
    ProgressLine progress(options);
    Result<Study> prepared = open(options, *path, toolchain, progress.report());
    if (!prepared)
        return fail(prepared.error(), options);
    Session& session = *prepared->session;
    if (const Status status = applyRecipes(session, options, progress.report()); !status)
        return failAnswer(status.error(), options);
    progress.clear();
    bool stepRefused = false;
    if (const Status status = applyLines(session, options.steps, stepRefused); !status)
        return stepRefused ? failAnswer(status.error(), options) : fail(status.error(), options);
    if (!options.out.empty())
        if (const Status saved = save(*session.current()->module, options.out); !saved)
            return fail(saved.error(), options);
    report(session, options);
    if (!options.json && options.out.empty())
        std::fputs(print(*session.current()->module).c_str(), stdout);
    else if (!options.json)
        std::printf("wrote %s\n", options.out.c_str());
    return Fine;
}

}  // namespace strata::cli
