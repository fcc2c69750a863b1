#include "core/ir/text_functions.h"
#include "core/text/parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace strata::text {

namespace {

constexpr int deepestExpr = 1000;    // of the tree, so that walks over it do not exhaust the stack
constexpr int deepestNesting = 250;  // of brackets while parsing

struct Binary {
    std::string_view symbol;
    Op op;
    int level;
    bool swapped = false;  // a > b is b < a
};
constexpr std::array<Binary, 16> binaries{{{"==", Op::Eq, 1},
                                           {"!=", Op::Ne, 1},
                                           {"<", Op::Lt, 1},
                                           {"<=", Op::Le, 1},
                                           {">", Op::Lt, 1, true},
                                           {">=", Op::Le, 1, true},
                                           {"|", Op::Or, 2},
                                           {"^", Op::Xor, 3},
                                           {"&", Op::And, 4},
                                           {"<<", Op::Shl, 5},
                                           {">>", Op::Shr, 5},
                                           {"+", Op::Add, 6},
                                           {"-", Op::Sub, 6},
                                           {"*", Op::Mul, 7},
                                           {"/", Op::Div, 7},
                                           {"//", Op::FloorDiv, 7}}};
constexpr Binary modulo{"%", Op::FloorMod, 7};

const Binary* findBinary(const Token& token)
{
    if (token.kind != TokenKind::Symbol)
        return nullptr;
    if (token.text == modulo.symbol)
        return &modulo;
    for (const Binary& binary : binaries)
        if (token.text == binary.symbol)
            return &binary;
    return nullptr;
}

std::optional<std::pair<Op, std::size_t>> findBuiltin(std::string_view name)
{
    struct Builtin {
        std::string_view name;
        Op op;
        std::size_t arguments;
    };
    static constexpr std::array<Builtin, 14> builtins{{{"min", Op::Min, 2},
                                                       {"max", Op::Max, 2},
                                                       {"minimum", Op::Minimum, 2},
                                                       {"maximum", Op::Maximum, 2},
                                                       {"checked", Op::Checked, 2},
                                                       {"trusted", Op::Checked, 2},
                                                       {"abs", Op::Abs, 1},
                                                       {"sqrt", Op::Sqrt, 1},
                                                       {"floor", Op::Floor, 1},
                                                       {"ceil", Op::Ceil, 1},
                                                       {"trunc", Op::Trunc, 1},
                                                       {"round", Op::Round, 1},
                                                       {"fma", Op::Fma, 3},
                                                       {"select", Op::Select, 3}}};
    for (const Builtin& builtin : builtins)
        if (name == builtin.name)
            return std::pair(builtin.op, builtin.arguments);
    return std::nullopt;
}

std::optional<double> readFloat(const std::string& literal, DType type)
{
    const bool negative = literal.front() == '-';
    const std::string_view digits = std::string_view(literal).substr(negative ? 1 : 0);
    double value = 0;
    if (digits == "inf" || digits == "nan")
        value = digits == "inf" ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    else if (type == DType::F64) {
        if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc())
            return std::nullopt;
    } else {
        float narrow = 0;  // read as a float at once: by way of a double it would be rounded twice
        if (std::from_chars(digits.data(), digits.data() + digits.size(), narrow).ec != std::errc())
            return std::nullopt;
        value = narrow;
    }
    return negative ? -value : value;
}

std::optional<std::uint64_t> readInteger(std::string_view digits)
{
    const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
    if (hex)
        digits.remove_prefix(2);
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
    return code == std::errc() && end == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
}

// The value as the type's bits, if it fits.
std::optional<std::int64_t> fitInteger(std::uint64_t magnitude, bool negative, DType type)
{
    const int bits = type == DType::Bool ? 1 : bitSize(type);
    const bool withSign = isSigned(type);
    const std::uint64_t largest = (bits == 64 ? ~std::uint64_t(0) : (std::uint64_t(1) << bits) - 1)
                                  >> (withSign ? 1 : 0);
    if (magnitude > largest + (negative && withSign ? 1 : 0) || (negative && !withSign && magnitude != 0))
        return std::nullopt;
    return std::int64_t(negative ? 0 - magnitude : magnitude);
}

}  // namespace

