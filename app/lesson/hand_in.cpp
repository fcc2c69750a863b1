#include "app/lesson/hand_in.h"

#include "app/lesson/compare.h"
#include "core/base/sha256.h"
#include "core/base/write_whole.h"
#include "core/session/document.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace strata {

namespace {

using Json = nlohmann::json;

std::string hashOf(const Json& json)
{
    const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    Sha256 hash;
    hash.append(text.data(), text.size());
    return hash.finish();
}

std::string recipeHash(const Lesson& lesson) { return sha256OfFile(lesson.folder + "/lesson.recipe"); }

// What somebody's steps to an exercise come to.
void judge(HandedInExercise& exercise, const ExerciseProgress& done, Session& session, int target)
{
    using Outcome = HandedInExercise::Outcome;
    exercise.hints = done.hints;
    if (done.shown) {
        exercise.outcome = Outcome::Shown;
        return;
    }
    exercise.outcome = Outcome::Wrong;
    const Result<Recipe> recipe = parseRecipe(done.recipe, session.registry());
    session.select(0);
    const Status replayed = recipe ? replay(session, *recipe) : Status(recipe.error());
    if (!replayed) {
        exercise.said = replayed.error().text();
        return;
    }
    const Attempt attempt = judgeAttempt(session, session.current()->id, target);
    if (attempt.right())
        exercise.outcome = Outcome::Right;
    else
        exercise.said = attempt.where->said.text();
}

Result<HandedIn> verify(const Json& json, const std::string& folder, const std::string& language, Toolchain& toolchain)
{
    HandedIn result;
    result.lesson = json.at("lesson").get<std::string>();
    result.machine = json.at("machine").get<std::string>();
    Json content = json;
    content.erase("hash");
    result.unchanged = hashOf(content) == json.at("hash").get<std::string>();
    STRATA_TRY(const LessonProgress progress, parseProgress(json.at("progress").dump()));
    const Result<std::string> found = folder.empty() ? findLesson(result.lesson) : Result<std::string>(folder);
    if (!found)
        return found.error();
    STRATA_TRY(const Lesson lesson, readLesson(*found, language, *makeRegistry()));
    result.title = lesson.title;
    result.sameLesson = recipeHash(lesson) == json.at("recipe").get<std::string>();
    STRATA_TRY(PlayedLesson played, playLesson(lesson, toolchain));
    for (std::size_t i = 0; i < lesson.steps.size(); ++i) {
        const LessonStep& step = lesson.steps[i];
        for (const LessonQuestion& question : step.questions) {
            ++result.questions;
            const auto answer = progress.answers.find(step.name + "/" + question.name);
            result.answered += answer != progress.answers.end();
            result.right += answer != progress.answers.end() && isAnswer(question, answer->second);
        }
        if (step.count == 0)
            continue;
        HandedInExercise exercise;
        exercise.step = step.name;
        exercise.title = step.title;
        if (const auto done = progress.exercises.find(step.name); done != progress.exercises.end())
            judge(exercise, done->second, *played.session, played.states[i]);
        if (const auto time = progress.times.find(step.name); time != progress.times.end())
            exercise.ms = time->second;
        result.exercises.push_back(std::move(exercise));
    }
    return result;
}

}  // namespace

bool HandedIn::complete() const
{
    return unchanged && sameLesson && right == questions
           && std::all_of(exercises.begin(), exercises.end(), [](const HandedInExercise& exercise) {
                  return exercise.outcome == HandedInExercise::Outcome::Right;
              });
}

std::string handIn(const Lesson& lesson, const LessonProgress& progress)
{
    Json json{{"format", 1},
              {"lesson", lesson.name},
              {"recipe", recipeHash(lesson)},
              {"machine", machineName()},
              {"progress", Json::parse(progressText(progress))}};
    json["hash"] = hashOf(json);
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Status saveHandIn(const Lesson& lesson, const LessonProgress& progress, const std::string& path)
{
    return writeWhole(handIn(lesson, progress), path, "The report");
}

Result<HandedIn> verifyHandIn(const std::string& text, const std::string& folder, const std::string& language,
                              Toolchain& toolchain)
{
    try {
        return verify(Json::parse(text), folder, language, toolchain);
    } catch (const Json::exception& problem) {
        return refused(say("It is no report of a lesson: {}.", problem.what()));
    }
}

}  // namespace strata
