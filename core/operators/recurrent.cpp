// RNN, GRU and LSTM: one ordered loop over time around the blocks of a step.
#include "core/operators/families.h"
#include "core/operators/lower.h"

namespace strata {

namespace {
// Sizes and choices that the three share.
struct Recurrent {
    std::int64_t directions = 1, steps = 1, batch = 1, hidden = 1, features = 1, gates = 1;
    bool batchFirst = false;
    std::string direction;
    double clip = 0;  // 0: none
};

Result<Recurrent> recurrentOf(const InferContext& context, std::int64_t gates)
{
    const GraphNode& node = context.node;
    for (std::size_t i = 0; i < 3; ++i)
        if (!isConstant(shapeOf(context, i)))
            return nodeError(node, "runs over a symbolic size.", "Bind the dimension first.");
    const Integers x = constants(shapeOf(context, 0)), r = constants(shapeOf(context, 2));
    Recurrent result;
    result.batchFirst = integerAttribute(node, "layout", 0) != 0;
    result.steps = x[result.batchFirst ? 1 : 0];
    result.batch = x[result.batchFirst ? 0 : 1];
    result.features = x[2];
    result.directions = r[0];
    result.hidden = r[2];
    result.gates = gates;
    result.direction = textAttribute(node, "direction", "forward");
    result.clip = realAttribute(node, "clip", 0);
    return result;
}

// Every side input against the sizes that X and R show: directions d, gates g, hidden size h.
Status checkRecurrent(const InferContext& context, std::int64_t gates)
{
    const GraphNode& node = context.node;
    STRATA_CHECK(needsWord(node, "direction", {"forward", "reverse", "bidirectional"}));
    STRATA_CHECK(needsRank(context, 0, "X", 3));
    STRATA_CHECK(needsRank(context, 2, "R", 3));
    const Shape &x = shapeOf(context, 0), &r = shapeOf(context, 2);
    const bool batchFirst = integerAttribute(node, "layout", 0) != 0;
    const Dim &batch = x[batchFirst ? 0 : 1], &features = x[2], &hidden = r[2];
    const Dim directions(textAttribute(node, "direction", "forward") == "bidirectional" ? 2 : 1), g(gates);
    const std::string why = "for R of " + toString(r) + " and X of " + toString(x);
    STRATA_CHECK(needsShape(context, 2, "R", {directions, g * hidden, hidden},
                            "for " + directions.text() + " directions and " + g.text() + " gates"));
    if (hasAttribute(node, "hidden_size") && !mayBeEqual(hidden, Dim(integerAttribute(node, "hidden_size", 0))))
        return nodeError(node, "has the hidden_size " + std::to_string(integerAttribute(node, "hidden_size", 0))
                                   + " and R of " + toString(r) + ".");
    STRATA_CHECK(needsShape(context, 1, "W", {directions, g * hidden, features}, why));
    STRATA_CHECK(needsShape(context, 3, "B", {directions, Dim(2) * g * hidden}, why));
    STRATA_CHECK(needsShape(context, 4, "sequence_lens", {batch}, why));
    const Shape state = batchFirst ? Shape{batch, directions, hidden} : Shape{directions, batch, hidden};
    STRATA_CHECK(needsShape(context, 5, "initial_h", state, why));
    STRATA_CHECK(needsShape(context, 6, "initial_c", state, why));
    return needsShape(context, 7, "P", {directions, Dim(3) * hidden}, why);
}

// Y, Y_h and, for LSTM, Y_c.
Result<Types> recurrentRule(const InferContext& context, std::int64_t gates)
{
    const DType type = dtypeOf(context, 0);
    const std::size_t outputs = gates == 4 ? 3 : 2;
    if (!ranked(context, 0) || !ranked(context, 1) || !ranked(context, 2))
        return Types(outputs, unrankedType(type));
    STRATA_CHECK(checkRecurrent(context, gates));
    const Shape& x = shapeOf(context, 0);
    const Dim directions = shapeOf(context, 2)[0], hidden = shapeOf(context, 2)[2];
    const bool batchFirst = integerAttribute(context.node, "layout", 0) != 0;
    Types types{
        tensorType(type, batchFirst ? Shape{x[0], x[1], directions, hidden} : Shape{x[0], directions, x[1], hidden})};
    const ValueType last = tensorType(type,
                                      batchFirst ? Shape{x[0], directions, hidden} : Shape{directions, x[1], hidden});
    types.insert(types.end(), outputs - 1, last);
    return types;
}

using Activation = std::function<Value(const Value&)>;

Result<Activation> activationNamed(const GraphNode& node, const std::string& name)
{
    if (name == "Tanh")
        return Activation([](const Value& x) { return tanh(x); });
    if (name == "Sigmoid")
        return Activation([](const Value& x) { return sigmoid(x); });
    if (name == "Relu")
        return Activation([](const Value& x) { return orderedMaximum(0, x); });
    if (name == "Softsign")
        return Activation([](const Value& x) { return x / (1.0 + absolute(x)); });
    return nodeError(node, "activates by " + name + ", which Strata does not have in recurrent operators.");
}

Result<std::vector<Activation>> activationsOf(const GraphNode& node, std::vector<std::string> names,
                                              std::int64_t direction)
{
    if (auto found = node.attributes.find("activations"); found != node.attributes.end())
        if (const auto* given = std::get_if<std::vector<std::string>>(&found->second))
            for (std::size_t i = 0; i < names.size() && std::size_t(direction) * names.size() + i < given->size(); ++i)
                names[i] = (*given)[std::size_t(direction) * names.size() + i];
    std::vector<Activation> result;
    for (const std::string& name : names) {
        STRATA_TRY(Activation activation, activationNamed(node, name));
        result.push_back(std::move(activation));
    }
    return result;
}

// One direction of one node: the blocks that the three operators are made of.
class Direction {
public:
    using State = std::function<Value(const ExprPtr& b, const ExprPtr& k)>;

