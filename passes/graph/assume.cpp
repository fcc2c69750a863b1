// graph.assume: what a person knows of sizes, and every call keeps.
//
// A fact stands with the function. What is lowered or fused afterwards inherits what follows of its own sizes, so that
// loops need no remainder where a size is a multiple of the tile, and are right where they are so only from some size
// on. The entry's facts are checked before each run.
#include "core/index/sizes.h"
#include "core/operators/infer.h"
#include "core/text/text.h"
#include "core/transform/transform.h"
#include "passes/rewrite/function.h"

namespace strata {

namespace {

// Nothing said means 1 or more, so that reductions have something to reduce; `n >= 0` opens that: a tensor may be
// empty, as the cache of a decoder is before its first run. Facts that say nothing of the least leave it.
struct Bounds {
    SizeFacts before, assumed;
    bool opens = false;
};
Bounds opened(SizeFacts before, SizeFacts assumed)
{
    bool opens = false;
    for (auto& [size, fact] : assumed) {
        const bool known = before.count(size) != 0;
        const std::int64_t least = known ? before[size].least : SizeFact().least;
        if (fact.least == 0 && least == 1) {
            before[size].least = 0;
            opens = true;
        } else if (fact.least == 1 && least == 0) {
            fact.least = 0;
        }
    }
    return {std::move(before), std::move(assumed), opens};
}

// The facts of the function with those that are assumed now.
Result<SizeFacts> assumed(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, findFunction(module, arguments.text("function")));
    const std::vector<Cursor> nodes{functionCursor(function->name)};
    STRATA_TRY(const SizeFacts facts, parseSizeFacts(arguments.text("fact")));
    const std::set<std::string> sizes = sizesOf(*function);
    for (const auto& [size, fact] : facts)
        if (!sizes.count(size))
            return refused(say("{} is no size of {}.", size, function->name), nodes,
                           sizes.empty() ? "Its dimensions are numbers." : "");
    const Bounds bounds = opened(function->facts, facts);
    const std::optional<SizeFacts> all = both(bounds.before, bounds.assumed);
    if (!all)
        return refused(say("No size keeps both {} and {}.", factText(function->facts), factText(facts)), nodes);
    if (!bounds.opens && implies(function->facts, bounds.assumed))
        return refused(say("{} is assumed already.", factText(facts)), nodes);
    return *all;
}

Status applies(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, findFunction(module, arguments.text("function")));
    if (!hasSizes(*function))
        return refused(say("All dimensions of {} are numbers.", function->name), {functionCursor(function->name)});
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    STRATA_TRY(const SizeFacts facts, assumed(module, arguments));
    Function function = *module.find(arguments.text("function"));
    function.facts = facts;
    const auto assuming = std::make_shared<const Function>(std::move(function));
    if (!assuming->graph())
        return changeOf(assuming);
    STRATA_TRY(const InferredTypes inferred, inferFunction(module, *assuming));  // a shape may follow only now
    return changeOf(inferred.function);
}

Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    const FunctionPtr function = module.find(selection.function);
    if (!function || !hasSizes(*function))
        return refused("Select something in a function that has sizes.");
    return Arguments{{{"function", function->name}, {"fact", *sizesOf(*function).begin() + " % 8 == 0"}}};
}

}  // namespace

STRATA_TRANSFORM(graph_assume)
{
    Transform t;
    t.id = "graph.assume";
    t.level = Level::Graph;
    t.title = "Assume something of a size";
    t.summary = "States what each call keeps: that a size is a multiple of a number, at least it, at most it.";
    t.documentation =
        "Facts stand with the function (@assume). Functions that are fused or lowered afterwards know what follows for their own sizes, so that a "
        "loop split by 8 has no remainder where n % 8 == 0, and loops that would read outside for small or large sizes are right. Every call has to keep what "
        "is assumed: callers are verified, and the exported library refuses other sizes by name before anything runs. Legal on any function whose callers keep it; "
        "it changes nothing of what is computed.";
    t.alsoKnownAs = {"assert (Exo)", "T.assume (TVM)", "set_bounds (Halide)"};
    t.parameters = {{"function", ParameterKind::Function, "The function.", "", false, {}},
                    {"fact", ParameterKind::Text, "As n % 8 == 0, n >= 2, n <= 512 or n == 64, or n >= 0: it may be empty; several with a comma.", "", false, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Value, NodeKind::Operator, NodeKind::Loop, NodeKind::Buffer};
    t.example.before = R"(module example(entry=main):

def main(x: f32[n]) -> (y: f32[n]):
    y: f32[n] = Relu(x, node="Relu_0", version=14)
    return y
)";
    t.example.step = "graph.assume(main, fact=\"n % 8 == 0, n <= 512\")";
    t.example.after = R"(module example(entry=main):

@assume(n % 8 == 0, n <= 512)
def main(x: f32[n]) -> (y: f32[n]):
    y: f32[n] = Relu(x, node="Relu_0", version=14)
    return y
)";
    t.applies = applies;
    t.plan = plan;
    t.suggest = suggest;
    return t;
}

}  // namespace strata
