// The description of an intrinsic is what the evaluator runs, what analysis believes and what code is made of, so it
// verifies like any function. Code runs the instances of a description in the order that suits it (contiguous memory
// innermost), so they are independent: nothing is ordered, and what is no reduction touches elements of its own. A
// result that it reads is updated in place; one that it does not read it writes wholly, as callers count on it.
#include "core/analysis/independence.h"
#include "core/verify/parts.h"

namespace strata {

namespace {

bool callsIntrinsics(const Body& body)
{
    bool calls = false;
    walk(body, [&](const StmtPtr& stmt) { calls = calls || as<IntrinsicCall>(stmt); });
    return calls;
}

std::set<std::string> reductionLoops(const Body& body)
{
    std::set<std::string> loops;
    walk(body, [&](const StmtPtr& stmt) {
        if (const Block* block = as<Block>(stmt))
            for (const BlockIter& iter : block->iters)
                if (iter.kind == IterKind::Reduce)
                    for (std::string& name : freeVariables(iter.binding))
                        loops.insert(std::move(name));
    });
    return loops;
}

// A call updates the boxes of these results; all others it fills.
std::set<std::string> updatedResults(const Function& description)
{
    std::set<std::string> names;
    const std::vector<Touch> touched = touches(description);
    for (std::size_t i = 0; i < description.results.size(); ++i)
        if (touched[description.params.size() + i].reads)
            names.insert(description.results[i].name);
    return names;
}

// The first loop whose iterations depend on each other though it is no reduction; empty if there is none.
std::string dependentLoop(const Module& module, const Function& description)
{
    const Body& body = description.loops()->body;
    const SiteTable table = siteTable(&module, description);
    const std::set<std::string> reductions = reductionLoops(body);
    std::string found;
    walk(body, [&](const StmtPtr& stmt) {
        const Loop* loop = as<Loop>(stmt);
        if (loop && found.empty() && !reductions.count(loop->name) && !independentIterations(table, loop->name).legal)
            found = loop->name;
    });
    return found;
}

}  // namespace

void verifyIntrinsic(const Module& module, const Intrinsic& intrinsic, Findings& findings)
{
    const std::string what = "The description of the intrinsic " + intrinsic.name;
    if (!intrinsic.description || !intrinsic.description->loops()) {
        findings.push_back(refused(say("The intrinsic {} has no description at the loops level.", intrinsic.name)));
        return;
    }
    const Function& description = *intrinsic.description;
    if (callsIntrinsics(description.loops()->body)) {
        findings.push_back(refused(say("{} calls an intrinsic.", what), {functionCursor(description.name)}));
        return;
    }
    const std::size_t before = findings.size();
    verifySignature(description, findings);
    verifyLoops(module, description, findings, updatedResults(description));
    if (findings.size() != before)
        return;
    if (const std::string loop = dependentLoop(module, description); !loop.empty())
        findings.push_back(
            refused(say("{} depends on the order of loop {}, but code runs its instances in any order.", what, loop),
                    {{description.name, NodeKind::Loop, loop}}));
}

}  // namespace strata
