// The double-precision twin of a module.
//
// Every f16, bf16 and f32 expression becomes one of f64, so the twin computes what the definitions mean, up to errors
// that are smaller by 2^-29 or more. In the sampled twin each arithmetic operation is followed by the error that its
// own type would have made, with a sign by chance: v becomes v + d or v - d, where v - d is v rounded to the type. An
// operation that is exact in the type stays exact (d = 0), so sums of small integers do not move. A few runs with
// different seeds thus show, element by element, how far the roundings of this computation carry: the operation count,
// the types and cancellation enter by themselves. This is Monte Carlo arithmetic (Parker 1997; CESTAC, Vignes 1978).
// f64 has no wider type: its operations err by one unit in the last place.
#include "app/workbench/widen.h"

#include "core/ir/text_functions.h"
#include "core/ir/control.h"

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

constexpr const char* seedName = "rounding_seed";

TensorType widen(TensorType type)
{
    if (isFloat(type.dtype))
        type.dtype = DType::F64;
    return type;
}

std::vector<TypedName> widen(std::vector<TypedName> values)
{
    for (TypedName& value : values)
        value.type.tensor = widen(value.type.tensor);
    return values;
}

bool rounds(const Expr& e)
{
    switch (e.op) {
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
    case Op::Div:
    case Op::Fma:
    case Op::Sqrt:
    case Op::Cast:
    case Op::Call: return true;
    default: return false;
    }
}

// Expressions of one function.
class Widener {
public:
    explicit Widener(Rounding rounding)
        : m_rounding(rounding)
    {
    }

    ExprPtr operator()(const ExprPtr& e)
    {
        return transform(e, [this](const ExprPtr& node) -> ExprPtr {
            if (isTextCall(*node)) {
                const ExprPtr call = textCallOfWide(*node, node->args);
                return isFloat(node->type) ? cast(DType::F64, call) : call;
            }
            if (!isFloat(node->type))
                return nullptr;
            Expr wide = *node;
            wide.type = DType::F64;
            const bool same = node->op == Op::Cast && node->args[0]->type == DType::F64;
            const ExprPtr value = same ? node->args[0] : std::make_shared<const Expr>(std::move(wide));
            return m_rounding == Rounding::Sampled && rounds(*node) ? erring(value, node->type) : value;
        });
    }

private:
    // v, or v with the error of rounding it to `type`, up or down as the seed and the bits of v have it. Where the type
    // overflows there is no such error.
    ExprPtr erring(const ExprPtr& value, DType type)
    {
        const std::string number = std::to_string(m_count++), vName = "v_" + number, dName = "d_" + number;
        const ExprPtr v = var(vName, DType::F64), d = var(dName, DType::F64);
        const ExprPtr error = type == DType::F64 ? binary(Op::Mul, v, floatConst(std::ldexp(1, -52), DType::F64))
                                                 : binary(Op::Sub, v, cast(DType::F64, cast(type, v)));
        const ExprPtr seed = load(seedName, DType::I64, {intConst(0)});
        const ExprPtr mixed = binary(Op::Xor, bitcast(DType::I64, v), seed);
        const ExprPtr spread = binary(Op::Mul, mixed, intConst(std::int64_t(0x9e3779b97f4a7c15ULL)));
        const ExprPtr folded = binary(Op::Xor, spread, binary(Op::Shr, spread, intConst(32)));
        const ExprPtr chance = binary(Op::Mul, folded, intConst(std::int64_t(0xbf58476d1ce4e5b9ULL)));
        const ExprPtr up = binary(Op::Lt, chance, intConst(0));
        const ExprPtr moved = select(up, binary(Op::Add, v, d), binary(Op::Sub, v, d));
        const ExprPtr small = binary(Op::Le, unary(Op::Abs, d), unary(Op::Abs, v));
        return let(vName, value, let(dName, error, select(small, moved, v)));
    }

    Rounding m_rounding;
    int m_count = 0;
};

Body widen(const Body& body, Rounding rounding)
{
    const Body typed = transform(body, [](const StmtPtr& stmt) -> std::optional<Body> {
        const Alloc* alloc = as<Alloc>(stmt);
        if (!alloc || !isFloat(alloc->buffer.type.dtype))
            return std::nullopt;
        Alloc wide = *alloc;
        wide.buffer.type = widen(wide.buffer.type);
        return Body{makeStmt(std::move(wide))};
    });
    Widener widener(rounding);
    return transformExprs(typed, [&](const ExprPtr& e) { return widener(e); });
}

