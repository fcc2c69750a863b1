// Jitter between the calls of a runtime program.
//
// Each call's outputs pass through a function that adds or takes one unit in the last place, by chance. All that is
// computed from them then rounds in another way, so a few runs with different seeds show what rounding does to each
// output, at the speed of the model itself. Elements with few significant bits stay (small integers, flags, powers of
// two, floats of a byte or less): they are data that a model compares or counts with, and exact.
#include "app/workbench/jitter.h"

#include <set>

namespace strata {

namespace {

DType bitsOf(DType type)
{
    switch (byteSize(type)) {
    case 2: return DType::I16;
    case 4: return DType::I32;
    default: return DType::I64;
    }
}

// As many low bits of a number are zero in what stays.
std::int64_t lowBits(DType type)
{
    switch (type) {
    case DType::BF16: return (1 << 3) - 1;
    case DType::F16: return (1 << 5) - 1;
    case DType::F32: return (1 << 12) - 1;
    default: return (1 << 24) - 1;
    }
}

// x, or its neighbour above or below as the seed and the bits of x have it.
ExprPtr moved(const ExprPtr& x, const ExprPtr& seed)
{
    const ExprPtr bits = cast(DType::I64, bitcast(bitsOf(x->type), x));
    const ExprPtr spread = binary(Op::Mul, binary(Op::Xor, bits, seed), intConst(std::int64_t(0x9e3779b97f4a7c15ULL)));
    const ExprPtr folded = binary(Op::Xor, spread, binary(Op::Shr, spread, intConst(32)));
    const ExprPtr chance = binary(Op::Mul, folded, intConst(std::int64_t(0xbf58476d1ce4e5b9ULL)));
    const ExprPtr step = select(binary(Op::Lt, chance, intConst(0)), intConst(1), intConst(-1));
    const ExprPtr neighbour = bitcast(x->type, cast(bitsOf(x->type), binary(Op::Add, bits, step)));
    const ExprPtr few = binary(Op::Eq, binary(Op::And, bits, intConst(lowBits(x->type))), intConst(0));
    const ExprPtr finite = binary(Op::Eq, binary(Op::Sub, x, x), floatConst(0, x->type));
    const ExprPtr stays = binary(Op::Or, binary(Op::Eq, seed, intConst(0)), few);
    return select(stays, x, select(finite, neighbour, x));
}

TypedName named(std::string name, TensorType type)
{
    return {std::move(name), {ValueType::Kind::Tensor, std::move(type)}};
}

FunctionPtr moveElements(const std::string& name, const TensorType& flat)
{
    const ExprPtr count = intConst(flat.shape[0].constant());
    const ExprPtr x = load("x", flat.dtype, {var("v")}), seed = load("seed", DType::I64, {intConst(0)});
    Block block;
    block.name = "jitter";
    block.iters = {{"v", IterKind::Spatial, count, var("i")}};
    block.body = {makeStmt(Store{"y", {var("v")}, moved(x, seed)})};
    Function function;
    function.name = name;
    function.params = {named("x", flat), named("seed", {DType::I64, toShape({1})})};
    function.results = {named("y", flat)};
    function.body = LoopsBody{{makeStmt(Loop{"i", count, LoopKind::Serial, {}, {makeStmt(std::move(block))}, {}})}};
    return std::make_shared<const Function>(std::move(function));
}

// The entry, rewritten statement by statement.
class Jitter {
public:
    explicit Jitter(Module module)
        : m_module(std::move(module))
        , m_entry(*m_module.entryFunction())
    {
    }

