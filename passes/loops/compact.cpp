#include "passes/loops/compact.h"

#include "core/analysis/accesses.h"
#include "core/analysis/regions.h"
#include "passes/loops/place.h"

#include <algorithm>

namespace strata::loops {

namespace {

// Blocks that touch the buffer, outermost only.
void findUsers(const Body& body, const std::string& buffer, std::vector<StmtPtr>& path, std::vector<Located>& users)
{
    for (const StmtPtr& stmt : body) {
        if (as<Block>(stmt) || as<Store>(stmt) || as<IntrinsicCall>(stmt)) {
            const std::vector<Access> all = accesses(nullptr, Body{stmt});
            if (std::any_of(all.begin(), all.end(), [&](const Access& access) { return access.buffer == buffer; }))
                users.push_back({stmt, path});
            continue;
        }
        path.push_back(stmt);
        findUsers(childrenOf(stmt), buffer, path, users);
        path.pop_back();
    }
}

std::vector<StmtPtr> commonLoops(const std::vector<Located>& users)
{
    std::vector<StmtPtr> common = users.front().ancestors;
    for (const Located& user : users) {
        const auto [end, other] = std::mismatch(common.begin(), common.end(), user.ancestors.begin(), user.ancestors.end());
        common.erase(end, common.end());
    }
    return common;
}

bool staysOutside(const Loop& loop, Scope scope)
{
    return loop.kind == LoopKind::Vectorized || (scope == Scope::Shared && loop.axis.starts_with("threadIdx"));
}

// An update block carries values through the loops that its reduce iterators run over.
bool carries(const Located& user, const std::string& buffer, const Loop& loop)
{
    const Block* block = user.block();
    if (!block)
        return true;
    const std::vector<Access> all = accesses(nullptr, *block);
    const bool writes = std::any_of(all.begin(), all.end(), [&](const Access& a) { return a.buffer == buffer && a.write; });
    return writes && std::any_of(block->iters.begin(), block->iters.end(), [&](const BlockIter& iter) {
        return iter.kind != IterKind::Spatial && mentions(iter.binding, loop.name);
    });
}

bool readsFirst(const Located& user, const std::string& buffer)
{
    const Block& block = *user.block();
    if (!block.init.empty())
        return false;
    const std::vector<Access> all = accesses(nullptr, block);
    return std::any_of(all.begin(), all.end(), [&](const Access& a) { return a.buffer == buffer && !a.write; });
}

bool contains(const Region& outer, const Region& inner)
{
    for (std::size_t d = 0; d < outer.begin.size(); ++d) {
        const auto offset = difference(inner.begin[d], outer.begin[d]);
        const Linear outerSize = linear(outer.extent[d]), innerSize = linear(inner.extent[d]);
        if (!offset || *offset < 0 || *offset + innerSize.constant > outerSize.constant)
            return false;
    }
    return true;
}

// What one iteration reads it also wrote.
bool isFresh(const Module& module, const Function& function, const Loop& loop, const std::vector<Located>& users, const std::string& buffer)
{
    if (std::any_of(users.begin(), users.end(), [&](const Located& user) { return carries(user, buffer, loop); }) || readsFirst(users.front(), buffer))
        return false;
    const auto reads = touchedBelow(module, function, loop, buffer, true, false), writes = touchedBelow(module, function, loop, buffer, false, true);
    return writes && (!reads || contains(*writes, *reads));
}

// Rewrites the accesses of one block to a buffer of another origin.
class Shrink {
public:
    Shrink(const Located& user, const Region& region)
        : m_block(*user.block()), m_region(region), m_buffer(region.buffer), m_ranges(rangesAround(user.ancestors))
    {
        for (const BlockIter& iter : m_block.iters) {
            m_bindings.push_back({iter.name, iter.binding});
            m_taken.insert(iter.name);
        }
        for (const StmtPtr& stmt : user.ancestors)
            if (const Loop* loop = as<Loop>(stmt))
                m_taken.insert(loop->name);
    }

    Block run()
    {
        const auto rewriteExpr = [this](const ExprPtr& e) {
            return transform(e, [this](const ExprPtr& node) -> ExprPtr {
                return node->op == Op::Load && node->name == m_buffer ? load(m_buffer, node->type, moved(node->args)) : nullptr;
            });
        };
        const auto rewriteStmt = [this](const StmtPtr& stmt) -> std::optional<Body> {
            if (const Store* store = as<Store>(stmt); store && store->buffer == m_buffer)
                return Body{makeStmt(Store{m_buffer, moved(store->indices), store->value})};
            if (const IntrinsicCall* call = as<IntrinsicCall>(stmt))
                return Body{makeStmt(movedCall(*call))};
            return std::nullopt;
        };
        m_block.init = transform(transformExprs(m_block.init, rewriteExpr), rewriteStmt);
        m_block.body = transform(transformExprs(m_block.body, rewriteExpr), rewriteStmt);
        return m_block;
    }

private:
    std::vector<ExprPtr> moved(std::vector<ExprPtr> indices)
    {
        for (std::size_t d = 0; d < indices.size(); ++d)
            indices[d] = movedIndex(indices[d], m_region.begin[d]);
        return indices;
    }

    IntrinsicCall movedCall(IntrinsicCall call)
    {
        for (IntrinsicCall::Argument& argument : call.arguments)
            if (argument.buffer == m_buffer)
                argument.begin = moved(argument.begin);
        return call;
    }

