// loops.prove_index: checks that cannot fail are dropped.
//
// An index that is data lies in a range where something says so: its type, a clamp, or the condition of a select around
// it (see core/analysis/checks.h). Where the range follows from the expression alone, the index stands there unchecked;
// where it follows from a condition, it stays written with its range, as trusted(index, extent), for that is what every
// later analysis sees.
#include "core/text/text.h"
#include "passes/loops/checks.h"

namespace strata::loops {

namespace {

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    int proved = 0;
    std::string open;
    const auto prove = [&](const Expr& check, const CheckPlace& place) -> ExprPtr {
        if (!isProved(check, place)) {
            open = open.empty() ? print(check.args[0]) : open;
            return nullptr;
        }
        ++proved;
        const ExprPtr plain = simplify(std::make_shared<const Expr>(check), place.ranges);
        return plain->op == Op::Checked ? trusted(check.args[0], check.args[1]) : plain;
    };
    STRATA_TRY(Change result, applyToChecks(module, arguments, prove));
    const std::string block = arguments.text("block");
    if (proved == 0)
        return refused(say("Nothing bounds the index {} of block {}: it is whatever the data say.", open, block),
                       {{arguments.text("function"), NodeKind::Block, block}},
                       "loops.trust_index takes your word for it.");
    if (!open.empty())
        result.notes.push_back("keeps the check of " + open + ", which nothing bounds");
    return result;
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_prove_index)
{
    Transform transform = loops::checkTransform("loops.prove_index", "checked(min(cast(i64, c[v]), 255), 256)",
                                                "trusted(min(cast(i64, c[v]), 255), 256)", "u8", loops::plan);
    transform.title = "Prove that an index is in range";
    transform.summary = "Drops the checks of a block's indices that cannot fail.";
    transform.documentation =
        "An index that is data is written checked(i, n): compiled code compares it, so that whatever the data are, nothing outside a buffer is touched. "
        "The check is dropped where the range is certain: by the type of the data (a byte lies in 0..255), by min and max around it, or by the condition of a select "
        "that it stands in.\n\n"
        "What follows from a condition stays in the text as trusted(i, n), which compares nothing. Exact.";
    transform.alsoKnownAs = {"eliminate bounds check"};
    return transform;
}

}  // namespace strata
