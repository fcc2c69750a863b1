// strata check: is it right?
//
// A model with test data is compared with what they say; a model with steps with the untouched model; a model with
// neither has nothing to be compared with but itself, so its compiled code is compared with the evaluator, and the line
// says so. What cannot be checked is skipped with its reason, and a skip is no pass: see exitOf. Function by function,
// what steps changed is compared with how it first stood: if asked, if the state rests on somebody's word, or if the
// outputs alone do not settle it.
#include "app/cli/commands.h"
#include "app/workbench/judge.h"
#include "app/workbench/judge_functions.h"
#include "core/ir/implementations.h"

#include <cstdio>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

namespace strata::cli {

namespace fs = std::filesystem;

namespace {

enum class Outcome { Passed, Failed, Skipped };
constexpr const char* words[] = {"PASS", "FAIL", "SKIP"};
constexpr double secondsPerFunction = 0.2;  // to time it

struct CaseResult {
    std::string name;
    Outcome outcome = Outcome::Passed;
    std::vector<OutputVerdict> outputs;
    std::string against;  // what they were compared with
    std::string reason;   // of a failure without outputs, or a skip
    std::string cause;    // of a skip: the operator that Strata does not have whole, or what else is in the way
    Exit exit = Fine;
    std::optional<FunctionsReport> functions;
};

CaseResult failed(std::string name, const Error& error)
{
    return {std::move(name), Outcome::Failed, {}, {}, error.text(), {}, exitOfAnswer(error), {}};
}

// Before anything ran: what is refused cannot be checked; the rest is a failure.
CaseResult notRun(std::string name, const Error& error, std::string cause)
{
    if (error.kind == ErrorKind::Refused)
        return {std::move(name), Outcome::Skipped, {}, {}, error.text(), std::move(cause), WrongUse, {}};
    return failed(std::move(name), error);
}

// The operator of the first node that a refusal speaks of: "Scan", "Tokenizer of com.acme".
std::string operatorIn(const Module& module, const Error& error)
{
    for (const Cursor& where : error.nodes) {
        const FunctionPtr function = module.find(where.function);
        if (where.kind != NodeKind::Operator || !function || !function->graph())
            continue;
        for (const GraphNodePtr& node : function->graph()->nodes)
            if (node->name == where.name)
                return node->op + (node->domain.empty() ? "" : " of " + node->domain);
    }
    return "no operator";
}

bool holdsModel(const fs::path& folder) { return fs::exists(folder / "model.onnx"); }

// A path is a model, a folder in ONNX's layout, or a folder of such folders.
Result<std::vector<std::string>> casesOf(const std::vector<std::string>& paths)
{
    std::vector<std::string> cases;
    for (const std::string& path : paths) {
        std::error_code error;
        if (!fs::exists(path, error))
            return refused(say("There is no file or folder {}.", path));
        if (!fs::is_directory(path) || holdsModel(path)) {
            cases.push_back(path);
            continue;
        }
        std::vector<std::string> found;
        for (const fs::directory_entry& entry : fs::directory_iterator(path, error))
            if (entry.is_directory() && holdsModel(entry.path()))
                found.push_back(entry.path().string());
        if (found.empty())
            return refused(say("The folder {} holds neither model.onnx nor folders that do.", path));
        std::sort(found.begin(), found.end());
        cases.insert(cases.end(), found.begin(), found.end());
    }
    return cases;
}

// One model with its recipe applied, on its way to a verdict.
struct Check {
    const Options& options;
    Toolchain& toolchain;
    const Progress& progress;
    const Study& prepared;

    const Module& root() const { return *prepared.model.module; }
    const State& state() const { return *prepared.session->current(); }
    const Module& module() const { return *state().module; }
    // By steps, or by an implementation that the file chooses.
    bool differs() const { return state().parent >= 0 || definitionsOf(root())->functions != root().functions; }

