#include "core/session/recipe.h"

#include "core/base/trimmed.h"
#include "core/base/write_whole.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace strata {

namespace {

// Files are small; the bound keeps a mistaken path (a model, a device) from filling the memory.
constexpr std::uintmax_t maxRecipeBytes = 16 << 20;

constexpr std::string_view skippedMark = "#- ";

bool isTaken(const RecipeLine& line) { return line.step && line.depth == 0 && !line.skipped; }

// "#|+ ": how deep, and whether the branch begins here.
std::string branchMark(const RecipeLine& line)
{
    if (line.depth == 0)
        return {};
    return "#" + std::string(line.depth - 1, '|') + (line.opens ? "+" : "|") + " ";
}

// Takes the mark of a branch off the text; false: it has none that fits a line which follows one of depth `above`.
bool takeBranchMark(std::string_view& text, int above, RecipeLine& line)
{
    const std::size_t end = text.find_first_not_of('|', 1);
    const std::size_t bars = std::min(end, text.size()) - 1;
    const bool opens = end != std::string_view::npos && text[end] == '+';
    const std::size_t mark = 1 + bars + (opens ? 1 : 0);
    const int depth = static_cast<int>(bars) + (opens ? 1 : 0);
    if (depth == 0 || (mark < text.size() && text[mark] != ' ') || depth > above + (opens ? 1 : 0))
        return false;
    line.depth = depth;
    line.opens = opens;
    text.remove_prefix(std::min(mark + 1, text.size()));
    return true;
}

// What stands behind a '#': a step of a branch, a step that is not taken, or a comment.
RecipeLine parseComment(const std::string& line, int above, const Registry& registry)
{
    RecipeLine plain, marked;
    plain.comment = line;
    std::string_view rest = line;
    takeBranchMark(rest, above, marked);
    const std::string text = trimmed(rest);
    marked.skipped = text.starts_with(skippedMark);
    if (!marked.skipped && marked.depth > 0 && (text.empty() || text[0] == '#')) {
        marked.comment = text;
        return marked;
    }
    if (!marked.skipped && marked.depth == 0)
        return plain;
    const Result<Step> step = parseStep(marked.skipped ? text.substr(skippedMark.size()) : text, registry);
    if (!step)
        return plain;
    marked.step = *step;
    return marked;
}

}  // namespace

std::vector<Step> Recipe::steps() const
{
    std::vector<Step> result;
    for (const RecipeLine& line : lines)
        if (isTaken(line))
            result.push_back(*line.step);
    return result;
}

std::string print(const Recipe& recipe, const Registry& registry)
{
    std::string text;
    for (const RecipeLine& line : recipe.lines) {
        const std::string content = line.step ? print(*line.step, registry) : line.comment;
        std::string whole = branchMark(line) + (line.skipped ? std::string(skippedMark) : "") + content;
        if (content.empty())
            whole = trimmed(whole);
        text += whole + "\n";
    }
    return text;
}

Result<Recipe> parseRecipe(std::string_view text, const Registry& registry, const std::string& file)
{
    Recipe recipe;
    int number = 0, depth = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string line = trimmed(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        RecipeLine parsed;
        if (!line.empty() && line[0] == '#') {
            parsed = parseComment(line, depth, registry);
        } else if (!line.empty()) {
            Result<Step> step = parseStep(line, registry);
            if (!step) {
                Error error = step.error();
                error.message = file + ", line " + std::to_string(number + 1) + ": " + error.message;
                return error;
            }
            parsed.step = std::move(*step);
        }
        parsed.number = ++number;
        depth = parsed.depth;
        recipe.lines.push_back(std::move(parsed));
    }
    return recipe;
}

Result<std::string> readRecipe(const std::string& path)
{
    std::error_code error;
    if (!std::filesystem::exists(path, error))
        return refused(say("There is no recipe {}.", path));
    if (!std::filesystem::is_regular_file(path, error))
        return refused(say("{} is no file, so it holds no recipe.", path));
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (error)
        return environmentError("The recipe " + path + " cannot be read: " + error.message() + ".");
    if (size > maxRecipeBytes)
        return refused(say("The recipe {} has {} bytes, more than any recipe.", path, size), {}, "Is it a recipe?");
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file)
        return environmentError("The recipe " + path + " cannot be read.");
    return text.str();
}

Result<Recipe> loadRecipe(const std::string& path, const Registry& registry)
{
    STRATA_TRY(std::string text, readRecipe(path));
    return parseRecipe(text, registry, path);
}

Status saveRecipe(const std::string& text, const std::string& path) { return writeWhole(text, path, "The recipe"); }

Status replay(Session& session, const Recipe& recipe, const RefusedStep& refusal)
{
    for (const RecipeLine& line : recipe.lines) {
        if (!isTaken(line))
            continue;
        if (Result<StatePtr> state = session.apply(*line.step); !state) {
            Error error = state.error();
            if (refusal)
                refusal(*line.step, error);
            error.message = "Line " + std::to_string(line.number) + ", " + title(*line.step, session.registry()) + ": "
                            + error.message;
            return error;
        }
    }
    return {};
}

}  // namespace strata
