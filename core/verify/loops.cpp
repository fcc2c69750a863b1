#include "core/verify/parts.h"

#include "core/analysis/independence.h"

namespace strata {

namespace {

bool isUnordered(const Loop& loop)
{
    return loop.kind == LoopKind::Parallel || loop.kind == LoopKind::Vectorized || loop.kind == LoopKind::Bound;
}

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
    if (findings.size() != before)
        return;
    verifyCoverage(function, program, findings);
    verifyRaces(function, program, findings);
}

}  // namespace strata
