#include "app/window/models/side_by_side.h"

#include <algorithm>

namespace strata {

namespace {

void add(LineDocument& side, PaneLine line)
{
    const int row = static_cast<int>(side.lines.size());
    side.columns = std::max(side.columns, static_cast<int>(line.text.size()));
    for (const Cursor& cursor : line.number == 0 ? std::vector<Cursor>() : line.cursors)
        side.index[cursor].push_back(row);
    side.lines.push_back(std::move(line));
}

}  // namespace

Sides sidesOf(const LineDocument& document)
{
    LineDocument before, after;
    for (LineDocument* side : {&before, &after}) {
        side->added = document.added;
        side->removed = document.removed;
        side->changed = document.changed;
    }
    std::vector<const PaneLine*> gone, come;
    const auto flush = [&] {
        for (std::size_t i = 0; i < std::max(gone.size(), come.size()); ++i) {
            add(before, i < gone.size() ? *gone[i] : PaneLine{{}, DiffKind::Added, -1, {}});
            add(after, i < come.size() ? *come[i] : PaneLine{{}, DiffKind::Removed, -1, {}});
        }
        gone.clear();
        come.clear();
    };
    for (const PaneLine& line : document.lines) {
        if (line.change == DiffKind::Removed) {
            gone.push_back(&line);
        } else if (line.change != DiffKind::Same) {
            come.push_back(&line);
        } else {
            flush();
            PaneLine same = line;
            same.number = -1;  // which it had there is not known
            add(before, std::move(same));
            add(after, line);
        }
    }
    flush();
    return {std::make_shared<const LineDocument>(std::move(before)),
            std::make_shared<const LineDocument>(std::move(after))};
}

}  // namespace strata
