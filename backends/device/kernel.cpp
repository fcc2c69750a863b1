// A function is made for a device by the loops that are bound to its axes, by nothing else.
#include "backends/device/kernel.h"

namespace strata {

bool isDeviceFunction(const Function& function)
{
    bool bound = false;
    if (const LoopsBody* loops = function.loops())
        walk(loops->body, [&](const StmtPtr& stmt) {
            const Loop* loop = as<Loop>(stmt);
            bound = bound || (loop && loop->kind == LoopKind::Bound);
        });
    return bound;
}

}  // namespace strata