Result<ExprPtr> Parser::constOf(DType type, const std::string& literal, const Token& at) const
{
    const bool negative = literal.front() == '-';
    const auto misfit = [&] {
        return errorAtToken(at, "The number " + literal + " does not fit into " + strata::name(type) + ".");
    };
    if (isFloat(type)) {
        const auto value = readFloat(literal, type);
        if (!value)
            return misfit();
        ExprPtr rounded = floatConst(*value, type);
        // Kinds without infinities have no place for what is too large, and f8e8m0 none for zero.
        if (std::isnan(rounded->f) != std::isnan(*value))
            return misfit();
        return rounded;
    }
    const auto magnitude = readInteger(std::string_view(literal).substr(negative ? 1 : 0));
    const auto value = magnitude ? fitInteger(*magnitude, negative, type) : std::nullopt;
    return value ? Result<ExprPtr>(intConst(*value, type)) : misfit();
}

Result<Parser::Parsed> Parser::depthChecked(Parsed parsed, const Token& at) const
{
    if (parsed.depth > deepestExpr)
        return errorAtToken(at, "The expression is nested too deeply.", "Name a part of it with let.");
    return parsed;
}

Status Parser::adapt(Parsed& a, DType type) const
{
    const bool fits = isFloat(type) || (!isFloat(a.e->type) && type != DType::Bool && type != DType::String);
    if (a.e->type == type || a.literal.empty() || !fits)
        return {};
    STRATA_TRY(a.e, constOf(type, a.literal, peek()));
    return {};
}

Status Parser::unify(Parsed& a, Parsed& b, const Token& at) const
{
    if (!a.literal.empty())
        STRATA_CHECK(adapt(a, b.e->type));
    if (!b.literal.empty())
        STRATA_CHECK(adapt(b, a.e->type));
    if (a.e->type == b.e->type)
        return {};
    return errorAtToken(
        at, std::string("The operands have types ") + strata::name(a.e->type) + " and " + strata::name(b.e->type) + ".",
        "Convert one with cast(type, value).");
}

Result<Parser::Parsed> Parser::binaryOf(const Token& token, Parsed a, Parsed b)
{
    const Binary& binaryOp = *findBinary(token);
    STRATA_CHECK(unify(a, b, token));
    const bool logic = binaryOp.op == Op::And || binaryOp.op == Op::Or || binaryOp.op == Op::Xor;
    const bool shift = binaryOp.op == Op::Shl || binaryOp.op == Op::Shr;
    if ((logic || shift) && isFloat(a.e->type))
        return errorAtToken(token,
                            "'" + token.text + "' is defined on integers, not on " + strata::name(a.e->type) + ".");
    if (binaryOp.swapped)
        std::swap(a.e, b.e);
    return depthChecked({strata::binary(binaryOp.op, a.e, b.e), std::max(a.depth, b.depth) + 1}, token);
}

Result<Parser::Parsed> Parser::expr(int least)
{
    if (m_depth >= deepestNesting)
        return error("The expression is nested too deeply.", "Name a part of it with let.");
    ++m_depth;
    auto parsed = unaryExpr();
    while (parsed) {
        const Token token = peek();
        const Binary* found = findBinary(token);
        if (!found || found->level < least)
            break;
        take();
        auto right = expr(found->level + 1);
        parsed = right ? binaryOf(token, std::move(*parsed), std::move(*right)) : std::move(right);
        if (parsed && found->level == 1 && findBinary(peek()) && findBinary(peek())->level == 1)
            parsed = error("Comparisons do not chain; use '&' between two.");
    }
    --m_depth;
    return parsed;
}

Result<Parser::Parsed> Parser::unaryExpr()
{
    const Token token = peek();
    if (!isSymbol("-") && !isSymbol("~"))
        return primary();
    take();
    const bool literal = isKind(TokenKind::Integer) || isKind(TokenKind::Float) || isWord("inf") || isWord("nan");
    if (token.text == "-" && literal)
        return numberLiteral(true);
    if (++m_depth >= deepestNesting)
        return error("The expression is nested too deeply.");
    auto operand = unaryExpr();
    --m_depth;
    if (!operand)
        return operand;
    if (token.text == "~" && isFloat(operand->e->type))
        return errorAtToken(token, "'~' is defined on integers and bool.");
    return depthChecked({unary(token.text == "-" ? Op::Neg : Op::Not, operand->e), operand->depth + 1}, token);
}

Result<Parser::Parsed> Parser::numberLiteral(bool negative)
{
    const Token token = take();
    const std::string literal = (negative ? "-" : "") + token.text;
    STRATA_TRY(ExprPtr value, constOf(token.kind == TokenKind::Integer ? DType::I64 : DType::F32, literal, token));
    return Parsed{std::move(value), 1, literal};
}

