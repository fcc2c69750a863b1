#include "app/lesson/compare.h"

#include "core/index/simplify.h"
#include "core/text/text.h"

#include <algorithm>
#include <set>

namespace strata {

namespace {

using Difference = std::optional<ProgramDifference>;

// Walks two functions of loops side by side, and reads the first under the names of the second.
class LoopComparison {
public:
    LoopComparison(const std::string& function)
        : m_function(function)
    {
    }

    Difference bodies(const Body& yours, const Body& target)
    {
        const std::size_t both = std::min(yours.size(), target.size());
        std::size_t parted = 0;  // where one of them has a statement more, told by what is inside
        while (parted < both && belongTogether(yours[parted], target[parted]))
            ++parted;
        const std::size_t compared = yours.size() == target.size() ? both : parted;
        for (std::size_t i = 0; i < compared; ++i)
            if (Difference found = statements(yours[i], target[i]))
                return found;
        if (yours.size() > target.size())
            return at(say("{} is not in the target at this place.", capital(wordsOf(yours[parted]))), yours[parted]);
        if (yours.size() < target.size())
            return at(say("{} of the target is missing here.", capital(wordsOf(target[parted]))),
                      yours.empty() ? nullptr : yours[std::min(parted, yours.size() - 1)]);
        return {};
    }

private:
    static std::string capital(std::string text)
    {
        if (!text.empty())
            text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
        return text;
    }

    static std::set<std::string> inside(const StmtPtr& statement)
    {
        std::set<std::string> names;
        walk({statement}, [&](const StmtPtr& one) {
            if (const Block* block = as<Block>(one))
                names.insert(block->name);
            else if (const Alloc* alloc = as<Alloc>(one))
                names.insert(alloc->buffer.name);
        });
        return names;
    }
    // What is inside tells which statement of the other list it is, whatever its loops are called.
    static bool belongTogether(const StmtPtr& yours, const StmtPtr& target)
    {
        const std::set<std::string> a = inside(yours), b = inside(target);
        return (a.empty() && b.empty()) || std::any_of(a.begin(), a.end(), [&](const auto& name) { return b.count(name) > 0; });
    }

    static std::string wordsOf(const StmtPtr& statement)
    {
        if (const Loop* loop = as<Loop>(statement))
            return "loop " + loop->name;
        if (const Block* block = as<Block>(statement))
            return "block " + block->name;
        if (const Alloc* alloc = as<Alloc>(statement))
            return "buffer " + alloc->buffer.name;
        if (const Store* store = as<Store>(statement))
            return "a store to " + store->buffer;
        return "a call of " + as<IntrinsicCall>(statement)->intrinsic;
    }

    Difference at(Sentence said, const StmtPtr& statement) const
    {
        ProgramDifference difference{std::move(said), {}};
        if (const Loop* loop = statement ? as<Loop>(statement) : nullptr)
            difference.here.push_back({m_function, NodeKind::Loop, loop->name});
        if (const Block* block = statement ? as<Block>(statement) : nullptr)
            difference.here.push_back({m_function, NodeKind::Block, block->name});
        if (const Alloc* alloc = statement ? as<Alloc>(statement) : nullptr)
            difference.here.push_back({m_function, NodeKind::Buffer, alloc->buffer.name});
        return difference;
    }

    ExprPtr read(const ExprPtr& e) const { return e ? simplify(substitute(e, m_names), m_ranges) : nullptr; }
    bool same(const ExprPtr& yours, const ExprPtr& target) const
    {
        if (!yours || !target)
            return !yours && !target;
        return equal(read(yours), simplify(target, m_ranges));
    }
    bool same(const std::vector<ExprPtr>& yours, const std::vector<ExprPtr>& target) const
    {
        return std::equal(yours.begin(), yours.end(), target.begin(), target.end(),
                          [&](const ExprPtr& a, const ExprPtr& b) { return same(a, b); });
    }

    Difference loops(const StmtPtr& here, const Loop& yours, const Loop& target)
    {
        if (!same(yours.extent, target.extent))
            return at(say("Loop {} turns {} times; in the target, {} turns {} times.", yours.name,
                          print(yours.extent), target.name, print(target.extent)),
                      here);
        if (yours.kind != target.kind || yours.axis != target.axis)
            return at(say("Loop {} is {}; in the target it is {}.", yours.name, wordsOf(yours), wordsOf(target)), here);
        const std::vector<Substitution> names = m_names;
        const Ranges ranges = m_ranges;
        m_names.push_back({yours.name, var(target.name)});
        enter(m_ranges, target.name, target.extent);
        Difference found = bodies(yours.body, target.body);
        m_names = names;
        m_ranges = ranges;
        return found;
    }
    static std::string wordsOf(const Loop& loop)
    {
        return loop.kind == LoopKind::Bound ? "bound to " + loop.axis : std::string(name(loop.kind));
    }

