// strata edit: the steps of a recipe changed, dropped, left out, moved, inserted, noted and grouped by their lines.
#include "app/cli/commands.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace strata::cli {

namespace {

const char* word(EditKind kind)
{
    switch (kind) {
    case EditKind::Change: return "changed";
    case EditKind::Drop: return "dropped";
    case EditKind::LeaveOut: return "left out";
    case EditKind::Take: return "taken again";
    case EditKind::Move: return "moved";
    case EditKind::Insert: return "inserted";
    case EditKind::Note: return "noted";
    case EditKind::Group: return "grouped";
    case EditKind::Ungroup: return "in no group";
    }
    return "";
}

std::vector<std::string> wordsOf(const EditedStep& step)
{
    std::vector<std::string> words;
    for (const EditKind kind : step.edits)
        words.push_back(word(kind));
    if (step.edits.empty() && step.before && step.now && !(*step.before == *step.now))
        words.push_back("renamed");
    if (step.refusal)
        words.push_back("does not apply");
    return words;
}

std::string placeOf(const EditedStep& step)
{
    const std::string now = "line " + std::to_string(step.lineNow);
    return step.line == 0                                   ? now
           : step.lineNow == 0 || step.lineNow == step.line ? "line " + std::to_string(step.line)
                                                            : "line " + std::to_string(step.line) + ", now " + now;
}

std::string textOf(const EditedStep& step, const Registry& registry)
{
    std::string words;
    for (const std::string& word : wordsOf(step))
        words += (words.empty() ? "" : ", ") + word;
    std::string text = placeOf(step) + ": " + words + "\n";
    const std::string before = step.before ? print(*step.before, registry) : "";
    const std::string now = step.now ? print(*step.now, registry) : "";
    text += "    " + (before.empty() ? now : before) + "\n";
    if (!before.empty() && !now.empty() && before != now)
        text += " -> " + now + "\n";
    return step.refusal ? text + "    " + step.refusal->text() + "\n" : text;
}

nlohmann::json toJson(const EditedStep& step, const Registry& registry)
{
    const auto text = [&](const std::optional<Step>& said) {
        return said ? nlohmann::json(print(*said, registry)) : nlohmann::json();
    };
    return {
        {"line", step.line},     {"line_now", step.lineNow},
        {"what", wordsOf(step)}, {"before", text(step.before)},
        {"now", text(step.now)}, {"refusal", step.refusal ? nlohmann::json(step.refusal->text()) : nlohmann::json()}};
}

void report(const EditedRecipe& edited, const std::string& text, const std::string& out, const Registry& registry,
            const Options& options)
{
    if (options.json) {
        nlohmann::json steps = nlohmann::json::array();
        for (const EditedStep& step : edited.changes)
            steps.push_back(toJson(step, registry));
        return print({{"steps", steps}, {"recipe", text}, {"out", out}});
    }
    for (const EditedStep& step : edited.changes)
        if (!out.empty() || !options.quiet)
            std::fputs(printable(textOf(step, registry)).c_str(), out.empty() ? stderr : stdout);
    if (out.empty())
        std::fputs(text.c_str(), stdout);
    else
        std::printf("wrote %s\n", printable(out).c_str());
}

Status understood(const Options& options)
{
    const std::string hint = "strata --help edit shows how.";
    if (options.paths.empty() || options.paths.size() > 2)
        return refused(say("strata edit takes a RECIPE and a MODEL, {} paths are given.", options.paths.size()), {},
                       hint);
    if (options.edits.empty())
        return refused("strata edit takes edits, and none is given.", {}, hint);
    if (options.inPlace && !options.out.empty())
        return refused("--in-place writes the recipe over itself, and --out elsewhere: name one of them.");
    for (const RecipeEdit& edit : options.edits)
        if (needsModel(edit.kind) && options.paths.size() == 1)
            return refused(say("What follows a step that is {} is replayed, which takes the model.", word(edit.kind)),
                           {}, "strata edit RECIPE MODEL ...");
    return {};
}

}  // namespace

int edit(const Options& options)
{
    if (const Status status = understood(options); !status)
        return fail(status.error(), options);
    const std::string path = options.paths[0];
    const std::shared_ptr<const Registry> registry = makeRegistry();
    const Result<std::string> text = readRecipe(path);
    if (!text)
        return fail(text.error(), options);
    const Result<Recipe> recipe = parseRecipe(*text, *registry, path);
    if (!recipe)
        return fail(recipe.error(), options);
    Result<EditedRecipe> edited = editRecipe(*recipe, options.edits,
                                             *registry);  // what cannot be meant, before a model
    if (!edited)
        return fail(inFile(edited.error(), path), options);
    if (options.paths.size() == 2) {
        Toolchain toolchain;
        ProgressLine progress(options);
        Result<Study> prepared = open(options, options.paths[1], toolchain, progress.report());
        if (!prepared)
            return fail(prepared.error(), options);
        edited = editRecipe(*prepared->session, *recipe, options.edits, options.keep);
        if (!edited)
            return failAnswer(inFile(edited.error(), path), options);
    }
    const std::string changed = print(*edited, *recipe, *text, *registry);
    const std::string out = options.inPlace ? path : options.out;
    if (!out.empty())
        if (const Status saved = saveRecipe(changed, out); !saved)
            return fail(saved.error(), options);
    report(*edited, changed, out, *registry, options);
    return Fine;
}

}  // namespace strata::cli
