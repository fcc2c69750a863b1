// What readers do wrong, tried out: for each exercise five mistakes, one of each kind, and what is said of them.
//
// The mistakes are made from the exercise's own steps, so that an exercise that somebody writes tomorrow has them, too.
// A kind that an exercise cannot have is one that its recipe names, with the reason (`#@ without order there is one
// step`); another step too many stands for it.
#pragma once

#include "app/lesson/play.h"

namespace strata {

struct AnsweredMistake {
    MistakeKind kind = MistakeKind::Missing;
    std::vector<Step> steps;  // that the reader takes, from the state that the exercise begins with or an earlier one
    bool refused = false;     // the last of them, and what is said is why
    std::string said;         // what differs and by which step, or the refusal
};

// Of each kind the first that is answered: said to be wrong, with the step that is, or refused. Of Extra as many more
// as the recipe says that there are kinds without. Where none can be made, none is there.
std::vector<AnsweredMistake> answeredMistakes(const Lesson& lesson, const PlayedLesson& played, std::size_t exercise);

}  // namespace strata
