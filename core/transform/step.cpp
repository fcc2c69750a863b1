#include "core/transform/step.h"

#include "core/text/names.h"
#include "core/transform/argument.h"

#include <algorithm>

namespace strata {

namespace {

// Optional arguments that say what the default says anyway are not written.
bool isWritten(const Parameter& parameter, const Argument& argument)
{
    return !parameter.optional || defaultArgument(parameter) != std::optional(argument);
}

class StepParser {
public:
    StepParser(std::string_view line, const std::vector<text::Token>& tokens, const Registry& registry)
        : m_line(line)
        , m_registry(registry)
        , m_reader(line, tokens)
    {
    }

    Result<Step> run()
    {
        STRATA_CHECK(transform());
        STRATA_CHECK(arguments());
        STRATA_CHECK(automatic());
        if (!m_reader.atEnd())
            return m_reader.expected("the end of the step, or # and a comment");
        comment();
        return std::move(m_step);
    }

private:
    Status transform()
    {
        const std::size_t begin = m_reader.peek().offset;
        std::string id;
        do {
            if (m_reader.peek().kind != text::TokenKind::Name)
                return m_reader.expected("a transform, as loops.split");
            id += (id.empty() ? "" : ".") + m_reader.take().text;
        } while (m_reader.acceptSymbol("."));
        const auto found = m_registry.find(id);
        if (!found)
            return m_reader.errorAt(begin, found.error().message, found.error().hint);
        m_transform = *found;
        m_step.transform = m_transform->id;
        return {};
    }

    Status arguments()
    {
        STRATA_CHECK(m_reader.symbol("("));
        for (std::size_t position = 0; !m_reader.isSymbol(")"); ++position) {
            STRATA_CHECK(m_reader.isSymbol("=", 1) ? keyword() : positional(position));
            if (!m_reader.acceptSymbol(",") && !m_reader.isSymbol(")"))
                return m_reader.expected("',' or ')'");
        }
        for (const Parameter& parameter : m_transform->parameters)
            STRATA_CHECK(complete(parameter));
        return m_reader.symbol(")");
    }

    Status positional(std::size_t position)
    {
        if (m_keywords)
            return m_reader.error("After a keyword only keywords follow.");
        if (position >= m_transform->parameters.size())
            return m_reader.error(m_transform->id + " has only " + std::to_string(m_transform->parameters.size())
                                  + " parameters.");
        return value(m_transform->parameters[position]);
    }

    Status keyword()
    {
        m_keywords = true;
        const std::string key = m_reader.peek().text;
        const auto& parameters = m_transform->parameters;
        const auto found = std::find_if(parameters.begin(), parameters.end(),
                                        [&key](const Parameter& p) { return p.name == key; });
        if (found == parameters.end())
            return m_reader.error(m_transform->id + " has no parameter '" + key + "'.", "It has " + names() + ".");
        if (m_step.arguments.has(key))
            return m_reader.error("'" + key + "' is given twice.");
        m_reader.take();
        m_reader.take();
        return value(*found);
    }

    Status value(const Parameter& parameter)
    {
        STRATA_TRY(m_step.arguments.values[parameter.name], m_reader.argument(parameter));
        return {};
    }

    Status complete(const Parameter& parameter)
    {
        if (m_step.arguments.has(parameter.name))
            return {};
        if (!parameter.optional)
            return m_reader.error(m_transform->id + " needs '" + parameter.name + "': " + kindText(parameter.kind)
                                      + ".",
                                  parameter.summary);
        if (auto value = defaultArgument(parameter))
            m_step.arguments.values[parameter.name] = std::move(*value);
        return {};
    }

    // @auto("rule")
    Status automatic()
    {
        if (!m_reader.acceptSymbol("@"))
            return {};
        if (m_reader.peek().text != "auto")
            return m_reader.expected("auto(\"rule\")");
        m_reader.take();
        STRATA_CHECK(m_reader.symbol("("));
        if (m_reader.peek().kind != text::TokenKind::String)
            return m_reader.expected("the rule in double quotes");
        m_step.automatic = m_reader.take().text;
        return m_reader.symbol(")");
    }

    // Tokens leave comments out, so it is found behind the last one, which is a bracket.
    void comment()
    {
        const std::size_t hash = m_line.find('#', m_reader.previousOffset());
        if (hash == std::string_view::npos)
            return;
        std::string_view text = m_line.substr(hash + 1);
        while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
            text.remove_prefix(1);
        while (!text.empty() && (text.back() == ' ' || text.back() == '\r' || text.back() == '\n'))
            text.remove_suffix(1);
        m_step.comment = text;
    }

    std::string names() const
    {
        std::string text;
        for (const Parameter& parameter : m_transform->parameters)
            text += (text.empty() ? "" : ", ") + parameter.name;
        return text;
    }

    std::string_view m_line;
    const Registry& m_registry;
    ArgumentReader m_reader;
    const Transform* m_transform = nullptr;
    Step m_step;
    bool m_keywords = false;
};

}  // namespace

std::string print(const Step& step, const Registry& registry)
{
    std::string text;
    const auto found = registry.find(step.transform);
    const auto add = [&text](const std::string& argument) { text += (text.empty() ? "" : ", ") + argument; };
    if (found)
        for (const bool keywords : {false, true})
            for (const Parameter& parameter : (*found)->parameters)
                if (const auto value = step.arguments.values.find(parameter.name);
                    value != step.arguments.values.end() && parameter.optional == keywords
                    && isWritten(parameter, value->second))
                    add((keywords ? parameter.name + "=" : "") + argumentText(parameter, value->second));
    text = step.transform + "(" + text + ")";
    if (!step.automatic.empty())
        text += " @auto(" + text::stringText(step.automatic) + ")";
    return step.comment.empty() ? text : text + "  # " + step.comment;
}

Result<Step> parseStep(std::string_view line, const Registry& registry)
{
    if (line.find('\n') != std::string_view::npos)
        return refused("A step is one line.");
    const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
    line.remove_prefix(begin);
    const auto tokens = text::tokenize(line, "step");
    if (!tokens)
        return tokens.error();
    return StepParser(line, *tokens, registry).run();
}

std::string title(const Step& step, const Registry& registry)
{
    const auto found = registry.find(step.transform);
    std::string text = step.transform.substr(step.transform.find('.') + 1);
    if (!found)
        return text;
    for (const Parameter& parameter : (*found)->parameters)
        if (const auto value = step.arguments.values.find(parameter.name); value != step.arguments.values.end())
            if (parameter.kind != ParameterKind::Function && parameter.kind != ParameterKind::Text
                && isWritten(parameter, value->second))
                text += " " + argumentText(parameter, value->second);
    return text;
}

}  // namespace strata
