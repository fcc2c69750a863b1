#include "core/transform/argument.h"

#include "core/transform/named.h"

#include "core/text/names.h"

#include <algorithm>
#include <charconv>

namespace strata {

namespace {

bool isPlainWord(const std::string& text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.'
               || c == '-';
    });
}

std::string listText(std::size_t size, const std::function<std::string(std::size_t)>& item)
{
    std::string text = "[";
    for (std::size_t i = 0; i < size; ++i)
        text += (i ? ", " : "") + item(i);
    return text + "]";
}

// The alternative of Argument that a parameter of this kind holds.
std::size_t argumentIndex(ParameterKind kind)
{
    switch (kind) {
    case ParameterKind::Integer: return 0;
    case ParameterKind::Boolean: return 1;
    case ParameterKind::Integers: return 3;
    case ParameterKind::Nodes:
    case ParameterKind::Loops:
    case ParameterKind::Names: return 4;
    default: return 2;
    }
}

}  // namespace

const char* kindText(ParameterKind kind)
{
    switch (kind) {
    case ParameterKind::Function: return "a function";
    case ParameterKind::Node: return "a node";
    case ParameterKind::Nodes: return "a list of nodes, as [a, b]";
    case ParameterKind::Loop: return "a loop";
    case ParameterKind::Loops: return "a list of loops, as [i, j]";
    case ParameterKind::Block: return "a block";
    case ParameterKind::Buffer: return "a buffer";
    case ParameterKind::Integer: return "a number";
    case ParameterKind::Integers: return "a list of numbers, as [_, 4]";
    case ParameterKind::Boolean: return "True or False";
    case ParameterKind::Name: return "a name";
    case ParameterKind::Names: return "a list of names, as [a, b]";
    case ParameterKind::Choice: return "a choice";
    case ParameterKind::IndexMap: return "an index map, as (i, j) -> (j, i)";
    case ParameterKind::Text: return "a text in double quotes";
    }
    return "an argument";
}

bool ArgumentReader::isSymbol(std::string_view text, std::size_t ahead) const
{
    return peek(ahead).kind == text::TokenKind::Symbol && peek(ahead).text == text;
}

bool ArgumentReader::atEnd() const
{
    return peek().kind == text::TokenKind::Newline || peek().kind == text::TokenKind::End;
}

Status ArgumentReader::symbol(std::string_view text)
{
    return acceptSymbol(text) ? Status() : Status(expected("'" + std::string(text) + "'"));
}

Error ArgumentReader::errorAt(std::size_t offset, const std::string& sentence, const std::string& hint) const
{
    Error error = text::errorAt(m_line, "", offset, sentence, hint);
    error.message = "column " + error.message.substr(error.message.find(':', 1) + 1);  // ":1:7: ..." is of one line
    return error;
}

Error ArgumentReader::expected(const std::string& what) const
{
    return error("Expected " + what
                 + (atEnd() ? ", but the line ends here." : ", but found '" + peek().text.substr(0, 40) + "'."));
}

Status ArgumentReader::list(const std::function<Status()>& item)
{
    STRATA_CHECK(symbol("["));
    while (!isSymbol("]")) {
        STRATA_CHECK(item());
        if (!acceptSymbol(",") && !isSymbol("]"))
            return expected("',' or ']'");
    }
    return symbol("]");
}

Result<std::string> ArgumentReader::name(const Parameter& parameter)
{
    const text::TokenKind kind = peek().kind;
    if (kind != text::TokenKind::Name && kind != text::TokenKind::QuotedName && kind != text::TokenKind::String)
        return expected(std::string(kindText(parameter.kind)) + " for '" + parameter.name + "'");
    return take().text;
}

Result<std::string> ArgumentReader::string()
{
    if (peek().kind != text::TokenKind::String)
        return expected("a text in double quotes");
    return take().text;
}

