// Matrix products: one reduction, a chain of fma from 0; batches broadcast as numpy's do.
#include "core/operators/matmul.h"

#include "core/operators/families.h"

namespace strata {

// The batch dimensions, broadcast; then rows and columns where the operand has them.
Result<Types> productRule(const InferContext& context, std::size_t left, std::size_t right, DType type)
{
    if (!ranked(context, left) || !ranked(context, right))
        return Types{unrankedType(type)};
    const Shape &a = shapeOf(context, left), &b = shapeOf(context, right);
    if (a.empty() || b.empty())
        return nodeError(context.node, "multiplies a scalar; both operands need at least one dimension.");
    const Dim &inner = a.back(), &other = b.size() == 1 ? b[0] : b[b.size() - 2];
    if (inner.isConstant() && other.isConstant() && !(inner == other))
        return nodeError(context.node,
                         "multiplies " + toString(a) + " by " + toString(b) + ": the inner dimensions differ.");
    const Shape batchA(a.begin(), a.end() - std::min<std::ptrdiff_t>(2, a.size()));
    const Shape batchB(b.begin(), b.end() - std::min<std::ptrdiff_t>(2, b.size()));
    STRATA_TRY(Shape shape, broadcastShapes(context.node, {batchA, batchB}));
    if (a.size() > 1)
        shape.push_back(a[a.size() - 2]);
    if (b.size() > 1)
        shape.push_back(b.back());
    return Types{tensorType(type, std::move(shape))};
}

namespace {
std::vector<std::string> batchNames(std::size_t count)
{
    if (count <= 2)
        return count == 0   ? std::vector<std::string>{}
               : count == 1 ? std::vector<std::string>{"b"}
                            : std::vector<std::string>{"b", "h"};
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i)
        names.push_back("b" + std::to_string(i));
    return names;
}

// The batch part of an operand's index.
Indices batchOf(const TensorRef& x, const Indices& at, const Shape& result, std::size_t batch)
{
    Indices index;
    const std::size_t own = x.shape.size() > 2 ? x.shape.size() - 2 : 0;
    for (std::size_t i = 0; i < own; ++i) {
        const std::size_t axis = batch - own + i;
        index.push_back(x.stretched(i, at[axis], result[axis]));
    }
    return index;
}

}  // namespace

void multiply(LowerContext& ctx, const TensorRef& a, const TensorRef& b, const TensorRef& out, DType wide,
              const ReadOperand& left, const ReadOperand& right)
{
    const bool rows = a.rank() > 1, columns = b.rank() > 1;
    const std::size_t batch = out.shape.size() - rows - columns;
    std::vector<std::string> names = batchNames(batch);
    if (rows)
        names.push_back("i");
    if (columns)
        names.push_back("j");
    ctx.reduce("matmul", out, out.axes(names), {{"k", a.shape.back()}}, constantOf(wide, 0),
               [&](const Indices& at, const Indices& k, const Value& sum) {
                   Indices ia = batchOf(a, at, out.shape, batch), ib = batchOf(b, at, out.shape, batch);
                   if (rows)
                       ia.push_back(at[batch]);
                   ia.push_back(k[0]);
                   ib.push_back(k[0]);
                   if (columns)
                       ib.push_back(at.back());
                   return fma(left(ia), right(ib), sum);
               });
}

namespace {
Result<Types> matmulRule(const InferContext& context) { return productRule(context, 0, 1, dtypeOf(context, 0)); }

Status computeMatmul(LowerContext& ctx)
{
    const TensorRef &a = ctx.input(0), &b = ctx.input(1), &y = ctx.output();
    const DType wide = accumulatorType(y.dtype);
    multiply(
        ctx, a, b, y, wide, [&](const Indices& at) { return cast(wide, a(at)); },
        [&](const Indices& at) { return cast(wide, b(at)); });
    return {};
}

bool transposed(const GraphNode& node, const char* attribute) { return integerAttribute(node, attribute, 0) != 0; }

Result<Types> gemmRule(const InferContext& context)
{
    const DType type = dtypeOf(context, 0);
    if (!ranked(context, 0) || !ranked(context, 1))
        return Types{unrankedType(type)};
    const Shape &a = shapeOf(context, 0), &b = shapeOf(context, 1);
    if (a.size() != 2 || b.size() != 2)
        return nodeError(context.node,
                         "multiplies " + toString(a) + " by " + toString(b) + "; Gemm is defined on matrices.");
    const bool ta = transposed(context.node, "transA"), tb = transposed(context.node, "transB");
    const Dim &inner = a[ta ? 0 : 1], &other = b[tb ? 1 : 0];
    if (inner.isConstant() && other.isConstant() && !(inner == other))
        return nodeError(context.node, "multiplies matrices whose inner dimensions are " + inner.text() + " and "
                                           + other.text() + ".");
    const Shape shape{a[ta ? 1 : 0], b[tb ? 0 : 1]};
    const bool isOld = context.node.version != 0 && context.node.version < 7;
    if (isOld && integerAttribute(context.node, "broadcast", 0) == 0)
        STRATA_CHECK(needsShape(context, 2, "C", shape, "without the attribute broadcast"));
    STRATA_CHECK(needsToFit(context, 2, "C", shape, "of A and B"));
    return Types{tensorType(type, shape)};
}

// A chain of fma from 0 ("dense"), then what follows it in a block of its own ("bias").
Status computeGemm(LowerContext& ctx)
{
    const TensorRef &a = ctx.input(0), &b = ctx.input(1), &y = ctx.output();
    const bool ta = transposed(ctx.node(), "transA"), tb = transposed(ctx.node(), "transB");
    const double alpha = realAttribute(ctx.node(), "alpha", 1), beta = realAttribute(ctx.node(), "beta", 1);
    const bool bias = ctx.given(2) && beta != 0;
    const DType wide = accumulatorType(y.dtype);
    const TensorRef product = bias || alpha != 1 ? ctx.local(y.name + "_dense", wide, y.shape) : y;
    ctx.reduce("dense", product, {{"k", a.shape[ta ? 0 : 1]}}, constantOf(wide, 0),
               [&](const Indices& at, const Indices& k, const Value& sum) {
                   const Value left = ta ? a({k[0], at[0]}) : a({at[0], k[0]}),
                               right = tb ? b({at[1], k[0]}) : b({k[0], at[1]});
                   return fma(cast(wide, left), cast(wide, right), sum);
               });
    if (!bias && alpha == 1)
        return {};
    ctx.compute(bias ? "bias" : "scale", y, [&](const Indices& at) {
        const Value scaled = alpha == 1 ? product(at) : alpha * product(at);
        if (!bias)
            return cast(y.dtype, scaled);
        const Value c = cast(wide, ctx.input(2).broadcast(at, y.shape));
        return cast(y.dtype, scaled + (beta == 1 ? c : beta * c));
    });
    return {};
}
}  // namespace

std::vector<Operator> matmulOperators()
{
    return {
        {.name = "MatMul",
         .pattern = Pattern::OutFusable,
         .requiredInputs = 2,
         .summary = "The matrix product; further leading dimensions are batches and broadcast.",
         .formula = "y[i, j] = sum over k of a[i, k] * b[k, j]",
         .infer = matmulRule,
         .compute = computeMatmul},
        {.name = "Gemm",
         .pattern = Pattern::OutFusable,
         .requiredInputs = 2,
         .summary = "A dense (fully connected) layer: matrix product, then a bias.",
         .formula = "y[i, j] = alpha * (sum over k of a[i, k] * b[k, j]) + beta * c[i, j]",
         .infer = gemmRule,
         .compute = computeGemm},
    };
}

}  // namespace strata
