// Groups of steps: which group a step is in where it comes to stand. A group holds steps of one path that follow each
// other, and no other group.
#pragma once

#include "core/base/result.h"

#include <memory>
#include <string>
#include <vector>

namespace strata {

// Steps of one path that follow each other and hold the same pointer are a group; the text is its title.
using StepGroup = std::shared_ptr<const std::string>;

// Of a step that comes between two: theirs, if they share one.
StepGroup groupBetween(const StepGroup& before, const StepGroup& after);

// The groups of a path's steps, of which `count` from `begin` on came there from elsewhere: those that came into a
// group join it, a whole group keeps its own, part of one stays in it only where it still touches it.
Status regroupMoved(std::vector<StepGroup>& groups, std::size_t begin, std::size_t count);

// One line, without spaces around it: a title or a note.
std::string oneLine(const std::string& text);

}  // namespace strata
