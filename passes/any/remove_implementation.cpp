// any.remove_implementation: one way less to compute a function.
#include "core/ir/implementations.h"
#include "core/transform/transform.h"
#include "passes/rewrite/function.h"

#include <algorithm>

namespace strata {

namespace {

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr one, findFunction(module, arguments.text("function")));
    if (!one->implements)
        return refused(say("{} is a definition, which its callers need.", one->name), {functionCursor(one->name)},
                       hasImplementations(module, one->name) ? "Name one of its implementations." : "");
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    const FunctionPtr one = module.find(arguments.text("function"));
    Change change;
    change.removed = {one->name};
    for (const Cursor& cursor : cursors(*one))
        change.forwarding[cursor] = {};
    const FunctionPtr definition = module.find(one->implements->definition);
    const bool used = definition
                      && std::any_of(definition->choices.begin(), definition->choices.end(),
                                     [&](const Choice& choice) { return choice.implementation == one->name; });
    if (!used)
        return change;
    Function without = *definition;
    std::erase_if(without.choices, [&](const Choice& choice) { return choice.implementation == one->name; });
    change.notes.push_back(one->name + " was chosen; " + byDefault(without) + " runs in the place of " + without.name
                           + " now.");
    change.put = {std::make_shared<const Function>(std::move(without))};
    return change;
}

Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    const FunctionPtr function = module.find(selection.function);
    if (!function || !function->implements)
        return refused("Select an implementation.");
    return Arguments{{{"function", function->name}}};
}

}  // namespace

STRATA_TRANSFORM(any_remove_implementation)
{
    Transform t;
    t.id = "any.remove_implementation";
    t.level = Level::Library;
    t.title = "Remove an implementation";
    t.summary = "Takes an implementation out of the module, and out of the choice of its definition.";
    t.documentation =
        "The definition stays, with its callers. Where the implementation was chosen, the next choice that fits runs in its place, or the "
        "definition's own body if there is none. Always legal.";
    t.parameters = {{"function", ParameterKind::Function, "The implementation.", "", false, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Operator, NodeKind::Value, NodeKind::Loop,
                   NodeKind::Block,    NodeKind::Buffer,   NodeKind::Line};
    t.example.before = R"(module example(entry=main):

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
    t.example.step = "any.remove_implementation(twice_vector)";
    t.example.after = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    y: f32[4] = call twice(x, node="twice")
    return y

@loops
def twice(a: f32[4]) -> (b: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] + a[vi]
)";
    t.applies = applies;
    t.plan = plan;
    t.suggest = suggest;
    return t;
}

}  // namespace strata
