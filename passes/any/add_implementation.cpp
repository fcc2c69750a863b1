// any.add_implementation: another way to compute a function.
//
// It comes from the definition itself (a graph is lowered to plain loops, loops are copied), from another
// implementation, from a routine of a library that computes the same, or from a text. All four make one more function
// beside the definition, which nothing runs until it is chosen.
//
// The graph that is the whole model is a definition like any other. What implements it is the runtime program that it
// is lowered to, with the functions that this calls; the graph stays, to be transformed and judged against.
#include "core/ir/calls.h"
#include "core/ir/implementations.h"
#include "core/text/source.h"
#include "core/transform/transform.h"
#include "core/verify/verify.h"
#include "passes/library/routines.h"
#include "passes/lowering/lower_functions.h"
#include "passes/lowering/runtime_program.h"
#include "passes/rewrite/function.h"

#include <algorithm>

namespace strata {

namespace {

// A function that would stand beside the definition, and where it comes from.
struct Made {
    Function function;  // under the name of what it was made from
    Implements claim;
    std::string suffix;                     // of its name, if none is given
    ModulePtr among = {};                   // the module with what it calls, if that is more than the given one has
    Forwarding callees = {}, lowered = {};  // then: what became of graphs that it calls; of the model's own nodes
};

Implements derived(const std::string& definition, Effect effect) { return {definition, false, effect}; }

// The definition as loops, or as it is where it is no graph.
Result<Made> fromDefinition(const Module& module, const FunctionPtr& definition)
{
    Made made{*definition, derived(definition->name, Effect::Exact), "_copy"};
    if (!definition->graph())
        return made;
    LoweringCache cache;
    STRATA_TRY(const LoweredGraph lowered, loopsOf(module, definition, cache));
    if (!lowered.constantParams.empty())
        return refused(say("The constant {} is part of {}, and loops would need it as a parameter.",
                           lowered.constantParams.front(), definition->name),
                       {functionCursor(definition->name)},
                       "graph.fuse makes functions that take their weights as parameters.");
    made.function = *lowered.function;
    made.suffix = "_loops";
    return made;
}

// The runtime program of the model. Graphs that it calls are lowered where they stand, as any caller's are.
Result<Made> programOf(const Module& module, const FunctionPtr& entry)
{
    std::set<std::string> graphs;
    forEachCall(*entry, [&](const Call& call) {
        if (const FunctionPtr callee = module.find(call.callee); callee && lowersWithCaller(*callee))
            graphs.insert(call.callee);
    });
    LoweringCache cache;
    STRATA_TRY(const LoweredPart callees, lowerFunctions(module, graphs, cache));
    const FunctionPtr own = callees.module->find(entry->name);
    STRATA_TRY(
        const LoweredModule lowered,
        lowerKeepingChoices(*callees.module->withFunction(std::make_shared<const Function>(withoutStanding(*own))),
                            &cache, false));
    Made made{*lowered.module->entryFunction(), derived(entry->name, Effect::Exact), "_program"};
    Module among = *callees.module;
    forEachCall(made.function, [&](const Call& call) {
        if (const FunctionPtr callee = lowered.module->find(call.callee); callee && !among.find(call.callee))
            among.functions.push_back(callee);
    });
    for (const auto& [name, constant] : lowered.module->constants)
        among.constants[name] = constant;
    made.among = std::make_shared<const Module>(std::move(among));
    made.callees = callees.forwarding;
    made.lowered = lowered.forwarding;
    return made;
}

// Whether the step takes time: the form does not wait for it.
bool lowersModel(const Module& module, const Function& definition, const Arguments& arguments)
{
    return definition.graph() && module.entryFunction().get() == &definition && !arguments.has("copy")
           && !arguments.has("routine") && !arguments.has("text");
}

Result<Made> fromImplementation(const Module& module, const Function& definition, const std::string& name)
{
    STRATA_TRY(const FunctionPtr other, findFunction(module, name));
    if (other->name == definition.name)
        return Made{*other, derived(definition.name, Effect::Exact), "_copy"};
    if (!other->implements || other->implements->definition != definition.name)
        return refused(say("{} is no implementation of {}.", name, definition.name), {functionCursor(name)});
    return Made{*other, *other->implements, "_copy"};
}

// A runtime program that calls the routine.
Result<Made> fromRoutine(const Module& module, const Function& definition, const std::string& routine)
{
    const std::vector<Cursor> nodes{functionCursor(definition.name)};
    if (!definition.graph())
        return refused(say("{} is held as {}, so nothing says which routine computes the same.", definition.name,
                           name(definition.level())),
                       nodes, "Add the implementation while the definition is a graph.");
    STRATA_TRY(GraphNode call, library::asRoutine(module, definition, definition.graph()->nodes, routine));
    if (definition.results.size() != 1 || definition.graph()->returns[0] != Operand::value(call.outputs[0].name))
        return refused(say("{} gives something else than what {} computes.", definition.name, routine), nodes);
    LibraryCall statement;
    statement.name = call.name;
    statement.kind = LibraryCall::Callee::Routine;
    statement.callee = routine;
    statement.inputs = std::move(call.inputs);
    statement.outputs = {definition.results[0].name};
    statement.attributes = std::move(call.attributes);
    LibraryBody body;
    body.statements = {std::make_shared<const LibraryStmt>(std::move(statement))};
    Made made{definition, derived(definition.name, Effect::Reassociated), "_" + routine.substr(0, routine.find('.'))};
    made.function.body = std::move(body);
    return made;
}

Result<Made> fromText(const Function& definition, const std::string& text)
{
    STRATA_TRY(const FunctionSource source, parseFunctionSource(text));
    Made made{*source.function, {definition.name, true, Effect::Exact}, "_text"};
    if (made.function.name != definition.name)
        made.suffix.clear();
    return made;
}

Result<Made> make(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr definition, findFunction(module, arguments.text("function")));
    const std::vector<Cursor> nodes{functionCursor(definition->name)};
    if (definition->implements)
        return refused(say("{} is an implementation of {}.", definition->name, definition->implements->definition),
                       nodes, "Add the other one to " + definition->implements->definition + ", as a copy of this.");
    if (arguments.has("copy") + arguments.has("routine") + arguments.has("text") > 1)
        return refused("An implementation is a copy, or a routine, or a text.", nodes, "Give one of them.");
    if (arguments.has("copy"))
        return fromImplementation(module, *definition, arguments.text("copy"));
    if (arguments.has("routine"))
        return fromRoutine(module, *definition, arguments.text("routine"));
    if (arguments.has("text"))
        return fromText(*definition, arguments.text("text"));
    return lowersModel(module, *definition, arguments) ? programOf(module, definition)
                                                       : fromDefinition(module, definition);
}

// The one that is given, if there is any.
Status nameIsFree(const Module& module, const Arguments& arguments)
{
    if (!arguments.has("name") || !module.find(arguments.text("name")))
        return {};
    return refused(say("There is a function {} already.", arguments.text("name")),
                   {functionCursor(arguments.text("name"))}, "Choose another name.");
}

// The function as it will stand in the module.
Result<Made> implementation(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(Made made, make(module, arguments));
    const Module& around = made.among ? *made.among : module;
    STRATA_CHECK(nameIsFree(around, arguments));
    const std::string usual = made.suffix.empty() ? made.function.name : arguments.text("function") + made.suffix;
    const std::string name = arguments.has("name")
                                 ? arguments.text("name")
                                 : freshName(usual, [&](const std::string& n) { return around.find(n) != nullptr; });
    made.function = renamed(std::move(made.function), name);
    made.function.implements = made.claim;
    made.function.choices.clear();
    return made;
}

Status applies(const Module& module, const Arguments& arguments)
{
    const FunctionPtr definition = module.find(arguments.text("function"));
    if (definition && lowersModel(module, *definition, arguments))
        return nameIsFree(module, arguments);
    STRATA_TRY(const Made made, implementation(module, arguments));
    if (!arguments.has("text"))
        return {};
    STRATA_TRY(const FunctionSource source, parseFunctionSource(arguments.text("text")));
    const auto function = std::make_shared<const Function>(made.function);
    const std::vector<Error> findings = verify(*module.withFunction(function), *function);
    if (findings.empty())
        return {};
    Error located = source.source.locate(findings.front());
    located.nodes = {functionCursor(arguments.text("function"))};  // the others are of the text
    return located;
}

// The program and what it calls; the nodes of the model stay, too.
Change besides(const Module& module, const Made& made, const FunctionPtr& program)
{
    const ModulePtr after = made.among->withFunction(program);
    const Function& entry = *module.entryFunction();
    Forwarding forwarding = made.callees;
    for (auto& [node, targets] : followed(made.lowered, entry, *program, *after)) {
        targets.insert(targets.begin(), node);
        forwarding[node] = std::move(targets);
    }
    return difference(module, *after, std::move(forwarding));
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    STRATA_TRY(Made made, implementation(module, arguments));
    auto function = std::make_shared<const Function>(std::move(made.function));
    if (made.among)
        return besides(module, made, function);
    const Cursor origin = functionCursor(arguments.has("copy") ? arguments.text("copy") : arguments.text("function"));
    const Cursor own = functionCursor(function->name);
    const FunctionPtr from = module.find(origin.function);
    const bool copied = from->level() == function->level() && !arguments.has("text");
    Change change = changeOf(std::move(function));
    if (copied)
        change.forwarding[origin] = {origin, own};
    return change;
}

Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    const FunctionPtr function = module.find(selection.function);
    if (!function)
        return refused("Select something in a function.");
    if (function->implements)
        return Arguments{{{"function", function->implements->definition}, {"copy", function->name}}};
    const FunctionPtr entry = module.entryFunction();
    if (entry == function && function->graph() && selection.kind == NodeKind::Operator)
        for (const GraphNodePtr& node : function->graph()->nodes)
            if (node->name == selection.name && node->isCall())
                return Arguments{{{"function", node->callee}}};
    return Arguments{{{"function", function->name}}};
}

}  // namespace

