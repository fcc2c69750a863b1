#include "core/reference/evaluation.h"

namespace strata::reference {

namespace {

// Attributes that belong to the call and not to the operator.
constexpr const char* epilogueAttribute = "epilogue";

std::string stringAttribute(const Attributes& attributes, const char* name)
{
    const auto it = attributes.find(name);
    const std::string* text = it == attributes.end() ? nullptr : std::get_if<std::string>(&it->second);
    return text ? *text : std::string();
}

std::string operatorOf(const LibraryCall& call)
{
    const std::string routine = call.callee.substr(call.callee.find('.') + 1);
    if (routine == "conv")
        return "Conv";
    if (routine == "matmul")
        return call.attributes.count("transA") || call.attributes.count("transB") || call.inputs.size() > 2 ? "Gemm"
                                                                                                            : "MatMul";
    return {};
}

GraphNode nodeOf(const std::string& op, const std::string& name)
{
    GraphNode node;
    node.name = name;
    node.op = op;
    node.version = 13;
    node.outputs = {{name + "_out", {}}};
    return node;
}

}  // namespace

Result<std::vector<GraphNode>> routineAsNodes(const LibraryCall& call)
{
    const std::string op = operatorOf(call);
    if (op.empty())
        return refused(say("The evaluator does not know the library routine {}.", call.callee), {},
                       "It knows onednn.matmul, openblas.matmul and onednn.conv.");
    GraphNode node = nodeOf(op, call.name);
    node.inputs = call.inputs;
    node.attributes = call.attributes;
    node.attributes.erase(epilogueAttribute);
    const std::string epilogue = stringAttribute(call.attributes, epilogueAttribute);
    if (epilogue.empty())
        return std::vector{node};
    if (epilogue != "relu")
        return refused(say("The evaluator does not know the epilogue \"{}\" of {}.", epilogue, call.callee));
    GraphNode relu = nodeOf("Relu", call.name + "_relu");
    relu.inputs = {Operand::value(node.outputs[0].name)};
    return std::vector{node, relu};
}

}  // namespace strata::reference
