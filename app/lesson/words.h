// The words around a lesson's text, in its language.
#pragma once

#include <string>

namespace strata {

struct LessonWords {
    const char *look, *task, *hints, *whatIf, *questions, *changed, *time;
    const char *here, *published, *notMeasured, *legal, *refused, *answer;
    const char *graph, *loops, *asBefore;  // asBefore: "{} lines as before"
    const char *introduction, *allTimes, *step;
    const char* made;  // "{}, made by Strata on {}": chapter, machine
    const char *stepByStep, *allBelow;
};
const LessonWords& lessonWords(const std::string& language);  // English for one that it does not know

}  // namespace strata
