// When a change of loops is legal: what the form of the indices proves is decided at once, only the rest goes to exact
// analysis.
//
// By form: executions that differ in some loops touch different elements if the indices, read as mixed-radix numbers,
// determine those loops (each coefficient exceeds what all smaller terms span). That is a proof for most nests, in
// microseconds. What it cannot tell goes to isl by way of core/analysis: pairs of instances in both orders, with a
// witness. Where isl gives up, the step is refused. Order is asked of the program with all loops serial; that
// iterations which run at the same time are apart is asked of the result.
#include "passes/loops/legality.h"

#include "core/analysis/accesses.h"
#include "core/analysis/independence.h"
#include "core/analysis/unfuse.h"
#include "core/base/condition.h"
#include "core/verify/verify.h"

#include <algorithm>
#include <cctype>

namespace strata::loops {

namespace {

// One dimension of all accesses to a buffer: constant offsets low..high around one linear form.
struct Dimension {
    Linear form;
    std::int64_t low = 0, high = 0;
};

bool sameTerms(const Linear& a, const Linear& b)
{
    const Linear rest = add(a, b, -1);
    return rest.terms.empty();
}

// nullopt where the accesses are not one linear form up to a constant.
std::optional<Dimension> dimensionOf(const std::vector<const Access*>& all, std::size_t d, const Ranges& ranges)
{
    std::optional<Dimension> result;
    for (const Access* access : all) {
        const Linear form = linear(access->begin[d], ranges);
        if (!form.isAffine())
            return std::nullopt;
        const std::int64_t high = form.constant + access->extent[d] - 1;
        if (!result)
            result = Dimension{form, form.constant, high};
        if (!sameTerms(result->form, form))
            return std::nullopt;
        result->low = std::min(result->low, form.constant);
        result->high = std::max(result->high, high);
    }
    return result;
}

// Loops below the one that is asked about. Those that run to sizes have no range.
struct Varying {
    Ranges ranges;
    std::set<std::string> toSizes;