// To the function that is called, or by control flow to those that may run.
void passSeed(LibraryCall& call)
{
    call.inputs.push_back(Operand::value(seedName));
    if (const auto captures = call.attributes.find("captures");
        isControlFlow(call) && captures != call.attributes.end())
        ++std::get<std::int64_t>(captures->second);
}

Result<LibraryBody> widen(LibraryBody body, Rounding rounding)
{
    for (LibraryStmtPtr& stmt : body.statements) {
        LibraryStmt wide = *stmt;
        if (auto* allocation = std::get_if<AllocateBuffer>(&wide)) {
            allocation->type = widen(allocation->type);
            allocation->slot.reset();
        } else if (auto* view = std::get_if<ViewBuffer>(&wide)) {
            view->type = widen(view->type);
        } else if (auto* call = std::get_if<LibraryCall>(&wide)) {
            if (call->kind == LibraryCall::Callee::Routine && !isControlFlow(*call))
                return refused(say("The routine {} has no counterpart in double precision.", call->callee));
            if (rounding == Rounding::Sampled)
                passSeed(*call);
        }
        stmt = std::make_shared<const LibraryStmt>(std::move(wide));
    }
    body.arenaBytes = 0;
    return body;
}

bool looksAtBits(const Function& function)
{
    bool found = false;
    walkExprs(function.loops()->body, [&](const ExprPtr& root) {
        walk(root, [&](const Expr& e) {
            const auto narrow = [](DType type) { return isFloat(type) && type != DType::F64; };
            found = found || (e.op == Op::Bitcast && (narrow(e.type) || narrow(e.args[0]->type)));
        });
    });
    return found;
}

Result<FunctionPtr> widen(const Function& function, Rounding rounding)
{
    Function wide = function;
    wide.params = widen(wide.params);
    wide.results = widen(wide.results);
    if (rounding == Rounding::Sampled)
        wide.params.push_back({seedName, {ValueType::Kind::Tensor, {DType::I64, toShape({1})}}});
    if (function.loops()) {
        if (looksAtBits(function))
            return refused(say("Function {} looks at the bits of its floats, so it has no counterpart in double "
                               "precision.",
                               function.name),
                           {functionCursor(function.name)});
        wide.body = LoopsBody{widen(function.loops()->body, rounding)};
    } else if (function.library()) {
        STRATA_TRY(wide.body, widen(*function.library(), rounding));
    } else {
        return refused(
            say("Function {} is held as LLVM IR, which has no counterpart in double precision.", function.name),
            {functionCursor(function.name)});
    }
    return std::make_shared<const Function>(std::move(wide));
}

Tensor widen(const Tensor& tensor)
{
    if (!isFloat(tensor.type.dtype) || tensor.type.dtype == DType::F64)
        return tensor;
    Tensor wide = makeTensor(DType::F64, constants(tensor.type.shape));
    for (std::int64_t i = 0, n = tensor.count(); i < n; ++i)
        wide.data<double>()[i] = tensor.at(i);
    return wide;
}

Result<ConstantPtr> widen(const ConstantPtr& constant)
{
    if (!isFloat(constant->type().dtype) || constant->type().dtype == DType::F64)
        return constant;
    STRATA_TRY(const Tensor narrow, toTensor(*constant));
    return toConstant(widen(narrow));
}

}  // namespace

Result<ModulePtr> widened(const Module& module, LoweringCache* cache, Rounding rounding)
{
    STRATA_TRY(LoweredModule lowered, lowerByDefault(module, cache, false));
    Module wide = *lowered.module;
    for (FunctionPtr& function : wide.functions) {
        STRATA_TRY(function, widen(*function, rounding));
    }
    for (auto& [name, constant] : wide.constants.write()) {
        STRATA_TRY(constant, widen(constant));
    }
    return std::make_shared<const Module>(std::move(wide));
}

std::vector<Tensor> widened(const std::vector<Tensor>& inputs)
{
    std::vector<Tensor> wide;
    for (const Tensor& input : inputs)
        wide.push_back(widen(input));
    return wide;
}

Tensor roundingSeed(std::int64_t seed)
{
    Tensor tensor = makeTensor(DType::I64, {1});
    tensor.setInteger(0, seed);
    return tensor;
}

}  // namespace strata
