// The verifier: what every module must satisfy, whoever made it.
#pragma once

#include "core/ir/module.h"

namespace strata {

// Types, shapes and ranks agree; names are unique and defined before use; calls match their callees; indices are in
// bounds; every read of a local or result buffer is covered by an earlier write; loops bound to one axis agree in
// extent; iterations of a parallel, vectorized or block-bound loop write disjoint elements and do not read what another
// writes. Returns all findings, empty if none. What exact analysis cannot decide (data-dependent indices) is accepted.
std::vector<Error> verify(const Module& module);
std::vector<Error> verify(const Module& module, const Function& function);
// The first finding as an error.
Status verified(const Module& module);

}  // namespace strata
