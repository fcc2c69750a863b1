// What is known to verify, so that nobody looks at it again: in this program, and in later ones with the same verifier.
#pragma once

#include "core/verify/verify.h"

#include <mutex>
#include <unordered_set>

namespace strata {

// What was asked about and is right, for a later program.
struct VerifiedHashes {
    std::vector<std::string> all;
    bool anyNew = false;  // that no earlier program knew
};

class VerifiedFunctions {
public:
    // `before`: hashes that an earlier program told.
    explicit VerifiedFunctions(const std::vector<std::string>& before = {})
        : m_before(before.begin(), before.end())
    {
    }
    static std::string keyOf(const Module& module, const Function& function);  // the hash of a loops function
    bool holds(const std::string& key);
    void keep(std::string key);
    VerifiedHashes hashes() const;

private:
    mutable std::mutex m_mutex;
    const std::unordered_set<std::string> m_before;
    std::unordered_set<std::string> m_asked;  // and right
    bool m_anyNew = false;
};

// As examine of verify.h; `known`, if given, is asked about and told of loops functions.
Findings examine(const Module& module, const Function& function, VerifiedFunctions* known);

}  // namespace strata
