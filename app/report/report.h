// A session as one page for whoever was not there: each step with its note, what it changed in the graph and in the
// loops, what it did to the numbers and to the time. First the facts, which are what a test compares; then the page,
// one file that needs nothing else.
#pragma once

#include "app/workbench/workbench.h"
#include "core/session/diff.h"

#include <map>

namespace strata {

// A function at the loops level that a step made, changed or removed; in short form.
struct ReportedFunction {
    std::string name;
    std::vector<std::string> before, after;  // empty: there was none, there is none
    TextDiff diff;
};

struct ReportedStep {
    int state = 0;
    std::string title, line, summary;  // "split j [_, 8]"; as the recipe has it; what such a step does
    std::string note, group;
    std::vector<std::string> remarks;  // comment lines above it, without their marks
    std::string effect;                // "exact"
    std::string refusal;               // why it is not taken; "left out" if the person said so; empty: it is taken
    std::string graph;                 // SVG; empty: it is as after the step before
    std::vector<ReportedFunction> functions;
    std::string unlowered;  // why there are no loops
    std::optional<Timing> timing;
};

struct Report {
    std::string model, machine, isa;
    std::string recipe;                    // of all steps; replays to the last state
    std::string verdict;                   // on the last state; empty: not checked
    std::vector<ReportedStep> steps;       // the first is the model as it was opened
    std::vector<ReportedFunction> result;  // all functions at the loops level in the end
};

// What was measured or judged of a session; nothing need be.
struct ReportFigures {
    std::map<int, Timing> times;  // by state
    std::string verdict;
};

// What is another between two states, of which the second may have come of several steps; of the first alone if there
// is none before.
struct ReportedChange {
    std::string graph;  // SVG; empty: it is the same
    std::vector<ReportedFunction> functions;
};
Result<ReportedChange> changeBetween(Toolchain& toolchain, const Module* before, const Module& after,
                                     const Forwarding& forwarding, std::stop_token stop = {});

// Of the path that ends at the current state.
Result<Report> reportOn(Toolchain& toolchain, const Session& session, const std::string& model,
                        const ReportFigures& figures = {}, std::stop_token stop = {}, const Progress& progress = {});

// Times the states of that path in turn, all if they are few, else the ends of what was done as a whole (groups, the
// automatic rules), and judges the last one against the first.
Result<ReportFigures> measureForReport(Toolchain& toolchain, const Session& session, const std::vector<Tensor>& inputs,
                                       int threads, double seconds, std::stop_token stop = {},
                                       const Progress& progress = {});

// The page: XHTML that browsers read as HTML, with style, drawings and keys inside.
std::string page(const Report& report);
Status savePage(const std::string& page, const std::string& path);  // at once or not at all

}  // namespace strata
