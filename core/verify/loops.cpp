// A loops function: types first, since the rest reads nothing out of what is ill-typed; then bounds, then coverage and
// races.
//
// A race is two iterations of a loop whose iterations run at the same time (parallel, vectorized, bound) that touch one
// element, one of them writing: independentIterations finds it with both instances. Loops of one kernel that are bound
// to one axis are the same threads, so they have the same extent.
#include "core/verify/parts.h"

#include "core/analysis/independence.h"
#include "core/text/text.h"

namespace strata {

namespace {

void verifyRaces(const Function& function, const SiteTable& program, Findings& findings)
{
    walk(function.loops()->body, [&](const StmtPtr& stmt) {
        const Loop* loop = as<Loop>(stmt);
        if (!loop || !isUnordered(*loop))
            return;
        const OrderVerdict verdict = independentIterations(program, loop->name);
        const std::vector<Cursor> nodes{{function.name, NodeKind::Loop, loop->name}};
        if (verdict.witness) {
            Error error = refused(verdict.witness->sentence, nodes,
                                  "The loop is " + std::string(name(loop->kind))
                                      + "; its iterations may not touch each other's elements.");
            error.conflict = verdict.witness->conflict;
            error.conflict->function = function.name;
            findings.push_back(std::move(error));
        } else if (!verdict.legal)
            findings.push_back(
                {refused(say("It cannot be proved that the iterations of loop {}, which is {}, do not touch each "
                             "other's elements: {}",
                             loop->name, name(loop->kind), verdict.unknown),
                         nodes),
                 Finding::Kind::Unproved});
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
            findings.push_back({refused(say("The loop {} is bound to {} inside loop {}, which is bound to it already.",
                                            loop->name, loop->axis, inner[loop->axis]->name),
                                        {{function.name, NodeKind::Loop, loop->name},
                                         {function.name, NodeKind::Loop, inner[loop->axis]->name}}),
                                Finding::Kind::Unrunnable});
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
                findings.push_back({refused(say("The loops {} and {} are both bound to {} and differ in extent.",
                                                first->name, loop->name, loop->axis),
                                            {{function.name, NodeKind::Loop, first->name},
                                             {function.name, NodeKind::Loop, loop->name}}),
                                    Finding::Kind::Unrunnable});
        });
    }
}

}  // namespace

void verifyLoops(const Module& module, const Function& function, Findings& findings,
                 const std::set<std::string>& updated)
{
    if (!verifyLoopsTypes(module, function, findings) || !verifySizes(function, findings))
        return;
    const SiteTable program = siteTable(&module, function);
    if (!program.trouble.empty()) {
        findings.push_back(
            refused(program.trouble, {functionCursor(function.name)}, "Bind the symbolic dimensions first."));
        return;
    }
    const std::size_t before = findings.size();
    verifySchedule(function, findings);
    verifyBounds(function, program, findings);
    verifyRegions(module, function, findings);
    verifyThreads(function, findings);
    verifyNest(function, function.loops()->body, {}, findings);
    verifyUpdates(module, function, findings);
    verifyInouts(function, program, findings);
    if (findings.size() != before)
        return;
    std::set<std::string> held = updated;
    for (const auto& [result, parameter] : function.inouts)
        held.insert(result);
    verifyCoverage(function, program, held, findings);
    verifyRaces(function, program, findings);
}

}  // namespace strata
