#include "app/window/models/line_document.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <optional>

namespace strata {

namespace {

std::size_t indentation(const std::string& text) { return std::min(text.find_first_not_of(' '), text.size()); }

// Panes are narrow: indentation is shown at half its width.
QString shown(const std::string& line) { return QString::fromStdString(line.substr(indentation(line) / 2)); }

}  // namespace

QString asShown(const std::string& text)
{
    QStringList lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines << shown(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines.join(QLatin1Char('\n'));
}

namespace {

// A line that only moved to another depth did not change: what put it there did.
std::vector<std::string> withoutIndentation(const std::vector<TextLine>& lines)
{
    std::vector<std::string> texts;
    for (const TextLine& line : lines)
        texts.push_back(line.text.substr(indentation(line.text)));
    return texts;
}

void append(LineDocument& document, const TextLine& line, DiffKind change, int number)
{
    const int row = static_cast<int>(document.lines.size());
    const QString text = shown(line.text);
    document.columns = std::max(document.columns, static_cast<int>(text.size()));
    document.lines.push_back({text, change, number, line.cursors});
    if (number == 0)
        return;
    for (const Cursor& cursor : line.cursors)
        document.index[cursor].push_back(row);
}

bool isWord(QChar c) { return c.isLetterOrNumber() || c == QLatin1Char('_'); }

// The first place where a text stands alone, not as a part of a longer word; -1: none.
int standsAt(const QString& line, const QString& word)
{
    for (qsizetype at = line.indexOf(word); at >= 0; at = line.indexOf(word, at + 1)) {
        const qsizetype end = at + word.size();
        const bool joined = (at > 0 && isWord(line[at - 1]) && isWord(word.front()))
                            || (end < line.size() && isWord(line[end]) && isWord(word.back()));
        if (!joined)
            return static_cast<int>(at);
    }
    return -1;
}

// A name that is no identifier stands in backquotes; such a one may equal a keyword that stands there as well.
std::optional<NameSpan> spanOf(const QString& line, const QString& name)
{
    for (const QString& form : {QLatin1Char('`') + name + QLatin1Char('`'), name})
        if (const int at = standsAt(line, form); at >= 0)
            return NameSpan{at, static_cast<int>(form.size()), 0};
    return std::nullopt;
}

// Words, and other characters one by one.
std::vector<std::pair<int, int>> wordsOf(const QString& text)
{
    std::vector<std::pair<int, int>> words;
    for (int at = 0; at < text.size();) {
        int end = at + 1;
        while (isWord(text[at]) && end < text.size() && isWord(text[end]))
            ++end;
        if (!text[at].isSpace())
            words.emplace_back(at, end - at);
        at = end;
    }
    return words;
}

// Which words of two lines are in their longest common subsequence.
std::pair<std::vector<bool>, std::vector<bool>> common(const QStringList& a, const QStringList& b)
{
    const int n = static_cast<int>(a.size()), m = static_cast<int>(b.size());
    std::vector<std::vector<int>> longest(n + 1, std::vector<int>(m + 1));
    for (int i = n - 1; i >= 0; --i)
        for (int j = m - 1; j >= 0; --j)
            longest[i][j] = a[i] == b[j] ? longest[i + 1][j + 1] + 1 : std::max(longest[i + 1][j], longest[i][j + 1]);
    std::pair<std::vector<bool>, std::vector<bool>> kept{std::vector<bool>(n), std::vector<bool>(m)};
    for (int i = 0, j = 0; i < n && j < m;) {
        if (a[i] == b[j])
            kept.first[i++] = kept.second[j++] = true;
        else
            longest[i + 1][j] >= longest[i][j + 1] ? ++i : ++j;
    }
    return kept;
}

// Lines that have little in common are another, not a changed one: their marks would say nothing.
void markDifference(PaneLine& before, PaneLine& after)
{
    constexpr std::size_t most = 400;  // words of a line that are compared
    const auto a = wordsOf(before.text), b = wordsOf(after.text);
    if (a.size() > most || b.size() > most)
        return;
    const auto texts = [](const PaneLine& line, const std::vector<std::pair<int, int>>& words) {
        QStringList list;
        for (const auto& [start, length] : words)
            list << line.text.mid(start, length);
        return list;
    };
    const auto kept = common(texts(before, a), texts(after, b));
    const auto shared = static_cast<std::size_t>(std::count(kept.first.begin(), kept.first.end(), true));
    if (2 * shared < std::max(a.size(), b.size()))
        return;
    const auto mark = [](PaneLine& line, const std::vector<std::pair<int, int>>& words, const std::vector<bool>& same) {
        for (std::size_t i = 0; i < words.size(); ++i)
            if (!same[i] && !QStringLiteral(",()[]:").contains(line.text[words[i].first]))
                line.marks.push_back(words[i]);
    };
    mark(before, a, kept.first);
    mark(after, b, kept.second);
}

// What is gone stands above what came in its place, line by line.
void markDifferences(std::vector<PaneLine>& lines)
{
    const auto runFrom = [&lines](std::size_t at, DiffKind kind) {
        while (at < lines.size() && lines[at].change == kind)
            ++at;
        return at;
    };
    for (std::size_t at = 0; at < lines.size();) {
        const std::size_t middle = runFrom(at, DiffKind::Removed), end = runFrom(middle, DiffKind::Added);
        for (std::size_t i = 0; i < std::min(middle - at, end - middle); ++i)
            markDifference(lines[at + i], lines[middle + i]);
        at = std::max(end, at + 1);
    }
}

}  // namespace

std::vector<std::pair<int, int>> accessesIn(const PaneLine& line, const Cursor& buffer)
{
    std::vector<std::pair<int, int>> places;
    const QString plain = QString::fromStdString(buffer.name);
    for (const QString& name : {plain, QLatin1Char('`') + plain + QLatin1Char('`')})
        for (qsizetype at = line.text.indexOf(name + QLatin1Char('[')); at >= 0;
             at = line.text.indexOf(name + QLatin1Char('['), at + 1))
            if (at == 0 || (!isWord(line.text[at - 1]) && line.text[at - 1] != QLatin1Char('`')))
                places.emplace_back(static_cast<int>(at), static_cast<int>(name.size()));
    return places;
}

std::vector<NameSpan> namesIn(const PaneLine& line)
{
    std::vector<NameSpan> spans;
    for (std::size_t i = 0; i < line.cursors.size(); ++i) {
        const Cursor& cursor = line.cursors[i];
        const QString name = QString::fromStdString(cursor.name.empty() ? cursor.function : cursor.name);
        const auto accesses = cursor.kind == NodeKind::Buffer ? accessesIn(line, cursor)
                                                              : std::vector<std::pair<int, int>>();
        for (const auto& [start, length] : accesses)
            spans.push_back({start, length, static_cast<int>(i)});
        if (!accesses.empty())
            continue;
        if (auto span = name.isEmpty() ? std::nullopt : spanOf(line.text, name)) {
            span->cursor = static_cast<int>(i);
            spans.push_back(*span);
        }
    }
    std::sort(spans.begin(), spans.end(), [](const NameSpan& a, const NameSpan& b) { return a.start < b.start; });
    return spans;
}

LineDocument makeDocument(const std::vector<TextLine>& lines)
{
    LineDocument document;
    for (std::size_t i = 0; i < lines.size(); ++i)
        append(document, lines[i], DiffKind::Same, static_cast<int>(i) + 1);
    return document;
}

LineDocument makeDocument(const std::vector<TextLine>& before, const std::vector<TextLine>& after, ChangedLines changed)
{
    const TextDiff diff = diffLines(withoutIndentation(before), withoutIndentation(after));
    LineDocument document;
    for (const DiffLine& line : diff.lines) {
        const bool old = line.change == DiffKind::Removed
                         || (line.change == DiffKind::Changed && changed == ChangedLines::Pairs);
        if (old)
            append(document, before[line.before], DiffKind::Removed, 0);
        if (line.change == DiffKind::Changed && changed == ChangedLines::Pairs) {
            append(document, after[line.after], DiffKind::Added, line.after + 1);
        } else if (line.change != DiffKind::Removed)
            append(document, after[line.after], line.change, line.after + 1);
    }
    if (changed == ChangedLines::Pairs)
        markDifferences(document.lines);
    const int both = changed == ChangedLines::Pairs ? diff.changed : 0;
    document.added = diff.added + both;
    document.removed = diff.removed + both;
    document.changed = diff.changed - both;
    return document;
}

int LineDocument::nextChange(int line, bool forward) const
{
    const int count = static_cast<int>(lines.size());
    const auto begins = [this](int i) {
        return lines[i].change != DiffKind::Same && (i == 0 || lines[i - 1].change == DiffKind::Same);
    };
    for (int i = forward ? line + 1 : line - 1; i >= 0 && i < count; i += forward ? 1 : -1)
        if (begins(i))
            return i;
    return -1;
}

std::set<int> LineDocument::linesOf(const std::set<Cursor>& cursors) const
{
    std::set<int> innermost, all;
    for (const Cursor& cursor : cursors) {
        const auto found = index.find(cursor);
        if (found == index.end())
            continue;
        for (const int row : found->second) {
            all.insert(row);
            if (lines[row].cursors.front() == cursor)
                innermost.insert(row);
        }
    }
    return innermost.empty() ? all : innermost;
}

QString LineDocument::text(int first, int last) const
{
    QStringList parts;
    for (int i = std::max(first, 0); i <= last && i < static_cast<int>(lines.size()); ++i)
        parts << QString(lines[i].text.size() - lines[i].text.trimmed().size(), QLatin1Char(' ')) + lines[i].text;
    return parts.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

QStringList LineDocument::shownLines() const
{
    QStringList all;
    for (const PaneLine& line : lines)
        if (line.number > 0)
            all << line.text;
    return all;
}

LineDocument interleaved(const LineDocument& listing, const LineDocument& source)
{
    LineDocument both;
    both.added = listing.added;
    both.removed = listing.removed;
    both.changed = listing.changed;
    const auto append = [&](PaneLine line) {
        both.columns = std::max(both.columns, static_cast<int>(line.text.size()));
        if (line.number != 0)
            for (const Cursor& cursor : line.cursors)
                both.index[cursor].push_back(static_cast<int>(both.lines.size()));
        both.lines.push_back(std::move(line));
    };
    int last = -1;
    for (const PaneLine& line : listing.lines) {
        const std::set<int> from = line.cursors.empty() ? std::set<int>() : source.linesOf({line.cursors.front()});
        if (!from.empty() && *from.begin() != last) {
            last = *from.begin();
            PaneLine above = source.lines[std::size_t(last)];
            append({above.text.trimmed(), DiffKind::Same, -1, above.cursors, {}, above.number});
        }
        append(line);
    }
    return both;
}

QString summary(const LineDocument& document)
{
    if (!document.differs())
        return QCoreApplication::translate("LineDocument", "no change");
    QStringList parts;
    if (document.added)
        parts << QStringLiteral("+%1").arg(document.added);
    if (document.removed)
        parts << QStringLiteral("−%1").arg(document.removed);
    if (document.changed)
        parts << QStringLiteral("~%1").arg(document.changed);
    return parts.join(QLatin1Char(' '));
}

}  // namespace strata
