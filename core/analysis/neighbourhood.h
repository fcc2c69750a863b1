// The executions around a conflict, as grids over the iterators of its blocks: in which order they run, and who needs
// whom among them. What the picture of a refusal draws.
#pragma once

#include "core/analysis/dependence.h"

namespace strata {

struct GridAxis {
    std::string name;  // the iterator; empty: there is but one
    std::int64_t first = 0, count = 1, extent = 1;
};

// Where an execution runs among those of all grids: 1, 2, ...; equal: at the same time; 0: it does not run.
struct GridCell {
    int now = 0, asked = 0;
    friend bool operator==(const GridCell&, const GridCell&) = default;
};

struct InstanceGrid {
    std::string block;  // its init part: NAME_init
    GridAxis rows, columns;
    std::vector<std::pair<std::string, std::int64_t>> fixed;  // the other iterators
    std::vector<GridCell> cells;                              // row by row

    const GridCell& at(std::int64_t row, std::int64_t column) const
    {
        return cells[std::size_t(row * columns.count + column)];
    }
};

struct GridPlace {
    int grid = 0;
    std::int64_t row = 0, column = 0;  // from the grid's corner
    friend bool operator==(const GridPlace&, const GridPlace&) = default;
};

struct Neighbourhood {
    std::vector<InstanceGrid> grids;  // one where both executions are of one block and lie close, else two
    GridPlace first, second;          // the two of the conflict: `first` comes before `second` now
    // Pairs with a dependence of the conflict's kind through its buffer, from the one that comes first now.
    std::vector<std::pair<GridPlace, GridPlace>> needs;
    bool hasAsked = false;
};

// nullopt where the blocks are not found, an index of a loop is not affine, or iterations are as many as a size says.
// `asked`: nullptr if it is not known.
std::optional<Neighbourhood> neighbourhoodOf(const Conflict& conflict, const Function& now, const Function* asked,
                                             const Module* module);

}  // namespace strata
