// loops.trust_index: checks are taken out on the user's word.
//
// The index keeps its range in the text, trusted(index, extent), because everything else that was proved stands on it;
// compiled code compares nothing. If the word is not kept, it reads and writes what is not its own: unsafe.
#include "passes/loops/checks.h"

namespace strata::loops {

namespace {

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(Change result, applyToChecks(module, arguments, [](const Expr& check, const CheckPlace&) {
                   return trusted(check.args[0], check.args[1]);
               }));
    result.effect = Effect::Unsafe;
    return result;
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_trust_index)
{
    Transform transform = loops::checkTransform("loops.trust_index", "checked(c[v], 256)", "trusted(c[v], 256)", "i64",
                                                loops::plan);
    transform.title = "Trust an index to be in range";
    transform.summary = "Takes out the checks of a block's indices, on your word that the data are in range.";
    transform.documentation =
        "An index that is data is written checked(i, n), and compiled code compares it. After this step it is trusted(i, n): the same index, and no comparison.\n\n"
        "Unsafe: if the data are not in range, compiled code reads and writes memory that is not its own. The evaluator looks all the same. Try loops.prove_index "
        "first.";
    transform.alsoKnownAs = {"unchecked"};
    transform.effect = Effect::Unsafe;
    return transform;
}

}  // namespace strata
