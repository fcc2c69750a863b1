#include "core/text/names.h"
#include "core/text/parser.h"

#include <algorithm>

namespace strata::text {

Result<Operand> Parser::operand()
{
    if (acceptWord("_"))
        return Operand{};
    if (acceptSymbol("@")) {
        STRATA_TRY(std::string constant, name("a constant's name"));
        return Operand::constant(std::move(constant));
    }
    STRATA_TRY(std::string value, name("an operand: a value, @constant or _"));
    return Operand::value(std::move(value));
}

// (operand, ..., keyword=value, ...). A tensor attribute that is elided is looked up by the node's name, so that is
// found first.
Result<Parser::CallText> Parser::callText()
{
    CallText call;
    STRATA_CHECK(symbol("("));
    int depth = 1;
    for (std::size_t at = m_at;
         depth > 0 && m_tokens[at].kind != TokenKind::Newline && m_tokens[at].kind != TokenKind::End; ++at) {
        const Token& token = m_tokens[at];
        if (token.kind == TokenKind::Symbol)
            depth += token.text == "(" || token.text == "[" ? 1 : token.text == ")" || token.text == "]" ? -1 : 0;
        const bool isNode = depth == 1 && token.kind == TokenKind::Name && token.text == "node"
                            && m_tokens[at + 1].text == "=";
        if (isNode && m_tokens[at + 2 < m_tokens.size() ? at + 2 : at].kind == TokenKind::String)
            call.node = m_tokens[at + 2].text;
    }
    bool keywords = false;
    STRATA_CHECK(list(")", [&]() -> Status {
        keywords = keywords || isSymbol("=", 1);
        if (keywords)
            return keyword(call);
        STRATA_TRY(Operand one, operand());
        call.inputs.push_back(std::move(one));
        return {};
    }));
    STRATA_CHECK(newline());
    return call;
}

Status Parser::keyword(CallText& call)
{
    const bool bare = isKind(TokenKind::Name);
    const Token token = peek();
    STRATA_TRY(const std::string key, name("an attribute, as axis=1"));
    STRATA_CHECK(symbol("="));
    if (bare && key == "out") {
        STRATA_TRY(call.outputs, outputNames());
        call.hasOutputs = true;
    } else if (bare && key == "node") {
        STRATA_TRY(call.node, string("the node's name"));
    } else if (bare && key == "domain") {
        STRATA_TRY(call.domain, string("the operator's domain"));
    } else if (bare && key == "version") {
        STRATA_TRY(const std::int64_t version, integer("a version"));
        call.version = int(std::clamp<std::int64_t>(version, -1'000'000, 1'000'000));
    } else {
        STRATA_TRY(Attribute value, attribute(call.node, key));
        if (!call.attributes.emplace(key, std::move(value)).second)
            return errorAtToken(token, "The attribute '" + key + "' is given twice.");
    }
    return {};
}

Result<std::vector<std::string>> Parser::outputNames()
{
    std::vector<std::string> names;
    if (!acceptSymbol("(")) {
        STRATA_TRY(std::string only, name("a buffer"));
        return std::vector{std::move(only)};
    }
    STRATA_CHECK(list(")", [&]() -> Status {
        STRATA_TRY(std::string one, name("a buffer"));
        names.push_back(std::move(one));
        return {};
    }));
    return names;
}

Result<float> Parser::floatNumber()
{
    const Token start = peek();
    const std::string sign = acceptSymbol("-") ? "-" : "";
    if (!isKind(TokenKind::Float) && !isKind(TokenKind::Integer) && !isWord("inf") && !isWord("nan"))
        return expected("a number");
    STRATA_TRY(const ExprPtr value, constOf(DType::F32, sign + take().text, start));
    return float(value->f);
}

Result<Attribute> Parser::attribute(const std::string& node, const std::string& key)
{
    if (isKind(TokenKind::String))
        return Attribute(take().text);
    if (isSymbol("["))
        return listAttribute();
    const bool call = isSymbol("(", 1);
    if (call && isWord("tensor"))
        return tensorAttribute(attributeConstantName(m_function, node, key));
    if (call && isWord("function")) {
        take(), take();
        STRATA_TRY(std::string function, name("a function"));
        STRATA_CHECK(symbol(")"));
        return Attribute(FunctionRef{std::move(function)});
    }
    if (call && (isWord("floats") || isWord("strings"))) {
        const bool floats = take().text == "floats";
        take();
        STRATA_CHECK(symbol(")"));
        return floats ? Attribute(std::vector<float>()) : Attribute(std::vector<std::string>());
    }
    const std::size_t number = isSymbol("-") ? 1 : 0;
    if (peek(number).kind == TokenKind::Integer) {
        STRATA_TRY(const std::int64_t value, integer("a number"));
        return Attribute(value);
    }
    if (peek(number).kind == TokenKind::Float || isWord("inf", number) || isWord("nan", number)) {
        STRATA_TRY(const float value, floatNumber());
        return Attribute(value);
    }
    return expected("a number, a string, a list, tensor(...) or function(...)");
}

Result<Attribute> Parser::listAttribute()
{
    std::vector<std::int64_t> integers;
    std::vector<float> floats;
    std::vector<std::string> strings;
    STRATA_CHECK(symbol("["));
    const TokenKind first = peek(isSymbol("-") ? 1 : 0).kind;
    STRATA_CHECK(list("]", [&]() -> Status {
        if (first == TokenKind::String) {
            STRATA_TRY(strings.emplace_back(), string("a string"));
        } else if (first == TokenKind::Integer) {
            STRATA_TRY(integers.emplace_back(), integer("an integer, as the first of this list is one"));
        } else {
            STRATA_TRY(floats.emplace_back(), floatNumber());
        }
        return {};
    }));
    if (!strings.empty())
        return Attribute(std::move(strings));
    return floats.empty() ? Attribute(std::move(integers)) : Attribute(std::move(floats));
}

// tensor(f32[2], [1.0, 2.0]), or tensor(f32[1000], @`name in the side file`).
Result<Attribute> Parser::tensorAttribute(const std::string& constantName)
{
    take(), take();
    STRATA_TRY(const TensorType type, tensorType());
    STRATA_CHECK(symbol(","));
    ConstantPtr value;
    if (acceptSymbol("@")) {
        STRATA_TRY(const std::string given, name("a name in the side file"));
        STRATA_TRY(value, constantValue(given.empty() ? constantName : given, type));
    } else {
        STRATA_TRY(value, elements(type));
    }
    STRATA_CHECK(symbol(")"));
    return Attribute(std::move(value));
}

Result<GraphBody> Parser::graphBody()
{
    GraphBody body;
    while (!isWord("return") || isSymbol(":", 1)) {
        STRATA_TRY(GraphNodePtr one, graphNode());
        body.nodes.push_back(std::move(one));
    }
    take();
    while (!isKind(TokenKind::Newline)) {
        STRATA_TRY(Operand one, operand());
        body.returns.push_back(std::move(one));
        if (!acceptSymbol(",") && !isKind(TokenKind::Newline))
            return expected("',' or the end of the line");
    }
    STRATA_CHECK(newline());
    return body;
}

Result<GraphNodePtr> Parser::graphNode()
{
    if (!isKind(TokenKind::Name) && !isKind(TokenKind::QuotedName))
        return expected("a node, as y: f32[4] = Relu(x), or 'return'");
    auto node = std::make_shared<GraphNode>();
    const Token token = peek();
    while (isSymbol(":", 1)) {
        STRATA_TRY(TypedName output, typedName());
        node->outputs.push_back(std::move(output));
        if (acceptSymbol("="))
            break;
        if (!acceptSymbol(","))
            return expected("'=' or ','");
    }
    const bool isCall = isWord("call") && !isSymbol("(", 1);
    if (isCall) {
        take();
        STRATA_TRY(node->callee, name("a function"));
    }
    if (isCall)
        node->op = "call";
    else {
        STRATA_TRY(node->op, name("an operator"));
    }
    STRATA_TRY(CallText call, callText());
    if (call.hasOutputs)
        return errorAtToken(m_tokens[m_at - 1], "A node of a graph has no 'out'; its results stand before '='.");
    node->inputs = std::move(call.inputs);
    node->attributes = std::move(call.attributes);
    node->domain = std::move(call.domain);
    node->version = call.version;
    node->name = std::move(call.node);
    note(NodeKind::Operator, node->name, token);
    return GraphNodePtr(std::move(node));
}

}  // namespace strata::text
