#include "core/operators/views.h"

#include <set>

namespace strata {

bool isView(const GraphNode& node)
{
    static const std::set<std::string> names{"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"};
    if (!node.domain.empty())
        return false;
    // At inference Dropout hands its input on; where a mask or a training mode is asked for, its definition says what
    // happens.
    return names.count(node.op)
           || (node.op == "Dropout" && node.inputs.size() < 3
               && (node.outputs.size() < 2 || node.outputs[1].name.empty()));
}

bool readsInput(const GraphNode& node, std::size_t input) { return input == 0 || !isView(node); }

}  // namespace strata
