// library.inout: a result in the memory of a parameter, so that nothing is copied that does not change.
//
// The caller holds one buffer: the cache of a decoder, of which a run writes a row, or the weights and moments that a
// training step moves. What the step proves: the call that makes the result from the parameter can write where it reads
// (core/analysis/overwrites.h), and no one reads the parameter later (the verifier, core/verify/inouts.cpp). Where the
// result comes through several calls, each writes in place.
#include "core/analysis/overwrites.h"
#include "core/ir/calls.h"
#include "core/ir/implementations.h"
#include "core/ir/rename.h"
#include "core/operators/views.h"
#include "core/verify/verify.h"
#include "passes/rewrite/graph.h"

#include <algorithm>

namespace strata {

namespace {

using namespace graph;

const TypedName* named(const std::vector<TypedName>& names, const std::string& name)
{
    const auto found = std::find_if(names.begin(), names.end(), [&](const TypedName& one) { return one.name == name; });
    return found == names.end() ? nullptr : &*found;
}

// A call that makes an output from an input of the same type.
struct Hop {
    GraphNodePtr call;
    std::size_t output = 0, input = 0;
};

// How a result comes of a parameter: through views, and calls of loops that could write where they read.
class Way {
public:
    Way(const Module& module, const Function& graph, std::string parameter)
        : m_module(module)
        , m_producers(producers(graph))
        , m_readers(consumers(graph))
        , m_returned(returnedValues(graph))
        , m_parameter(std::move(parameter))
    {
    }

    // The last call first; nullopt if there is no such way.
    std::optional<std::vector<Hop>> to(const Operand& returned)
    {
        std::vector<Hop> hops;
        return leads(returned, hops) ? std::optional(hops) : std::nullopt;
    }
    // The node that computes the result and is no call of loops; nullptr: there is none.
    GraphNodePtr maker(const Operand& returned) const
    {
        Operand at = returned;
        for (auto made = m_producers.find(at.name); made != m_producers.end(); made = m_producers.find(at.name)) {
            if (!isView(*made->second))
                return made->second;
            at = made->second->inputs.at(0);
        }
        return nullptr;
    }

private:
    bool leads(const Operand& operand, std::vector<Hop>& hops)
    {
        if (operand.kind != Operand::Kind::Value)
            return false;
        if (operand.name == m_parameter)
            return true;
        const auto made = m_producers.find(operand.name);
        if (made == m_producers.end() || !m_seen.insert(operand.name).second)
            return false;
        const GraphNodePtr& node = made->second;
        if (isView(*node))
            return leads(node->inputs.at(0), hops);
        const FunctionPtr callee = node->isCall() ? m_module.find(node->callee) : nullptr;
        if (!callee || !callee->loops())
            return false;
        const auto output = std::size_t(named(node->outputs, operand.name) - node->outputs.data());
        for (std::size_t i = 0; i < node->inputs.size(); ++i) {
            if (callee->params[i].type != callee->results[output].type || !isOnlyReader(*node, node->inputs[i]))
                continue;
            hops.push_back({node, output, i});
            if (leads(node->inputs[i], hops))
                return true;
            hops.pop_back();
        }
        return false;
    }
    // What a call between overwrites is read by nobody else; who else reads the parameter, the verifier asks.
    bool isOnlyReader(const GraphNode& node, const Operand& input) const
    {
        const auto readers = m_readers.find(input.name);
        return input.name == m_parameter
               || (readers != m_readers.end() && readers->second.size() == 1 && !m_returned.count(input.name)
                   && std::count(node.inputs.begin(), node.inputs.end(), input) == 1);
    }

