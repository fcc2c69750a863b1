// Blocks whose value can be put in place of a read: one store, to distinct plain iterators, all spatial.
//
//     a[vi, vj] = g(vi, vj)   makes   a[e, f]   stand for   g(e, f)
//
// The indices say which instance wrote the element, each element is written once, and the value depends on nothing
// else, so substituting is right wherever the inputs still have their values, which the two steps check. TVM:
// compute_inline, reverse_compute_inline.
#include "passes/loops/inline.h"

#include "core/base/condition.h"

#include <algorithm>

namespace strata::loops {

Result<Elementwise> elementwiseBlock(const Function& function, const Located& located)
{
    const Block& block = *located.block();
    const Cursor cursor = blockCursor(function, block.name);
    Elementwise result{&block, block.body.size() == 1 ? as<Store>(block.body[0]) : nullptr, {}};
    if (!result.store || !block.init.empty())
        return refused(say("Block {} is not one plain store.", block.name), {cursor},
                       "Only a block that computes each element once by one expression is inlined.");
    if (loads(result.store->value, result.store->buffer))
        return refused(say("Block {} updates {} in place.", block.name, result.store->buffer), {cursor});
    std::set<std::string> used;
    for (const ExprPtr& index : result.store->indices) {
        if (!isConst(index) && (index->op != Op::Var || !used.insert(index->name).second))
            return refused(say("Block {} does not write to plain, distinct iterators.", block.name),
                           {cursor, bufferCursor(function, result.store->buffer)});
        result.iters.push_back(index->op == Op::Var ? index->name : "");
    }
    for (const BlockIter& iter : block.iters) {
        if (!STRATA_CONDITION("inline.spatial", iter.kind == IterKind::Spatial))
            return refused(say("Iterator {} of block {} is {}, so an element is written several times.", iter.name,
                               block.name, name(iter.kind)),
                           {cursor});
        if (!STRATA_CONDITION("inline.told", used.count(iter.name) || !mentions(result.store->value, iter.name)))
            return refused(say("The value of block {} depends on iterator {}, which its index does not tell.",
                               block.name, iter.name),
                           {cursor});
    }
    return result;
}

namespace {

std::vector<std::string> without(std::vector<std::string> names, const std::string& but)
{
    std::erase(names, but);
    return names;
}

}  // namespace

std::vector<std::string> readersBut(const Function& function, const std::string& buffer, const std::string& but)
{
    return without(readersOf(function, buffer), but);
}

std::vector<std::string> writersBut(const Function& function, const std::string& buffer, const std::string& but)
{
    return without(writersOf(function, buffer), but);
}

}  // namespace strata::loops
