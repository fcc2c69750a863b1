// A step on loops looks at two things: the loops, which it changes, and what blocks touch, which decides whether it
// may. So the second is taken out (each block writes an element of its own, and nothing else), the step is planned, and
// the blocks that come back get their bodies again. Iterators tell which instance is which before and after, as
// everywhere.
#include "core/transform/asked.h"

#include <algorithm>
#include <map>
#include <set>

namespace strata {

namespace {

bool isInnermost(const Block& block)
{
    bool found = false;
    for (const Body* body : {&block.init, &block.body})
        walk(*body, [&](const StmtPtr& stmt) { found = found || as<Block>(stmt); });
    return !found;
}

// Blocks that write an element of their own in each instance, as results of the function.
class Hollow {
public:
    explicit Hollow(const Function& function)
        : m_original(function)
        , m_taken(usedNames(function))
    {
        m_hollow = function;
        m_hollow.body = LoopsBody{transform(function.loops()->body, [this](const StmtPtr& stmt) {
            const Block* block = as<Block>(stmt);
            return block && isInnermost(*block) ? std::optional(Body{hollowOf(*block)}) : std::nullopt;
        })};
    }
    FunctionPtr function() const { return std::make_shared<const Function>(m_hollow); }

    // What the step made of it, with the bodies in their places again.
    Result<FunctionPtr> filled(const Function& after) const
    {
        std::set<std::string> seen;
        bool same = true;
        Function result = after;
        result.results = m_original.results;
        result.body = LoopsBody{transform(after.loops()->body, [&](const StmtPtr& stmt) -> std::optional<Body> {
            const Block* block = as<Block>(stmt);
            const auto original = block ? m_blocks.find(block->name) : m_blocks.end();
            if (original == m_blocks.end())
                return std::nullopt;
            same = same && seen.insert(block->name).second && sameIterators(*original->second, *block);
            return same ? std::optional(Body{filled(*original->second, *block)}) : std::nullopt;
        })};
        if (!same || seen.size() != m_blocks.size())
            return refused("The step does not keep the blocks, so there is no order of the same executions to show.");
        return std::make_shared<const Function>(std::move(result));
    }

private:
    StmtPtr hollowOf(const Block& block)
    {
        m_blocks[block.name] = &block;
        const std::string buffer = freshName(block.name + "_done", [this](const std::string& name) {
            return std::find(m_taken.begin(), m_taken.end(), name) != m_taken.end();
        });
        m_taken.push_back(buffer);
        Block hollow;
        hollow.name = block.name;
        hollow.iters = block.iters;
        hollow.predicate = block.predicate;
        Store done{buffer, {}, zero(DType::F32)};
        Shape shape;
        for (BlockIter& iter : hollow.iters) {
            iter.kind = IterKind::Spatial;
            done.indices.push_back(var(iter.name));
            shape.push_back(isConst(iter.extent) ? Dim(iter.extent->i) : Dim(1));
        }
        m_hollow.results.push_back({buffer, {ValueType::Kind::Tensor, TensorType{DType::F32, shape}}});
        hollow.body = {makeStmt(std::move(done))};
        return makeStmt(std::move(hollow));
    }
    static bool sameIterators(const Block& a, const Block& b)
    {
        return std::equal(a.iters.begin(), a.iters.end(), b.iters.begin(), b.iters.end(),
                          [](const BlockIter& x, const BlockIter& y) { return x.name == y.name; });
    }
    static StmtPtr filled(const Block& original, const Block& moved)
    {
        Block block = original;
        block.predicate = moved.predicate;
        for (std::size_t i = 0; i < block.iters.size(); ++i)
            block.iters[i].binding = moved.iters[i].binding;
        return makeStmt(std::move(block));
    }

    const Function& m_original;
    Function m_hollow;
    std::vector<std::string> m_taken;
    std::map<std::string, const Block*> m_blocks;
};

}  // namespace

Result<FunctionPtr> askedFor(const Module& module, const std::string& function, const Transform& transform,
                             const Arguments& arguments, const TransformContext& context)
{
    const FunctionPtr original = module.find(function);
    if (!original || !original->loops())
        return refused(say("There are no loops of {} to ask for another order.", function));
    Hollow hollow(*original);
    const ModulePtr asked = module.withFunction(hollow.function());
    STRATA_CHECK(applies(transform, *asked, arguments));
    STRATA_TRY(const Change change, transform.plan(*asked, arguments, context));
    const FunctionPtr after = change.function(function);
    if (!after || !after->loops())
        return refused(say("The step does not change the loops of {}.", function));
    return hollow.filled(*after);
}

}  // namespace strata