    // On a device the state itself has to run there.
    Status runnable() const
    {
        if (!options.target.device.empty() && !hasDeviceFunctions(module()))
            return noDeviceFunctions();
        return cli::runnable(module(), options, toolchain, progress);
    }
    Status againstData(CaseResult& result) const;
    Status againstUntouched(CaseResult& result) const;
    Status againstEvaluator(CaseResult& result) const;
    Status byFunction(CaseResult& result, Effect least) const;
};

// Test data have what the model takes and gives, each of its type.
Status complete(const OpenedModel& model, std::size_t number, const std::string& path)
{
    const onnx::TestData& data = model.data[number];
    const Function& entry = *model.module->entryFunction();
    const std::string set = path + "/test_data_set_" + std::to_string(number);
    if (data.outputs.size() != entry.results.size())
        return refused(say("{} holds {} outputs, the model has {}.", set, data.outputs.size(), entry.results.size()));
    if (data.inputs.size() != entry.params.size())
        return refused(say("{} holds {} inputs, the model takes {}.", set, data.inputs.size(), entry.params.size()));
    const Result<std::vector<Tensor>> inputs = inputsFor(*model.module, {data});
    if (inputs)
        return {};
    Error error = inputs.error();
    error.message = set + ": " + error.message;
    return error;
}

Status Check::againstData(CaseResult& result) const
{
    result.against = "test data";
    for (const onnx::TestData& data : prepared.model.data) {
        STRATA_TRY(const std::vector<Tensor> inputs, inputsFor(root(), {data}));
        STRATA_TRY(const std::vector<Tensor> outputs, runModule(toolchain, module(), options.target, inputs,
                                                                threadsFor(options, module().target), {}, progress));
        std::vector<Tensor> expected;
        for (const auto& [name, tensor] : data.outputs)
            expected.push_back(tensor);
        STRATA_TRY(const std::vector<OutputVerdict> verdicts,
                   checkOutputs(toolchain, root(), inputs, expected, outputs, {}, progress));
        result.outputs.insert(result.outputs.end(), verdicts.begin(), verdicts.end());
    }
    return {};
}

Status Check::againstUntouched(CaseResult& result) const
{
    result.against = "untouched model";
    STRATA_TRY(const std::vector<Tensor> inputs, inputsFor(root(), {}, assumedBy(module())));
    STRATA_TRY(result.outputs, checkState(toolchain, root(), state(), inputs, {}, progress, options.target));
    return {};
}

Status Check::againstEvaluator(CaseResult& result) const
{
    result.against = "evaluator";
    STRATA_TRY(const std::vector<Tensor> inputs, inputsFor(root(), {}, assumedBy(module())));
    STRATA_TRY(result.outputs, checkCompiler(toolchain, root(), inputs, {}, progress, options.target));
    return {};
}

// On the first of the test data's inputs, where there are any.
Status Check::byFunction(CaseResult& result, Effect least) const
{
    FunctionsRequest request;
    request.path = prepared.session->path();
    STRATA_TRY(request.inputs, inputsFor(root(), prepared.model.data, assumedBy(module())));
    request.target = options.target;
    request.threads = threadsFor(options, module().target);
    request.seconds = options.functions ? secondsPerFunction : 0;
    request.least = least;
    STRATA_TRY(result.functions, checkFunctions(toolchain, request, {}, progress));
    settle(result.outputs, state(), *result.functions);
    return {};
}

std::string caseName(const std::string& path)
{
    fs::path at = fs::absolute(path).lexically_normal();
    if (!at.has_filename())
        at = at.parent_path();
    return (at.filename() == "model.onnx" ? at.parent_path() : at).filename().string();
}

CaseResult checkCase(const std::string& path, const Options& options, Toolchain& toolchain, const Progress& progress)
{
    const std::string name = caseName(path);
    Result<Study> prepared = open(options, path, toolchain, progress);
    if (!prepared)
        return notRun(name, prepared.error(), "does not open");
    const FunctionPtr entry = prepared->model.module->entryFunction();
    for (std::size_t i = 0; entry && i < prepared->model.data.size(); ++i)
        if (const Status whole = complete(prepared->model, i, path); !whole)
            return notRun(name, whole.error(), "test data");
    if (const Status status = applyRecipes(*prepared->session, options, progress); !status)
        return failed(name, status.error());
    const Check check{options, toolchain, progress, *prepared};
    const auto skipped = [&](const Error& error) {
        return notRun(name, inFile(error, path), operatorIn(check.module(), error));
    };
    if (const Status status = check.runnable(); !status)
        return skipped(status.error());
    CaseResult result{name, Outcome::Passed, {}, {}, {}, {}, Fine, {}};
    Status status = !prepared->model.data.empty() ? check.againstData(result)
                    : check.differs()             ? check.againstUntouched(result)
                                                  : check.againstEvaluator(result);
    const std::optional<Effect> least = options.functions ? std::optional(Effect::Exact)
                                                          : functionsToCheck(check.state(), result.outputs);
    if (status && least)
        status = check.byFunction(result, *least);
    if (!status)
        return couldRun(check.module(), options, toolchain) ? failed(name, status.error()) : skipped(status.error());
    if (result.outputs.empty())
        return skipped(refused(say("{} has no outputs, so there is nothing to check.", path)));
    for (const OutputVerdict& output : result.outputs)
        if (!output.passed)
            result.outcome = Outcome::Failed, result.exit = AnswerIsNo;
    if (result.functions && result.functions->wrong()) {
        result.outcome = Outcome::Failed;
        result.exit = AnswerIsNo;
    } else if (result.functions && result.functions->unjudged() && result.outcome == Outcome::Passed) {
        result.outcome = Outcome::Skipped;
        result.cause = "functions that could not be judged";
        result.exit = WrongUse;
    }
    return result;
}

std::string boundText(const OutputVerdict& verdict)
{
    if (verdict.bound == 0)
        return "bit for bit";
    char text[32];
    std::snprintf(text, sizeof text, "%.1e", verdict.bound);
    return text;
}

std::string scientific(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.1e", value);
    return text;
}

// "1.2e-07/3.4e-06", or "0" where there is no error.
std::string errorText(const FunctionVerdict& v)
{
    return v.place.empty() ? "0" : scientific(v.error) + "/" + scientific(v.bound);
}

std::string speedText(const FunctionVerdict& v)
{
    char text[32] = "";
    if (v.speed)
        std::snprintf(text, sizeof text, "%.3gx", v.speed->value);
    return text;
}

std::string remarkOf(const FunctionVerdict& v)
{
    std::string text = v.place;
    if (v.undecided > 0)
        text += (text.empty() ? "" : "; ") + std::to_string(v.undecided) + " elements are undecided";
    if (!v.reason.empty())
        text += (text.empty() ? "" : "; ") + v.reason;
    return text;
}

void printFunctions(const std::string& model, const FunctionsReport& report)
{
    std::vector<std::vector<std::string>> rows{
        {"function", "compared with", "calls", "elements", "error/bound", "time", "verdict", "worst at"}};
    for (const FunctionVerdict& v : report.verdicts)
        rows.push_back({v.function + (v.until.empty() ? "" : ", " + v.until), v.against,
                        std::to_string(v.seen) + " of " + std::to_string(v.calls), std::to_string(v.elements),
                        errorText(v), speedText(v), name(v.outcome), remarkOf(v)});
    std::vector<std::size_t> widths(rows[0].size(), 0);
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    for (const auto& row : report.verdicts.empty() ? decltype(rows)() : rows) {
        std::string line = "     ";
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += " " + row[i];
            line.append(i + 1 < row.size() ? widths[i] - row[i].size() + 1 : 0, ' ');
        }
        std::printf("%s\n", printable(line.substr(0, line.find_last_not_of(' ') + 1)).c_str());
    }
    for (const FunctionVerdict& v : report.verdicts)
        if (v.outcome == FunctionVerdict::Outcome::Wrong)
            std::printf("FAIL  %-44s %s is not what it is compared with.\n", printable(model).c_str(),
                        printable(v.function).c_str());
        else if (v.outcome == FunctionVerdict::Outcome::Unjudged)
            std::printf("SKIP  %-44s %s could not be judged.\n", printable(model).c_str(),
                        printable(v.function).c_str());
    if (report.untouched && (*report.untouched > 0 || report.verdicts.empty()))
        std::printf("      %d function%s as %s first stood.\n", *report.untouched,
                    *report.untouched == 1 ? " is" : "s are", *report.untouched == 1 ? "it" : "they");
}

// ": 311 of 1000 are off, by 2 steps at most", of a quantized output.
std::string stepsText(const OutputVerdict& verdict)
{
    if (!verdict.steps || verdict.steps->off == 0)
        return "";
    char text[96];
    std::snprintf(text, sizeof text, ": %lld of %lld are off, by %.0f step%s of %.3g at most",
                  static_cast<long long>(verdict.steps->off), static_cast<long long>(verdict.steps->elements),
                  verdict.steps->most, verdict.steps->most == 1 ? "" : "s", verdict.steps->quantum);
    return text;
}

// What excuses an output that is not as expected element by element.
std::string excuseText(const OutputVerdict& verdict)
{
    if (verdict.byDistribution)
        return ": it depends on chance, and is distributed as expected";
    if (verdict.exchanged > 0)
        return ": " + std::to_string(verdict.exchanged)
               + " rows stand in another order, and what they are sorted by is equal up to rounding";
    return "";
}

void printCase(const CaseResult& result)
{
    if (result.outputs.empty())
        std::printf("%s  %s: %s\n", words[int(result.outcome)], printable(result.name).c_str(),
                    printable(result.reason).c_str());
    for (const OutputVerdict& o : result.outputs)
        std::printf("%s  %-44s %-20s abs %-9.2e rel %-9.2e bound %s%s%s%s%s\n", o.passed ? "PASS" : "FAIL",
                    printable(result.name).c_str(), printable(o.name).c_str(), o.comparison.maxAbsolute,
                    o.comparison.maxRelative, boundText(o).c_str(), o.comparison.reason.empty() ? "" : ": ",
                    o.comparison.reason.c_str(), stepsText(o).c_str(), excuseText(o).c_str());
    if (result.against == "evaluator")
        std::printf("      %s has no test data and no steps: nothing to compare with but itself. The evaluator was "
                    "compared with compiled code.\n",
                    result.name.c_str());
    if (result.functions)
        printFunctions(result.name, *result.functions);
    std::fflush(stdout);
}

nlohmann::json toJson(const FunctionsReport& report)
{
    nlohmann::json functions = nlohmann::json::array();
    for (const FunctionVerdict& v : report.verdicts) {
        nlohmann::json one{{"function", v.function}, {"against", v.against},     {"until", v.until},
                           {"claim", name(v.claim)}, {"calls", v.calls},         {"calls_seen", v.seen},
                           {"elements", v.elements}, {"undecided", v.undecided}, {"error", v.error},
                           {"bound", v.bound},       {"worst_at", v.place},      {"verdict", name(v.outcome)},
                           {"reason", v.reason}};
        if (v.speed)
            one["times_as_fast"] = v.speed->value;
        functions.push_back(std::move(one));
    }
    nlohmann::json object{{"judged", functions}};
    if (report.untouched)
        object["untouched"] = *report.untouched;
    return object;
}

nlohmann::json toJson(const CaseResult& result)
{
    nlohmann::json outputs = nlohmann::json::array();
    for (const OutputVerdict& o : result.outputs) {
        outputs.push_back({{"name", o.name},
                           {"max_absolute", o.comparison.maxAbsolute},
                           {"max_relative", o.comparison.maxRelative},
                           {"bound", boundText(o)},
                           {"passed", o.passed},
                           {"reason", o.comparison.reason}});
        if (o.byDistribution)
            outputs.back()["by_distribution"] = true;
        if (o.exchanged > 0)
            outputs.back()["exchanged_rows"] = o.exchanged;
        if (o.steps)
            outputs.back()["steps"] = {{"quantum", o.steps->quantum},
                                       {"elements", o.steps->elements},
                                       {"off", o.steps->off},
                                       {"most", o.steps->most}};
    }
    nlohmann::json object{{"name", result.name},
                          {"verdict", words[int(result.outcome)]},
                          {"against", result.against},
                          {"outputs", outputs},
                          {"reason", result.reason}};
    if (result.outcome == Outcome::Skipped)
        object["cause"] = result.cause;
    if (result.functions)
        object["functions"] = toJson(*result.functions);
    return object;
}

struct Cause {
    std::string name;
    int count = 0;
    const CaseResult* first = nullptr;
};

// Why models were skipped, by operator, the most frequent first.
std::vector<Cause> causesOf(const std::vector<CaseResult>& results)
{
    std::map<std::string, Cause> byName;
    for (const CaseResult& result : results) {
        if (result.outcome != Outcome::Skipped)
            continue;
        Cause& cause = byName.try_emplace(result.cause, Cause{result.cause, 0, &result}).first->second;
        ++cause.count;
    }
    std::vector<Cause> causes;
    for (auto& [name, cause] : byName)
        causes.push_back(std::move(cause));
    std::stable_sort(causes.begin(), causes.end(), [](const Cause& a, const Cause& b) { return a.count > b.count; });
    return causes;
}

void printCauses(const std::vector<Cause>& causes)
{
    std::printf("skipped, by operator:\n");
    for (const Cause& cause : causes)
        std::printf("%6d  %-28s as %s\n", cause.count, printable(cause.name).c_str(),
                    printable(cause.first->name).c_str());
}

nlohmann::json toJson(const std::vector<Cause>& causes)
{
    nlohmann::json list = nlohmann::json::array();
    for (const Cause& cause : causes)
        list.push_back({{"operator", cause.name}, {"count", cause.count}, {"first", cause.first->name}});
    return list;
}

// All passed: 0. Something is wrong: 1, or 70 if it is Strata. Nothing wrong was found, but something could not be
// checked: 2, or 3 if the machine is to blame.
Exit exitOf(const std::vector<CaseResult>& results)
{
    const auto any = [&](Exit exit) {
        return std::any_of(results.begin(), results.end(), [&](const CaseResult& r) { return r.exit == exit; });
    };
    for (const Exit exit : {OurBug, AnswerIsNo, EnvironmentFailed, WrongUse})
        if (any(exit))
            return exit;
    return Fine;
}

}  // namespace

