// The verifier, by level. A function is verified by itself and against the signatures of what it calls, so a step that
// changes one function needs only that one verified again; what is of the module as a whole (names, the entry,
// recursion) is looked at once.
#include "core/verify/verify.h"

#include "core/ir/calls.h"
#include "core/verify/memo.h"
#include "core/verify/parts.h"

#include <set>

namespace strata {

void append(Findings& findings, Findings more)
{
    findings.insert(findings.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void verifySignature(const Function& function, Findings& findings)
{
    std::set<std::string> names;
    for (const auto* list : {&function.params, &function.results})
        for (const TypedName& param : *list)
            if (!names.insert(param.name).second && function.level() != Level::Graph)
                findings.push_back(refused(say("The name {} is given to two buffers of {}.", param.name, function.name),
                                           {{function.name, NodeKind::Buffer, param.name}}));
}

namespace {

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
                refused(say("Function {} calls itself.", function.name), {functionCursor(function.name)}));
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

namespace {

// Of all functions together.
void verifyNames(const Module& module, Findings& findings)
{
    std::set<std::string> names;
    for (const FunctionPtr& function : module.functions)
        if (!names.insert(function->name).second)
            findings.push_back(
                refused(say("Two functions are named {}.", function->name), {functionCursor(function->name)}));
    if (!module.entry.empty() && !module.find(module.entry))
        findings.push_back(refused(say("The entry function {} does not exist.", module.entry)));
}

Findings examine(const Module& module, VerifiedFunctions* known)
{
    Findings findings;
    verifyNames(module, findings);
    for (const IntrinsicPtr& intrinsic : module.intrinsics)
        verifyIntrinsic(module, *intrinsic, findings);
    if (!findings.empty())
        return findings;
    for (const FunctionPtr& function : module.functions)
        append(findings, examine(module, *function, known));
    Recursion(module).check(findings);
    return findings;
}

std::vector<Error> errors(Findings findings)
{
    std::vector<Error> list;
    for (Finding& finding : findings)
        list.push_back(std::move(finding.error));
    return list;
}

Status first(Findings findings) { return findings.empty() ? Status() : Status(std::move(findings.front().error)); }

}  // namespace

Findings examine(const Module& module, const Function& function, VerifiedFunctions* known)
{
    Findings findings;
    verifyImplementations(module, function, findings);
    std::string key = known && function.loops() ? VerifiedFunctions::keyOf(module, function) : std::string();
    if (!key.empty() && known->holds(key))
        return findings;
    verifySignature(function, findings);
    verifyInouts(module, function, findings);
    switch (function.level()) {
    case Level::Graph: verifyGraph(module, function, findings); break;
    case Level::Loops: verifyLoops(module, function, findings); break;
    case Level::Library: verifyLibrary(module, function, findings); break;
    case Level::Hardware: verifyHardware(function, findings); break;
    }
    if (!key.empty() && findings.empty())
        known->keep(std::move(key));
    return findings;
}

Findings examine(const Module& module) { return examine(module, nullptr); }
Findings examine(const Module& module, const Function& function) { return examine(module, function, nullptr); }
std::vector<Error> verify(const Module& module, const Function& function) { return errors(examine(module, function)); }
std::vector<Error> verify(const Module& module) { return errors(examine(module)); }
Status verified(const Module& module) { return first(examine(module)); }
Status verified(const Module& module, VerifiedFunctions& known) { return first(examine(module, &known)); }

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

bool agrees(const ValueType& given, const ValueType& wanted, const std::map<std::string, Dim>& sizes)
{
    if (!mayAgree(given, wanted))
        return false;
    const Shape &a = given.tensor.shape, &b = wanted.tensor.shape;
    for (std::size_t d = 0; !sizes.empty() && d < std::min(a.size(), b.size()); ++d)
        if (!b[d].isConstant() && !(withDims(b[d], sizes) == a[d]))
            return false;
    return true;
}

std::string brokenFact(const SizeFacts& caller, const Function& callee, const std::map<std::string, Dim>& sizes)
{
    SizeFacts wanted = callee.facts;
    for (const auto& [size, dim] : sizes)
        if (!dim.isConstant())
            wanted.emplace(size, SizeFact{});  // 1 or more
    for (const auto& [size, fact] : wanted) {
        const auto given = sizes.find(size);
        const std::optional<SizeFact> known = given == sizes.end() ? SizeFact{} : factOf(given->second, caller);
        if (given != sizes.end() && !known && !callee.facts.count(size))
            continue;  // whether it is too large, the run says
        if (!known || !implies(*known, fact))
            return (fact == SizeFact{} ? size + " >= 1" : factText(size, fact, " and "))
                   + (given == sizes.end() ? "" : ", and gets " + given->second.text() + " for it");
    }
    return {};
}

std::vector<Shape> shapesOf(const std::vector<std::optional<ValueType>>& types)
{
    std::vector<Shape> shapes;
    for (const std::optional<ValueType>& type : types)
        shapes.push_back(type ? type->tensor.shape : Shape());
    return shapes;
}

void verifyHardware(const Function& function, Findings& findings)
{
    if (function.hardware()->llvm.find("@" + function.name) == std::string::npos
        && function.hardware()->llvm.find("@\"" + function.name + "\"") == std::string::npos)
        findings.push_back(refused(say("The LLVM IR of {} does not define @{}.", function.name, function.name),
                                   {functionCursor(function.name)}));
}

}  // namespace strata
