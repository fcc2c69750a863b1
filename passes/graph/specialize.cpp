// graph.specialize: a variant of a function for some of its sizes, which runs where a call has them.
//
// The variant is an implementation like any other: a copy in which sizes that are numbers now are put in, and which
// assumes the rest of the condition. What it calls is copied with it as far as that has sizes which are numbers now, so
// that schedules of the one are not those of the other. The definition stays, and is what runs for all other sizes.
#include "core/index/sizes.h"
#include "core/ir/calls.h"
#include "core/ir/implementations.h"
#include "core/operators/infer.h"
#include "core/text/text.h"
#include "core/transform/transform.h"
#include "passes/rewrite/function.h"

namespace strata {

namespace {

// What the condition adds to a name: "_n_8", "_n_by_8", "_n_to_512".
std::string suffixOf(const SizeFacts& facts)
{
    std::string suffix;
    for (const auto& [size, fact] : facts) {
        suffix += "_" + size;
        if (fact.isNumber()) {
            suffix += "_" + std::to_string(fact.least);
            continue;
        }
        if (fact.multipleOf > 1)
            suffix += "_by_" + std::to_string(fact.multipleOf);
        if (fact.least > fact.multipleOf)
            suffix += "_from_" + std::to_string(fact.least);
        if (fact.most < mostSize / fact.multipleOf * fact.multipleOf)
            suffix += "_to_" + std::to_string(fact.most);
    }
    return suffix;
}

// Functions for the sizes of one variant, each made once.
class Variants {
public:
    explicit Variants(const Module& module)
        : m_module(module)
    {
    }

    // The function under that name with what is known put in, and what it calls likewise. Types of a graph follow anew.
    Result<FunctionPtr> made(const FunctionPtr& function, const std::string& name, const SizeFacts& facts)
    {
        FunctionPtr bound = withSizes(function, numbersOf(facts));
        Function result = renamed(withoutStanding(*bound), name);
        result.facts.clear();
        const std::set<std::string> open = sizesOf(result);
        for (const auto& [size, fact] : facts)
            if (open.count(size))
                result.facts[size] = fact;
        auto variant = std::make_shared<const Function>(std::move(result));
        if (variant->graph()) {
            STRATA_TRY(const InferredTypes inferred, inferFunction(m_module, *variant));
            STRATA_TRY(variant, callingVariants(inferred.function));
        }
        return FunctionPtr(variant);
    }
    std::vector<FunctionPtr> take() { return std::move(m_made); }

private:
    Result<std::shared_ptr<const Function>> callingVariants(const FunctionPtr& graph)
    {
        const OperandTypes types(m_module, *graph);
        std::map<std::string, std::string> callees;  // by call
        for (const GraphNodePtr& node : graph->graph()->nodes) {
            const FunctionPtr callee = node->isCall() ? m_module.find(node->callee) : nullptr;
            if (!callee || !hasSizes(*callee) || !(callee->graph() || callee->loops()))
                continue;
            std::vector<Shape> arguments, results;
            for (const Operand& input : node->inputs) {
                const std::optional<ValueType> type = types.of(input);
                arguments.push_back(type ? type->tensor.shape : Shape());
            }
            for (const TypedName& output : node->outputs)
                results.push_back(output.type.tensor.shape);
            const SizeFacts facts = factsAtCall(*callee, arguments, results, graph->facts);
            if (facts.empty() || facts == callee->facts)
                continue;
            STRATA_TRY(const std::string name, nameOf(callee, facts));
            callees[node->name] = name;
        }
        return std::shared_ptr<const Function>(mapCalls(graph, [&](const Call& call) -> std::optional<CallEdit> {
            const auto found = callees.find(call.name);
            return found == callees.end() ? std::nullopt : std::optional(CallEdit{found->second, call.inputs});
        }));
    }

    Result<std::string> nameOf(const FunctionPtr& callee, const SizeFacts& facts)
    {
        const auto [known, isNew] = m_names.emplace(std::pair(callee->name, factText(facts)), std::string());
        if (!isNew)
            return known->second;
        const std::string name = known->second = freshName(
            callee->name + suffixOf(facts), [&](const std::string& n) { return m_module.find(n) || m_taken.count(n); });
        m_taken.insert(name);
        STRATA_TRY(FunctionPtr variant, made(callee, name, facts));
        m_made.push_back(std::move(variant));
        return name;
    }

