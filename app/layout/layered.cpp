#include "app/layout/layout.h"

#include <algorithm>
#include <map>

namespace strata {

namespace {

constexpr int orderSweeps = 12, alignSweeps = 25;  // the last one downwards, which makes chains straight
constexpr std::size_t mostBends = 50'000;          // above, long edges go straight
constexpr double bendWidth = 6;

// Where an edge passes a layer between its ends is a bend: a box without height. All edges of one port share theirs.
struct Layering {
    struct Link {
        int to = 0;
        double fromX = 0, toX = 0, weight = 1;  // offsets from the centres
    };

    const LayoutRequest& request;
    std::stop_token stop;
    std::vector<LayoutRequest::Box> sizes;
    std::vector<std::vector<Link>> in, out;
    std::vector<std::vector<int>> bendsOfEdge;
    std::vector<int> layer, place;  // place: index in its layer
    std::vector<std::vector<int>> layers;
    std::vector<Point> centers;
    std::vector<double> tops, bottoms;  // of the layers

    Layering(const LayoutRequest& r, std::stop_token token)
        : request(r)
        , stop(std::move(token))
        , sizes(r.boxes)
        , bendsOfEdge(r.edges.size())
        , layer(r.boxes.size(), 0)
    {
    }

    bool isBend(int box) const { return box >= static_cast<int>(request.boxes.size()); }

    // Kahn's order, so that a deep chain costs no stack; boxes on a cycle (none in a dataflow graph) stay where they
    // are.
    void assignLayers()
    {
        const std::size_t count = sizes.size();
        std::vector<std::vector<int>> next(count);
        std::vector<int> open(count, 0), queue;
        std::vector<bool> hasIn(count, false), isTop(count, false);
        for (const auto& edge : request.edges)
            if (edge.from != edge.to) {
                next[edge.from].push_back(edge.to);
                ++open[edge.to];
                hasIn[edge.to] = true;
            }
        for (const int box : request.top)
            isTop[box] = true;
        for (std::size_t i = 0; i < count; ++i) {
            layer[i] = !request.top.empty() && !isTop[i] ? 1 : 0;
            if (open[i] == 0)
                queue.push_back(static_cast<int>(i));
        }
        for (std::size_t at = 0; at < queue.size(); ++at)
            for (const int to : next[queue[at]]) {
                layer[to] = std::max(layer[to], layer[queue[at]] + 1);
                if (--open[to] == 0)
                    queue.push_back(to);
            }
        pullSourcesDown(next, hasIn, isTop);
        const int last = layer.empty() ? 0 : *std::max_element(layer.begin(), layer.end());
        for (const int box : request.bottom)
            layer[box] = std::max(layer[box], last);
    }

    // A source stands right above its first reader, not at the top.
    void pullSourcesDown(const std::vector<std::vector<int>>& next, const std::vector<bool>& hasIn,
                         const std::vector<bool>& isTop)
    {
        for (std::size_t i = 0; i < layer.size(); ++i) {
            if (hasIn[i] || next[i].empty() || isTop[i])
                continue;
            int first = layer[next[i].front()];
            for (const int to : next[i])
                first = std::min(first, layer[to]);
            layer[i] = std::max(layer[i], first - 1);
        }
    }

    void link(int from, int to, double fromX, double toX)
    {
        const double weight = isBend(from) && isBend(to) ? 8 : isBend(from) || isBend(to) ? 2 : 1;
        out[from].push_back({to, fromX, toX, weight});
        in[to].push_back({from, toX, fromX, weight});
    }

