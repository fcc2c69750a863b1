// any.clone_function: one caller gets a copy of its own.
#include "core/ir/calls.h"
#include "core/transform/transform.h"
#include "passes/rewrite/function.h"

namespace strata {

namespace {

// The function that a node calls; "" if the node is no call.
std::string calleeOf(const Function& caller, const std::string& node)
{
    std::string callee;
    forEachCall(caller, [&](const Call& call) {
        if (call.name == node)
            callee = call.callee;
    });
    return callee;
}

int countCalls(const Module& module, const std::string& callee)
{
    int count = 0;
    forEachCall(module, [&](const Function&, const Call& call) { count += call.callee == callee; });
    return count;
}

Status applies(const Module& module, const Arguments& arguments)
{
    const std::string &name = arguments.text("function"), &node = arguments.text("node");
    STRATA_TRY(const FunctionPtr caller, findFunction(module, name));
    const std::string callee = calleeOf(*caller, node);
    const Cursor cursor{name, NodeKind::Operator, node};
    const FunctionPtr function = module.find(callee);
    if (!function)
        return refused(say("Node {} of {} calls no function of the module.", node, name), {cursor}, "Select a call.");
    if (function->hardware())
        return refused(say("{} is LLVM IR, which names itself.", callee), {cursor},
                       "Clone it before it becomes LLVM IR.");
    if (countCalls(module, callee) < 2)
        return refused(say("{} is called here only.", callee), {cursor}, "A step on it affects nobody else.");
    if (arguments.has("name") && module.find(arguments.text("name")))
        return refused(say("There is a function {} already.", arguments.text("name")),
                       {functionCursor(arguments.text("name"))}, "Choose another name.");
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    const FunctionPtr caller = module.find(arguments.text("function"));
    const std::string callee = calleeOf(*caller, arguments.text("node"));
    Function clone = *module.find(callee);
    clone.name = arguments.has("name")
                     ? arguments.text("name")
                     : freshName(callee, [&module](const std::string& n) { return module.find(n) != nullptr; });
    Change change = changeOf(mapCalls(caller, [&](const Call& call) -> std::optional<CallEdit> {
        if (call.name != arguments.text("node"))
            return std::nullopt;
        return CallEdit{clone.name, call.inputs};
    }));
    change.forwarding[functionCursor(callee)] = {functionCursor(callee), functionCursor(clone.name)};
    change.put.push_back(std::make_shared<const Function>(std::move(clone)));
    return change;
}

}  // namespace

STRATA_TRANSFORM(any_clone_function)
{
    Transform t;
    t.id = "any.clone_function";
    t.level = Level::Graph;
    t.title = "Give this call a function of its own";
    t.summary = "Copies the called function, so that later steps on it act on this call alone.";
    t.documentation =
        "Equal functions are one function with many callers, and a step on it acts on all of them. Where one caller wants another schedule "
        "(another layout, another library), clone the function first: the call then calls the copy, and the others keep the original. Always legal; "
        "the copy computes the same. Nodes of the original are forwarded to both.";
    t.alsoKnownAs = {"specialize (MLIR)"};
    t.parameters = {{"function", ParameterKind::Function, "The caller.", "", false, {}},
                    {"node", ParameterKind::Node, "The call.", "", false, {}},
                    {"name", ParameterKind::Name, "Name of the copy.", "", true, {}}};
    t.appliesTo = {NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    h: f32[4] = call twice(x, node="first")
    y: f32[4] = call twice(h, node="second")
    return y

@loops
def twice(a: f32[4]) -> (b: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] + a[vi]
)";
    t.example.step = "any.clone_function(main, second, name=twice_again)";
    t.example.after = R"(module example(entry=main):

def main(x: f32[4]) -> (y: f32[4]):
    h: f32[4] = call twice(x, node="first")
    y: f32[4] = call twice_again(h, node="second")
    return y

@loops
def twice(a: f32[4]) -> (b: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] + a[vi]

@loops
def twice_again(a: f32[4]) -> (b: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            b[vi] = a[vi] + a[vi]
)";
    t.applies = applies;
    t.plan = plan;
    return t;
}

}  // namespace strata
