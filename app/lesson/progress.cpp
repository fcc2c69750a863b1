#include "app/lesson/progress.h"

#include "core/base/write_whole.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace strata {

namespace {

using Json = nlohmann::json;

constexpr int format = 1;

}  // namespace

std::string progressText(const LessonProgress& progress)
{
    Json exercises = Json::object();
    for (const auto& [step, done] : progress.exercises)
        exercises[step] = {{"shown", done.shown}, {"hints", done.hints}, {"recipe", done.recipe}};
    return Json{{"format", format}, {"exercises", exercises}, {"answers", progress.answers}, {"times", progress.times}}
               .dump(1, ' ', false, Json::error_handler_t::replace)
           + "\n";
}

Result<LessonProgress> parseProgress(const std::string& text)
{
    try {
        const Json json = Json::parse(text);
        if (json.at("format").get<int>() != format)
            return refused(
                say("It has format {}; this program reads format {}.", json.at("format").get<int>(), format));
        LessonProgress progress;
        for (const auto& [step, done] : json.at("exercises").items())
            progress.exercises[step] = {done.at("shown").get<bool>(), done.at("hints").get<int>(),
                                        done.at("recipe").get<std::string>()};
        json.at("answers").get_to(progress.answers);
        json.at("times").get_to(progress.times);
        return progress;
    } catch (const Json::exception& problem) {
        return refused(say("It is no progress of a lesson: {}.", problem.what()));
    }
}

Result<LessonProgress> loadProgress(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return LessonProgress();
    std::ostringstream text;
    text << file.rdbuf();
    return parseProgress(text.str());
}

Status saveProgress(const LessonProgress& progress, const std::string& path)
{
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    return writeWhole(progressText(progress), path, "The progress");
}

}  // namespace strata
