// Attention and rotary embeddings. Scores, mask, softmax and the weighted sum are blocks of their own, as a student
// would write them; the rule holds batches, heads, sequences, past and mask against each other.
#include "core/operators/families.h"
#include "core/operators/lower.h"
#include "core/operators/shape_values.h"

#include <cmath>

namespace strata {

namespace {
// --- RotaryEmbedding
// -------------------------------------------------------------------------------------------------------------------

// The caches hold a row a position, or (without positions) a row a token of each sequence.
Result<Types> rotaryRule(const InferContext& context)
{
    const GraphNode& node = context.node;
    if (!ranked(context, 0))
        return sameAsFirst(context);
    const Shape& x = shapeOf(context, 0);
    const std::int64_t heads = integerAttribute(node, "num_heads", 0);
    if ((x.size() == 3 && heads < 1) || (x.size() != 3 && x.size() != 4))
        return nodeError(node, "needs a tensor of rank 4, or of rank 3 with num_heads.");
    const bool flat = x.size() == 3;
    if (flat && x[2].isConstant() && x[2].constant() % heads != 0)
        return nodeError(node, "cuts " + x[2].text() + " elements into " + std::to_string(heads) + " heads.");
    STRATA_CHECK(needsAtLeast(node, "rotary_embedding_dim", 0));
    const Dim &batch = x[0], &steps = x[flat ? 1 : 2];
    const Dim size = !x.back().isConstant() ? anyDim() : flat ? Dim(x[2].constant() / heads) : x[3];
    const std::int64_t rotated = integerAttribute(node, "rotary_embedding_dim", 0);
    if (size.isConstant() && (rotated > size.constant() || (rotated > 0 ? rotated : size.constant()) % 2 != 0))
        return nodeError(node, "turns " + std::to_string(rotated) + " of " + size.text()
                                   + " elements; it turns pairs of them.");
    const Dim half = rotated > 0 ? Dim(rotated / 2) : size.isConstant() ? Dim(size.constant() / 2) : anyDim();
    const Shape cache = given(context, 3) ? Shape{anyDim(), half} : Shape{batch, steps, half};
    STRATA_CHECK(needsShape(context, 1, "cos_cache", cache, "for " + toString(x)));
    STRATA_CHECK(needsShape(context, 2, "sin_cache", cache, "for " + toString(x)));
    if (ranked(context, 1))
        STRATA_CHECK(needsShape(context, 2, "sin_cache", shapeOf(context, 1), "as the cache of cosines"));
    STRATA_CHECK(needsShape(context, 3, "position_ids", {batch, steps}, "for " + toString(x)));
    return sameAsFirst(context);
}

// x is [batch, heads, sequence, size], or [batch, sequence, heads * size].
Status computeRotary(LowerContext& ctx)
{
    const TensorRef &x = ctx.input(0), &cosine = ctx.input(1), &sine = ctx.input(2);
    const bool flat = x.rank() == 3, interleaved = integerAttribute(ctx.node(), "interleaved", 0) != 0;
    const std::int64_t heads = integerAttribute(ctx.node(), "num_heads", 0);
    const std::int64_t size = flat ? x.number(2) / heads : x.number(3);
    const std::int64_t rotated = integerAttribute(ctx.node(), "rotary_embedding_dim", 0) > 0
                                     ? integerAttribute(ctx.node(), "rotary_embedding_dim", 0)
                                     : size;
    const std::int64_t half = rotated / 2;
    const DType wide = accumulatorType(x.dtype);
    ctx.compute("rotary_embedding", ctx.output(), [&](const Indices& at) {
        const ExprPtr step = at[flat ? 1 : 2], place = flat ? floorMod(at[2], size) : at[3];
        const ExprPtr pair = interleaved ? floorDiv(place, 2) : floorMod(place, half);
        auto element = [&](const ExprPtr& p) {
            Indices index = at;
            index.back() = flat ? floorDiv(at[2], size) * size + p : p;
            return cast(wide, x(index));
        };
        auto cached = [&](const TensorRef& cache) {
            if (!ctx.given(3))
                return cast(wide, cache({at[0], step, pair}));
            return cast(wide, cache({dataIndex(ctx.input(3)({at[0], step}), cache.shape[0]), pair}));
        };
        const Value a = element(interleaved ? pair * std::int64_t(2) : pair),
                    b = element(interleaved ? pair * std::int64_t(2) + std::int64_t(1) : pair + half);
        const Value isFirst = interleaved ? Value(floorMod(place, 2)) == 0 : Value(place) < half;
        const Value turned = select(isFirst, cached(cosine) * a - cached(sine) * b,
                                    cached(sine) * a + cached(cosine) * b);
        const Value result = rotated < size ? select(Value(place) < rotated, turned, element(place)) : turned;
        return cast(x.dtype, result);
    });
    return {};
}

// --- Attention
// ---------------------------------------------------------------------------------------------------------------------------

enum Input { Query, Key, Values, Mask, PastKey, PastValue, ValidLength };

// A head's view of a tensor: [batch, heads, sequence, size], or [batch, sequence, heads * size].
struct Heads {
    Dim batch, heads, steps, size;
};

Result<Heads> headsOf(const InferContext& context, std::size_t input)
{
    const Shape& shape = shapeOf(context, input);
    if (shape.size() == 4)
        return Heads{shape[0], shape[1], shape[2], shape[3]};
    const std::int64_t heads = integerAttribute(context.node, input == Query ? "q_num_heads" : "kv_num_heads", 0);
    const std::optional<Dim> size = shape.size() == 3 && heads > 0 ? quotient({shape[2]}, {Dim(heads)}) : std::nullopt;
    if (!size && shape.size() == 3 && heads > 0 && !shape[2].isConstant())
        return Heads{shape[0], Dim(heads), shape[1], anyDim()};
    if (!size)
        return nodeError(context.node,
                         "needs tensors of rank 4, or of rank 3 with q_num_heads and kv_num_heads that divide them.");
    return Heads{shape[0], Dim(heads), shape[1], *size};
}

// Keys, values, the past and the mask against each other: every query head sees keys of its own size, as many values as
// keys, and a mask that covers queries and keys.
Status checkAttention(const InferContext& context, const Heads& q, const Heads& k, const Heads& v, const Dim& total)
{
    const GraphNode& node = context.node;
    const auto differ = [&](const Dim& a, const Dim& b, const char* what) -> Status {
        if (mayBeEqual(a, b))
            return {};
        return nodeError(node, std::string("has ") + what + " of " + a.text() + " and of " + b.text() + ".");
    };
    STRATA_CHECK(differ(q.batch, k.batch, "batches of queries and keys"));
    STRATA_CHECK(differ(q.batch, v.batch, "batches of queries and values"));
    STRATA_CHECK(differ(q.size, k.size, "heads of queries and keys"));
    STRATA_CHECK(differ(k.heads, v.heads, "heads of keys and values"));
    STRATA_CHECK(differ(k.steps, v.steps, "sequences of keys and values"));
    if (q.heads.isConstant() && k.heads.isConstant()
        && (k.heads.constant() < 1 || q.heads.constant() % k.heads.constant() != 0))
        return nodeError(node, "shares " + k.heads.text() + " key heads among " + q.heads.text() + " query heads.");
    if (given(context, PastKey) != given(context, PastValue))
        return nodeError(node, "has only one of past keys and past values.");
    if (given(context, PastKey)) {
        STRATA_CHECK(needsShape(context, PastKey, "past_key", {k.batch, k.heads, anyDim(), k.size}, "for its keys"));
        STRATA_CHECK(needsShape(context, PastValue, "past_value",
                                {v.batch, v.heads, shapeOf(context, PastKey)[2], v.size}, "for its values"));
    }
    STRATA_CHECK(needsShape(context, ValidLength, "nonpad_kv_seqlen", {q.batch}, "for the batch"));
    if (given(context, Mask) && ranked(context, Mask)) {
        const Shape& mask = shapeOf(context, Mask);
        if (mask.empty())
            return nodeError(node, "has a mask without dimensions.");
        // A mask that ends early masks what is behind it.
        const bool isShort = mask.back().isConstant() && total.isConstant()
                             && mask.back().constant() < total.constant();
        STRATA_CHECK(needsToFit(context, Mask, "attn_mask", {q.batch, q.heads, q.steps, isShort ? mask.back() : total},
                                "of queries and keys"));
    }
    const std::int64_t mode = integerAttribute(node, "qk_matmul_output_mode", 0);
    if (mode < 0 || mode > 3)
        return nodeError(node, "has the qk_matmul_output_mode " + std::to_string(mode) + "; it is 0 to 3.");
    return {};
}

Result<Types> attentionRule(const InferContext& context)
{
    const DType type = dtypeOf(context, Query);
    const std::size_t outputs = std::max<std::size_t>(context.node.outputs.size(), 1);
    if (!ranked(context, Query) || !ranked(context, Key) || !ranked(context, Values)
        || (given(context, PastKey) && !ranked(context, PastKey)))
        return Types(outputs, unrankedType(type));
    STRATA_TRY(const Heads q, headsOf(context, Query));
    STRATA_TRY(const Heads k, headsOf(context, Key));
    STRATA_TRY(const Heads v, headsOf(context, Values));
    STRATA_CHECK(needsRank(context, PastKey, "past_key", 4));
    const Dim total = given(context, PastKey) ? shapeOf(context, PastKey)[2] + k.steps : k.steps;
    STRATA_CHECK(checkAttention(context, q, k, v, total));
    const bool flat = shapeOf(context, Query).size() == 3;
    Types types{
        tensorType(type, flat ? Shape{q.batch, q.steps, q.heads * v.size} : Shape{q.batch, q.heads, q.steps, v.size}),
        tensorType(dtypeOf(context, Key), {k.batch, k.heads, total, k.size}),
        tensorType(dtypeOf(context, Values), {v.batch, v.heads, total, v.size}),
        tensorType(type, {q.batch, q.heads, q.steps, total})};
    types.resize(std::min<std::size_t>(outputs, types.size()));
    return types;
}

class AttentionBlocks {
public:
    explicit AttentionBlocks(LowerContext& ctx, const Heads& q, const Heads& k, const Heads& v)
        : m_ctx(ctx)
        , m_wide(accumulatorType(ctx.input(Query).dtype))
        , m_batch(q.batch.constant())
        , m_heads(q.heads.constant())
        , m_steps(q.steps.constant())
        , m_size(q.size.constant())
        , m_keyHeads(k.heads.constant())
        , m_newSteps(k.steps.constant())
        , m_valueSize(v.size.constant())
        , m_past(ctx.given(PastKey) ? ctx.input(PastKey).number(2) : 0)
        , m_total(m_past + m_newSteps)
        , m_base(ctx.output().name)
    {
    }

