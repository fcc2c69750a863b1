// loops.fuse: a chain of loops becomes one that counts through all of them.
//
//     for i in range(4): for j in range(8): B(i, j)   ->   for f in range(32): B(f // 8, f % 8)
//
// Mixed-radix counting: the same iterations in the same order, so it is always exact. TVM: fuse.
#include "passes/loops/suggest.h"

namespace strata::loops {

namespace {

// Each loop is the only child of the one before.
Result<std::vector<const Loop*>> chainOf(const Function& function, const std::vector<std::string>& names)
{
    if (names.size() < 2 || std::set<std::string>(names.begin(), names.end()).size() < names.size())
        return refused("Fusing needs at least two different loops.", {functionCursor(function.name)},
                       "Name loops that follow each other without anything between, outermost first.");
    std::vector<const Loop*> chain;
    for (const std::string& name : names) {
        STRATA_TRY(const Located found, loopOf(function, name));
        const Loop* loop = found.loop();
        STRATA_CHECK(requireSerial(function, *loop, "fuse"));
        STRATA_CHECK(extentOf(function, *loop));
        if (!chain.empty() && (chain.back()->body.size() != 1 || chain.back()->body[0] != found.stmt))
            return refused(say("Loop {} is not the only statement in loop {}, so they do not form one loop.", name,
                               chain.back()->name),
                           {loopCursor(function, chain.back()->name), loopCursor(function, name)},
                           "Name loops that follow each other without anything between, outermost first.");
        chain.push_back(loop);
    }
    return chain;
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    const std::vector<std::string>& wanted = arguments.texts("loops");
    STRATA_TRY(const std::vector<const Loop*> chain, chainOf(*function, wanted));
    Names names(*function);
    STRATA_TRY(Located outermost, loopOf(*function, wanted[0]));
    std::string joined;
    for (const std::string& loop : wanted)
        joined += (joined.empty() ? "" : "_") + loop;
    STRATA_TRY(const std::string name, names.argumentOr(*function, arguments, "name", joined));

    std::vector<Substitution> values;
    std::int64_t inner = 1;
    for (std::size_t i = chain.size(); i-- > 0;) {
        STRATA_TRY(const std::int64_t extent, extentOf(*function, *chain[i]));
        const ExprPtr quotient = floorDiv(var(name), inner);
        values.push_back({wanted[i], i == 0 ? quotient : floorMod(quotient, extent)});
        inner *= extent;
    }
    Ranges ranges = rangesAround(outermost.ancestors);
    ranges[name] = {0, inner};
    Loop fused = *chain[0];
    fused.name = name;
    fused.extent = intConst(inner);
    fused.body = rebind(chain.back()->body, values, ranges);
    Forwarding forwarding;
    for (const std::string& loop : wanted)
        forwarding[loopCursor(*function, loop)] = {loopCursor(*function, name)};
    Body body = replaceLoop(function->loops()->body, wanted[0], [&](const Loop&) { return Body{makeStmt(fused)}; });
    return changeOf(withBody(*function, std::move(body)), std::move(forwarding));
}

Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    STRATA_TRY(const std::vector<std::string> two, loopAndChild(module, selection));
    return Arguments{{{"function", selection.function}, {"loops", std::vector{two[0], two[1]}}}};
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_fuse)
{
    Transform transform;
    transform.id = "loops.fuse";
    transform.title = "Fuse nested loops into one";
    transform.summary = "Replaces a chain of nested loops by one loop over all their iterations.";
    transform.documentation =
        "The order of iterations stays as it is, so the result is the same bit for bit. Iterators are bound to quotient and remainder of the "
        "new loop: i to f // 16 and j to f % 16 where the inner loop has 16 iterations.\n\n"
        "Each loop must be the only statement in the one before, all must be serial and of constant extent. Fusing gives a parallel loop enough "
        "iterations to share out.";
    transform.alsoKnownAs = {"flatten", "collapse", "T.fuse", "mult_loops (Exo)", "fuse (Halide)"};
    transform.parameters = {loops::functionParameter(),
                            loops::parameter("loops", ParameterKind::Loops, "The loops, outermost first."),
                            loops::optionalParameter("name", ParameterKind::Name, "Name of the new loop.")};
    transform.appliesTo = {NodeKind::Loop};
    transform.example = loops::example(R"(@loops
def double(x: f32[4, 8]) -> (y: f32[4, 8]):
    for i, j in grid(4, 8):
        with block("double") as (vi: spatial(4) = i, vj: spatial(8) = j):
            y[vi, vj] = x[vi, vj] + x[vi, vj]
)",
                                       "loops.fuse(double, [i, j])", R"(@loops
def double(x: f32[4, 8]) -> (y: f32[4, 8]):
    for i_j in range(32):
        with block("double") as (vi: spatial(4) = i_j // 8, vj: spatial(8) = i_j % 8):
            y[vi, vj] = x[vi, vj] + x[vi, vj]
)");
    loops::setPlan(transform, loops::plan);
    transform.suggest = loops::suggest;
    return transform;
}

}  // namespace strata
