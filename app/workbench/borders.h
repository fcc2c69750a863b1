// What reaches the calls of functions when a module runs: the operands of calls, copied out right before them.
#pragma once

#include "app/workbench/workbench.h"

namespace strata {

// A call of the entry, with its operands; those left out are left out here, too.
struct CallInputs {
    std::string call;
    std::vector<Tensor> inputs;
};

struct CallsSeen {
    int calls = 0;  // that there are; `seen` may be fewer
    std::vector<CallInputs> seen;
};

// How much is copied out at most: of each function the first, the last and what lies evenly between.
struct BorderLimits {
    std::size_t calls = 3;
    std::int64_t bytesPerRun = 256 << 20;  // of one run; more are made where it takes more
};

// The operands that calls of `function` get, by function; `lowered` (its entry is a runtime program) runs on `inputs`.
// `take` gets each function as soon as its operands are there, so that not all have to be held at once.
using TakeCalls = std::function<Status(const std::string& function, const CallsSeen& calls)>;
Status inputsAtCalls(Toolchain& toolchain, const Module& lowered, const std::vector<Tensor>& inputs, RunTarget target,
                     const std::vector<std::string>& functions, const TakeCalls& take, std::stop_token stop = {},
                     const Progress& progress = {}, const BorderLimits& limits = {});

// Types of what a runtime program reads and writes.
class BufferTypes {
public:
    BufferTypes(const Module& module, const Function& program);
    std::optional<TensorType> of(const Operand& operand) const;

private:
    const Module& m_module;
    std::map<std::string, TensorType> m_types;
};

}  // namespace strata
