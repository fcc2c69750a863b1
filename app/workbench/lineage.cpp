#include "app/workbench/lineage.h"

#include <algorithm>

namespace strata {

namespace {

bool isProgram(const Module& module, const Function& function)
{
    return function.library() || (function.graph() && function.name == module.entry)
           || (function.graph() && module.entryFunction() && module.entryFunction()->name == function.name);
}

bool sameTypes(const std::vector<TypedName>& a, const std::vector<TypedName>& b, std::size_t count)
{
    return std::equal(a.begin(), a.begin() + std::ptrdiff_t(count), b.begin(),
                      [](const TypedName& x, const TypedName& y) { return x.type == y.type; });
}

// A graph function that becomes loops takes its constants as further parameters.
bool sameSignature(const Function& before, const Function& after)
{
    const bool lowered = before.graph() && !after.graph();
    const std::size_t params = before.params.size(), results = before.results.size();
    return (lowered ? params <= after.params.size() : params == after.params.size()) && results == after.results.size()
           && sameTypes(before.params, after.params, params) && sameTypes(before.results, after.results, results);
}

using Live = std::map<std::string, std::size_t>;  // function -> its lineage

// The function of the parent that this one was; "" if it is new, or was made of several.
std::string origin(const Forwarding& backward, const Module& before, const std::string& name)
{
    const auto moved = backward.find(functionCursor(name));
    if (moved == backward.end())
        return before.find(name) ? name : std::string();
    std::string result;
    for (const Cursor& from : moved->second)
        if (from.kind == NodeKind::Function) {
            if (!result.empty() && result != from.function)
                return {};
            result = from.function;
        }
    return result;
}

// Only what speaks of functions as a whole; the rest of a forwarding is long.
Forwarding ofFunctions(const Forwarding& forwarding)
{
    Forwarding result;
    for (const auto& [from, targets] : forwarding)
        if (from.kind == NodeKind::Function)
            result[from] = targets;
    return result;
}

}  // namespace

std::vector<Lineage> lineages(const std::vector<StatePtr>& path)
{
    std::vector<Lineage> all;
    Live live;
    for (std::size_t at = 0; at < path.size(); ++at) {
        const State& state = *path[at];
        if (at > 0 && state.module == path[at - 1]->module) {
            for (auto& [name, index] : live)
                all[index].to = at;
            continue;
        }
        const Forwarding backward = at > 0 ? invert(ofFunctions(state.forwarding)) : Forwarding();
        Live next;
        for (const FunctionPtr& function : state.module->functions) {
            if (function->implements || isProgram(*state.module, *function))
                continue;
            const std::string before = at > 0 ? origin(backward, *path[at - 1]->module, function->name) : std::string();
            const auto known = before.empty() ? live.end() : live.find(before);
            if (known == live.end() || !sameSignature(*all[known->second].last, *function)) {
                next[function->name] = all.size();
                all.push_back({function, function, at, at, Effect::Exact});
                continue;
            }
            Lineage lineage = all[known->second];
            if (lineage.last != function)
                lineage.claim = std::max(lineage.claim, state.effect);
            lineage.last = function;
            lineage.to = at;
            // A copy has a lineage of its own from here on.
            const bool taken = std::any_of(next.begin(), next.end(),
                                           [&](const auto& entry) { return entry.second == known->second; });
            if (taken) {
                next[function->name] = all.size();
                all.push_back(lineage);
            } else {
                next[function->name] = known->second;
                all[known->second] = lineage;
            }
        }
        live = std::move(next);
    }
    return all;
}

}  // namespace strata
