// What is published, made comparable with what is measured here: a time of another machine says little, but by how much
// a step made it faster there can be held against what it does here.
#pragma once

#include "app/lesson/lesson.h"

namespace strata {

// The first lesson step for which the same source has a figure in the same unit; the step itself, if there is none
// before.
std::size_t sourceBegins(const Lesson& lesson, std::size_t step, const PublishedTime& time);
// How many times as fast as there; nothing, where the source begins, or where its unit is no time and no speed.
std::optional<double> timesAsFast(const Lesson& lesson, std::size_t step, const PublishedTime& time);

inline bool isSpeed(const PublishedTime& time) { return time.unit == "GFLOPS"; }

}  // namespace strata
