// The graph pane's picture as plain data: boxes with sizes, edges between them, what changed, and what was fused away.
// No widgets.
#pragma once

#include "app/layout/layout.h"
#include "core/session/diff.h"

#include <QRectF>
#include <QString>

#include <map>
#include <memory>
#include <optional>
#include <set>

namespace strata {

struct GraphBox {
    enum class Kind { Operator, Input, Output, Ghost, Group };
    Kind kind = Kind::Operator;
    Cursor cursor;           // a Group: its first node
    QString title, detail;   // "linear_relu"; "w0 [200×784] b0 [200]"
    QString toolTip, group;  // group: the key of a folded group
    DiffKind change = DiffKind::Same;
    bool opaque = false;          // an operator without a definition
    std::vector<Cursor> members;  // of a group: all its nodes
    QRectF rect;                  // set by the layout; before: size only
};

struct GraphEdge {
    int from = 0, to = 0;    // boxes
    QString label, toolTip;  // "f32[1, 200]"
    std::vector<Point> curve;
    bool ghost = false;
};

// Boxes of this state with the ghosts of what they were, in a dashed hull.
struct GraphHull {
    std::vector<int> boxes, ghosts;
    QString label;  // "2 → 1  step 1 · fuse"
    QRectF rect;
};

struct GraphPicture {
    std::string function;
    std::vector<GraphBox> boxes;
    std::vector<GraphEdge> edges;
    std::vector<GraphHull> hulls;
    QRectF bounds;
    QString engine;                      // who laid it out
    int nodes = 0, nodesBefore = -1;     // operators of the function; -1: not compared
    std::vector<std::string> functions;  // that can be shown
    // Boxes that show one of these nodes.
    std::set<int> boxesOf(const std::set<Cursor>& cursors) const;
};
using GraphPicturePtr = std::shared_ptr<const GraphPicture>;

struct GraphOptions {
    std::string function;  // empty or gone: the entry
    std::set<std::string> openGroups;
    int foldAbove = 150;  // functions with more nodes start folded
};

// Everything but places. `before` and the forwarding from it are for marks and ghosts; nullptr: none.
GraphPicture makePicture(const Module& module, const GraphOptions& options, const Module* before,
                         const Forwarding& forwarding, const QString& step);
// What the layout is asked, hulls as one box each; and its answer put into the picture.
LayoutRequest layoutRequest(const GraphPicture& picture);
void place(GraphPicture& picture, const LayoutAnswer& answer);

}  // namespace strata
