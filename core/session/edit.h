// Edits of a recipe by the lines of its file, as a person sees them there. Lines are meant as they were given, however
// many edits there are; what follows an edit is replayed. All else stays: comments, blank lines, notes, branches.
#pragma once

#include "core/session/recipe_tree.h"

namespace strata {

// Lines of steps, both included. The line of a group's mark stands for the whole group.
struct LineRange {
    int first = 0, last = 0;
};

struct RecipeEdit {
    // Change: the step of a line becomes `text`; its note stays, unless `text` has one. Drop: what leaves behind the
    // step leaves behind the one before it. LeaveOut: it is kept, but not taken. Take: it is taken again. Move: behind
    // line `after` (0: before all), with what leaves behind it. Insert: `text`, behind line `after`. Note: `text`
    // becomes the step's note ("": none). Group: the steps become a group with the title `text`.
    EditKind kind = EditKind::Change;
    LineRange lines;
    int after = 0;
    std::string text;
};
bool needsModel(EditKind kind);

// What became of a step.
struct EditedStep {
    int line = 0, lineNow = 0;        // where it stood and stands; 0: it is inserted, is dropped
    std::vector<EditKind> edits;      // that were asked for; empty: it follows from them
    std::optional<Step> before, now;  // as it was said, and is said
    std::optional<Error> refusal;     // it does not apply where it stands: kept, but not taken
};
struct EditedRecipe {
    Recipe recipe;
    std::vector<int> before;          // by line of it: the line that it had, or 0
    std::vector<EditedStep> changes;  // by line; steps that are as they were are left out
};

// A recipe on a session that is at its root, edited: a step that an edit is about has to apply where it stands now,
// else that is the error; others that no longer apply are kept, but not taken. `keep`: what the edits replace stays as
// a branch.
Result<EditedRecipe> editRecipe(Session& session, const Recipe& recipe, const std::vector<RecipeEdit>& edits,
                                bool keep = false);
// The same without a model, for edits that need none.
Result<EditedRecipe> editRecipe(const Recipe& recipe, const std::vector<RecipeEdit>& edits, const Registry& registry);

// The text of an edited recipe: of its lines, those that say what they said in `text` stay as they were typed there.
std::string print(const EditedRecipe& edited, const Recipe& before, const std::string& text, const Registry& registry);

}  // namespace strata