STRATA_TRANSFORM(any_add_implementation)
{
    Transform t;
    t.id = "any.add_implementation";
    t.level = Level::Library;
    t.title = "Add an implementation";
    t.summary =
        "Puts another way to compute a function beside it: plain loops, a copy to be scheduled, a library's routine, or a text.";
    t.documentation =
        "A function says what is computed (the definition); implementations say how. This step adds one: by default the definition lowered to plain loops "
        "(or copied, where it is loops already; the model itself as the runtime program that calls them), with copy= another implementation, with routine= a call of a library that computes the same, with text= a "
        "function typed by hand, which is asserted and not derived. Steps of the loops level then act on the implementation and touch neither the definition nor "
        "any caller, and what they do to the numbers is written in it: @implements(f, derived=reassociated). Nothing runs it until any.choose_implementation. "
        "strata check --functions compares each implementation with the definition. In the terms of the MLC course: abstraction and implementation.";
    t.alsoKnownAs = {"op strategy (TVM)", "overload (Halide, MLIR library call)"};
    t.parameters = {{"function", ParameterKind::Function, "The definition.", "", false, {}},
                    {"name", ParameterKind::Name, "Name of the implementation.", "", true, {}},
                    {"copy",
                     ParameterKind::Function,
                     "The implementation to begin with; the definition if left out.",
                     "",
                     true,
                     {}},
                    {"routine", ParameterKind::Choice, "The routine to call.", "", true, library::routineNames()},
                    {"text", ParameterKind::Text, "The whole function in the text form.", "", true, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator, NodeKind::Value, NodeKind::Loop,
                   NodeKind::Block,    NodeKind::Buffer,   NodeKind::Line};
    t.example.before = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    y: f32[4] = call twice(x, node="twice")
    return y

def twice(a: f32[4]) -> (b: f32[4]):
    b: f32[4] = Add(a, a, node="Add_0", version=14)
    return b
)";
    t.example.step = "any.add_implementation(twice)";
    t.example.after = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    y: f32[4] = call twice(x, node="twice")
    return y

def twice(a: f32[4]) -> (b: f32[4]):
    b: f32[4] = Add(a, a, node="Add_0", version=14)
    return b

@loops
@attributes(pattern="broadcast")
@implements(twice, derived=exact)
def twice_loops(a: f32[4]) -> (b: f32[4]):
    for i in range(4):
        with block("add") as (vi: spatial(4) = i):
            b[vi] = a[vi] + a[vi]
)";
    t.applies = applies;
    t.plan = plan;
    t.suggest = suggest;
    return t;
}

}  // namespace strata
