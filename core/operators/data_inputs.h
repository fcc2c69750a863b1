// Side inputs that are data: axes, bounds, pads that are only known when the model runs. Code is made for the shape of
// the result that the node declares; the loops read what else they need, and data that ask for another shape are an
// error of the run.
#pragma once

#include "core/operators/lower.h"

namespace strata {

// Which axes: few choices fit the declared result. Each of these is computed, and the data choose among the results.
// Input `input` holds the axes; `choices` are sets of axes of a tensor of rank `rank`. `emit` writes the result for one
// of them to `target`, which is as the node's output.
using EmitChoice = std::function<Status(const Integers& axes, const TensorRef& target)>;
Status chooseAxes(LowerContext& ctx, std::size_t input, std::int64_t rank, const std::vector<Integers>& choices,
                  const EmitChoice& emit);

// The same for a list of numbers that the data have to hold one by one.
Status chooseValues(LowerContext& ctx, std::size_t input, const std::vector<Integers>& choices, const EmitChoice& emit);

// All sets of `count` of the axes 0 ... rank - 1.
std::vector<Integers> setsOfAxes(std::int64_t rank, std::int64_t count);

// A small buffer with a number an axis.
TensorRef perAxis(LowerContext& ctx, const std::string& what, std::int64_t rank,
                  const std::function<Value(std::int64_t axis)>& value);
// Whether entry `entry` of a list of bounds is of this axis: by input `input`, where that is given, else by its place.
Value isOfAxis(LowerContext& ctx, std::size_t input, std::int64_t entry, std::int64_t axis, std::int64_t rank);
// Entry `entry` of an integer input.
Value entryOf(LowerContext& ctx, std::size_t input, std::int64_t entry);
// An error of the run unless the sizes that the data ask for are those of the result.
void checkSizes(LowerContext& ctx, const std::function<Value(std::int64_t axis)>& size);

}  // namespace strata
