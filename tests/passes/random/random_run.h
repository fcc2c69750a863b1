// Random modules, random steps, and every judge there is.
//
// Of what a step accepts: it verifies, prints, parses back, forwards its nodes and computes the same bits where it says
// so (transform_checks); the instance oracle finds the same instances in an order that keeps every dependence, and no
// two accesses that meet at the same time; an adversary that runs blocks, threads and lanes in another order computes
// the same bits; and in the end the module computes what it computed at first, and its code, where it is asked for,
// what the evaluator computes. Functions for any size are run at three. Of what it refuses: where the oracles can tell
// (kinds of loops, reordering), whether it was harmless.
#pragma once

#include "core/index/sizes.h"
#include "core/transform/transform.h"

#include <functional>

namespace strata {

struct RandomReport {
    std::int64_t programs = 0, steps = 0, refused = 0;
    std::int64_t sized = 0, twoSizes = 0, facts = 0;  // functions for any n; of these for any n and m; with facts
    std::int64_t compiled = 0, runs = 0;              // functions that were compiled; runs of their code
    std::int64_t judged = 0, overcautious = 0;        // steps that the oracles call harmless; of these refused
    std::vector<std::string> wrong;                   // what, with the program and the steps
    std::vector<std::string> harmless;                // refused though harmless
};

// Compares the code of a module with the evaluator, at each of these sizes: "" or what differs.
using CodeJudge = std::function<std::string(const Module& module, const std::vector<SizeValues>& sizes, int seed)>;

// One module from the seed, until `steps` are taken or four times as many were tried. `code`: judges what it became,
// too.
void runRandomProgram(unsigned seed, int steps, const Registry& registry, RandomReport& report,
                      const CodeJudge& code = {});

}  // namespace strata
