// Control flow of a runtime program: conditions and counts are one element each, and each function that may run takes
// what is passed and gives what the call writes, or what its next iteration takes.
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

bool isOne(const ValueType& type, DType dtype)
{
    return type.kind == ValueType::Kind::Tensor && type.tensor.dtype == dtype
           && byteCount(type.tensor) == byteSize(dtype);
}

bool isCondition(const ValueType& type) { return isOne(type, DType::Bool); }

// What the node gives of a result of the body: a row becomes one of many.
bool isOfRows(const ValueType& rows, const ValueType& row)
{
    if (rows.kind != ValueType::Kind::Tensor || row.kind != ValueType::Kind::Tensor
        || rows.tensor.dtype != row.tensor.dtype || rows.tensor.shape.empty())
        return false;
    return Shape(rows.tensor.shape.begin() + 1, rows.tensor.shape.end()) == row.tensor.shape;
}

std::string wrongLoop(const Module& module, const LoopForm& loop, const std::vector<std::optional<ValueType>>& inputs,
                      const std::vector<std::optional<ValueType>>& outputs)
{
    const FunctionPtr body = module.find(loop.body);
    if (!body)
        return "runs the function " + loop.body + ", which does not exist";
    if (body->params.size() != inputs.size() || body->results.size() != outputs.size() + 1
        || outputs.size() < loop.carried)
        return "runs " + loop.body + ", which takes " + std::to_string(body->params.size()) + " inputs and gives "
               + std::to_string(body->results.size()) + ", with " + std::to_string(inputs.size()) + " inputs and "
               + std::to_string(outputs.size()) + " outputs";
    if ((inputs[0] && !isOne(*inputs[0], DType::I64)) || !isOne(body->params[0].type, DType::I64))
        return "takes a number of iterations of one i64 first, and its body the number of one";
    if ((inputs[1] && !isCondition(*inputs[1])) || !isCondition(body->params[1].type)
        || !isCondition(body->results[0].type))
        return "takes a condition of one bool second, and its body takes and gives one";
    for (std::size_t i = 2; i < inputs.size(); ++i)
        if (inputs[i] && !mayAgree(*inputs[i], body->params[i].type))
            return "gives " + toString(*inputs[i]) + " for " + body->params[i].name + " of " + loop.body + ", which is "
                   + toString(body->params[i].type);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        const TypedName& result = body->results[i + 1];
        const bool isCarried = i < loop.carried;
        if (isCarried && body->params[2 + i].type != result.type)
            return "carries " + toString(body->params[2 + i].type) + " into " + loop.body + " and "
                   + toString(result.type) + " out of it";
        if (outputs[i] && !(isCarried ? mayAgree(*outputs[i], result.type) : isOfRows(*outputs[i], result.type)))
            return "takes " + toString(*outputs[i]) + " for " + result.name + " of " + loop.body + ", which is "
                   + toString(result.type) + (isCarried ? "" : " in each iteration");
    }
    return {};
}

}  // namespace

// What is wrong, as the end of a sentence; empty if nothing is.
std::string wrongControlFlow(const Module& module, const LibraryCall& call,
                             const std::vector<std::optional<ValueType>>& inputs,
                             const std::vector<std::optional<ValueType>>& outputs)
{
    if (const std::optional<LoopForm> loop = loopOf(call.callee, call.attributes, call.inputs.size()))
        return wrongLoop(module, *loop, inputs, outputs);
    const Branches branches = branchesOf(call.callee, call.attributes).value_or(Branches());
    if (inputs.empty() || (inputs.front() && !isCondition(*inputs.front())))
        return "takes a condition of one bool first";
    const std::vector<std::optional<ValueType>> captures(inputs.begin() + 1, inputs.end());
    const std::string wrong = wrongBranch(module, branches.then, captures, outputs);
    return wrong.empty() ? wrongBranch(module, branches.otherwise, captures, outputs) : wrong;
}

}  // namespace strata
