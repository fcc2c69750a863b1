// What is known of a function's sizes: from where to where each goes, and what it is a multiple of.
//
//     @assume(n % 8 == 0, n <= 512)
//     def scale(x: f32[n]) -> (y: f32[n]):
//
// Facts are what every call of the function keeps, so that loops may rely on them (no remainder of a split by 8, no last
// iteration apart). The entry's are checked before a run. As the condition of a choice, they say for which sizes an
// implementation runs.
#pragma once

#include "core/ir/dim.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace strata {

constexpr std::int64_t mostSize = (std::int64_t(1) << 31) - 1;  // so that no index of two dimensions overflows

// least <= size <= most, and size % multipleOf == 0. Only a size that data tell may be 0 (core/ir/module.h, ToldSize):
// that has to be said, `n >= 0`.
struct SizeFact {
    std::int64_t least = 1, most = mostSize, multipleOf = 1;

    bool holds(std::int64_t value) const { return value >= least && value <= most && value % multipleOf == 0; }
    bool isNumber() const { return least == most; }
    friend bool operator==(const SizeFact&, const SizeFact&) = default;
};
using SizeFacts = std::map<std::string, SizeFact>;  // a size that is not there may be anything from 1 to mostSize

// The fact with ends that it takes itself: 10 <= n <= 20, n % 8 == 0 is n == 16. Nothing if no size keeps it.
std::optional<SizeFact> tightened(SizeFact fact);
// What both say. Nothing if no size keeps both.
std::optional<SizeFact> both(const SizeFact& a, const SizeFact& b);
std::optional<SizeFacts> both(const SizeFacts& a, const SizeFacts& b);

// Whether every value that keeps `known` keeps `wanted`.
bool implies(const SizeFact& known, const SizeFact& wanted);
bool implies(const SizeFacts& known, const SizeFacts& wanted);

// What follows for a dimension, by intervals and common divisors. Nothing if it may exceed what a size can be, or be
// negative.
std::optional<SizeFact> factOf(const Dim& dim, const SizeFacts& known);

// Of the values that keep the fact one that is not far from this.
std::int64_t nearest(const SizeFact& fact, std::int64_t value);
std::int64_t nearest(const SizeFacts& facts, const std::string& size, std::int64_t value);

// "n % 8 == 0, n <= 512", as it is written; empty if nothing is said.
std::string factText(const std::string& size, const SizeFact& fact, const std::string& between = ", ");
std::string factText(const SizeFacts& facts, const std::string& between = ", ");

// The sizes that are numbers.
std::map<std::string, std::int64_t> numbersOf(const SizeFacts& facts);

}  // namespace strata
