#include "app/report/graph_svg.h"

#include "app/graph/family.h"
#include "app/graph/fold.h"
#include "app/layout/labels.h"
#include "core/session/diff.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

namespace strata {

namespace {

constexpr std::size_t foldAbove = 40, mostBoxes = 600, longestText = 34;
constexpr double titleWidth = 7.9, detailWidth = 6.4, margin = 12, bandWidth = 6,
                 border = 16;  // of a character; pixels
constexpr const char* familyColors[familyCount] = {"#4a6fa5", "#2f8f8a", "#b0508f", "#c98b2b",
                                                   "#7c9a3a", "#8a6d45", "#9aa5b1", "#6b7785"};

struct Box {
    enum class Kind { Port, Node, Group };
    Kind kind = Kind::Node;
    std::string title, detail;
    Family family = Family::Other;
    DiffKind change = DiffKind::Same;
    double width = 0, height = 0;
    Point center = {};
};

struct Drawing {
    std::vector<Box> boxes;
    std::vector<LayoutRequest::Edge> edges;
    std::vector<std::string> labels;  // of the edges
    std::vector<std::string> gone;    // nodes without a counterpart
};

std::string shortened(const std::string& text)
{
    return text.size() > longestText ? "…" + text.substr(text.size() - longestText) : text;
}

std::string number(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", value);
    return text;
}

// Which box makes a value, and how boxes are joined.
class Maker {
public:
    Maker(const Module& module, const Function& function)
        : m_module(module)
        , m_function(function)
    {
    }

    Drawing graph(const Function* before, const Forwarding& forwarding)
    {
        ports(m_function.params);
        const GraphBody& body = *m_function.graph();
        if (body.nodes.size() > foldAbove)
            for (const FoldItem& item : foldGraph(body))
                fold(body, item);
        else
            nodes(body);
        for (const GraphNodePtr& node : body.nodes)
            if (const auto box = m_boxOfNode.find(node->name); box != m_boxOfNode.end())
                for (const Operand& input : node->inputs)
                    connect(input, box->second);
        results(body.returns);
        if (before && before->graph())
            mark(*before, forwarding);
        return std::move(m_drawing);
    }

    Drawing program()
    {
        ports(m_function.params);
        for (const LibraryStmtPtr& statement : m_function.library()->statements)
            std::visit([this](const auto& one) { add(one); }, *statement);
        std::vector<Operand> returns;
        for (const TypedName& result : m_function.results)
            returns.push_back(Operand::value(result.name));
        results(returns);
        return std::move(m_drawing);
    }

private:
    int add(Box box)
    {
        box.title = shortened(box.title);
        box.detail = shortened(box.detail);
        box.width = std::max({double(box.title.size()) * titleWidth, double(box.detail.size()) * detailWidth, 60.0})
                    + 2 * margin + bandWidth;
        box.height = box.detail.empty() ? 28 : 42;
        m_drawing.boxes.push_back(std::move(box));
        return int(m_drawing.boxes.size()) - 1;
    }

    void ports(const std::vector<TypedName>& params)
    {
        for (const TypedName& param : params)
            makes(param, add({Box::Kind::Port, param.name, {}}));
    }

    void results(const std::vector<Operand>& returns)
    {
        for (std::size_t i = 0; i < m_function.results.size() && i < returns.size(); ++i)
            connect(returns[i], add({Box::Kind::Port, m_function.results[i].name, {}}));
    }

    void makes(const TypedName& value, int box)
    {
        m_producer[value.name] = box;
        m_types[value.name] = toString(value.type);
    }

    void put(const GraphNode& node, int box)
    {
        m_boxOfNode[node.name] = box;
        for (const TypedName& output : node.outputs)
            makes(output, box);
    }

    void nodes(const GraphBody& body)
    {
        const std::vector<bool> constants = nodesOfConstants(body);
        for (std::size_t i = 0; i < body.nodes.size(); ++i) {
            const GraphNode& node = *body.nodes[i];
            if (!constants[i])
                put(node,
                    add({Box::Kind::Node, node.isCall() ? node.callee : node.op, node.name, familyOf(m_module, node)}));
        }
    }

