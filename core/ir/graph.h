// The graph level: a dataflow graph in SSA form. Nodes are in topological order.
#pragma once

#include "core/ir/constant.h"
#include "core/ir/type.h"

#include <map>
#include <memory>
#include <variant>
#include <vector>

namespace strata {

// What a node or call reads: a value or buffer of the function, a constant of the module (printed @name), or nothing
// (an ONNX input left out, printed _).
struct Operand {
    enum class Kind { None, Value, Constant };
    Kind kind = Kind::None;
    std::string name;

    static Operand value(std::string name) { return {Kind::Value, std::move(name)}; }
    static Operand constant(std::string name) { return {Kind::Constant, std::move(name)}; }
    friend auto operator<=>(const Operand&, const Operand&) = default;
};

struct TypedName {
    std::string name;
    ValueType type;
    friend bool operator==(const TypedName&, const TypedName&) = default;
};

// Attributes as ONNX has them; a tensor attribute is a constant, a graph attribute the name of a function of the
// module.
struct FunctionRef {
    std::string name;
    friend bool operator==(const FunctionRef&, const FunctionRef&) = default;
};
using Attribute = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>,
                               std::vector<std::string>, ConstantPtr, FunctionRef>;
using Attributes = std::map<std::string, Attribute>;
bool equal(const Attributes& a, const Attributes& b);  // constants by type and content

struct GraphNode {
    std::string name;    // unique among the function's nodes; ONNX's where it has one
    std::string op;      // ONNX operator ("Gemm"), or "call" for a function of the module
    std::string domain;  // "" is ai.onnx
    int version = 0;     // opset of `domain` that the node was written for; 0 for calls
    std::string callee;  // op == "call": the function
    std::vector<Operand> inputs;
    std::vector<TypedName> outputs;  // unused optional outputs have an empty name
    Attributes attributes;

    bool isCall() const { return op == "call"; }
};
using GraphNodePtr = std::shared_ptr<const GraphNode>;

struct GraphBody {
    std::vector<GraphNodePtr> nodes;
    // The function's results, one each: the value (or constant, or parameter) that becomes it.
    std::vector<Operand> returns;
};

bool equal(const GraphNode& a, const GraphNode& b);

}  // namespace strata
