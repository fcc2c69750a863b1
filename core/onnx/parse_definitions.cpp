// The text of definitions, by the tokens of Strata's own text form.
#include "core/onnx/definition.h"
#include "core/text/lexer.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace strata::onnx {

extern const char* const ownDefinitions;  // resources/definitions, made by CMake

namespace {

using text::Token;
using text::TokenKind;

constexpr std::uintmax_t largestFile = 1 << 20;
constexpr int deepest = 40;

class DefinitionParser {
public:
    DefinitionParser(const std::string& source, const std::string& file, std::vector<Token> tokens)
        : m_source(source)
        , m_file(file)
        , m_tokens(std::move(tokens))
    {
    }

    Result<std::vector<Definition>> run()
    {
        std::vector<Definition> found;
        while (!isKind(TokenKind::End)) {
            if (isKind(TokenKind::Newline)) {
                take();
            } else if (acceptWord("domain")) {
                STRATA_TRY(m_domain, string());
            } else if (acceptWord("opset")) {
                STRATA_TRY(m_opset, integer());
            } else {
                STRATA_TRY(Definition definition, this->definition());
                found.push_back(std::move(definition));
            }
        }
        return found;
    }

private:
    const Token& peek(std::size_t ahead = 0) const { return m_tokens[std::min(m_at + ahead, m_tokens.size() - 1)]; }
    const Token& take() { return m_tokens[std::min(m_at++, m_tokens.size() - 1)]; }
    bool isKind(TokenKind kind) const { return peek().kind == kind; }
    bool isSymbol(const char* symbol, std::size_t ahead = 0) const
    {
        return peek(ahead).kind == TokenKind::Symbol && peek(ahead).text == symbol;
    }
    bool acceptSymbol(const char* symbol)
    {
        const bool is = isSymbol(symbol);
        m_at += is ? 1 : 0;
        return is;
    }
    bool acceptWord(const char* word)
    {
        const bool is = isKind(TokenKind::Name) && peek().text == word;
        m_at += is ? 1 : 0;
        return is;
    }
    Error expected(const std::string& what) const
    {
        return text::errorAt(m_source, m_file, peek().offset, "Expected " + what + ".");
    }
    Status symbol(const char* symbol)
    {
        return acceptSymbol(symbol) ? Status() : expected(std::string("'") + symbol + "'");
    }
    Result<std::string> name(const char* what = "a name")
    {
        if (!isKind(TokenKind::Name))
            return expected(what);
        return take().text;
    }
    Result<std::string> string()
    {
        if (!isKind(TokenKind::String))
            return expected("a text in quotes");
        return take().text;
    }
    Result<int> integer()
    {
        if (!isKind(TokenKind::Integer))
            return expected("a whole number");
        return std::atoi(take().text.c_str());
    }

    bool isNumber() const
    {
        const std::size_t sign = isSymbol("-") ? 1 : 0;
        return peek(sign).kind == TokenKind::Integer || peek(sign).kind == TokenKind::Float;
    }
    std::variant<std::int64_t, double> number()
    {
        const std::string sign = acceptSymbol("-") ? "-" : "";
        const bool whole = isKind(TokenKind::Integer);
        const std::string digits = sign + take().text;
        if (!whole)
            return std::strtod(digits.c_str(), nullptr);
        return std::int64_t(std::strtoll(digits.c_str(), nullptr, 10));
    }
    Result<std::vector<Whole>> list()
    {
        STRATA_CHECK(symbol("["));
        std::vector<Whole> values;
        while (!isSymbol("]")) {
            if (!values.empty())
                STRATA_CHECK(symbol(","));
            if (isKind(TokenKind::Name)) {
                values.emplace_back(NameOf{take().text});
                continue;
            }
            if (!isNumber() || peek(isSymbol("-") ? 1 : 0).kind != TokenKind::Integer)
                return expected("a whole number or the name of an attribute");
            values.emplace_back(std::get<std::int64_t>(number()));
        }
        STRATA_CHECK(symbol("]"));
        return values;
    }
    Result<Setting> setting()
    {
        if (isNumber())
            return std::visit([](const auto& value) { return Setting(value); }, number());
        if (isKind(TokenKind::String))
            return Setting(take().text);
        if (isSymbol("[")) {
            STRATA_TRY(std::vector<Whole> values, list());
            return Setting(std::move(values));
        }
        STRATA_TRY(std::string value, name("a number, a text, a list or the name of an attribute"));
        return Setting(NameOf{std::move(value)});
    }

