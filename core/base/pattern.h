// Regular expressions, in RE2's syntax, as automata over bytes of UTF-8.
//
// An expression is known when code is made, so it becomes a table then: a byte leads from a state to the next, and
// whether a whole text matches is one look a byte (strata_text_matches, core/base/text_bytes.h), in the evaluator and in
// artifacts, which bring no library for it. What such a table cannot say (references back, lookaround) RE2 does not have
// either; classes of Unicode by name (\pL) are left out.
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>

namespace strata {

// The table, or why there is none: the expression is none, Strata does not have it, or it needs too many states.
//     u16 classes; u8 classOf[256]; u16 next[states][classes]
// State 0 is that of no match, 1 the first; the last class is the end of the text, and leads to 1 where that matches.
Result<std::string> automatonOf(std::string_view expression);

}  // namespace strata
