#include "app/cli/commands.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace strata::cli {

namespace fs = std::filesystem;

namespace {

enum class Outcome { Passed, Failed, Skipped };
constexpr const char* words[] = {"PASS", "FAIL", "SKIP"};

struct OutputLine {
    std::string name;
    double maxAbsolute = 0, maxRelative = 0;
    std::string bound;
    bool passed = false;
    std::string reason;
};
struct CaseResult {
    std::string name;
    Outcome outcome = Outcome::Passed;
    std::vector<OutputLine> outputs;
    std::string reason;  // of a failure without outputs, or a skip
};

CaseResult skipped(std::string name, std::string reason)
{
    return {std::move(name), Outcome::Skipped, {}, std::move(reason)};
}

// What cannot be run for a stated reason is skipped; what went wrong has failed.
CaseResult ended(std::string name, const Error& error)
{
    return {std::move(name), error.kind == ErrorKind::Refused ? Outcome::Skipped : Outcome::Failed, {}, error.message};
}

bool holdsModel(const fs::path& folder) { return fs::exists(folder / "model.onnx"); }

// A path is a model, a folder in ONNX's layout, or a folder of such folders.
Result<std::vector<std::string>> casesOf(const std::vector<std::string>& paths)
{
    std::vector<std::string> cases;
    for (const std::string& path : paths) {
        std::error_code error;
        if (!fs::exists(path, error))
            return refused("There is no file or folder " + path + ".");
        if (!fs::is_directory(path) || holdsModel(path)) {
            cases.push_back(path);
            continue;
        }
        std::vector<std::string> found;
        for (const fs::directory_entry& entry : fs::directory_iterator(path, error))
            if (entry.is_directory() && holdsModel(entry.path()))
                found.push_back(entry.path().string());
        if (found.empty())
            return refused("The folder " + path + " holds neither model.onnx nor folders that do.");
        std::sort(found.begin(), found.end());
        cases.insert(cases.end(), found.begin(), found.end());
    }
    return cases;
}

// The bound of ONNX's own backend tests (relative 1e-3, absolute 1e-7); for short floats their resolution; for sums of
// many terms, an absolute part of 1e-5 of the largest value. Integers and truth values are equal or not.
struct Bound {
    double relative = 0, absolute = 0;
};
Bound boundFor(const Tensor& expected)
{
    if (!isFloat(expected.type.dtype))
        return {};
    double largest = 0;
    for (std::int64_t i = 0, n = expected.count(); i < n; ++i)
        if (std::isfinite(expected.at(i)))
            largest = std::max(largest, std::abs(expected.at(i)));
    const double relative = expected.type.dtype == DType::F16 ? 4e-3 : expected.type.dtype == DType::BF16 ? 3e-2 : 1e-3;
    return {relative, std::max(1e-7, largest * relative * 1e-2)};
}

OutputLine compared(const std::string& name, const Tensor& actual, const Tensor& expected)
{
    const Bound bound = boundFor(expected);
    const Comparison result = compare(actual, expected, bound.absolute, bound.relative);
    char text[64];
    std::snprintf(text, sizeof text, "%.1e + %.0e|y|", bound.absolute, bound.relative);
    return {name,          result.maxAbsolute, result.maxRelative, bound.relative == 0 ? "equal" : text,
            result.within, result.reason};
}

RunTarget targetOf(const Options& options)
{
    return options.target == "reference" ? RunTarget::Reference
           : options.target == "opencl"  ? RunTarget::OpenCl
                                         : RunTarget::Cpu;
}

Status checkAgainstData(CaseResult& result, const Prepared& prepared, const Options& options, Toolchain& toolchain)
{
    const Module& module = *prepared.session->current()->module;
    const std::vector<TypedName>& results = prepared.model.module->entryFunction()->results;
    for (const onnx::TestData& data : prepared.model.data) {
        STRATA_TRY(std::vector<Tensor> inputs, inputsFor(*prepared.model.module, {data}));
        STRATA_TRY(std::vector<Tensor> outputs,
                   runModule(toolchain, module, targetOf(options), inputs, options.threads));
        if (outputs.size() != data.outputs.size())
            return refused("The model has " + std::to_string(outputs.size()) + " outputs, its test data "
                           + std::to_string(data.outputs.size()) + ".");
        for (std::size_t i = 0; i < outputs.size(); ++i)
            result.outputs.push_back(compared(results[i].name, outputs[i], data.outputs[i].second));
    }
    return {};
}

Status checkAgainstUntouched(CaseResult& result, const Prepared& prepared, const Options& options, Toolchain& toolchain)
{
    STRATA_TRY(std::vector<Tensor> inputs, inputsFor(*prepared.model.module));
    if (targetOf(options) == RunTarget::Cpu) {
        STRATA_TRY(std::vector<OutputVerdict> verdicts,
                   checkState(toolchain, *prepared.model.module, *prepared.session->current(), inputs));
        for (const OutputVerdict& v : verdicts) {
            char text[64];
            std::snprintf(text, sizeof text, v.bound == 0 ? "bit for bit" : "%.1e to float64", v.bound);
            result.outputs.push_back(
                {v.name, v.comparison.maxAbsolute, v.comparison.maxRelative, text, v.passed, v.comparison.reason});
        }
        return {};
    }
    // The evaluator judges small modules on any target.
    STRATA_TRY(std::vector<Tensor> expected,
               runModule(toolchain, *prepared.model.module, RunTarget::Reference, inputs));
    STRATA_TRY(std::vector<Tensor> outputs,
               runModule(toolchain, *prepared.session->current()->module, targetOf(options), inputs));
    const bool exact = prepared.session->current()->worst == Effect::Exact;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        OutputLine line = compared(prepared.model.module->entryFunction()->results[i].name, outputs[i], expected[i]);
        if (exact) {
            line.bound = "bit for bit";
            line.passed = compare(outputs[i], expected[i], 0, 0).equalBits;
        }
        result.outputs.push_back(std::move(line));
    }
    return {};
}

