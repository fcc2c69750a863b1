// Conversions between element types. A type that Strata does not have makes a value of unknown type, never one of
// another type: what reads it is refused in its turn.
#include "core/operators/cast.h"

#include "core/base/tiny_float.h"
#include "core/ir/text_functions.h"
#include "core/operators/families.h"
#include "core/operators/lower.h"

namespace strata {

namespace {

// The exponent of f32's bits is the code; the sign is left out, and infinities become NaN.
Value powerOfTwo(const Value& x, const CastForm& form)
{
    const Value bits = bitcast(DType::U32, strata::cast(DType::F32, x).expr);
    const auto masked = [](const Value& b, std::int64_t mask) {
        return Value(binary(Op::And, b.expr, intConst(mask, DType::U32)));
    };
    return let("bits", masked(bits, 0x7fffffff), [&](const Value& magnitude) {
        Value code = magnitude;
        if (form.powers == PowerRounding::Up)
            code = magnitude + 0x7fffff;
        if (form.powers == PowerRounding::Nearest)  // of two equally near ones the larger
            code = magnitude + select(magnitude < 0x800000, constantOf(DType::U32, 0x3fffff), 0x400000);
        code = binary(Op::Shr, code.expr, intConst(23, DType::U32));
        if (form.saturate)
            code = minimum(code, 0xfe);
        code = select(magnitude >= 0x7f800000, constantOf(DType::U32, 0xff), code);
        return Value(bitcast(DType::F8E8M0, strata::cast(DType::U8, code).expr));
    });
}

Value ofText(const char* function, const Value& x) { return textCall(function, {x.expr}); }

Value toText(const Value& x)
{
    const DType type = x.type();
    if (type == DType::Bool)
        return select(x, Value(textConst("True")), Value(textConst("False")));
    if (isFloat(type))
        return type == DType::F64 ? ofText("text_of_f64", x) : ofText("text_of_f32", strata::cast(DType::F32, x));
    return isSigned(type) ? ofText("text_of_i64", strata::cast(DType::I64, x))
                          : ofText("text_of_u64", strata::cast(DType::U64, x));
}

Value fromText(DType type, const Value& x)
{
    if (type == DType::Bool)
        return select(x == Value(textConst("True")), boolConst(true),
                      select(x == Value(textConst("False")), boolConst(false), ofText("i64_of_text", x) != 0));
    if (isFloat(type))
        return type == DType::F64 ? ofText("f64_of_text", x) : strata::cast(type, ofText("f32_of_text", x));
    return strata::cast(type, ofText(isSigned(type) ? "i64_of_text" : "u64_of_text", x));
}

Result<CastForm> castForm(const GraphNode& node)
{
    CastForm form;
    form.saturate = integerAttribute(node, "saturate", 1) != 0;
    const std::string powers = textAttribute(node, "round_mode", "up");
    if (powers != "up" && powers != "down" && powers != "nearest")
        return nodeError(node, "has the round_mode " + powers + "; it is up, down or nearest.");
    form.powers = powers == "up" ? PowerRounding::Up : powers == "down" ? PowerRounding::Down : PowerRounding::Nearest;
    return form;
}

Result<Types> castRule(const InferContext& context)
{
    STRATA_CHECK(castForm(context.node));
    STRATA_TRY(const std::optional<DType> to, dtypeAttribute(context.node, "to", dtypeOf(context, 0)));
    return Types{withElements(context.inputs[0], to)};
}

Result<Types> castLikeRule(const InferContext& context)
{
    STRATA_CHECK(castForm(context.node));
    ValueType type = context.inputs[0];
    type.tensor.dtype = dtypeOf(context, 1);
    return Types{type};
}

Status computeCast(LowerContext& ctx)
{
    STRATA_TRY(const CastForm form, castForm(ctx.node()));
    ctx.compute("cast", ctx.output(),
                [&](const Indices& at) { return castAs(ctx.output().dtype, ctx.input(0)(at), form); });
    return {};
}

Result<Types> bitCastRule(const InferContext& context)
{
    STRATA_TRY(Types types, castRule(context));
    if (types[0].kind == ValueType::Kind::Tensor && bitSize(types[0].tensor.dtype) != bitSize(dtypeOf(context, 0)))
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

Value saturated(DType type, const Value& x)
{
    const Value wide = strata::cast(x.type() == DType::F64 ? DType::F64 : DType::F32, x);
    const double largest = largestFinite(type);
    return minimum(maximum(wide, -largest), largest);
}

Value castAs(DType type, const Value& x, const CastForm& form)
{
    if (type == x.type())
        return x;
    if (type == DType::String)
        return toText(x);
    if (x.type() == DType::String)
        return fromText(type, x);
    if (type == DType::F8E8M0)
        return powerOfTwo(x, form);
    if (tinyFloat(type) && form.saturate)
        return strata::cast(type, saturated(type, x));
    const bool wraps = isPacked(type) && isInteger(type) && isFloat(x.type());
    return strata::cast(type, wraps ? strata::cast(DType::I32, x) : x);
}

std::vector<Operator> castOperators()
{
    return {
        {.name = "Cast",
         .pattern = Pattern::ElementWise,
         .summary =
             "Converts to another element type; floats to integers towards 0, to floats of 8 bits saturating unless "
             "it says otherwise.",
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
