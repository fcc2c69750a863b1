// Layout of one graph: boxes with sizes, edges between them, drawn from top to bottom. What strata-layout is asked and
// answers, and a plain layout of our own for when it takes too long.
#pragma once

#include "core/base/result.h"

#include <stop_token>

namespace strata {

struct LayoutRequest {
    struct Box {
        double width = 0, height = 0;
    };
    struct Edge {
        int from = 0, to = 0;       // boxes
        double fromX = 0, toX = 0;  // where it leaves and enters, from the middle of the box; not over the pipe
    };
    std::vector<Box> boxes;  // in an order that stays the same where the graph does
    std::vector<Edge> edges;
    std::vector<int> top, bottom;      // boxes that stand in the first and the last layer; not over the pipe
    double rankGap = 36, boxGap = 24;  // pixels
};

struct Point {
    double x = 0, y = 0;
    friend bool operator==(const Point&, const Point&) = default;
};

struct LayoutAnswer {
    std::vector<Point> centers;             // of the boxes, y downwards
    std::vector<std::vector<Point>> edges;  // a Bezier curve each: start, then groups of three
    double width = 0, height = 0;
    std::string engine;  // "dot", "layered"
};

// Over the worker's pipe.
std::string toJson(const LayoutRequest& request);
std::string toJson(const LayoutAnswer& answer);
Result<LayoutRequest> layoutRequestFromJson(const std::string& json);
Result<LayoutAnswer> layoutAnswerFromJson(const std::string& json);

// Layers by longest path, order by a few barycentre sweeps from the given order, edges as smooth curves that pass
// between the boxes of the layers they cross; those of one port share their way. Time grows with boxes plus ports times
// layers crossed, which is capped.
// Sugiyama, Tagawa, Toda 1981.
LayoutAnswer layeredLayout(const LayoutRequest& request, std::stop_token stop = {});

}  // namespace strata
