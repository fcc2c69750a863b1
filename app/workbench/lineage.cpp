#include "app/workbench/lineage.h"

#include <algorithm>
#include <optional>
#include <set>

namespace strata {

namespace {

// The model itself, as a graph or as calls: the functions that it calls have a lineage, it has none.
bool isWholeModel(const Module& module, const Function& function)
{
    return function.library() || (function.graph() && function.name == module.entry)
           || (function.graph() && module.entryFunction() && module.entryFunction()->name == function.name);
}

// A graph function that becomes loops takes its constants as further parameters.
bool keepsSignature(const Function& before, const Function& after)
{
    const bool lowered = before.graph() && !after.graph();
    const std::size_t params = before.params.size(), results = before.results.size();
    return (lowered || params == after.params.size()) && results == after.results.size()
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

// Goes along the path, state by state.
class Walk {
public:
    explicit Walk(const std::vector<StatePtr>& path)
        : m_path(path)
    {
    }

    std::vector<Lineage> run()
    {
        for (m_at = 0; m_at < m_path.size(); ++m_at)
            if (m_at > 0 && m_path[m_at]->module == m_path[m_at - 1]->module)
                nothingChanged();
            else
                takeState();
        return std::move(m_all);
    }

private:
    void nothingChanged()
    {
        for (const auto& [name, lineage] : m_live)
            m_all[lineage].to = m_at;
    }

    void takeState()
    {
        const State& state = *m_path[m_at];
        const Forwarding backward = m_at > 0 ? invert(ofFunctions(state.forwarding)) : Forwarding();
        Live next;
        std::set<std::size_t> continued;
        for (const FunctionPtr& function : state.module->functions) {
            if (function->implements || isWholeModel(*state.module, *function))
                continue;
            const auto known = before(backward, *function);
            if (!known)
                next[function->name] = add({function, function, m_at, m_at, Effect::Exact});
            else if (continued.insert(*known).second)
                next[function->name] = *known;
            else  // a copy has a lineage of its own from here on
                next[function->name] = add(m_all[*known]);
            go(m_all[next[function->name]], function, state.effect);
        }
        m_live = std::move(next);
    }

    // The lineage that a function continues; none: it begins one.
    std::optional<std::size_t> before(const Forwarding& backward, const Function& function) const
    {
        const std::string from = m_at > 0 ? origin(backward, *m_path[m_at - 1]->module, function.name) : std::string();
        const auto known = from.empty() ? m_live.end() : m_live.find(from);
        const bool same = known != m_live.end() && keepsSignature(*m_all[known->second].last, function);
        return same ? std::optional(known->second) : std::nullopt;
    }

    std::size_t add(Lineage lineage)
    {
        m_all.push_back(std::move(lineage));
        return m_all.size() - 1;
    }

    void go(Lineage& lineage, const FunctionPtr& function, Effect effect) const
    {
        if (lineage.last != function)
            lineage.claim = std::max(lineage.claim, effect);
        lineage.last = function;
        lineage.to = m_at;
    }

    const std::vector<StatePtr>& m_path;
    std::size_t m_at = 0;
    std::vector<Lineage> m_all;
    Live m_live;
};

}  // namespace

bool sameTypes(const std::vector<TypedName>& a, const std::vector<TypedName>& b, std::size_t count)
{
    return a.size() >= count && b.size() >= count
           && std::equal(a.begin(), a.begin() + std::ptrdiff_t(count), b.begin(),
                         [](const TypedName& x, const TypedName& y) { return x.type == y.type; });
}

std::vector<Lineage> lineages(const std::vector<StatePtr>& path) { return Walk(path).run(); }

}  // namespace strata