// Whether a text is the choice; of one that ends with NAME, such as "global.NAME", with any name in its place.
static bool isChoice(const std::string& text, const std::string& choice)
{
    constexpr std::string_view open = "NAME";
    if (text == choice || !choice.ends_with(open))
        return text == choice;
    const std::size_t fixed = choice.size() - open.size();
    return text.size() > fixed && text.compare(0, fixed, choice, 0, fixed) == 0
           && std::all_of(text.begin() + std::ptrdiff_t(fixed), text.end(),
                          [](unsigned char c) { return std::isalnum(c) || c == '_'; })
           && !std::isdigit(static_cast<unsigned char>(text[fixed]));
}

// Choices such as x86-64-v3 are several tokens; they are taken as written.
Result<std::string> ArgumentReader::choice(const Parameter& parameter)
{
    const std::size_t begin = peek().offset;
    std::string text;
    if (peek().kind == text::TokenKind::String || peek().kind == text::TokenKind::QuotedName) {
        text = take().text;
    } else {
        while (!isSymbol(",") && !isSymbol(")") && !isSymbol("]") && !atEnd())
            take();
        text = m_line.substr(begin, peek().offset - begin);
        text.erase(std::find_if(text.rbegin(), text.rend(), [](char c) { return c != ' ' && c != '\n'; }).base(),
                   text.end());
    }
    if (std::any_of(parameter.choices.begin(), parameter.choices.end(),
                    [&](const std::string& one) { return isChoice(text, one); }))
        return text;
    std::string choices;
    for (const std::string& one : parameter.choices)
        choices += (choices.empty() ? "" : ", ") + one;
    return errorAt(begin, "'" + parameter.name + "' is one of " + choices + ", not '" + text + "'.");
}

Result<std::int64_t> ArgumentReader::integer(const Parameter& parameter)
{
    const std::size_t begin = peek().offset;
    const std::string sign = acceptSymbol("-") ? "-" : "";
    if (peek().kind != text::TokenKind::Integer)
        return expected(std::string("a number for '") + parameter.name + "'");
    const std::string digits = sign + take().text;
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (code != std::errc() || end != digits.data() + digits.size())
        return errorAt(begin, "The number " + digits + " is out of range.");
    return value;
}

Result<std::vector<std::int64_t>> ArgumentReader::integers(const Parameter& parameter)
{
    std::vector<std::int64_t> values;
    STRATA_CHECK(list([&]() -> Status {
        if (peek().kind == text::TokenKind::Name && peek().text == "_") {
            take();
            values.push_back(inferred);
            return {};
        }
        STRATA_TRY(values.emplace_back(), integer(parameter));
        return {};
    }));
    if (std::count(values.begin(), values.end(), inferred) > 1)
        return error("At most one number of '" + parameter.name + "' is left to be inferred.");
    return values;
}

Result<std::vector<std::string>> ArgumentReader::names(const Parameter& parameter)
{
    std::vector<std::string> values;
    STRATA_CHECK(list([&]() -> Status {
        STRATA_TRY(values.emplace_back(), name(parameter));
        return {};
    }));
    return values;
}

Status ArgumentReader::brackets(std::string_view open, std::string_view close)
{
    STRATA_CHECK(symbol(open));
    for (int depth = 1; depth > 0; take()) {
        if (atEnd())
            return expected("'" + std::string(close) + "'");
        depth += isSymbol(open) ? 1 : isSymbol(close) ? -1 : 0;
    }
    return {};
}

// Kept as it is written: the transform parses it, because its meaning depends on the buffer's shape.
Result<std::string> ArgumentReader::indexMap()
{
    const std::size_t begin = peek().offset;
    if (peek().kind == text::TokenKind::String)
        return take().text;
    STRATA_CHECK(brackets("(", ")"));
    STRATA_CHECK(symbol("->"));
    STRATA_CHECK(brackets("(", ")"));
    const std::size_t end = m_tokens[m_at - 1].offset + 1;
    return std::string(m_line.substr(begin, end - begin));
}

