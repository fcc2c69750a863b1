#include "core/operators/families.h"
#include "core/operators/lower.h"

namespace strata {

namespace {
Result<Types> castRule(const InferContext& context)
{
    ValueType type = context.inputs[0];
    STRATA_TRY(type.tensor.dtype, dtypeAttribute(context.node, "to", type.tensor.dtype));
    return Types{type};
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
}  // namespace

std::vector<Operator> castOperators()
{
    return {
        {.name = "Cast", .pattern = Pattern::ElementWise, .summary = "Converts to another element type; floats to integers towards 0.",
         .formula = "y = (type) x", .infer = castRule, .compute = computeCast},
        {.name = "CastLike", .sinceVersion = 15, .pattern = Pattern::ElementWise, .requiredInputs = 2,
         .summary = "Converts to the element type of another input.", .formula = "y = (type of like) x", .infer = castLikeRule, .compute = computeCast},
    };
}

}  // namespace strata