    ExprPtr movedIndex(const ExprPtr& index, const ExprPtr& begin);
    std::string iterFor(const ExprPtr& binding, std::int64_t extent, const ExprPtr& index);

    Block m_block;
    const Region& m_region;
    std::string m_buffer;
    Ranges m_ranges;
    std::vector<Substitution> m_bindings;
    std::set<std::string> m_taken;
};

// index - begin, as an iterator plus a constant.
ExprPtr Shrink::movedIndex(const ExprPtr& index, const ExprPtr& begin)
{
    if (isConst(begin, 0))
        return index;
    Linear offset = linear(index);
    const std::int64_t constant = offset.constant;
    offset.constant = 0;
    const ExprPtr binding = simplify(substitute(offset.expr(), m_bindings) - begin, m_ranges);
    const auto range = bounds(binding, m_ranges);
    if (!range || range->first == range->second)
        return binding + constant;                 // one element; regions make sure of it
    const std::string iter = iterFor(simplify(binding - range->first, m_ranges), range->second - range->first + 1, index);
    return var(iter) + (constant + range->first);
}

std::string Shrink::iterFor(const ExprPtr& binding, std::int64_t extent, const ExprPtr& index)
{
    for (const BlockIter& iter : m_block.iters)
        if (difference(iter.binding, binding, m_ranges) == 0 && linear(iter.extent).constant == extent)
            return iter.name;
    const std::vector<std::string> used = freeVariables(index);
    IterKind kind = IterKind::Spatial;
    for (const BlockIter& iter : m_block.iters)
        if (iter.kind != IterKind::Spatial && std::find(used.begin(), used.end(), iter.name) != used.end())
            kind = iter.kind;
    const std::string base = used.empty() ? "t" : "t" + (used[0].size() > 1 && used[0][0] == 'v' ? used[0].substr(1) : used[0]);
    const std::string name = freshName(base, [this](const std::string& candidate) { return m_taken.count(candidate) != 0; });
    m_taken.insert(name);
    m_block.iters.push_back({name, kind, intConst(extent), binding});
    return name;
}

bool holdsBlock(const Block& block)
{
    bool found = false;
    const auto look = [&](const StmtPtr& stmt) { found = found || as<Block>(stmt) || as<Loop>(stmt); };
    walk(block.init, look);
    walk(block.body, look);
    return found;
}

// Indices of blocks with blocks or loops inside do not speak of the loops around alone, so those buffers keep their size.
bool canShrink(const std::vector<Located>& users)
{
    return std::none_of(users.begin(), users.end(), [](const Located& user) { return !user.block() || holdsBlock(*user.block()); });
}

Shape shrunkShape(const Shape& shape, Region& region)
{
    Shape result = shape;
    for (std::size_t d = 0; d < shape.size(); ++d) {
        const Linear extent = linear(region.extent[d]);
        const bool smaller = extent.isConstant() && shape[d].isConstant() && extent.constant < shape[d].constant();
        if (smaller)
            result[d] = Dim(extent.constant);
        else
            region.begin[d] = intConst(0);
    }
    return result;
}

Body withAlloc(Body body, const Buffer& buffer)
{
    body.insert(body.begin(), makeStmt(Alloc{buffer}));
    return body;
}

// Index 1 + of the innermost common loop that may hold the allocation; 0: none.
std::size_t depthFor(const Module& module, const Function& function, const std::vector<StmtPtr>& common, const std::vector<Located>& users,
                     const Buffer& buffer)
{
    std::size_t depth = 0;
    while (depth < common.size() && as<Loop>(common[depth]) && !staysOutside(*as<Loop>(common[depth]), buffer.scope))
        ++depth;
    while (depth > 0 && !isFresh(module, function, *as<Loop>(common[depth - 1]), users, buffer.name))
        --depth;
    return depth;
}

bool isAllocatedInside(const Loop& loop, const std::string& buffer)
{
    return std::any_of(loop.body.begin(), loop.body.end(), [&](const StmtPtr& stmt) {
        const Alloc* alloc = as<Alloc>(stmt);
        return alloc && alloc->buffer.name == buffer;
    });
}

}  // namespace

FunctionPtr compacted(const Module& module, const FunctionPtr& function, const std::string& name)
{
    std::vector<Located> users;
    std::vector<StmtPtr> path;
    findUsers(function->loops()->body, name, path, users);
    if (users.empty())
        return function;
    const auto known = bufferOf(*function, name);
    Buffer buffer = *known;
    const std::vector<StmtPtr> common = commonLoops(users);
    const std::size_t depth = depthFor(module, *function, common, users, buffer);
    if (depth == 0)
        return function;
    const Loop& loop = *as<Loop>(common[depth - 1]);
    Region region = *touchedBelow(module, *function, loop, name, true, true);
    const Shape shape = canShrink(users) ? shrunkShape(buffer.type.shape, region) : buffer.type.shape;
    if (shape == buffer.type.shape && isAllocatedInside(loop, name))
        return function;
    Body body = function->loops()->body;
    if (shape != buffer.type.shape)
        for (const Located& user : users)
            body = replaceBlock(body, user.block()->name, [&](const Block&) { return Body{makeStmt(Shrink(user, region).run())}; });
    buffer.type.shape = shape;
    body = removeAlloc(body, name);
    body = replaceLoop(body, loop.name, [&](const Loop& old) {
        Loop copy = old;
        copy.body = withAlloc(old.body, buffer);
        return Body{makeStmt(std::move(copy))};
    });
    return withBody(*function, std::move(body));
}

}  // namespace strata::loops
