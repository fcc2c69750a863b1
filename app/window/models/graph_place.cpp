// Between a picture and the layout: a hull with its boxes and ghosts is one box to the layout, and divided here.
#include "app/window/models/graph_model.h"

#include <algorithm>

namespace strata {

namespace {

constexpr double pad = 14, labelHeight = 22, between = 12;

// Index of the layout's box for each box of the picture; hulls come where their first box is, so that the order stays
// the same.
struct Mapping {
    std::vector<int> target;
    std::vector<LayoutRequest::Box> sizes;
};

double rowWidth(const GraphPicture& picture, const std::vector<int>& boxes)
{
    double width = 0;
    for (const int box : boxes)
        width += picture.boxes[box].rect.width() + between;
    return std::max(0.0, width - between);
}

double rowHeight(const GraphPicture& picture, const std::vector<int>& boxes)
{
    double height = 0;
    for (const int box : boxes)
        height = std::max(height, picture.boxes[box].rect.height());
    return height;
}

LayoutRequest::Box hullSize(const GraphPicture& picture, const GraphHull& hull)
{
    const double width = std::max(
        {rowWidth(picture, hull.boxes), rowWidth(picture, hull.ghosts), hull.label.size() * 6.2});
    return {width + 2 * pad,
            labelHeight + rowHeight(picture, hull.boxes) + between + rowHeight(picture, hull.ghosts) + pad};
}

Mapping mapping(const GraphPicture& picture)
{
    std::vector<int> hullOf(picture.boxes.size(), -1);
    for (int h = 0; h < static_cast<int>(picture.hulls.size()); ++h)
        for (const auto* list : {&picture.hulls[h].boxes, &picture.hulls[h].ghosts})
            for (const int box : *list)
                hullOf[box] = h;
    Mapping map{std::vector<int>(picture.boxes.size(), -1), {}};
    std::vector<int> ofHull(picture.hulls.size(), -1);
    for (std::size_t i = 0; i < picture.boxes.size(); ++i) {
        const int h = hullOf[i];
        if (h < 0 || ofHull[h] < 0) {
            const int at = static_cast<int>(map.sizes.size());
            map.sizes.push_back(h < 0
                                    ? LayoutRequest::Box{picture.boxes[i].rect.width(), picture.boxes[i].rect.height()}
                                    : hullSize(picture, picture.hulls[h]));
            if (h >= 0)
                ofHull[h] = at;
            map.target[i] = at;
        } else {
            map.target[i] = ofHull[h];
        }
    }
    return map;
}

void placeRow(GraphPicture& picture, const std::vector<int>& boxes, double centre, double top)
{
    double x = centre - rowWidth(picture, boxes) / 2;
    for (const int box : boxes) {
        QRectF& rect = picture.boxes[box].rect;
        rect.moveTo(x, top);
        x += rect.width() + between;
    }
}

}  // namespace

LayoutRequest layoutRequest(const GraphPicture& picture)
{
    const Mapping map = mapping(picture);
    LayoutRequest request;
    request.boxes = map.sizes;
    for (const GraphEdge& edge : picture.edges)
        if (map.target[edge.from] != map.target[edge.to])
            request.edges.push_back({map.target[edge.from], map.target[edge.to]});
    return request;
}

void place(GraphPicture& picture, const LayoutAnswer& answer)
{
    const Mapping map = mapping(picture);
    for (std::size_t i = 0; i < picture.boxes.size(); ++i) {
        const Point center = answer.centers[map.target[i]];
        picture.boxes[i].rect.moveCenter({center.x, center.y});
    }
    for (GraphHull& hull : picture.hulls) {
        const auto size = hullSize(picture, hull);
        const Point center = answer.centers[map.target[hull.boxes.front()]];
        hull.rect = QRectF(center.x - size.width / 2, center.y - size.height / 2, size.width, size.height);
        const double top = hull.rect.top() + labelHeight;
        placeRow(picture, hull.boxes, center.x, top);
        placeRow(picture, hull.ghosts, center.x, top + rowHeight(picture, hull.boxes) + between);
    }
    std::size_t next = 0;
    for (GraphEdge& edge : picture.edges)
        if (map.target[edge.from] != map.target[edge.to] && next < answer.edges.size())
            edge.curve = answer.edges[next++];
    picture.bounds = QRectF(0, 0, answer.width, answer.height);
    picture.engine = QString::fromStdString(answer.engine);
}

}  // namespace strata
