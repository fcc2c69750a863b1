// The checks of one block, rewritten as the step says: the walk and its proofs are core/analysis/checks.h's.
#include "passes/loops/checks.h"

namespace strata::loops {

Result<Change> applyToChecks(const Module& module, const Arguments& arguments, const CheckRewrite& rewrite)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Located found, blockOf(*function, arguments.text("block")));
    const std::string& block = found.block()->name;
    bool any = false;
    const Body changed = rewriteChecks({found.stmt}, [&](const Expr& check, const CheckPlace& place) -> ExprPtr {
        if (check.i != 0)
            return nullptr;  // trusted already
        any = true;
        return rewrite(check, place);
    });
    if (!any)
        return refused(say("Block {} checks no index.", block), {blockCursor(*function, block)});
    return changeOf(
        withBody(*function, replaceBlock(function->loops()->body, block, [&](const Block&) { return changed; })));
}

Transform checkTransform(const std::string& id, const std::string& indexBefore, const std::string& indexAfter,
                         const std::string& data, Planner plan)
{
    const auto pick = [&](const std::string& index) {
        return "@loops\ndef pick(x: f32[256], c: " + data + R"([8]) -> (y: f32[8]):
    for i in range(8):
        with block("pick") as (v: spatial(8) = i):
            y[v] = x[)"
               + index + "]\n";
    };
    Transform transform;
    transform.id = id;
    transform.parameters = {functionParameter(),
                            parameter("block", ParameterKind::Block, "A block that is indexed by data.")};
    transform.appliesTo = {NodeKind::Block};
    transform.example = example(pick(indexBefore), id + "(pick, pick)", pick(indexAfter));
    setPlan(transform, plan);
    return transform;
}

}  // namespace strata::loops
