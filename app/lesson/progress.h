// How far a reader has come in a lesson: what was taken and how, and what was answered. It stays on the reader's
// machine.
#pragma once

#include "core/base/result.h"

#include <map>
#include <string>

namespace strata {

struct ExerciseProgress {
    bool shown = false;  // the reader had it shown, instead of taking steps of their own
    int hints = 0;       // that were opened
    std::string recipe;  // from the beginning of the lesson to where it was right
    friend bool operator==(const ExerciseProgress&, const ExerciseProgress&) = default;
};

struct LessonProgress {
    std::map<std::string, ExerciseProgress> exercises;  // that are done, by step of the lesson
    std::map<std::string, std::string> answers;         // given last, by "step/question"
    std::map<std::string, double> times;                // measured last, milliseconds, by step of the lesson
    bool empty() const { return exercises.empty() && answers.empty() && times.empty(); }
    friend bool operator==(const LessonProgress&, const LessonProgress&) = default;
};

std::string progressText(const LessonProgress& progress);
Result<LessonProgress> parseProgress(const std::string& text);

// A file that is not there is no progress.
Result<LessonProgress> loadProgress(const std::string& path);
Status saveProgress(const LessonProgress& progress, const std::string& path);

}  // namespace strata
