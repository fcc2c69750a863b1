// What became of each function on the path of a session: from how it first stood to how it last stood.
#pragma once

#include "core/session/session.h"

namespace strata {

// A function keeps its lineage through steps that schedule, edit, rename or copy it. One that a step merges, takes
// apart or gives other parameters ends there, and what comes in its place begins anew.
struct Lineage {
    FunctionPtr first, last;
    std::size_t from = 0, to = 0;  // indices of the path: where it first stood, and the last state that has it
    Effect claim = Effect::Exact;  // of the steps that changed it
    bool changed() const { return first != last; }
};

// Of all definitions but the graph or runtime program that is the entry.
std::vector<Lineage> lineages(const std::vector<StatePtr>& path);

// Whether the first so many are of equal types.
bool sameTypes(const std::vector<TypedName>& a, const std::vector<TypedName>& b, std::size_t count);

}  // namespace strata
