#include "core/ir/index_map.h"

#include <algorithm>

namespace strata {

namespace {

// The node again, through the constructors that fold.
ExprPtr foldNode(const ExprPtr& e)
{
    const bool constantDivisor = e->args.size() == 2 && isConst(e->args[1]);
    switch (e->op) {
    case Op::Add: return e->args[0] + e->args[1];
    case Op::Sub: return e->args[0] - e->args[1];
    case Op::Mul: return e->args[0] * e->args[1];
    case Op::FloorDiv: return constantDivisor ? floorDiv(e->args[0], e->args[1]->i) : nullptr;
    case Op::FloorMod: return constantDivisor ? floorMod(e->args[0], e->args[1]->i) : nullptr;
    default: return nullptr;
    }
}

std::optional<std::int64_t> evaluateBinary(Op op, std::int64_t a, std::int64_t b)
{
    switch (op) {
    case Op::Add: return std::int64_t(std::uint64_t(a) + std::uint64_t(b));
    case Op::Sub: return std::int64_t(std::uint64_t(a) - std::uint64_t(b));
    case Op::Mul: return std::int64_t(std::uint64_t(a) * std::uint64_t(b));
    case Op::FloorDiv: return floorDiv(intConst(a), b)->i;
    case Op::FloorMod: return floorMod(intConst(a), b)->i;
    case Op::Min:
    case Op::Minimum: return std::min(a, b);
    case Op::Max:
    case Op::Maximum: return std::max(a, b);
    case Op::Checked: return a >= 0 && a < b ? std::optional(a) : std::nullopt;
    case Op::And: return a & b;
    case Op::Or: return a | b;
    case Op::Xor: return a ^ b;
    case Op::Eq: return a == b;
    case Op::Ne: return a != b;
    case Op::Lt: return a < b;
    case Op::Le: return a <= b;
    default: return std::nullopt;
    }
}

}  // namespace

std::optional<std::int64_t> evaluateIndex(const ExprPtr& e, const std::vector<std::string>& variables,
                                          const std::vector<std::int64_t>& values)
{
    if (e->op == Op::Const)
        return isFloat(e->type) ? std::nullopt : std::optional(e->i);
    if (e->op == Op::Var) {
        const auto found = std::find(variables.begin(), variables.end(), e->name);
        return found == variables.end() ? std::nullopt : std::optional(values[std::size_t(found - variables.begin())]);
    }
    if (e->op == Op::Select) {
        const auto condition = evaluateIndex(e->args[0], variables, values);
        return condition ? evaluateIndex(e->args[*condition ? 1 : 2], variables, values) : std::nullopt;
    }
    if (e->op == Op::Neg)
        return evaluateIndex(zero(e->args[0]->type) - e->args[0], variables, values);
    if (e->args.size() != 2 || e->op == Op::Load || e->op == Op::Call || e->op == Op::Let)
        return std::nullopt;
    const auto a = evaluateIndex(e->args[0], variables, values), b = evaluateIndex(e->args[1], variables, values);
    return a && b ? evaluateBinary(e->op, *a, *b) : std::nullopt;
}

std::vector<ExprPtr> IndexMap::apply(const std::vector<ExprPtr>& indices) const
{
    std::vector<Substitution> values;
    for (std::size_t i = 0; i < variables.size() && i < indices.size(); ++i)
        values.push_back({variables[i], indices[i]});
    std::vector<ExprPtr> applied;
    for (const ExprPtr& result : results)
        applied.push_back(transform(substitute(result, values), foldNode));
    return applied;
}

bool operator==(const IndexMap& a, const IndexMap& b)
{
    return a.variables == b.variables && a.domain == b.domain && a.range == b.range
           && std::equal(a.results.begin(), a.results.end(), b.results.begin(), b.results.end(),
                         [](const ExprPtr& x, const ExprPtr& y) { return equal(x, y); });
}

}  // namespace strata
