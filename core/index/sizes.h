// Sizes: named dimensions of a function's signature as values that its loops speak of.
//
//     def add(A: f32[n, 8], B: f32[n, 8]) -> (C: f32[n, 8]):
//         for i, j in grid(n, 8):
//
// A size is an i64 variable of the whole function, known when the function is called: some parameter has a dimension of
// just that name. Other dimensions (n + 2, 2*n) follow from it. It is 1 or more, unless the
// function says that it may be 0 (`@assume(n >= 0)`): a reduction over nothing would leave what it initializes unwritten.
#pragma once

#include "core/base/result.h"
#include "core/ir/module.h"

#include <set>

namespace strata {

using SizeValues = std::map<std::string, std::int64_t>;

// The symbols of the dimensions of parameters and results.
std::set<std::string> sizesOf(const Function& function);
// Those of them that a parameter gives.
std::set<std::string> givenSizes(const Function& function);
// Those of them that a parameter or a result gives: whoever calls the function allocates its results.
std::set<std::string> toldSizes(const Function& function);
// Whether a shape follows from these sizes.
bool tell(const std::set<std::string>& sizes, const Shape& shape);
bool hasSizes(const Function& function);
// What is known of them, as conditions: from where to where each goes, what it is a multiple of, the most that data tell.
std::vector<ExprPtr> factsOf(const Function& function);
// "n" of the dimension n; empty for any other.
std::string plainSize(const Dim& dim);
// A dimension as an index expression over sizes.
ExprPtr toExpr(const Dim& dim);
// An expression as a dimension; nullopt if it is no polynomial.
std::optional<Dim> toDim(const ExprPtr& e);

// What the sizes are for parameters of these shapes, and results, where a caller has them already. Refuses, by name, a
// rank or dimension that does not fit, a size that two dimensions tell differently, one that is not 1 .. mostSize, and
// one that no parameter gives.
Result<SizeValues> sizesFor(const Function& function, const std::vector<Shape>& params,
                            const std::vector<Shape>& results = {});

// The bytes of a dense tensor, which is ranked and holds no strings.
Dim bytesOf(const TensorType& type);
// A dimension with dimensions in place of its sizes; others stay.
Dim withDims(const Dim& dim, const std::map<std::string, Dim>& dims);
Shape withDims(Shape shape, const std::map<std::string, Dim>& dims);
Body withDims(const Body& body, const std::map<std::string, Dim>& dims);
// What the sizes of a function are where arguments of these shapes are given to it, and results of these taken from it,
// in the caller's sizes. What none of them tells is left out.
std::map<std::string, Dim> sizesAtCall(const Function& callee, const std::vector<Shape>& arguments,
                                       const std::vector<Shape>& results);
// What is known of them there, by what the caller assumes of its own.
SizeFacts factsAtCall(const Function& callee, const std::vector<Shape>& arguments, const std::vector<Shape>& results,
                      const SizeFacts& caller);

// The function with numbers for these sizes, wherever it speaks of them; itself if it does not.
FunctionPtr withSizes(const FunctionPtr& function, const SizeValues& sizes);

}  // namespace strata
