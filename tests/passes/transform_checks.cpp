#include "tests/passes/transform_checks.h"

#include "core/ir/implementations.h"
#include "core/reference/evaluate.h"
#include "core/text/text.h"
#include "core/verify/verify.h"

#include <random>

namespace strata {

namespace {

// Values small enough that sums stay exact in no type by accident, and integers that serve as indices.
Tensor randomTensor(const TensorType& type, std::mt19937& random)
{
    Tensor tensor = makeTensor(type.dtype, constants(type.shape));
    for (std::int64_t i = 0; i < tensor.count(); ++i)
        tensor.set(i, isFloat(type.dtype) ? double(random() % 2001) / 1000.0 - 1.0 : double(random() % 2));
    return tensor;
}

// What another order of a few additions of numbers up to 1 may change: the last digits of the type.
double tolerance(DType type) { return type == DType::BF16 ? 0.2 : type == DType::F16 ? 0.02 : 1e-4; }

bool runnable(const Function& function)
{
    for (const auto* names : {&function.params, &function.results})
        for (const TypedName& name : *names)
            if (name.type.kind != ValueType::Kind::Tensor || !name.type.tensor.ranked
                || (!function.loops() && !isConstant(name.type.tensor.shape))
                || name.type.tensor.dtype == DType::String)
                return false;
    return function.level() != Level::Hardware;
}

Status compareBound(const Module& before, const FunctionPtr& old, const Module& after, const FunctionPtr& now,
                    bool exact)
{
    std::mt19937 random(11);
    std::vector<Tensor> inputs;
    for (const TypedName& param : old->params)
        inputs.push_back(randomTensor(param.type.tensor, random));
    STRATA_TRY(const std::vector<Tensor> expected, evaluate(before, *old, inputs));
    STRATA_TRY(const std::vector<Tensor> actual, evaluate(after, *now, inputs));
    if (expected.size() != actual.size())
        return bug("Function " + old->name + " has another number of results after the step.");
    for (std::size_t i = 0; i < actual.size(); ++i) {
        const double most = tolerance(old->results[i].type.tensor.dtype);
        const Comparison comparison = compare(actual[i], expected[i], most, most);
        if (exact ? !comparison.equalBits : !comparison.within)
            return bug("Result " + std::to_string(i) + " of " + old->name + " differs after the step, by "
                       + std::to_string(comparison.maxAbsolute) + " at most"
                       + (exact ? ", though the step says that it is exact. " : ". ") + comparison.reason);
    }
    return {};
}

Status compareFunction(const Module& before, const FunctionPtr& old, const Module& after, const FunctionPtr& now,
                       bool exact)
{
    for (const SizeValues& sizes : sizesToTry(*now))
        STRATA_CHECK(compareBound(before, withSizes(old, sizes), after, withSizes(now, sizes), exact));
    return {};
}

Status forwardsAll(const Module& before, const Applied& applied)
{
    for (const Cursor& old : cursors(before))
        for (const Cursor& target : forward(applied.change->forwarding, old))
            if (!exists(*applied.module, target))
                return bug("After the step, " + toString(old) + " is said to be " + toString(target)
                           + ", which is not there.");
    for (const auto& [old, targets] : applied.change->forwarding)
        if (!exists(before, old))
            return bug("The step forwards " + toString(old) + ", which was not there before.");
    return {};
}

Status roundTrips(const Module& module)
{
    const ConstantLookup lookup = [&module](const std::string& name, const TensorType&) -> Result<ConstantPtr> {
        const auto found = module.constants.find(name);
        return found == module.constants.end() ? Result<ConstantPtr>(bug("No constant " + name)) : found->second;
    };
    STRATA_TRY(const ModulePtr again, parseModule(print(module), lookup));
    return equal(module, *again) ? Status()
                                 : Status(bug("The module does not parse back to itself:\n" + print(module)));
}

bool samePut(const Change& a, const Change& b)
{
    return std::equal(
        a.put.begin(), a.put.end(), b.put.begin(), b.put.end(),
        [](const FunctionPtr& x, const FunctionPtr& y) { return equal(withoutStanding(*x), withoutStanding(*y)); });
}

// A plan that says that it reads its function alone gives the same change where there is nothing else.
Status readsWhatItSays(const Transform& transform, const Module& module, const Arguments& arguments)
{
    if (transform.reads != Transform::Reads::Function)
        return {};
    Module alone = module;
    // It needs no definition beside it.
    alone.functions = {std::make_shared<const Function>(withoutStanding(*module.find(arguments.text("function"))))};
    alone.constants = {};
    alone.entry.clear();
    const auto again = planStep(transform, alone, arguments, {});
    if (!again)
        return bug(transform.id
                   + " says that it reads its function only, but alone it is refused: " + again.error().text());
    STRATA_TRY(const Change change, transform.plan(module, arguments, {}));  // before it settles with the rest
    if (!samePut(change, **again) || change.forwarding != (*again)->forwarding || change.effect != (*again)->effect)
        return bug(transform.id + " says that it reads its function only, but alone it makes something else.");
    return {};
}

// The same question has the same answer, and is not asked twice.
Status isPlannedOnce(const Transform& transform, const Module& module, const Arguments& arguments)
{
    TransformContext context;
    context.plans = makePlanCache();
    STRATA_CHECK(planStep(transform, module, arguments, context));
    STRATA_CHECK(planStep(transform, module, arguments, context));
    return counts(*context.plans).known == 1 ? Status() : bug(transform.id + " is planned twice for one question.");
}

}  // namespace

std::vector<SizeValues> sizesToTry(const Function& function)
{
    const std::set<std::string> sizes = sizesOf(function);
    if (!function.loops() || sizes.empty())
        return {{}};
    std::vector<SizeValues> values(3);
    std::int64_t next = 0;
    for (const std::string& size : sizes) {
        values[0][size] = nearest(function.facts, size, 1);
        values[1][size] = nearest(function.facts, size, 3 + next % 3);
        values[2][size] = nearest(function.facts, size, 8 - next % 2);
        ++next;
    }
    return values;
}

Status compareByEvaluation(const Module& before, const Module& after, bool exact)
{
    const FunctionPtr oldEntry = before.entryFunction(), newEntry = after.entryFunction();
    if (oldEntry && newEntry && runnable(*oldEntry) && runnable(*newEntry) && sameSignature(*oldEntry, *newEntry))
        return compareFunction(before, oldEntry, after, newEntry, exact);
    for (const FunctionPtr& old : before.functions)
        if (const FunctionPtr now = after.find(old->name);
            now && now != old && runnable(*old) && runnable(*now) && sameSignature(*old, *now))
            STRATA_CHECK(compareFunction(before, old, after, now, exact));
    return {};
}

Result<Applied> applyChecked(const ModulePtr& module, const std::string& line, const Registry& registry)
{
    STRATA_TRY(const Step step, parseStep(line, registry));
    STRATA_TRY(const Step again, parseStep(print(step, registry), registry));
    if (!(again == step))
        return bug("The step '" + line + "' does not read back from '" + print(step, registry) + "'.");
    STRATA_TRY(const Transform* transform, registry.find(step.transform));
    STRATA_TRY(Applied applied, applyTransform(*transform, *module, step.arguments, {}));
    STRATA_CHECK(readsWhatItSays(*transform, *module, step.arguments));
    STRATA_CHECK(isPlannedOnce(*transform, *module, step.arguments));
    STRATA_CHECK(verified(*applied.module));
    STRATA_CHECK(roundTrips(*applied.module));
    STRATA_CHECK(forwardsAll(*module, applied));
    if (applied.change->effect != Effect::Unsafe)
        STRATA_CHECK(compareByEvaluation(*module, *applied.module, applied.change->effect == Effect::Exact));
    return applied;
}

Status sameModule(const Module& actual, const Module& expected)
{
    if (equal(actual, expected))
        return {};
    return bug("The modules differ.\n--- actual\n" + print(actual) + "--- expected\n" + print(expected));
}

}  // namespace strata
