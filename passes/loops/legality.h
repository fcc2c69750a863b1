// When a change of loops is legal. What the form of the indices proves is decided at once; only the rest goes to exact
// analysis.
#pragma once

#include "core/analysis/dependence.h"
#include "passes/loops/rewrite.h"

namespace strata::loops {

// Do executions below `root` that differ in a variable of `wanted` never touch one element of anything written there?
// `wanted` are `root` itself or loops inside it. Decided from linear indices of mixed radix alone: false means "cannot
// tell from the form".
bool disjointByForm(const Module& module, const Loop& root, const std::set<std::string>& wanted);

// May the iterations of the loop run at the same time? `what` is for the sentence ("parallel").
Status requireIndependent(const Module& module, const Function& function, const Located& loop, const std::string& what);

// Loops below `root` (and itself) that a reduce or ordered iterator of a block is bound to.
std::set<std::string> loopsOfKind(const Loop& root, IterKind kind);

// Is `after` the same instances in an order that keeps every dependence? Exact or Reassociated; a refusal holds the two
// instances.
Result<Effect> requireOrder(const Function& before, const Function& after, const std::string& what,
                            std::vector<Cursor> nodes);

// Refuses a result that the verifier finds fault with, for changes whose last condition it decides best (races, reads
// of what nobody wrote).
Status requireVerified(const Module& module, const Function& after, const std::string& what, std::vector<Cursor> nodes,
                       std::string hint);

bool isUnordered(const Loop& loop);  // parallel, vectorized or bound

}  // namespace strata::loops