    Module run()
    {
        const LibraryBody before = *m_entry.library();
        for (const TypedName& param : m_entry.params)
            m_names.insert(param.name);
        for (const TypedName& result : m_entry.results)
            m_names.insert(result.name);
        for (const LibraryStmtPtr& stmt : before.statements)
            if (const auto* allocation = std::get_if<AllocateBuffer>(stmt.get()))
                m_types[allocation->name] = allocation->type, m_names.insert(allocation->name);
            else if (const auto* view = std::get_if<ViewBuffer>(stmt.get()))
                m_names.insert(view->name);
        m_seed = fresh("seed");
        for (const TypedName& param : m_entry.params)
            move(param.name, param.type.tensor);
        for (const LibraryStmtPtr& stmt : before.statements)
            rewrite(*stmt);
        m_entry.params.push_back(named(m_seed, {DType::I64, toShape({1})}));
        m_body.arenaBytes = 0;
        m_entry.body = std::move(m_body);
        return *m_module.withFunction(std::make_shared<const Function>(std::move(m_entry)));
    }

private:
    void add(LibraryStmt stmt) { m_body.statements.push_back(std::make_shared<const LibraryStmt>(std::move(stmt))); }

    std::string fresh(const std::string& wanted)
    {
        const std::string name = freshName(wanted, [&](const std::string& n) { return m_names.count(n) != 0; });
        m_names.insert(name);
        return name;
    }

    Operand now(const Operand& operand) const
    {
        const auto found = operand.kind == Operand::Kind::Value ? m_now.find(operand.name) : m_now.end();
        return found == m_now.end() ? operand : found->second;
    }

    void rewrite(LibraryStmt stmt)
    {
        if (auto* view = std::get_if<ViewBuffer>(&stmt))
            view->source = now(view->source);
        if (auto* copy = std::get_if<CopyBuffer>(&stmt))
            copy->source = now(copy->source);
        auto* call = std::get_if<LibraryCall>(&stmt);
        const std::vector<std::string> made = call ? call->outputs : std::vector<std::string>();
        for (std::size_t i = 0; call && i < call->inputs.size(); ++i)
            call->inputs[i] = now(call->inputs[i]);
        add(std::move(stmt));
        for (const std::string& buffer : made)
            if (const auto type = m_types.find(buffer); type != m_types.end())
                move(buffer, type->second);
    }

    // From here on readers of the buffer read its jittered copy.
    void move(const std::string& buffer, const TensorType& type)
    {
        const std::int64_t count = elementCount(type.shape).value_or(0);
        if (!isFloat(type.dtype) || bitSize(type.dtype) < 16 || count == 0)
            return;
        const TensorType flat{type.dtype, toShape({count})};
        const std::string from = fresh(buffer + "_flat"), to = fresh(buffer + "_moved"), back = fresh(buffer + "_off");
        add(ViewBuffer{from, Operand::value(buffer), flat});
        add(AllocateBuffer{to, flat, {}, {}});
        LibraryCall call;
        call.name = fresh(buffer + "_jitter");
        call.callee = function(flat);
        call.inputs = {Operand::value(from), Operand::value(m_seed)};
        call.outputs = {to};
        add(std::move(call));
        add(ViewBuffer{back, Operand::value(to), type});
        m_now[buffer] = Operand::value(back);
    }

    std::string function(const TensorType& flat)
    {
        std::string& name = m_functions[toString(flat)];
        if (name.empty()) {
            name = freshName(std::string("jitter_") + strata::name(flat.dtype) + "_"
                                 + std::to_string(flat.shape[0].constant()),
                             [&](const std::string& n) { return m_module.find(n) != nullptr; });
            m_module.functions.insert(m_module.functions.begin(), moveElements(name, flat));
        }
        return name;
    }

    Module m_module;
    Function m_entry;
    LibraryBody m_body;
    std::string m_seed;
    std::set<std::string> m_names;
    std::map<std::string, TensorType> m_types;
    std::map<std::string, Operand> m_now;
    std::map<std::string, std::string> m_functions;
};

}  // namespace

Result<ModulePtr> jittered(const Module& module, LoweringCache* cache)
{
    STRATA_TRY(LoweredModule lowered, lowerByDefault(module, cache, false));
    return std::make_shared<const Module>(Jitter(*lowered.module).run());
}

}  // namespace strata
