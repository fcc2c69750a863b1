// Expressions that carry a bound of their own error.
//
// Beside the value of a float expression, computed in f64 and so as good as exact, goes how far the same expression may
// be off it when it is computed in its own types, whatever the order of its sums: a running error analysis (Higham,
// "Accuracy and Stability of Numerical Algorithms", 3.3) with the magnitudes of an a-priori one (3.1), so that it does
// not depend on the order that the definition happens to have:
//
//   |computed - value| <= error + steps * unit * magnitude,   steps = min(additions, 6 sqrt(additions))
//
// `magnitude` is the sum of the absolute values of the terms, `additions` how many additions they take, `unit` the
// roundoff of one, and `error` the sum of what each term is off by itself. All three add up, so a sum has the same
// bound however its terms are put together. n additions err by n units at worst and by sqrt(n) of them in fact; six
// times that is passed less than once in ten million sums (Higham and Mary, "A New Approach to Probabilistic Rounding
// Error Analysis", 2019), while n would hide a term that is missing from a long sum. Anything but an addition closes
// the sum: its bound becomes `error`.
//
//   * and fma      by the operands' errors; a product that is added counts its own rounding, so fma or not is one
//   /, sqrt, exp.. by the operand's error: monotone functions at both ends of the interval that the operand lies in,
//                  others by their slope; and by the stated ulp of an elementary function
//   max, min       move no further than their operands
//   comparisons    are uncertain where the operands are nearer to each other than their errors. What is chosen by an
//                  uncertain one may be either: its bound reaches both. So does an index that is chosen (argmax)
//   floor, casts   to integers: monotone, so a whole step where the operand may lie on either side of one
//   bits, remainders and indices that are uncertain: no bound (infinite)
//   integers and what is only moved about are exact, and carry nothing
#pragma once

#include "core/base/result.h"
#include "core/ir/stmt.h"

#include <map>
#include <set>

namespace strata {

// Floats have an f64 value; bool and integers their own type. The rest is f64. No error and no additions: exact. No
// magnitude: that of the value itself.
struct Tracked {
    ExprPtr value, error, additions, magnitude;
    double unit = 0;  // the largest of the additions
    bool exact() const { return !bool(error) && !bool(additions); }
};

// What so many additions in a sum may err by, in units.
double stepsOf(double additions);

// A buffer, and where its companions lie.
struct TrackedBuffer {
    DType dtype = DType::F32;                 // in the definition
    DType stored = DType::F32;                // of what holds its values
    bool exact = true;                        // no companions
    std::string error, additions, magnitude;  // the latter two only of floats
};
using TrackedBuffers = std::map<std::string, TrackedBuffer>;

// Whether computing this rounds, or reads what was rounded.
bool rounds(const ExprPtr& e, const TrackedBuffers& buffers);

// The expressions of one statement. What it computes on the way is bound to names: `around` puts the bindings around an
// expression that speaks of them.
class ErrorTracker {
public:
    // `prefix` begins no name of the function.
    ErrorTracker(const TrackedBuffers& buffers, std::string prefix);

    Tracked track(const ExprPtr& e);
    ExprPtr total(const Tracked& t);  // the whole bound; nullptr: exact
    ExprPtr magnitudeOf(const Tracked& t);
    ExprPtr around(ExprPtr e) const;

private:
    using Bindings = std::vector<std::pair<std::string, ExprPtr>>;
    struct Side;

    ExprPtr bind(ExprPtr e);
    Tracked closed(const Tracked& t) { return {t.value, total(t), nullptr, nullptr}; }
    Tracked rounded(ExprPtr value, ExprPtr error, DType type, double roundings = 1);
    ExprPtr narrowed(const ExprPtr& value, DType type);
    ExprPtr eitherError(const std::vector<Tracked>& operands);
    bool speaksOfNothingTracked(const ExprPtr& e) const;

    Tracked load(const Expr& e);
    Tracked add(const Tracked& a, const Tracked& b, const ExprPtr& value, DType type);
    Tracked multiply(const Tracked& a, const Tracked& b, DType type);
    Tracked divide(const Tracked& a, const Tracked& b, DType type);
    Tracked integers(const Expr& e, const std::vector<Tracked>& operands);
    Tracked choose(const Expr& e, const Tracked& a, const Tracked& b);
    Tracked compare(const Expr& e, const Tracked& a, const Tracked& b);
    Tracked logic(const Expr& e, const Tracked& a, const Tracked& b);
    Tracked select(const Expr& e);
    Side side(const ExprPtr& e, bool lazily);
    Tracked convert(const Expr& e, const Tracked& a);
    Tracked reinterpret(const Expr& e, const Tracked& a);
    Tracked elementary(const Expr& e, const std::vector<Tracked>& operands);
    ExprPtr elementaryError(const std::string& name, const ExprPtr& at, const ExprPtr& error, const ExprPtr& value);
    ExprPtr powerError(const std::vector<ExprPtr>& at, const std::vector<ExprPtr>& errors, const ExprPtr& value);
    using Function = std::function<ExprPtr(const ExprPtr&)>;
    ExprPtr monotone(const Function& f, const ExprPtr& at, const ExprPtr& value, const ExprPtr& error);
    Tracked floats(const Expr& e, const std::vector<Tracked>& operands);
    Tracked let(const Expr& e);
    Tracked operation(const Expr& e);

    const TrackedBuffers& m_buffers;
    std::string m_prefix;
    int m_count = 0;
    std::vector<Bindings> m_scopes;
    std::map<std::string, Tracked> m_variables;
};

}  // namespace strata
