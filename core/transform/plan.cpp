// Planning a step: the form, the plan, the verifier, each once.
//
// A plan is a pure function of what it reads, and everything it reads is immutable, so an answer may be kept under the
// pointers of that: the function that is named, the primitives and the target; or the module's functions as a whole.
// The cache holds what it has under its key, so that no address is used twice.
#include "core/transform/plan_cache.h"

#include "core/ir/implementations.h"
#include "core/transform/argument.h"
#include "core/transform/implementations.h"
#include "core/transform/named.h"
#include "core/verify/change.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <unordered_map>

namespace strata {

namespace {

bool takesText(const Transform& transform)
{
    return std::any_of(transform.parameters.begin(), transform.parameters.end(),
                       [](const Parameter& p) { return p.kind == ParameterKind::Text; });
}

// Text that a person wrote may be wrong; what a transform makes may not. It may be beyond what can be proved, or what a
// target can run, and then the step is refused.
Error unverified(const Transform& transform, const Finding& finding)
{
    const Error& error = finding.error;
    if (takesText(transform))
        return refused(error.message, error.nodes, error.hint);
    if (finding.kind != Finding::Kind::Wrong)
        return refused(say("The step would make a program that is refused: {}", error.message), error.nodes,
                       error.hint);
    Error ours = bug(transform.id + " made a function that does not verify: " + error.message);
    ours.nodes = error.nodes;
    return ours;
}

// What a change puts, in the module that it leads to. Loops speak of primitives only, so they need no such module, if
// they stay to others what they were.
Status verifyPut(const Transform& transform, const Module& before, const Change& change, VerifiedFunctions* known)
{
    const bool alone = change.intrinsics.empty() && !change.target
                       && std::all_of(change.put.begin(), change.put.end(), [&](const FunctionPtr& function) {
                              return function->loops() && keepsStanding(before, *function);
                          });
    const ModulePtr after = alone ? nullptr : splice(before, change);
    for (const FunctionPtr& function : change.put)
        if (before.find(function->name) != function)
            if (const Findings findings = alone ? examine(before, withoutStanding(*function), known)
                                                : examineChange(before, *after, *function, known);
                !findings.empty())
                return unverified(transform, findings.front());
    return {};
}

Status namedNodesExist(const Transform& transform, const Module& module, const Arguments& arguments)
{
    FunctionPtr function;
    for (const Parameter& parameter : transform.parameters) {
        if (!arguments.has(parameter.name))
            continue;
        const Argument& argument = arguments.values.at(parameter.name);
        if (parameter.kind == ParameterKind::Function) {
            const std::string& name = std::get<std::string>(argument);
            function = module.find(name);
            if (!function)
                return refused(say("There is no function {}.", name));
            if (transform.level == Level::Loops && !function->loops())
                return refused(
                    say("Function {} is held at the {} level, not as loops.", name, strata::name(function->level())),
                    {functionCursor(name)}, "Lower it first: graph.lower_to_loops.");
        } else if (const auto kind = namedKind(parameter.kind); kind && function) {
            for (const std::string& name : namesIn(argument))
                if (const Cursor node{function->name, *kind, name}; !exists(module, node))
                    return refused(say("There is no {}.", toString(node)), {functionCursor(function->name)});
        }
    }
    return {};
}

void append(std::string& key, const std::string& text) { key += std::to_string(text.size()) + ':' + text; }

void append(std::string& key, const Argument& argument)
{
    key += char('a' + argument.index());
    if (const auto* integer = std::get_if<std::int64_t>(&argument))
        append(key, std::to_string(*integer));
    else if (const auto* boolean = std::get_if<bool>(&argument))
        key += *boolean ? '1' : '0';
    else if (const auto* text = std::get_if<std::string>(&argument))
        append(key, *text);
    else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&argument))
        for (std::int64_t value : *integers)
            append(key, std::to_string(value));
    else if (const auto* texts = std::get_if<std::vector<std::string>>(&argument))
        for (const std::string& value : *texts)
            append(key, value);
}

void append(std::string& key, const void* pointer)
{
    key.append(reinterpret_cast<const char*>(&pointer), sizeof pointer);
}

}  // namespace

// A question: the words of a step and what its plan reads.
struct PlanQuestion {
    std::string key;
    std::vector<std::shared_ptr<const void>> held;

    PlanQuestion(const Transform& transform, const Module& module, const Arguments& arguments)
    {
        append(key, transform.id);
        for (const auto& [name, argument] : arguments.values) {
            append(key, name);
            append(key, argument);
        }
        append(key, std::string(name(module.target.isa)));
        for (const std::int64_t fact :
             {std::int64_t(module.target.threads), module.target.l1Bytes, module.target.l2Bytes, module.target.l3Bytes})
            append(key, std::to_string(fact));
        for (const IntrinsicPtr& intrinsic : module.intrinsics)
            hold(intrinsic);
        const auto function = arguments.values.find("function");
        if (transform.reads == Transform::Reads::Function && function != arguments.values.end()) {
            if (const FunctionPtr named = module.find(std::get<std::string>(function->second)))
                hold(named);
            return;
        }
        append(key, module.entry);
        for (const FunctionPtr& one : module.functions)
            hold(one);
        holdConstants(module.constants);
    }

private:
    void hold(std::shared_ptr<const void> value)
    {
        append(key, value.get());
        held.push_back(std::move(value));
    }
    // As a whole: a map that is shared is not written, so where its first entry lies is its identity while it is held.
    void holdConstants(const SharedMap<std::string, ConstantPtr>& constants)
    {
        append(key, constants.empty() ? nullptr : static_cast<const void*>(&*constants.begin()));
        held.push_back(std::make_shared<const SharedMap<std::string, ConstantPtr>>(constants));
    }
};

