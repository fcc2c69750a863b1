// The lines that a loop's body takes in a text pane: for brackets beside them, and to fold them away.
#pragma once

#include "app/window/models/line_document.h"

namespace strata {

struct LoopScope {
    int line = 0, last = 0;  // of the loop, and of its body's end
    int column = 0;          // where "for" stands
    Cursor loop;             // the innermost of those that the line names
};

// In the order of their lines; loops whose body is on no line of its own are left out.
std::vector<LoopScope> loopScopes(const LineDocument& document);

// Without the bodies of these loops, whose lines say how much is missing; the same pointer where there is none.
LineDocumentPtr folded(const LineDocumentPtr& document, const std::set<Cursor>& loops);

// Each place where a statement's line accesses a buffer can be chosen: the buffer becomes one of the line's nodes.
void addAccesses(LineDocument& document, const std::string& function, const std::vector<std::string>& buffers);

}  // namespace strata
