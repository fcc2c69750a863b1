#include "app/lesson/published.h"

#include <algorithm>

namespace strata {

namespace {

const PublishedTime* figureOf(const LessonStep& step, const PublishedTime& like)
{
    const auto found = std::find_if(step.published.begin(), step.published.end(), [&](const PublishedTime& one) {
        return one.source == like.source && one.unit == like.unit;
    });
    return found == step.published.end() ? nullptr : &*found;
}

}  // namespace

std::size_t sourceBegins(const Lesson& lesson, std::size_t step, const PublishedTime& time)
{
    for (std::size_t i = 0; i < step; ++i)
        if (figureOf(lesson.steps[i], time))
            return i;
    return step;
}

std::optional<double> timesAsFast(const Lesson& lesson, std::size_t step, const PublishedTime& time)
{
    const std::size_t begin = sourceBegins(lesson, step, time);
    const double first = figureOf(lesson.steps[begin], time)->value;
    if (begin == step || first <= 0 || time.value <= 0)
        return {};
    if (isSpeed(time))
        return time.value / first;
    return time.unit == "ms" ? std::optional(first / time.value) : std::nullopt;
}

}  // namespace strata
