// What is known to verify, by content: the text of a loops function without its name, and of the intrinsics that it
// calls. The text form is exact (it parses back to the same function), so equal texts have equal verdicts. Only loops
// functions are kept: the others depend on what they call, and are quick.
#include "core/verify/memo.h"

#include "core/ir/implementations.h"
#include "core/text/text.h"

#include <set>

namespace strata {

std::shared_ptr<VerifiedFunctions> makeVerifiedFunctions() { return std::make_shared<VerifiedFunctions>(); }

std::string VerifiedFunctions::keyOf(const Module& module, const Function& function)
{
    Function plain = withoutStanding(function);
    plain.name = "f";
    std::string key = print(plain);
    std::set<std::string> called;
    walk(function.loops()->body, [&](const StmtPtr& stmt) {
        if (const IntrinsicCall* call = as<IntrinsicCall>(stmt); call && called.insert(call->intrinsic).second)
            if (const IntrinsicPtr intrinsic = module.intrinsic(call->intrinsic); intrinsic && intrinsic->description)
                key += call->intrinsic + ":\n" + print(*intrinsic->description);
    });
    return key;
}

bool VerifiedFunctions::holds(const std::string& key) const
{
    const std::lock_guard lock(m_mutex);
    return m_keys.count(key) != 0;
}

void VerifiedFunctions::keep(std::string key)
{
    const std::lock_guard lock(m_mutex);
    m_keys.insert(std::move(key));
}

}  // namespace strata
