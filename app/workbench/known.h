// What this program worked out before and kept in the user's store: which library a state became, how its weights are
// laid out. Private to this folder.
//
// A question says all that its answer follows from, and this program's own build, since another may lower otherwise.
#pragma once

#include "app/workbench/workbench.h"
#include "backends/artifact/weights.h"

namespace strata {

// nullopt: the content cannot be told (a weight's file is gone), or this program has no build ID.
std::optional<std::string> questionOf(const Toolchain& toolchain, const Module& module, const std::string& more);

// A library in the store, by its key, with its weights.
struct KnownBuild {
    std::string artifact;
    Weights weights;  // without their offsets
    std::string name;
    Target target;
    std::vector<std::string> remarks;
};
std::optional<KnownBuild> knownBuild(const Toolchain& toolchain, const std::string& question);
void keepKnown(const Toolchain& toolchain, const std::string& question, const KnownBuild& build);

// As layOutWeights, which reads and hashes all weights, once for each layout.
Result<Weights> weightsOf(const Toolchain& toolchain, const Module& lowered);

}  // namespace strata