    void run()
    {
        const TensorRef keys = whole(Key, PastKey, 1, m_size), values = whole(Values, PastValue, 2, m_valueSize);
        const TensorRef scores = scoresOf(keys);
        exposeScores(0, [&](const Indices& at) { return scaled(scores(at)); });
        exposeScores(1, [&](const Indices& at) { return capped(scores(at)); });
        const TensorRef masked = m_ctx.local(m_base + "_masked", m_wide, scores.shape);
        m_ctx.compute("mask", masked, scoreAxes(), [&](const Indices& at) { return maskedScore(scores(at), at); });
        exposeScores(2, [&](const Indices& at) { return masked(at); });
        const TensorRef weights = softmax(masked);
        exposeScores(3, [&](const Indices& at) { return weights(at); });
        weigh(weights, values);
    }

private:
    Axes scoreAxes() const { return {{"b", m_batch}, {"h", m_heads}, {"i", m_steps}, {"j", m_total}}; }
    Axes rowAxes() const { return {{"b", m_batch}, {"h", m_heads}, {"i", m_steps}}; }
    // The key and value head that a query head shares.
    ExprPtr shared(const ExprPtr& head) const
    {
        return m_heads == m_keyHeads ? head : floorDiv(head, m_heads / m_keyHeads);
    }

