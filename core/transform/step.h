// A step: a transform's id with its arguments, as a line of text.
//
//   loops.split(mm_relu, j, factors=[_, 4])
//   graph.fuse(main, [Gemm_0, Relu_0], name=linear_relu)      # a comment stays
//   loops.vectorize(linear_relu, j1) @auto("register tile")   # taken by an automatic rule
//
// Positional arguments come in the order of the parameters, then keywords. Names that are no identifiers are
// backquoted: `/fc/Gemm`. Strings are double-quoted with \n \" \\ escapes; index maps are written bare.
#pragma once

#include "core/transform/transform.h"

namespace strata {

struct Step {
    std::string transform;  // id
    Arguments arguments;
    std::string automatic;  // rule that took it; "" by hand
    std::string comment;    // after '#', without it; may be empty
    friend bool operator==(const Step&, const Step&) = default;
};

// Canonical text: required parameters positional, optional ones that differ from their default as keywords.
std::string print(const Step& step, const Registry& registry);
// Errors point at the column. Checks names and kinds of arguments against the transform's parameters, fills defaults.
Result<Step> parseStep(std::string_view line, const Registry& registry);

// The short form of the step list, without the id's level: "split j [_, 4]".
std::string title(const Step& step, const Registry& registry);

}  // namespace strata
