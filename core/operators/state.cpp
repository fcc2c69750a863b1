// Operators that carry a state from call to call: caches that are written in place, convolutions and attention of
// recurrent form.
#include "core/operators/lower.h"
#include "core/operators/special_families.h"

#include <cmath>

namespace strata {

namespace {

// --- TensorScatter
// -----------------------------------------------------------------------------------------------------------------------

Result<Types> tensorScatterRule(const InferContext& context)
{
    STRATA_CHECK(needsWord(context.node, "mode", {"linear", "circular"}));
    if (!ranked(context, 0))
        return sameAsFirst(context);
    STRATA_TRY(const std::int64_t axis,
               normalizedAxis(context.node, integerAttribute(context.node, "axis", -2), rankOf(context, 0)));
    if (axis == 0)
        return nodeError(context.node, "writes along its batch, axis 0.");
    Shape update = shapeOf(context, 0);
    update[std::size_t(axis)] = anyDim();
    STRATA_CHECK(needsShape(context, 1, "update", update, "for a cache of " + toString(shapeOf(context, 0))));
    STRATA_CHECK(needsShape(context, 2, "write_indices", {shapeOf(context, 0)[0]}, "of the batch"));
    return sameAsFirst(context);
}

// The cache as it is, then the update over it: a cache that is written in place costs what is written.
Status computeTensorScatter(LowerContext& ctx)
{
    const TensorRef &cache = ctx.input(0), &update = ctx.input(1);
    STRATA_TRY(const std::int64_t named,
               normalizedAxis(ctx.node(), integerAttribute(ctx.node(), "axis", -2), cache.rank()));
    const std::size_t axis = std::size_t(named);
    const std::int64_t size = cache.number(axis), count = update.number(axis);
    const bool circular = textAttribute(ctx.node(), "mode", "linear") == "circular";
    if (count > size)
        return nodeError(ctx.node(),
                         "writes " + std::to_string(count) + " elements into a cache of " + std::to_string(size) + ".");
    ctx.compute("carry", ctx.output(), [&](const Indices& at) { return cache(at); });
    const auto target = [&](Indices at) {
        const Value begin = ctx.given(2) ? dataCount(ctx.input(2)({at[0]}), circular ? size : size - count)
                                         : Value(intConst(0));
        const Value place = begin + Value(at[axis]);
        at[axis] = circular ? floorMod(place.expr, size) : place.expr;
        return at;
    };
    ctx.computeAt("write", ctx.output(), update.axes(), target, [&](const Indices& at) { return update(at); });
    return {};
}

// --- CausalConvWithState
// -----------------------------------------------------------------------------------------------------------------

Result<Types> causalConvRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    STRATA_CHECK(needsWord(context.node, "activation", {"none", "silu", "swish"}));
    if (!ranked(context, 0) || !ranked(context, 1))
        return Types{unrankedType(type), unrankedType(type)};
    STRATA_CHECK(needsRank(context, 0, "input", 3));
    STRATA_CHECK(needsRank(context, 1, "weight", 3));
    const Shape &x = shapeOf(context, 0), &w = shapeOf(context, 1);
    STRATA_CHECK(needsShape(context, 1, "weight", {x[1], Dim(1), anyDim()}, "for an input of " + toString(x)));
    STRATA_CHECK(needsShape(context, 2, "bias", {x[1]}, "for an input of " + toString(x)));
    const Shape state{x[0], x[1], w[2] - Dim(1)};
    STRATA_CHECK(needsShape(context, 3, "past_state", state, "for a weight of " + toString(w)));
    return Types{tensorType(type, x), tensorType(type, state)};
}

Status computeCausalConv(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &w = ctx.input(1), &y = ctx.output(0);
    const std::int64_t taps = w.number(2), before = taps - 1, length = x.number(2);
    if (taps < 1)
        return nodeError(ctx.node(), "has a weight without taps.");
    const DType wide = accumulatorType(x.dtype);
    const TensorRef joined = ctx.local(y.name + "_joined", x.dtype, {x.number(0), x.number(1), before + length});
    ctx.prepare("join", joined, [&](const Indices& at) {
        const Value past = ctx.given(3) ? ctx.input(3)({at[0], at[1], at[2]}) : constantOf(x.dtype, 0);
        return before == 0 ? x({at[0], at[1], at[2]})
                           : select(Value(at[2]) < before, past, x({at[0], at[1], at[2] - before}));
    });
    const TensorRef sums = ctx.local(y.name + "_sum", wide, x.shape);
    ctx.reduce("conv", sums, {{"tap", taps}}, constantOf(wide, 0),
               [&](const Indices& at, const Indices& tap, const Value& sum) {
                   return fma(cast(wide, joined({at[0], at[1], at[2] + tap[0]})),
                              cast(wide, w({at[1], intConst(0), tap[0]})), sum);
               });
    const bool activates = textAttribute(ctx.node(), "activation", "none") != "none";
    if (ctx.wanted(0))
        ctx.compute("bias", y, [&](const Indices& at) {
            const Value sum = ctx.given(2) ? sums(at) + cast(wide, ctx.input(2)({at[1]})) : sums(at);
            const Value rounded = cast(wide, cast(y.dtype, sum));
            return cast(y.dtype, activates ? rounded * sigmoid(rounded) : rounded);
        });
    if (ctx.wanted(1))
        ctx.compute("present", ctx.output(1), [&](const Indices& at) {
            return joined({at[0], at[1], at[2] + length});
        });
    return {};
}

// --- LinearAttention
// -----------------------------------------------------------------------------------------------------------------------

// Sizes: batch b, steps t, heads of queries and of keys, elements of a key and of a value.
struct StateHeads {
    std::int64_t queries = 1, keys = 1;
    bool gates = false, corrects = false;  // the state decays; what it recalls already is not written again
};

Result<StateHeads> stateHeads(const InferContext& context)
{
    const GraphNode& node = context.node;
    StateHeads heads{integerAttribute(node, "q_num_heads", 0), integerAttribute(node, "kv_num_heads", 0)};
    if (heads.queries < 1 || heads.keys < 1 || heads.queries % heads.keys != 0)
        return nodeError(node, "has " + std::to_string(heads.queries) + " heads of queries for "
                                   + std::to_string(heads.keys) + " of keys; one is a multiple of the other.");
    STRATA_CHECK(needsWord(node, "update_rule", {"linear", "gated", "delta", "gated_delta"}));
    const std::string rule = textAttribute(node, "update_rule", "gated_delta");
    heads.gates = rule.starts_with("gated");
    heads.corrects = rule.ends_with("delta");
    for (const auto& [input, name, needed] :
         {std::tuple(std::size_t(4), "decay", heads.gates), std::tuple(std::size_t(5), "beta", heads.corrects)})
        if (given(context, input) != needed)
            return nodeError(node, std::string(needed ? "needs" : "does not take") + " the input " + name
                                       + " for the rule \"" + rule + "\".");
    return heads;
}

Result<Types> linearAttentionRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0), stateType = given(context, 3) ? dtypeOf(context, 3) : type;
    STRATA_TRY(const StateHeads heads, stateHeads(context));
    for (std::size_t i = 0; i < 3; ++i) {
        STRATA_CHECK(needsRank(context, i, i == 0 ? "query" : i == 1 ? "key" : "value", 3));
        if (!ranked(context, i) || !isConstant(shapeOf(context, i)))
            return Types{unrankedType(type), unrankedType(stateType)};
    }
    const Shape &q = shapeOf(context, 0), &k = shapeOf(context, 1), &v = shapeOf(context, 2);
    const std::int64_t keySize = q[2].constant() / heads.queries, valueSize = v[2].constant() / heads.keys;
    if (keySize * heads.queries != q[2].constant() || valueSize * heads.keys != v[2].constant()
        || k[2].constant() != keySize * heads.keys)
        return nodeError(context.node,
                         "cannot cut " + toString(q) + ", " + toString(k) + " and " + toString(v) + " into its heads.");
    const Shape state{q[0], Dim(heads.keys), Dim(keySize), Dim(valueSize)};
    STRATA_CHECK(needsShape(context, 1, "key", {q[0], q[1], k[2]}, "for queries of " + toString(q)));
    STRATA_CHECK(needsShape(context, 2, "value", {q[0], q[1], v[2]}, "for queries of " + toString(q)));
    STRATA_CHECK(needsShape(context, 3, "past_state", state, "for queries of " + toString(q)));
    for (const auto& [input, other] :
         {std::pair(std::size_t(4), heads.keys * keySize), std::pair(std::size_t(5), std::int64_t(1))})
        if (given(context, input) && ranked(context, input)
            && !mayBeEqual(shapeOf(context, input), {q[0], q[1], Dim(heads.keys)}))
            STRATA_CHECK(needsShape(context, input, input == 4 ? "decay" : "beta", {q[0], q[1], Dim(other)},
                                    "for " + std::to_string(heads.keys) + " heads of keys"));
    return Types{tensorType(type, {q[0], q[1], Dim(heads.queries * valueSize)}), tensorType(stateType, state)};
}