    Result<Argument> argument(int depth)
    {
        if (depth > deepest)
            return expected("calls that are nested less deeply");
        if (isNumber())
            return std::visit([](const auto& value) { return Argument(value); }, number());
        if (isSymbol("[")) {
            STRATA_TRY(std::vector<Whole> values, list());
            return Argument(std::move(values));
        }
        STRATA_TRY(std::string first, name("a value or a call"));
        if (!isSymbol("(") && !isSymbol("."))
            return Argument(NameOf{std::move(first)});
        Call call;
        while (acceptSymbol(".")) {  // com.microsoft.Gelu(...)
            call.domain += (call.domain.empty() ? "" : ".") + first;
            STRATA_TRY(first, name());
        }
        call.op = std::move(first);
        STRATA_CHECK(symbol("("));
        for (bool any = false; !isSymbol(")"); any = true) {
            if (any)
                STRATA_CHECK(symbol(","));
            if (isKind(TokenKind::Name) && isSymbol("=", 1)) {
                std::string key = take().text;
                take();
                STRATA_TRY(Setting value, setting());
                call.settings.emplace_back(std::move(key), std::move(value));
            } else {
                STRATA_TRY(Argument value, argument(depth + 1));
                call.arguments.push_back(std::move(value));
            }
        }
        STRATA_CHECK(symbol(")"));
        return Argument(std::make_shared<const Call>(std::move(call)));
    }

    Result<Condition> condition()
    {
        Condition condition;
        condition.negated = acceptWord("not");
        if (acceptWord("given")) {
            STRATA_CHECK(symbol("("));
            STRATA_TRY(condition.name, name("an input"));
            STRATA_CHECK(symbol(")"));
            return condition;
        }
        if (isKind(TokenKind::Name) && peek().text == "rank" && isSymbol("(", 1)) {
            take();
            take();
            condition.kind = Condition::Kind::Rank;
            STRATA_TRY(condition.name, name("an input"));
            STRATA_CHECK(symbol(")"));
            STRATA_CHECK(symbol("=="));
            STRATA_TRY(const int rank, integer());
            condition.value = Setting(std::int64_t(rank));
            return condition;
        }
        condition.kind = Condition::Kind::Set;
        STRATA_TRY(condition.name, name("given(INPUT), rank(INPUT) or an attribute"));
        if (acceptSymbol("==")) {
            condition.kind = Condition::Kind::Equal;
            STRATA_TRY(condition.value, setting());
        }
        return condition;
    }

    Result<std::vector<Line>> block(int depth)
    {
        if (depth > deepest)
            return expected("conditions that are nested less deeply");
        STRATA_CHECK(symbol(":"));
        if (!isKind(TokenKind::Newline))
            return expected("a new line");
        take();
        if (!isKind(TokenKind::Indent))
            return expected("a line that is indented");
        take();
        std::vector<Line> lines;
        while (!isKind(TokenKind::Dedent) && !isKind(TokenKind::End)) {
            if (isKind(TokenKind::Newline)) {
                take();
                continue;
            }
            STRATA_TRY(Line line, this->line(depth));
            lines.push_back(std::move(line));
        }
        if (isKind(TokenKind::Dedent))
            take();
        return lines;
    }

    Result<Line> line(int depth)
    {
        Line line;
        if (acceptWord("if")) {
            STRATA_TRY(Condition condition, this->condition());
            line.condition = std::move(condition);
            STRATA_TRY(line.then, block(depth + 1));
            if (acceptWord("else")) {
                STRATA_TRY(line.otherwise, block(depth + 1));
            }
            return line;
        }
        do {
            STRATA_TRY(std::string target, name("a name that is given a value"));
            line.targets.push_back(std::move(target));
        } while (acceptSymbol(","));
        STRATA_CHECK(symbol("="));
        STRATA_TRY(line.value, argument(0));
        if (!isKind(TokenKind::Newline) && !isKind(TokenKind::End))
            return expected("the end of the line");
        return line;
    }