    void addLinks()
    {
        std::size_t needed = 0;
        for (const auto& edge : request.edges)
            needed += std::max(0, layer[edge.to] - layer[edge.from] - 1);
        in.resize(sizes.size());
        out.resize(sizes.size());
        std::map<std::pair<int, double>, std::vector<int>> chains;  // by port: its bends, downwards
        for (std::size_t e = 0; e < request.edges.size(); ++e) {
            const auto& edge = request.edges[e];
            const int bends = layer[edge.to] - layer[edge.from] - 1;
            if (bends < 0 || needed > mostBends)
                continue;
            std::vector<int>& chain = chains[{edge.from, edge.fromX}];
            while (static_cast<int>(chain.size()) < bends)
                addBend(edge, chain);
            bendsOfEdge[e].assign(chain.begin(), chain.begin() + bends);
            if (bends == 0)
                link(edge.from, edge.to, edge.fromX, edge.toX);
            else
                link(bendsOfEdge[e].back(), edge.to, 0, edge.toX);
        }
    }

    void addBend(const LayoutRequest::Edge& edge, std::vector<int>& chain)
    {
        const int bend = static_cast<int>(sizes.size()), before = chain.empty() ? edge.from : chain.back();
        sizes.push_back({bendWidth, 0});
        layer.push_back(layer[before] + 1);
        in.emplace_back();
        out.emplace_back();
        link(before, bend, chain.empty() ? edge.fromX : 0, 0);
        chain.push_back(bend);
    }

    void fillLayers()
    {
        layers.resize(layer.empty() ? 0 : *std::max_element(layer.begin(), layer.end()) + 1);
        place.resize(layer.size());
        for (std::size_t i = 0; i < layer.size(); ++i) {
            place[i] = static_cast<int>(layers[layer[i]].size());
            layers[layer[i]].push_back(static_cast<int>(i));
        }
    }

    double barycentre(int box, const std::vector<std::vector<Link>>& neighbours) const
    {
        if (neighbours[box].empty())
            return place[box];
        double sum = 0;
        for (const Link& other : neighbours[box])
            sum += (place[other.to] + other.toX / (sizes[other.to].width + 1)) * (layers[layer[box]].size() + 1.0)
                   / (layers[layer[other.to]].size() + 1.0);
        return sum / neighbours[box].size();
    }

    void orderLayers()
    {
        for (int sweep = 0; sweep < orderSweeps && !stop.stop_requested(); ++sweep) {
            const bool down = sweep % 2 == 0;
            for (std::size_t step = 0; step < layers.size(); ++step) {
                auto& row = layers[down ? step : layers.size() - 1 - step];
                std::vector<std::pair<double, int>> keyed;
                for (const int box : row)
                    keyed.emplace_back(barycentre(box, down ? in : out), box);
                std::stable_sort(keyed.begin(), keyed.end(),
                                 [](const auto& a, const auto& b) { return a.first < b.first; });
                for (std::size_t i = 0; i < row.size(); ++i)
                    place[row[i] = keyed[i].second] = static_cast<int>(i);
            }
        }
    }

    void assignPositions()
    {
        centers.resize(layer.size());
        double y = 0;
        for (const auto& row : layers) {
            double height = 0, x = 0;
            for (const int box : row) {
                height = std::max(height, sizes[box].height);
                centers[box].x = x + sizes[box].width / 2;
                x += sizes[box].width + request.boxGap;
            }
            for (const int box : row) {
                centers[box].x -= (x - request.boxGap) / 2;  // rows are centred, then pulled towards their neighbours
                centers[box].y = y + height / 2;
            }
            tops.push_back(y);
            bottoms.push_back(y + height);
            y += height + request.rankGap;
        }
        for (int sweep = 0; sweep < alignSweeps && !stop.stop_requested(); ++sweep)
            for (std::size_t step = 0; step < layers.size(); ++step)
                alignRow(layers[sweep % 2 == 0 ? step : layers.size() - 1 - step], sweep % 2 == 0);
        double leftmost = 0;
        for (std::size_t i = 0; i < centers.size(); ++i)
            leftmost = i == 0 ? centers[i].x - sizes[i].width / 2
                              : std::min(leftmost, centers[i].x - sizes[i].width / 2);
        for (Point& center : centers)
            center.x -= leftmost;
    }

