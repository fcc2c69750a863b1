#include "app/cli/commands.h"

#include "app/workbench/tune.h"

#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

namespace strata::cli {

namespace {

volatile std::sig_atomic_t interrupted = 0;

// Ctrl+C ends the search, not the program: what was found is written.
class Interrupt {
public:
    Interrupt()
        : m_previous(std::signal(SIGINT, [](int) { interrupted = 1; }))
        , m_watch([this](std::stop_token end) {
            while (!end.stop_requested() && !interrupted)
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
            if (interrupted)
                m_stop.request_stop();
        })
    {
    }
    ~Interrupt()
    {
        m_watch.request_stop();
        m_watch.join();
        std::signal(SIGINT, m_previous);
    }
    std::stop_token token() const { return m_stop.get_token(); }

private:
    void (*m_previous)(int);
    std::stop_source m_stop;
    std::jthread m_watch;
};

void printText(const Tuning& tuning, const std::string& database)
{
    std::printf("%-44s %6s %10s %8s  %s\n", "function", "share", "tried", "speed", "choice");
    for (const TunedFunction& f : tuning.functions)
        if (f.choices > 0 && f.share >= 0.005)
            std::printf("%-44s %4.0f %% %4d/%-5d %7.2fx  %s\n", printable(f.function).c_str(), 100 * f.share, f.tried,
                        f.choices, f.speed, printable(choiceText(f)).c_str());
    std::printf("ended: %s\n", tuning.ended.c_str());
    std::printf("the model: %s by the rules, %s tuned, %.2f times as fast (%.2f to %.2f)\n",
                millisecondsText(tuning.ruleMs).c_str(), millisecondsText(tuning.tunedMs).c_str(), tuning.speed.value,
                tuning.speed.low, tuning.speed.high);
    if (!tuning.holds)
        std::printf(
            "what was found for functions by themselves does not hold in the model: the rules' own choices are taken\n");
    if (!database.empty())
        std::printf("what was measured is kept in %s\n", database.c_str());
}

nlohmann::json toJson(const Tuning& tuning, const std::string& database)
{
    nlohmann::json functions = nlohmann::json::array();
    for (const TunedFunction& f : tuning.functions)
        functions.push_back({{"function", f.function},
                             {"share", f.share},
                             {"choices", f.choices},
                             {"tried", f.tried},
                             {"times_as_fast", f.speed},
                             {"decisions", f.decisions}});
    return {{"functions", functions},    {"ended", tuning.ended},      {"holds", tuning.holds},
            {"rules_ms", tuning.ruleMs}, {"tuned_ms", tuning.tunedMs}, {"times_as_fast", tuning.speed.value},
            {"low", tuning.speed.low},   {"high", tuning.speed.high},  {"database", database},
            {"machine", machineName()}};
}

}  // namespace

int tune(const Options& options)
{
    const Result<std::string> path = modelPath(options);
    if (!path)
        return fail(path.error(), options);
    if (options.out.empty())
        return fail(refused("strata tune needs a place for its recipe.", {}, "Add --out FILE."), options);
    Toolchain toolchain;
    ProgressLine progress(options);
    const Result<Study> prepared = open(options, *path, toolchain, progress.report());
    if (!prepared)
        return fail(prepared.error(), options);
    Session& session = *prepared->session;
    const Module& model = *prepared->model.module;
    TuneRequest request;
    request.seconds = options.tuneSeconds;
    request.threads = threadsFor(options, model.target);
    request.database = options.database.empty() ? TuningDatabase::defaultPath(toolchain) : options.database;
    Result<std::vector<Tensor>> inputs = inputsFor(model, prepared->model.data);
    if (!inputs)
        return fail(inFile(inputs.error(), *path), options);
    request.inputs = std::move(*inputs);
    const Interrupt interrupt;
    const Result<Tuning> tuning = strata::tune(toolchain, session, request, interrupt.token(), progress.report());
    progress.clear();
    if (!tuning)
        return failAnswer(tuning.error(), options);
    if (const Status saved = saveRecipe(print(recipeOf(session), session.registry()), options.out); !saved)
        return fail(saved.error(), options);
    if (options.json)
        print(toJson(*tuning, request.database));
    else
        printText(*tuning, request.database);
    return Fine;
}

}  // namespace strata::cli
