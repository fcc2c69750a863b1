// What this program worked out before and kept in the user's store: what a file opens as, which library a state became,
// how its weights are laid out. Private to this folder.
//
// A question says all that its answer follows from, and this program's own build, since another may lower otherwise. An
// answer ends with a hash over both, so that one that is damaged, or lies under another's key, is none.
#pragma once

#include "app/workbench/workbench.h"
#include "backends/artifact/weights.h"
#include "core/verify/memo.h"

#include <nlohmann/json_fwd.hpp>

namespace strata {

// The key of an answer; nullopt where this program has no build ID.
std::optional<std::string> questionOf(const Toolchain& toolchain, const std::string& text);
// About a module, by its content; nullopt: the content cannot be told (a weight's file is gone).
std::optional<std::string> questionOf(const Toolchain& toolchain, const Module& module, const std::string& more);

// An object; nullopt: there is no answer.
std::optional<nlohmann::json> answerTo(const Toolchain& toolchain, const std::string& question);
// A store that cannot be written costs time, nothing else.
void keepAnswer(const Toolchain& toolchain, const std::string& question, const nlohmann::json& answer);

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

// Functions that verify, of this program and those before it; what it finds is told to later ones when it goes.
std::shared_ptr<VerifiedFunctions> verifiedFunctions(const Toolchain& toolchain);

// Where the weights go, and their hash. Weights in a layout that nobody has asked about are read, and written to `path`
// in the same go; else the path is empty.
Result<Weights> weightsOf(const Toolchain& toolchain, const Module& lowered, const std::string& path);

}  // namespace strata
