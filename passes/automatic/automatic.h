// Automatic scheduling: looks at a module and proposes visible steps. No hidden rewrite: what comes back are steps to
// apply.
#pragma once

#include "core/session/session.h"

#include <map>
#include <stop_token>

namespace strata {

// What came of it. Each rule is a transaction: it takes all its steps or leaves things as they were.
struct AutomaticReport {
    int steps = 0;
    struct Failure {
        std::string rule, where;  // "register tile", "conv of conv_relu"
        Error error;              // of the step that was not taken; a Bug is a fault of Strata
    };
    std::vector<Failure> failures;
};

// What rules may choose, by the block that it is about: its tile, "vectors of 32 along vo, 6 along vx", and under
// "threads of BLOCK" whether threads share its nest. What nothing is said of is as its rule holds best.
using Decisions = std::map<std::string, std::string>;

// What runs the functions: the CPU, or a device whose blocks and threads their loops are bound to. What is too small for
// one, or has no iterations to share, is made for the CPU then, too.
enum class MadeFor { Cpu, Device };

// Steps for one function (all its blocks), applied to the session as they are found, each marked with its rule. A
// function that no rule knows stays as it is. Same input, same steps. A decision that a block does not have is refused.
Result<AutomaticReport> autoSchedule(Session& session, const std::string& function, std::stop_token stop = {},
                                     const Decisions& decisions = {}, MadeFor target = MadeFor::Cpu);
// What there is to decide in a function that so many threads run: the tiles that fit the machine, one
// thread or all.
std::map<std::string, std::vector<std::string>> decisionsFor(const Session& session, const std::string& function,
                                                             int threads = 1);
// The steps on the graph alone, up to functions of loops that are not scheduled yet; returns their names.
Result<std::vector<std::string>> autoLower(Session& session, AutomaticReport& report,
                                           Effect most = Effect::Reassociated, MadeFor target = MadeFor::Cpu);
// The whole model: integers, fold, fuse, lower, layouts, schedule each function. No step does more to the numbers than
// `most`.
Result<AutomaticReport> autoScheduleAll(
    Session& session, std::stop_token stop = {},
    const std::function<void(const std::string& what, double fraction)>& progress = {},
    Effect most = Effect::Reassociated, MadeFor target = MadeFor::Cpu);

}  // namespace strata
