// Layout changes: indices rewritten in a function, and operands in those that call it.
#pragma once

#include "core/ir/index_map.h"
#include "passes/loops/rewrite.h"

namespace strata::loops {

// Refuses a map that is not a mixed-radix rearrangement (each digit of each index used once), which is how injectivity
// is proved.
Status requireInjective(const IndexMap& map, const std::vector<Cursor>& nodes);

// The map that a step gives for a buffer of the type, or why that cannot have another layout. A dimension that is a
// size keeps its place whole; in the map a number stands for it.
Result<IndexMap> mapFor(const Function& function, const std::string& buffer, const TensorType& type,
                        const std::string& text);

// A tensor's shape in the new layout.
Shape relaidShape(const Shape& shape, const IndexMap& map);

// Every access of the buffer, in the new layout.
Body relaid(const Body& body, const std::string& buffer, const IndexMap& map);

// A loops function that copies `x`, of this type, into `y` in the new layout, zeros where nothing comes from.
FunctionPtr layoutFunction(const std::string& name, const TensorType& type, const IndexMap& map);

// A loops function that brings `x`, which lies in the new layout, back into the old one, of this type.
FunctionPtr restoringFunction(const std::string& name, const TensorType& type, const IndexMap& map);

// All callers of `function` pass parameter number `position` in the new layout: constants are rearranged when compiled,
// values by a call of a layout function on every run.
struct CallersChanged {
    Change change;
    int callers = 0;
};
Result<CallersChanged> changeCallers(const Module& module, const Function& function, std::size_t position,
                                     const IndexMap& map);

}  // namespace strata::loops
