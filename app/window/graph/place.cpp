// Between a picture and the layout: each open group is laid out by itself, innermost first, and is one box to what it
// stands in; so is a hull with its boxes and ghosts. Where a value enters or leaves a frame, the frame has a port.
#include "app/layout/labels.h"
#include "app/window/graph/picture.h"

#include <algorithm>
#include <tuple>

namespace strata {

namespace {

constexpr double pad = 14, labelHeight = 22, between = 12;           // of hulls
constexpr double side = 16, header = 34, foot = 12, titleWidth = 8;  // of frames; of a character
constexpr double valueWidth = 130, stepsWidth = 110;                 // of an overlay; of what steps through instances
constexpr double textHeight = 12, sheets = 8, frameHead = 30, portWidth = 8;
constexpr double leastGapRight = 48, mostGapRight = 170;  // between layers: labels stand there

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

void placeRow(GraphPicture& picture, const std::vector<int>& boxes, double centre, double top)
{
    double x = centre - rowWidth(picture, boxes) / 2;
    for (const int box : boxes) {
        QRectF& rect = picture.boxes[box].rect;
        rect.moveTo(x, top);
        x += rect.width() + between;
    }
}

// An end of a piece of an edge: a box, or a port of the frame around it; of a box that is a frame also which port.
struct End {
    int box = -1;  // -1: a port of the frame around
    std::string port;
    friend auto operator<=>(const End&, const End&) = default;
};

// Of a label, 10 pixels high, before there is a font: digits, brackets and letters of a common sans serif, rounded up.
double labelWidth(const QString& text)
{
    double width = 2;
    for (const QChar c : text)
        width += c.isDigit()                                      ? 6.4
                 : c == QLatin1Char(',') || c == QLatin1Char(' ') ? 3.3
                 : c == QLatin1Char('[') || c == QLatin1Char(']') || c == QLatin1Char('f') || c == QLatin1Char('i')
                     ? 4
                     : 6.6;
    return width;
}

Area areaOf(const QRectF& rect) { return {rect.left(), rect.top(), rect.right(), rect.bottom()}; }

LayoutRequest turned(LayoutRequest request)
{
    for (LayoutRequest::Box& box : request.boxes)
        std::swap(box.width, box.height);
    return request;
}

LayoutAnswer turned(LayoutAnswer answer)
{
    for (Point& center : answer.centers)
        std::swap(center.x, center.y);
    for (auto& edge : answer.edges)
        for (Point& point : edge)
            std::swap(point.x, point.y);
    std::swap(answer.width, answer.height);
    return answer;
}

struct Piece {
    End from, to;
    GraphLine line;
};

// What stands in one frame, or in none. Boxes of the layout: those of the picture, of which a hull's are one; then the
// ports where values enter, and those where they leave.
struct Level {
    std::vector<int> boxes, hulls;  // of the picture, in their order
    std::map<int, int> item;        // box of the picture -> box of the layout
    std::map<std::string, int> entering, leaving;
    std::vector<Piece> pieces;
    std::map<std::tuple<End, End>, int> known;
    std::set<std::pair<End, QString>> labels;  // one is enough where several edges leave
    LayoutAnswer answer;
    double shift = 0;  // of the content in its frame, where the frame's title is wider
};

class Placer {
public:
    Placer(GraphPicture& picture, const Layout& layout)
        : m_picture(picture)
        , m_layout(layout)
        , m_levels(picture.boxes.size() + 1)
        , m_hullOf(picture.boxes.size(), -1)
    {
    }

    void place()
    {
        placeBoxes();
        writeLabels();
    }

private:
    void placeBoxes()
    {
        for (std::size_t h = 0; h < m_picture.hulls.size(); ++h)
            for (const auto* list : {&m_picture.hulls[h].boxes, &m_picture.hulls[h].ghosts})
                for (const int box : *list)
                    m_hullOf[box] = static_cast<int>(h);
        for (int i = 0; i < count(); ++i)
            level(m_picture.boxes[i].frame).boxes.push_back(i);
        for (const GraphEdge& edge : m_picture.edges)
            divide(edge);
        for (int frame = count() - 1; frame >= 0; --frame)
            if (m_picture.boxes[frame].kind == GraphBox::Kind::Frame)
                layOutFrame(frame);
        layOut(level(-1));
        put(level(-1), {0, 0}, QRectF());
        for (int frame = 0; frame < count(); ++frame)
            if (const GraphBox& box = m_picture.boxes[frame]; box.kind == GraphBox::Kind::Frame)
                put(level(frame), box.rect.topLeft() + QPointF(side + level(frame).shift, header), box.rect);
        const LayoutAnswer& outer = level(-1).answer;
        m_picture.bounds = QRectF(0, 0, outer.width, outer.height);
        m_picture.engine = QString::fromStdString(outer.engine);
    }

    bool sideways() const { return m_picture.direction == GraphDirection::Right; }
    int count() const { return static_cast<int>(m_picture.boxes.size()); }
    Level& level(int frame) { return m_levels[frame + 1]; }
    int frameOf(int box) const { return m_picture.boxes[box].frame; }

