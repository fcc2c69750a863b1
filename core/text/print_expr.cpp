#include "core/ir/text_functions.h"
#include "core/text/printer.h"

#include <array>

namespace strata::text {

namespace {

constexpr int comparisonLevel = 1, unaryLevel = 8, primaryLevel = 9;

// How tightly an operator binds, as in Python; calls, names and literals bind tightest.
int level(const Expr& e)
{
    switch (e.op) {
    case Op::Eq:
    case Op::Ne:
    case Op::Lt:
    case Op::Le: return comparisonLevel;
    case Op::Or: return 2;
    case Op::Xor: return 3;
    case Op::And: return 4;
    case Op::Shl:
    case Op::Shr: return 5;
    case Op::Add:
    case Op::Sub: return 6;
    case Op::Mul:
    case Op::Div:
    case Op::FloorDiv:
    case Op::FloorMod: return 7;
    case Op::Neg:
    case Op::Not: return unaryLevel;
    default: return primaryLevel;
    }
}

std::string wrapped(const ExprPtr& e, int least) { return level(*e) >= least ? exprText(e) : "(" + exprText(e) + ")"; }

std::string constText(const Expr& e)
{
    const std::string type = name(e.type);
    if (e.type == DType::String)
        return stringText(e.name);
    if (isFloat(e.type))
        return e.type == DType::F32 ? floatText(e.f, e.type) : type + "(" + floatText(e.f, e.type) + ")";
    if (e.type == DType::Bool)
        return e.i ? "True" : "False";
    if (e.type == DType::I64)
        return std::to_string(e.i);
    return type + "(" + (e.type == DType::U64 ? std::to_string(std::uint64_t(e.i)) : std::to_string(e.i)) + ")";
}

// Names that the parser reads as something other than an elementary function.
bool isBuiltin(std::string_view name)
{
    static constexpr std::array<std::string_view, 18> builtins{
        "min",   "max", "minimum", "maximum", "abs",     "sqrt", "floor",      "ceil",    "trunc",
        "round", "fma", "select",  "cast",    "bitcast", "let",  "elementary", "checked", "trusted"};
    for (std::string_view builtin : builtins)
        if (name == builtin)
            return true;
    return dtypeByName(name).has_value();
}

std::string callText(const Expr& e)
{
    const TextFunction* ofTexts = findTextFunction(e.name);
    const bool plain = ofTexts ? ofTexts->gives == e.type
                               : !e.args.empty() && e.args[0]->type == e.type && !isBuiltin(e.name);
    if (plain)
        return nameText(e.name) + "(" + exprsText(e.args) + ")";
    return std::string("elementary(") + name(e.type) + ", " + stringText(e.name) + (e.args.empty() ? "" : ", ")
           + exprsText(e.args) + ")";
}

bool isShift(const Expr& e) { return e.op == Op::Shl || e.op == Op::Shr; }

// Few know how tightly a shift binds: its operands stand in parentheses, and it does within another operation.
std::string operandText(const Expr& e, const ExprPtr& operand, int least)
{
    return wrapped(operand, isShift(e) || (isShift(*operand) && level(e) > comparisonLevel) ? unaryLevel : least);
}

std::string binaryText(const Expr& e)
{
    const int own = level(e);
    return operandText(e, e.args[0], own == comparisonLevel ? own + 1 : own) + " " + opName(e.op) + " "
           + operandText(e, e.args[1], own + 1);
}

// A minus before a literal would become part of it.
std::string unaryText(const Expr& e)
{
    const std::string sign = e.op == Op::Neg ? "-" : "~";
    return sign + (isConst(e.args[0]) ? "(" + exprText(e.args[0]) + ")" : wrapped(e.args[0], unaryLevel));
}

}  // namespace

std::string exprText(const ExprPtr& e)
{
    switch (e->op) {
    case Op::Const: return constText(*e);
    case Op::Var: return nameText(e->name);
    case Op::Load: return nameText(e->name) + "[" + exprsText(e->args) + "]";
    case Op::Call: return callText(*e);
    case Op::Let: return "let(" + nameText(e->name) + ", " + exprsText(e->args) + ")";
    case Op::Cast:
    case Op::Bitcast: return opName(e->op) + "(" + name(e->type) + ", " + exprText(e->args[0]) + ")";
    case Op::Checked: return (e->i ? "trusted(" : "checked(") + exprsText(e->args) + ")";
    case Op::Neg:
    case Op::Not: return unaryText(*e);
    default: break;
    }
    return level(*e) < unaryLevel ? binaryText(*e) : opName(e->op) + "(" + exprsText(e->args) + ")";
}

std::string exprsText(const std::vector<ExprPtr>& list)
{
    std::string text;
    for (std::size_t i = 0; i < list.size(); ++i)
        text += (i ? ", " : "") + exprText(list[i]);
    return text;
}

}  // namespace strata::text