    Value element(std::size_t input, const ExprPtr& b, const ExprPtr& h, const ExprPtr& i, const ExprPtr& e,
                  std::int64_t size) const
    {
        const TensorRef& x = m_ctx.input(input);
        return x.rank() == 4 ? x({b, h, i, e}) : x({b, i, h * size + e});
    }

    // Keys or values as [batch, heads, total, size], the past first; an output of the node if it is wanted.
    TensorRef whole(std::size_t input, std::size_t past, std::size_t output, std::int64_t size)
    {
        const TensorRef& x = m_ctx.input(input);
        if (!m_ctx.wanted(output) && m_past == 0 && x.rank() == 4)
            return x;
        const TensorRef result = m_ctx.wanted(output)
                                     ? m_ctx.output(output)
                                     : m_ctx.local(m_base + "_all", x.dtype, {m_batch, m_keyHeads, m_total, size});
        if (m_past > 0)
            m_ctx.computeRegion("past", result, {{"b", m_batch}, {"h", m_keyHeads}, {"j", m_past}, {"e", size}},
                                {0, 0, 0, 0}, [&](const Indices& at) { return m_ctx.input(past)(at); });
        m_ctx.computeRegion("present", result, {{"b", m_batch}, {"h", m_keyHeads}, {"j", m_newSteps}, {"e", size}},
                            {0, 0, m_past, 0},
                            [&](const Indices& at) { return element(input, at[0], at[1], at[2], at[3], size); });
        return result;
    }