class PlanCache {
public:
    explicit PlanCache(std::shared_ptr<VerifiedFunctions> verified, std::size_t most = 4096)
        : m_verified(std::move(verified))
        , m_most(most)
    {
    }

    VerifiedFunctions* verified() const { return m_verified.get(); }

    std::optional<Result<ChangePtr>> find(const PlanQuestion& question)
    {
        const std::lock_guard lock(m_mutex);
        ++m_counts.asked;
        const auto found = m_answers.find(question.key);
        if (found == m_answers.end())
            return std::nullopt;
        ++m_counts.known;
        return found->second.answer;
    }
    void keep(PlanQuestion question, const Result<ChangePtr>& answer)
    {
        const std::lock_guard lock(m_mutex);
        std::string key = std::move(question.key);
        if (!m_answers.try_emplace(key, Kept{std::move(question.held), answer}).second)
            return;
        const bool large = isLarge(answer);
        std::deque<std::string>& order = large ? m_large : m_order;
        order.push_back(std::move(key));
        while (order.size() > (large ? std::min(m_most, mostLarge) : m_most)) {
            m_answers.erase(order.front());
            order.pop_front();
        }
    }
    PlanCounts counts() const
    {
        const std::lock_guard lock(m_mutex);
        return m_counts;
    }

private:
    struct Kept {
        std::vector<std::shared_ptr<const void>> held;
        Result<ChangePtr> answer;
    };
    // A plan that makes a whole model anew holds as much as one does, and each state of a long session has some that
    // nobody takes: the last few are kept.
    static constexpr std::size_t mostLarge = 16, largePut = 4, largeForwarding = 256, largeGraph = 64;
    static bool isLarge(const Result<ChangePtr>& answer)
    {
        if (!answer)
            return false;
        const Change& change = **answer;
        const bool hasGraph = std::any_of(change.put.begin(), change.put.end(), [](const FunctionPtr& function) {
            return function->graph() && function->graph()->nodes.size() > largeGraph;
        });
        return hasGraph || !change.constants.empty() || change.put.size() > largePut
               || change.forwarding.size() > largeForwarding;
    }

    mutable std::mutex m_mutex;
    std::shared_ptr<VerifiedFunctions> m_verified;
    std::size_t m_most;
    std::unordered_map<std::string, Kept> m_answers;
    std::deque<std::string> m_order, m_large;  // keys, the oldest first
    PlanCounts m_counts;
};

std::shared_ptr<PlanCache> makePlanCache(std::size_t most) { return std::make_shared<PlanCache>(nullptr, most); }
std::shared_ptr<PlanCache> makePlanCache(std::shared_ptr<VerifiedFunctions> verified)
{
    return std::make_shared<PlanCache>(std::move(verified));
}
PlanCounts counts(const PlanCache& plans) { return plans.counts(); }

Status applies(const Transform& transform, const Module& module, const Arguments& arguments)
{
    STRATA_CHECK(checkArguments(transform, arguments));
    return transform.applies ? transform.applies(module, arguments) : namedNodesExist(transform, module, arguments);
}

namespace {

Result<ChangePtr> planned(const Transform& transform, const Module& module, const Arguments& arguments,
                          const TransformContext& context)
{
    if (transform.applies)
        STRATA_CHECK(transform.applies(module, arguments));
    STRATA_TRY(Change change, transform.plan(module, arguments, context));
    STRATA_CHECK(verifyPut(transform, module, change, context.plans ? context.plans->verified() : nullptr));
    return std::make_shared<const Change>(std::move(change));
}

bool isKept(const Result<ChangePtr>& answer) { return answer.ok() || answer.error().kind == ErrorKind::Refused; }

}  // namespace

namespace {

// From the cache, where it is there.
Result<ChangePtr> answerOf(const Transform& transform, const Module& module, const Arguments& arguments,
                           const TransformContext& context)
{
    if (!context.plans)
        return planned(transform, module, arguments, context);
    PlanQuestion question(transform, module, arguments);
    if (const std::optional<Result<ChangePtr>> known = context.plans->find(question))
        return *known;
    if (context.stop.stop_requested())
        return environmentError("Planning was cancelled.");
    const Result<ChangePtr> answer = planned(transform, module, arguments, context);
    if (isKept(answer) && !context.stop.stop_requested())
        context.plans->keep(std::move(question), answer);
    return answer;
}

}  // namespace

// What a plan means for the implementations that stand around depends on the module, whatever the plan read.
Result<ChangePtr> planStep(const Transform& transform, const Module& module, const Arguments& arguments,
                           const TransformContext& context)
{
    STRATA_CHECK(checkArguments(transform, arguments));
    STRATA_TRY(ChangePtr change, answerOf(transform, module, arguments, context));
    return settled(module, std::move(change));
}

Result<Applied> applyTransform(const Transform& transform, const Module& module, const Arguments& arguments,
                               const TransformContext& context)
{
    STRATA_TRY(ChangePtr change, planStep(transform, module, arguments, context));
    return Applied{change, splice(module, *change)};
}

}  // namespace strata
