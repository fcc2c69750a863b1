// A recipe as a tree: steps one after another, and the branches that leave behind each. Made from a recipe's lines, and
// lines from it; a line's place follows from one rule in both directions: a branch leaves after the last step above it
// that is one level less deep. Lines of comment go with the step that follows them; the rest closes its branch.
//
// A group stands between two lines of comment, which a program that knows no groups keeps as it keeps any comment:
//
//   #{ register tile
//   loops.split(mm_relu, j, factors=[_, 8])
//   loops.reorder(mm_relu, [j0, k, j1])
//   #}
//
// A mark without its partner, or around no step, is the comment that it looks like.
#pragma once

#include "core/session/recipe.h"

#include <map>

namespace strata {

enum class EditKind { Change, Drop, LeaveOut, Take, Move, Insert, Note, Group, Ungroup };

struct RecipeNode;
using RecipeBranch = std::vector<RecipeNode>;

struct RecipeNode {
    std::optional<Step> step;  // nullopt: the model, where the path begins
    bool skipped = false;      // a step that is kept but not taken
    StepGroup group;
    std::vector<std::string> remarks;  // comment and blank lines before it, and where a group's marks stand among them
    std::vector<std::string> end;      // behind the last step of a branch
    int line = 0;                      // in the recipe that it comes from; 0: in none
    int state = -1;                    // of the session that it was taken in
    std::vector<EditKind> edits;       // that a person asked for
    int putBehind = -1;                // the line that one of them put it behind
    std::vector<RecipeBranch> branches;  // leave behind it
};

struct RecipeTree {
    RecipeBranch path;                // begins with the model
    std::map<int, StepGroup> groups;  // by the lines of their marks
};

RecipeTree treeOf(const Recipe& recipe);

// The lines, and by line the node's state and the line that it had.
struct WrittenTree {
    Recipe recipe;
    std::vector<int> states, before;
};
WrittenTree write(const RecipeTree& tree);

}  // namespace strata