Result<Parser::Parsed> Parser::typedLiteral(DType type)
{
    STRATA_CHECK(symbol("("));
    const bool negative = acceptSymbol("-");
    const bool special = isWord("inf") || isWord("nan");
    if (!isKind(TokenKind::Integer) && !(isFloat(type) && (special || isKind(TokenKind::Float))))
        return expected(std::string("a literal number for ") + strata::name(type));
    const Token token = take();
    STRATA_TRY(ExprPtr value, constOf(type, (negative ? "-" : "") + token.text, token));
    STRATA_CHECK(symbol(")"));
    return Parsed{std::move(value)};
}

Result<Parser::Parsed> Parser::primary()
{
    if (isKind(TokenKind::Integer) || isKind(TokenKind::Float) || isWord("inf") || isWord("nan"))
        return numberLiteral(false);
    if (isWord("True") || isWord("False"))
        return Parsed{boolConst(take().text == "True")};
    if (isKind(TokenKind::String))
        return Parsed{textConst(take().text)};
    if (acceptSymbol("(")) {
        STRATA_TRY(Parsed inner, expr());
        STRATA_CHECK(symbol(")"));
        inner.literal.clear();
        return inner;
    }
    if (!isKind(TokenKind::Name) && !isKind(TokenKind::QuotedName))
        return expected("an expression");
    const Token token = take();
    if (isSymbol("("))
        return function(token);
    if (isSymbol("["))
        return element(token);
    for (auto variable = m_variables.rbegin(); variable != m_variables.rend(); ++variable)
        if (variable->name == token.text)
            return Parsed{var(token.text, variable->type)};
    if (m_buffers.count(token.text))
        return errorAtToken(token, "'" + token.text + "' is a buffer; an element is written " + token.text + "[...].");
    return errorAtToken(token, "There is no variable '" + token.text + "' here.");
}

Result<std::vector<Parser::Parsed>> Parser::arguments(std::string_view close)
{
    std::vector<Parsed> args;
    STRATA_CHECK(list(close, [&]() -> Status {
        STRATA_TRY(Parsed one, expr());
        args.push_back(std::move(one));
        return {};
    }));
    return args;
}

Result<Parser::Parsed> Parser::function(const Token& token)
{
    const bool bare = token.kind == TokenKind::Name;
    if (const auto dtype = dtypeByName(token.text); bare && dtype && *dtype != DType::String)
        return typedLiteral(*dtype);
    STRATA_CHECK(symbol("("));
    if (bare && (token.text == "cast" || token.text == "bitcast"))
        return castOf(token.text == "bitcast");
    if (bare && token.text == "let")
        return letOf();
    if (bare && token.text == "elementary")
        return elementaryOf();
    STRATA_TRY(std::vector<Parsed> args, arguments(")"));
    if (const auto found = findBuiltin(token.text); bare && found) {
        if (args.size() != found->second)
            return errorAtToken(token, token.text + " takes " + std::to_string(found->second) + " arguments, not "
                                           + std::to_string(args.size()) + ".");
        return builtin(found->first, token, std::move(args));
    }
    if (args.empty())
        return errorAtToken(token, "The elementary function '" + token.text + "' has no argument.");
    std::vector<ExprPtr> values;
    int depth = 0;
    for (Parsed& arg : args) {
        depth = std::max(depth, arg.depth);
        values.push_back(arg.e);
    }
    const TextFunction* ofTexts = findTextFunction(token.text);
    return depthChecked({strata::call(token.text, ofTexts ? ofTexts->gives : values[0]->type, values), depth + 1},
                        token);
}

Result<Parser::Parsed> Parser::builtin(Op op, const Token& at, std::vector<Parsed> args)
{
    const std::size_t first = op == Op::Select ? 1 : 0;
    if (op == Op::Select && args[0].e->type != DType::Bool)
        return errorAtToken(at,
                            "The condition of select is bool, not " + std::string(strata::name(args[0].e->type)) + ".");
    const auto typed = std::find_if(args.begin() + std::ptrdiff_t(first), args.end(),
                                    [](const Parsed& arg) { return arg.literal.empty(); });
    const bool anyFloat = std::any_of(args.begin() + std::ptrdiff_t(first), args.end(),
                                      [](const Parsed& arg) { return isFloat(arg.e->type); });
    const DType type = typed != args.end() ? typed->e->type : anyFloat ? DType::F32 : args[first].e->type;
    for (std::size_t i = first; i < args.size(); ++i) {
        STRATA_CHECK(adapt(args[i], type));
        if (args[i].e->type != type)
            return errorAtToken(at,
                                std::string("The arguments of ") + at.text + " have types " + strata::name(type)
                                    + " and " + strata::name(args[i].e->type) + ".",
                                "Convert one with cast(type, value).");
    }
    if (op == Op::Checked && type != DType::I64)
        return errorAtToken(at, std::string("The arguments of ") + at.text + " are indices, of type i64, not "
                                    + strata::name(type) + ".");
    Expr e;
    e.op = op;
    e.type = args[first].e->type;
    e.i = at.text == "trusted";
    int depth = 0;
    for (Parsed& arg : args) {
        depth = std::max(depth, arg.depth);
        e.args.push_back(arg.e);
    }
    return depthChecked({std::make_shared<const Expr>(std::move(e)), depth + 1}, at);
}