    int depth(int box) const
    {
        int depth = 0;
        for (int frame = frameOf(box); frame >= 0; frame = frameOf(frame))
            ++depth;
        return depth;
    }

    bool contains(int frame, int box) const
    {
        for (; box >= 0; box = frameOf(box))
            if (box == frame)
                return true;
        return false;
    }

    // Adds a piece unless another edge has it already.
    void add(int frame, End from, End to, const GraphEdge& edge, bool labelled, bool arrow)
    {
        Level& on = level(frame);
        if (from.box < 0)
            on.entering.emplace(from.port, 0);
        if (to.box < 0)
            on.leaving.emplace(to.port, 0);
        const auto [known, isNew] = on.known.emplace(std::tuple{from, to}, static_cast<int>(on.pieces.size()));
        const bool first = isNew && labelled && on.labels.insert({from, edge.label}).second;
        if (isNew)
            on.pieces.push_back({from, to, {{}, first ? edge.label : QString(), edge.toolTip, arrow, edge.value}});
        else if (QString& toolTip = on.pieces[known->second].line.toolTip; !toolTip.contains(edge.toolTip))
            toolTip += QLatin1Char('\n') + edge.toolTip;
    }

    End end(int box, const std::string& port) const
    {
        return {box, m_picture.boxes[box].kind == GraphBox::Kind::Frame ? port : std::string()};
    }

    // The pieces of an edge: out of the frames around its source, over, and into those around its target.
    void divide(const GraphEdge& edge)
    {
        End from = end(edge.from, edge.fromPort.empty() ? edge.value : edge.fromPort);
        End to = end(edge.to, edge.toPort.empty() ? edge.value : edge.toPort);
        const bool fromAround = contains(edge.from, edge.to), toAround = contains(edge.to, edge.from);
        while (toAround ? frameOf(from.box) != edge.to
                        : !contains(frameOf(from.box), to.box) && frameOf(from.box) >= 0) {
            const int frame = frameOf(from.box);
            add(frame, from, {-1, edge.value}, edge, false, false);
            from = {frame, edge.value};
        }
        if (toAround)
            return add(edge.to, from, {-1, edge.value}, edge, true, false);
        const int common = fromAround ? edge.from : frameOf(from.box);
        bool arrow = true;
        while (frameOf(to.box) != common) {
            const int frame = frameOf(to.box);
            add(frame, {-1, edge.value}, to, edge, false, arrow);
            to = {frame, edge.value};
            arrow = false;
        }
        if (fromAround)
            add(edge.from, {-1, edge.value}, to, edge, true, arrow);
        else if (from.box != to.box)
            add(common, from, to, edge, true, arrow);
    }

    LayoutRequest request(Level& on)
    {
        LayoutRequest request;
        std::map<int, int> ofHull;
        for (const int box : on.boxes) {
            const int hull = m_hullOf[box];
            if (hull >= 0 && ofHull.count(hull)) {
                on.item[box] = ofHull[hull];
                continue;
            }
            const int at = on.item[box] = static_cast<int>(request.boxes.size());
            const QRectF& rect = m_picture.boxes[box].rect;
            request.boxes.push_back(hull < 0 ? LayoutRequest::Box{rect.width(), rect.height()}
                                             : hullSize(m_picture, m_picture.hulls[hull]));
            if (hull >= 0) {
                ofHull[hull] = at;
                on.hulls.push_back(hull);
            }
        }
        for (auto* ports : {&on.entering, &on.leaving})
            for (auto& [value, at] : *ports) {
                at = static_cast<int>(request.boxes.size());
                request.boxes.push_back(sideways() ? LayoutRequest::Box{0, portWidth}
                                                   : LayoutRequest::Box{portWidth, 0});
                (ports == &on.entering ? request.top : request.bottom).push_back(at);
            }
        for (const Piece& piece : on.pieces)
            if (const auto edge = layoutEdge(on, piece); edge.from != edge.to)
                request.edges.push_back(edge);
        return request;
    }

    LayoutRequest::Edge layoutEdge(Level& on, const Piece& piece)
    {
        LayoutRequest::Edge edge;
        edge.from = piece.from.box < 0 ? on.entering.at(piece.from.port) : on.item.at(piece.from.box);
        edge.to = piece.to.box < 0 ? on.leaving.at(piece.to.port) : on.item.at(piece.to.box);
        if (piece.from.box >= 0)
            edge.fromX = portOffset(piece.from, false);
        if (piece.to.box >= 0)
            edge.toX = portOffset(piece.to, true);
        return edge;
    }

    // From the middle of the frame's side; 0 for other boxes, and for ports of which nothing is drawn inside.
    double portOffset(const End& end, bool enters)
    {
        if (m_picture.boxes[end.box].kind != GraphBox::Kind::Frame)
            return 0;
        const Level& inside = level(end.box);
        const auto& ports = enters ? inside.entering : inside.leaving;
        const auto port = ports.find(end.port);
        if (port == ports.end())
            return 0;
        const Point at = inside.answer.centers[port->second];
        const QSizeF size = m_picture.boxes[end.box].rect.size();
        return sideways() ? header + at.y - size.height() / 2 : side + inside.shift + at.x - size.width() / 2;
    }

