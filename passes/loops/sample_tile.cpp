// loops.sample_tile: a loop becomes several by factors that are drawn, of all whose product is its extent.
//
// The tiles of n in p parts are the ordered factorizations of n: they are listed, and the seed says which it is. What
// was drawn is told, and can be kept as the decision, so that a recipe says what it does. TVM: sample_perfect_tile,
// then split.
#include "passes/loops/sample.h"
#include "passes/loops/suggest.h"

namespace strata::loops {

namespace {

using Tile = std::vector<std::int64_t>;

void addTiles(std::int64_t rest, std::size_t parts, std::int64_t innermost, Tile& outer, std::vector<Tile>& all)
{
    if (parts == 1) {
        if (innermost > 0 && rest > innermost)
            return;
        all.push_back(outer);
        all.back().push_back(rest);
        return;
    }
    for (std::int64_t factor = 1; factor <= rest; ++factor)
        if (rest % factor == 0) {
            outer.push_back(factor);
            addTiles(rest / factor, parts - 1, innermost, outer, all);
            outer.pop_back();
        }
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const std::int64_t extent, extentToCut(module, arguments));
    const std::string& loop = arguments.text("loop");
    const Cursor cursor{arguments.text("function"), NodeKind::Loop, loop};
    const std::int64_t parts = integerOr(arguments, "parts", 2), innermost = integerOr(arguments, "innermost", 0);
    if (parts < 2 || parts > 4)
        return refused(say("A tile has two to four parts, not {}.", parts), {cursor});
    if (extent > 1 << 20)
        return refused(say("Loop {} has {} iterations, too many to list its tiles.", loop, extent), {cursor},
                       "Split it by a number of your own first.");
    if (arguments.has("decision") && !arguments.integers("decision").empty()) {
        const Tile& decision = arguments.integers("decision");
        std::int64_t product = 1;
        for (const std::int64_t factor : decision)
            product = factor > 0 && product <= extent ? product * factor : 0;
        if (product != extent || std::int64_t(decision.size()) != parts)
            return refused(say("The decision {} is no tile of loop {}: {} factors have to make {}.", listText(decision),
                               loop, parts, extent),
                           {cursor});
        return splitAsDrawn(module, arguments, decision, "Decided: " + listText(decision) + "; nothing is drawn.");
    }
    std::vector<Tile> all;
    Tile outer;
    addTiles(extent, std::size_t(parts), innermost, outer, all);
    const Tile& tile = all[drawn(integerOr(arguments, "seed", 1), loop + " " + std::to_string(extent), all.size())];
    return splitAsDrawn(module, arguments, tile,
                        "Drawn: " + listText(tile) + ", one of " + std::to_string(all.size())
                            + "; decision=" + listText(tile) + " keeps it.");
}

Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    STRATA_TRY(const FunctionPtr function, selectedFunction(module, selection, NodeKind::Loop));
    return Arguments{{{"function", function->name},
                      {"loop", selection.name},
                      {"parts", std::int64_t(2)},
                      {"innermost", std::int64_t(0)},
                      {"seed", std::int64_t(1)}}};
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_sample_tile)
{
    Transform transform;
    transform.id = "loops.sample_tile";
    transform.title = "Split a loop by a tile that is drawn";
    transform.summary = "Splits a loop by factors drawn at random, of all whose product is the loop's extent.";
    transform.documentation =
        "A schedule in which numbers are drawn is a space of programs: another seed is another program of it. The same seed draws the same, so a "
        "recipe that draws replays. A note says what was drawn and among how many; as the decision it stays, whatever the seed.\n\n"
        "Every tile divides the loop, so no predicate is needed, and like any split it is exact.";
    transform.alsoKnownAs = {"sample_perfect_tile (TVM)"};
    transform.parameters = {loops::functionParameter(),
                            loops::parameter("loop", ParameterKind::Loop, "The loop to split."),
                            {"parts", ParameterKind::Integer, "How many loops it becomes, two to four.", "2", true, {}},
                            {"innermost",
                             ParameterKind::Integer,
                             "The most iterations of the innermost; 0: as many as there are.",
                             "0",
                             true,
                             {}},
                            {"seed", ParameterKind::Integer, "Another one draws another tile.", "1", true, {}},
                            loops::optionalParameter("decision", ParameterKind::Integers,
                                                     "The tile, if it is decided: nothing is drawn then."),
                            loops::optionalParameter("names", ParameterKind::Names, "Names of the new loops.")};
    transform.appliesTo = {NodeKind::Loop};
    transform.example = loops::example(R"(@loops
def double(x: f32[12]) -> (y: f32[12]):
    for i in range(12):
        with block("double") as (vi: spatial(12) = i):
            y[vi] = x[vi] + x[vi]
)",
                                       "loops.sample_tile(double, i, decision=[3, 4])", R"(@loops
def double(x: f32[12]) -> (y: f32[12]):
    for i0, i1 in grid(3, 4):
        with block("double") as (vi: spatial(12) = i0 * 4 + i1):
            y[vi] = x[vi] + x[vi]
)");
    loops::setPlan(transform, loops::plan);
    transform.suggest = loops::suggest;
    return transform;
}

}  // namespace strata
