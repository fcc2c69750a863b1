// A view that is kept under a name: the step, what is selected and shown, which panes, and which part of the graph.
#pragma once

#include "app/window/graph/picture.h"
#include "app/window/models/counterparts.h"

#include <QPointF>
#include <QStringList>

#include <optional>
#include <vector>

class QSettings;

namespace strata {

struct Bookmark {
    QString name;
    int step = 0;  // along the path; 0: the untouched model
    std::optional<Place> place;
    std::string function, program, graphFunction;  // of loops, library and graph
    GraphArrangement arrangement;
    double zoom = 1;
    QPointF centre;     // of the graph that is in sight
    QStringList panes;  // ids of the View menu's commands that are on
    friend bool operator==(const Bookmark&, const Bookmark&) = default;
};

// Those of a model, by its file.
std::vector<Bookmark> keptBookmarks(const QSettings& settings, const std::string& model);
void keepBookmarks(QSettings& settings, const std::string& model, const std::vector<Bookmark>& bookmarks);

}  // namespace strata