    bool contains(const std::string& name) const { return ranges.count(name) || toSizes.count(name); }
};

Varying varyingIn(const Body& body)
{
    Varying varying;
    walk(body, [&](const StmtPtr& stmt) {
        if (const Loop* loop = as<Loop>(stmt)) {
            enter(varying.ranges, loop->name, loop->extent);
            if (!varying.ranges.count(loop->name))
                varying.toSizes.insert(loop->name);
        }
    });
    return varying;
}

// The varying variables whose values a mixed-radix index tells apart: each coefficient exceeds what all smaller terms
// span. What runs to a size may span anything, so it is the largest.
void addDetermined(std::set<std::string>& determined, const Dimension& dimension, const Varying& varying)
{
    std::vector<Linear::Term> terms;
    for (const Linear::Term& term : dimension.form.terms)
        if (varying.contains(term.atom->name))
            terms.push_back(term);
    std::sort(terms.begin(), terms.end(), [](const Linear::Term& a, const Linear::Term& b) {
        return std::abs(a.coefficient) < std::abs(b.coefficient);
    });
    std::int64_t span = dimension.high - dimension.low;
    std::set<std::string> found;
    for (const Linear::Term& term : terms) {
        const std::string& name = term.atom->name;
        const bool toSize = varying.toSizes.count(name) != 0;
        if (std::abs(term.coefficient) <= span || (toSize && &term != &terms.back()))
            return;
        span += toSize ? 0 : std::abs(term.coefficient) * (varying.ranges.at(name).extent - 1);
        found.insert(name);
    }
    determined.merge(found);
}

bool disjoint(const std::vector<const Access*>& all, const std::set<std::string>& wanted, const Varying& varying)
{
    std::set<std::string> determined;
    for (std::size_t d = 0; d < all.front()->begin.size(); ++d)
        if (const auto dimension = dimensionOf(all, d, varying.ranges))
            addDetermined(determined, *dimension, varying);
    return std::includes(determined.begin(), determined.end(), wanted.begin(), wanted.end());
}

// Buffers that are allocated inside all of `loops`: every execution has its own.
void addPrivate(std::set<std::string>& found, const Body& body, std::set<std::string> open)
{
    for (const StmtPtr& stmt : body) {
        if (const Alloc* alloc = as<Alloc>(stmt); alloc && open.empty())
            found.insert(alloc->buffer.name);
        std::set<std::string> inner = open;
        if (const Loop* loop = as<Loop>(stmt))
            inner.erase(loop->name);
        addPrivate(found, children(stmt), inner);
    }
}

std::string reasonOf(const OrderVerdict& verdict)
{
    return verdict.witness ? verdict.witness->sentence : verdict.unknown;
}

// With the two executions, if there are any.
Error showing(const OrderVerdict& verdict, const Function& function, Error error)
{
    if (verdict.witness) {
        error.conflict = verdict.witness->conflict;
        error.conflict->function = function.name;
    }
    return error;
}

std::set<std::string> nonUnit(const std::set<std::string>& wanted, const Ranges& ranges)
{
    std::set<std::string> result;
    for (const std::string& name : wanted)
        if (auto range = ranges.find(name); range == ranges.end() || range->second.extent > 1)
            result.insert(name);
    return result;
}

}  // namespace

bool disjointByForm(const Module& module, const Loop& root, const std::set<std::string>& loops)
{
    const Unfused unfused = unfuse({makeStmt(root)});
    const Body& body = unfused.body;
    std::set<std::string> wanted;
    for (const std::string& loop : loops)
        if (const auto digits = unfused.digits.find(loop); digits != unfused.digits.end())
            wanted.insert(digits->second.begin(), digits->second.end());
        else
            wanted.insert(loop);
    const Varying varying = varyingIn(body);
    std::set<std::string> privateBuffers;
    addPrivate(privateBuffers, body, wanted);
    std::map<std::string, std::vector<const Access*>> byBuffer;
    const std::vector<Access> all = accesses(&module, body);
    std::set<std::string> written;
    for (const Access& access : all) {
        byBuffer[access.buffer].push_back(&access);
        if (access.write)
            written.insert(access.buffer);
    }
    const std::set<std::string> apart = nonUnit(wanted, varying.ranges);
    return std::all_of(written.begin(), written.end(), [&](const std::string& buffer) {
        return privateBuffers.count(buffer) || disjoint(byBuffer[buffer], apart, varying);
    });
}

std::set<std::string> loopsOfKind(const Loop& root, IterKind kind)
{
    std::set<std::string> loops, variables;
    const Body body{makeStmt(root)};
    walk(body, [&](const StmtPtr& stmt) {
        if (const Loop* loop = as<Loop>(stmt))
            loops.insert(loop->name);
        if (const Block* block = as<Block>(stmt))
            for (const BlockIter& iter : block->iters)
                if (iter.kind == kind)
                    for (const std::string& name : freeVariables(iter.binding))
                        variables.insert(name);
    });
    std::set<std::string> result;
    std::set_intersection(loops.begin(), loops.end(), variables.begin(), variables.end(),
                          std::inserter(result, result.end()));
    return result;
}

Status requireIndependent(const Module& module, const Function& function, const Located& loop, const std::string& what)
{
    const std::string& name = loop.loop()->name;
    if (disjointByForm(module, *loop.loop(), {name}))
        return {};
    if (!STRATA_CONDITION("independence.reduction", !loopsOfKind(*loop.loop(), IterKind::Reduce).count(name)))
        return refused(say("Loop {} runs through a reduction: its iterations update the same elements, so it "
                           "cannot be {}.",
                           name, what),
                       {loopCursor(function, name)},
                       "Take another loop, or give each iteration its own partial result with rfactor.");
    const OrderVerdict verdict = independentIterations(function, name, &module);
    if (STRATA_CONDITION("independence.distinct", verdict.legal))
        return {};
    return showing(verdict, function,
                   refused(say("The iterations of loop {} depend on each other, so it cannot be {}: {}", name, what,
                               reasonOf(verdict)),
                           {loopCursor(function, name)}));
}

namespace {

// All loops serial: program order is what a legal change keeps, however iterations share the work.
FunctionPtr serialized(const Function& function)
{
    return withBody(function, transform(function.loops()->body, [](const StmtPtr& stmt) -> std::optional<Body> {
                        const Loop* loop = as<Loop>(stmt);
                        if (!loop || loop->kind == LoopKind::Serial)
                            return std::nullopt;
                        Loop copy = *loop;
                        copy.kind = LoopKind::Serial;
                        copy.axis.clear();
                        return Body{makeStmt(std::move(copy))};
                    }));
}

}  // namespace

Result<Effect> requireOrder(const Module& module, const Function& before, const Function& after,
                            const std::string& what, std::vector<Cursor> nodes)
{
    const OrderVerdict verdict = compareOrder(*serialized(before), *serialized(after), &module);
    if (STRATA_CONDITION("order.forward", verdict.legal))
        return verdict.reassociated ? Effect::Reassociated : Effect::Exact;
    if (verdict.witness)
        return showing(
            verdict, before,
            refused(say("{} changes what is computed: {}", what, verdict.witness->sentence), std::move(nodes)));
    std::string inside = what;  // of the sentence
    inside[0] = char(std::tolower(static_cast<unsigned char>(inside[0])));
    return refused(say("It cannot be proved that {} keeps the result: {}", inside, verdict.unknown), std::move(nodes));
}

Status requireVerified(const Module& module, const Function& after, const std::string& what, std::vector<Cursor> nodes,
                       std::string hint)
{
    const std::vector<Error> findings = verify(module, after);
    if (STRATA_CONDITION("made.verified", findings.empty()))
        return {};
    Error error = refused(say("{} would make a wrong program: {}", what, findings[0].message), std::move(nodes),
                          std::move(hint));
    error.conflict = findings[0].conflict;
    return error;
}

namespace {

// The loops around that executions of one kernel share, so that what differs in nothing else is one block.
const Loop* kernelOf(const Located& loop)
{
    return loop.ancestors.empty() ? loop.loop() : as<Loop>(loop.ancestors.front());
}

}  // namespace

Status requireBoundIndependent(const Module& module, const Function& function, const Located& loop)
{
    const std::string what = "bound to " + loop.loop()->axis;
    if (!isBlockLoop(*loop.loop()))
        return requireIndependent(module, function, loop, what);
    const std::string& name = loop.loop()->name;
    const Loop* kernel = kernelOf(loop);
    if (kernel && disjointByForm(module, *kernel, {name}))
        return {};
    const SiteTable program = siteTable(&module, function);
    for (const std::string& other : loopNames(function)) {  // of the same axis: any may be the one that is named
        const Located found = *findLoop(function, other);
        if (kernelOf(found) != kernel || found.loop()->axis != loop.loop()->axis)
            continue;
        if (const OrderVerdict verdict = independentIterations(program, other);
            !STRATA_CONDITION("bound.apart", verdict.legal))
            return showing(verdict, function,
                           refused(say("Loop {} cannot be {}: {}", name, what, reasonOf(verdict)),
                                   {loopCursor(function, name)},
                                   "Let the kernel end there: bind loops whose iterations depend on nothing that "
                                   "others of the loops around compute."));
    }
    return {};
}

Status requireConcurrent(const Module& module, const Function& before, const Function& after)
{
    std::optional<SiteTable> program;
    const Body& old = before.loops()->body;
    for (const StmtPtr& stmt : after.loops()->body) {
        std::vector<const Loop*> open;
        walk({stmt}, [&](const StmtPtr& inner) {
            if (const Loop* loop = as<Loop>(inner); loop && isUnordered(*loop))
                open.push_back(loop);
        });
        if (open.empty() || std::find(old.begin(), old.end(), stmt) != old.end())
            continue;
        for (const Loop* loop : open) {
            const Loop* root = isBlockLoop(*loop) ? as<Loop>(stmt) : loop;
            if (root && disjointByForm(module, *root, {loop->name}))
                continue;
            if (!program)
                program = siteTable(&module, after);
            if (const OrderVerdict verdict = independentIterations(*program, loop->name);
                !STRATA_CONDITION("concurrent.apart", verdict.legal))
                return showing(verdict, after,
                               refused(say("Loop {} is {}, and its iterations would depend on each other: {}",
                                           loop->name, name(loop->kind), reasonOf(verdict)),
                                       {loopCursor(after, loop->name)},
                                       "Take back " + std::string(name(loop->kind)) + " by loops.serial first."));
        }
    }
    return {};
}

}  // namespace strata::loops