    void fold(const GraphBody& body, const FoldItem& item)
    {
        const std::vector<int> all = nodesOf(item);
        const GraphNode& first = *body.nodes[std::size_t(all.front())];
        Box box{Box::Kind::Group, item.title, std::to_string(all.size()) + " nodes", Family::Other};
        if (item.repeat) {
            box.title = std::to_string(item.items.size()) + " × " + item.title;
            box.detail = std::to_string(all.size() / item.items.size()) + " nodes each";
        } else if (!item.isGroup()) {
            box = {Box::Kind::Node, first.isCall() ? first.callee : first.op, first.name, Family::Other};
        }
        for (const int node : all)
            box.family = std::min(box.family, familyOf(m_module, *body.nodes[std::size_t(node)]));
        const int at = add(std::move(box));
        for (const int node : all)
            put(*body.nodes[std::size_t(node)], at);
    }

    void connect(const Operand& operand, int to)
    {
        const auto from = m_producer.find(operand.name);
        if (operand.kind != Operand::Kind::Value || from == m_producer.end() || from->second == to
            || !m_joined.insert({from->second, to}).second)
            return;
        m_drawing.edges.push_back({from->second, to, 0, 0});
        const auto type = m_types.find(operand.name);
        m_drawing.labels.push_back(type == m_types.end() ? std::string() : type->second);
    }

    // Statements of a runtime program.
    void add(const AllocateBuffer& buffer) { m_types[buffer.name] = toString(buffer.type); }
    void add(const ViewBuffer& view)
    {
        if (const auto source = m_producer.find(view.source.name); source != m_producer.end())
            m_producer[view.name] = source->second;
        m_types[view.name] = toString(view.type);
    }
    void add(const LibraryCall& call)
    {
        const int box = add({Box::Kind::Node, call.callee, call.name});
        for (const Operand& input : call.inputs)
            connect(input, box);
        for (const std::string& output : call.outputs)
            m_producer[output] = box;
    }
    void add(const CopyBuffer& copy)
    {
        if (const auto source = m_producer.find(copy.source.name); source != m_producer.end())
            m_producer[copy.target] = source->second;
    }

    void mark(const Function& before, const Forwarding& forwarding)
    {
        for (const GraphChange& change : diffGraphs(before, m_function, forwarding)) {
            if (change.change == DiffKind::Same)
                continue;
            if (change.after.empty())
                m_drawing.gone.insert(m_drawing.gone.end(), change.before.begin(), change.before.end());
            for (const std::string& name : change.after)
                if (const auto box = m_boxOfNode.find(name); box != m_boxOfNode.end())
                    mark(m_drawing.boxes[std::size_t(box->second)], change);
        }
    }

    static void mark(Box& box, const GraphChange& change)
    {
        box.change = change.before.empty() ? DiffKind::Added : DiffKind::Changed;
        if (box.kind != Box::Kind::Node || change.before.empty() || change.before == change.after)
            return;
        box.detail = shortened(std::to_string(change.before.size()) + " → " + std::to_string(change.after.size()) + ": "
                               + listed(change.before));
        box.width = std::max(box.width, double(box.detail.size()) * detailWidth + 2 * margin + bandWidth);
        box.height = 42;
    }

    static std::string listed(const std::vector<std::string>& names)
    {
        std::string text;
        for (const std::string& name : names)
            text += (text.empty() ? "" : ", ") + name.substr(name.rfind('/') + 1);
        return text;
    }

