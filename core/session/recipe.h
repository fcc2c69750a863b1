// A recipe: one path of a session as text, a step a line. parse(print(r)) == r; comments and blank lines stay.
#pragma once

#include "core/session/session.h"

namespace strata {

struct RecipeLine {
    std::optional<Step> step;  // nullopt: a blank or comment line
    std::string comment;       // of such a line, with its '#'; "" for blank
    int number = 0;            // 1-based line in the file
    friend bool operator==(const RecipeLine&, const RecipeLine&) = default;
};
struct Recipe {
    std::vector<RecipeLine> lines;
    std::vector<Step> steps() const;
    friend bool operator==(const Recipe&, const Recipe&) = default;
};

std::string print(const Recipe& recipe, const Registry& registry);
// Errors name file, line and column.
Result<Recipe> parseRecipe(std::string_view text, const Registry& registry, const std::string& file = "recipe");
Result<Recipe> loadRecipe(const std::string& path, const Registry& registry);
Status saveRecipe(const Recipe& recipe, const Registry& registry, const std::string& path);
Recipe recipeOf(const Session& session);  // the path to the current state

// Applies each step to the session's current state; the first refusal stops, naming the recipe's line.
Status replay(Session& session, const Recipe& recipe);

}  // namespace strata