    const Module& m_module;
    std::map<std::pair<std::string, std::string>, std::string> m_names;
    std::set<std::string> m_taken;
    std::vector<FunctionPtr> m_made;
};

Result<SizeFacts> condition(const Function& definition, const Arguments& arguments)
{
    const std::vector<Cursor> nodes{functionCursor(definition.name)};
    STRATA_TRY(const SizeFacts facts, parseSizeFacts(arguments.text("sizes")));
    const std::set<std::string> sizes = sizesOf(definition);
    for (const auto& [size, fact] : facts)
        if (!sizes.count(size))
            return refused(say("{} is no size of {}.", size, definition.name), nodes);
    if (!both(definition.facts, facts))
        return refused(say("No size keeps both {} and {}.", factText(definition.facts), factText(facts)), nodes);
    if (implies(definition.facts, facts))
        return refused(say("{} is assumed of {} already, so there is nothing to be special.", factText(facts),
                           definition.name),
                       nodes);
    for (const Choice& choice : definition.choices)
        if (choice.where == facts && !choice.least)
            return refused(say("{} runs where {} already.", choice.implementation, factText(facts, " and ")), nodes,
                           "any.remove_implementation removes it.");
    return facts;
}

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr definition, findFunction(module, arguments.text("function")));
    const std::vector<Cursor> nodes{functionCursor(definition->name)};
    if (definition->implements)
        return refused(say("{} is an implementation of {}.", definition->name, definition->implements->definition),
                       nodes, "Specialize " + definition->implements->definition + ".");
    if (!hasSizes(*definition))
        return refused(say("All dimensions of {} are numbers.", definition->name), nodes);
    if (!definition->graph() && !definition->loops())
        return refused(say("{} is held as {}; its loops or its graph can be specialized.", definition->name,
                           name(definition->level())),
                       nodes, "Take the step before the one that made it so.");
    if (definition->graph() && definition != module.entryFunction())
        return refused(say("{} is a graph within the model.", definition->name), nodes,
                       "Specialize the model, or the function once it is loops.");
    if (arguments.has("name") && module.find(arguments.text("name")))
        return refused(say("There is a function {} already.", arguments.text("name")),
                       {functionCursor(arguments.text("name"))}, "Choose another name.");
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    const FunctionPtr definition = module.find(arguments.text("function"));
    STRATA_TRY(const SizeFacts where, condition(*definition, arguments));
    const std::string name = arguments.has("name")
                                 ? arguments.text("name")
                                 : freshName(definition->name + suffixOf(where),
                                             [&module](const std::string& n) { return module.find(n) != nullptr; });
    Variants variants(module);
    STRATA_TRY(const FunctionPtr made, variants.made(definition, name, *both(definition->facts, where)));
    Function variant = *made;
    variant.implements = Implements{definition->name, false, Effect::Exact};
    Change change;
    change.put = {std::make_shared<const Function>(choosing(*definition, {name, std::nullopt, where})),
                  std::make_shared<const Function>(std::move(variant))};
    for (FunctionPtr& callee : variants.take())
        change.put.push_back(std::move(callee));
    change.forwarding[functionCursor(definition->name)] = {functionCursor(definition->name), functionCursor(name)};
    return change;
}

Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    const FunctionPtr function = module.find(selection.function);
    if (!function || !hasSizes(*function))
        return refused("Select something in a function that has sizes.");
    const std::string definition = function->implements ? function->implements->definition : function->name;
    return Arguments{{{"function", definition}, {"sizes", *sizesOf(*function).begin() + " == 1"}}};
}

}  // namespace

STRATA_TRANSFORM(graph_specialize)
{
    Transform t;
    t.id = "graph.specialize";
    t.level = Level::Graph;
    t.title = "Specialize for some sizes";
    t.summary = "Makes a variant for one size, a range of sizes or multiples of a number; it runs where a call has such sizes.";
    t.documentation =
        "The variant implements the function, and the definition chooses it under the condition: @choose(f_n_1 if n == 1). In the variant a size that is a number "
        "is one, everywhere; of other sizes it assumes what the condition says. Functions that it calls are copied with it where they have such sizes, so it is "
        "fused, lowered and scheduled on its own: specialize before --auto, and its rules see numbers. The exported library looks at the sizes of "
        "each run and takes the first choice that fits; all other sizes run the definition. Legal for the model's graph and for functions of loops.";
    t.alsoKnownAs = {"specialize (Halide)", "multi-versioning"};
    t.parameters = {{"function", ParameterKind::Function, "The definition.", "", false, {}},
                    {"sizes", ParameterKind::Text, "As n == 1, n <= 64, n % 8 == 0; several with a comma.", "", false, {}},
                    {"name", ParameterKind::Name, "Of the variant.", "", true, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Value, NodeKind::Operator, NodeKind::Loop, NodeKind::Buffer};
    t.example.before = R"(module example(entry=twice):

@loops
def twice(x: f32[n]) -> (y: f32[n]):
    for i in range(n):
        with block("y") as (vi: spatial(n) = i):
            y[vi] = x[vi] + x[vi]
)";
    t.example.step = "graph.specialize(twice, sizes=\"n == 64\")";
    t.example.after = R"(module example(entry=twice):

@loops
@choose(twice_n_64 if n == 64)
def twice(x: f32[n]) -> (y: f32[n]):
    for i in range(n):
        with block("y") as (vi: spatial(n) = i):
            y[vi] = x[vi] + x[vi]

@loops
@implements(twice, derived=exact)
def twice_n_64(x: f32[64]) -> (y: f32[64]):
    for i in range(64):
        with block("y") as (vi: spatial(64) = i):
            y[vi] = x[vi] + x[vi]
)";
    t.applies = applies;
    t.plan = plan;
    t.suggest = suggest;
    return t;
}

}  // namespace strata
