// Conversions between element types. A type that Strata does not have makes a value of unknown type, never one of
// another type: what reads it is refused in its turn.
#include "core/operators/families.h"
#include "core/operators/lower.h"

namespace strata {

namespace {
Result<Types> castRule(const InferContext& context)
{
    STRATA_TRY(const std::optional<DType> to, dtypeAttribute(context.node, "to", dtypeOf(context, 0)));
    return Types{withElements(context.inputs[0], to)};
}

Result<Types> castLikeRule(const InferContext& context)
{
    ValueType type = context.inputs[0];
    type.tensor.dtype = dtypeOf(context, 1);
    return Types{type};
}

Status computeCast(LowerContext& ctx)
{
    ctx.compute("cast", ctx.output(), [&](const Indices& at) { return cast(ctx.output().dtype, ctx.input(0)(at)); });
    return {};
}

Result<Types> bitCastRule(const InferContext& context)
{
    STRATA_TRY(Types types, castRule(context));
    if (types[0].kind == ValueType::Kind::Tensor && byteSize(types[0].tensor.dtype) != byteSize(dtypeOf(context, 0)))
        return nodeError(context.node, "reads " + std::string(name(dtypeOf(context, 0))) + " as "
                                           + name(types[0].tensor.dtype) + ", which has another size.");
    return types;
}

Status computeBitCast(LowerContext& ctx)
{
    ctx.compute("bit_cast", ctx.output(),
                [&](const Indices& at) { return Value(bitcast(ctx.output().dtype, ctx.input(0)(at).expr)); });
    return {};
}
}  // namespace

std::vector<Operator> castOperators()
{
    return {
        {.name = "Cast",
         .pattern = Pattern::ElementWise,
         .summary = "Converts to another element type; floats to integers towards 0.",
         .formula = "y = (type) x",
         .infer = castRule,
         .compute = computeCast},
        {.name = "CastLike",
         .sinceVersion = 15,
         .pattern = Pattern::ElementWise,
         .requiredInputs = 2,
         .summary = "Converts to the element type of another input.",
         .formula = "y = (type of like) x",
         .infer = castLikeRule,
         .compute = computeCast},
        {.name = "BitCast",
         .sinceVersion = 26,
         .pattern = Pattern::ElementWise,
         .summary = "The same bits read as another type of the same size.",
         .formula = "y = bits of x",
         .infer = bitCastRule,
         .compute = computeBitCast},
    };
}

}  // namespace strata
