// The graph pane's picture as plain data: boxes with sizes, frames of open groups, edges between them, what changed,
// and what was fused away. No widgets.
#pragma once

#include "app/graph/family.h"
#include "app/graph/fold.h"
#include "app/layout/layout.h"
#include "core/session/diff.h"

#include <QRectF>
#include <QString>
#include <QStringList>

#include <map>
#include <memory>
#include <optional>
#include <set>

namespace strata {

// A constant that a box reads, drawn in it.
struct GraphChip {
    QString text;          // "w 768×768"
    std::string constant;  // empty: computed from constants, or several
    friend bool operator==(const GraphChip&, const GraphChip&) = default;
};

struct GraphBox {
    enum class Kind { Operator, Input, Output, Ghost, Group, Frame };
    Kind kind = Kind::Operator;
    Cursor cursor;          // a Group, a Frame: its first node
    QString title, detail;  // "MatMul", "query"; "12 × encoder layer", "40 nodes each: 8 MatMul, …"
    std::vector<GraphChip> chips;
    QString toolTip, group;        // group: the key of a Group or Frame
    int instances = 1, shown = 0;  // of a Group or Frame that repeats: how many, which one is open
    int frame = -1;                // the Frame that it stands in
    Family family = Family::Other;
    DiffKind change = DiffKind::Same;
    bool opaque = false;          // an operator without a definition
    std::vector<Cursor> members;  // nodes that it stands for: of a Group all, of a Frame those not shown inside
    QRectF rect;                  // set by the layout; before: size only

    bool isGroup() const { return kind == Kind::Group || kind == Kind::Frame; }
    friend bool operator==(const GraphBox&, const GraphBox&) = default;
};

// One value from box to box; to or from a Frame where the node is in an instance that is not shown, by the port that
// the shown one has.
struct GraphEdge {
    int from = 0, to = 0;
    QString label, toolTip;  // "f32[1, 200]"
    std::string value, fromPort, toPort;
    friend bool operator==(const GraphEdge&, const GraphEdge&) = default;
};

// What is drawn of edges: a piece on each level, shared by the edges that have it in common.
struct GraphLine {
    std::vector<Point> curve;
    QString label, toolTip;
    bool arrow = true;
    std::string value = {};  // that it stands for; of several the first
    QRectF labelRect = {};   // set by the layout; null: the label is not written, there is no room
    friend bool operator==(const GraphLine&, const GraphLine&) = default;
};

// Boxes of this state with the ghosts of what they were, in a dashed hull.
struct GraphHull {
    std::vector<int> boxes, ghosts;
    QString label;  // "2 → 1  step 1 · fuse"
    QRectF rect;
    friend bool operator==(const GraphHull&, const GraphHull&) = default;
};

// The groups of a function, found once however often it is drawn.
struct GraphFold {
    FunctionPtr function;
    std::vector<FoldItem> items;
};
using GraphFoldPtr = std::shared_ptr<const GraphFold>;

// What is open, and which instance of what repeats.
struct GraphArrangement {
    std::set<std::string> open;
    std::map<std::string, int> instances;
    friend bool operator==(const GraphArrangement&, const GraphArrangement&) = default;
};

// Which way edges run.
enum class GraphDirection { Down, Right };

struct GraphPicture {
    std::string function;
    GraphDirection direction = GraphDirection::Down;
    std::vector<GraphBox> boxes;  // frames before what stands in them
    std::vector<GraphEdge> edges;
    std::vector<GraphLine> lines;
    std::vector<GraphHull> hulls;
    std::vector<std::pair<QString, int>> groups;  // all groups' keys and how deep they lie, from 0; open or not
    GraphArrangement arrangement;                 // that it shows
    GraphFoldPtr fold;                            // nullptr: not folded
    QRectF bounds;
    QString engine;                      // who laid it out
    int nodes = 0, nodesBefore = -1;     // operators of the function; -1: not compared
    std::vector<std::string> functions;  // that can be shown
    // As it was before it was laid out; nullptr: it is not laid out.
    std::shared_ptr<const GraphPicture> plain;
    // Boxes that show one of these nodes.
    std::set<int> boxesOf(const std::set<Cursor>& cursors) const;
    friend bool operator==(const GraphPicture&, const GraphPicture&) = default;
};
using GraphPicturePtr = std::shared_ptr<const GraphPicture>;

struct GraphOptions {
    std::string function;  // empty or gone: the entry
    GraphArrangement arrangement = {};
    GraphFoldPtr known = {};  // of the picture before, may be of another function
    int foldAbove = 40;       // functions with more nodes are folded
    GraphDirection direction = GraphDirection::Down;
};

// Everything but places. `before` and the forwarding from it are for marks and ghosts; nullptr: none.
GraphPicture makePicture(const Module& module, const GraphOptions& options, const Module* before,
                         const Forwarding& forwarding, const QString& step);

// Lays out what is in each frame, then what they stand in, and at last the labels of edges. A hull with its boxes and
// ghosts is one box to the layout, which draws downwards: a picture that runs to the right is turned for it.
using Layout = std::function<LayoutAnswer(const LayoutRequest&)>;
void place(GraphPicture& picture, const Layout& layout);

}  // namespace strata
