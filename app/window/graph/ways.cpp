#include "app/window/graph/ways.h"

#include <algorithm>

namespace strata {

int boxAlong(const GraphPicture& picture, int box, bool forward)
{
    for (const GraphEdge& edge : picture.edges)
        if ((forward ? edge.from : edge.to) == box)
            return forward ? edge.to : edge.from;
    return -1;
}

int boxBeside(const GraphPicture& picture, int box, bool forward)
{
    const auto placed = [&picture](int i) {
        const QRectF& rect = picture.boxes[i].rect;
        return picture.direction == GraphDirection::Right ? QRectF(rect.y(), rect.x(), rect.height(), rect.width())
                                                          : rect;
    };
    const QRectF own = placed(box);
    const int count = static_cast<int>(picture.boxes.size());
    int best = -1;
    double nearest = 0;
    for (int i = 0; i < count; ++i) {
        const QRectF rect = placed(i);
        const double distance = forward ? rect.left() - own.right() : own.left() - rect.right();
        const bool level = rect.top() < own.bottom() && rect.bottom() > own.top();
        if (i != box && level && distance >= 0 && (best < 0 || distance < nearest)) {
            best = i;
            nearest = distance;
        }
    }
    return best >= 0 ? best : (box + (forward ? 1 : count - 1)) % count;
}

std::vector<int> changedBoxes(const GraphPicture& picture)
{
    std::vector<int> changed;
    for (int i = 0; i < static_cast<int>(picture.boxes.size()); ++i) {
        const GraphBox& box = picture.boxes[i];
        if (box.change != DiffKind::Same && box.kind != GraphBox::Kind::Ghost && box.kind != GraphBox::Kind::Frame)
            changed.push_back(i);
    }
    const bool sideways = picture.direction == GraphDirection::Right;
    const auto place = [&](int i) {
        const QRectF& rect = picture.boxes[i].rect;
        return sideways ? std::pair(rect.left(), rect.top()) : std::pair(rect.top(), rect.left());
    };
    std::stable_sort(changed.begin(), changed.end(), [&](int a, int b) { return place(a) < place(b); });
    return changed;
}

}  // namespace strata
