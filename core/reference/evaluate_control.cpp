// Control flow: the condition is a tensor of one element, the rest goes to the function that it chooses.
#include "core/ir/control.h"
#include "core/reference/evaluation.h"

namespace strata::reference {

Result<Tensors> Evaluation::runControl(const std::string& op, const Attributes& attributes, const Tensors& inputs)
{
    const std::optional<Branches> branches = branchesOf(op, attributes);
    if (!branches || inputs.empty() || !inputs.front() || inputs.front()->count() != 1)
        return refused(say("The evaluator runs no {} of these inputs.", op), {},
                       "An If needs a condition of one element.");
    const bool condition = inputs.front()->at(0) != 0;
    return call(condition ? branches->then : branches->otherwise, Tensors(inputs.begin() + 1, inputs.end()));
}

}  // namespace strata::reference
