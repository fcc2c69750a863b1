// A text with what is gone between its lines, as two texts of as many lines: what it was, and what it is.
#pragma once

#include "app/window/models/line_document.h"

namespace strata {

struct Sides {
    LineDocumentPtr before, after;
};
// Lines of both stand beside each other; where one side has none, its line is empty and marked as the other's.
Sides sidesOf(const LineDocument& document);

}  // namespace strata
