// One node into a loops function that is being built; shared by lowerNode and lowerGraphFunction.
#pragma once

#include "core/operators/lower.h"

namespace strata {

using ConstantInputs = std::function<std::optional<Tensor>(std::size_t)>;

InferContext makeInferContext(const GraphNode& node, std::vector<ValueType> inputs, ConstantInputs constants);
// What the shape rule says; where that takes a value that is not known here, what the node declares.
Result<std::vector<ValueType>> typesForLowering(const InferContext& context);
// Where a rule leaves a shape open and the node declares it, the loops follow what is declared: it has to fit the
// input, or they would read outside of it.
Status checkDeclared(const InferContext& context, const std::vector<ValueType>& types);
TensorRef makeRef(std::string name, const ValueType& type);

// The sizes that loops of these parameters have. Each dimension that is no number is a size of its own, so that loops
// are affine and hold wherever they are called: a plain one keeps its name, batch*seq becomes batch_seq.
class OwnSizes {
public:
    void add(const Shape& shape);
    // These dimensions will come: no size of its own gets the name of one of their symbols.
    void reserve(const Shape& shape);
    // Of a result: what does not follow from the sizes that are there is told by the result itself.
    void addTold(const Shape& shape);
    // In own sizes; a dimension that cannot be told from them comes back as it was.
    ValueType of(ValueType type) const;
    GraphNode of(GraphNode node) const;  // what it declares of its outputs
    const std::set<std::string>& names() const { return m_names; }
    // What these facts say of the own sizes, too.
    SizeFacts factsFrom(const SizeFacts& facts) const;

private:
    std::vector<std::pair<Dim, Dim>> m_own;  // products and sums, and the size that stands for each
    std::set<std::string> m_names, m_reserved;
};

// Appends the node's blocks to `body`. Refused where a shape is not known, or an element type has no loops.
Status lowerInto(const InferContext& context, const std::vector<ValueType>& outputTypes, std::vector<TensorRef> inputs,
                 std::vector<TensorRef> outputs, Names& names, Body& body);
// Names of the buffers that statements read.
std::set<std::string> loadedBuffers(const Body& body);

}  // namespace strata
