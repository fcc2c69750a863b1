// FlexAttention: attention of four dimensions with graphs of the model on its scores and on its probabilities.
//
//     scores = score_mod(cast(sqrt(scale) * Q @ transpose(sqrt(scale) * K)))
//     Y      = cast(prob_mod(softmax(scores)) @ V)
//
// Where several heads of the queries share one of keys and values, the queries are grouped by an axis of their own; the
// graphs see the heads side by side.
#include "core/onnx/expansions/expansion.h"

#include <cmath>

namespace strata::onnx {

namespace {

using ::onnx::NodeProto;

class FlexAttention {
public:
    FlexAttention(const NodeProto& node, const Place& place)
        : m_node(node)
        , m_place(place)
        , m_function(node, 0)
        , m_write(m_function.nodes())
    {
    }

    Result<Expansion> run()
    {
        if (m_node.input_size() < 3 || m_function.input(0).empty() || m_function.input(1).empty()
            || m_function.input(2).empty())
            return refused(
                say("The node '{}' ({}) leaves out one of its {} inputs.", m_place.name, m_node.op_type(), 3));
        for (const char* graph : {"score_mod", "prob_mod"})
            STRATA_CHECK(takeGraph(graph));
        const std::string root = scaleRoot();
        const std::string query = m_write.add("Mul", {m_function.input(0), root}),
                          key = m_write.add("Mul", {m_function.input(1), root});
        // [batch, head of keys, group, row, element]
        const std::string grouped = m_write.add("Reshape", {query, groupedShape(query, key)}),
                          turned = m_write.add("Unsqueeze", {transposed(key), m_write.integers({2})});
        const std::string scores = m_write.add("Reshape", {m_write.add("MatMul", {grouped, turned}), scoresShape()});
        const std::string asked = modified("score_mod", inPrecision(scores));
        const std::string weights = modified("prob_mod",
                                             m_write.add("Softmax", {asked}, {attributeOf("axis", std::int64_t(-1))}));
        const std::string values = m_write.add(
            "Unsqueeze", {m_write.add("CastLike", {m_function.input(2), weights}), m_write.integers({2})});
        const std::string regrouped = m_write.add("Reshape", {weights, groupedShape(weights, key)});
        const std::string result = m_write.add("Reshape", {m_write.add("MatMul", {regrouped, values}), resultShape()});
        m_write.add("CastLike", {result, m_function.input(2)}, {}, {m_function.output(0)});
        return m_function.finish();
    }

private:
    Status takeGraph(const std::string& name)
    {
        const auto* graph = findAttribute(m_node, name);
        if (!graph)
            return {};
        if (graph->g().input_size() != 1 || graph->g().output_size() != 1)
            return refused(say("The graph {} of the node '{}' has {} inputs and {} outputs, where {} needs {} and {}.",
                               name, m_place.name, graph->g().input_size(), graph->g().output_size(), m_node.op_type(),
                               1, 1));
        m_function.take(graph->g());
        return {};
    }

    std::string sizes(const std::string& of, std::int64_t begin, std::int64_t end)
    {
        return m_write.add("Shape", {of}, {attributeOf("start", begin), attributeOf("end", end)});
    }

    // The square root of the scale, in the type of the queries.
    std::string scaleRoot()
    {
        if (findAttribute(m_node, "scale"))
            return m_write.add("CastLike",
                               {m_write.reals({std::sqrt(realOf(m_node, "scale", 1))}, {}), m_function.input(0)});
        const std::string size = m_write.add("Cast", {sizes(m_function.input(0), 3, 4)},
                                             {attributeOf("to", std::int64_t(::onnx::TensorProto::FLOAT))});
        const std::string scale = m_write.add("Reciprocal", {m_write.add("Sqrt", {size})});
        return m_write.add("CastLike", {m_write.add("Sqrt", {scale}), m_function.input(0)});
    }

    std::string transposed(const std::string& key)
    {
        return m_write.add("Transpose", {key}, {attributeOf("perm", std::vector<std::int64_t>{0, 1, 3, 2})});
    }

    // Of a tensor that has the heads of the queries: these as [head of keys, group].
    std::string groupedShape(const std::string& tensor, const std::string& key)
    {
        return m_write.add("Concat",
                           {sizes(tensor, 0, 1), sizes(key, 1, 2), m_write.integers({-1}), sizes(tensor, 2, 4)},
                           {attributeOf("axis", std::int64_t(0))});
    }

    std::string scoresShape()
    {
        return m_write.add("Concat", {sizes(m_function.input(0), 0, 3), sizes(m_function.input(1), 2, 3)},
                           {attributeOf("axis", std::int64_t(0))});
    }

    std::string resultShape()
    {
        return m_write.add("Concat", {sizes(m_function.input(0), 0, 3), sizes(m_function.input(2), 3, 4)},
                           {attributeOf("axis", std::int64_t(0))});
    }

    // Said, or float32 except for float64.
    std::string inPrecision(const std::string& scores)
    {
        const ValueType type = m_place.type(0);
        const bool isDouble = type.kind == ValueType::Kind::Tensor && type.tensor.dtype == DType::F64;
        const std::int64_t otherwise = isDouble ? ::onnx::TensorProto::DOUBLE : ::onnx::TensorProto::FLOAT;
        return m_write.add("Cast", {scores}, {attributeOf("to", integerOf(m_node, "softmax_precision", otherwise))});
    }

    std::string modified(const std::string& name, const std::string& value)
    {
        const auto* graph = findAttribute(m_node, name);
        return graph ? m_write.add("CastLike", {writeGraph(m_write, graph->g(), {value}).at(0), value}) : value;
    }

    const NodeProto& m_node;
    const Place& m_place;
    FunctionWriter m_function;
    NodeWriter m_write;
};

}  // namespace

Result<Expansion> expandFlexAttention(const NodeProto& node, const Place& place)
{
    return FlexAttention(node, place).run();
}

}  // namespace strata::onnx