    const Module& m_module;
    std::map<std::string, GraphNodePtr> m_producers;
    std::map<std::string, std::vector<GraphNodePtr>> m_readers;
    std::set<std::string> m_returned, m_seen;
    std::string m_parameter;
};

Operand returnedAs(const Function& graph, const std::string& result)
{
    return graph.graph()->returns.at(std::size_t(named(graph.results, result) - graph.results.data()));
}

// Loops without the blocks that store what is there already, and without loops that are empty then.
Body withoutCarriedOver(const Body& body, const std::string& parameter, const std::string& result)
{
    return transform(body, [&](const StmtPtr& stmt) -> std::optional<Body> {
        const Block* block = as<Block>(stmt);
        const Loop* loop = as<Loop>(stmt);
        if ((block && isCarriedOver(*block, parameter, result)) || (loop && loop->body.empty()))
            return Body();
        return std::nullopt;
    });
}

// The function with one buffer for both, or why it cannot have it.
Result<FunctionPtr> writingInPlace(const Module& module, const Function& function, const std::string& parameter,
                                   const std::string& result)
{
    const std::vector<Cursor> nodes{functionCursor(function.name)};
    if (function.implements || !function.choices.empty())
        return refused(say("{} has implementations, each of which would have to write in place.", function.name), nodes,
                       "Take this step before they are made.");
    const OrderVerdict verdict = readsBeforeOverwrites(function, parameter, result, &module);
    if (verdict.witness) {
        Error error = refused(
            say("{} cannot write {} where {} lies: {}", function.name, result, parameter, verdict.witness->sentence),
            nodes);
        error.conflict = verdict.witness->conflict;
        error.conflict->function = function.name;
        return error;
    }
    if (!verdict.legal)
        return refused(say("It cannot be proved that {} can write {} where {} lies: {}", function.name, result,
                           parameter, verdict.unknown),
                       nodes);
    Function changed = function;
    changed.body = LoopsBody{
        renamed(withoutCarriedOver(function.loops()->body, parameter, result), {{{parameter, result}}, {}, {}})};
    changed.inouts[result] = parameter;
    return std::make_shared<const Function>(std::move(changed));
}

int countCalls(const Module& module, const std::string& callee)
{
    int count = 0;
    forEachCall(module, [&](const Function&, const Call& call) { count += call.callee == callee; });
    return count;
}

// The function of that meaning, if the module has it under another name.
FunctionPtr sameAs(const Module& module, const Function& function)
{
    for (const FunctionPtr& other : module.functions)
        if (other->name != function.name && other->inouts == function.inouts) {
            Function renamed = function;
            renamed.name = other->name;
            if (equal(*other, renamed))
                return other;
        }
    return nullptr;
}

// Functions that calls left, with the ones that they call now.
using Replaced = std::map<std::string, std::string>;

// A module in which the call writes in place. Other callers keep the function that they have.
Result<ModulePtr> overwriting(const Module& module, const Function& graph, const Hop& hop, Replaced& replaced)
{
    const FunctionPtr callee = module.find(hop.call->callee);
    const std::string &result = callee->results[hop.output].name, &parameter = callee->params[hop.input].name;
    if (callee->inouts.count(result))
        return std::make_shared<const Module>(module);
    STRATA_TRY(FunctionPtr inPlace, writingInPlace(module, *callee, parameter, result));
    if (const FunctionPtr known = sameAs(module, *inPlace)) {
        inPlace = known;
    } else if (countCalls(module, callee->name) > 1) {
        Function other = *inPlace;
        other.name = freshName(callee->name + "_in_place",
                               [&](const std::string& name) { return module.find(name) != nullptr; });
        inPlace = std::make_shared<const Function>(std::move(other));
    }
    replaced[callee->name] = inPlace->name;
    const FunctionPtr caller = mapCalls(module.find(graph.name), [&](const Call& call) -> std::optional<CallEdit> {
        return call.name == hop.call->name ? std::optional(CallEdit{inPlace->name, call.inputs}) : std::nullopt;
    });
    return module.withFunction(inPlace)->withFunction(caller);
}

// Nodes of a function that a call left are those of the one that it calls now, where that has them.
void forwardReplaced(const Module& before, const Module& after, const Replaced& replaced, Forwarding& forwarding)
{
    for (const auto& [old, now] : replaced)
        for (const Cursor& node : cursors(*before.find(old))) {
            std::vector<Cursor> targets;
            for (const std::string& function : std::set<std::string>{old, now}) {
                Cursor target = node;
                target.function = function;
                if (exists(after, target))
                    targets.push_back(std::move(target));
            }
            forwarding[node] = std::move(targets);
        }
}

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr graph, findGraph(module, arguments.text("function")));
    const std::string &result = arguments.text("result"), &parameter = arguments.text("parameter");
    const TypedName *to = named(graph->results, result), *from = named(graph->params, parameter);
    if (!to)
        return refused(say("{} has no result {}.", graph->name, result), {functionCursor(graph->name)});
    if (!from)
        return refused(say("{} has no parameter {}.", graph->name, parameter), {functionCursor(graph->name)});
    const std::vector<Cursor> nodes{valueCursor(*graph, parameter)};
    if (!isProgram(module, *graph))
        return refused(say("{} is a part of a model: what lies where is said of the model.", graph->name),
                       {functionCursor(graph->name)}, "Name the entry.");
    if (const auto lies = graph->inouts.find(result); lies != graph->inouts.end())
        return refused(say("{} lies in the memory of {} already.", result, lies->second), nodes);
    for (const auto& [other, taken] : graph->inouts)
        if (taken == parameter)
            return refused(say("In the memory of {} lies {} already.", parameter, other), nodes);
    if (to->type != from->type || to->type.kind != ValueType::Kind::Tensor || !to->type.tensor.ranked)
        return refused(say("{} is {} and {} is {}: one memory has one type and one shape.", result, toString(to->type),
                           parameter, toString(from->type)),
                       nodes,
                       "A cache that grows is another tensor in each run; one of the most that it can be stays.");
    if (hasImplementations(module, graph->name))
        return refused(say("{} has implementations, each of which would have to write in place.", graph->name),
                       {functionCursor(graph->name)}, "Take this step before they are made.");
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    const FunctionPtr graph = module.find(arguments.text("function"));
    const std::string &result = arguments.text("result"), &parameter = arguments.text("parameter");
    const Operand returned = returnedAs(*graph, result);
    Way way(module, *graph, parameter);
    const std::optional<std::vector<Hop>> hops = way.to(returned);
    if (const GraphNodePtr maker = hops ? nullptr : way.maker(returned))
        if (const FunctionPtr callee = maker->isCall() ? module.find(maker->callee) : nullptr;
            !callee || !callee->loops())
            return refused(say("Node {} ({}) makes {}, and only loops are known to write where they read.", maker->name,
                               maker->isCall() ? maker->callee : maker->op, result),
                           {nodeCursor(*graph, maker->name)}, "Lower it to loops first.");
    Replaced replaced;
    ModulePtr after = std::make_shared<const Module>(module);
    for (const Hop& hop : hops.value_or(std::vector<Hop>())) {
        STRATA_TRY(after, overwriting(*after, *graph, hop, replaced));
    }
    Function changed = *after->find(graph->name);
    changed.inouts[result] = parameter;
    const auto lying = std::make_shared<const Function>(std::move(changed));
    after = after->withFunction(lying);
    if (const std::vector<Error> found = verify(*after, *lying); !found.empty())  // of who reads the parameter when
        return found.front();
    Forwarding forwarding;
    after = withoutUnused(*after, forwarding);
    forwardReplaced(module, *after, replaced, forwarding);
    Change change = difference(module, *after, std::move(forwarding), Effect::Exact);
    if (!hops || hops->empty())
        change.notes.push_back("No call makes " + result + " from " + parameter + ": it is written there anew.");
    return change;
}