    const Module& m_module;
    const Function& m_function;
    Drawing m_drawing;
    std::unordered_map<std::string, int> m_producer, m_boxOfNode;
    std::unordered_map<std::string, std::string> m_types;
    std::set<std::pair<int, int>> m_joined;
};

LayoutAnswer place(Drawing& drawing, std::stop_token stop)
{
    LayoutRequest request;
    for (const Box& box : drawing.boxes)
        request.boxes.push_back({box.width, box.height});
    request.edges = drawing.edges;
    LayoutAnswer answer = layeredLayout(request, stop);
    for (std::size_t i = 0; i < drawing.boxes.size() && i < answer.centers.size(); ++i)
        drawing.boxes[i].center = answer.centers[i];
    return answer;
}

std::string textAt(const char* style, double x, double y, const std::string& text)
{
    return std::string("<text ") + style + " x=\"" + number(x) + "\" y=\"" + number(y) + "\">" + escapeXml(text)
           + "</text>";
}

constexpr const char* titleStyle = "class=\"title\" font-size=\"13\" font-weight=\"bold\" fill=\"#1f2933\"";
constexpr const char* detailStyle = "class=\"detail\" font-size=\"11\" fill=\"#6b7785\"";

std::string svgOf(const Box& box)
{
    struct Look {
        const char *name, *fill, *stroke, *sign;
    };
    const Look look = box.change == DiffKind::Added     ? Look{"added", "#e3f0ff", "#2b7de9", "+"}
                      : box.change == DiffKind::Changed ? Look{"changed", "#e3f0ff", "#2b7de9", "~"}
                      : box.kind == Box::Kind::Port     ? Look{"port", "#f6f7f9", "#6b7785", ""}
                                                        : Look{"node", "#ffffff", "#9aa5b1", ""};
    const double x = box.center.x - box.width / 2, y = box.center.y - box.height / 2;
    const auto rect = [&](double dx, const char* radius) {
        return "<rect class=\"box " + std::string(look.name) + "\" x=\"" + number(x + dx) + "\" y=\"" + number(y + dx)
               + "\" width=\"" + number(box.width) + "\" height=\"" + number(box.height) + "\" rx=\"" + radius
               + "\" fill=\"" + look.fill + "\" stroke=\"" + look.stroke + "\"/>";
    };
    std::string svg = "<g>";
    if (box.kind == Box::Kind::Group)
        svg += rect(4, "4");
    svg += rect(0, box.kind == Box::Kind::Port ? "14" : "4");
    if (box.kind != Box::Kind::Port)
        svg += "<rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(bandWidth) + "\" height=\""
               + number(box.height) + "\" fill=\"" + familyColors[int(box.family)] + "\"/>";
    const double left = x + margin + (box.kind == Box::Kind::Port ? 0 : bandWidth);
    svg += textAt(titleStyle, left, y + 18, box.title);
    if (!box.detail.empty())
        svg += textAt(detailStyle, left, y + 34, box.detail);
    if (*look.sign)
        svg += textAt("class=\"sign\" font-size=\"13\" font-weight=\"bold\" fill=\"#2b7de9\"", x + box.width - 14,
                      y + 16, look.sign);
    return svg + "</g>\n";
}

constexpr double labelHeight = 12, labelBaseline = 9.5, labelCharacter = 6.2;

std::vector<std::optional<Area>> labelAreas(const Drawing& drawing, const LayoutAnswer& answer)
{
    LabelRequest request;
    request.height = labelHeight;
    request.curves = answer.edges;
    for (const Box& box : drawing.boxes)
        request.taken.push_back({box.center.x - box.width / 2, box.center.y - box.height / 2,
                                 box.center.x + box.width / 2 + 4, box.center.y + box.height / 2 + 4});
    std::set<std::pair<int, std::string>> told;  // one label is enough where several edges leave
    std::vector<std::optional<Area>> areas(answer.edges.size());
    std::vector<std::size_t> labelled;
    for (std::size_t i = 0; i < drawing.edges.size() && i < answer.edges.size(); ++i) {
        const std::string& label = drawing.labels[i];
        if (label.empty() || !told.insert({drawing.edges[i].from, label}).second)
            continue;
        labelled.push_back(i);
        request.labels.push_back({int(i), double(label.size()) * labelCharacter});
    }
    const std::vector<std::optional<Area>> placed = placeLabels(request);
    for (std::size_t i = 0; i < placed.size(); ++i)
        areas[labelled[i]] = placed[i];
    return areas;
}

std::string svgOf(const std::vector<Point>& curve, const std::string& label, const std::optional<Area>& area)
{
    if (curve.empty())
        return {};
    std::string path = "M" + number(curve[0].x) + " " + number(curve[0].y);
    for (std::size_t i = 1; i + 2 < curve.size(); i += 3) {
        path += " C";
        for (std::size_t j = i; j < i + 3; ++j)
            path += " " + number(curve[j].x) + " " + number(curve[j].y);
    }
    std::string svg = "<path class=\"edge\" fill=\"none\" stroke=\"#9aa5b1\" stroke-width=\"1.3\" d=\"" + path + "\"/>";
    const Point end = curve.back();
    svg += "<path class=\"arrow\" fill=\"#9aa5b1\" d=\"M" + number(end.x) + " " + number(end.y) + " l-4 -8 h8 z\"/>";
    if (area)
        svg += textAt("class=\"detail\" font-size=\"10\" fill=\"#6b7785\"", area->left, area->top + labelBaseline,
                      label);
    return svg + "\n";
}

std::string svgOf(Drawing drawing, std::stop_token stop)
{
    const LayoutAnswer answer = place(drawing, stop);
    const std::string gone = drawing.gone.empty() ? std::string()
                                                  : "− removed: " + std::to_string(drawing.gone.size()) + " nodes, "
                                                        + drawing.gone.front() + (drawing.gone.size() > 1 ? ", …" : "");
    const std::vector<std::optional<Area>> labels = labelAreas(drawing, answer);
    double right = answer.width, left = 0;
    for (const std::optional<Area>& label : labels)
        if (label) {
            right = std::max(right, label->right);
            left = std::min(left, label->left);
        }
    const double width = std::max(right - left, double(gone.size()) * detailWidth) + 2 * border;
    const double height = answer.height + 2 * border + (gone.empty() ? 4 : 24);
    std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"graph\" role=\"img\" width=\"" + number(width)
                      + "\" height=\"" + number(height) + "\" viewBox=\"" + number(left - border) + " "
                      + number(-border) + " " + number(width) + " " + number(height)
                      + "\" font-family=\"DejaVu Sans, Segoe UI, sans-serif\">\n";
    for (std::size_t i = 0; i < drawing.edges.size() && i < answer.edges.size(); ++i)
        svg += svgOf(answer.edges[i], drawing.labels[i], labels[i]);
    for (const Box& box : drawing.boxes)
        svg += svgOf(box);
    if (!gone.empty())
        svg += textAt("class=\"removed\" font-size=\"12\" fill=\"#d9730d\"", 0, answer.height + 20, gone) + "\n";
    return svg + "</svg>\n";
}

}  // namespace

std::string escapeXml(const std::string& text)
{
    using nlohmann::json;  // names in models need not be UTF-8
    const std::string valid = json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace));
    std::string escaped;
    for (const char c : valid)
        switch (c) {
        case '&': escaped += "&amp;"; break;
        case '<': escaped += "&lt;"; break;
        case '>': escaped += "&gt;"; break;
        case '"': escaped += "&quot;"; break;
        default: escaped += (c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == 0x7f ? '?' : c;
        }
    return escaped;
}

std::string graphSvg(const Module& module, const Module* before, const Forwarding& forwarding, std::stop_token stop)
{
    const FunctionPtr entry = module.entryFunction();
    if (!entry || !(entry->graph() || entry->library()))
        return {};
    const FunctionPtr old = before ? before->find(entry->name) : nullptr;
    Maker maker(module, *entry);
    Drawing drawing = entry->graph() ? maker.graph(old.get(), forwarding) : maker.program();
    return drawing.boxes.size() > mostBoxes ? std::string() : svgOf(std::move(drawing), stop);
}

}  // namespace strata
