// Private to the text form: tokens. Line ends and indentation are tokens, except inside brackets.
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::text {

enum class TokenKind { Name, QuotedName, Integer, Float, String, Symbol, Newline, Indent, Dedent, End };

struct Token {
    TokenKind kind = TokenKind::End;
    std::string text;        // names and strings without quotes and escapes; else as written
    std::size_t offset = 0;  // byte in the source
};

// A parse error: "text:3:7: Expected ...", the line, and a caret under the column.
Error errorAt(std::string_view source, const std::string& file, std::size_t offset, const std::string& sentence,
              const std::string& hint = {});

Result<std::vector<Token>> tokenize(std::string_view source, const std::string& file);

}  // namespace strata::text