    Difference blocks(const StmtPtr& here, const Block& yours, const Block& target)
    {
        if (yours.name != target.name)
            return at(say("Block {} stands here; in the target it is {}.", yours.name, target.name), here);
        if (yours.iters.size() != target.iters.size())
            return at(say("Block {} has {} iterators; in the target it has {}.", yours.name, yours.iters.size(),
                          target.iters.size()),
                      here);
        std::vector<Substitution> inside = m_names;
        for (std::size_t i = 0; i < yours.iters.size(); ++i) {
            const BlockIter &a = yours.iters[i], &b = target.iters[i];
            if (a.kind != b.kind || !same(a.extent, b.extent) || !same(a.binding, b.binding))
                return at(say("In block {}, {} is {}; in the target it is {}.", yours.name, a.name,
                              print(read(a.binding)), print(b.binding)),
                          here);
            inside.push_back({a.name, var(b.name)});
        }
        if (!same(yours.predicate, target.predicate))
            return at(say("Block {} runs under another condition than in the target.", yours.name), here);
        const std::vector<Substitution> names = std::exchange(m_names, inside);
        const bool init = bool(bodies(yours.init, target.init)), body = bool(bodies(yours.body, target.body));
        m_names = names;
        if (init)
            return at(yours.init.empty() || target.init.empty()
                          ? say("In block {}, the start of the sum stands at another place than in the target.", yours.name)
                          : say("Block {} starts its sum otherwise than in the target.", yours.name),
                      here);
        return body ? at(say("Block {} computes something else than in the target.", yours.name), here) : Difference();
    }

    Difference others(const StmtPtr& here, const StmtPtr& target)
    {
        const Alloc *a = as<Alloc>(here), *b = as<Alloc>(target);
        if (a && b && a->buffer.name == b->buffer.name) {
            if (a->buffer.type == b->buffer.type && a->buffer.scope == b->buffer.scope)
                return {};
            return at(say("Buffer {} is {} {}; in the target it is {} {}.", a->buffer.name, toString(a->buffer.type),
                          name(a->buffer.scope), toString(b->buffer.type), name(b->buffer.scope)),
                      here);
        }
        const Store *from = as<Store>(here), *to = as<Store>(target);
        if (from && to && from->buffer == to->buffer && same(from->indices, to->indices) && same(from->value, to->value))
            return {};
        const IntrinsicCall *one = as<IntrinsicCall>(here), *other = as<IntrinsicCall>(target);
        if (one && other && one->intrinsic == other->intrinsic && one->arguments.size() == other->arguments.size()) {
            bool all = true;
            for (std::size_t i = 0; i < one->arguments.size(); ++i)
                all = all && one->arguments[i].buffer == other->arguments[i].buffer
                      && same(one->arguments[i].begin, other->arguments[i].begin);
            if (all)
                return {};
        }
        return at(say("Here stands {}; in the target, {}.", wordsOf(here), wordsOf(target)), here);
    }

    Difference statements(const StmtPtr& yours, const StmtPtr& target)
    {
        if (const Loop *a = as<Loop>(yours), *b = as<Loop>(target); a && b)
            return loops(yours, *a, *b);
        if (const Block *a = as<Block>(yours), *b = as<Block>(target); a && b)
            return blocks(yours, *a, *b);
        return others(yours, target);
    }