Result<Argument> ArgumentReader::argument(const Parameter& parameter)
{
    const auto wrap = [](auto result) {
        return result ? Result<Argument>(Argument(std::move(*result))) : Result<Argument>(result.error());
    };
    switch (parameter.kind) {
    case ParameterKind::Nodes:
    case ParameterKind::Loops:
    case ParameterKind::Names: return wrap(names(parameter));
    case ParameterKind::Integer: return wrap(integer(parameter));
    case ParameterKind::Integers: return wrap(integers(parameter));
    case ParameterKind::Choice: return wrap(choice(parameter));
    case ParameterKind::IndexMap: return wrap(indexMap());
    case ParameterKind::Text: return wrap(string());
    case ParameterKind::Boolean: break;
    default: return wrap(name(parameter));
    }
    const std::string word = peek().text;
    if (peek().kind != text::TokenKind::Name || (word != "True" && word != "False"))
        return expected("True or False for '" + parameter.name + "'");
    take();
    return Argument(word == "True");
}

std::string argumentText(const Parameter& parameter, const Argument& argument)
{
    if (const auto* value = std::get_if<std::int64_t>(&argument))
        return std::to_string(*value);
    if (const auto* value = std::get_if<bool>(&argument))
        return *value ? "True" : "False";
    if (const auto* list = std::get_if<std::vector<std::int64_t>>(&argument))
        return listText(list->size(),
                        [list](std::size_t i) { return (*list)[i] == inferred ? "_" : std::to_string((*list)[i]); });
    if (const auto* list = std::get_if<std::vector<std::string>>(&argument))
        return listText(list->size(), [list](std::size_t i) { return text::nameText((*list)[i]); });
    const std::string& value = std::get<std::string>(argument);
    if (parameter.kind == ParameterKind::Text)
        return text::stringText(value);
    const bool asWritten = parameter.kind == ParameterKind::IndexMap
                           || (parameter.kind == ParameterKind::Choice && isPlainWord(value));
    return asWritten ? value : text::nameText(value);
}

std::optional<Argument> defaultArgument(const Parameter& parameter)
{
    if (parameter.defaultValue.empty())
        return std::nullopt;
    const auto tokens = text::tokenize(parameter.defaultValue, "default");
    if (!tokens)
        return std::nullopt;
    ArgumentReader reader(parameter.defaultValue, *tokens);
    auto value = reader.argument(parameter);
    return value && reader.atEnd() ? std::optional(std::move(*value)) : std::nullopt;
}

Status checkArguments(const Transform& transform, const Arguments& arguments)
{
    for (const Parameter& parameter : transform.parameters) {
        const auto found = arguments.values.find(parameter.name);
        if (found == arguments.values.end()) {
            if (!parameter.optional)
                return refused(say("{} needs '{}'.", transform.id, parameter.name), {}, parameter.summary);
        } else if (found->second.index() != argumentIndex(parameter.kind)) {
            return refused(say("'{}' of {} takes {}.", parameter.name, transform.id, kindText(parameter.kind)));
        }
    }
    for (const auto& [name, value] : arguments.values)
        if (std::none_of(transform.parameters.begin(), transform.parameters.end(),
                         [&name = name](const Parameter& p) { return p.name == name; }))
            return refused(say("{} has no parameter '{}'.", transform.id, name));
    return {};
}

std::optional<NodeKind> namedKind(ParameterKind kind)
{
    switch (kind) {
    case ParameterKind::Node:
    case ParameterKind::Nodes: return NodeKind::Operator;
    case ParameterKind::Loop:
    case ParameterKind::Loops: return NodeKind::Loop;
    case ParameterKind::Block: return NodeKind::Block;
    case ParameterKind::Buffer: return NodeKind::Buffer;
    default: return std::nullopt;
    }
}

std::vector<std::string> namesIn(const Argument& argument)
{
    if (const auto* one = std::get_if<std::string>(&argument))
        return {*one};
    const auto* many = std::get_if<std::vector<std::string>>(&argument);
    return many ? *many : std::vector<std::string>();
}

}  // namespace strata
