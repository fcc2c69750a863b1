#include "core/text/parser.h"

#include <charconv>

namespace strata::text {

Result<Parser> Parser::make(std::string_view source, const ConstantLookup& lookup, const std::string& file)
{
    if (source.size() > (std::size_t(1) << 30))
        return refused(say("{} has {} MiB of text; at most 1024 are read.", file, source.size() >> 20));
    STRATA_TRY(std::vector<Token> tokens, tokenize(source, file));
    return Parser(source, lookup, file, std::move(tokens));
}

bool Parser::isSymbol(std::string_view text, std::size_t ahead) const
{
    return peek(ahead).kind == TokenKind::Symbol && peek(ahead).text == text;
}

bool Parser::isWord(std::string_view text, std::size_t ahead) const
{
    return peek(ahead).kind == TokenKind::Name && peek(ahead).text == text;
}

bool Parser::acceptSymbol(std::string_view text) { return isSymbol(text) && (take(), true); }
bool Parser::acceptWord(std::string_view text) { return isWord(text) && (take(), true); }

Error Parser::errorAtToken(const Token& token, const std::string& sentence, const std::string& hint) const
{
    return errorAt(m_source, m_file, token.offset, sentence, hint);
}

Error Parser::expected(const std::string& what) const
{
    switch (peek().kind) {
    case TokenKind::Newline: return error("Expected " + what + ", but the line ends here.");
    case TokenKind::End: return error("Expected " + what + ", but the text ends here.");
    case TokenKind::Indent: return error("Expected " + what + ", but this line is indented deeper.");
    case TokenKind::Dedent: return error("Expected " + what + ", but the indentation ends here.");
    case TokenKind::String: return error("Expected " + what + ", but found a string.");
    default: return error("Expected " + what + ", but found '" + peek().text.substr(0, 40) + "'.");
    }
}

Status Parser::symbol(std::string_view text)
{
    return acceptSymbol(text) ? Status() : Status(expected("'" + std::string(text) + "'"));
}

Status Parser::word(std::string_view text)
{
    return acceptWord(text) ? Status() : Status(expected("'" + std::string(text) + "'"));
}

Status Parser::newline()
{
    if (!isKind(TokenKind::Newline))
        return expected("the end of the line");
    take();
    return {};
}

void Parser::note(NodeKind kind, const std::string& name, const Token& at)
{
    m_places[{m_function, kind, name}] = at.offset;
}

Result<std::string> Parser::name(const char* what)
{
    if (!isKind(TokenKind::Name) && !isKind(TokenKind::QuotedName))
        return expected(what);
    return take().text;
}

Result<std::string> Parser::string(const char* what)
{
    if (!isKind(TokenKind::String))
        return expected(std::string(what) + " in double quotes");
    return take().text;
}

Result<std::int64_t> Parser::integer(const char* what)
{
    const Token start = peek();
    const std::string sign = acceptSymbol("-") ? "-" : "";
    if (!isKind(TokenKind::Integer))
        return expected(what);
    STRATA_TRY(const ExprPtr value, constOf(DType::I64, sign + take().text, start));
    return value->i;
}

Result<std::string> Parser::spelling(const char* what)
{
    const std::size_t begin = peek().offset;
    while (!isSymbol(",") && !isSymbol(")") && !isKind(TokenKind::Newline) && !isKind(TokenKind::End))
        take();
    const std::size_t end = peek().offset;
    if (begin == end)
        return expected(what);
    return std::string(m_source.substr(begin, end - begin));
}

Status Parser::list(std::string_view close, const std::function<Status()>& item)
{
    while (!isSymbol(close)) {
        STRATA_CHECK(item());
        if (!acceptSymbol(",") && !isSymbol(close))
            return expected("',' or '" + std::string(close) + "'");
    }
    return symbol(close);
}

Result<Dim> Parser::dimTerm()
{
    Dim product(1);
    do {
        if (isKind(TokenKind::Integer)) {
            STRATA_TRY(const std::int64_t value, integer("a dimension"));
            product = product * Dim(value);
        } else {
            STRATA_TRY(std::string symbol, name("a dimension: a number or a name"));
            product = product * Dim::symbol(std::move(symbol));
        }
    } while (acceptSymbol("*"));
    return product;
}

Result<Dim> Parser::dim()
{
    const bool negative = acceptSymbol("-");
    STRATA_TRY(Dim sum, dimTerm());
    if (negative)
        sum = Dim(0) - sum;
    while (isSymbol("+") || isSymbol("-")) {
        const bool minus = take().text == "-";
        STRATA_TRY(const Dim term, dimTerm());
        sum = minus ? sum - term : sum + term;
    }
    return sum;
}

Result<TensorType> Parser::tensorType()
{
    const Token start = peek();
    STRATA_TRY(const std::string text, name("a type, as f32[1, 784]"));
    const std::optional<DType> dtype = dtypeByName(text);
    if (!dtype)
        return errorAtToken(start, "There is no element type '" + text + "'.",
                            "The element types are " + dtypeNames() + ".");
    TensorType type{*dtype, {}};
    STRATA_CHECK(symbol("["));
    if (acceptSymbol("...")) {
        type.ranked = false;
        STRATA_CHECK(symbol("]"));
        return type;
    }
    STRATA_CHECK(list("]", [&]() -> Status {
        STRATA_TRY(Dim one, dim());
        type.shape.push_back(std::move(one));
        return {};
    }));
    return type;
}

Result<ValueType> Parser::valueType()
{
    ValueType type;
    if (acceptWord("unknown"))
        return ValueType{ValueType::Kind::Unknown, {DType::F32, {}, false}};
    if (isWord("sequence") || isWord("optional")) {
        type.kind = take().text == "sequence" ? ValueType::Kind::Sequence : ValueType::Kind::Optional;
        STRATA_CHECK(symbol("("));
        STRATA_TRY(type.tensor, tensorType());
        STRATA_CHECK(symbol(")"));
        return type;
    }
    STRATA_TRY(type.tensor, tensorType());
    return type;
}

Result<TypedName> Parser::typedName()
{
    TypedName typed;
    const Token token = peek();
    if (!acceptWord("_")) {
        STRATA_TRY(typed.name, name("a name"));
    }
    STRATA_CHECK(symbol(":"));
    STRATA_TRY(typed.type, valueType());
    note(NodeKind::Value, typed.name, token);
    note(NodeKind::Buffer, typed.name, token);
    return typed;
}

Result<std::vector<TypedName>> Parser::typedNames()
{
    std::vector<TypedName> names;
    STRATA_CHECK(symbol("("));
    STRATA_CHECK(list(")", [&]() -> Status {
        STRATA_TRY(TypedName one, typedName());
        names.push_back(std::move(one));
        return {};
    }));
    return names;
}

}  // namespace strata::text
