// loops.split: one loop becomes several, by factors.
//
//     for i in range(10): B(i)   ->   for i0 in range(3): for i1 in range(4): where(i0 * 4 + i1 < 10) B(i0 * 4 + i1)
//
// Mixed-radix counting: i0 * f + i1 takes each value once, in order; where the factors make more than there is, a
// predicate leaves out the end. So it is always exact. A loop that runs to a size gets ceil(n / f) iterations outside,
// and the predicate, unless it is assumed that f divides n (graph.assume). TVM: split.
#include "core/index/sizes.h"
#include "core/text/text.h"
#include "passes/loops/rewrite.h"
#include "passes/loops/suggest.h"

#include <algorithm>
#include <limits>

namespace strata::loops {

namespace {

struct Factors {
    std::vector<ExprPtr> extents;  // of the new loops, outermost first
    ExprPtr product;               // at least the extent
    bool exact = false;            // it is the extent
};

// Whether what is assumed of sizes says so.
bool isMultiple(const ExprPtr& extent, std::int64_t product, const SizeFacts& facts)
{
    const std::optional<Dim> dim = toDim(extent);
    const std::optional<SizeFact> fact = dim ? factOf(*dim, facts) : std::nullopt;
    return fact && fact->multipleOf % product == 0;
}

// With the inferred one filled in.
Result<Factors> resolveFactors(const Cursor& loop, const ExprPtr& extent, std::vector<std::int64_t> factors,
                               const SizeFacts& facts)
{
    if (factors.size() < 2)
        return refused("A split needs at least two factors.", {loop}, "Write [_, 4], for instance.");
    std::int64_t product = 1;
    for (std::int64_t factor : factors) {
        if (factor != inferred && factor <= 0)
            return refused(say("A factor of {} is no number of iterations.", factor), {loop}, "Factors are positive.");
        if (factor != inferred && factor > (std::numeric_limits<std::int32_t>::max)() / product)
            return refused("The factors are too large.", {loop});
        product *= factor == inferred ? 1 : factor;
    }
    const auto open = std::count(factors.begin(), factors.end(), inferred);
    if (open > 1)
        return refused(say("Only one factor can be inferred, {} are left open.", open), {loop}, "Leave one _.");
    const auto count = number(extent);
    if (!count && factors[0] != inferred)
        return refused(say("Loop {} runs to {}, so how often the outermost of its parts runs is known only then.",
                           loop.name, print(extent)),
                       {loop}, "Leave the first factor open with _.");
    if (count && open == 0 && product < *count)
        return refused(say("The factors make {} iterations, but loop {} has {}.", product, loop.name, *count), {loop},
                       "Leave one factor open with _.");
    const bool divides = !count && isMultiple(extent, product, facts);
    const ExprPtr rest = simplify(floorDiv(divides ? extent : extent + (product - 1), product), {});
    Factors result;
    for (std::int64_t factor : factors)
        result.extents.push_back(factor == inferred ? rest : intConst(factor));
    result.product = open == 1 ? simplify(rest * product, {}) : intConst(product);
    result.exact = divides || difference(result.product, extent) == 0;
    return result;
}

Result<std::vector<std::string>> namesFor(const Function& function, const Loop& loop, const Arguments& arguments,
                                          std::size_t count)
{
    Names names(function);
    std::vector<std::string> result;
    if (!arguments.has("names") || arguments.texts("names").empty()) {
        for (std::size_t i = 0; i < count; ++i)
            result.push_back(names.fresh(numbered(loop.name, i)));
        return result;
    }
    const std::vector<std::string>& wanted = arguments.texts("names");
    if (wanted.size() != count)
        return refused(say("There are {} names for {} loops.", wanted.size(), count),
                       {loopCursor(function, loop.name)});
    for (const std::string& name : wanted) {
        STRATA_TRY(std::string chosen, name == loop.name ? Result<std::string>(name) : names.chosen(function, name));
        if (std::find(result.begin(), result.end(), chosen) != result.end())
            return refused(say("The name {} is given twice.", chosen), {loopCursor(function, loop.name)});
        result.push_back(std::move(chosen));
    }
    return result;
}

// i0 * (f1 * f2) + i1 * f2 + i2
ExprPtr recombined(const std::vector<std::string>& names, const std::vector<ExprPtr>& extents)
{
    ExprPtr value = intConst(0);
    for (std::size_t i = 0; i < names.size(); ++i)
        value = value * extents[i] + (isConst(extents[i], 1) ? intConst(0) : var(names[i]));
    return value;
}

Body nest(const Loop& innermost, const std::vector<std::string>& names, const std::vector<ExprPtr>& extents, Body body)
{
    for (std::size_t i = names.size(); i-- > 0;) {
        Loop loop = innermost;
        loop.name = names[i];
        loop.extent = extents[i];
        loop.body = std::move(body);
        body = {makeStmt(std::move(loop))};
    }
    return body;
}

std::string remainderNote(const Loop& loop, const ExprPtr& product)
{
    const auto rest = difference(product, loop.extent);
    return "The factors make " + print(product) + " iterations and loop " + loop.name + " has " + print(loop.extent)
           + ", so the blocks below got a predicate that leaves out "
           + (rest ? "the last " + std::to_string(*rest) : "what is more") + ".";
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Located found, loopOf(*function, arguments.text("loop")));
    const Loop& loop = *found.loop();
    STRATA_CHECK(requireSerial(*function, loop, "split"));
    const Cursor cursor = loopCursor(*function, loop.name);
    const std::set<std::string> sizes = sizesOf(*function);
    for (const std::string& name : freeVariables(loop.extent))
        if (!sizes.count(name))
            return refused(say("Loop {} runs to {}, which is not the same each time.", loop.name, print(loop.extent)),
                           {cursor}, "Run it to a constant or a size, with a predicate on what is inside.");
    STRATA_TRY(const Factors factors, resolveFactors(cursor, loop.extent, arguments.integers("factors"), function->facts));
    STRATA_TRY(const std::vector<std::string> names, namesFor(*function, loop, arguments, factors.extents.size()));

