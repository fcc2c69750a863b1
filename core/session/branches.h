// Branches of a session: what leaves the path of redo. A branch has a name if a person gave it one: a line of comment
// before its first step, "# branch: wide tiles", which a program that knows no names keeps as it keeps any comment.
#pragma once

#include "core/session/session.h"

namespace strata {

// The first state of the branch that a state is on; -1: it is on the path that leads through the root to its tip.
int branchOf(const Session& session, int state);
std::string branchName(const State& first);  // empty: it has none
// `first`: the first state of a branch. An empty name takes its name away.
Status nameBranch(Session& session, int first, const std::string& name);

}  // namespace strata
