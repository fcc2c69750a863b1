// Index arithmetic at the time of code generation: a linear form over scalar values and the lane of the vectorized loop
// around.
//
// Addresses stay linear as long as they can: constants end up in the displacement of an instruction, what does not
// depend on a loop is hoisted out of it, and whether neighbouring lanes touch neighbouring elements is read off a
// coefficient.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace llvm {
class Value;
}

namespace strata {

// constant + sum of coefficient * value + lane * (number of the lane) + vector. All i64, modulo 2^64.
struct Index {
    struct Term {
        llvm::Value* value;  // scalar i64
        std::int64_t coefficient;
    };
    std::vector<Term> terms;  // values pairwise different, coefficients not 0
    std::int64_t constant = 0;
    std::int64_t lane = 0;
    llvm::Value* vector = nullptr;  // <lanes x i64>: what is not linear in the lane

    bool uniform() const { return lane == 0 && !vector; }
    bool isConstant() const { return uniform() && terms.empty(); }
};

inline Index constantIndex(std::int64_t value)
{
    Index index;
    index.constant = value;
    return index;
}
inline Index termIndex(llvm::Value* value)
{
    Index index;
    index.terms.push_back({value, 1});
    return index;
}

using Interval = std::pair<std::int64_t, std::int64_t>;

// What is known of scalar values: loop variables and what was computed from them.
struct Fact {
    std::int64_t low = 0, high = 0;
    std::int64_t multiple = 1;  // the value is a multiple of this
};
using Facts = std::map<llvm::Value*, Fact>;

// a + factor * b, without the vector parts.
Index addLinear(const Index& a, const Index& b, std::int64_t factor);
// Range of the linear part for lanes first .. last; nullopt if a term is not known or it could overflow. Vector parts
// are not known.
std::optional<Interval> interval(const Index& index, const Facts& facts, std::int64_t firstLane, std::int64_t lastLane);
// index = c * quotient + rest with 0 <= rest < c for all lanes, where both are linear; nullopt otherwise.
struct Division {
    Index quotient, rest;
};
std::optional<Division> divide(const Index& index, std::int64_t c, const Facts& facts, std::int64_t firstLane,
                               std::int64_t lastLane);
// Largest power of two, at most `limit`, that divides coefficient of every term (times its known multiple), lane and
// constant.
std::int64_t commonPower(const Index& index, const Facts& facts, std::int64_t scale, std::int64_t limit);

}  // namespace strata
