#include "app/lesson/lesson.h"

namespace strata {

std::vector<Step> Lesson::stepsOf(const LessonStep& step) const
{
    const std::vector<Step> all = recipe.steps();
    return {all.begin() + step.first, all.begin() + step.first + step.count};
}

}  // namespace strata
