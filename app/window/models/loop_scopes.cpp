#include "app/window/models/loop_scopes.h"

#include <QCoreApplication>

#include <algorithm>

namespace strata {

namespace {

int indentation(const QString& text)
{
    int column = 0;
    while (column < text.size() && text[column] == QLatin1Char(' '))
        ++column;
    return column;
}

LineDocument selected(const LineDocument& document, const std::vector<bool>& kept)
{
    LineDocument result;
    result.added = document.added;
    result.removed = document.removed;
    result.changed = document.changed;
    for (std::size_t i = 0; i < document.lines.size(); ++i) {
        if (!kept[i])
            continue;
        const PaneLine& line = document.lines[i];
        const int row = static_cast<int>(result.lines.size());
        result.columns = std::max(result.columns, static_cast<int>(line.text.size()));
        result.lines.push_back(line);
        for (const Cursor& cursor : line.number > 0 ? line.cursors : std::vector<Cursor>())
            result.index[cursor].push_back(row);
    }
    return result;
}

}  // namespace

std::vector<LoopScope> loopScopes(const LineDocument& document)
{
    std::vector<LoopScope> scopes, open;
    const int count = static_cast<int>(document.lines.size());
    for (int i = 0; i < count; ++i) {
        const PaneLine& line = document.lines[i];
        const int column = indentation(line.text);
        while (!open.empty() && column <= open.back().column) {
            open.back().last = i - 1;
            scopes.push_back(open.back());
            open.pop_back();
        }
        if (!line.cursors.empty() && line.cursors.front().kind == NodeKind::Loop
            && line.text.mid(column).startsWith(QLatin1String("for ")))
            open.push_back({i, i, column, line.cursors.front()});
    }
    for (LoopScope& scope : open) {
        scope.last = count - 1;
        scopes.push_back(scope);
    }
    std::erase_if(scopes, [](const LoopScope& scope) { return scope.last <= scope.line; });
    std::sort(scopes.begin(), scopes.end(), [](const LoopScope& a, const LoopScope& b) { return a.line < b.line; });
    return scopes;
}

LineDocumentPtr folded(const LineDocumentPtr& document, const std::set<Cursor>& loops)
{
    if (!document || loops.empty())
        return document;
    std::vector<bool> kept(document->lines.size(), true);
    std::map<int, int> missing;  // by the line of the loop
    for (const LoopScope& scope : loopScopes(*document)) {
        if (!loops.count(scope.loop) || !kept[scope.line])
            continue;
        std::fill(kept.begin() + scope.line + 1, kept.begin() + scope.last + 1, false);
        missing[scope.line] = scope.last - scope.line;
    }
    if (missing.empty())
        return document;
    LineDocument marked = *document;
    for (const auto& [line, count] : missing)
        marked.lines[line].text += QCoreApplication::translate("LoopScopes", "  … %n line(s)", nullptr, count);
    return std::make_shared<const LineDocument>(selected(marked, kept));
}

void addAccesses(LineDocument& document, const std::string& function, const std::vector<std::string>& buffers)
{
    for (std::size_t row = 0; row < document.lines.size(); ++row) {
        PaneLine& line = document.lines[row];
        if (line.cursors.empty() || line.cursors.front().kind != NodeKind::Block
            || !line.text.contains(QLatin1Char('[')))
            continue;
        for (const std::string& buffer : buffers) {
            const Cursor cursor{function, NodeKind::Buffer, buffer};
            line.cursors.push_back(cursor);
            if (accessesIn(line, cursor).empty())
                line.cursors.pop_back();
            else if (line.number > 0)
                document.index[cursor].push_back(static_cast<int>(row));
        }
    }
}

}  // namespace strata
