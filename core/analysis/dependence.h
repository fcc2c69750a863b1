// Legality of loop transforms by exact integer analysis (isl), with witnesses.
//
// Every block instance (the values of the loops around it) writes and reads elements. Two schedules of the same
// instances are compared: a transform is legal if every dependence (flow, anti, output) still runs forward. Dependences
// between instances of one reduction block that update one element may be permuted (see update.h), which makes the step
// "reassociated" unless the operation gives the same bits in any order.
//
// The module says what intrinsics touch; without one, functions that call them are not analysed.
#pragma once

#include "core/analysis/locate.h"
#include "core/analysis/regions.h"
#include "core/index/simplify.h"

namespace strata {

// Two instances that would run in the wrong order, and the sentence on them: "stencil(i=1, j=2) writes a[1, 2] before
// stencil(i=1, j=3) reads it".
struct Witness {
    Conflict conflict;
    std::string sentence;
};

struct OrderVerdict {
    bool legal = true;
    bool reassociated = false;       // legal, but a reduction runs in another order
    std::optional<Witness> witness;  // if not legal
    std::string unknown;             // non-empty: analysis gave up (not affine, quota) and why; legal is then false
};

// Same blocks, other loops: is `after` an order-preserving rearrangement of `before`? Instances are matched by block
// name and the values of block iterators (instances of the same values in `before` and `after` are the same). Blocks of
// `after` absent from `before` and vice versa are ignored.
OrderVerdict compareOrder(const Function& before, const Function& after, const Module* module = nullptr);

// May the iterations of the loop run at the same time? (parallel, vectorized, bound.) Reductions carried by it are
// conflicts.
OrderVerdict independentIterations(const Function& function, const std::string& loop, const Module* module = nullptr);

// The instance oracle: enumerates all instances (at most `limit`) of both programs, loops taken as serial, and checks:
// each runs as often, any two accesses of an element of which one writes in the same order, the same order of
// accumulation; the order of instances that run once. Refuses with the two instances. The test of the test.
Status checkInstances(const Function& before, const Function& after, std::int64_t limit = 1'000'000);
// Of one program as its loops say: no two accesses of an element, of which one writes, by executions that are not
// ordered (iterations of an unordered loop, blocks of a kernel). Refuses with the two.
Status checkRaces(const Function& function, std::int64_t limit = 1'000'000);

}  // namespace strata
