// Declared regions hold what the block touches: transforms believe them, so one that is too small makes a later step
// wrong. Every access of the block lies, in each dimension, inside one declared region of its buffer.
#include "core/verify/parts.h"

#include <algorithm>

namespace strata {

namespace {

class RegionVerifier {
public:
    RegionVerifier(const Module& module, const Function& function, Findings& findings)
        : m_module(module)
        , m_function(function)
        , m_findings(findings)
    {
    }

    void check(const Block& block) const
    {
        if (!block.reads && !block.writes)
            return;
        for (const Access& access : accesses(&m_module, block)) {
            const auto& declared = access.write ? block.writes : block.reads;
            if (declared && std::none_of(declared->begin(), declared->end(), [&](const Region& region) {
                    return holds(region, access, block);
                }))
                m_findings.push_back(refused(say("Block {}{}{} outside of the regions that it declares.", block.name,
                                                 access.write ? " writes " : " reads ", access.buffer),
                                             {{m_function.name, NodeKind::Block, block.name}},
                                             "Leave the declaration out: it is found from the body."));
        }
    }

private:
    bool holds(const Region& region, const Access& access, const Block& block) const
    {
        if (region.buffer != access.buffer || region.begin.size() != access.begin.size())
            return false;
        Premises premises{access.inner, access.conditions};
        enterSizes(premises, m_function);
        enter(premises, block);
        for (std::size_t d = 0; d < access.begin.size(); ++d) {
            const ExprPtr offset = binary(Op::Sub, access.begin[d], region.begin[d]);
            const ExprPtr last = simplify(region.extent[d] - (access.extent[d] - 1), premises.ranges);
            if (inRange(offset, last, premises).truth != Answer::Truth::Yes)
                return false;
        }
        return true;
    }

    const Module& m_module;
    const Function& m_function;
    Findings& m_findings;
};

}  // namespace

void verifyRegions(const Module& module, const Function& function, Findings& findings)
{
    const RegionVerifier verifier(module, function, findings);
    walk(function.loops()->body, [&](const StmtPtr& stmt) {
        if (const Block* block = as<Block>(stmt))
            verifier.check(*block);
    });
}

}  // namespace strata
