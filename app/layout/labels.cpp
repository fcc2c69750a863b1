// Greedy: places along the edge are tried from its start on, on the side that it bends away from before the other; the
// first that meets neither box nor text nor line is taken, else the one of them that meets the fewest lines.
#include "app/layout/labels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <unordered_map>

namespace strata {

namespace {

constexpr double cell = 64, leastLength = 24, farthest = 400;  // pixels
constexpr double beside = 6, above = 3, firstDown = 12, stepDown = 15, firstRight = 6, stepRight = 20;
constexpr int piecesOfCurve = 8;

struct Segment {
    Point a, b;

    Area around() const
    {
        return {std::min(a.x, b.x), std::min(a.y, b.y), std::max(a.x, b.x) + 0.1, std::max(a.y, b.y) + 0.1};
    }

    // Clipped to the area between its sides, then between its top and bottom: is anything left? (Liang, Barsky 1984.)
    bool meets(const Area& area) const
    {
        double from = 0, to = 1;
        const auto clip = [&](double start, double along, double low, double high) {
            if (std::abs(along) < 1e-9)
                return start > low && start < high;
            double enters = (low - start) / along, leaves = (high - start) / along;
            if (enters > leaves)
                std::swap(enters, leaves);
            from = std::max(from, enters);
            to = std::min(to, leaves);
            return from < to;
        };
        return clip(a.x, b.x - a.x, area.left, area.right) && clip(a.y, b.y - a.y, area.top, area.bottom);
    }
};

std::vector<Point> flattened(const std::vector<Point>& curve)
{
    std::vector<Point> points;
    if (!curve.empty())
        points.push_back(curve.front());
    for (std::size_t i = 1; i + 2 < curve.size(); i += 3)
        for (int piece = 1; piece <= piecesOfCurve; ++piece) {
            const double t = double(piece) / piecesOfCurve, s = 1 - t;
            const double weights[]{s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t};
            Point at;
            for (std::size_t k = 0; k < 4; ++k) {
                at.x += weights[k] * curve[i - 1 + k].x;
                at.y += weights[k] * curve[i - 1 + k].y;
            }
            points.push_back(at);
        }
    return points;
}

double lengthOf(const std::vector<Point>& points)
{
    double length = 0;
    for (std::size_t i = 1; i < points.size(); ++i)
        length += std::hypot(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y);
    return length;
}

// What lies near an area, without a look at all there is.
template<typename Thing>
class Cells {
public:
    void add(const Area& around, const Thing& thing)
    {
        const int index = static_cast<int>(m_things.size());
        m_things.push_back(thing);
        eachCell(around, [&](std::int64_t key) { m_cells[key].push_back(index); });
    }

    // Some may be visited more than once.
    template<typename Visit>
    void near(const Area& area, const Visit& visit) const
    {
        eachCell(area, [&](std::int64_t key) {
            if (const auto found = m_cells.find(key); found != m_cells.end())
                for (const int index : found->second)
                    visit(index, m_things[std::size_t(index)]);
        });
    }

private:
    template<typename Visit>
    static void eachCell(const Area& area, const Visit& visit)
    {
        const auto at = [](double pixel) { return static_cast<std::int64_t>(std::floor(pixel / cell)); };
        for (std::int64_t row = at(area.top); row <= at(area.bottom); ++row)
            for (std::int64_t column = at(area.left); column <= at(area.right); ++column)
                visit(row * (std::int64_t(1) << 32) + column);
    }

    std::vector<Thing> m_things;
    std::unordered_map<std::int64_t, std::vector<int>> m_cells;
};

class Labeler {
public:
    explicit Labeler(const LabelRequest& request)
        : m_request(request)
    {
        for (const Area& area : request.taken)
            m_taken.add(area, area);
        for (const auto& curve : request.curves) {
            m_points.push_back(flattened(curve));
            for (std::size_t i = 1; i < m_points.back().size(); ++i) {
                const Segment segment{m_points.back()[i - 1], m_points.back()[i]};
                m_lines.add(segment.around(), segment);
            }
        }
    }

    std::optional<Area> place(const LabelRequest::Label& label)
    {
        const std::vector<Point>& points = m_points[std::size_t(label.curve)];
        if (lengthOf(points) < leastLength)
            return std::nullopt;
        std::optional<Area> best;
        std::size_t fewest = 0;
        eachPlace(points, label.width, [&](const Area& area) {
            if (!isFree(area))
                return true;
            const std::size_t crossed = linesIn(area);
            if (!best || crossed < fewest) {
                best = area;
                fewest = crossed;
            }
            return fewest > 0;
        });
        if (best)
            m_taken.add(*best, *best);
        return best;
    }

private:
    // Until `visit` says that it is enough.
    template<typename Visit>
    void eachPlace(const std::vector<Point>& points, double width, const Visit& visit) const
    {
        const bool sideways = m_request.sideways;
        const double height = m_request.height, first = sideways ? firstRight : firstDown,
                     step = sideways ? stepRight : stepDown;
        const Point start = points.front(), end = points.back();
        // Where two edges leave a box each has its text on its outer side.
        const bool before = sideways ? end.y > start.y - 4 : start.x < end.x - 4;
        double walked = 0, next = first;
        for (std::size_t i = 1; i < points.size() && next < farthest; ++i) {
            const Point a = points[i - 1], b = points[i];
            const double length = std::hypot(b.x - a.x, b.y - a.y);
            for (; next <= walked + length && next < farthest; next += step) {
                const double share = length > 0 ? (next - walked) / length : 0;
                const Point at{a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)};
                for (const bool isBefore : {before, !before}) {
                    const double left = sideways ? at.x : isBefore ? at.x - beside - width : at.x + beside;
                    const double top = !sideways ? at.y - height / 2 : isBefore ? at.y - above - height : at.y + above;
                    if (!visit(Area{left, top, left + width, top + height}))
                        return;
                }
            }
            walked += length;
        }
    }

    bool isFree(const Area& area) const
    {
        bool free = true;
        m_taken.near(area, [&](int, const Area& taken) { free = free && !area.meets(taken); });
        return free;
    }

    std::size_t linesIn(const Area& area) const
    {
        std::vector<int> crossed;
        m_lines.near(area, [&](int index, const Segment& line) {
            if (line.meets(area))
                crossed.push_back(index);
        });
        std::sort(crossed.begin(), crossed.end());
        return std::size_t(std::unique(crossed.begin(), crossed.end()) - crossed.begin());
    }

    const LabelRequest& m_request;
    std::vector<std::vector<Point>> m_points;
    Cells<Area> m_taken;
    Cells<Segment> m_lines;
};

}  // namespace

std::vector<std::optional<Area>> placeLabels(const LabelRequest& request)
{
    Labeler labeler(request);
    std::vector<std::optional<Area>> placed;
    for (const LabelRequest::Label& label : request.labels)
        placed.push_back(labeler.place(label));
    return placed;
}

}  // namespace strata
