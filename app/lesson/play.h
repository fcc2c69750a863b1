// A lesson taken from its first step to its last, and held to what it says.
#pragma once

#include "app/lesson/lesson.h"
#include "app/workbench/workbench.h"

namespace strata {

// By lesson step the state behind it, of a session in which the lesson's recipe was replayed on the model.
std::vector<int> lessonStates(const Lesson& lesson, const Session& session);
// The state that a lesson step begins with.
inline int stateBefore(const std::vector<int>& states, std::size_t step) { return step == 0 ? 0 : states[step - 1]; }

// The values that the lesson gives its model, by name of the input.
Result<std::map<std::string, Tensor>> givenInputs(const Lesson& lesson, const Module& module);

// The answer, found in a state, as LessonQuestion::answer says it.
Result<std::string> answerTo(const LessonQuestion& question, const Lesson& lesson, const Session& session, int state);
// Whether somebody's answer is that one: "16,384" is 16384.
bool isAnswer(const LessonQuestion& question, const std::string& given);

struct PlayedLesson {
    OpenedModel model;
    std::unique_ptr<Session> session;
    std::vector<int> states;
};
// A step that is refused is an error with the line of the recipe.
Result<PlayedLesson> playLesson(const Lesson& lesson, Toolchain& toolchain);

// Everything that a lesson promises: each step applies, what it says to look at is there, other choices are legal or
// refused in the words that it tells, answers are right, targets are met, each exercise answers five kinds of mistakes
// (or its recipe says why there are fewer), and back at the beginning the model is as it was. What does not hold, a
// sentence each, with its place.
struct LessonReport {
    int steps = 0, exercises = 0, mistakes = 0, choices = 0, questions = 0, targets = 0, hints = 0;
    std::vector<std::string> faults;
};
Result<LessonReport> checkLesson(const Lesson& lesson, Toolchain& toolchain);

}  // namespace strata
