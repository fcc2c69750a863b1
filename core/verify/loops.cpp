#include "core/verify/parts.h"

#include "core/analysis/independence.h"

namespace strata {

namespace {

void verifyRaces(const Function& function, const SiteTable& program, Findings& findings)
{
    walk(function.loops()->body, [&](const StmtPtr& stmt) {
        const Loop* loop = as<Loop>(stmt);
        if (!loop || !isUnordered(*loop))
            return;
        const OrderVerdict verdict = independentIterations(program, loop->name);
        if (verdict.witness)
            findings.push_back(refused(verdict.witness->sentence, {{function.name, NodeKind::Loop, loop->name}},
                                       "The loop is " + std::string(name(loop->kind))
                                           + "; its iterations may not touch each other's elements."));
    });
}

// An axis counts one loop of a nest.
void verifyNest(const Function& function, const Body& body, std::map<std::string, const Loop*> around,
                Findings& findings)
{
    for (const StmtPtr& stmt : body) {
        auto inner = around;
        const Loop* loop = as<Loop>(stmt);
        if (loop && loop->kind == LoopKind::Bound && !inner.try_emplace(loop->axis, loop).second)
            findings.push_back(refused(
                "The loop " + loop->name + " is bound to " + loop->axis + " inside loop " + inner[loop->axis]->name
                    + ", which is bound to it already.",
                {{function.name, NodeKind::Loop, loop->name}, {function.name, NodeKind::Loop, inner[loop->axis]->name}}));
        verifyNest(function, children(stmt), inner, findings);
    }
}

// Loops of one kernel bound to one axis: the nests below one outermost bound loop, or all of one outermost statement.
void verifyThreads(const Function& function, Findings& findings)
{
    for (const StmtPtr& root : function.loops()->body) {
        std::map<std::string, const Loop*> axes;
        walk({root}, [&](const StmtPtr& stmt) {
            const Loop* loop = as<Loop>(stmt);
            if (!loop || loop->kind != LoopKind::Bound)
                return;
            const Loop*& first = axes.try_emplace(loop->axis, loop).first->second;
            if (!equal(simplify(first->extent, {}), simplify(loop->extent, {})))
                findings.push_back(refused(
                    "The loops " + first->name + " and " + loop->name + " are both bound to " + loop->axis
                        + " and differ in extent.",
                    {{function.name, NodeKind::Loop, first->name}, {function.name, NodeKind::Loop, loop->name}}));
        });
    }
}

}  // namespace

void verifyLoops(const Module& module, const Function& function, Findings& findings)
{
    if (!verifyLoopsTypes(module, function, findings))
        return;
    const SiteTable program = siteTable(&module, function);
    if (!program.trouble.empty()) {
        findings.push_back(
            refused(program.trouble, {functionCursor(function.name)}, "Bind the symbolic dimensions first."));
        return;
    }
    const std::size_t before = findings.size();
    verifyBounds(function, program, findings);
    verifyThreads(function, findings);
    verifyNest(function, function.loops()->body, {}, findings);
    verifyUpdates(module, function, findings);
    if (findings.size() != before)
        return;
    verifyCoverage(function, program, findings);
    verifyRaces(function, program, findings);
}

}  // namespace strata
