// ONNX's own signature of every operator of its default domain, by version: how many inputs it has, of which element
// types, which of them have to agree, and which attributes it knows.
//
// The table is made from ONNX itself (scripts/onnx-schema), so that no definition repeats it and none forgets it: a
// node is held against its signature before its shape rule looks at it. A rule may then take for granted that the
// attributes it reads are of the kind it reads, and that no attribute is there that nobody reads.
#pragma once

#include "core/base/result.h"
#include "core/operators/operator.h"

namespace strata {

// The newest version of the default operator set that the table speaks of.
int newestKnownOpset();
// The newest version of the file format (ONNX's `ir_version`).
int newestKnownFormat();

// The node against its signature; nothing is said of nodes of other domains or of operators that ONNX does not have.
// A node of version 0 (typed by hand) is held to the newest version.
Status checkAttributes(const GraphNode& node);
// What is not known of an input's type is taken to fit.
Status checkSignature(const InferContext& context);

}  // namespace strata
