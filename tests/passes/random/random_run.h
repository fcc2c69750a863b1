// Random modules, random steps, and every judge there is.
//
// Of what a step accepts: it verifies, prints, parses back, forwards its nodes and computes the same bits where it says
// so (transform_checks); the instance oracle finds the same instances in an order that keeps every dependence, and no
// two accesses that meet at the same time; an adversary that runs blocks, threads and lanes in another order computes
// the same bits; and in the end the module computes what it computed at first. Of what it refuses: where the oracles
// can tell (kinds of loops, reordering), whether it was harmless.
#pragma once

#include "core/transform/transform.h"

#include <functional>

namespace strata {

struct RandomReport {
    std::int64_t programs = 0, sized = 0, steps = 0, refused = 0;  // sized: functions for any n
    std::int64_t judged = 0, overcautious = 0;  // steps that the oracles call harmless; of these refused
    std::vector<std::string> wrong;             // what, with the program and the steps
    std::vector<std::string> harmless;          // refused though harmless
};

// One module from the seed, until `steps` are taken or four times as many were tried.
void runRandomProgram(unsigned seed, int steps, const Registry& registry, RandomReport& report);

}  // namespace strata
