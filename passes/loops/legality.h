// When a change of loops is legal. What the form of the indices proves is decided at once; only the rest goes to exact
// analysis.
#pragma once

#include "core/analysis/dependence.h"
#include "core/analysis/sites.h"
#include "passes/loops/rewrite.h"

namespace strata::loops {

// Do executions below `root` that differ in a variable of `wanted` never touch one element of anything written there?
// `wanted` are `root` itself or loops inside it. Decided from linear indices of mixed radix alone: false means "cannot
// tell from the form".
bool disjointByForm(const Module& module, const Loop& root, const std::set<std::string>& wanted);

// May the iterations of the loop run at the same time? `what` is for the sentence ("parallel").
Status requireIndependent(const Module& module, const Function& function, const Located& loop, const std::string& what);
// The same of a loop that is bound to an axis: blocks of a device must not meet in any two iterations of the loops
// around either.
Status requireBoundIndependent(const Module& module, const Function& function, const Located& loop);

// Loops below `root` (and itself) that a reduce or ordered iterator of a block is bound to.
std::set<std::string> loopsOfKind(const Loop& root, IterKind kind);

// Is `after` the same instances in an order that keeps every dependence? Exact or Reassociated; a refusal holds the two
// instances.
Result<Effect> requireOrder(const Module& module, const Function& before, const Function& after,
                            const std::string& what, std::vector<Cursor> nodes);

// Do iterations that run at the same time (those of parallel, vectorized and bound loops, and blocks of a device
// wherever they stand in a kernel) still touch nothing that another writes? For steps that move blocks under or out of
// such loops: only statements that differ from `before` are looked at.
Status requireConcurrent(const Module& module, const Function& before, const Function& after);

// Refuses a result that the verifier finds fault with, for changes whose last condition it decides best (races, reads
// of what nobody wrote).
Status requireVerified(const Module& module, const Function& after, const std::string& what, std::vector<Cursor> nodes,
                       std::string hint);

}  // namespace strata::loops
