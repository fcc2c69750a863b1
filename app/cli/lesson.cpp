// strata lesson: lists, plays, checks and begins lessons; and says of somebody's steps where they differ from a
// lesson's.
#include "app/cli/commands.h"
#include "app/lesson/compare.h"
#include "app/lesson/hand_in.h"
#include "app/lesson/handout.h"
#include "app/lesson/published.h"
#include "core/session/diff.h"

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace strata::cli {

namespace {

using Json = nlohmann::json;

std::string languageOf(const Options& options) { return options.language.empty() ? "en" : options.language; }

int list(const Options& options)
{
    const std::shared_ptr<const Registry> registry = makeRegistry();
    Json all = Json::array();
    for (const std::string& folder : lessonFolders()) {
        const std::vector<std::string> languages = lessonLanguages(folder);
        const bool there = std::find(languages.begin(), languages.end(), languageOf(options)) != languages.end();
        const Result<Lesson> lesson = readLesson(
            folder, there || languages.empty() ? languageOf(options) : languages.front(), *registry);
        if (!lesson)
            return fail(lesson.error(), options);
        if (options.json)
            all.push_back({{"name", lesson->name},
                           {"title", lesson->title},
                           {"chapter", lesson->chapter},
                           {"summary", lesson->summary},
                           {"steps", lesson->steps.size()},
                           {"languages", languages}});
        else
            std::printf("%-26s%-38s%s\n", lesson->name.c_str(), lesson->title.c_str(), lesson->summary.c_str());
    }
    if (options.json)
        print({{"lessons", all}});
    return Fine;
}

// What the steps of a lesson step change at the level of loops, or of the first of them.
std::string changesOf(const Lesson& lesson, const LessonStep& step, const Session& session, int before, int after)
{
    const ModulePtr from = session.state(before)->module, to = session.state(after)->module;
    std::string text;
    for (const FunctionPtr& function : to->functions) {
        const FunctionPtr old = from->find(function->name);
        if (old == function)
            continue;
        const auto lines = [](const FunctionPtr& f) {
            std::vector<std::string> all;
            if (f)
                for (const TextLine& line : printLines(*f, Form::Short))
                    all.push_back(line.text);
            return all;
        };
        const std::vector<std::string> one = lines(old), other = lines(function);
        text += render(diffLines(one, other), one, other);
    }
    for (const Step& taken : lesson.stepsOf(step))
        text = "    " + print(taken, session.registry()) + "\n" + text;
    return text;
}

void section(const std::string& title, const std::string& text)
{
    if (!text.empty())
        std::printf("%s%s\n\n", title.empty() ? "" : (title + "\n").c_str(), text.c_str());
}

int play(const Options& options, const Lesson& lesson, Toolchain& toolchain)
{
    const Result<PlayedLesson> played = playLesson(lesson, toolchain);
    if (!played)
        return failAnswer(played.error(), options);
    std::printf("%s\n%s\n\n", lesson.title.c_str(), lesson.summary.c_str());
    section({}, lesson.text);
    for (std::size_t i = 0; i < lesson.steps.size(); ++i) {
        const LessonStep& step = lesson.steps[i];
        std::printf("%zu  %s\n\n", i + 1, step.title.c_str());
        section({}, step.text);
        section({}, changesOf(lesson, step, *played->session, stateBefore(played->states, i), played->states[i]));
        section({}, step.changed);
        for (const LessonChoice& choice : step.choices)
            std::printf("%s %s\n    %s\n", choice.refusal.empty() ? "+" : "x",
                        print(choice.step, played->session->registry()).c_str(), choice.text.c_str());
        for (const LessonQuestion& question : step.questions)
            std::printf("? %s\n    %s\n", question.text.c_str(), question.answer.c_str());
        for (const PublishedTime& time : step.published) {
            const std::optional<double> faster = timesAsFast(lesson, i, time);
            std::printf("%g %s%s: %s\n", time.value, time.unit.c_str(),
                        faster ? (" (x " + std::to_string(*faster).substr(0, 4) + ")").c_str() : "",
                        lesson.sources.at(time.source).c_str());
        }
        std::printf("\n");
    }
    return Fine;
}

// Somebody's steps, held against those of the lesson up to one of its steps (--at), or all.
int judge(const Options& options, const Lesson& lesson, Toolchain& toolchain)
{
    const Result<PlayedLesson> played = playLesson(lesson, toolchain);
    if (!played)
        return failAnswer(played.error(), options);
    int target = played->states.back();
    if (!options.at.empty()) {
        const auto found = std::find_if(lesson.steps.begin(), lesson.steps.end(), [&](const LessonStep& step) {
            return step.name == options.at || std::to_string(&step - lesson.steps.data() + 1) == options.at;
        });
        if (found == lesson.steps.end()) {
            std::string names;
            for (const LessonStep& step : lesson.steps)
                names += (names.empty() ? "" : ", ") + step.name;
            return fail(refused(say("The lesson {} has no step {}.", lesson.name, options.at), {},
                                "Its steps are, by number or name: " + names + "."),
                        options);
        }
        target = played->states[found - lesson.steps.begin()];
    }
    Session& session = *played->session;
    session.select(0);
    if (const Status taken = applyRecipe(session, options.recipes.front(), options); !taken)
        return failAnswer(taken.error(), options);
    const Attempt attempt = judgeAttempt(session, session.current()->id, target);
    if (options.json) {
        Json steps = Json::array();
        for (const StepDifference& step : attempt.steps)
            steps.push_back(step.said.text());
        print({{"right", attempt.right()},
               {"where", attempt.where ? attempt.where->said.text() : std::string()},
               {"steps", steps}});
    } else if (attempt.right()) {
        std::printf("right: it is the program of the lesson\n");
    } else {
        const Catalogue catalogue = catalogueFor(options);
        std::printf("%s\n", catalogue.translated(attempt.where->said).c_str());
        for (const StepDifference& step : attempt.steps)
            std::printf("%s\n", catalogue.translated(step.said).c_str());
    }
    return attempt.right() ? Fine : AnswerIsNo;
}

int checkOne(const std::string& folder, const Options& options, Toolchain& toolchain, Json& all)
{
    std::vector<std::string> languages = lessonLanguages(folder);
    if (!options.language.empty())
        languages = {options.language};
    if (languages.empty())
        return fail(refused(say("{} has no text: lesson.en.md or lesson.zh.md.", folder)), options);
    const std::shared_ptr<const Registry> registry = makeRegistry();
    Exit worst = Fine;
    for (const std::string& language : languages) {
        const Result<Lesson> lesson = readLesson(folder, language, *registry);
        if (!lesson)
            return fail(lesson.error(), options);
        const Result<LessonReport> report = checkLesson(*lesson, toolchain);
        if (!report)
            return failAnswer(report.error(), options);
        if (!report->faults.empty())
            worst = AnswerIsNo;
        if (options.json) {
            all.push_back({{"name", lesson->name},
                           {"language", language},
                           {"steps", report->steps},
                           {"exercises", report->exercises},
                           {"mistakes", report->mistakes},
                           {"choices", report->choices},
                           {"questions", report->questions},
                           {"targets", report->targets},
                           {"hints", report->hints},
                           {"faults", report->faults}});
            continue;
        }
        std::printf(
            "%-26s%s  %d steps, %d mistakes in %d exercises, %d what-ifs, %d questions, %d targets, %d hints%s\n",
            lesson->name.c_str(), language.c_str(), report->steps, report->mistakes, report->exercises, report->choices,
            report->questions, report->targets, report->hints, report->faults.empty() ? "" : ": FAULTS");
        for (const std::string& fault : report->faults)
            std::printf("    %s\n", fault.c_str());
    }
    return worst;
}

int checkLessons(const Options& options)
{
    if (options.all == !(options.paths.size() == 1))
        return fail(refused("strata lesson check takes a LESSON, or --all."), options);
    std::vector<std::string> folders = lessonFolders();
    if (!options.all) {
        const Result<std::string> folder = findLesson(options.paths[1]);
        if (!folder)
            return fail(folder.error(), options);
        folders = {*folder};
    }
    Toolchain toolchain;
    Json all = Json::array();
    int worst = Fine;
    for (const std::string& folder : folders)
        worst = std::max(worst, checkOne(folder, options, toolchain, all));
    if (options.json)
        print({{"lessons", all}});
    return worst;
}

// The lesson as a page, with the times of this machine if they are asked for (--run).
int handout(const Options& options, const Lesson& lesson, Toolchain& toolchain)
{
    if (options.out.empty())
        return fail(refused("strata lesson handout writes a page; --out says where.", {}, "Add --out FILE.html."),
                    options);
    ProgressLine progress(options);
    const Result<PlayedLesson> played = playLesson(lesson, toolchain);
    if (!played)
        return failAnswer(played.error(), options);
    std::map<int, Timing> times;
    if (options.run) {
        Result<std::map<int, Timing>> measured = measureLesson(toolchain, lesson, *played, options.seconds, {},
                                                               progress.report());
        if (!measured)
            return failAnswer(measured.error(), options);
        times = std::move(*measured);
    }
    const Result<std::string> page = handoutPage(toolchain, lesson, *played->session, played->states, times, {},
                                                 progress.report());
    progress.clear();
    if (!page)
        return failAnswer(page.error(), options);
    if (const Status saved = savePage(*page, options.out); !saved)
        return fail(saved.error(), options);
    if (options.json)
        print({{"file", options.out}, {"steps", lesson.steps.size()}, {"measured", times.size()}});
    else if (!options.quiet)
        std::printf("%s: %zu steps\n", options.out.c_str(), lesson.steps.size());
    return Fine;
}

const char* nameOf(HandedInExercise::Outcome outcome)
{
    constexpr const char* names[] = {"right", "shown", "wrong", "missing"};
    return names[static_cast<int>(outcome)];
}

// A report that a reader hands in, taken again step by step.
int verify(const Options& options)
{
    const std::string& path = options.paths[1];
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return fail(refused(say("There is no file {}.", path)), options);
    std::ostringstream text;
    text << file.rdbuf();
    Toolchain toolchain;
    const Result<HandedIn> report = verifyHandIn(text.str(), {}, languageOf(options), toolchain);
    if (!report)
        return fail(report.error(), options);
    if (options.json) {
        Json exercises = Json::array();
        for (const HandedInExercise& exercise : report->exercises)
            exercises.push_back({{"step", exercise.step},
                                 {"outcome", nameOf(exercise.outcome)},
                                 {"hints", exercise.hints},
                                 {"said", exercise.said},
                                 {"ms", exercise.ms}});
        print({{"lesson", report->lesson},
               {"machine", report->machine},
               {"unchanged", report->unchanged},
               {"same_lesson", report->sameLesson},
               {"exercises", exercises},
               {"questions", report->questions},
               {"answered", report->answered},
               {"right", report->right},
               {"complete", report->complete()}});
        return report->complete() ? Fine : AnswerIsNo;
    }
    std::printf("%s, on %s\n", report->title.c_str(), report->machine.c_str());
    if (!report->unchanged)
        std::printf("The report was changed after it was written: its hash is another.\n");
    if (!report->sameLesson)
        std::printf("The lesson has other steps than the one that the reader saw.\n");
    for (const HandedInExercise& exercise : report->exercises)
        std::printf("%-8s%s%s%s%s\n", nameOf(exercise.outcome), exercise.title.c_str(),
                    exercise.hints > 0 ? (", " + std::to_string(exercise.hints) + " hints").c_str() : "",
                    exercise.ms > 0 ? (", " + std::to_string(exercise.ms) + " ms").c_str() : "",
                    exercise.said.empty() ? "" : ("\n        " + exercise.said).c_str());
    std::printf("%d of %d questions answered, %d rightly\n", report->answered, report->questions, report->right);
    return report->complete() ? Fine : AnswerIsNo;
}

}  // namespace

int lesson(const Options& options)
{
    const std::string what = options.paths.empty() ? "" : options.paths[0];
    if (what == "list" && options.paths.size() == 1)
        return list(options);
    if (what == "check" && options.recipes.empty())
        return checkLessons(options);
    if (options.paths.size() != 2
        || (what != "run" && what != "new" && what != "check" && what != "handout" && what != "verify"))
        return fail(refused("strata lesson takes list, run LESSON, check LESSON or --all, handout LESSON, verify "
                            "REPORT, or new FOLDER.",
                            {}, "strata --help lesson shows how."),
                    options);
    if (what == "verify")
        return verify(options);
    if (what == "new") {
        const Status made = newLesson(options.paths[1]);
        if (!made)
            return fail(made.error(), options);
        std::printf("%s: lesson.recipe and lesson.en.md\n", options.paths[1].c_str());
        return Fine;
    }
    const Result<std::string> folder = findLesson(options.paths[1]);
    if (!folder)
        return fail(folder.error(), options);
    const Result<Lesson> lesson = readLesson(*folder, languageOf(options), *makeRegistry());
    if (!lesson)
        return fail(lesson.error(), options);
    Toolchain toolchain;
    return what == "run"       ? play(options, *lesson, toolchain)
           : what == "handout" ? handout(options, *lesson, toolchain)
                               : judge(options, *lesson, toolchain);
}

}  // namespace strata::cli