    Direction(LowerContext& ctx, const Recurrent& shape, std::int64_t d)
        : m_ctx(ctx)
        , m_shape(shape)
        , m_d(intConst(d))
        , m_direction(d)
        , m_wide(accumulatorType(ctx.input(0).dtype))
        , m_base(ctx.wanted(0) ? ctx.output(0).name : ctx.node().name)
    {
        const TensorRef &x = m_ctx.input(0), &w = m_ctx.input(1);
        m_inputs = m_ctx.local(m_base + "_inputs", m_wide, {shape.steps, shape.batch, shape.gates * shape.hidden});
        m_ctx.reduce(
            "inputs", m_inputs, {{"s", shape.steps}, {"b", shape.batch}, {"g", shape.gates * shape.hidden}},
            {{"i", shape.features}}, constantOf(m_wide, 0), [&](const Indices& at, const Indices& i, const Value& sum) {
                const ExprPtr time = turned(at[0], at[1]);
                const Value element = x(shape.batchFirst ? Indices{at[1], time, i[0]} : Indices{time, at[1], i[0]});
                return fma(wide(element), wide(w({m_d, at[2], i[0]})), sum);
            });
    }

    // A state before the first and after every step, [steps + 1, batch, hidden]; its beginning is an input of the node,
    // or 0.
    TensorRef history(const std::string& name, std::size_t initialInput)
    {
        const TensorRef result = m_ctx.local(m_base + "_" + name, m_wide,
                                             {m_shape.steps + 1, m_shape.batch, m_shape.hidden});
        m_ctx.computeRegion("initial", result, {{"s", 1}, {"b", m_shape.batch}, {"j", m_shape.hidden}}, {0, 0, 0},
                            [&](const Indices& at) {
                                if (!m_ctx.given(initialInput))
                                    return constantOf(m_wide, 0);
                                return wide(m_ctx.input(initialInput)(m_shape.batchFirst ? Indices{at[1], m_d, at[2]}
                                                                                         : Indices{m_d, at[1], at[2]}));
                            });
        return result;
    }
    // A buffer [batch, gates * hidden] that every step fills.
    TensorRef perStep(const std::string& name, std::int64_t gates)
    {
        return m_ctx.local(m_base + "_" + name, m_wide, {m_shape.batch, gates * m_shape.hidden});
    }
    Axes stateAxes() const { return {{"b", m_shape.batch}, {"j", m_shape.hidden}}; }

    // out[b, g] = sum over k of from(b, k) * r[g + first * hidden, k].
    void multiply(const std::string& block, const TensorRef& out, std::int64_t first, const State& from)
    {
        const TensorRef& r = m_ctx.input(2);
        m_ctx.reduce(block, out, {{"b", m_shape.batch}, {"g", out.number(1)}}, {{"k", m_shape.hidden}},
                     constantOf(m_wide, 0), [&](const Indices& at, const Indices& k, const Value& sum) {
                         return fma(from(at[0], k[0]), wide(r({m_d, at[1] + first * m_shape.hidden, k[0]})), sum);
                     });
    }
    State current(const TensorRef& state) const
    {
        return [&](const ExprPtr& b, const ExprPtr& k) { return before(state, {b, k}); };
    }

