// Choosing is done before lowering, so that what nothing chooses is never lowered, and what lowering sees are calls.
#include "passes/lowering/choose.h"

#include "core/ir/implementations.h"
#include "passes/lowering/lowering_cache.h"

#include <algorithm>
#include <set>

namespace strata {

namespace {

// The machine, or the sizes of a call.
bool asks(const Function& function)
{
    return std::any_of(function.choices.begin(), function.choices.end(),
                       [](const Choice& choice) { return !choice.isForAll(); });
}

class Chooser {
public:
    Chooser(const Module& module, LoweringCache& cache)
        : m_module(module)
        , m_cache(cache)
    {
    }

    ChosenModule run()
    {
        Module result = m_module;
        result.functions.clear();
        for (const FunctionPtr& function : m_module.functions)
            if (!function->choices.empty())
                decide(*function);
        for (const FunctionPtr& function : m_module.functions)
            if (!function->implements || m_used.count(function->name))
                for (FunctionPtr one : made(function))
                    result.functions.push_back(std::move(one));
        if (const auto found = m_instead.find(result.entry); found != m_instead.end())
            result.entry = found->second;
        return {std::make_shared<const Module>(std::move(result)), std::move(m_forwarding)};
    }

private:
    void decide(const Function& definition)
    {
        for (const Choice& choice : definition.choices) {
            m_used.insert(choice.implementation);
            if (!choice.isForAll())
                m_asked.insert(choice.implementation);
        }
        if (asks(definition))
            return;
        const std::string& one = byDefault(definition);
        if (one == definition.name)
            return;
        m_instead[definition.name] = one;
        m_forwarding[functionCursor(definition.name)] = {functionCursor(one)};
    }

    // What is called by its own name implements nothing any more.
    FunctionPtr plain(const FunctionPtr& function) const
    {
        if (!function->implements || m_asked.count(function->name))
            return function;
        Function result = *function;
        result.implements.reset();
        return std::make_shared<const Function>(std::move(result));
    }

    // What stands for a function afterwards.
    std::vector<FunctionPtr> made(const FunctionPtr& function)
    {
        const FunctionPtr now = m_cache.redirected(function, m_instead);
        if (!asks(*function))
            return {plain(now)};
        std::vector<FunctionPtr> result;
        std::string callee = byDefault(*function);
        if (callee == function->name) {  // its own body needs a name beside the dispatch
            Function own = *now;
            own.name = callee = freshName(function->name + "_itself",
                                          [&](const std::string& n) { return m_module.find(n) != nullptr; });
            own.choices.clear();
            result.push_back(std::make_shared<const Function>(std::move(own)));
        }
        Function dispatch = calling(*function, callee);
        std::erase_if(dispatch.choices, [](const Choice& choice) { return choice.isForAll(); });
        result.push_back(std::make_shared<const Function>(std::move(dispatch)));
        return result;
    }

    const Module& m_module;
    LoweringCache& m_cache;
    std::set<std::string> m_used, m_asked;  // by some choice; by one with a condition
    std::map<std::string, std::string> m_instead;
    Forwarding m_forwarding;
};

}  // namespace

Function calling(const Function& signature, const std::string& callee)
{
    LibraryCall call;
    call.name = call.callee = callee;
    for (const TypedName& param : signature.params)
        call.inputs.push_back(Operand::value(param.name));
    for (const TypedName& result : signature.results)
        call.outputs.push_back(result.name);
    Function result = signature;
    LibraryBody body;
    body.statements = {std::make_shared<const LibraryStmt>(std::move(call))};
    result.body = std::move(body);
    return result;
}

ChosenModule choose(const Module& module, LoweringCache& cache)
{
    const bool any = std::any_of(module.functions.begin(), module.functions.end(), [](const FunctionPtr& function) {
        return function->implements || !function->choices.empty();
    });
    if (!any)
        return {std::make_shared<const Module>(module), {}};
    return Chooser(module, cache).run();
}

}  // namespace strata
