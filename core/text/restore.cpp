#include "core/text/short_form.h"

#include <algorithm>

namespace strata::text {

namespace {

struct Found {
    const Block* block = nullptr;
    std::vector<Around> around;
};

void find(const Body& body, std::vector<Around> around, std::map<std::string, Found>& into)
{
    for (const StmtPtr& stmt : body) {
        std::vector<Around> inner = around;
        if (const Alloc* alloc = as<Alloc>(stmt)) {
            around.push_back({alloc->buffer.name, nullptr});
        } else if (const Loop* loop = as<Loop>(stmt)) {
            inner.push_back({loop->name, loop->extent});
            find(loop->body, inner, into);
        } else if (const Block* block = as<Block>(stmt)) {
            into[block->name] = {block, around};
            for (const BlockIter& iter : block->iters)
                inner.push_back({iter.name, iter.extent});
            find(block->init, inner, into);
            find(block->body, inner, into);
        }
    }
}

std::map<std::string, Found> blocksOf(const Function& function)
{
    std::map<std::string, Found> all;
    if (const LoopsBody* loops = function.loops())
        find(loops->body, {}, all);
    return all;
}

bool sameAround(const std::string& name, const Found& a, const Found& b)
{
    const auto in = [&name](const Found& found) {
        return std::find_if(found.around.begin(), found.around.end(),
                            [&](const Around& one) { return one.extent && one.name == name; });
    };
    const auto x = in(a), y = in(b);
    return x != a.around.end() && y != b.around.end() && equal(x->extent, y->extent);
}

bool saysTheSame(const Found& a, const Found& b)
{
    const std::optional<Block> x = spoken(*a.block, a.around), y = spoken(*b.block, b.around);
    const bool predicates = a.block->predicate && b.block->predicate ? equal(a.block->predicate, b.block->predicate)
                                                                     : !a.block->predicate && !b.block->predicate;
    if (!x || !y || !predicates || !equal(x->body, y->body) || !equal(x->init, y->init))
        return false;
    for (const BlockIter& iter : a.block->iters)
        for (const std::string& name : freeVariables(iter.binding))
            if (!sameAround(name, a, b))
                return false;
    return true;
}

}  // namespace

FunctionPtr restored(FunctionPtr parsed, const Function& like)
{
    if (!parsed->loops() || !like.loops())
        return parsed;
    const std::map<std::string, Found> now = blocksOf(*parsed), before = blocksOf(like);
    auto function = std::make_shared<Function>(*parsed);
    function->body = LoopsBody{transform(parsed->loops()->body, [&](const StmtPtr& stmt) -> std::optional<Body> {
        const Block* block = as<Block>(stmt);
        const auto own = block ? now.find(block->name) : now.end();
        const auto old = block ? before.find(block->name) : before.end();
        if (own == now.end() || old == before.end() || own->second.block != block
            || !saysTheSame(old->second, own->second))
            return std::nullopt;
        return Body{makeStmt(Block(*old->second.block))};
    })};
    return function;
}

}  // namespace strata::text
