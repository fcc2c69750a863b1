// The graph of a state as a drawing for a page: SVG with colours of its own, and classes by which a page gives it
// others.
#pragma once

#include "core/ir/module.h"

#include <stop_token>
#include <string>

namespace strata {

// Of the entry: a graph, folded where it is large, or a runtime program with its calls. `before`, if given, is what the
// step that made the module was taken on: what became of its nodes is marked. Empty: there is nothing to draw.
std::string graphSvg(const Module& module, const Module* before, const Forwarding& forwarding,
                     std::stop_token stop = {});

// Text of a page or a drawing: what XML would read as its own is escaped, and what is no character of it replaced.
std::string escapeXml(const std::string& text);

}  // namespace strata
