// Differences between two states, level by level.
#pragma once

#include "core/text/text.h"

namespace strata {

enum class DiffKind { Same, Added, Removed, Changed };

// One line of a text diff. `before` and `after` are 0-based lines, -1 where there is none.
struct DiffLine {
    DiffKind change =
        DiffKind::Same;  // Changed: stands for a removed and an added line that differ little (both numbers set)
    int before = -1, after = -1;
    friend bool operator==(const DiffLine&, const DiffLine&) = default;
};
struct TextDiff {
    std::vector<DiffLine> lines;
    int added = 0, removed = 0, changed = 0;
};
// Myers' O(ND) over lines, with a bound after which the rest counts as replaced.
TextDiff diffLines(const std::vector<std::string>& before, const std::vector<std::string>& after);
TextDiff diffLines(const std::vector<TextLine>& before, const std::vector<TextLine>& after);
// Unified text with "+ ", "- ", "  " in front; `context` lines around changes, all if negative.
std::string render(const TextDiff& diff, const std::vector<std::string>& before, const std::vector<std::string>& after,
                   int context = -1);

// Graph nodes of two states of a graph function, through forwarding: groups of old nodes that became groups of new
// ones.
struct GraphChange {
    DiffKind change = DiffKind::Same;
    std::vector<std::string> before, after;  // node names; 3 and 1 for a fusion
};
std::vector<GraphChange> diffGraphs(const Function& before, const Function& after, const Forwarding& forwarding);

// Functions by name: same pointer is Same.
struct FunctionChange {
    std::string name;
    DiffKind change;
};
std::vector<FunctionChange> diffModules(const Module& before, const Module& after, const Forwarding& forwarding);

}  // namespace strata
