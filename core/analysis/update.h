// Updates: statements that may run any number of times in any order.
//
// `a[i] = a[i] op e` accumulates terms e into a[i]. Let the terms be t1 .. tn. If op is associative and commutative and
// no term depends on a, the last value is a0 op t1 op .. op tn in whatever order they come, and terms may be put
// together apart from each other first (rfactor): that is what a reduce iterator promises. Sums and products of floats
// have it up to rounding, everything else here bit for bit. Several terms at once (`a[i] + e + f`, `a[i] - e`) are
// terms still, and one that is left out where a condition does not hold (`select(c, a[i] op e, a[i])`) is a term of no
// effect.
//
// What is none: an operand that reads a (`a + x * a`), an operation that is not both (`a * 0.9 + x`, `x - a`), an
// ordered choice (`x > a ? x : a` of floats, which keeps or loses a NaN depending on the order). These are *ordered*.
#pragma once

#include "core/ir/module.h"

namespace strata {

struct Update {
    Op op = Op::Add;        // puts partial results together; a fused multiply-add adds
    bool selfFirst = true;  // a op e; e op a otherwise
    bool exact = false;     // in any order the same bits
};

// The element that the store writes, read.
bool isSelf(const ExprPtr& e, const Store& store);
// nullopt: not an update.
std::optional<Update> updateOf(const Store& store);
// Of a block whose body is one update over its reduce iterators. An intrinsic call is an update if its description is
// one store that is, into a buffer that no other argument names; without a module nothing is known of it.
std::optional<Update> updateOf(const Module* module, const Block& block);

}  // namespace strata
