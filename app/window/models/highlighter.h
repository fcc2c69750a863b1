// Colours of one line of text, found by looking at that line alone.
#pragma once

#include <QStringView>

#include <vector>

namespace strata {

enum class Syntax { Strata, Assembly, C };
enum class Token { Keyword, Number, String, Comment, Label };

struct TokenSpan {
    int start = 0, length = 0;
    Token token = Token::Keyword;
    friend bool operator==(const TokenSpan&, const TokenSpan&) = default;
};

std::vector<TokenSpan> highlight(QStringView line, Syntax syntax);

}  // namespace strata
