// What is known to verify, by content: the hash of the text of a loops function without its name, and of the intrinsics
// that it calls. The text form is exact (it parses back to the same function), so equal texts have equal verdicts. Only
// loops functions are kept: the others depend on what they call, and are quick.
#include "core/verify/memo.h"

#include "core/base/sha256.h"
#include "core/ir/implementations.h"
#include "core/text/text.h"

#include <set>

namespace strata {

std::shared_ptr<VerifiedFunctions> makeVerifiedFunctions() { return std::make_shared<VerifiedFunctions>(); }

std::string VerifiedFunctions::keyOf(const Module& module, const Function& function)
{
    Function plain = withoutStanding(function);
    plain.name = "f";
    std::string text = print(plain);
    std::set<std::string> called;
    walk(function.loops()->body, [&](const StmtPtr& stmt) {
        if (const IntrinsicCall* call = as<IntrinsicCall>(stmt); call && called.insert(call->intrinsic).second)
            if (const IntrinsicPtr intrinsic = module.intrinsic(call->intrinsic); intrinsic && intrinsic->description)
                text += call->intrinsic + ":\n" + print(*intrinsic->description);
    });
    Sha256 hash;
    hash.append(text.data(), text.size());
    return hash.finish();
}

bool VerifiedFunctions::holds(const std::string& key)
{
    const std::lock_guard lock(m_mutex);
    if (m_before.count(key))
        m_asked.insert(key);
    return m_asked.count(key) != 0;
}

void VerifiedFunctions::keep(std::string key)
{
    const std::lock_guard lock(m_mutex);
    m_asked.insert(std::move(key));
    m_anyNew = true;
}

VerifiedHashes VerifiedFunctions::hashes() const
{
    const std::lock_guard lock(m_mutex);
    return {{m_asked.begin(), m_asked.end()}, m_anyNew};
}

}  // namespace strata
