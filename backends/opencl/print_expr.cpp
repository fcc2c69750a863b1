// Expressions as OpenCL C, operation by operation what the evaluator computes: explicit fma, no contraction, f16 and
// bf16 rounded after each operation, elementary functions expanded before they come here.
//
// C has no let: it becomes a statement before the one that uses it. A select computes only the side that it takes, as
// C's conditional does; a side that needs statements becomes a branch of an `if`.
#include "backends/opencl/print_expr.h"

#include "core/elementary/elementary.h"

#include <cmath>
#include <cstdio>
#include <cstring>

namespace strata::opencl {

namespace {

bool isShort(DType type) { return type == DType::F16 || type == DType::BF16; }

std::string unsignedType(DType type)
{
    const std::string name = valueType(type);
    return name[0] == 'u' ? name : "u" + name;
}

bool needsStatements(const ExprPtr& e)
{
    bool found = false;
    walk(e, [&](const Expr& node) { found = found || node.op == Op::Let; });
    return found;
}

std::string floatText(double value, DType type)
{
    const bool wide = type == DType::F64;
    char text[64];
    if (!std::isfinite(value)) {
        std::uint64_t bits = 0;
        const float narrow = float(value);
        std::uint32_t narrowBits = 0;
        std::memcpy(&bits, &value, sizeof bits);
        std::memcpy(&narrowBits, &narrow, sizeof narrowBits);
        if (wide)
            std::snprintf(text, sizeof text, "as_double(0x%llxul)", static_cast<unsigned long long>(bits));
        else
            std::snprintf(text, sizeof text, "as_float(0x%xu)", narrowBits);
        return text;
    }
    std::snprintf(text, sizeof text, wide ? "%.17g" : "%.9g", value);
    std::string result = text;
    if (result.find_first_of(".e") == result.npos)
        result += ".0";
    result += wide ? "" : "f";
    return std::signbit(value) ? "(" + result + ")" : result;
}

std::string integerText(std::int64_t value, DType type)
{
    switch (type) {
    case DType::U64: return std::to_string(std::uint64_t(value)) + "ul";
    case DType::U32: return std::to_string(std::uint32_t(value)) + "u";
    case DType::I64:
        if (value == INT64_MIN)
            return "(-9223372036854775807l - 1)";
        return value < 0 ? "(" + std::to_string(value) + "l)" : std::to_string(value) + "l";
    case DType::I32:
        if (value == INT32_MIN)
            return "(-2147483647 - 1)";
        break;
    default: break;
    }
    const std::string text = std::to_string(value);
    return "(" + (type == DType::I32 || type == DType::Bool ? "" : "(" + valueType(type) + ")") + text + ")";
}

const char* operatorText(Op op)
{
    switch (op) {
    case Op::Add: return "+";
    case Op::Sub: return "-";
    case Op::Mul: return "*";
    case Op::Div: return "/";
    case Op::And: return "&";
    case Op::Or: return "|";
    case Op::Xor: return "^";
    case Op::Eq: return "==";
    case Op::Ne: return "!=";
    case Op::Lt: return "<";
    case Op::Le: return "<=";
    default: return "";
    }
}

}  // namespace

Result<std::string> ExprPrinter::value(const ExprPtr& e)
{
    STRATA_TRY(const ExprPtr expanded, expandElementary(e));
    const bool outer = std::exchange(m_index, false);
    Result<std::string> text = print(expanded);
    m_index = outer;
    return text;
}

Result<std::string> ExprPrinter::index(const ExprPtr& e)
{
    const bool outer = std::exchange(m_index, true);
    Result<std::string> text = print(e);
    m_index = outer;
    return text;
}

Result<std::string> ExprPrinter::element(const std::string& buffer, const std::vector<ExprPtr>& indices)
{
    const auto found = buffers.find(buffer);
    if (found == buffers.end())
        return bug("The kernel reads a buffer " + buffer + " that it does not know.");
    const std::vector<std::int64_t> shape = constants(found->second.type.shape);
    ExprPtr offset = intConst(0);
    for (std::size_t d = 0; d < indices.size(); ++d)
        offset = offset * shape[d] + indices[d];
    const std::string outer = std::exchange(m_indexed, buffer);
    const Result<std::string> text = index(offset);
    m_indexed = outer;
    return text ? Result<std::string>(found->second.name + "[" + *text + "]") : text;
}

// A call that leaves the instance in the check's place where the index is out of range, and gives 0 then.
std::string ExprPrinter::printChecked(const Expr& e, const std::string& index, const std::string& extent)
{
    const ExprPtr expr = std::make_shared<const Expr>(e);
    const std::string of = m_indexed.empty() ? "" : " of " + m_indexed;
    std::size_t place = 0;
    KernelCheck check;
    for (; place < m_checks.size(); ++place) {
        const bool here = m_checked[place].first == block;
        if (here && m_checks[place].of == of && equal(m_checked[place].second, expr))
            break;
        check.block = std::max(check.block, m_checks[place].block + (here ? 0 : 1));
        check.number += here;
    }
    if (place == m_checks.size()) {
        check.of = of;
        check.where = (block ? "block \"" + block->name + "\" of " : "") + function;
        for (std::size_t i = 0; block && i < block->iters.size(); ++i) {
            check.iterators.push_back(block->iters[i].name);
            check.extents.push_back(isConst(block->iters[i].extent) ? block->iters[i].extent->i : 0);
        }
        m_checks.push_back(std::move(check));
        m_checked.push_back({block, expr});
    }
    return m_writer.helper("strata_checked") + "(" + index + ", " + extent + ", strata_outside + "
           + std::to_string(place) + ", " + instance + ")";
}

// Only the side of a select that is taken makes its checks.
Result<std::string> ExprPrinter::inside(const ExprPtr& e)
{
    std::vector<std::string> parts;
    for (const ExprPtr& arg : e->args) {
        STRATA_TRY(std::string part, inside(arg));
        parts.push_back(std::move(part));
    }
    std::string text = parts.empty() ? "" : parts[0];
    if (e->op == Op::Select && !(parts[1].empty() && parts[2].empty())) {
        STRATA_TRY(const std::string condition, index(e->args[0]));
        const auto orTrue = [](const std::string& part) { return part.empty() ? "1" : part; };
        text += (text.empty() ? "(" : " && (") + condition + " ? " + orTrue(parts[1]) + " : " + orTrue(parts[2]) + ")";
    } else if (e->op != Op::Select && e->op != Op::Let) {
        for (std::size_t i = 1; i < parts.size(); ++i)
            text += (text.empty() || parts[i].empty() ? "" : " && ") + parts[i];
    }
    if (e->op != Op::Checked || e->i)
        return text;
    STRATA_TRY(const std::string i, index(e->args[0]));
    STRATA_TRY(const std::string extent, index(e->args[1]));
    return text + (text.empty() ? "" : " && ") + m_writer.helper("strata_inside") + "(" + i + ", " + extent + ")";
}

std::string ExprPrinter::stored(const std::string& value, DType type)
{
    if (type == DType::F16)
        return m_writer.helper("strata_to_half") + "(" + value + ")";
    return type == DType::BF16 ? m_writer.helper("strata_to_bfloat") + "(" + value + ")" : value;
}

std::string ExprPrinter::rounded(const std::string& value, DType type)
{
    if (type == DType::F16)
        return m_writer.helper("strata_from_half") + "(" + stored(value, type) + ")";
    return type == DType::BF16 ? m_writer.helper("strata_from_bfloat") + "(" + stored(value, type) + ")" : value;
}

Result<std::string> ExprPrinter::print(const ExprPtr& e)
{
    m_writer.usesDouble = m_writer.usesDouble || e->type == DType::F64;
    switch (e->op) {
    case Op::Const: return constant(*e);
    case Op::Var: {
        const auto found = variables.find(e->name);
        return found == variables.end()
                   ? Result<std::string>(bug("The kernel reads a variable " + e->name + " that it does not know."))
                   : Result<std::string>(found->second);
    }
    case Op::Load: return printLoad(e);
    case Op::Let: return printLet(e);
    case Op::Select: return printSelect(e);
    case Op::Call: return bug("The elementary function " + e->name + " is not expanded.");
    default: break;
    }
    std::vector<std::string> args;
    for (const ExprPtr& arg : e->args) {
        STRATA_TRY(std::string text, print(arg));
        args.push_back(std::move(text));
    }
    if (e->op == Op::Fma) {
        if (isFloat(e->type))
            return rounded("fma(" + args[0] + ", " + args[1] + ", " + args[2] + ")", e->type);
        return arithmetic(e->type, arithmetic(e->type, args[0], "*", args[1]), "+", args[2]);
    }
    return args.size() == 1 ? printUnary(e, args[0]) : printBinary(e, args[0], args[1]);
}

std::string ExprPrinter::constant(const Expr& e)
{
    if (isFloat(e.type))
        return floatText(e.f, e.type);
    if (m_index && e.type == DType::I64)
        return e.i < 0 ? "(" + std::to_string(e.i) + ")" : std::to_string(e.i);
    return e.type == DType::Bool ? std::to_string(e.i != 0) : integerText(e.i, e.type);
}

Result<std::string> ExprPrinter::printLoad(const ExprPtr& e)
{
    STRATA_TRY(const std::string text, element(e->name, e->args));
    if (e->type == DType::F16)
        return m_writer.helper("strata_from_half") + "(" + text + ")";
    return e->type == DType::BF16 ? m_writer.helper("strata_from_bfloat") + "(" + text + ")" : text;
}

Result<std::string> ExprPrinter::printLet(const ExprPtr& e)
{
    STRATA_TRY(const std::string bound, print(e->args[0]));
    const std::string name = m_writer.fresh(e->name);
    m_writer.line("const " + valueType(e->args[0]->type) + " " + name + " = " + bound + ";");
    const auto outer = variables.find(e->name) == variables.end() ? std::string() : variables[e->name];
    variables[e->name] = name;
    Result<std::string> body = print(e->args[1]);
    if (outer.empty())
        variables.erase(e->name);
    else
        variables[e->name] = outer;
    return body;
}

// Only the side taken is evaluated: statements of a side stay on its side.
Result<std::string> ExprPrinter::printSelect(const ExprPtr& e)
{
    STRATA_TRY(const std::string condition, print(e->args[0]));
    if (!needsStatements(e->args[1]) && !needsStatements(e->args[2])) {
        STRATA_TRY(const std::string a, print(e->args[1]));
        STRATA_TRY(const std::string b, print(e->args[2]));
        return "(" + condition + " ? " + a + " : " + b + ")";
    }
    const std::string name = m_writer.fresh("chosen");
    m_writer.line(valueType(e->type) + " " + name + ";");
    for (const int side : {1, 2}) {
        m_writer.open(side == 1 ? "if (" + condition + ") {" : "else {");
        STRATA_TRY(const std::string text, print(e->args[std::size_t(side)]));
        m_writer.line(name + " = " + text + ";");
        m_writer.close();
    }
    return name;
}

// Integers wrap: signed ones by way of unsigned ones, where C leaves an overflow undefined; short ones come back from
// int.
std::string ExprPrinter::arithmetic(DType type, const std::string& a, const std::string& op, const std::string& b)
{
    if (isFloat(type))
        return rounded("(" + a + " " + op + " " + b + ")", type);
    if (m_index && type == DType::I64)
        return "(" + a + " " + op + " " + b + ")";
    const std::string wide = byteSize(type) < 4 ? "uint" : unsignedType(type);
    return "(" + valueType(type) + ")((" + wide + ")" + a + " " + op + " (" + wide + ")" + b + ")";
}

Result<std::string> ExprPrinter::printBinary(const ExprPtr& e, const std::string& a, const std::string& b)
{
    const DType type = e->args[0]->type;
    const std::string typeName = valueType(type), plain = "(" + a + " " + operatorText(e->op) + " " + b + ")";
    switch (e->op) {
    case Op::Add:
    case Op::Sub:
    case Op::Mul: return arithmetic(type, a, operatorText(e->op), b);
    case Op::Div:
        return isFloat(type) ? rounded(plain, type)
                             : m_writer.helper("strata_div_" + typeName) + "(" + a + ", " + b + ")";
    case Op::FloorDiv: return m_writer.helper("strata_floor_div_" + typeName) + "(" + a + ", " + b + ")";
    case Op::FloorMod: return m_writer.helper("strata_floor_mod_" + typeName) + "(" + a + ", " + b + ")";
    case Op::Min: return m_writer.helper("strata_min_" + typeName) + "(" + a + ", " + b + ")";
    case Op::Max: return m_writer.helper("strata_max_" + typeName) + "(" + a + ", " + b + ")";
    case Op::Minimum:
    case Op::Maximum: {
        const std::string name = (e->op == Op::Minimum ? "min" : "max") + std::string(isFloat(type) ? "imum" : "");
        return m_writer.helper("strata_" + name + "_" + typeName) + "(" + a + ", " + b + ")";
    }
    case Op::Checked: return e->i ? a : printChecked(*e, a, b);
    case Op::Shl: return m_writer.helper("strata_shl_" + typeName) + "(" + a + ", " + b + ")";
    case Op::Shr: return m_writer.helper("strata_shr_" + typeName) + "(" + a + ", " + b + ")";
    case Op::And:
    case Op::Or:
    case Op::Xor: return "(" + typeName + ")" + plain;
    case Op::Eq:
    case Op::Ne:
    case Op::Lt:
    case Op::Le: return plain;
    default: return bug("The operation " + opName(e->op) + " has no text in OpenCL C.");
    }
}

Result<std::string> ExprPrinter::printUnary(const ExprPtr& e, const std::string& a)
{
    const DType type = e->args[0]->type;
    const std::string typeName = valueType(e->type);
    switch (e->op) {
    case Op::Not: return type == DType::Bool ? "(!" + a + ")" : "(" + typeName + ")(~" + a + ")";
    case Op::Neg: return isFloat(type) ? "(-" + a + ")" : arithmetic(type, "0", "-", a);
    case Op::Abs: return isFloat(type) ? "fabs(" + a + ")" : isSigned(type) ? "(" + typeName + ")abs(" + a + ")" : a;
    case Op::Sqrt: return rounded("sqrt(" + a + ")", type);
    case Op::Floor: return "floor(" + a + ")";
    case Op::Ceil: return "ceil(" + a + ")";
    case Op::Trunc: return "trunc(" + a + ")";
    case Op::Round: return "rint(" + a + ")";
    case Op::Cast: return converted(a, type, e->type);
    case Op::Bitcast: {
        // Short floats are computed with as floats: their own bits are what is stored.
        const std::string bits = isShort(type) ? stored(a, type) : a;
        if (isShort(e->type))
            return m_writer.helper(e->type == DType::F16 ? "strata_from_half" : "strata_from_bfloat") + "((ushort)"
                   + bits + ")";
        return isShort(type) && e->type == DType::U16 ? bits : "as_" + typeName + "(" + bits + ")";
    }
    default: return bug("The operation " + opName(e->op) + " has no text in OpenCL C.");
    }
}

std::string ExprPrinter::converted(const std::string& value, DType from, DType to)
{
    if (from == to)
        return value;
    if (to == DType::Bool)
        return "(" + value + " != 0)";
    if (isFloat(from) && isFloat(to))
        return rounded(valueType(from) == valueType(to) ? value : "convert_" + valueType(to) + "(" + value + ")", to);
    if (isFloat(from))
        return "convert_" + valueType(to) + "_sat_rtz(" + value + ")";
    if (isFloat(to))
        return rounded("convert_" + valueType(to) + "(" + value + ")", to);
    return "(" + valueType(to) + ")" + value;
}

}  // namespace strata::opencl
