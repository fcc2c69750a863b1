#include "core/ir/placement.h"

#include "core/ir/stmt.h"

namespace strata {

std::string placement(const Attributes& attributes)
{
    const auto found = attributes.find(placementAttribute);
    const auto* device = found == attributes.end() ? nullptr : std::get_if<std::string>(&found->second);
    return device ? *device : std::string();
}

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

std::set<std::string> placedDevices(const Module& module)
{
    std::set<std::string> devices;
    const auto note = [&](const Attributes& attributes) {
        if (const std::string device = placement(attributes); !device.empty() && device != onCpu)
            devices.insert(device);
    };
    for (const FunctionPtr& function : module.functions) {
        if (function->graph())
            for (const GraphNodePtr& node : function->graph()->nodes)
                if (node->isCall())
                    note(node->attributes);
        if (function->library())
            for (const LibraryStmtPtr& stmt : function->library()->statements)
                if (const auto* call = std::get_if<LibraryCall>(stmt.get());
                    call && call->kind == LibraryCall::Callee::Function)
                    note(call->attributes);
    }
    return devices;
}

}  // namespace strata
