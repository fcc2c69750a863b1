// What the two sampling steps share: a draw that a seed decides, so that a recipe draws the same again, and the split
// that is made of it.
#pragma once

#include "passes/loops/rewrite.h"

namespace strata::loops {

// A number below `count`, by the seed and what is drawn for; equally likely each.
std::size_t drawn(std::int64_t seed, const std::string& what, std::size_t count);
// A number that may be left out.
std::int64_t integerOr(const Arguments& arguments, const std::string& name, std::int64_t otherwise);
// The loop that is to be cut, whose extent has to be a number.
Result<std::int64_t> extentToCut(const Module& module, const Arguments& arguments);
// The split by factors that were drawn, with a note of what else there was to draw.
Result<Change> splitAsDrawn(const Module& module, const Arguments& arguments, const std::vector<std::int64_t>& factors,
                            const std::string& note);
std::string listText(const std::vector<std::int64_t>& numbers);  // "[8, 16]"

}  // namespace strata::loops