    std::string m_function;
    std::vector<Substitution> m_names;
    Ranges m_ranges;
};

// Of what is no loops: line by line, as it is printed.
Difference lines(const Function& yours, const Function& target)
{
    const std::vector<TextLine> here = printLines(yours), there = printLines(target);
    for (std::size_t i = 0; i < std::max(here.size(), there.size()); ++i) {
        const std::string mine = i < here.size() ? here[i].text : std::string();
        const std::string theirs = i < there.size() ? there[i].text : std::string();
        if (mine == theirs)
            continue;
        const auto bare = [](const std::string& line) {
            return line.empty() ? std::string("nothing") : line.substr(line.find_first_not_of(' '));
        };
        return ProgramDifference{say("In {}, line {} is {}; in the target it is {}.", yours.name, i + 1, bare(mine),
                                     bare(theirs)),
                                 i < here.size() ? here[i].cursors : std::vector<Cursor>()};
    }
    return {};
}

Difference functions(const Function& yours, const Function& target)
{
    if (yours.level() != target.level())
        return ProgramDifference{say("{} is held at the level {}; in the target it is at the level {}.", yours.name,
                                     name(yours.level()), name(target.level())),
                                 {functionCursor(yours.name)}};
    if (!yours.loops())
        return lines(yours, target);
    if (yours.params != target.params || yours.results != target.results)
        return ProgramDifference{say("{} takes or gives other values than in the target.", yours.name),
                                 {functionCursor(yours.name)}};
    if (Difference found = LoopComparison(yours.name).bodies(yours.loops()->body, target.loops()->body))
        return found;
    return yours.implements == target.implements && yours.choices == target.choices ? Difference() : lines(yours, target);
}

}  // namespace

std::optional<ProgramDifference> firstDifference(const Module& yours, const Module& target)
{
    for (const FunctionPtr& function : target.functions) {
        const FunctionPtr mine = yours.find(function->name);
        if (!mine)
            return ProgramDifference{say("The target has a function {}; here is none of that name.", function->name), {}};
        if (mine != function)
            if (Difference found = functions(*mine, *function))
                return found;
    }
    for (const FunctionPtr& function : yours.functions)
        if (!target.find(function->name))
            return ProgramDifference{say("The target has no function {}.", function->name),
                                     {functionCursor(function->name)}};
    if (yours.target.isa != target.target.isa)
        return ProgramDifference{say("The code is for {}; that of the target for {}.", name(yours.target.isa),
                                     name(target.target.isa)),
                                 {}};
    return {};
}

namespace {

// The steps that were taken on the way to a state.
std::vector<StatePtr> stepsTo(const Session& session, int state)
{
    std::vector<StatePtr> path = session.path(state);
    std::erase_if(path, [](const StatePtr& s) { return s->id == 0 || s->refusal || s->disabled; });
    return path;
}

// The transform, and the first node that it is about: what makes two steps the same one, with another choice.
bool isAboutTheSame(const Step& a, const Step& b, const Registry& registry)
{
    if (a.transform != b.transform)
        return false;
    const auto transform = registry.find(a.transform);
    if (!transform)
        return true;
    int seen = 0;
    for (const Parameter& p : (*transform)->parameters) {
        if (p.kind == ParameterKind::Function || p.kind == ParameterKind::Loop || p.kind == ParameterKind::Block
            || p.kind == ParameterKind::Buffer || p.kind == ParameterKind::Node) {
            const auto one = a.arguments.values.find(p.name), other = b.arguments.values.find(p.name);
            if ((one == a.arguments.values.end()) != (other == b.arguments.values.end()))
                return false;
            if (one != a.arguments.values.end() && one->second != other->second)
                return false;
            if (++seen == 2)
                return true;
        }
    }
    return true;
}

std::vector<StepDifference> stepDifferences(const Session& session, const std::vector<StatePtr>& yours,
                                            const std::vector<StatePtr>& target)
{
    const Registry& registry = session.registry();
    const auto words = [&](const StatePtr& state) { return title(state->step, registry); };
    std::vector<int> partner(yours.size(), -1);
    std::vector<bool> taken(target.size());
    const auto pairUp = [&](const auto& fits) {
        for (std::size_t i = 0; i < yours.size(); ++i)
            for (std::size_t j = 0; j < target.size() && partner[i] < 0; ++j)
                if (!taken[j] && fits(*yours[i], *target[j])) {
                    partner[i] = static_cast<int>(j);
                    taken[j] = true;
                }
    };
    pairUp([](const State& a, const State& b) {
        return a.step.transform == b.step.transform && a.step.arguments == b.step.arguments;
    });
    pairUp([&](const State& a, const State& b) { return isAboutTheSame(a.step, b.step, registry); });
    pairUp([](const State& a, const State& b) { return a.step.transform == b.step.transform; });

    std::vector<StepDifference> found;
    for (std::size_t i = 0; i < yours.size(); ++i) {
        if (partner[i] < 0) {
            found.push_back({StepDifference::Kind::Extra, yours[i]->id,
                             say("Your step {}, {}, is not among those of the target.", i + 1, words(yours[i]))});
            continue;
        }
        const StatePtr& other = target[partner[i]];
        if (yours[i]->step.arguments != other->step.arguments)
            found.push_back({StepDifference::Kind::Changed, yours[i]->id,
                             say("Your step {} is {}; the target takes {}.", i + 1, words(yours[i]), words(other))});
    }
    for (std::size_t j = 0; j < target.size(); ++j)
        if (!taken[j])
            found.push_back({StepDifference::Kind::Missing, -1,
                             say("The step {} of the target is missing.", words(target[j]))});
    for (std::size_t i = 1; found.empty() && i < yours.size(); ++i)
        if (partner[i] < partner[i - 1])
            found.push_back({StepDifference::Kind::Order, yours[i]->id,
                             say("You took {} before {}; the target takes them the other way round.",
                                 words(yours[i - 1]), words(yours[i]))});
    return found;
}

}  // namespace

Attempt judgeAttempt(const Session& session, int attempt, int target)
{
    Attempt judged;
    judged.where = firstDifference(*session.state(attempt)->module, *session.state(target)->module);
    if (judged.where)
        judged.steps = stepDifferences(session, stepsTo(session, attempt), stepsTo(session, target));
    return judged;
}

}  // namespace strata
