// Times of calls laid over the graph: each box has the sum of the calls that its nodes became, a group that of all its
// members. What has no time is not drawn as fast: its box says how many of its nodes have one.
#pragma once

#include "app/window/models/graph_model.h"

namespace strata {

struct CallTime {
    std::string name;
    double ms = 0;
    std::set<Cursor> nodes;  // of the graph, that the call came from
};

struct BoxHeat {
    double ms = 0, share = 0;  // of the sum of all calls
    QString note;              // "12.5 ms, 34 % of the run, in 5 calls; 5 of 6 nodes have a time"
};
struct Heat {
    std::map<int, BoxHeat> boxes;
    QString legend;  // "colour: share of 36.8 ms, 61 of 64 nodes have a time"
};
Heat heatOf(const GraphPicture& picture, const std::vector<CallTime>& calls);

}  // namespace strata
