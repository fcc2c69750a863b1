#include "app/window/models/highlighter.h"

#include <QSet>
#include <QString>

namespace strata {

namespace {

bool isWordStart(QChar c)
{
    return c.isLetter() || c == QLatin1Char('_') || c == QLatin1Char('.') || c == QLatin1Char('%')
           || c == QLatin1Char('@');
}
bool isWord(QChar c)
{
    return c.isLetterOrNumber() || c == QLatin1Char('_') || c == QLatin1Char('.') || c == QLatin1Char('$');
}

const QSet<QString>& keywords()
{
    static const QSet<QString> words{"def",     "for",    "in",      "with",      "as",         "block",    "init",
                                     "alloc",   "call",   "return",  "grid",      "vectorized", "parallel", "unrolled",
                                     "bound",   "module", "const",   "intrinsic", "view",       "copy",     "arena",
                                     "spatial", "reduce", "ordered", "if",        "else",       "and",      "or",
                                     "not",     "where",  "reads",   "writes",    "at"};
    return words;
}

const QSet<QString>& wordsOfC()
{
    static const QSet<QString> words{"void",    "int",      "long",     "float",    "double",  "char",     "short",
                                     "half",    "unsigned", "const",    "for",      "if",      "else",     "return",
                                     "restrict", "static",  "__kernel", "__global", "__local", "__private", "kernel",
                                     "uchar",   "ushort",   "uint",     "ulong",    "while",   "typedef",  "struct",
                                     "inline"};
    return words;
}

int wordEnd(QStringView line, int at)
{
    int end = at + 1;
    while (end < line.size() && isWord(line[end]))
        ++end;
    return end;
}

int stringEnd(QStringView line, int at)
{
    int end = at + 1;
    while (end < line.size() && line[end] != line[at])
        end += line[end] == QLatin1Char('\\') ? 2 : 1;
    return qMin<int>(end + 1, line.size());
}

void addWord(std::vector<TokenSpan>& spans, QStringView line, int at, int end, Syntax syntax, bool first)
{
    if (syntax == Syntax::Strata) {
        if (keywords().contains(line.mid(at, end - at).toString()))
            spans.push_back({at, end - at, Token::Keyword});
    } else if (syntax == Syntax::C) {
        if (wordsOfC().contains(line.mid(at, end - at).toString()))
            spans.push_back({at, end - at, Token::Keyword});
    } else if (first) {
        const bool label = end < line.size() && line[end] == QLatin1Char(':');
        spans.push_back({at, end - at, label ? Token::Label : Token::Keyword});
    }
}

}  // namespace

std::vector<TokenSpan> highlight(QStringView line, Syntax syntax)
{
    std::vector<TokenSpan> spans;
    bool first = true;
    for (int at = 0; at < line.size();) {
        const QChar c = line[at];
        int end = at + 1;
        const bool slashes = syntax == Syntax::C && line.mid(at, 2) == QLatin1String("//");
        if (slashes || c == QLatin1Char('#') || (c == QLatin1Char(';') && syntax == Syntax::Assembly)) {
            spans.push_back({at, static_cast<int>(line.size()) - at, Token::Comment});
            break;
        }
        if (c == QLatin1Char('"')) {
            end = stringEnd(line, at);
            spans.push_back({at, end - at, Token::String});
        } else if (isWordStart(c)) {
            end = wordEnd(line, at);
            addWord(spans, line, at, end, syntax, first);
            first = false;
        } else if (c.isDigit()) {
            end = wordEnd(line, at);
            spans.push_back({at, end - at, Token::Number});
        }
        at = end;
    }
    return spans;
}

}  // namespace strata