    Ranges ranges = rangesAround(found.ancestors);
    for (std::size_t i = 0; i < names.size(); ++i)
        enter(ranges, names[i], factors.extents[i]);
    const ExprPtr value = recombined(names, factors.extents);
    Body body = rebind(loop.body, {{loop.name, value}}, ranges);
    if (!factors.exact) {
        if (holdsBareStatement(loop.body))
            return refused(say("The factors do not divide the {} iterations of loop {}, and a statement below it "
                               "stands in no block that could get a predicate.",
                               print(loop.extent), loop.name),
                           {cursor}, "Choose factors whose product is " + print(loop.extent) + ".");
        body = guard(body, binary(Op::Lt, simplify(value, ranges), loop.extent));
    }
    Forwarding forwarding;
    for (const std::string& name : names)
        forwarding[cursor].push_back(loopCursor(*function, name));
    const Body all = replaceLoop(function->loops()->body, loop.name,
                                 [&](const Loop&) { return nest(loop, names, factors.extents, body); });
    Change result = changeOf(withBody(*function, all), std::move(forwarding));
    if (!factors.exact)
        result.notes.push_back(remainderNote(loop, factors.product));
    return result;
}

// By the lanes of a vector of floats, or all of a shorter loop.
Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    STRATA_TRY(const FunctionPtr function, selectedFunction(module, selection, NodeKind::Loop));
    STRATA_TRY(const Located loop, loopOf(*function, selection.name));
    const auto extent = number(loop.loop()->extent);
    const std::int64_t lanes = vectorBytes(module.target.isa) / 4;
    const std::vector<std::int64_t> factors{inferred, !extent || *extent > lanes ? lanes : 2};
    return Arguments{{{"function", selection.function}, {"loop", selection.name}, {"factors", factors}}};
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_split)
{
    Transform transform;
    transform.id = "loops.split";
    transform.title = "Split a loop";
    transform.summary = "Replaces a loop by a nest of loops whose extents are the factors, outermost first.";
    transform.documentation =
        "The order of iterations stays as it is, so the result is the same bit for bit; a split prepares reorder, vectorize, unroll and the "
        "like. One factor may be left open with _ and is inferred.\n\n"
        "If the product of the factors is larger than the extent, the blocks below get a predicate that leaves out the iterations beyond it. "
        "The loop must be serial.\n\n"
        "New loops are named after the old one, j becomes j0, j1, unless names are given. Blocks do not change: their iterators are "
        "bound to j0 * 4 + j1 where they were bound to j.";
    transform.alsoKnownAs = {"tile", "strip-mine", "T.split", "divide_loop (Exo)", "split (Halide)"};
    transform.parameters = {loops::functionParameter(),
                            loops::parameter("loop", ParameterKind::Loop, "The loop to split."),
                            loops::parameter("factors", ParameterKind::Integers,
                                             "Extents of the new loops, outermost first; one may be _."),
                            loops::optionalParameter("names", ParameterKind::Names, "Names of the new loops.")};
    transform.appliesTo = {NodeKind::Loop};
    transform.example = loops::example(R"(@loops
def double(x: f32[10]) -> (y: f32[10]):
    for i in range(10):
        with block("double") as (vi: spatial(10) = i):
            y[vi] = x[vi] + x[vi]
)",
                                       "loops.split(double, i, [_, 4])", R"(@loops
def double(x: f32[10]) -> (y: f32[10]):
    for i0, i1 in grid(3, 4):
        with block("double") as (vi: spatial(10) = i0 * 4 + i1):
            where(i0 * 4 + i1 < 10)
            y[vi] = x[vi] + x[vi]
)");
    loops::setPlan(transform, loops::plan);
    transform.suggest = loops::suggest;
    return transform;
}

}  // namespace strata
