#include "app/layout/layout.h"

#include <algorithm>
#include <numeric>

namespace strata {

namespace {

constexpr int sweeps = 8;

struct Layering {
    const LayoutRequest& request;
    std::vector<std::vector<int>> in, out;
    std::vector<int> layer, place;  // place: index in its layer
    std::vector<std::vector<int>> layers;
    std::vector<Point> centers;
    std::vector<double> tops;  // of the layers

    explicit Layering(const LayoutRequest& r)
        : request(r)
        , in(r.boxes.size())
        , out(r.boxes.size())
        , layer(r.boxes.size(), 0)
        , place(r.boxes.size(), 0)
    {
        for (const auto& edge : r.edges)
            if (edge.from != edge.to) {
                out[edge.from].push_back(edge.to);
                in[edge.to].push_back(edge.from);
            }
    }

    // Kahn's order, so that a deep chain costs no stack; boxes on a cycle (none in a dataflow graph) stay where they
    // are.
    void assignLayers()
    {
        std::vector<int> open(in.size()), queue;
        for (std::size_t i = 0; i < in.size(); ++i) {
            open[i] = static_cast<int>(in[i].size());
            if (open[i] == 0)
                queue.push_back(static_cast<int>(i));
        }
        for (std::size_t at = 0; at < queue.size(); ++at)
            for (const int next : out[queue[at]]) {
                layer[next] = std::max(layer[next], layer[queue[at]] + 1);
                if (--open[next] == 0)
                    queue.push_back(next);
            }
        pullSourcesDown();
        layers.resize(layer.empty() ? 0 : *std::max_element(layer.begin(), layer.end()) + 1);
        for (std::size_t i = 0; i < layer.size(); ++i)
            layers[layer[i]].push_back(static_cast<int>(i));
    }

    // A source stands right above its first reader, not at the top.
    void pullSourcesDown()
    {
        for (std::size_t i = 0; i < layer.size(); ++i) {
            if (!in[i].empty() || out[i].empty())
                continue;
            int first = layer[out[i].front()];
            for (const int next : out[i])
                first = std::min(first, layer[next]);
            layer[i] = std::max(0, first - 1);
        }
    }

    void numberPlaces()
    {
        for (const auto& row : layers)
            for (std::size_t i = 0; i < row.size(); ++i)
                place[row[i]] = static_cast<int>(i);
    }

    double barycentre(int box, const std::vector<std::vector<int>>& neighbours) const
    {
        if (neighbours[box].empty())
            return place[box];
        double sum = 0;
        for (const int other : neighbours[box])
            sum += place[other] * (layers[layer[box]].size() + 1.0) / (layers[layer[other]].size() + 1.0);
        return sum / neighbours[box].size();
    }

    void orderLayers(std::stop_token stop)
    {
        numberPlaces();
        for (int sweep = 0; sweep < sweeps && !stop.stop_requested(); ++sweep) {
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
                height = std::max(height, request.boxes[box].height);
                centers[box].x = x + request.boxes[box].width / 2;
                x += request.boxes[box].width + request.boxGap;
            }
            for (const int box : row) {
                centers[box].x -= (x - request.boxGap) / 2;  // rows are centred, then pulled towards their neighbours
                centers[box].y = y + height / 2;
            }
            tops.push_back(y);
            y += height + request.rankGap;
        }
        for (int sweep = 0; sweep < sweeps; ++sweep)
            for (std::size_t step = 0; step < layers.size(); ++step)
                alignRow(layers[sweep % 2 == 0 ? step : layers.size() - 1 - step], sweep % 2 == 0 ? in : out);
        double leftmost = 0;
        for (std::size_t i = 0; i < centers.size(); ++i)
            leftmost = std::min(leftmost, centers[i].x - request.boxes[i].width / 2);
        for (Point& center : centers)
            center.x -= leftmost;
    }

    // Moves a row's boxes to the mean of their neighbours as far as the boxes beside them allow.
    void alignRow(const std::vector<int>& row, const std::vector<std::vector<int>>& neighbours)
    {
        std::vector<double> wish;
        for (const int box : row) {
            double sum = 0;
            for (const int other : neighbours[box])
                sum += centers[other].x;
            wish.push_back(neighbours[box].empty() ? centers[box].x : sum / neighbours[box].size());
        }
        const auto apart = [&](std::size_t i) {
            return (request.boxes[row[i - 1]].width + request.boxes[row[i]].width) / 2 + request.boxGap;
        };
        std::vector<double> low = wish, high = wish;
        for (std::size_t i = 1; i < row.size(); ++i)
            low[i] = std::max(low[i], low[i - 1] + apart(i));
        for (std::size_t i = row.size() - 1; i > 0; --i)
            high[i - 1] = std::min(high[i - 1], high[i] - apart(i));
        for (std::size_t i = 0; i < row.size(); ++i)
            centers[row[i]].x = (low[i] + high[i]) / 2;
    }

    std::vector<Point> route(const LayoutRequest::Edge& edge) const
    {
        const Point a = centers[edge.from], b = centers[edge.to];
        const double y0 = a.y + request.boxes[edge.from].height / 2, y1 = b.y - request.boxes[edge.to].height / 2;
        const double bend = (y1 - y0) / 2;
        return {{a.x, y0}, {a.x, y0 + bend}, {b.x, y1 - bend}, {b.x, y1}};
    }
};

}  // namespace

LayoutAnswer layeredLayout(const LayoutRequest& request, std::stop_token stop)
{
    Layering layering(request);
    layering.assignLayers();
    layering.orderLayers(stop);
    layering.assignPositions();
    LayoutAnswer answer{layering.centers, {}, 0, 0, "layered"};
    for (std::size_t i = 0; i < request.boxes.size(); ++i) {
        answer.width = std::max(answer.width, answer.centers[i].x + request.boxes[i].width / 2);
        answer.height = std::max(answer.height, answer.centers[i].y + request.boxes[i].height / 2);
    }
    for (const auto& edge : request.edges)
        answer.edges.push_back(layering.route(edge));
    return answer;
}

}  // namespace strata