    double wish(int box, bool down) const
    {
        double sum = 0, weights = 0;
        for (const Link& link : (down ? in : out)[box]) {
            sum += link.weight * (centers[link.to].x + link.toX - link.fromX);
            weights += link.weight;
        }
        return weights == 0 ? centers[box].x : sum / weights;
    }

    // Moves a row's boxes to where their neighbours pull them as far as the boxes beside them allow.
    void alignRow(const std::vector<int>& row, bool down)
    {
        std::vector<double> low, high;
        for (const int box : row)
            low.push_back(wish(box, down));
        high = low;
        const auto apart = [&](std::size_t i) {
            const double gap = isBend(row[i - 1]) && isBend(row[i]) ? request.boxGap / 3 : request.boxGap;
            return (sizes[row[i - 1]].width + sizes[row[i]].width) / 2 + gap;
        };
        for (std::size_t i = 1; i < row.size(); ++i)
            low[i] = std::max(low[i], low[i - 1] + apart(i));
        for (std::size_t i = row.size(); i-- > 1;)
            high[i - 1] = std::min(high[i - 1], high[i] - apart(i));
        for (std::size_t i = 0; i < row.size(); ++i)
            centers[row[i]].x = (low[i] + high[i]) / 2;
    }

    static void lineTo(std::vector<Point>& curve, Point to)
    {
        const Point from = curve.back();
        if (from == to)
            return;
        curve.push_back({(2 * from.x + to.x) / 3, (2 * from.y + to.y) / 3});
        curve.push_back({(from.x + 2 * to.x) / 3, (from.y + 2 * to.y) / 3});
        curve.push_back(to);
    }

    static void bendTo(std::vector<Point>& curve, Point to)
    {
        const Point from = curve.back();
        const double middle = (from.y + to.y) / 2;
        curve.insert(curve.end(), {{from.x, middle}, {to.x, middle}, to});
    }

    // Down to the end of its layer, over the gap to each bend, straight through the layer of the bend, and into the
    // box.
    std::vector<Point> route(std::size_t index) const
    {
        const auto& edge = request.edges[index];
        const Point a = centers[edge.from], b = centers[edge.to];
        std::vector<Point> curve{{a.x + edge.fromX, a.y + sizes[edge.from].height / 2}};
        if (layer[edge.to] > layer[edge.from])
            lineTo(curve, {curve.back().x, bottoms[layer[edge.from]]});
        for (const int bend : bendsOfEdge[index]) {
            bendTo(curve, {centers[bend].x, tops[layer[bend]]});
            lineTo(curve, {centers[bend].x, bottoms[layer[bend]]});
        }
        const Point end{b.x + edge.toX, b.y - sizes[edge.to].height / 2};
        if (layer[edge.to] > layer[edge.from])
            bendTo(curve, {end.x, tops[layer[edge.to]]});
        if (curve.size() == 1 || !(curve.back() == end))
            bendTo(curve, end);
        return curve;
    }
};

}  // namespace

LayoutAnswer layeredLayout(const LayoutRequest& request, std::stop_token stop)
{
    Layering layering(request, std::move(stop));
    layering.assignLayers();
    layering.addLinks();
    layering.fillLayers();
    layering.orderLayers();
    layering.assignPositions();
    LayoutAnswer answer{{}, {}, 0, 0, "layered"};
    answer.centers.assign(layering.centers.begin(), layering.centers.begin() + request.boxes.size());
    for (std::size_t i = 0; i < layering.centers.size(); ++i) {
        answer.width = std::max(answer.width, layering.centers[i].x + layering.sizes[i].width / 2);
        answer.height = std::max(answer.height, layering.centers[i].y + layering.sizes[i].height / 2);
    }
    for (std::size_t e = 0; e < request.edges.size(); ++e)
        answer.edges.push_back(layering.route(e));
    return answer;
}

}  // namespace strata
