// Operators of the graph level: one definition each. Shape rule and compute definition stand in one place; loops,
// reference evaluation, FLOP and byte counts and the text shown to a student derive from it.
#pragma once

#include "core/ir/module.h"
#include "core/tensor/tensor.h"

namespace strata {

// TVM's fusion classes (OpPatternKind), ordered.
enum class Pattern { ElementWise, Broadcast, Injective, Reduction, OutFusable, Opaque };
const char* name(Pattern pattern);

// What a shape rule may look at. Constant inputs are known where a constant feeds them or where shape arithmetic
// folded.
struct InferContext {
    const GraphNode& node;
    std::vector<ValueType> inputs;  // a missing input has an unranked type and given[i] == false
    std::vector<bool> given;
    std::function<std::optional<Tensor>(std::size_t input)> constant;  // value of an input if known, small enough
    // An integer input whose elements are known as polynomials of the model's symbols (shape arithmetic); may be null.
    std::function<std::optional<std::vector<Dim>>(std::size_t input)> dimensions = {};
    SizeFacts facts = {};  // what the graph assumes of its symbols
};

// An operator whose results have dimensions that only data tell is computed by two (core/operators/data_sizes.h), of the
// domain "strata": one counts, the other is told the counts.
struct Counted {
    std::string by, then;       // the operators
    std::size_t inputs = 0;     // of the node, those left out included: what `by` gives is passed to `then` behind them
};
// Of an operator that is told dimensions of its results: the open ones, in order, are the elements of an input.
struct Told {
    std::size_t by = 0;  // the input
    std::function<Dim(const InferContext&, std::size_t element)> most;
};

class LowerContext;  // core/operators/lower.h: collects blocks of the loops function

struct Operator {
    std::string name;                        // ONNX's
    std::string domain = {};                 // "" is ai.onnx
    int sinceVersion = 1, untilVersion = 0;  // opsets this definition holds for; until 0: open
    Pattern pattern = Pattern::Opaque;
    std::size_t requiredInputs = 1;  // the first ones, without which a node is refused
    std::string summary = {};        // for a student, one or two sentences
    std::string formula = {};        // "y[i, j] = max(0, x[i, j])"
    std::function<Result<std::vector<ValueType>>(const InferContext&)> infer = {};
    std::function<Status(LowerContext&)> compute = {};  // writes its loops, see lower.h
    std::optional<Counted> counted = {};
    std::optional<Told> told = {};
};

const std::vector<Operator>& operators();
// The definition that holds for a node; nullptr: the node is opaque.
const Operator* findOperator(const GraphNode& node);

// Types of the node's outputs.
Result<std::vector<ValueType>> inferTypes(const InferContext& context);

// One loops function that computes the node: params are its given, non-folded inputs in order (names as in the node's
// inputs, made identifiers), results its outputs. `constantInputs` holds values that became part of the code (a
// Reshape's shape, axes, pads).
struct LoweredNode {
    FunctionPtr function;
    std::vector<std::size_t> usedInputs;  // inputs of the node that are params, in order
};
Result<LoweredNode> lowerNode(const GraphNode& node, const std::vector<ValueType>& inputs,
                              const std::function<std::optional<Tensor>(std::size_t)>& constantInputs,
                              const std::string& functionName, const SizeFacts& facts = {});

// A whole graph function (a fused group) as one loops function: each node's blocks one after the other, values between
// as local buffers; params and results as the graph function's. Constants that the group refers to and that are not
// part of the code become params after the function's own; their names are returned in order.
struct LoweredGraph {
    FunctionPtr function;
    std::vector<std::string> constantParams;  // module constants, to be passed after the params
    Forwarding forwarding;                    // graph nodes and values -> blocks and buffers
};
Result<LoweredGraph> lowerGraphFunction(const Module& module, const Function& function);

// Operations and bytes of a loops function, counted over its blocks. fma counts 2; elementary functions count 1.
struct Cost {
    double flops = 0, readBytes = 0, writtenBytes = 0;  // distinct bytes of params and results
};
Cost cost(const Function& loops);
// The operations alone, where extents may be sizes: 2*batch*768; nullopt if they are no polynomial of these.
std::optional<Dim> operationsFor(const Function& loops);

}  // namespace strata