    TensorRef scoresOf(const TensorRef& keys)
    {
        const TensorRef scores = m_ctx.local(m_base + "_scores", m_wide, {m_batch, m_heads, m_steps, m_total});
        m_ctx.reduce("scores", scores, scoreAxes(), {{"k", m_size}}, constantOf(m_wide, 0),
                     [&](const Indices& at, const Indices& k, const Value& sum) {
                         return fma(cast(m_wide, element(Query, at[0], at[1], at[2], k[0], m_size)),
                                    cast(m_wide, keys({at[0], shared(at[1]), at[3], k[0]})), sum);
                     });
        return scores;
    }

    Value scaled(const Value& score) const
    {
        return score * realAttribute(m_ctx.node(), "scale", 1 / std::sqrt(double(m_size)));
    }
    Value capped(const Value& score) const
    {
        const double cap = realAttribute(m_ctx.node(), "softcap", 0);
        return cap > 0 ? cap * tanh(scaled(score) / cap) : scaled(score);
    }

    // The key that stands at the place of query i: keys of the past come before it.
    Value position(const Indices& at) const
    {
        const Value i = at[2];
        if (!m_ctx.given(PastKey) && m_ctx.given(ValidLength))
            return i + (cast(DType::I64, m_ctx.input(ValidLength)({at[0]})) - m_steps);
        return m_past > 0 ? i + m_past : i;
    }

    std::optional<Value> allowed(const Indices& at) const
    {
        std::optional<Value> result;
        auto require = [&](const Value& condition) { result = result ? *result && condition : condition; };
        const Value j = at[3];
        const std::int64_t left = integerAttribute(m_ctx.node(), "left_window_size", -1),
                           right = integerAttribute(m_ctx.node(), "right_window_size", -1);
        if (integerAttribute(m_ctx.node(), "is_causal", 0) != 0)
            require(j <= position(at));
        if (left >= 0)
            require(position(at) - j <= left);
        if (right >= 0)
            require(j - position(at) <= right);
        if (m_ctx.given(ValidLength))
            require(j < cast(DType::I64, m_ctx.input(ValidLength)({at[0]})));
        if (m_ctx.given(Mask) && m_ctx.input(Mask).number(-1) < m_total && m_ctx.input(Mask).number(-1) != 1)
            require(j < m_ctx.input(Mask).number(-1));
        if (m_ctx.given(Mask) && m_ctx.input(Mask).dtype == DType::Bool)
            require(maskAt(at));
        return result;
    }
    Value maskAt(const Indices& at) const
    {
        return m_ctx.input(Mask).broadcast(at, {m_batch, m_heads, m_steps, m_total});
    }
    Value maskedScore(const Value& score, const Indices& at) const
    {
        const bool adds = m_ctx.given(Mask) && m_ctx.input(Mask).dtype != DType::Bool;
        const Value biased = adds ? capped(score) + cast(m_wide, maskAt(at)) : capped(score);
        const std::optional<Value> condition = allowed(at);
        return condition ? select(*condition, biased, lowest(m_wide)) : biased;
    }

