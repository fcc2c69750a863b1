// A session as a document: everything that a person did in it, as a recipe, and back. All branches, the steps that no
// longer apply, groups, comments and blank lines; what the path is does not depend on which of its states is shown.
#pragma once

#include "core/session/recipe_tree.h"

namespace strata {

struct Document {
    Recipe recipe;
    std::vector<int> states;  // by line of the recipe: the state that it made, or -1
};

RecipeTree treeOf(const Session& session);
Document documentOf(const Session& session);

// Takes the steps of all lines on a session that is at its root. A step that does not apply stays, with its refusal,
// and what follows goes on without it. Afterwards the end of the path is current. `said` hears each step before it is
// taken and answers whether to go on.
using Hear = std::function<bool(const Step& step, double fraction)>;
Document restore(Session& session, const Recipe& recipe, const Hear& hear = {});
void restore(Session& session, RecipeTree& tree, int lines, const Hear& hear = {});

// Walks a tree in the order of its lines: `take` makes the state of each step from that of the one before it, or ends
// the walk. Afterwards the end of the path is current.
using TakeNode = std::function<Result<int>(RecipeNode& node, int parent)>;
Status walk(Session& session, RecipeTree& tree, const TakeNode& take);

}  // namespace strata
