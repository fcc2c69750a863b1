// Where the texts of edges stand: beside their edge, clear of boxes and of each other, and where that goes clear of
// edges, too.
#pragma once

#include "app/layout/layout.h"

#include <optional>

namespace strata {

struct Area {
    double left = 0, top = 0, right = 0, bottom = 0;
    bool meets(const Area& other) const
    {
        return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
    }
};

struct LabelRequest {
    struct Label {
        int curve = 0;  // that it belongs to
        double width = 0;
    };
    std::vector<Area> taken;                 // by boxes, and by what else is written
    std::vector<std::vector<Point>> curves;  // of all edges, as LayoutAnswer has them, and other lines to keep off
    std::vector<Label> labels;               // the first have the choice
    double height = 12;
    bool sideways = false;  // edges run from left to right: labels stand above or below them
};

// nullopt: there is no room beside the edge, or hardly any edge.
std::vector<std::optional<Area>> placeLabels(const LabelRequest& request);

}  // namespace strata
