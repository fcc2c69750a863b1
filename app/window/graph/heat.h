// A quantity of calls laid over the graph: each box has the sum of the calls that its nodes became, a group that of all
// its members. What has none is not drawn as little: its box says how many of its nodes have one.
#pragma once

#include "app/window/graph/picture.h"

namespace strata {

enum class Overlay { None, Time, Flops, Bytes, Error, Changed };
QString overlayName(Overlay overlay);  // "time"

struct CallFigure {
    std::string name;
    double amount = 0;       // milliseconds, operations, bytes; of errors: the largest, as part of what is allowed
    std::set<Cursor> nodes;  // of the graph, that the call came from
};

struct BoxHeat {
    double amount = 0, share = 0;  // of the sum of all calls; errors do not add up, so that it is the largest
    double shade = 0;              // of the largest box of its level
    QString value;                 // "12.5 ms  34 %"
    QString note;                  // "12.5 ms, 34 % of the run, in 5 calls; 5 of 6 nodes have a time"
    friend bool operator==(const BoxHeat&, const BoxHeat&) = default;
};
struct Heat {
    std::map<int, BoxHeat> boxes;
    QString legend;              // "colour: share of 36.8 ms, 61 of 64 nodes have a time"
    QString title, most, known;  // the same in parts: "time", "12.5 ms", "61 of 64 nodes have a time"
    friend bool operator==(const Heat&, const Heat&) = default;
};
Heat heatOf(const GraphPicture& picture, const std::vector<CallFigure>& calls, Overlay overlay);

}  // namespace strata
