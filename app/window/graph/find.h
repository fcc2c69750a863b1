// Finding nodes of a graph: by operator, name, attribute, types of what they give, names of what they read.
#pragma once

#include "core/ir/module.h"

#include <QString>

#include <vector>

namespace strata {

struct FindQuery {
    QString text;
    bool isPattern = false;  // a regular expression; else a part of a word, whatever its case

    bool isEmpty() const { return text.isEmpty(); }
    QString fault() const;  // of a regular expression; empty: none
};

// Parameters first, then nodes, in the order of the graph.
std::vector<Cursor> findInGraph(const Module& module, const Function& function, const FindQuery& query);

}  // namespace strata