// The pair that a selected value is of, else the first result that comes of a parameter of its type.
Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    const FunctionPtr graph = module.find(selection.function);
    if (!graph || !graph->graph() || !isProgram(module, *graph))
        return refused("Select a value of the model: a result, or the parameter that it is an update of.");
    for (const bool asSelected : {true, false})
        for (std::size_t i = 0; i < graph->results.size(); ++i)
            for (const TypedName& parameter : graph->params) {
                const TypedName& result = graph->results[i];
                const Operand returned = returnedAs(*graph, result.name);
                const bool isMeant = selection.name == result.name || selection.name == parameter.name
                                     || selection.name == returned.name;
                if (result.type != parameter.type || graph->inouts.count(result.name) || (asSelected && !isMeant))
                    continue;
                if (const auto hops = Way(module, *graph, parameter.name).to(returned); hops && !hops->empty())
                    return Arguments{
                        {{"function", graph->name}, {"result", result.name}, {"parameter", parameter.name}}};
            }
    return refused("No result comes, by calls of loops, of a parameter of its type and shape.");
}

}  // namespace

STRATA_TRANSFORM(library_inout)
{
    Transform t;
    t.id = "library.inout";
    t.level = Level::Library;
    t.title = "Write a result in place";
    t.summary = "Lets a result of the model lie in the memory of a parameter: what does not change is not copied.";
    t.documentation =
        "The cache of a decoder is an input, and with one row written an output; so are weights and their moments in a step of training. This says that both are "
        "one buffer of the caller's (@inout). The call that makes the result then writes where it reads: its loops speak of the result alone, which begins as what "
        "the parameter is, and copies of what stays are left out. Other callers of the same function keep theirs.\n\n"
        "Legal if both have one type and shape, if each element is read for the last time before it is written (exact analysis; the refusal names the two "
        "instances), and if nothing reads the parameter once the result is written. A cache that grows by each run has another shape, and is refused; one of the most that it "
        "can be, into which ScatterElements, ScatterND or TensorScatter write, is what this is for. The numbers stay. Of the exported library, describe()->inouts tells which output and input to pass "
        "as one tensor; whoever passes two gets the old value kept and a copy. A device gets the buffer before its kernel and gives it back after the run.";
    t.alsoKnownAs = {"input-output aliasing (XLA)", "donate_argnums (JAX)", "in-place update"};
    t.parameters = {
        {"function", ParameterKind::Function, "The model.", "", false, {}},
        {"result", ParameterKind::Name, "The result.", "", false, {}},
        {"parameter", ParameterKind::Name, "The parameter in whose memory it comes to lie.", "", false, {}}};
    t.appliesTo = {NodeKind::Value, NodeKind::Operator, NodeKind::Function};
    const std::string rest = R"(
@loops
def write(past: f32[4, 2], row: f32[2], at: i64[1]) -> (present: f32[4, 2]):
    for i, j in grid(4, 2):
        with block("carry") as (vi: spatial(4) = i, vj: spatial(2) = j):
            present[vi, vj] = past[vi, vj]
    for k in range(2):
        with block("row") as (vk: spatial(2) = k):
            present[checked(at[0], 4), vk] = row[vk]
)";
    t.example.before = R"(module example(entry=main):

def main(past: f32[4, 2], row: f32[2], at: i64[1]) -> (present: f32[4, 2]):
    present: f32[4, 2] = call write(past, row, at, node="write")
    return present
)" + rest;
    t.example.step = "library.inout(main, present, past)";
    t.example.after = R"(module example(entry=main):

@inout(present=past)
def main(past: f32[4, 2], row: f32[2], at: i64[1]) -> (present: f32[4, 2]):
    present: f32[4, 2] = call write(past, row, at, node="write")
    return present

@loops
@inout(present=past)
def write(past: f32[4, 2], row: f32[2], at: i64[1]) -> (present: f32[4, 2]):
    for k in range(2):
        with block("row") as (vk: spatial(2) = k):
            present[checked(at[0], 4), vk] = row[vk]
)";
    t.applies = applies;
    t.plan = plan;
    t.suggest = suggest;
    return t;
}

}  // namespace strata
