// graph.make_unsigned: quantized values of i8 become u8, each 128 higher, and so do the zero points beside them.
//
//     q = i8(round(v) - 128), zero point -128   ->   q = u8(round(v)), zero point 0
//
// Processors multiply unsigned bytes by signed ones. And what follows a relu, whose zero point is the lowest of i8,
// then has none, so that nothing is to be taken out of the sums and the border of a convolution is zero.
#include "passes/graph/replacement.h"

#include <algorithm>

namespace strata {

namespace {

using namespace graph;

constexpr std::int64_t u8Code = 2, i8Code = 3;  // ONNX's numbers of element types
constexpr std::int64_t shift = 128;

// A value of i8 on its way to u8: who makes it and who reads it.
class Shifting : NodeReplacement {
public:
    Shifting(Replacement& replacement, GraphNodePtr node)
        : NodeReplacement(replacement, std::move(node))
    {
    }

    Status read();
    Status write();

private:
    bool isCast() const { return m_node->op == "Cast"; }
    static Operand inputOf(const GraphNode& node, std::size_t i)
    {
        return i < node.inputs.size() ? node.inputs[i] : Operand{};
    }
    Status readSource();
    Status readReaders();
    Result<Operand> raised(const Operand& zeroPoint);
    Status writeCast();

    GraphNodePtr m_add;  // m_add: what adds the zero point in front of a cast; nullptr: it is 0
    float m_zero = 0;
    std::vector<GraphNodePtr> m_readers;
};

// A cast of whole numbers, to which the zero point was added.
Status Shifting::readSource()
{
    if (!isCast())
        return m_replacement.constant(input(2)) && !m_node->attributes.count("output_dtype")
                   ? Status()
                   : Status(no("has no zero point that is a constant and says the type"));
    GraphNodePtr source = m_replacement.producer(input(0));
    const std::optional<Tensor> zero = source && source->op == "Add" ? m_replacement.constant(source->inputs[1])
                                                                     : std::nullopt;
    if (zero && zero->count() == 1 && zero->type.dtype == DType::F32
        && m_replacement.onlyReader(source->outputs[0].name)) {
        m_add = source;
        m_zero = zero->data<float>()[0];
        source = m_replacement.producer(source->inputs[0]);
    }
    const bool isWhole = source && source->op == "Round" && m_zero == float(std::int64_t(m_zero));
    return isWhole ? Status() : Status(no("casts what is not rounded"));
}

// Products, whose first input it is, and dequantizing nodes; all with zero points that are known.
Status Shifting::readReaders()
{
    m_readers = m_replacement.readersWithin(m_node->outputs[0].name);
    if (m_readers.empty())
        return no("makes a result of the graph");
    for (const GraphNodePtr& reader : m_readers) {
        const bool isProduct = reader->op == "ConvInteger" || reader->op == "MatMulInteger";
        const auto uses = std::count_if(reader->inputs.begin(), reader->inputs.end(), [&](const Operand& operand) {
            return operand.kind == Operand::Kind::Value && operand.name == m_node->outputs[0].name;
        });
        const bool isFirst = inputOf(*reader, 0).kind == Operand::Kind::Value
                             && inputOf(*reader, 0).name == m_node->outputs[0].name;
        if (!reader->domain.empty() || (!isProduct && reader->op != "DequantizeLinear") || uses != 1 || !isFirst)
            return no("makes integers that " + reader->name + " (" + reader->op + ") reads as they are");
        if (inputOf(*reader, 2).kind != Operand::Kind::None && !m_replacement.constant(inputOf(*reader, 2)))
            return no("makes integers that " + reader->name + " reads with a zero point that is no constant");
    }
    return {};
}

Status Shifting::read()
{
    if (m_node->isCall() || !m_node->domain.empty() || (!isCast() && m_node->op != "QuantizeLinear"))
        return no("does not quantize");
    if (m_replacement.types().tensor(Operand::value(m_node->outputs[0].name)).dtype != DType::I8)
        return no("makes no i8");
    STRATA_CHECK(readSource());
    return readReaders();
}

// A zero point of u8; none where all of it is 0.
Result<Operand> Shifting::raised(const Operand& zeroPoint)
{
    const std::optional<Tensor> before = m_replacement.constant(zeroPoint);
    Tensor after = makeTensor(DType::U8, before ? constants(before->type.shape) : std::vector<std::int64_t>());
    bool isZero = true;
    for (std::int64_t i = 0; i < after.count(); ++i) {
        after.setInteger(i, (before ? before->integerAt(i) : 0) + shift);
        isZero = isZero && after.integerAt(i) == 0;
    }
    return isZero ? Result<Operand>(Operand{}) : m_replacement.constant("zero_point", std::move(after));
}

Status Shifting::writeCast()
{
    Operand value = input(0);
    if (m_add) {
        m_replacement.drop(m_add);
        value = m_add->inputs[0];
    }
    if (m_zero + float(shift) != 0) {
        Tensor zero = makeTensor(DType::F32, {});
        zero.data<float>()[0] = m_zero + float(shift);
        STRATA_TRY(const Operand point, m_replacement.constant("zero_point", std::move(zero)));
        value = m_replacement.add("Add", 14, {value, point});
    }
    m_replacement.add("Cast", m_node->version, {value}, {{"to", u8Code}});
    return {};
}

Status Shifting::write()
{
    m_replacement.replace(m_node);
    if (isCast()) {
        STRATA_CHECK(writeCast());
    } else {
        // Its zero point also says the type, so that it stays where it is 0.
        std::vector<Operand> inputs = m_node->inputs;
        STRATA_TRY(inputs[2], raised(inputs[2]));
        m_replacement.add("QuantizeLinear", m_node->version, inputs, m_node->attributes);
    }
    m_replacement.finish(*m_node);
    for (const GraphNodePtr& reader : m_readers) {
        m_replacement.replace(reader);
        std::vector<Operand> inputs = reader->inputs;
        inputs.resize(std::max<std::size_t>(inputs.size(), 3));
        STRATA_TRY(inputs[2], raised(inputs[2]));
        m_replacement.add(reader->op, reader->version, inputs, reader->attributes);
        m_replacement.finish(*reader);
    }
    return {};
}

Status applies(const Module& module, const Arguments& arguments)
{
    const auto isOfKind = [](const GraphNode& node) {
        const auto to = node.attributes.find("to");
        const auto* code = to == node.attributes.end() ? nullptr : std::get_if<std::int64_t>(&to->second);
        return node.domain.empty() && (node.op == "QuantizeLinear" || (node.op == "Cast" && code && *code == i8Code));
    };
    return hasNodes(module, arguments, isOfKind, say("Nothing in {} is quantized.", arguments.text("function")));
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    return rewriteNodes(module, arguments, rewritingBy<Shifting>(),
                        say("No integers of {} are signed, and read by products alone.", arguments.text("function")),
                        {}, Effect::Reassociated);
}

}  // namespace

STRATA_TRANSFORM(graph_make_unsigned)
{
    Transform t;
    t.id = "graph.make_unsigned";
    t.level = Level::Graph;
    t.title = "Make integers unsigned";
    t.summary = "Turns quantized values of i8 into u8, each 128 higher, with their zero points.";
    t.documentation =
        "What a QuantizeLinear, or a Cast of a rounded value, makes in i8 becomes u8 if it is no result of the graph and all its readers are products of integers "
        "(ConvInteger, MatMulInteger, as their first input) or DequantizeLinear, with zero points that are known: those become 128 higher, too, so all stand for "
        "the same numbers. Processors multiply unsigned bytes by signed ones; and behind a relu the zero point, the lowest of i8, becomes 0, so that there is "
        "nothing left to take out of the sums, and borders are zeros. Without nodes, all that can.\n\n"
        "The results are the same, but for values that are no numbers: those become 0 in either type, which stands for another number then. Reassociated.";
    t.alsoKnownAs = {"s8 to u8 legalization (TVM)"};
    t.parameters = {{"function", ParameterKind::Function, "The graph function.", {}, false, {}},
                    {"nodes", ParameterKind::Nodes, "The nodes that quantize.", {}, true, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator};
    t.effect = Effect::Reassociated;
    t.example.before = R"(module example(entry=main):

const @s: f32[] = [0.5]
const @w: i8[4, 3] = [1, -2, 3, 0, 5, -6, 7, 8, -9, 1, 0, 1]
const @z: i8[] = [-3]

def main(x: f32[2, 4]) -> (y: i32[2, 3]):
    q: i8[2, 4] = QuantizeLinear(x, @s, @z, node="q", version=13)
    y: i32[2, 3] = MatMulInteger(q, @w, @z, node="y", version=10)
    return y
)";
    t.example.step = "graph.make_unsigned(main)";
    t.example.after = R"(module example(entry=main):

const @q_zero_point: u8[] = [125]
const @s: f32[] = [0.5]
const @w: i8[4, 3] = [1, -2, 3, 0, 5, -6, 7, 8, -9, 1, 0, 1]
const @y_zero_point: u8[] = [125]

def main(x: f32[2, 4]) -> (y: i32[2, 3]):
    q: u8[2, 4] = QuantizeLinear(x, @s, @q_zero_point, node="q_quantizelinear", version=13)
    y: i32[2, 3] = MatMulInteger(q, @w, @y_zero_point, node="y_matmulinteger", version=10)
    return y
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
