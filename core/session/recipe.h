// A recipe: a session as text, a step a line, which replays without a window. parse(print(r)) == r; comments and blank
// lines stay.
//
//   # what this is for
//   loops.split(mm_relu, j, factors=[_, 8])
//   #+ loops.vectorize(mm_relu, j1)            a branch that leaves after the step above: `#+` opens it,
//   #| loops.unroll(mm_relu, k)                `#|` carries it on
//   #|+ loops.parallel(mm_relu, i)             a branch of the branch
//   loops.reorder(mm_relu, [j0, k, j1])
//   #- loops.unroll(mm_relu, j1)               a step that is kept but not taken
//   #{ vectors                                 a group of the steps up to `#}` (recipe_tree.h)
//   loops.vectorize(mm_relu, j1)
//   #}
//
// The other branches are comments in the same file: one file is written at once or not at all, is moved and sent whole,
// and stands in line with the steps, so that an edit by hand above it breaks no reference. What replays a recipe sees
// the path alone. A line that has such a mark but holds no step is the comment that it looks like.
#pragma once

#include "core/session/session.h"

namespace strata {

struct RecipeLine {
    std::optional<Step> step;  // nullopt: a blank or comment line
    std::string comment;       // of such a line, with its '#'; "" for blank
    int number = 0;            // 1-based line in the file
    int depth = 0;             // 0: the path; deeper: a branch
    bool opens = false;        // the first line of its branch
    bool skipped = false;      // a step that is kept but not taken
    friend bool operator==(const RecipeLine&, const RecipeLine&) = default;
};
struct Recipe {
    std::vector<RecipeLine> lines;
    std::vector<Step> steps() const;  // those that a replay takes
    friend bool operator==(const Recipe&, const Recipe&) = default;
};

std::string print(const Recipe& recipe, const Registry& registry);
// Errors name file, line and column.
Result<Recipe> parseRecipe(std::string_view text, const Registry& registry, const std::string& file = "recipe");
Result<std::string> readRecipe(const std::string& path);
// Written beside its place and moved there when it is whole; a link stays one, and so do the permissions.
Status saveRecipe(const std::string& text, const std::string& path);
Result<Recipe> loadRecipe(const std::string& path, const Registry& registry);
Recipe recipeOf(const Session& session);  // the path to the current state, with its groups

// Applies each step of the path to the session's current state; the first refusal stops, naming the recipe's line, and
// `refusal` is told of it.
using RefusedStep = std::function<void(const Step& step, Error& error)>;
Status replay(Session& session, const Recipe& recipe, const RefusedStep& refusal = {});

}  // namespace strata