    void layOut(Level& on)
    {
        LayoutRequest asked = request(on);
        if (!sideways()) {
            on.answer = m_layout(asked);
            return;
        }
        double widest = leastGapRight;
        for (const Piece& piece : on.pieces)
            widest = std::max(widest, labelWidth(piece.line.label) + 2 * portWidth);
        asked.rankGap = std::min(widest, mostGapRight);
        on.answer = turned(m_layout(turned(std::move(asked))));
    }

    void layOutFrame(int frame)
    {
        Level& inside = level(frame);
        layOut(inside);
        GraphBox& box = m_picture.boxes[frame];
        const double least = box.title.size() * titleWidth + valueWidth + (box.instances > 1 ? stepsWidth : 0);
        const double width = std::max(inside.answer.width + 2 * side, least);
        inside.shift = (width - 2 * side - inside.answer.width) / 2;
        box.rect.setSize({width, header + inside.answer.height + foot});
    }

    void put(Level& on, const QPointF& origin, const QRectF& frame)
    {
        for (const int box : on.boxes) {
            const Point center = on.answer.centers[on.item.at(box)];
            m_picture.boxes[box].rect.moveCenter(origin + QPointF(center.x, center.y));
        }
        for (const int index : on.hulls)
            putHull(m_picture.hulls[index]);
        std::size_t next = 0;
        for (Piece& piece : on.pieces) {
            const auto edge = layoutEdge(on, piece);
            if (edge.from == edge.to || next >= on.answer.edges.size())
                continue;
            std::vector<Point> curve = on.answer.edges[next++];
            for (Point& point : curve)
                point = {point.x + origin.x(), point.y + origin.y()};
            if (piece.from.box < 0 && !curve.empty())
                (sideways() ? curve.front().x : curve.front().y) = sideways() ? frame.left() : frame.top();
            if (piece.to.box < 0 && !curve.empty())
                (sideways() ? curve.back().x : curve.back().y) = sideways() ? frame.right() : frame.bottom();
            piece.line.curve = std::move(curve);
            m_picture.lines.push_back(std::move(piece.line));
        }
    }

    void putHull(GraphHull& hull)
    {
        const auto size = hullSize(m_picture, hull);
        const QPointF center = m_picture.boxes[hull.boxes.front()].rect.center();
        hull.rect = QRectF(center.x() - size.width / 2, center.y() - size.height / 2, size.width, size.height);
        const double top = hull.rect.top() + labelHeight;
        placeRow(m_picture, hull.boxes, center.x(), top);
        placeRow(m_picture, hull.ghosts, center.x(), top + rowHeight(m_picture, hull.boxes) + between);
    }

    // Clear of boxes, of heads of frames and hulls, and of each other; where it goes, of all lines.
    void writeLabels()
    {
        LabelRequest request;
        request.height = textHeight;
        request.sideways = sideways();
        for (const GraphLine& line : m_picture.lines)
            request.curves.push_back(line.curve);
        for (const GraphBox& box : m_picture.boxes) {
            QRectF rect = box.rect;
            if (box.kind == GraphBox::Kind::Frame) {
                addSides(request, rect);
                rect.setHeight(frameHead);
            }
            request.taken.push_back(areaOf(box.instances > 1 ? rect.adjusted(0, 0, sheets, sheets) : rect));
        }
        for (const GraphHull& hull : m_picture.hulls) {
            addSides(request, hull.rect);
            request.taken.push_back(areaOf(QRectF(hull.rect.topLeft(), QSizeF(hull.rect.width(), labelHeight))));
        }
        std::vector<GraphLine*> labelled;
        for (std::size_t i = 0; i < m_picture.lines.size(); ++i)
            if (GraphLine& line = m_picture.lines[i]; !line.label.isEmpty()) {
                labelled.push_back(&line);
                request.labels.push_back({static_cast<int>(i), labelWidth(line.label)});
            }
        const std::vector<std::optional<Area>> placed = placeLabels(request);
        for (std::size_t i = 0; i < placed.size(); ++i)
            if (const auto& area = placed[i])
                labelled[i]->labelRect = QRectF(QPointF(area->left, area->top), QPointF(area->right, area->bottom));
    }

    static void addSides(LabelRequest& request, const QRectF& rect)
    {
        const QPointF corners[]{rect.topLeft(), rect.topRight(), rect.bottomRight(), rect.bottomLeft(), rect.topLeft()};
        std::vector<Point> around{{corners[0].x(), corners[0].y()}};
        for (int i = 1; i < 5; ++i)
            for (int third = 1; third <= 3; ++third) {
                const QPointF at = corners[i - 1] + (corners[i] - corners[i - 1]) * (third / 3.0);
                around.push_back({at.x(), at.y()});
            }
        request.curves.push_back(std::move(around));
    }

    GraphPicture& m_picture;
    const Layout& m_layout;
    std::vector<Level> m_levels;  // by frame plus one
    std::vector<int> m_hullOf;
};

}  // namespace

void place(GraphPicture& picture, const Layout& layout) { Placer(picture, layout).place(); }

}  // namespace strata
