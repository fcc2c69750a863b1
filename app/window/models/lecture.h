// The steps of a session as a lecture tells them: what is said of each to the class, and what only the lecturer reads.
#pragma once

#include "app/window/models/timings.h"

namespace strata {

struct LectureStep {
    int state = 0, number = 0;
    Level level = Level::Graph;
    QString title, sentence;  // "6 · vectorize j1", "Eight neighbouring outputs become one register."
    QStringList notes;        // the comments above the step in the recipe, and its own
    QString figure, remark;   // "538 → 75.1 µs", "7.2 × vs step 5"; empty: not measured
    friend bool operator==(const LectureStep&, const LectureStep&) = default;
};

// From the model to the end of the path that the shown state is on.
std::vector<LectureStep> lectureSteps(const Session& session, const Times& times, const QString& model);

}  // namespace strata
