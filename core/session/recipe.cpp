#include "core/session/recipe.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace strata {

namespace {

// Files are small; the bound keeps a mistaken path (a model, a device) from filling the memory.
constexpr std::uintmax_t maxRecipeBytes = 16 << 20;

std::string trimmed(std::string_view text)
{
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos)
        return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

Result<std::string> readFile(const std::string& path)
{
    std::error_code error;
    if (!std::filesystem::exists(path, error))
        return refused("There is no recipe " + path + ".");
    if (!std::filesystem::is_regular_file(path, error))
        return refused(path + " is no file, so it holds no recipe.");
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (error)
        return environmentError("The recipe " + path + " cannot be read: " + error.message() + ".");
    if (size > maxRecipeBytes)
        return refused("The recipe " + path + " has " + std::to_string(size) + " bytes, more than any recipe.", {},
                       "Is it a recipe?");
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file)
        return environmentError("The recipe " + path + " cannot be read.");
    return text.str();
}

}  // namespace

std::vector<Step> Recipe::steps() const
{
    std::vector<Step> result;
    for (const RecipeLine& line : lines)
        if (line.step)
            result.push_back(*line.step);
    return result;
}

std::string print(const Recipe& recipe, const Registry& registry)
{
    std::string text;
    for (const RecipeLine& line : recipe.lines)
        text += (line.step ? print(*line.step, registry) : line.comment) + "\n";
    return text;
}

Result<Recipe> parseRecipe(std::string_view text, const Registry& registry, const std::string& file)
{
    Recipe recipe;
    int number = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string line = trimmed(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        RecipeLine parsed;
        parsed.number = ++number;
        if (line.empty() || line[0] == '#') {
            parsed.comment = line;
        } else {
            Result<Step> step = parseStep(line, registry);
            if (!step) {
                Error error = step.error();
                error.message = file + ", line " + std::to_string(number) + ": " + error.message;
                return error;
            }
            parsed.step = std::move(*step);
        }
        recipe.lines.push_back(std::move(parsed));
    }
    return recipe;
}

Result<Recipe> loadRecipe(const std::string& path, const Registry& registry)
{
    STRATA_TRY(std::string text, readFile(path));
    return parseRecipe(text, registry, path);
}

Status saveRecipe(const Recipe& recipe, const Registry& registry, const std::string& path)
{
    const std::string temporary = path + ".part";
    {
        std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
        file << print(recipe, registry);
        file.close();
        if (!file) {
            std::error_code ignored;
            std::filesystem::remove(temporary, ignored);
            return environmentError("The recipe cannot be written to " + path + ".",
                                    "Is there space, and may you write there?");
        }
    }
    std::error_code error;
    std::filesystem::rename(temporary, path, error);
    if (error)
        return environmentError("The recipe cannot be written to " + path + ": " + error.message() + ".");
    return {};
}

Recipe recipeOf(const Session& session)
{
    Recipe recipe;
    for (const StatePtr& state : session.path())
        if (state->parent >= 0 && !state->refusal)
            recipe.lines.push_back({state->step, {}, static_cast<int>(recipe.lines.size()) + 1});
    return recipe;
}

Status replay(Session& session, const Recipe& recipe)
{
    for (const RecipeLine& line : recipe.lines) {
        if (!line.step)
            continue;
        if (Result<StatePtr> state = session.apply(*line.step); !state) {
            Error error = state.error();
            error.message = "Line " + std::to_string(line.number) + ", " + title(*line.step, session.registry()) + ": "
                            + error.message;
            return error;
        }
    }
    return {};
}

}  // namespace strata
