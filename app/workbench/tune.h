// Tuning: which of the choices that the rules have is fastest here, found by measuring.
//
// The rules of automatic scheduling choose tiles by what they know of machines in general. Tuning tries others,
// function by function, where the time is. What it decides are the arguments of ordinary steps: the result is a recipe,
// in which each choice stands and can be changed. After Ansor and MetaSchedule: candidates evolve from the best ones, a
// cost model (passes/automatic/cost_model.h) says which are worth measuring, and what was measured on this machine is
// kept.
#pragma once

#include "app/workbench/workbench.h"
#include "passes/automatic/automatic.h"

namespace strata {

// What was measured on a machine: one readable file, a line a measurement, so that tuning goes on where it ended and
// another model with the same function starts from its best.
class TuningDatabase {
public:
    struct Entry {
        std::string key;  // of the function as it is before any choice, and what it runs on
        Decisions decisions;
        double speed = 1;      // how many times as fast as with the rules' own choice
        double low = 1;        // at least, with 95 %
        std::string function;  // as it was called then; for the reader
    };
    // A file that is not there is empty. A line that cannot be read is left alone.
    static TuningDatabase load(const std::string& path);
    // The user's, of this machine; "" where nothing is kept.
    static std::string defaultPath(const Toolchain& toolchain);

    std::vector<Entry> of(const std::string& key) const;
    Status add(const Entry& entry);  // and appends it to the file
    const std::string& path() const { return m_path; }

private:
    std::string m_path;
    std::vector<Entry> m_entries;
};

struct TunedFunction {
    std::string function;
    double ms = 0, share = 0;  // by the rules' own choices, and what part of the run that is
    int choices = 0, tried = 0;
    double speed = 1;                 // 1: the rules' own choice stays
    Decisions decisions;              // of what is not the rules' own
    std::vector<double> trials = {};  // ms of each candidate that was measured, in order
};

std::string choiceText(const TunedFunction& function);

struct TuneRequest {
    double seconds = 60;
    int threads = 1;
    std::string database;  // "": none
    std::vector<Tensor> inputs;
    // What was found so far, the largest share first; called on the thread that tunes.
    std::function<void(const std::vector<TunedFunction>&)> found = {};
};

struct Tuning {
    std::vector<TunedFunction> functions;  // the largest share first
    std::string ended;                     // "time is up", "nothing left to try", ...
    double ruleMs = 0, tunedMs = 0;        // of the model, measured in turn
    Interval speed;                        // tuned over rules
    bool holds = true;                     // in the whole model, too; else the rules' own choices are what was taken
};

// Takes the steps in `session`, which stands at the untouched model.
Result<Tuning> tune(Toolchain& toolchain, Session& session, const TuneRequest& request, std::stop_token stop = {},
                    const Progress& progress = {});

}  // namespace strata