Result<Parser::Parsed> Parser::castOf(bool bits)
{
    const Token token = peek();
    STRATA_TRY(const std::string text, name("a type"));
    const auto dtype = dtypeByName(text);
    if (!dtype || *dtype == DType::String)
        return errorAtToken(token, "There is no element type '" + text + "' to convert to.",
                            dtype ? "Texts are made by calls: text_of_f32(x)." : "");
    STRATA_CHECK(symbol(","));
    STRATA_TRY(const Parsed value, expr());
    STRATA_CHECK(symbol(")"));
    if (bits && bitSize(*dtype) != bitSize(value.e->type))
        return errorAtToken(token, std::string("bitcast needs types of one size, but has ")
                                       + strata::name(value.e->type) + " and " + text + ".");
    Expr e;
    e.op = bits ? Op::Bitcast : Op::Cast;
    e.type = *dtype;
    e.args = {value.e};
    return depthChecked({std::make_shared<const Expr>(std::move(e)), value.depth + 1}, token);
}

Result<Parser::Parsed> Parser::letOf()
{
    const Token token = peek();
    STRATA_TRY(const std::string bound, name("the name that let binds"));
    STRATA_CHECK(symbol(","));
    STRATA_TRY(const Parsed value, expr());
    STRATA_CHECK(symbol(","));
    m_variables.push_back({bound, value.e->type});
    auto body = expr();
    m_variables.pop_back();
    if (!body)
        return body;
    STRATA_CHECK(symbol(")"));
    return depthChecked({let(bound, value.e, body->e), std::max(value.depth, body->depth) + 1}, token);
}

Result<Parser::Parsed> Parser::elementaryOf()
{
    const Token token = peek();
    STRATA_TRY(const std::string text, name("a type"));
    const auto dtype = dtypeByName(text);
    if (!dtype)
        return errorAtToken(token, "There is no element type '" + text + "'.");
    STRATA_CHECK(symbol(","));
    STRATA_TRY(const std::string functionName, string("the function's name"));
    if (!isSymbol(")"))
        STRATA_CHECK(symbol(","));
    STRATA_TRY(const std::vector<Parsed> args, arguments(")"));
    std::vector<ExprPtr> values;
    int depth = 0;
    for (const Parsed& arg : args) {
        depth = std::max(depth, arg.depth);
        values.push_back(arg.e);
    }
    return depthChecked({strata::call(functionName, *dtype, values), depth + 1}, token);
}

Result<Parser::Parsed> Parser::element(const Token& token)
{
    const auto buffer = m_buffers.find(token.text);
    if (buffer == m_buffers.end())
        return errorAtToken(token, "There is no buffer '" + token.text + "' here.");
    STRATA_CHECK(symbol("["));
    STRATA_TRY(const std::vector<Parsed> args, arguments("]"));
    std::vector<ExprPtr> values;
    int depth = 0;
    for (const Parsed& arg : args) {
        if (arg.e->type != DType::I64)
            return errorAtToken(token, std::string("An index is i64, but one of ") + token.text + " is "
                                           + strata::name(arg.e->type) + ".");
        depth = std::max(depth, arg.depth);
        values.push_back(arg.e);
    }
    return depthChecked({load(token.text, buffer->second, values), depth + 1}, token);
}

Result<ExprPtr> Parser::index()
{
    const Token token = peek();
    STRATA_TRY(Parsed parsed, expr());
    if (parsed.e->type != DType::I64)
        return errorAtToken(token, std::string("Expected an i64 expression, but this is ")
                                       + strata::name(parsed.e->type) + ".");
    return parsed.e;
}

Result<std::vector<ExprPtr>> Parser::indices(const std::string& buffer)
{
    std::vector<ExprPtr> values;
    if (!m_buffers.count(buffer))
        return errorAtToken(m_tokens[m_at > 0 ? m_at - 1 : 0], "There is no buffer '" + buffer + "' here.");
    STRATA_CHECK(symbol("["));
    STRATA_CHECK(list("]", [&]() -> Status {
        STRATA_TRY(ExprPtr one, index());
        values.push_back(std::move(one));
        return {};
    }));
    return values;
}

}  // namespace strata::text
