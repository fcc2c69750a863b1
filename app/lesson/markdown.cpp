#include "app/lesson/markdown.h"

#include "app/report/graph_svg.h"
#include "core/base/trimmed.h"

#include <sstream>
#include <utility>

namespace strata {

namespace {

// What stands between a mark and the next one like it, as an element; text without a second mark stays.
std::string marked(const std::string& text, const std::string& mark, const std::string& open, const std::string& close)
{
    std::string html;
    std::size_t at = 0;
    for (;;) {
        const std::size_t first = text.find(mark, at);
        const std::size_t second = first == std::string::npos ? first : text.find(mark, first + mark.size());
        if (second == std::string::npos)
            return html + text.substr(at);
        const std::string inside = text.substr(first + mark.size(), second - first - mark.size());
        const bool is = !inside.empty() && inside.front() != ' ';  // "2 * 3 * 4" is no emphasis
        html += text.substr(at, first - at) + (is ? open + inside + close : mark);
        at = is ? second + mark.size() : first + mark.size();
    }
}

// Chinese and other wide characters, between which a line break is no space.
bool endsWide(const std::string& text)
{
    std::size_t at = text.size();
    while (at > 0 && (static_cast<unsigned char>(text[at - 1]) & 0xc0) == 0x80)
        --at;
    if (at == 0)
        return false;
    const auto lead = static_cast<unsigned char>(text[at - 1]);
    return lead >= 0xe3 || (lead == 0xe2 && static_cast<unsigned char>(text[at]) >= 0xba);
}

}  // namespace

std::string markdownLine(const std::string& text, const std::string& codeStyle)
{
    const std::string code = codeStyle.empty() ? "<code>" : "<code style='" + codeStyle + "'>";
    std::string html;
    // What is code stays as it is: it may hold stars.
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t open = text.find('`', at),
                          close = open == std::string::npos ? open : text.find('`', open + 1);
        const bool any = close != std::string::npos;
        const std::string plain = escapeXml(text.substr(at, any ? open - at : std::string::npos));
        html += marked(marked(plain, "**", "<b>", "</b>"), "*", "<i>", "</i>");
        if (any)
            html += code + escapeXml(text.substr(open + 1, close - open - 1)) + "</code>";
        at = any ? close + 1 : text.size();
    }
    return html;
}

std::string markdownHtml(const std::string& markdown, const std::string& codeStyle)
{
    std::string html, paragraph;
    bool list = false;
    const auto close = [&] {
        const char* tag = list ? "li" : "p";
        if (!paragraph.empty())
            html += "<" + std::string(tag) + ">" + markdownLine(paragraph, codeStyle) + "</" + tag + ">";
        paragraph.clear();
    };
    const auto endList = [&] {
        if (std::exchange(list, false))
            html += "</ul>";
    };
    std::istringstream lines(markdown);
    for (std::string line; std::getline(lines, line);) {
        if (trimmed(line).empty()) {
            close();
            endList();
        } else if (line.starts_with("- ")) {
            close();
            if (!std::exchange(list, true))
                html += "<ul>";
            paragraph = line.substr(2);
        } else {
            paragraph += (paragraph.empty() || endsWide(paragraph) ? "" : " ") + trimmed(line);
        }
    }
    close();
    endList();
    return html;
}

}  // namespace strata
