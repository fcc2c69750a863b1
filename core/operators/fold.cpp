#include "core/operators/fold.h"

#include "core/operators/lower_node.h"

namespace strata {

Result<std::vector<Tensor>> foldNode(const InferContext& context, const std::vector<std::shared_ptr<const Tensor>>&)
{
    return nodeError(context.node, "is not folded.");
}

}  // namespace strata