    // A row in which every key is masked has weights 0.
    TensorRef softmax(const TensorRef& masked)
    {
        const TensorRef greatest = m_ctx.local(m_base + "_max", m_wide, {m_batch, m_heads, m_steps}),
                        sums = m_ctx.local(m_base + "_sum", greatest);
        auto key = [](Indices at, const Indices& j) {
            at.push_back(j[0]);
            return at;
        };
        auto row = [](const Indices& at) { return Indices(at.begin(), at.end() - 1); };
        m_ctx.reduce(
            "row_max", greatest, rowAxes(), {{"j", m_total}}, lowest(m_wide),
            [&](const Indices& at, const Indices& j, const Value& best) { return maximum(best, masked(key(at, j))); });
        const TensorRef exps = m_ctx.local(m_base + "_exp", masked);
        m_ctx.compute("exp", exps, scoreAxes(), [&](const Indices& at) {
            return select(greatest(row(at)) == lowest(m_wide), 0, exp(masked(at) - greatest(row(at))));
        });
        m_ctx.reduce("row_sum", sums, rowAxes(), {{"j", m_total}}, constantOf(m_wide, 0),
                     [&](const Indices& at, const Indices& j, const Value& sum) { return sum + exps(key(at, j)); });
        const TensorRef weights = m_ctx.local(m_base + "_weights", masked);
        m_ctx.compute("softmax", weights, scoreAxes(),
                      [&](const Indices& at) { return select(sums(row(at)) == 0.0, 0, exps(at) / sums(row(at))); });
        return weights;
    }

    void exposeScores(std::int64_t mode, const LowerContext::Element& value)
    {
        if (!m_ctx.wanted(3) || integerAttribute(m_ctx.node(), "qk_matmul_output_mode", 0) != mode)
            return;
        const TensorRef& out = m_ctx.output(3);
        m_ctx.compute("scores_out", out, scoreAxes(), [&](const Indices& at) { return cast(out.dtype, value(at)); });
    }

    void weigh(const TensorRef& weights, const TensorRef& values)
    {
        const TensorRef& y = m_ctx.output();
        const bool flat = y.rank() == 3;
        const TensorRef sums = flat || m_wide != y.dtype
                                   ? m_ctx.local(m_base + "_heads", m_wide, {m_batch, m_heads, m_steps, m_valueSize})
                                   : y;
        const Axes axes{{"b", m_batch}, {"h", m_heads}, {"i", m_steps}, {"e", m_valueSize}};
        m_ctx.reduce("attend", sums, axes, {{"j", m_total}}, constantOf(m_wide, 0),
                     [&](const Indices& at, const Indices& j, const Value& sum) {
                         return fma(weights({at[0], at[1], at[2], j[0]}),
                                    cast(m_wide, values({at[0], shared(at[1]), j[0], at[3]})), sum);
                     });
        if (sums.name == y.name)
            return;
        m_ctx.computeAt(
            "join_heads", y, axes,
            [&](const Indices& at) {
                return flat ? Indices{at[0], at[2], at[1] * m_valueSize + at[3]} : at;
            },
            [&](const Indices& at) { return cast(y.dtype, sums(at)); });
    }

    LowerContext& m_ctx;
    const DType m_wide;
    const std::int64_t m_batch, m_heads, m_steps, m_size, m_keyHeads, m_newSteps, m_valueSize, m_past, m_total;
    const std::string m_base;
};

Status computeAttention(LowerContext& ctx)
{
    STRATA_TRY(const Heads q, headsOf(ctx.in, Query));
    STRATA_TRY(const Heads k, headsOf(ctx.in, Key));
    STRATA_TRY(const Heads v, headsOf(ctx.in, Values));
    AttentionBlocks(ctx, q, k, v).run();
    return {};
}
}  // namespace

std::vector<Operator> attentionOperators()
{
    return {
        {.name = "Attention",
         .sinceVersion = 23,
         .pattern = Pattern::Opaque,
         .requiredInputs = 3,
         .summary =
             "Each query looks at all keys and takes the average of their values, weighted by the softmax of the scores.",
         .formula = "y[i] = sum over j of softmax(scale * q[i] . k[j] + mask[i, j]) * v[j]",
         .infer = attentionRule,
         .compute = computeAttention},
        {.name = "RotaryEmbedding",
         .sinceVersion = 23,
         .pattern = Pattern::Injective,
         .requiredInputs = 3,
         .summary = "Turns pairs of elements by an angle that grows with the position of the token.",
         .formula = "y[2 p] = cos * x[2 p] - sin * x[2 p + 1]; y[2 p + 1] = sin * x[2 p] + cos * x[2 p + 1]",
         .infer = rotaryRule,
         .compute = computeRotary},
    };
}

}  // namespace strata
