// Jobs that make what the panes show: plain functions over snapshots.
#pragma once

#include "app/window/jobs/job_runner.h"
#include "app/window/models/counterparts.h"
#include "app/window/models/line_document.h"
#include "app/workbench/workbench.h"
#include "core/analysis/footprint.h"

namespace strata {

struct ShowRequest {
    std::shared_ptr<const Session> session;  // a copy, for forwarding between states
    StatePtr after, before;                  // before: what to compare with; nullptr: nothing
    std::string function;  // loops function to show; empty or gone: the one that changed, else the one with most work
    Form form = Form::Short;          // of loops
    std::string program = {};         // runtime program to show; empty or gone: the entry
    std::optional<Place> place = {};  // what is selected: where `function` is none, the one that it is in
};

// The loops and library panes of a state.
struct Shown {
    StatePtr after, before;
    LoweredStatePtr lowered, loweredBefore;  // nullptr: see refusal; loweredBefore: also nothing to compare with
    std::optional<Error> refusal;            // why there are no levels below the graph
    std::vector<std::string> functions;      // at the loops level or below, in order
    std::string function, functionBefore;    // the one shown, and what it was; empty: none
    LineDocumentPtr loops, library;
    std::vector<LoopFootprint> footprints;  // of the loops of the one shown
    std::vector<std::string> programs;      // the entry, and what is specialized for some of its sizes
    std::string entry;                      // the one of them that the library pane shows
};
using ShownPtr = std::shared_ptr<const Shown>;
// `found` is told what is shown as soon as that is known: its code can be compiled while the texts are made.
Shown show(
    Toolchain& toolchain, const ShowRequest& request, const JobSink& sink,
    const std::function<void(const Shown&)>& found = [](const Shown&) {});

// The hardware pane: what the function that `shown` shows becomes. Assembly; or, of one that is made for a device, the
// text of its kernels.
struct HardwareShown {
    struct Code {
        std::int64_t address = -1;  // from the start of its section; -1: the line is no instruction, or it is not known
        QString bytes;              // "c5 fc 58 c1"
    };
    LineDocumentPtr document;
    std::vector<Code> code;  // of assembly: by the number of its line, less 1
    std::string function;
    std::string device;                 // title of the one that the text is for; empty: it is assembly
    int kernels = 0;                    // in it
    // That the function is compiled for, and was in the state that it is compared with.
    Target::Isa isa = Target::usual(), isaBefore = Target::usual();
    std::int64_t codeBytes = 0;
    std::vector<Error> remarks;
};
Result<HardwareShown> showHardware(Toolchain& toolchain, const Shown& shown, const RunTarget& target,
                                   const JobSink& sink);

// LLVM IR of the function that `shown` shows, as it is emitted and after the passes; of the state that it is compared
// with, too.
struct IrShown {
    std::string function;
    LineDocumentPtr before, after;
};
Result<IrShown> showIr(Toolchain& toolchain, const Shown& shown, const JobSink& sink);

// A module in which a selected place can be transformed: a preview is lowered by visible steps first.
struct Prepared {
    ModulePtr module;
    std::vector<Step> steps;
    std::optional<Cursor> selection;
};
Prepared prepare(const StatePtr& state, const std::optional<Place>& place, const LoweredState* lowered,
                 const Registry& registry, const TransformContext& context);

}  // namespace strata
