// A lesson as a page to hand out: what it says of each step, what the step changes, what other choices come to, and
// the times of whoever makes the page beside those that were published. In the lesson's language; needs no network.
#pragma once

#include "app/lesson/play.h"
#include "app/report/report.h"

namespace strata {

// By state. Those behind each step of the lesson, measured in turn.
Result<std::map<int, Timing>> measureLesson(Toolchain& toolchain, const Lesson& lesson, const PlayedLesson& played,
                                            double seconds, std::stop_token stop = {}, const Progress& progress = {});

// `states`: by step of the lesson (lessonStates). `times`: by state; what is not there was not measured.
Result<std::string> handoutPage(Toolchain& toolchain, const Lesson& lesson, const Session& session,
                                const std::vector<int>& states, const std::map<int, Timing>& times,
                                std::stop_token stop = {}, const Progress& progress = {});

}  // namespace strata
