// loops.sample_choice: a loop is cut so that its inner part has one of the extents that are offered, which one is
// drawn.
//
// Where a tile has to divide the loop, a choice need not: it is one of a list that a person wrote. TVM:
// sample_categorical, then split.
#include "passes/loops/sample.h"
#include "passes/loops/suggest.h"

#include <algorithm>

namespace strata::loops {

namespace {

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const std::int64_t extent, extentToCut(module, arguments));
    const std::string& loop = arguments.text("loop");
    const Cursor cursor{arguments.text("function"), NodeKind::Loop, loop};
    const std::vector<std::int64_t>& choices = arguments.integers("choices");
    if (choices.empty() || std::any_of(choices.begin(), choices.end(), [](std::int64_t one) { return one < 1; }))
        return refused(say("{} is no list of extents to choose from.", listText(choices)), {cursor},
                       "Write [4, 8, 16], for instance.");
    std::int64_t chosen = integerOr(arguments, "decision", 0);
    std::string note = "Decided: " + std::to_string(chosen) + "; nothing is drawn.";
    if (chosen == 0) {
        chosen = choices[drawn(integerOr(arguments, "seed", 1), loop + " " + std::to_string(extent), choices.size())];
        note = "Drawn: " + std::to_string(chosen) + ", one of " + listText(choices)
               + "; decision=" + std::to_string(chosen) + " keeps it.";
    } else if (std::find(choices.begin(), choices.end(), chosen) == choices.end()) {
        return refused(say("The decision {} is none of {}.", chosen, listText(choices)), {cursor});
    }
    return splitAsDrawn(module, arguments, {inferred, chosen}, note);
}

Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    STRATA_TRY(const FunctionPtr function, selectedFunction(module, selection, NodeKind::Loop));
    return Arguments{{{"function", function->name},
                      {"loop", selection.name},
                      {"choices", std::vector<std::int64_t>{4, 8, 16}},
                      {"seed", std::int64_t(1)},
                      {"decision", std::int64_t(0)}}};
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_sample_choice)
{
    Transform transform;
    transform.id = "loops.sample_choice";
    transform.title = "Split a loop by a number that is drawn from a list";
    transform.summary = "Splits a loop so that its inner part has one of the given extents, drawn at random.";
    transform.documentation =
        "As sample_tile, but among numbers that are given, which need not divide the loop: a predicate leaves out what is more, as in any split. "
        "The same seed draws the same; a note says what was drawn, and as the decision it stays. Exact.";
    transform.alsoKnownAs = {"sample_categorical (TVM)"};
    transform.parameters = {
        loops::functionParameter(),
        loops::parameter("loop", ParameterKind::Loop, "The loop to split."),
        loops::parameter("choices", ParameterKind::Integers, "Extents of the inner loop to draw from."),
        {"seed", ParameterKind::Integer, "Another one draws another number.", "1", true, {}},
        {"decision", ParameterKind::Integer, "The number, if it is decided; 0: it is drawn.", "0", true, {}},
        loops::optionalParameter("names", ParameterKind::Names, "Names of the new loops.")};
    transform.appliesTo = {NodeKind::Loop};
    transform.example = loops::example(R"(@loops
def double(x: f32[10]) -> (y: f32[10]):
    for i in range(10):
        with block("double") as (vi: spatial(10) = i):
            y[vi] = x[vi] + x[vi]
)",
                                       "loops.sample_choice(double, i, [2, 5], decision=5)", R"(@loops
def double(x: f32[10]) -> (y: f32[10]):
    for i0, i1 in grid(2, 5):
        with block("double") as (vi: spatial(10) = i0 * 5 + i1):
            y[vi] = x[vi] + x[vi]
)");
    loops::setPlan(transform, loops::plan);
    transform.suggest = loops::suggest;
    return transform;
}

}  // namespace strata
