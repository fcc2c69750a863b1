// Index expressions: linear as long as they can be, values where they cannot.
//
// An Index is constant + sum of coefficient * value + lane * number of the lane. Kept so, neighbouring lanes are seen
// to be neighbours in memory, copies of an unrolled body differ by a constant displacement, and the quotients and
// remainders of splits vanish (index.cpp) instead of becoming divisions. What is not linear becomes an LLVM value, a
// term like any other; with a lane in it a vector of offsets.
#include "backends/llvm/codegen/emitter.h"

namespace strata {

Index Emitter::opaque(llvm::Value* value)
{
    Index index;
    if (auto* constant = llvm::dyn_cast<llvm::ConstantInt>(value))
        return constantIndex(constant->getSExtValue());
    if (value->getType()->isVectorTy())
        index.vector = value;
    else
        index.terms.push_back({value, 1});
    return index;
}

std::optional<Interval> Emitter::rangeOf(const Index& index) const
{
    return interval(index, m_facts, 0, m_piece.width - 1);
}

Index Emitter::variable(const std::string& name)
{
    const auto found = m_names.find(name);
    if (found == m_names.end()) {
        fail(bug("The code generator meets the variable " + name + ", which nothing binds."));
        return {};
    }
    if (!found->second.index) {
        auto lets = std::exchange(m_lets, {});  // a binding speaks of loops only
        Index result = index(found->second.expr);
        m_lets = std::move(lets);
        return result;
    }
    Index result = *found->second.index;
    result.constant += result.lane * m_piece.base;
    if (m_piece.width == 1)
        result.lane = 0;
    return result;
}

Index Emitter::index(const ExprPtr& e)
{
    const auto combine = [&](std::int64_t factor) {
        const Index a = index(e->args[0]), b = index(e->args[1]);
        if (!a.vector && !b.vector)
            return addLinear(a, b, factor);
        std::vector<llvm::Value*> values{materialize(a), materialize(b)};
        agree(values);
        return opaque(factor > 0 ? m_builder.CreateAdd(values[0], values[1])
                                 : m_builder.CreateSub(values[0], values[1]));
    };
    switch (e->op) {
    case Op::Const: return constantIndex(e->i);
    case Op::Var:
        if (const auto let = m_lets.find(e->name); let != m_lets.end() && !let->second.empty())
            return opaque(let->second.back());
        return variable(e->name);
    case Op::Add: return combine(1);
    case Op::Sub: return combine(-1);
    case Op::Mul: {
        Index a = index(e->args[0]), b = index(e->args[1]);
        if (a.isConstant())
            std::swap(a, b);
        if (b.isConstant() && !a.vector)
            return addLinear({}, a, b.constant);
        std::vector<llvm::Value*> values{materialize(a), materialize(b)};
        agree(values);
        return opaque(m_builder.CreateMul(values[0], values[1]));
    }
    case Op::FloorDiv: return floorDivision(*e, false);
    case Op::FloorMod: return floorDivision(*e, true);
    case Op::Checked: return checkedIndex(*e);
    default: return opaque(arithmetic(*e));
    }
}

Index Emitter::floorDivision(const Expr& e, bool wantRest)
{
    const Index a = index(e.args[0]), b = index(e.args[1]);
    const bool constantDivisor = b.isConstant() && b.constant > 0;
    if (constantDivisor)
        if (const auto division = divide(a, b.constant, m_facts, 0, m_piece.width - 1))
            return wantRest ? division->rest : division->quotient;
    const auto range = rangeOf(a), divisor = rangeOf(b);
    const bool nonNegative = range && range->first >= 0 && divisor && divisor->first > 0;
    std::vector<llvm::Value*> values{materialize(a), materialize(b)};
    agree(values);
    llvm::Value* result = floorDivMod(e, values[0], values[1], nonNegative);
    if (constantDivisor && range && !result->getType()->isVectorTy() && !llvm::isa<llvm::Constant>(result)) {
        const std::int64_t c = b.constant;
        const auto floor = [c](std::int64_t x) { return x / c - (x % c < 0 ? 1 : 0); };
        m_facts[result] = wantRest ? Fact{0, c - 1, 1} : Fact{floor(range->first), floor(range->second), 1};
    }
    return opaque(result);
}

llvm::Value* Emitter::materialize(const Index& index)
{
    llvm::Value* sum = nullptr;
    const auto add = [&](llvm::Value* term) { sum = sum ? m_builder.CreateAdd(sum, term) : term; };
    for (const auto& term : index.terms)
        add(term.coefficient == 1
                ? term.value
                : m_builder.CreateMul(term.value, m_builder.getInt64(std::uint64_t(term.coefficient))));
    if (index.constant != 0 || !sum)
        add(m_builder.getInt64(std::uint64_t(index.constant)));
    if (index.lane != 0 && m_piece.width > 1) {
        std::vector<std::uint64_t> lanes;
        for (int lane = 0; lane < m_piece.width; ++lane)
            lanes.push_back(std::uint64_t(lane * index.lane));
        sum = m_builder.CreateAdd(broadcast(sum, m_piece.width), llvm::ConstantDataVector::get(m_context, lanes));
    }
    if (index.vector)
        sum = m_builder.CreateAdd(broadcast(sum, m_piece.width), index.vector);
    return sum;
}

bool Emitter::dependsOnLane(const ExprPtr& e) const
{
    if (m_lanes == 0)
        return false;
    bool found = false;
    walk(e, [&](const Expr& node) {
        if (node.op == Op::Var) {
            const auto name = m_names.find(node.name);
            found |= name != m_names.end() && (!name->second.index || name->second.index->lane != 0);
        }
        if (node.op == Op::Load) {
            const auto buffer = m_storage.find(node.name);
            found |= buffer != m_storage.end() && buffer->second.lanes > 1;
        }
    });
    return found;
}

// The index if it is linear in the lanes of the whole vectorized loop: it can then be kept, whatever piece asks for it.
std::optional<Index> Emitter::bindable(const ExprPtr& e)
{
    if (!dependsOnLane(e)) {
        const Piece piece = std::exchange(m_piece, Piece{});
        Index result = index(e);
        m_piece = piece;
        return result;
    }
    const auto pair = [&]() -> std::optional<std::pair<Index, Index>> {
        auto a = bindable(e->args[0]), b = bindable(e->args[1]);
        if (!a || !b)
            return std::nullopt;
        return std::pair{*a, *b};
    };
    switch (e->op) {
    case Op::Var: return m_names.at(e->name).index;
    case Op::Add:
    case Op::Sub:
        if (const auto operands = pair())
            return addLinear(operands->first, operands->second, e->op == Op::Add ? 1 : -1);
        return std::nullopt;
    case Op::Mul:
        if (auto operands = pair()) {
            if (operands->first.isConstant())
                std::swap(operands->first, operands->second);
            if (operands->second.isConstant())
                return addLinear({}, operands->first, operands->second.constant);
        }
        return std::nullopt;
    case Op::FloorDiv:
    case Op::FloorMod:
        if (const auto operands = pair(); operands && operands->second.isConstant())
            if (const auto division = divide(operands->first, operands->second.constant, m_facts, 0, m_lanes - 1))
                return e->op == Op::FloorDiv ? division->quotient : division->rest;
        return std::nullopt;
    default: return std::nullopt;
    }
}

}  // namespace strata
