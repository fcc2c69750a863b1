// What functions are called that fusing and lowering make: after what they compute and the shape that comes out, never
// after an order.
#pragma once

#include "passes/lowering/lowering_cache.h"

namespace strata {

// "gemm"; of a call, the name of the function.
std::string operatorName(const GraphNode& node);
// "gemm_relu_1x200": the operators in order, at most three, and the shape of the last result (nothing for a scalar).
std::string baseName(const std::vector<GraphNodePtr>& nodes, const ValueType& lastResult);

bool equalButForName(const Function& a, const Function& b);

// Names for the definitions that a graph holds, given those that are functions of the module already.
class FunctionNames {
public:
    FunctionNames(const Module& module, LoweringCache& cache);

    // A definition that could have this name: one to be made now, or one that a later step may make. Gives the first
    // of those with equal content.
    FunctionPtr claim(const std::string& base, const FunctionPtr& definition);
    // The definition under its name: `base` if nobody else claims it, otherwise with digits of its content. The
    // module's own function if that is the same.
    FunctionPtr named(const std::string& base, const FunctionPtr& definition);

private:
    FunctionPtr firstEqual(const std::string& base, const FunctionPtr& definition);
    FunctionPtr existingOrRenamed(const std::string& base, const FunctionPtr& definition);
    std::string name(const std::string& base, const FunctionPtr& definition);

    struct Existing {
        FunctionPtr function;
        std::string digits;  // of its name; "" if it has the plain one
    };
    LoweringCache& m_cache;
    std::map<std::string, std::vector<Existing>> m_existing;
    std::map<std::string, std::vector<FunctionPtr>> m_claims;  // each content once
    struct Known {
        FunctionPtr definition;  // held, so that its address stays its identity
        FunctionPtr first, named;
    };
    std::unordered_map<const Function*, Known> m_known;  // what was answered before
};

}  // namespace strata
