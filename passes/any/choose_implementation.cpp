// any.choose_implementation: which implementation runs in the place of a definition.
#include "core/ir/cpu.h"
#include "core/ir/implementations.h"
#include "core/text/text.h"
#include "core/transform/transform.h"
#include "passes/rewrite/function.h"

#include <algorithm>

namespace strata {

namespace {

Result<Choice> choiceOf(const Arguments& arguments)
{
    Choice choice{arguments.text("implementation"), std::nullopt, {}};
    if (arguments.has("isa"))
        choice.least = isaByName(arguments.text("isa"));
    if (arguments.has("sizes")) {
        STRATA_TRY(choice.where, parseSizeFacts(arguments.text("sizes")));
    }
    return choice;
}

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr definition, findFunction(module, arguments.text("function")));
    STRATA_TRY(const FunctionPtr one, findFunction(module, arguments.text("implementation")));
    const std::vector<Cursor> nodes{functionCursor(definition->name)};
    if (definition->implements)
        return refused(say("{} is an implementation of {}, so there is nothing to choose in its place.",
                           definition->name, definition->implements->definition),
                       nodes, "Choose for " + definition->implements->definition + ".");
    if (one != definition && (!one->implements || one->implements->definition != definition->name))
        return refused(say("{} is no implementation of {}.", one->name, definition->name), {functionCursor(one->name)},
                       "any.add_implementation makes one.");
    if (arguments.has("isa") && one->library() && definition->graph() && definition == module.entryFunction())
        return refused(
            say("{} is the whole model: a machine is asked for the functions that it calls.", definition->name), nodes,
            "Choose it for all machines, or for one a function that it calls.");
    STRATA_TRY(const Choice choice, choiceOf(arguments));
    const Function after = choosing(*definition, choice);
    if (after.choices == definition->choices)
        return refused(say("{} is what runs in the place of {} already.", one->name, definition->name), nodes);
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    const FunctionPtr definition = module.find(arguments.text("function"));
    const FunctionPtr one = module.find(arguments.text("implementation"));
    STRATA_TRY(const Choice choice, choiceOf(arguments));
    Change change = changeOf(std::make_shared<const Function>(choosing(*definition, choice)));
    if (one->implements && one->implements->asserted)
        change.notes.push_back("That " + one->name + " computes what " + definition->name
                               + " means is asserted, not derived: check it.");
    return change;
}

Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    const FunctionPtr function = module.find(selection.function);
    if (!function)
        return refused("Select something in a function.");
    if (function->implements)
        return Arguments{{{"function", function->implements->definition}, {"implementation", function->name}}};
    const std::vector<FunctionPtr> all = implementationsOf(module, function->name);
    for (const FunctionPtr& one : all)
        if (one->name != byDefault(*function))
            return Arguments{{{"function", function->name}, {"implementation", one->name}}};
    if (all.empty())
        return refused(say("{} has no implementations to choose from.", function->name),
                       {functionCursor(function->name)}, "any.add_implementation makes one.");
    return Arguments{{{"function", function->name}, {"implementation", function->name}}};
}

}  // namespace

STRATA_TRANSFORM(any_choose_implementation)
{
    Transform t;
    t.id = "any.choose_implementation";
    t.level = Level::Library;
    t.title = "Choose an implementation";
    t.summary =
        "Says which implementation runs when the function is called: on all machines, or on those that can do more.";
    t.documentation =
        "Callers name the definition; which implementation runs in its place is a list that the definition holds. Without a condition the implementation "
        "becomes the one for all machines; with isa= it runs on machines that have that instruction set, with sizes= where a call has such sizes, and the "
        "exported library asks the machine and the call and takes the first choice that fits. Choosing the definition itself makes its own body run again. What the choice does to the numbers is what the "
        "implementation claims: a state is exact again as soon as exact implementations are chosen again. An implementation that is asserted (typed, "
        "pasted) counts as unsafe until strata check --functions has compared it.";
    t.alsoKnownAs = {"function multiversioning (GCC, LLVM)", "dispatch"};
    t.parameters = {
        {"function", ParameterKind::Function, "The definition.", "", false, {}},
        {"implementation", ParameterKind::Function, "What runs in its place; the definition: itself.", "", false, {}},
        {"isa",
         ParameterKind::Choice,
         "Only on machines that have this instruction set.",
         "",
         true,
         isaNames()},
        {"sizes", ParameterKind::Text, "Only for such sizes of the definition, as n % 8 == 0, n <= 512.", "", true, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator, NodeKind::Value, NodeKind::Loop,
                   NodeKind::Block,    NodeKind::Buffer,   NodeKind::Line};
    t.example.before = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    y: f32[4] = call twice(x, node="twice")
    return y

@loops
def twice(a: f32[4]) -> (b: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] + a[vi]

@loops
@implements(twice, derived=exact)
def twice_vector(a: f32[4]) -> (b: f32[4]):
    for i in vectorized(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] + a[vi]
)";
    t.example.step = "any.choose_implementation(twice, twice_vector)";
    t.example.after = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    y: f32[4] = call twice(x, node="twice")
    return y

@loops
@choose(twice_vector)
def twice(a: f32[4]) -> (b: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] + a[vi]

@loops
@implements(twice, derived=exact)
def twice_vector(a: f32[4]) -> (b: f32[4]):
    for i in vectorized(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] + a[vi]
)";
    t.applies = applies;
    t.plan = plan;
    t.suggest = suggest;
    return t;
}

}  // namespace strata
