// A loop's variable is seen by what stands in the loop, but for bodies of blocks, which speak of their iterators: an
// iterator may have the name of a loop elsewhere, so names are followed by scope.
#include "core/ir/rename.h"

#include <set>

namespace strata {

namespace {

std::string mapped(const std::map<std::string, std::string>& names, const std::string& name)
{
    const auto found = names.find(name);
    return found == names.end() ? name : found->second;
}

class Renamer {
public:
    explicit Renamer(const Renames& renames)
        : m_renames(renames)
    {
    }

    Body body(const Body& statements)
    {
        Body result;
        for (const StmtPtr& stmt : statements)
            result.push_back(std::visit([this](const auto& node) { return makeStmt(renamed(node)); }, stmt->node));
        return result;
    }

private:
    ExprPtr expr(const ExprPtr& e) const
    {
        if (!e)
            return e;
        return transform(e, [this](const ExprPtr& node) -> ExprPtr {
            if (node->op == Op::Load)
                return load(mapped(m_renames.buffers, node->name), node->type, node->args);
            if (node->op == Op::Var && !m_iterators.count(node->name) && m_renames.loops.count(node->name))
                return var(m_renames.loops.at(node->name), node->type);
            return nullptr;
        });
    }
    std::vector<ExprPtr> exprs(const std::vector<ExprPtr>& list) const
    {
        std::vector<ExprPtr> result;
        for (const ExprPtr& e : list)
            result.push_back(expr(e));
        return result;
    }
    std::optional<std::vector<Region>> regions(const std::optional<std::vector<Region>>& list) const
    {
        if (!list)
            return std::nullopt;
        std::vector<Region> result;
        for (const Region& region : *list)
            result.push_back({mapped(m_renames.buffers, region.buffer), exprs(region.begin), exprs(region.extent)});
        return result;
    }

    Loop renamed(const Loop& loop)
    {
        Loop result = loop;
        result.name = mapped(m_renames.loops, loop.name);
        result.extent = expr(loop.extent);
        result.body = body(loop.body);
        return result;
    }
    Block renamed(const Block& block)
    {
        Block result = block;
        result.name = mapped(m_renames.blocks, block.name);
        result.predicate = expr(block.predicate);
        for (BlockIter& iter : result.iters) {
            iter.extent = expr(iter.extent);
            iter.binding = expr(iter.binding);
        }
        const std::set<std::string> outside = m_iterators;
        for (const BlockIter& iter : block.iters)
            m_iterators.insert(iter.name);
        result.init = body(block.init);
        result.body = body(block.body);
        result.reads = regions(block.reads);
        result.writes = regions(block.writes);
        m_iterators = outside;
        return result;
    }
    Store renamed(const Store& store)
    {
        return {mapped(m_renames.buffers, store.buffer), exprs(store.indices), expr(store.value)};
    }
    Alloc renamed(const Alloc& alloc)
    {
        Alloc result = alloc;
        result.buffer.name = mapped(m_renames.buffers, alloc.buffer.name);
        return result;
    }
    IntrinsicCall renamed(const IntrinsicCall& call)
    {
        IntrinsicCall result = call;
        for (IntrinsicCall::Argument& argument : result.arguments)
            argument = {mapped(m_renames.buffers, argument.buffer), exprs(argument.begin)};
        return result;
    }

    const Renames& m_renames;
    std::set<std::string> m_iterators;  // of the blocks around
};

}  // namespace

Body renamed(const Body& body, const Renames& renames) { return Renamer(renames).body(body); }

}  // namespace strata
