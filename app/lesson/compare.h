// Is it the same program, and if not: where does it differ, and by which step?
#pragma once

#include "core/session/session.h"

namespace strata {

// The first place in which two programs differ. Names of loops and of blocks' iterators do not count, and neither does
// the order of steps; names of functions, blocks and buffers do, since callers and later steps speak of them.
struct ProgramDifference {
    Sentence said;             // "Loop j1 turns 4 times; in the target it turns 8 times."
    std::vector<Cursor> here;  // nodes of the first program that it speaks of
};
std::optional<ProgramDifference> firstDifference(const Module& yours, const Module& target);

// A step of the one path that has no counterpart among those of the other.
struct StepDifference {
    enum class Kind { Changed, Missing, Extra, Order };
    Kind kind = Kind::Changed;
    int state = -1;  // that the step of the attempt made; -1: it is missing there
    Sentence said;
};

struct Attempt {
    std::optional<ProgramDifference> where;  // none: it is right
    std::vector<StepDifference> steps;       // what may have led to it, in the order of the steps
    bool right() const { return !where; }
};
// What came of the steps to one state, held against those to another of the same session.
Attempt judgeAttempt(const Session& session, int attempt, int target);

}  // namespace strata
