// What is written in the boxes of the graph.
#pragma once

#include "app/graph/fold.h"
#include "app/window/graph/picture.h"

namespace strata {

QString typeText(const ValueType& type);     // "f32[1, 200]"
QString shapeText(const TensorType& type);   // "200×784"
QString shortName(const std::string& name);  // without its scopes
GraphBox inputBox(const Function& function, const TypedName& parameter);
GraphBox outputBox(const Function& function, const TypedName& result, const std::string& value);
GraphBox operatorBox(const Module& module, const Function& function, const GraphNode& node);
// Closed or, as a Frame, open.
GraphBox groupBox(const Module& module, const Function& function, const FoldItem& item, bool open, int shown);
// A guess of the size of the text in pixels; the view clips, so that this is enough.
void measure(GraphBox& box);

}  // namespace strata
