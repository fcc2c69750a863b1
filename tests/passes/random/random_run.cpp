#include "tests/passes/random/random_run.h"

#include "core/analysis/dependence.h"
#include "core/analysis/sites.h"
#include "core/reference/evaluate.h"
#include "core/text/text.h"
#include "core/verify/verify.h"
#include "passes/loops/rewrite.h"
#include "tests/passes/random/adversary.h"
#include "tests/passes/random/random_modules.h"
#include "tests/passes/random/random_steps.h"
#include "tests/passes/random/symbolized.h"
#include "tests/passes/transform_checks.h"

#include <algorithm>

namespace strata {

namespace {

constexpr std::int64_t instanceLimit = 200'000;

bool startsWith(const std::string& step, const std::vector<std::string>& ids)
{
    return std::any_of(ids.begin(), ids.end(),
                       [&](const std::string& id) { return step.starts_with("loops." + id + "("); });
}

// Steps that keep the blocks and run each instance once.
bool keepsInstances(const std::string& step)
{
    return startsWith(step, {"split", "fuse", "reorder", "parallel", "vectorize", "unroll", "serial", "bind",
                             "reverse_compute_at", "transform_layout"});
}

// Buffers of another shape have other elements, and those that live inside a loop have new ones in each iteration: only
// the others can be compared.
bool comparable(const Function& a, const Function& b)
{
    bool inside = false;
    for (const Function* function : {&a, &b})
        for (const StmtPtr& stmt : function->loops()->body)
            walk({stmt}, [&](const StmtPtr& inner) { inside = inside || (inner != stmt && as<Alloc>(inner)); });
    return !inside && buffers(a) == buffers(b);
}

bool saysNothing(const Status& oracle)
{
    const std::string& message = oracle.error().message;
    return message.find("depends on data") != std::string::npos || message.find("more instances") != std::string::npos
           || message.find("innermost blocks only") != std::string::npos;
}

bool accumulatesOtherwise(const Status& oracle)
{
    return !oracle.ok() && oracle.error().message.find(" accumulates ") != std::string::npos;
}

std::vector<Tensor> inputsOf(const Function& function, Random& random)
{
    std::vector<Tensor> inputs;
    for (const TypedName& param : function.params) {
        const TensorType& type = param.type.tensor;
        Tensor tensor = makeTensor(type.dtype, constants(type.shape));
        for (std::int64_t i = 0; i < tensor.count(); ++i)
            tensor.set(i, isFloat(type.dtype) ? double(random.below(2001)) / 1000.0 - 1.0 : double(random.below(100)));
        inputs.push_back(std::move(tensor));
    }
    return inputs;
}

FunctionPtr bound(const Function& function, const SizeValues& sizes)
{
    return withSizes(std::make_shared<const Function>(function), sizes);
}

Status sameBits(const Module& module, const Function& function, const Function& other)
{
    for (const SizeValues& sizes : sizesToTry(function)) {
        const FunctionPtr one = bound(function, sizes), two = bound(other, sizes);
        Random random(7);
        const std::vector<Tensor> inputs = inputsOf(*one, random);
        STRATA_TRY(const std::vector<Tensor> expected, evaluate(module, *one, inputs));
        STRATA_TRY(const std::vector<Tensor> actual, evaluate(module, *two, inputs));
        for (std::size_t i = 0; i < expected.size(); ++i)
            if (const Comparison comparison = compare(actual[i], expected[i], 0, 0); !comparison.equalBits)
                return bug("Result " + std::to_string(i) + " differs" + sizesText(sizes) + ": " + comparison.reason);
    }
    return {};
}

// Whether it comes to an end: data that choose an element keep within its bounds.
bool runs(const Module& module, const Function& function)
{
    for (const SizeValues& sizes : sizesToTry(function)) {
        const FunctionPtr one = bound(function, sizes);
        Random random(7);
        if (!evaluate(module, *one, inputsOf(*one, random)))
            return false;
    }
    return true;
}

Status concurrencyHolds(const Module& module, const Function& function)
{
    if (hasSizes(function)) {
        for (const SizeValues& sizes : sizesToTry(function))
            STRATA_CHECK(concurrencyHolds(module, *bound(function, sizes)));
        return {};
    }
    if (const Status races = checkRaces(function, instanceLimit); !races.ok() && !saysNothing(races))
        return races;
    for (const bool backwards : {false, true})
        if (const FunctionPtr other = adversary(function, backwards))
            if (const Status same = sameBits(module, function, *other); !same.ok())
                return bug(std::string("With its blocks ") + (backwards ? "backwards" : "in order") + ", "
                           + same.error().message);
    return {};
}

// The short form comes back as the function that it was printed from, and alone as one that computes the same.
Status shortFormHolds(const Module& module, const Function& function)
{
    const std::string text = print(function, Form::Short);
    STRATA_TRY(const FunctionPtr same, parseFunction(text, {}, &function));
    if (!equal(function, *same))
        return bug("The short form comes back as another function:\n" + text + "\n" + print(*same));
    STRATA_TRY(const FunctionPtr alone, parseFunction(text));
    if (const std::string again = print(*alone, Form::Short); again != text)
        return bug("The short form reads differently once it is read:\n" + text + "\n" + again);
    if (const std::vector<Error> findings = verify(*module.withFunction(alone), *alone); !findings.empty())
        return bug("The short form does not verify: " + findings.front().text() + "\n" + text);
    return sameBits(module, function, *alone);
}

class Run {
public:
    Run(unsigned seed, const Registry& registry, RandomReport& report, const CodeJudge& code)
        : m_seed(seed)
        , m_random(seed)
        , m_registry(registry)
        , m_report(report)
        , m_code(code)
    {
    }
    void run(int steps);

private:
    void take(const std::string& step, const std::string& function);
    void refused(const std::string& step, const std::string& function, const Error& error);
    ModulePtr forAnySize(ModulePtr module);
    Status judge(const std::string& step, const Applied& applied, const std::string& function) const;
    void wrong(const std::string& step, const std::string& why);
    void judgeCode();
    std::string story(const std::string& step, const std::string& why) const
    {
        return "seed " + std::to_string(m_seed) + ", " + step + ": " + why + "\nafter\n" + m_path + print(*m_module);
    }

