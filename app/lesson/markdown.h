// A lesson's words as HTML: paragraphs, lists, `code`, *emphasis* and **strong**, and nothing else of Markdown.
#pragma once

#include <string>

namespace strata {

// `codeStyle` is the style of what is code, as "color:#123456"; "": none.
std::string markdownHtml(const std::string& markdown, const std::string& codeStyle = {});
// Of one paragraph, without the element around it.
std::string markdownLine(const std::string& text, const std::string& codeStyle = {});

}  // namespace strata