    // A gate's part from the input and its bias; and a product's from the state, with the recurrent bias.
    Value input(std::int64_t gate, const Indices& at) const
    {
        const ExprPtr row = at[1] + gate * m_shape.hidden;
        return biased(m_inputs({m_ctx.step(), at[0], row}), row);
    }
    Value recurrent(const TensorRef& products, std::int64_t first, std::int64_t gate, const Indices& at) const
    {
        const Value product = products({at[0], at[1] + (gate - first) * m_shape.hidden});
        return biased(product, at[1] + (m_shape.gates + gate) * m_shape.hidden);
    }
    Value clipped(const Value& x) const
    {
        return m_shape.clip > 0 ? minimum(maximum(x, -m_shape.clip), m_shape.clip) : x;
    }
    Value before(const TensorRef& state, const Indices& at) const { return state({m_ctx.step(), at[0], at[1]}); }
    Value after(const TensorRef& state, const Indices& at) const
    {
        return state({m_ctx.step() + intConst(1), at[0], at[1]});
    }
    // weight[gate][j] * state, for LSTM's peepholes; 0 without them.
    Value peephole(const Value& gate, std::int64_t place, const Value& state, const Indices& at) const
    {
        return m_ctx.given(7) ? gate + wide(m_ctx.input(7)({m_d, at[1] + place * m_shape.hidden})) * state : gate;
    }

    // state[step + 1] = value; a sequence that has ended keeps its state.
    void advance(const std::string& block, const TensorRef& state, const LowerContext::Element& value)
    {
        auto next = [&](const Indices& at) { return Indices{m_ctx.step() + intConst(1), at[0], at[1]}; };
        m_ctx.computeAt(block, state, stateAxes(), next, [&](const Indices& at) {
            return m_ctx.given(4) ? select(Value(m_ctx.step()) < length(at[0]), value(at), before(state, at))
                                  : value(at);
        });
    }

    // Y: every step's state, in the order of time; 0 behind a sequence's end.
    void writeSequence(const TensorRef& state)
    {
        if (!m_ctx.wanted(0))
            return;
        const TensorRef& y = m_ctx.output(0);
        const bool batchFirst = m_shape.batchFirst;
        Axes axes{{"s", m_shape.steps}, {"b", m_shape.batch}, {"j", m_shape.hidden}};
        auto target = [&](const Indices& at) {
            return batchFirst ? Indices{at[1], at[0], m_d, at[2]} : Indices{at[0], m_d, at[1], at[2]};
        };
        m_ctx.computeAt("sequence", y, axes, target, [&](const Indices& at) {
            const Value value = cast(y.dtype, state({turned(at[0], at[1]) + intConst(1), at[1], at[2]}));
            return m_ctx.given(4) ? select(Value(at[0]) < length(at[1]), value, 0) : value;
        });
    }
    // Y_h, Y_c: the state after the last step.
    void writeLast(std::size_t output, const TensorRef& state)
    {
        if (!m_ctx.wanted(output))
            return;
        const TensorRef& y = m_ctx.output(output);
        auto target = [&](const Indices& at) {
            return m_shape.batchFirst ? Indices{at[0], m_d, at[1]} : Indices{m_d, at[0], at[1]};
        };
        m_ctx.computeAt("last", y, stateAxes(), target, [&](const Indices& at) {
            return cast(y.dtype, state({intConst(m_shape.steps), at[0], at[1]}));
        });
    }

private:
    Value wide(const Value& x) const { return cast(m_wide, x); }
    Value biased(const Value& x, const ExprPtr& row) const
    {
        return m_ctx.given(3) ? x + wide(m_ctx.input(3)({m_d, row})) : x;
    }
    Value length(const ExprPtr& b) const { return dataCount(m_ctx.input(4)({b}), m_shape.steps); }
    // The time that step s reads, and the step that reads time s: the same turning round.
    ExprPtr turned(const ExprPtr& s, const ExprPtr& b) const
    {
        if (m_shape.direction == "forward" || (m_shape.direction == "bidirectional" && m_direction == 0))
            return s;
        if (!m_ctx.given(4))
            return intConst(m_shape.steps - 1) - s;
        return select(Value(s) < length(b), length(b) - 1 - Value(s), Value(s)).expr;
    }

