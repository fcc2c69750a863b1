// Expressions as isl text, part by part: what isl has stays as it is, a choice becomes two cases, anything else an
// unknown within its interval, equal parts the same unknown. So every text holds at least the values that the
// expression can have: what is proved of it is proved of the expression.
#include "core/verify/affine.h"

#include "core/text/text.h"

namespace strata {

AffineText::AffineText(std::map<std::string, std::string> names, Ranges ranges)
    : m_names(std::move(names))
    , m_ranges(std::move(ranges))
{
}

std::string AffineText::fresh() { return m_unknowns.emplace_back("u" + std::to_string(m_unknowns.size())); }

std::string AffineText::unknowns() const
{
    std::string text;
    for (const std::string& name : m_unknowns)
        text += (text.empty() ? "exists " : ", ") + name;
    return text.empty() ? "" : text + " : ";
}

std::string AffineText::unknown(const ExprPtr& e)
{
    for (const auto& [known, name] : m_known)
        if (equal(known, e))
            return name;
    const std::string name = fresh();
    m_known.emplace_back(e, name);
    if (e->type == DType::Bool)
        m_constraints += " and 0 <= " + name + " <= 1";
    else if (const auto range = bounds(e, m_ranges))
        m_constraints += " and " + std::to_string(range->first) + " <= " + name
                         + " <= " + std::to_string(range->second);
    bool data = false;
    walk(e, [&](const Expr& node) { data = data || node.op == Op::Load; });
    if (m_lost.empty())
        m_lost = print(e) + (data ? " depends on data" : " is not affine");
    return name;
}

std::string AffineText::binaryIndex(const Expr& e, const char* symbol)
{
    return "(" + index(e.args[0]) + symbol + index(e.args[1]) + ")";
}

// A value that is one or the other.
std::string AffineText::chosen(const ExprPtr& e, const std::string& yes, const std::string& no)
{
    const std::string holds = condition(e), name = fresh();
    m_constraints += " and ((" + holds + " and " + name + " = " + yes + ") or (not (" + holds + ") and " + name + " = "
                     + no + "))";
    return name;
}

std::string AffineText::index(const ExprPtr& e)
{
    const std::vector<ExprPtr>& a = e->args;
    const auto constant = [](const ExprPtr& x) { return isConst(x) ? std::to_string(x->i) : std::string(); };
    if (e->type != DType::I64)
        return unknown(e);
    switch (e->op) {
    case Op::Const: return "(" + std::to_string(e->i) + ")";
    case Op::Var: {
        const auto found = m_names.find(e->name);
        return found != m_names.end() ? found->second : unknown(e);
    }
    case Op::Add: return binaryIndex(*e, " + ");
    case Op::Sub: return binaryIndex(*e, " - ");
    case Op::Neg: return "(-" + index(a[0]) + ")";
    case Op::Mul:
        if (isConst(a[0]) || isConst(a[1]))
            return "(" + constant(a[isConst(a[0]) ? 0 : 1]) + "*" + index(a[isConst(a[0]) ? 1 : 0]) + ")";
        return unknown(e);
    case Op::FloorDiv:
    case Op::FloorMod:
        if (!isConst(a[1]) || a[1]->i <= 0)
            return unknown(e);
        return e->op == Op::FloorDiv ? "floor((" + index(a[0]) + ")/" + constant(a[1]) + ")"
                                     : "((" + index(a[0]) + ") mod " + constant(a[1]) + ")";
    case Op::Min:
    case Op::Minimum: return "min(" + index(a[0]) + ", " + index(a[1]) + ")";
    case Op::Max:
    case Op::Maximum: return "max(" + index(a[0]) + ", " + index(a[1]) + ")";
    case Op::Abs: {
        const std::string value = index(a[0]);
        return "max(" + value + ", -" + value + ")";
    }
    case Op::Select: {
        const std::string yes = index(a[1]), no = index(a[2]);
        return chosen(a[0], yes, no);
    }
    case Op::Cast: return a[0]->type == DType::Bool ? chosen(a[0], "1", "0") : unknown(e);
    case Op::Let: return index(substitute(a[1], {{e->name, a[0]}}));
    default: return unknown(e);
    }
}

std::string AffineText::condition(const ExprPtr& e)
{
    const std::vector<ExprPtr>& a = e->args;
    const auto compared = [&](const char* symbol) {
        return a[0]->type == DType::I64 ? binaryIndex(*e, symbol) : unknown(e) + " = 1";
    };
    switch (e->op) {
    case Op::Const: return e->i ? "(1 = 1)" : "(1 = 0)";
    case Op::And: return "(" + condition(a[0]) + " and " + condition(a[1]) + ")";
    case Op::Or: return "(" + condition(a[0]) + " or " + condition(a[1]) + ")";
    case Op::Not: return "(not " + condition(a[0]) + ")";
    case Op::Eq: return compared(" = ");
    case Op::Ne: return compared(" != ");
    case Op::Lt: return compared(" < ");
    case Op::Le: return compared(" <= ");
    case Op::Let: return condition(substitute(a[1], {{e->name, a[0]}}));
    default: return "(" + unknown(e) + " = 1)";
    }
}

}  // namespace strata
