// loops.fast_functions: exp, tanh and erf to about 13 bits.
//
//     y[v] = exp(x[v])   ->   y[v] = exp_fast(x[v])
//
// The fast forms have a third to a half of the operations and no branch (core/elementary/fast.cpp); how far off they
// are is measured over all of float32 by strata-ulp, and in the state by running it. Approximate, so nothing takes this
// step but who asks for it.
#include "core/elementary/elementary.h"
#include "passes/loops/rewrite.h"
#include "passes/loops/suggest.h"

namespace strata::loops {

namespace {

const std::string& fastName(const Expr& e)
{
    static const std::string none;
    const Elementary* facts = e.op == Op::Call && e.type != DType::F64 ? findElementary(e.name) : nullptr;
    return facts ? facts->fast : none;
}

ExprPtr withFastFunctions(const ExprPtr& e)
{
    return transform(e, [](const ExprPtr& one) {
        const std::string& fast = fastName(*one);
        return fast.empty() ? one : call(fast, one->type, one->args);
    });
}

Body rewritten(const Body& body) { return transformExprs(body, withFastFunctions); }

std::string fastNames()
{
    std::vector<std::string> names;
    for (const Elementary& function : elementaryFunctions())
        if (!function.fast.empty())
            names.push_back(function.name);
    return listed(names);
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    const Body& before = function->loops()->body;
    Body after;
    std::string place = "Function " + function->name;
    Cursor cursor = functionCursor(function->name);
    if (arguments.has("block")) {
        const std::string name = arguments.text("block");
        STRATA_TRY(const Located located, blockOf(*function, name));
        place = "Block " + name;
        cursor = blockCursor(*function, name);
        after = replaceBlock(before, name, [](const Block& block) { return rewritten({makeStmt(block)}); });
    } else {
        after = rewritten(before);
    }
    if (equal(before, after))
        return refused(say("{} computes none of the functions that have a fast form.", place), {cursor},
                       "They are " + fastNames() + ", of other types than f64.");
    Change change = changeOf(withBody(*function, std::move(after)));
    change.effect = Effect::Approximate;
    return change;
}

Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    if (selection.kind == NodeKind::Block)
        return Arguments{{{"function", selection.function}, {"block", selection.name}}};
    return Arguments{{{"function", selection.function}}};
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_fast_functions)
{
    Transform transform;
    transform.id = "loops.fast_functions";
    transform.title = "Use fast elementary functions";
    transform.summary = "Computes exp, tanh and erf to about 13 bits, with half of the operations.";
    transform.documentation =
        "Elementary functions are right to one or two units of the last place. Softmax, sigmoid, gelu and tanh of a network often need less. After this step exp, "
        "tanh and erf are exp_fast, tanh_fast and erf_fast: polynomials of two or three terms, off by at most 1400 units of the last place of f32 (2 to the power of -13.6); "
        "exp_fast gives 0 below 2.4e-38. Functions of f64 stay as they are.\n\n"
        "Approximate: run the state and look at its error before you keep it. Automatic scheduling never takes this step.";
    transform.alsoKnownAs = {"FastMathTransform (TVM)", "fast_exp, fast_tanh, fast_erf (TVM)", "-ffast-math (in part)"};
    transform.parameters = {loops::functionParameter(),
                            {"block", ParameterKind::Block, "Only this block.", {}, true, {}}};
    transform.appliesTo = {NodeKind::Function, NodeKind::Block};
    transform.effect = Effect::Approximate;
    transform.example = loops::example(R"(@loops
def f(x: f32[8]) -> (y: f32[8]):
    for i in range(8):
        with block("y") as (vi: spatial(8) = i):
            y[vi] = 1.0 / (1.0 + exp(-x[vi]))
)",
                                       "loops.fast_functions(f)", R"(@loops
def f(x: f32[8]) -> (y: f32[8]):
    for i in range(8):
        with block("y") as (vi: spatial(8) = i):
            y[vi] = 1.0 / (1.0 + exp_fast(-x[vi]))
)");
    loops::setPlan(transform, loops::plan);
    transform.suggest = loops::suggest;
    return transform;
}

}  // namespace strata
