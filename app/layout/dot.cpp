#include "app/layout/dot.h"

#include <graphviz/gvc.h>

#include <cstring>
#include <memory>

namespace strata {

namespace {

constexpr double pointsPerInch = 72;

void set(void* object, const char* key, const std::string& value)
{
    agsafeset(object, const_cast<char*>(key), const_cast<char*>(value.c_str()), const_cast<char*>(""));
}

std::vector<Agnode_t*> addBoxes(Agraph_t* graph, const LayoutRequest& request)
{
    std::vector<Agnode_t*> nodes;
    for (std::size_t i = 0; i < request.boxes.size(); ++i) {
        Agnode_t* node = agnode(graph, const_cast<char*>(("n" + std::to_string(i)).c_str()), 1);
        set(node, "shape", "box");
        set(node, "label", "");
        set(node, "fixedsize", "true");
        set(node, "width", std::to_string(request.boxes[i].width / pointsPerInch));
        set(node, "height", std::to_string(request.boxes[i].height / pointsPerInch));
        nodes.push_back(node);
    }
    return nodes;
}

std::vector<Point> curve(Agedge_t* edge, double height)
{
    const splines* spline = ED_spl(edge);
    if (!spline || spline->size == 0)
        return {};
    std::vector<Point> points;
    const bezier& part = spline->list[0];
    for (int i = 0; i < part.size; ++i)
        points.push_back({part.list[i].x, height - part.list[i].y});
    if (part.eflag) {  // an arrow's tip lies beyond the curve: go there straight
        const Point tip{part.ep.x, height - part.ep.y}, last = points.back();
        points.push_back({(2 * last.x + tip.x) / 3, (2 * last.y + tip.y) / 3});
        points.push_back({(last.x + 2 * tip.x) / 3, (last.y + 2 * tip.y) / 3});
        points.push_back(tip);
    }
    return points;
}

}  // namespace

Result<LayoutAnswer> dotLayout(const LayoutRequest& request)
{
    const std::unique_ptr<GVC_t, int (*)(GVC_t*)> context(gvContext(), gvFreeContext);
    Agraph_t* graph = agopen(const_cast<char*>("g"), Agdirected, nullptr);
    set(graph, "ranksep", std::to_string(request.rankGap / pointsPerInch));
    set(graph, "nodesep", std::to_string(request.boxGap / pointsPerInch));
    set(graph, "splines", "spline");
    const std::vector<Agnode_t*> nodes = addBoxes(graph, request);
    std::vector<Agedge_t*> edges;
    for (const auto& edge : request.edges)
        edges.push_back(agedge(graph, nodes[edge.from], nodes[edge.to],
                               const_cast<char*>(std::to_string(edges.size()).c_str()), 1));
    if (gvLayout(context.get(), graph, "dot") != 0) {
        agclose(graph);
        return environmentError("Graphviz does not lay out this graph.");
    }
    const boxf box = GD_bb(graph);
    LayoutAnswer answer{{}, {}, box.UR.x, box.UR.y, "dot"};
    for (Agnode_t* node : nodes)
        answer.centers.push_back({ND_coord(node).x, box.UR.y - ND_coord(node).y});
    for (Agedge_t* edge : edges)
        answer.edges.push_back(curve(edge, box.UR.y));
    gvFreeLayout(context.get(), graph);
    agclose(graph);
    return answer;
}

}  // namespace strata
