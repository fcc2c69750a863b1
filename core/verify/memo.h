// See verify.h.
#pragma once

#include "core/verify/verify.h"

#include <mutex>
#include <unordered_set>

namespace strata {

class VerifiedFunctions {
public:
    static std::string keyOf(const Module& module, const Function& function);  // of a loops function
    bool holds(const std::string& key) const;
    void keep(std::string key);

private:
    mutable std::mutex m_mutex;
    std::unordered_set<std::string> m_keys;
};

}  // namespace strata
