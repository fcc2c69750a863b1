#include "core/base/catalogue.h"

#include <algorithm>

namespace strata {

namespace {

// Appends the literal of a line to `text`; what stands in front of it was taken off.
bool appendLiteral(std::string_view line, std::string& text)
{
    if (line.size() < 2 || line.front() != '"' || line.back() != '"')
        return false;
    for (std::size_t i = 1; i + 1 < line.size(); ++i) {
        if (line[i] == '"')
            return false;
        if (line[i] != '\\') {
            text += line[i];
            continue;
        }
        if (++i + 1 >= line.size())
            return false;
        text += line[i] == 'n' ? '\n' : line[i] == 't' ? '\t' : line[i];
    }
    return true;
}

}  // namespace

Result<Catalogue> Catalogue::parse(std::string_view text)
{
    Catalogue catalogue;
    std::string source, target;
    std::string* into = nullptr;
    const auto keep = [&] {
        if (!source.empty() && !target.empty())
            catalogue.m_texts.insert_or_assign(source, target);
        source.clear();
        target.clear();
    };
    for (int number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (!line.empty() && line.back() == '\r')
            line.remove_suffix(1);
        if (line.empty() || line.front() == '#')
            continue;
        if (line.starts_with("msgid ")) {
            keep();
            into = &source;
            line.remove_prefix(6);
        } else if (line.starts_with("msgstr ")) {
            into = &target;
            line.remove_prefix(7);
        }
        if (!into || !appendLiteral(line, *into))
            return refused(say("Line {} of the catalogue is no msgid, msgstr or text in quotes.", number));
    }
    keep();
    return catalogue;
}

const std::string* Catalogue::find(std::string_view text) const
{
    const auto found = m_texts.find(text);
    return found == m_texts.end() ? nullptr : &found->second;
}

std::string Catalogue::translated(const std::string& text) const
{
    const std::string* found = find(text);
    return found ? *found : text;
}

std::string Catalogue::translated(const Sentence& sentence) const
{
    return strata::translated(sentence, [this](const std::string& text) { return translated(text); });
}

Error Catalogue::translated(Error error) const
{
    return strata::translated(std::move(error), [this](const std::string& text) { return translated(text); });
}

std::string translated(const Sentence& sentence, const Translate& translate)
{
    const std::string pattern = translate(sentence.pattern);
    std::string result;
    std::size_t next = 0;  // argument
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        std::size_t which = sentence.arguments.size(), length = 0;
        if (pattern.compare(i, 2, "{}") == 0) {
            which = next++;
            length = 2;
        } else if (i + 2 < pattern.size() && pattern[i] == '{' && pattern[i + 1] > '0' && pattern[i + 1] <= '9'
                   && pattern[i + 2] == '}') {
            which = static_cast<std::size_t>(pattern[i + 1] - '1');
            length = 3;
        }
        if (which < sentence.arguments.size()) {
            result += translate(sentence.arguments[which]);
            i += length - 1;
        } else {
            result += pattern[i];
        }
    }
    return result;
}

Error translated(Error error, const Translate& translate)
{
    if (error.said.pattern.empty())
        error.message = translate(error.message);
    else if (const std::size_t at = error.message.find(error.said.text()); at != std::string::npos)
        error.message.replace(at, error.said.text().size(), translated(error.said, translate));
    // Steps that would help stand below a hint, a line each.
    std::string hint;
    for (std::size_t begin = 0; begin < error.hint.size();) {
        const std::size_t end = std::min(error.hint.find('\n', begin), error.hint.size());
        hint += (begin > 0 ? "\n" : "") + translate(error.hint.substr(begin, end - begin));
        begin = end + 1;
    }
    error.hint = std::move(hint);
    return error;
}

}  // namespace strata