// The state is a matrix a head, keys by values. Each step decays it, writes key times value, and reads it by the query.
Status computeLinearAttention(LowerContext& ctx)
{
    STRATA_TRY(const StateHeads heads, stateHeads(ctx.in));
    const TensorRef &q = ctx.input(0), &k = ctx.input(1), &v = ctx.input(2), &y = ctx.output(0);
    const DType wide = accumulatorType(q.dtype);
    const std::int64_t batch = q.number(0), steps = q.number(1), keySize = q.number(2) / heads.queries,
                       valueSize = v.number(2) / heads.keys, group = heads.queries / heads.keys;
    const double given = realAttribute(ctx.node(), "scale", 0),
                 scale = given == 0 ? 1 / std::sqrt(double(keySize)) : given;
    const TensorRef state = ctx.local(y.name + "_state", wide, {batch, heads.keys, keySize, valueSize}),
                    recalled = ctx.local(y.name + "_recalled", wide, {batch, heads.keys, valueSize}),
                    read = ctx.local(y.name + "_read", wide, {batch, heads.queries, valueSize});
    const Axes stateAxes{{"b", batch}, {"h", heads.keys}, {"d", keySize}, {"m", valueSize}};
    const auto wideAt = [&](const TensorRef& x, const Indices& at) { return cast(wide, x(at)); };
    ctx.compute("state", state, stateAxes,
                [&](const Indices& at) { return ctx.given(3) ? wideAt(ctx.input(3), at) : constantOf(wide, 0); });
    ctx.sequence({"t", steps}, [&] {
        const ExprPtr t = ctx.step();
        const auto key = [&](const ExprPtr& b, const ExprPtr& h, const ExprPtr& d) {
            return wideAt(k, {b, t, h * keySize + d});
        };
        if (heads.gates)
            ctx.compute("decay", state, stateAxes, [&](const Indices& at) {
                const TensorRef& decay = ctx.input(4);
                const bool perHead = decay.number(2) == heads.keys;
                return state(at) * exp(wideAt(decay, {at[0], t, perHead ? at[1] : at[1] * keySize + at[2]}));
            });
        if (heads.corrects)
            ctx.reduce("recall", recalled, {{"b", batch}, {"h", heads.keys}, {"m", valueSize}}, {{"d", keySize}},
                       constantOf(wide, 0), [&](const Indices& at, const Indices& d, const Value& sum) {
                           return fma(state({at[0], at[1], d[0], at[2]}), key(at[0], at[1], d[0]), sum);
                       });
        ctx.compute("write", state, stateAxes, [&](const Indices& at) {
            Value value = wideAt(v, {at[0], t, at[1] * valueSize + at[3]});
            if (heads.corrects) {
                const TensorRef& beta = ctx.input(5);
                value = wideAt(beta, {at[0], t, beta.number(2) == 1 ? intConst(0) : at[1]})
                        * (value - recalled({at[0], at[1], at[3]}));
            }
            return fma(key(at[0], at[1], at[2]), value, state(at));
        });
        const Axes readAxes{{"b", batch}, {"q", heads.queries}, {"m", valueSize}};
        ctx.reduce("read", read, readAxes, {{"d", keySize}}, constantOf(wide, 0),
                   [&](const Indices& at, const Indices& d, const Value& sum) {
                       return fma(wideAt(q, {at[0], t, at[1] * keySize + d[0]}),
                                  state({at[0], floorDiv(at[1], group), d[0], at[2]}), sum);
                   });
        if (ctx.wanted(0))
            ctx.computeAt(
                "output", y, readAxes,
                [&](const Indices& at) {
                    return Indices{at[0], ctx.step(), at[1] * valueSize + at[2]};
                },
                [&](const Indices& at) { return cast(y.dtype, read(at) * scale); });
    });
    if (ctx.wanted(1))
        ctx.compute("present", ctx.output(1), stateAxes,
                    [&](const Indices& at) { return cast(ctx.output(1).dtype, state(at)); });
    return {};
}

}  // namespace

std::vector<Operator> stateOperators()
{
    return {
        {.name = "TensorScatter",
         .sinceVersion = 24,
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "Writes new elements into a cache, from a place on that each sequence of the batch has.",
         .formula = "y[b, i] = 0 <= i - w[b] < n ? update[b, i - w[b]] : cache[b, i]",
         .infer = tensorScatterRule,
         .compute = computeTensorScatter},
        {.name = "CausalConvWithState",
         .sinceVersion = 27,
         .pattern = Pattern::Opaque,
         .requiredInputs = 2,
         .summary = "A convolution along time, channel by channel, that sees the past alone and hands it on.",
         .formula = "y[b, c, i] = sum over t of w[c, t] * x[b, c, i + t - k + 1]",
         .infer = causalConvRule,
         .compute = computeCausalConv},
        {.name = "LinearAttention",
         .sinceVersion = 27,
         .pattern = Pattern::Opaque,
         .requiredInputs = 3,
         .summary = "Attention whose memory is a matrix that each step decays, writes and reads.",
         .formula = "s = exp(g[t]) * s + k[t] * v[t]; y[t] = scale * q[t] s",
         .infer = linearAttentionRule,
         .compute = computeLinearAttention},
    };
}

}  // namespace strata
