// The weights of an artifact: one file, constants aligned to 64 bytes, equal ones (by content) once.
#pragma once

#include "core/ir/module.h"

namespace strata {

struct Weights {
    std::string path;
    std::map<std::string, std::int64_t> offsets;  // module constant -> offset
    std::int64_t bytes = 0;
    std::string hash;  // SHA-256 over all
};
// The constants that functions refer to, in the order in which they are laid out.
std::vector<std::string> weightNames(const Module& lowered);
// The file at `path` is that of these weights (by its size and its trailer).
bool holdsWeights(const std::string& path, const Weights& weights);
// Writes the constants that functions refer to, into a temporary that is then renamed. If `path` already holds these
// (same hash) it is kept.
Result<Weights> writeWeights(const Module& lowered, const std::string& path);

}  // namespace strata
