#include "core/verify/verify.h"

#include "core/ir/calls.h"
#include "core/verify/parts.h"

#include <set>

namespace strata {

namespace {

void verifySignature(const Function& function, Findings& findings)
{
    std::set<std::string> names;
    for (const auto* list : {&function.params, &function.results})
        for (const TypedName& param : *list)
            if (!names.insert(param.name).second && function.level() != Level::Graph)
                findings.push_back(
                    refused("The name " + param.name + " is given to two buffers of " + function.name + ".",
                            {{function.name, NodeKind::Buffer, param.name}}));
}

// A function that calls itself, by whatever way.
class Recursion {
public:
    explicit Recursion(const Module& module)
        : m_module(module)
    {
    }
    void check(Findings& findings)
    {
        for (const FunctionPtr& function : m_module.functions)
            visit(*function, findings);
    }

private:
    void visit(const Function& function, Findings& findings)
    {
        if (m_done.count(function.name))
            return;
        if (!m_open.insert(function.name).second) {
            findings.push_back(
                refused("Function " + function.name + " calls itself.", {functionCursor(function.name)}));
            m_done.insert(function.name);
            return;
        }
        forEachUse(function, [&](const std::string& used) {
            if (const FunctionPtr next = m_module.find(used))
                visit(*next, findings);
        });
        m_done.insert(function.name);
    }

    const Module& m_module;
    std::set<std::string> m_open, m_done;
};

}  // namespace

std::vector<Error> verify(const Module& module, const Function& function)
{
    Findings findings;
    verifySignature(function, findings);
    switch (function.level()) {
    case Level::Graph: verifyGraph(module, function, findings); break;
    case Level::Loops: verifyLoops(module, function, findings); break;
    case Level::Library: verifyLibrary(module, function, findings); break;
    case Level::Hardware: verifyHardware(function, findings); break;
    }
    return findings;
}

std::vector<Error> verify(const Module& module)
{
    Findings findings;
    std::set<std::string> names;
    for (const FunctionPtr& function : module.functions) {
        if (!names.insert(function->name).second)
            findings.push_back(
                refused("Two functions are named " + function->name + ".", {functionCursor(function->name)}));
        std::vector<Error> found = verify(module, *function);
        findings.insert(findings.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
    }
    if (!module.entry.empty() && !module.find(module.entry))
        findings.push_back(refused("The entry function " + module.entry + " does not exist."));
    Recursion(module).check(findings);
    return findings;
}

Status verified(const Module& module)
{
    std::vector<Error> findings = verify(module);
    return findings.empty() ? Status{} : Status{std::move(findings.front())};
}

bool mayAgree(const ValueType& a, const ValueType& b)
{
    if (a.kind == ValueType::Kind::Unknown || b.kind == ValueType::Kind::Unknown)
        return true;
    if (a.kind != b.kind || a.tensor.dtype != b.tensor.dtype)
        return false;
    if (!a.tensor.ranked || !b.tensor.ranked)
        return true;
    if (a.tensor.shape.size() != b.tensor.shape.size())
        return false;
    for (std::size_t d = 0; d < a.tensor.shape.size(); ++d) {
        const Dim &x = a.tensor.shape[d], &y = b.tensor.shape[d];
        if (x.isConstant() && y.isConstant() && !(x == y))
            return false;
    }
    return true;
}

void verifyHardware(const Function& function, Findings& findings)
{
    if (function.hardware()->llvm.find("@" + function.name) == std::string::npos
        && function.hardware()->llvm.find("@\"" + function.name + "\"") == std::string::npos)
        findings.push_back(refused("The LLVM IR of " + function.name + " does not define @" + function.name + ".",
                                   {functionCursor(function.name)}));
}

}  // namespace strata