    LowerContext& m_ctx;
    const Recurrent& m_shape;
    const ExprPtr m_d;
    const std::int64_t m_direction;
    const DType m_wide;
    const std::string m_base;
    TensorRef m_inputs;
};

using StepActivations = std::vector<Activation>;

void rnnDirection(LowerContext& ctx, const Recurrent& shape, std::int64_t d, const StepActivations& f)
{
    Direction one(ctx, shape, d);
    const TensorRef h = one.history("h", 5), products = one.perStep("products", 1);
    ctx.sequence({"t", shape.steps}, [&] {
        one.multiply("recurrent", products, 0, one.current(h));
        one.advance("state", h, [&](const Indices& at) {
            return f[0](one.clipped(one.input(0, at) + one.recurrent(products, 0, 0, at)));
        });
    });
    one.writeSequence(h);
    one.writeLast(1, h);
}

// Gates z, r, h. The candidate sees the state after the reset, or (linear_before_reset) its product is reset.
void gruDirection(LowerContext& ctx, const Recurrent& shape, std::int64_t d, const StepActivations& f)
{
    const bool linear = integerAttribute(ctx.node(), "linear_before_reset", 0) != 0;
    Direction one(ctx, shape, d);
    const TensorRef h = one.history("h", 5), products = one.perStep("products", 2), reset = one.perStep("reset", 1),
                    candidates = one.perStep("candidates", 1);
    auto gate = [&](std::int64_t g, const Indices& at) {
        return f[0](one.clipped(one.input(g, at) + one.recurrent(products, 0, g, at)));
    };
    ctx.sequence({"t", shape.steps}, [&] {
        one.multiply("recurrent", products, 0, one.current(h));
        ctx.compute("reset", reset, one.stateAxes(),
                    [&](const Indices& at) { return linear ? gate(1, at) : gate(1, at) * one.before(h, at); });
        one.multiply("candidate", candidates, 2,
                     linear ? one.current(h) : Direction::State([&](const ExprPtr& b, const ExprPtr& k) {
                         return reset({b, k});
                     }));
        one.advance("state", h, [&](const Indices& at) {
            const Value product = one.recurrent(candidates, 2, 2, at);
            const Value candidate = f[1](one.clipped(one.input(2, at) + (linear ? reset(at) * product : product)));
            return let("z", gate(0, at), [&](const Value& z) { return (1.0 - z) * candidate + z * one.before(h, at); });
        });
    });
    one.writeSequence(h);
    one.writeLast(1, h);
}

// Gates i, o, f, c.
void lstmDirection(LowerContext& ctx, const Recurrent& shape, std::int64_t d, const StepActivations& f)
{
    Direction one(ctx, shape, d);
    const TensorRef h = one.history("h", 5), c = one.history("c", 6), products = one.perStep("products", 4);
    auto sum = [&](std::int64_t g, const Indices& at) { return one.input(g, at) + one.recurrent(products, 0, g, at); };
    ctx.sequence({"t", shape.steps}, [&] {
        one.multiply("recurrent", products, 0, one.current(h));
        one.advance("cell", c, [&](const Indices& at) {
            const Value old = one.before(c, at);
            const Value input = f[0](one.clipped(one.peephole(sum(0, at), 0, old, at)));
            const Value forget = f[0](one.clipped(one.peephole(sum(2, at), 2, old, at)));
            return forget * old + input * f[1](one.clipped(sum(3, at)));
        });
        one.advance("state", h, [&](const Indices& at) {
            const Value cell = one.after(c, at);
            return f[0](one.clipped(one.peephole(sum(1, at), 1, cell, at))) * f[2](cell);
        });
    });
    one.writeSequence(h);
    one.writeLast(1, h);
    one.writeLast(2, c);
}

using DirectionBlocks = void (*)(LowerContext&, const Recurrent&, std::int64_t, const StepActivations&);

Operator recurrentOperator(std::string name, std::string summary, std::string formula,
                           std::vector<std::string> activations, std::int64_t gates, DirectionBlocks blocks)
{
    return {.name = std::move(name),
            .pattern = Pattern::Opaque,
            .requiredInputs = 3,
            .summary = std::move(summary),
            .formula = std::move(formula),
            .infer = [gates](const InferContext& context) { return recurrentRule(context, gates); },
            .compute = [=](LowerContext& ctx) -> Status {
                STRATA_TRY(const Recurrent shape, recurrentOf(ctx.in, gates));
                if (integerAttribute(ctx.node(), "input_forget", 0) != 0)
                    return nodeError(ctx.node(), "couples input and forget gate, which Strata does not have.");
                for (std::int64_t d = 0; d < shape.directions; ++d) {
                    STRATA_TRY(const StepActivations f, activationsOf(ctx.node(), activations, d));
                    blocks(ctx, shape, d, f);
                }
                return {};
            }};
}
}  // namespace

std::vector<Operator> recurrentOperators()
{
    return {
        recurrentOperator("RNN", "A layer that reads a sequence step by step and hands its state on.",
                          "h[t] = tanh(W x[t] + R h[t-1] + b)", {"Tanh"}, 1, rnnDirection),
        recurrentOperator("GRU", "A recurrent layer whose gates choose what of its state to keep.",
                          "h[t] = (1 - z) * tanh(W x[t] + R (r * h[t-1]) + b) + z * h[t-1]", {"Sigmoid", "Tanh"}, 3,
                          gruDirection),
        recurrentOperator(
            "LSTM", "A recurrent layer with a cell that remembers, behind an input, a forget and an output gate.",
            "c[t] = f * c[t-1] + i * tanh(...); h[t] = o * tanh(c[t])", {"Sigmoid", "Tanh", "Tanh"}, 4, lstmDirection),
    };
}

}  // namespace strata
