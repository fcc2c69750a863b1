// What to offer for a selection where the cursor alone does not fill the form.
#pragma once

#include "passes/loops/rewrite.h"

namespace strata::loops {

using Suggest = Result<Arguments> (*)(const Module&, const Cursor&);

// The function of the selection, which must be a node of the kind; a refusal says what to select.
Result<FunctionPtr> selectedFunction(const Module& module, const Cursor& selection, NodeKind kind);

// The selected loop and the one that is its only child.
Result<std::vector<std::string>> loopAndChild(const Module& module, const Cursor& selection);
// (function, block, loop) for the first loop around another block, outermost first, that `check` allows.
Result<Arguments> suggestLoopFor(const Module& module, const Cursor& selection, Planner plan);
// (function, block, buffer) for a block and the first buffer that can be planned, or a buffer and the first such block.
Result<Arguments> suggestBlockAndBuffer(const Module& module, const Cursor& selection, Planner plan,
                                        const std::string& scope);

}  // namespace strata::loops
