#include "core/operators/fold.h"

#include "core/machine/run_loops.h"
#include "core/operators/lower_node.h"

namespace strata {

Result<std::vector<Tensor>> foldNode(const InferContext& context,
                                     const std::vector<std::shared_ptr<const Tensor>>& inputs)
{
    STRATA_TRY(const LoweredNode lowered, lowerNode(context.node, context.inputs, context.constant, "fold"));
    reference::Tensors used;
    for (const std::size_t i : lowered.usedInputs) {
        if (i >= inputs.size() || !inputs[i])
            return nodeError(context.node, "is not folded: input " + std::to_string(i) + " is not known.");
        used.push_back(inputs[i]);
    }
    STRATA_TRY(const reference::Tensors results, reference::runLoops(Module(), *lowered.function, used));
    std::vector<Tensor> outputs(context.node.outputs.size());
    std::size_t next = 0;
    for (std::size_t i = 0; i < outputs.size() && next < results.size(); ++i)
        if (!context.node.outputs[i].name.empty())
            outputs[i] = *results[next++];
    return outputs;
}

}  // namespace strata