    Status parameters(Definition& definition)
    {
        STRATA_CHECK(symbol("("));
        bool star = false;
        for (bool any = false; !isSymbol(")"); any = true) {
            if (any)
                STRATA_CHECK(symbol(","));
            if (!star && acceptSymbol("*")) {
                star = true;
                continue;
            }
            STRATA_TRY(std::string parameter, name("a parameter"));
            const bool has = acceptSymbol("="), none = has && acceptWord("None");
            if (!star) {
                if (has && !none)
                    return expected("None, for an input that may be left out; attributes stand behind *");
                definition.inputs.push_back({std::move(parameter), none});
                continue;
            }
            definition.attributes.push_back({std::move(parameter), std::nullopt, none});
            if (has && !none) {
                STRATA_TRY(Setting value, setting());
                definition.attributes.back().otherwise = std::move(value);
            }
        }
        return symbol(")");
    }

    Result<Definition> definition()
    {
        const std::size_t begin = peek().offset;
        if (!acceptWord("def"))
            return expected("def, domain or opset");
        if (m_domain.empty() && m_opset == 0)
            return expected("the domain and the opset before the first definition");
        Definition definition;
        STRATA_TRY(definition.name, name("the operator's name"));
        definition.domain = m_domain;
        definition.opset = m_opset;
        definition.file = m_file;
        definition.line = int(1 + std::count(m_source.begin(), m_source.begin() + std::ptrdiff_t(begin), '\n'));
        STRATA_CHECK(parameters(definition));
        STRATA_CHECK(symbol("->"));
        STRATA_CHECK(symbol("("));
        do {
            STRATA_TRY(std::string output, name("an output"));
            definition.outputs.push_back(std::move(output));
        } while (acceptSymbol(","));
        STRATA_CHECK(symbol(")"));
        STRATA_TRY(definition.body, block(0));
        definition.text = m_source.substr(begin, peek().offset - begin);
        while (!definition.text.empty() && std::isspace(static_cast<unsigned char>(definition.text.back())))
            definition.text.pop_back();
        return definition;
    }

    const std::string& m_source;
    const std::string& m_file;
    std::vector<Token> m_tokens;
    std::size_t m_at = 0;
    std::string m_domain;
    int m_opset = 0;
};

Result<std::string> contentOf(const std::string& path)
{
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (error)
        return environmentError("The file of definitions " + path + " cannot be read.");
    if (size > largestFile)
        return refused(say("The file of definitions {} is larger than a megabyte.", path));
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

std::string domainKey(const std::string& domain) { return domain == "ai.onnx" ? std::string() : domain; }

}  // namespace

Result<std::shared_ptr<const Definitions>> Definitions::parse(
    const std::vector<std::pair<std::string, std::string>>& texts)
{
    auto result = std::make_shared<Definitions>();
    std::vector<std::pair<std::string, std::string>> all{{"resources/definitions", ownDefinitions}};
    all.insert(all.end(), texts.begin(), texts.end());
    for (const auto& [file, text] : all) {
        STRATA_TRY(std::vector<Token> tokens, text::tokenize(text, file));
        STRATA_TRY(std::vector<Definition> found, DefinitionParser(text, file, std::move(tokens)).run());
        for (Definition& definition : found) {
            const std::pair key{domainKey(definition.domain), definition.name};
            definition.given = &file != &all.front().first;
            result->m_byName[key] = std::make_shared<const Definition>(std::move(definition));
        }
    }
    return std::shared_ptr<const Definitions>(std::move(result));
}

Result<std::shared_ptr<const Definitions>> Definitions::read(const std::vector<std::string>& files)
{
    std::vector<std::pair<std::string, std::string>> texts;
    for (const std::string& file : files) {
        STRATA_TRY(std::string text, contentOf(file));
        texts.emplace_back(file, std::move(text));
    }
    return parse(texts);
}

std::shared_ptr<const Definition> Definitions::find(const std::string& domain, const std::string& name) const
{
    const auto found = m_byName.find({domainKey(domain), name});
    return found == m_byName.end() ? nullptr : found->second;
}

std::vector<Definitions::Entry> Definitions::entries() const
{
    std::vector<Entry> entries;
    for (const auto& [key, definition] : m_byName)
        entries.push_back({(key.first.empty() ? std::string("ai.onnx") : key.first) + "." + key.second,
                           definition->file, definition->text, definition->line});
    return entries;
}

std::vector<std::string> definitionFiles(const std::string& modelFolder)
{
    std::vector<std::string> files;
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(modelFolder) / "definitions", error))
        if (entry.path().extension() == ".define" && entry.is_regular_file(error))
            files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace strata::onnx
