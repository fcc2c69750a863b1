// What was lowered before, by content: nodes by their key, functions by pointer (immutable, so a pointer is a version).
// Whoever comes first wins, so that all states share one pointer and what did not change is seen to be unchanged.
#include "passes/lowering/lowering_cache.h"

#include "core/base/sha256.h"
#include "core/ir/calls.h"
#include "core/text/text.h"

namespace strata {

std::shared_ptr<LoweringCache> makeLoweringCache() { return std::make_shared<LoweringCache>(); }

std::optional<LoweredNode> LoweringCache::node(const std::string& key) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_nodes.find(key);
    return found == m_nodes.end() ? std::nullopt : std::optional(found->second);
}

void LoweringCache::keep(const std::string& key, const LoweredNode& lowered)
{
    const std::lock_guard lock(m_mutex);
    m_nodes.try_emplace(key, lowered);
}

std::optional<LoweredGraph> LoweringCache::graph(const FunctionPtr& function, const Reads& reads) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_graphs.find(function.get());
    if (found == m_graphs.end() || found->second.reads != reads)
        return std::nullopt;
    return found->second.lowered;
}

void LoweringCache::keep(const FunctionPtr& function, const Reads& reads, const LoweredGraph& lowered)
{
    const std::lock_guard lock(m_mutex);
    m_graphs[function.get()] = {function, reads, lowered};
}

FunctionPtr LoweringCache::renamed(const FunctionPtr& function, const std::string& name)
{
    if (function->name == name)
        return function;
    const std::lock_guard lock(m_mutex);
    auto& kept = m_renamed[{function.get(), name}];
    if (!kept.second) {
        Function copy = *function;
        copy.name = name;
        kept = {function, std::make_shared<const Function>(std::move(copy))};
    }
    return kept.second;
}

FunctionPtr LoweringCache::redirected(const FunctionPtr& function, const std::map<std::string, std::string>& instead)
{
    std::string question;
    forEachCall(*function, [&](const Call& call) {
        if (const auto found = instead.find(call.callee); found != instead.end())
            question += call.callee + '>' + found->second + ';';
    });
    if (question.empty())
        return function;
    const std::lock_guard lock(m_mutex);
    auto& kept = m_redirected[{function.get(), question}];
    if (!kept.second)
        kept = {function, mapCalls(function, [&](const Call& call) -> std::optional<CallEdit> {
                    const auto found = instead.find(call.callee);
                    return found == instead.end() ? std::nullopt : std::optional(CallEdit{found->second, call.inputs});
                })};
    return kept.second;
}

std::string LoweringCache::digest(const FunctionPtr& function)
{
    const std::lock_guard lock(m_mutex);
    auto& kept = m_digests[function.get()];
    if (!kept.first) {
        Function unnamed = *function;
        unnamed.name.clear();
        const std::string text = print(unnamed);
        Sha256 hash;
        hash.append(text.data(), text.size());
        kept = {function, hash.finish()};
    }
    return kept.second;
}

std::shared_ptr<const InferredTypes> LoweringCache::types(const FunctionPtr& function) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_types.find(function.get());
    return found == m_types.end() ? nullptr : found->second.second;
}

void LoweringCache::keep(const FunctionPtr& function, std::shared_ptr<const InferredTypes> types)
{
    const std::lock_guard lock(m_mutex);
    m_types[function.get()] = {function, std::move(types)};
}

}  // namespace strata
