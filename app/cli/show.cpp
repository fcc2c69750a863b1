#include "app/cli/commands.h"

#include "app/workbench/implementations.h"
#include "core/session/diff.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace strata::cli {

namespace {

std::vector<std::string> texts(const std::vector<TextLine>& lines)
{
    std::vector<std::string> result;
    for (const TextLine& line : lines)
        result.push_back(line.text);
    return result;
}

std::string joined(const std::vector<std::string>& lines)
{
    std::string text;
    for (const std::string& line : lines)
        text += line + "\n";
    return text;
}

Result<std::vector<std::string>> linesOf(Toolchain& toolchain, const Module& module, const Options& options)
{
    const Form form = options.shortForm ? Form::Short : Form::Full;
    if (options.host)
        return hostLines(toolchain, module, options.target.device);
    if (!options.level) {
        if (options.function.empty())
            return texts(printLines(module, form));
        const FunctionPtr function = module.find(options.function);
        if (function)
            return texts(printLines(*function, form));
    }
    STRATA_TRY(std::vector<TextLine> lines,
               levelLines(toolchain, module, options.level.value_or(Level::Loops), options.function, form));
    return texts(lines);
}

// What each step changed at the level, three lines of context around.
int showSteps(Toolchain& toolchain, const Session& session, const Options& options)
{
    constexpr int context = 2;
    std::vector<std::string> before;
    nlohmann::json steps = nlohmann::json::array();
    for (const StatePtr& state : session.path()) {
        Result<std::vector<std::string>> after = linesOf(toolchain, *state->module, options);
        // A function that a later step makes is not there yet.
        std::vector<std::string> lines = after ? std::move(*after) : std::vector<std::string>();
        if (state->parent >= 0) {
            const TextDiff diff = diffLines(before, lines);
            const std::string text = render(diff, before, lines, context);
            if (options.json)
                steps.push_back({{"step", print(state->step, session.registry())},
                                 {"effect", name(state->effect)},
                                 {"added", diff.added},
                                 {"removed", diff.removed},
                                 {"changed", diff.changed},
                                 {"diff", text}});
            else
                std::printf("%s  # %s, +%d -%d ~%d\n%s\n", print(state->step, session.registry()).c_str(),
                            name(state->effect), diff.added, diff.removed, diff.changed, text.c_str());
        }
        before = std::move(lines);
    }
    if (options.json)
        print({{"steps", steps}});
    return Fine;
}

// Definitions with their implementations, a line each.
int showImplementations(const Module& module, const Options& options)
{
    if (!options.function.empty() && !module.find(options.function))
        return fail(refused(say("There is no function {}.", options.function)), options);
    const FunctionPtr named = module.find(options.function);
    const std::vector<ImplementationRow> rows = implementationTable(
        module, named && named->implements ? named->implements->definition : options.function);
    if (options.json) {
        nlohmann::json json = nlohmann::json::array();
        for (const ImplementationRow& row : rows)
            json.push_back({{"definition", row.definition},
                            {"name", row.name},
                            {"level", name(row.level)},
                            {"runs", row.runs},
                            {"claim", row.claim},
                            {"needs", row.needs},
                            {"memory", row.memory ? nlohmann::json(*row.memory) : nlohmann::json()}});
        print({{"implementations", json}});
        return Fine;
    }
    if (rows.empty())
        std::fprintf(stderr, "note: no function has implementations; the step any.add_implementation makes one.\n");
    for (const ImplementationRow& row : rows) {
        if (row.name == row.definition)
            std::printf("%s\n  %-28s %-9s %-20s %-22s %-18s %s\n", row.definition.c_str(), "", "level", "runs", "claim",
                        "needs", "temporaries");
        const std::string memory = row.memory ? std::to_string(*row.memory) + " bytes" : "unknown";
        std::printf("  %-28s %-9s %-20s %-22s %-18s %s\n", row.name.c_str(), name(row.level),
                    row.runs.empty() ? "never" : row.runs.c_str(), row.claim.c_str(), row.needs.c_str(),
                    memory.c_str());
    }
    return Fine;
}

}  // namespace

int show(const Options& options)
{
    if (options.diff && options.recipes.empty())
        return fail(refused("--diff shows what the steps of a recipe change; no recipe is given.", {},
                            "Add --recipe FILE or --auto."),
                    options);
    Toolchain toolchain;
    ProgressLine progress(options);
    std::optional<Study> prepared;
    if (const Exit exit = prepare(options, toolchain, progress.report(), prepared); exit != Fine)
        return exit;
    progress.clear();
    if (options.diff)
        return showSteps(toolchain, *prepared->session, options);
    if (options.implementations)
        return showImplementations(*prepared->session->current()->module, options);
    const Result<std::vector<std::string>> lines = linesOf(toolchain, *prepared->session->current()->module, options);
    if (!lines)
        return fail(lines.error(), options);
    if (options.json)
        print({{"text", joined(*lines)}});
    else
        std::fputs(joined(*lines).c_str(), stdout);
    if (lines->empty() && !options.json)
        std::fprintf(stderr, "note: nothing is held at the %s level.\n", name(options.level.value_or(Level::Loops)));
    return Fine;
}

}  // namespace strata::cli
