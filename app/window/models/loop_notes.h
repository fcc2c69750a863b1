// What stands beside the loops of a text: how often each turns, what it touches while it runs once, the cache that
// holds that, and what its iterations have in common.
#pragma once

#include "app/window/models/line_document.h"
#include "core/analysis/footprint.h"

namespace strata {

// Beside a line: as columns where the pane is wide enough for all of them, else in short where there is room for that;
// `tip` says it in sentences.
struct MarginNote {
    QString full, brief, tip;
    bool must = false;  // there has to be room: the pane can be scrolled to it
    friend bool operator==(const MarginNote&, const MarginNote&) = default;
};
using MarginNotes = std::map<int, MarginNote>;  // by the number of the line

MarginNotes loopNotes(const LineDocument& document, const std::vector<LoopFootprint>& loops, const Target& target);

// The same of one loop, as rows of name and value.
std::vector<std::pair<QString, QString>> footprintRows(const LoopFootprint& loop, const Target& target);

// "L1", "L2", "L3" or "memory": the smallest that holds so many bytes; "registers" for none.
QString cacheThatHolds(std::int64_t lineBytes, const Target& target);

}  // namespace strata