    unsigned m_seed;
    Random m_random;
    const Registry& m_registry;
    RandomReport& m_report;
    const CodeJudge& m_code;
    ModulePtr m_module;
    std::string m_path;
    int m_taken = 0;
    bool m_exact = true, m_recomputes = false, m_wrong = false;
};

void Run::wrong(const std::string& step, const std::string& why)
{
    m_wrong = true;
    m_report.wrong.push_back(story(step, why));
}

Status Run::judge(const std::string& step, const Applied& applied, const std::string& name) const
{
    const FunctionPtr before = m_module->find(name), after = applied.module->find(name);
    if (keepsInstances(step) && comparable(*before, *after) && !m_recomputes)
        for (const SizeValues& sizes : sizesToTry(*before)) {
            const Status same = checkInstances(*bound(*before, sizes), *bound(*after, sizes), instanceLimit);
            const bool allowed = accumulatesOtherwise(same) && applied.change->effect != Effect::Exact;
            if (!same.ok() && !saysNothing(same) && !allowed)
                return same;
        }
    return concurrencyHolds(*applied.module, *after);
}

// The program that a refused step would have made, where it is easily known.
FunctionPtr wouldBe(const Step& step, const Function& function)
{
    if (step.transform == "loops.reorder") {
        const std::vector<std::string>& names = step.arguments.texts("loops");
        std::vector<const Loop*> chain, order;
        for (std::optional<Located> at = findLoop(function, names[0]); at;) {
            for (const StmtPtr& stmt : at->ancestors)
                if (const Loop* loop = as<Loop>(stmt);
                    loop && chain.empty() && std::find(names.begin(), names.end(), loop->name) != names.end()) {
                    at = findLoop(function, loop->name);
                    break;
                }
            chain.push_back(at->loop());
            const Body& body = at->loop()->body;
            const Loop* inner = body.size() == 1 ? as<Loop>(body[0]) : nullptr;
            at = inner ? findLoop(function, inner->name) : std::nullopt;
        }
        if (chain.size() != names.size())
            return nullptr;
        for (const std::string& name : names)
            for (const Loop* loop : chain)
                if (loop->name == name)
                    order.push_back(loop);
        if (order.size() != chain.size())
            return nullptr;
        Body body = chain.back()->body;
        for (std::size_t i = order.size(); i-- > 0;) {
            Loop copy = *order[i];
            copy.body = std::move(body);
            body = {makeStmt(std::move(copy))};
        }
        return loops::withBody(
            function, loops::replaceLoop(function.loops()->body, chain[0]->name, [&](const Loop&) { return body; }));
    }
    const bool parallel = step.transform == "loops.parallel", bind = step.transform == "loops.bind";
    if (!parallel && !bind && step.transform != "loops.vectorize")
        return nullptr;
    return loops::withBody(
        function, loops::replaceLoop(function.loops()->body, step.arguments.text("loop"), [&](const Loop& loop) {
            Loop copy = loop;
            copy.kind = parallel ? LoopKind::Parallel : bind ? LoopKind::Bound : LoopKind::Vectorized;
            copy.axis = bind ? step.arguments.text("axis") : "";
            return Body{makeStmt(std::move(copy))};
        }));
}

bool isLegality(const Error& error)
{
    for (const char* words : {"depend on each other", "runs through a reduction", "cannot be bound to", "changes what",
                              "cannot be proved", "where a kernel ends"})
        if (error.message.find(words) != std::string::npos)
            return true;
    return false;
}

bool isHarmless(const Function& before, const Function& after)
{
    const Status order = checkInstances(before, after, instanceLimit);
    return (order.ok() || accumulatesOtherwise(order)) && checkRaces(after, instanceLimit).ok();
}

void Run::refused(const std::string& line, const std::string& name, const Error& error)
{
    ++m_report.refused;
    if (error.kind != ErrorKind::Refused)
        return wrong(line, error.text());
    if (!isLegality(error))
        return;
    const Result<Step> step = parseStep(line, m_registry);
    const FunctionPtr before = m_module->find(name), after = wouldBe(*step, *before);
    if (!after || hasSizes(*before) || !isHarmless(*before, *after))
        return;
    ++m_report.judged;
    ++m_report.overcautious;
    m_report.harmless.push_back(story(line, error.message));
}

void Run::take(const std::string& line, const std::string& name)
{
    const Result<Applied> applied = applyChecked(m_module, line, m_registry);
    if (!applied.ok())
        return refused(line, name, applied.error());
    if (const Status right = judge(line, *applied, name); !right.ok())
        return wrong(line, right.error().text());
    ++m_report.steps;
    ++m_taken;
    m_report.judged += startsWith(line, {"reorder", "parallel", "bind", "vectorize"});
    m_exact = m_exact && applied->change->effect == Effect::Exact;
    for (const std::string& note : applied->change->notes)
        m_recomputes = m_recomputes || note.find("times instead of") != std::string::npos;
    m_module = applied->module;
    m_path += line + "\n";
}

// With sizes in some functions, where the program is right for all of them.
ModulePtr Run::forAnySize(ModulePtr module)
{
    constexpr int tries = 6;
    for (const FunctionPtr& function : ModulePtr(module)->functions)
        for (int i = m_random.chance(80) ? 0 : tries; i < tries; ++i)
            if (const FunctionPtr made = symbolized(*function, m_random);
                made && hasSizes(*made) && verify(*module->withFunction(made), *made).empty() && runs(*module, *made)) {
                module = module->withFunction(made);
                ++m_report.sized;
                m_report.twoSizes += sizesOf(*made).size() > 1;
                m_report.facts += !made->facts.empty();
                break;
            }
    return module;
}

// Each function that steps changed, as code, beside the evaluator.
void Run::judgeCode()
{
    for (const FunctionPtr& function : m_module->functions) {
        if (m_wrong || !function->loops())
            continue;
        Module alone;
        alone.name = "m";
        alone.entry = function->name;
        alone.functions = {function};
        alone.target = m_module->target;
        const std::vector<SizeValues> sizes = sizesToTry(*function);
        const std::string difference = m_code(alone, sizes, int(m_seed));
        ++m_report.compiled;
        m_report.runs += std::int64_t(sizes.size());
        if (!difference.empty())
            wrong("as code", difference);
    }
}

void Run::run(int steps)
{
    ++m_report.programs;
    const std::string text = randomModule(m_random);
    const auto parsed = parseModule(text);
    if (!parsed.ok())
        return m_report.wrong.push_back("The program of seed " + std::to_string(m_seed)
                                        + " does not parse: " + parsed.error().text() + "\n" + text);
    m_module = *parsed;
    if (const Status right = verified(*m_module); !right.ok())
        return m_report.wrong.push_back("The program of seed " + std::to_string(m_seed)
                                        + " does not verify: " + right.error().text() + "\n" + text);
    const ModulePtr first = m_module = forAnySize(m_module);
    for (int tries = 0; tries < 4 * steps && m_taken < steps && !m_wrong; ++tries) {
        const FunctionPtr function = m_random.of(m_module->functions);
        take(RandomSteps(m_random, *function).next(), function->name);
    }
    if (m_wrong)
        return;
    for (const FunctionPtr& function : m_module->functions)
        if (const Status holds = function->loops() ? shortFormHolds(*m_module, *function) : Status(); !holds.ok())
            wrong("in the end", holds.error().message);
    for (const FunctionPtr& function : first->functions)
        if (const Status same = m_exact ? sameBits(*m_module, *function, *m_module->find(function->name)) : Status();
            !same.ok())
            wrong("in the end", same.error().message);
    if (const Status same = compareByEvaluation(*first, *m_module, m_exact); !same.ok())
        wrong("in the end", same.error().message);
    if (m_code)
        judgeCode();
}

}  // namespace

void runRandomProgram(unsigned seed, int steps, const Registry& registry, RandomReport& report, const CodeJudge& code)
{
    Run(seed, registry, report, code).run(steps);
}

}  // namespace strata