CaseResult checkCase(const std::string& path, const Options& options, Toolchain& toolchain)
{
    const std::string name = fs::path(path).filename() == "model.onnx"
                                 ? fs::path(path).parent_path().filename().string()
                                 : fs::path(path).filename().string();
    Result<Prepared> prepared = open(options, path, toolchain);
    if (!prepared)
        return ended(name, prepared.error());
    if (const std::map<std::string, int> opaque = opaqueOperators(*prepared->model.module); !opaque.empty())
        return skipped(name, "operator " + opaque.begin()->first + " has no definition");
    if (!options.recipes.empty())
        if (const Status status = applyRecipe(*prepared->session, options.recipes[0]); !status)
            return {name, Outcome::Failed, {}, status.error().text()};
    CaseResult result{name, Outcome::Passed, {}, {}};
    const Status status = prepared->model.data.empty() ? checkAgainstUntouched(result, *prepared, options, toolchain)
                                                       : checkAgainstData(result, *prepared, options, toolchain);
    if (!status)
        return ended(name, status.error());
    for (const OutputLine& output : result.outputs)
        if (!output.passed)
            result.outcome = Outcome::Failed;
    return result;
}

void printCase(const CaseResult& result)
{
    if (result.outputs.empty())
        std::printf("%s  %s: %s\n", words[int(result.outcome)], result.name.c_str(), result.reason.c_str());
    for (const OutputLine& o : result.outputs)
        std::printf("%s  %-44s %-20s abs %-9.2e rel %-9.2e bound %s%s%s\n", o.passed ? "PASS" : "FAIL",
                    result.name.c_str(), o.name.c_str(), o.maxAbsolute, o.maxRelative, o.bound.c_str(),
                    o.reason.empty() ? "" : ": ", o.reason.c_str());
    std::fflush(stdout);
}

nlohmann::json toJson(const CaseResult& result)
{
    nlohmann::json outputs = nlohmann::json::array();
    for (const OutputLine& o : result.outputs)
        outputs.push_back({{"name", o.name},
                           {"max_absolute", o.maxAbsolute},
                           {"max_relative", o.maxRelative},
                           {"bound", o.bound},
                           {"passed", o.passed},
                           {"reason", o.reason}});
    return {{"name", result.name},
            {"verdict", words[int(result.outcome)]},
            {"outputs", outputs},
            {"reason", result.reason}};
}

}  // namespace

int check(const Options& options)
{
    if (options.paths.empty())
        return fail(refused("strata check takes one or more paths.", {}, "strata --help shows how."), options);
    if (options.recipes.size() > 1)
        return fail(refused("strata check takes one recipe."), options);
    const Result<std::vector<std::string>> cases = casesOf(options.paths);
    if (!cases)
        return fail(cases.error(), options);
    Toolchain toolchain;
    int counts[3] = {0, 0, 0};
    nlohmann::json results = nlohmann::json::array();
    for (const std::string& path : *cases) {
        const CaseResult result = checkCase(path, options, toolchain);
        forgetArtifacts(toolchain);
        ++counts[int(result.outcome)];
        if (options.json)
            results.push_back(toJson(result));
        else
            printCase(result);
    }
    if (options.json)
        print({{"passed", counts[0]}, {"failed", counts[1]}, {"skipped", counts[2]}, {"results", results}});
    else
        std::printf("%d passed, %d failed, %d skipped\n", counts[0], counts[1], counts[2]);
    return counts[1] ? AnswerIsNo : Fine;
}

}  // namespace strata::cli
