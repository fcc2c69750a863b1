// What lowering has made already, by content, so that a step on one function of a large model lowers only that function
// and everything else comes back as the same pointers.
#pragma once

#include "core/operators/infer.h"
#include "core/operators/operator.h"
#include "passes/lowering/lower.h"

#include <mutex>
#include <unordered_map>

namespace strata {

class LoweringCache {
public:
    std::optional<LoweredNode> node(const std::string& key) const;
    void keep(const std::string& key, const LoweredNode& lowered);
    // `reads`: what its loops depend on besides: constants, and the functions that it calls.
    using Reads = std::vector<std::shared_ptr<const void>>;
    std::optional<LoweredGraph> graph(const FunctionPtr& function, const Reads& reads) const;
    void keep(const FunctionPtr& function, const Reads& reads, const LoweredGraph& lowered);
    // Values of a graph function that are known before it runs.
    std::shared_ptr<const InferredTypes> types(const FunctionPtr& function) const;
    void keep(const FunctionPtr& function, std::shared_ptr<const InferredTypes> types);
    // A function under another name; the same pointer for the same question.
    FunctionPtr renamed(const FunctionPtr& function, const std::string& name);
    // A function that calls others instead of those it names; itself if it calls none of these.
    FunctionPtr redirected(const FunctionPtr& function, const std::map<std::string, std::string>& instead);
    // SHA-256 of the function's text without its name.
    std::string digest(const FunctionPtr& function);

private:
    struct Kept {
        FunctionPtr function;  // held, so that its address stays its identity
        Reads reads;
        LoweredGraph lowered;
    };
    mutable std::mutex m_mutex;
    std::unordered_map<std::string, LoweredNode> m_nodes;
    std::unordered_map<const Function*, Kept> m_graphs;
    std::map<std::pair<const Function*, std::string>, std::pair<FunctionPtr, FunctionPtr>>
        m_renamed;  // original (held), renamed
    std::map<std::pair<const Function*, std::string>, std::pair<FunctionPtr, FunctionPtr>> m_redirected;
    std::unordered_map<const Function*, std::pair<FunctionPtr, std::shared_ptr<const InferredTypes>>> m_types;
    std::unordered_map<const Function*, std::pair<FunctionPtr, std::string>> m_digests;
};

}  // namespace strata
