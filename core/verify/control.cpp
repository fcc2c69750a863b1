// Control flow of a runtime program: the condition is one element of type bool, and each function that may run takes
// what is captured and gives what the call writes.
#include "core/ir/control.h"
#include "core/verify/parts.h"

namespace strata {

namespace {

std::string wrongBranch(const Module& module, const std::string& name,
                        const std::vector<std::optional<ValueType>>& captures,
                        const std::vector<std::optional<ValueType>>& outputs)
{
    const FunctionPtr branch = module.find(name);
    if (!branch)
        return "runs the function " + name + ", which does not exist";
    if (branch->params.size() != captures.size() || branch->results.size() != outputs.size())
        return "runs " + name + " with " + std::to_string(captures.size()) + " inputs and "
               + std::to_string(outputs.size()) + " outputs, which has " + std::to_string(branch->params.size())
               + " and " + std::to_string(branch->results.size());
    for (std::size_t i = 0; i < captures.size(); ++i)
        if (captures[i] && !mayAgree(*captures[i], branch->params[i].type))
            return "gives " + toString(*captures[i]) + " for " + branch->params[i].name + " of " + name + ", which is "
                   + toString(branch->params[i].type);
    for (std::size_t i = 0; i < outputs.size(); ++i)
        if (outputs[i] && !mayAgree(*outputs[i], branch->results[i].type))
            return "takes " + toString(*outputs[i]) + " for " + branch->results[i].name + " of " + name + ", which is "
                   + toString(branch->results[i].type);
    return {};
}

bool isCondition(const ValueType& type)
{
    return type.kind == ValueType::Kind::Tensor && type.tensor.dtype == DType::Bool && byteCount(type.tensor) == 1;
}

}  // namespace

// What is wrong, as the end of a sentence; empty if nothing is.
std::string wrongControlFlow(const Module& module, const LibraryCall& call,
                             const std::vector<std::optional<ValueType>>& inputs,
                             const std::vector<std::optional<ValueType>>& outputs)
{
    const Branches branches = branchesOf(call.callee, call.attributes).value_or(Branches());
    if (inputs.empty() || (inputs.front() && !isCondition(*inputs.front())))
        return "takes a condition of one bool first";
    const std::vector<std::optional<ValueType>> captures(inputs.begin() + 1, inputs.end());
    const std::string wrong = wrongBranch(module, branches.then, captures, outputs);
    return wrong.empty() ? wrongBranch(module, branches.otherwise, captures, outputs) : wrong;
}

}  // namespace strata
