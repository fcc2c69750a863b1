// What a reader hands in: their steps, answers and times of a lesson as one file, which anybody can replay. Its hash
// tells whether it was changed by accident; that the steps lead where they should is found by taking them.
#pragma once

#include "app/lesson/play.h"
#include "app/lesson/progress.h"

namespace strata {

std::string handIn(const Lesson& lesson, const LessonProgress& progress);
Status saveHandIn(const Lesson& lesson, const LessonProgress& progress, const std::string& path);

struct HandedInExercise {
    enum class Outcome { Right, Shown, Wrong, Missing };
    std::string step, title;
    Outcome outcome = Outcome::Missing;
    int hints = 0;
    std::string said;  // of a wrong one: in what it differs, or why a step is refused
    double ms = 0;     // as the reader measured it; 0: not measured
};

struct HandedIn {
    std::string lesson, title, machine;
    bool unchanged = true;   // its hash is that of its content
    bool sameLesson = true;  // the lesson has the steps that the reader saw
    std::vector<HandedInExercise> exercises;
    int answered = 0, right = 0, questions = 0;
    // Every exercise was solved by steps of the reader's own, and every question answered rightly.
    bool complete() const;
};

// Takes the steps again and asks the questions again. `folder`: of the lesson; "": found by its name.
Result<HandedIn> verifyHandIn(const std::string& text, const std::string& folder, const std::string& language,
                              Toolchain& toolchain);

}  // namespace strata