int check(const Options& options)
{
    if (options.paths.empty())
        return fail(refused("strata check takes one or more paths.", {}, "strata --help check shows how."), options);
    const Result<std::vector<std::string>> cases = casesOf(options.paths);
    if (!cases)
        return fail(cases.error(), options);
    Toolchain toolchain;
    if (const Status readable = readRecipes(options); !readable)
        return fail(readable.error(), options);
    int counts[3] = {};
    std::vector<CaseResult> results;
    nlohmann::json objects = nlohmann::json::array();
    for (std::size_t i = 0; i < cases->size(); ++i) {
        ProgressLine line(options, cases->size() > 1 ? caseName((*cases)[i]) : "", double(i) / double(cases->size()),
                          1.0 / double(cases->size()));
        results.push_back(checkCase((*cases)[i], options, toolchain, line.report()));
        line.clear();
        forgetArtifacts(toolchain);
        ++counts[int(results.back().outcome)];
        if (options.json)
            objects.push_back(toJson(results.back()));
        else
            printCase(results.back());
    }
    const std::vector<Cause> causes = causesOf(results);
    if (options.json) {
        print({{"passed", counts[0]},
               {"failed", counts[1]},
               {"skipped", counts[2]},
               {"skipped_by_operator", toJson(causes)},
               {"results", objects}});
    } else {
        if (cases->size() > 1 && !causes.empty())
            printCauses(causes);
        std::printf("%d passed, %d failed, %d skipped\n", counts[0], counts[1], counts[2]);
    }
    return exitOf(results);
}

}  // namespace strata::cli
