// Loops run as they say, or the program is refused: what no target can do is never quietly done serially.
//
// The threads of the CPU are one team: a parallel loop inside of another has no team left, and a lane of a vector none
// of its own. A vector has no lanes for a second vectorized loop. A kernel is launched by the host and made of the
// loops that are bound to a device, so neither threads of the CPU nor lanes are around it, and no team is inside of it.
// All of these need a count that is known when code is made. On the CPU a loop that is bound to a device runs one
// iteration after the other, which means the same and is what `--target cpu` asks for.
#include "core/verify/parts.h"

#include "core/text/text.h"

namespace strata {

namespace {

class ScheduleVerifier {
public:
    ScheduleVerifier(const Function& function, Findings& findings)
        : m_function(function)
        , m_findings(findings)
    {
    }
    void visit(const Body& body);

private:
    void checkNesting(const Loop& outer, const Loop& inner);
    void checkInsideBlock(const Loop& loop);
    void checkCount(const Loop& loop);
    void find(const std::string& sentence, const std::vector<const Loop*>& loops, const std::string& hint);

    const Function& m_function;
    Findings& m_findings;
    std::vector<const Loop*> m_around;
    const Block* m_block = nullptr;  // the innermost around, if it holds no block
};

void ScheduleVerifier::find(const std::string& sentence, const std::vector<const Loop*>& loops, const std::string& hint)
{
    std::vector<Cursor> nodes;
    for (const Loop* loop : loops)
        nodes.push_back({m_function.name, NodeKind::Loop, loop->name});
    m_findings.push_back({refused(sentence, std::move(nodes), hint), Finding::Kind::Unrunnable});
}

std::string parallelInside(const Loop& outer, const Loop& inner)
{
    return "Loop " + inner.name + " is parallel inside loop " + outer.name + ", which is "
           + (outer.kind == LoopKind::Parallel     ? "parallel, too: the threads are all taken"
              : outer.kind == LoopKind::Vectorized ? "vectorized: a lane has no threads"
                                                   : "bound to " + outer.axis + ": a device has no threads of the CPU")
           + ".";
}

void ScheduleVerifier::checkNesting(const Loop& outer, const Loop& inner)
{
    if (inner.kind == LoopKind::Parallel && outer.kind != LoopKind::Serial && outer.kind != LoopKind::Unrolled)
        find(parallelInside(outer, inner), {&inner, &outer},
             outer.kind == LoopKind::Parallel ? "Fuse the two loops, or make one of them serial." : "Make one serial.");
    if (inner.kind == LoopKind::Vectorized && outer.kind == LoopKind::Vectorized)
        find("Loop " + inner.name + " is vectorized inside loop " + outer.name
                 + ", which is vectorized, too: a vector has one row of lanes.",
             {&inner, &outer}, "Fuse the two loops, or unroll one of them.");
    if (inner.kind == LoopKind::Bound && (outer.kind == LoopKind::Parallel || outer.kind == LoopKind::Vectorized))
        find("Loop " + inner.name + " is bound to " + inner.axis + " inside loop " + outer.name + ", which is "
                 + name(outer.kind) + ": the host launches a kernel, not a thread or a lane of it.",
             {&inner, &outer}, "Make one serial.");
}

// Analysis knows iterations by the loops around blocks, and so would not see those of a loop inside of one meet.
void ScheduleVerifier::checkInsideBlock(const Loop& loop)
{
    if (m_block && loop.kind != LoopKind::Serial && loop.kind != LoopKind::Unrolled)
        find("Loop " + loop.name + " is " + name(loop.kind) + " inside of block " + m_block->name
                 + ", whose body is one step.",
             {&loop}, "Put the loop around the block, with an iterator for it.");
}

// Lanes, copies and threads of a device are counted when code is made; a team takes any number of iterations.
void ScheduleVerifier::checkCount(const Loop& loop)
{
    if (loop.kind != LoopKind::Serial && loop.kind != LoopKind::Parallel && !number(loop.extent))
        find("Loop " + loop.name + " is " + (loop.kind == LoopKind::Bound ? "bound to " + loop.axis : name(loop.kind))
                 + " and runs to " + print(loop.extent) + ", which is known only when it runs.",
             {&loop}, "Split it by a number first, or bind the dimension.");
}

bool holdsBlock(const Body& body)
{
    bool found = false;
    walk(body, [&](const StmtPtr& stmt) { found = found || as<Block>(stmt); });
    return found;
}

void ScheduleVerifier::visit(const Body& body)
{
    for (const StmtPtr& stmt : body) {
        if (const Loop* loop = as<Loop>(stmt)) {
            for (const Loop* outer : m_around)
                checkNesting(*outer, *loop);
            checkInsideBlock(*loop);
            checkCount(*loop);
            m_around.push_back(loop);
            visit(loop->body);
            m_around.pop_back();
        } else if (const Block* block = as<Block>(stmt)) {
            const bool leaf = !holdsBlock(block->init) && !holdsBlock(block->body);
            const Block* outer = std::exchange(m_block, leaf ? block : nullptr);
            visit(block->init);
            visit(block->body);
            m_block = outer;
        }
    }
}

}  // namespace

void verifySchedule(const Function& function, Findings& findings)
{
    ScheduleVerifier(function, findings).visit(function.loops()->body);
}

}  // namespace strata
