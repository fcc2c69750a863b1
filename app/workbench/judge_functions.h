// Judging function by function: each function that steps or a hand changed against how it first stood, on what reaches
// its calls when the untouched functions run, each element within a bound that follows from the operations and types of
// the definition (error_expr.h). What an error does end to end drowns in what comes after it, and a bound end to end is
// vacuous after a few layers; here neither happens.
#pragma once

#include "app/workbench/borders.h"
#include "app/workbench/judge.h"
#include "app/workbench/lineage.h"

namespace strata {

struct FunctionVerdict {
    enum class Outcome {
        Exact,     // bit for bit
        Within,    // of its bound
        Wrong,     // beyond it, or it claims to be exact and is not
        Unjudged,  // nothing can be said, see `reason`
    };
    std::string function;  // as it is called now; a routine by its name
    std::string against;   // "as it first stood", "as step 2 made it"
    std::string until;     // "before step 4", if a step merged it into another; else ""
    Effect claim = Effect::Exact;
    int calls = 0, seen = 0;                   // calls that there are, and those that were looked at
    std::int64_t elements = 0, undecided = 0;  // undecided: they differ and have no bound
    double error = 0, bound = 0;               // at the worst element
    std::string place;                         // of it: "y[0, 17] of call gemm_0"
    std::optional<Interval> speed;             // times as fast as what it is compared with
    double ms = 0, againstMs = 0;              // of a call, medians; where there is a speed
    Outcome outcome = Outcome::Exact;
    std::string reason;
};
const char* name(FunctionVerdict::Outcome outcome);  // "exact", "within", "WRONG", "unjudged"

struct FunctionsReport {
    std::vector<FunctionVerdict> verdicts;
    std::optional<int> untouched;  // functions that are as they first stood, if all others were looked at
    bool wrong() const;
    bool unjudged() const;
};

struct FunctionsRequest {
    std::vector<StatePtr> path;         // of a session, from the root to the state
    std::vector<Tensor> inputs;         // of the model
    RunTarget target = RunTarget::Cpu;  // where the state's functions run
    int threads = 1;
    double seconds = 0;            // to time each pair; 0: none is timed
    Effect least = Effect::Exact;  // of the steps that changed a function; what claims less is not looked at
};
// What has to be asked of the functions when nobody asked, given what a state's outputs say: of those that rest on
// somebody's word, and where an output failed, of all that may differ. The least claim that is looked at.
std::optional<Effect> functionsToCheck(const State& state, const std::vector<OutputVerdict>& outputs);

// Bounds by element, end to end, are sampled, and inside one long sum they sample too little. An output that they do
// not settle is right if every function is within the bound that is proved for it, and the output as a whole is no more
// than four times as far off a float64 run as the untouched model is.
void settle(std::vector<OutputVerdict>& outputs, const State& state, const FunctionsReport& functions);

Result<FunctionsReport> checkFunctions(Toolchain& toolchain, const FunctionsRequest& request, std::stop_token stop = {},
                                       const Progress& progress = {});

}  // namespace strata
