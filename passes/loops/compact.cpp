// Buffers as small as what is live in one iteration of the loops around their use: shrinking, and moving the allocation
// in.
//
//     a = alloc f32[64, 64]; for i0: (write and read a[i0 * 4 + i1, j])   ->   for i0: a = alloc f32[4, 64]; (a[i1, j])
//
// Right if one iteration reads only what it wrote itself: what it reads lies in the box that it writes, its first use
// is a write, and no update carries values from one iteration to the next. Each access is then moved by the beginning
// of the box. Blocks see their own iterators only, so an index that no iterator says any more gets an iterator of its
// own; terms over reduction loops get another than the others, since the init part runs where reduce iterators are 0.
// TVM: CompactBufferAllocation.
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
        findUsers(children(stmt), buffer, path, users);
        path.pop_back();
    }
}

std::vector<StmtPtr> commonLoops(const std::vector<Located>& users)
{
    std::vector<StmtPtr> common = users.front().ancestors;
    for (const Located& user : users) {
        const auto [end, other] = std::mismatch(common.begin(), common.end(), user.ancestors.begin(),
                                                user.ancestors.end());
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
    const bool writes = std::any_of(all.begin(), all.end(),
                                    [&](const Access& a) { return a.buffer == buffer && a.write; });
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

// What one iteration reads it also wrote.
bool isFresh(const Module& module, const Function& function, const Loop& loop, const std::vector<Located>& users,
             const std::string& buffer)
{
    if (std::any_of(users.begin(), users.end(), [&](const Located& user) { return carries(user, buffer, loop); })
        || readsFirst(users.front(), buffer))
        return false;
    const auto reads = touchedBelow(module, function, loop, buffer, true, false),
               writes = touchedBelow(module, function, loop, buffer, false, true);
    return writes && (!reads || contains(*writes, *reads));
}

// Rewrites the accesses to a buffer that begins elsewhere now. Blocks speak of their iterators only, so a block whose
// index is no longer what one of its iterators says gets an iterator for the place inside the box.
class Shrink {
public:
    explicit Shrink(const Region& region)
        : m_region(region)
        , m_buffer(region.buffer)
    {
    }

    // nullptr if an index needs variables that its block does not see.
    StmtPtr run(const Located& user)
    {
        m_ranges = rangesAround(user.ancestors);
        for (const StmtPtr& stmt : user.ancestors)
            if (const Loop* loop = as<Loop>(stmt))
                m_visible.insert(loop->name);
        const StmtPtr result = rewrite(user.stmt);
        return m_failed ? nullptr : result;
    }

private:
    StmtPtr rewrite(const StmtPtr& stmt);
    StmtPtr rewrite(const Block& block);
    Body rewrite(const Body& body)
    {
        Body result;
        for (const StmtPtr& stmt : body)
            result.push_back(rewrite(stmt));
        return result;
    }
    ExprPtr rewrite(const ExprPtr& e)
    {
        return transform(e, [this](const ExprPtr& node) -> ExprPtr {
            return node->op == Op::Load && node->name == m_buffer ? load(m_buffer, node->type, moved(node->args))
                                                                  : nullptr;
        });
    }
    std::vector<ExprPtr> moved(std::vector<ExprPtr> indices)
    {
        for (std::size_t d = 0; d < indices.size(); ++d)
            indices[d] = movedIndex(indices[d], m_region.begin[d]);
        return indices;
    }
    ExprPtr movedIndex(const ExprPtr& index, const ExprPtr& begin);
    std::pair<Linear, Linear> partsOf(const Linear& form) const;
    ExprPtr partIndex(const Linear& part, IterKind kind, const ExprPtr& index);
    std::string iterFor(const ExprPtr& binding, std::int64_t extent, IterKind kind, const ExprPtr& index);

    const Region& m_region;
    std::string m_buffer;
    Ranges m_ranges;
    std::set<std::string> m_visible;       // loops that a binding of the block at hand may speak of
    std::vector<Substitution> m_bindings;  // iterators over all loops
    Block* m_block = nullptr;              // the copy that gets new iterators
    bool m_failed = false;
};

StmtPtr Shrink::rewrite(const StmtPtr& stmt)
{
    if (const Block* block = as<Block>(stmt))
        return rewrite(*block);
    if (const Loop* loop = as<Loop>(stmt)) {
        Loop copy = *loop;
        m_visible.insert(loop->name);
        enter(m_ranges, loop->name, loop->extent);
        copy.body = rewrite(loop->body);
        m_visible.erase(loop->name);
        return makeStmt(std::move(copy));
    }
    if (const Store* store = as<Store>(stmt)) {
        Store copy{store->buffer, {}, rewrite(store->value)};
        for (const ExprPtr& index : store->indices)
            copy.indices.push_back(rewrite(index));
        if (copy.buffer == m_buffer)
            copy.indices = moved(copy.indices);
        return makeStmt(std::move(copy));
    }
    if (const IntrinsicCall* call = as<IntrinsicCall>(stmt)) {
        IntrinsicCall copy = *call;
        for (IntrinsicCall::Argument& argument : copy.arguments)
            if (argument.buffer == m_buffer)
                argument.begin = moved(argument.begin);
        return makeStmt(std::move(copy));
    }
    return stmt;
}

StmtPtr Shrink::rewrite(const Block& block)
{
    Block copy = block;
    const std::vector<Substitution> bindings = m_bindings;
    for (const BlockIter& iter : block.iters)
        m_bindings.push_back({iter.name, substitute(iter.binding, bindings)});
    Block* outer = std::exchange(m_block, &copy);
    const std::set<std::string> visible = m_visible;
    const bool nests = !blocksInside(block).empty();
    if (nests)
        m_visible.clear();  // what is inside sees the loops inside only
    copy.init = rewrite(block.init);
    copy.body = rewrite(block.body);
    m_visible = visible;
    m_block = outer;
    m_bindings = bindings;
    return makeStmt(std::move(copy));
}

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
    if (range && range->first == range->second)
        return intConst(range->first + constant);
    for (const std::string& name : freeVariables(binding))
        m_failed = m_failed || !m_visible.count(name);
    m_failed = m_failed || !range || !m_block;
    if (m_failed)
        return index;
    const auto [spatial, reduce] = partsOf(linear(binding, m_ranges));
    return partIndex(spatial, IterKind::Spatial, index) + partIndex(reduce, IterKind::Reduce, index) + constant;
}

// The terms over loops of the reduction apart from the others: an iterator that mixed them would not be 0 where the
// reduction starts.
std::pair<Linear, Linear> Shrink::partsOf(const Linear& form) const
{
    std::set<std::string> reduceLoops;
    for (const BlockIter& iter : m_block->iters)
        if (iter.kind == IterKind::Reduce)
            for (const std::string& loop : freeVariables(iter.binding))
                reduceLoops.insert(loop);
    Linear spatial{{}, form.constant}, reduce;
    for (const Linear::Term& term : form.terms)
        (mentions(term.atom, reduceLoops) ? reduce : spatial).terms.push_back(term);
    return {spatial, reduce};
}

ExprPtr Shrink::partIndex(const Linear& part, IterKind kind, const ExprPtr& index)
{
    if (part.isConstant())
        return intConst(part.constant);
    const auto range = bounds(part.expr(), m_ranges);
    if (!range) {  // it runs to a size
        m_failed = true;
        return index;
    }
    const ExprPtr binding = simplify(part.expr() - range->first, m_ranges);
    return var(iterFor(binding, range->second - range->first + 1, kind, index)) + range->first;
}

std::string Shrink::iterFor(const ExprPtr& binding, std::int64_t extent, IterKind kind, const ExprPtr& index)
{
    for (const BlockIter& iter : m_block->iters)
        if (difference(iter.binding, binding, m_ranges) == 0 && isConst(simplify(iter.extent, {}), extent))
            return iter.name;
    std::vector<std::string> used;  // the iterators of this kind give the name
    for (const std::string& name : freeVariables(index))
        for (const BlockIter& iter : m_block->iters)
            if (iter.name == name && iter.kind == kind)
                used.push_back(name);
    const std::string base = used.empty()
                                 ? "t"
                                 : "t" + (used[0].size() > 1 && used[0][0] == 'v' ? used[0].substr(1) : used[0]);
    const std::string name = freshName(base, [this](const std::string& candidate) {
        const auto same = [&](const auto& known) { return known.name == candidate; };
        return m_ranges.count(candidate) != 0 || std::any_of(m_block->iters.begin(), m_block->iters.end(), same)
               || std::any_of(m_bindings.begin(), m_bindings.end(), same);
    });
    m_block->iters.push_back({name, kind, intConst(extent), binding});
    return name;
}

Shape shrunkShape(const Shape& shape, Region& region)
{
    Shape result = shape;
    for (std::size_t d = 0; d < shape.size(); ++d) {
        const auto extent = number(region.extent[d]);  // a tile of a size has its own extent, whatever the size is
        if (extent && (!shape[d].isConstant() || *extent < shape[d].constant()))
            result[d] = Dim(*extent);
        else
            region.begin[d] = intConst(0);
    }
    return result;
}

Body withAlloc(Body body, const Buffer& buffer)
{
    const auto head = std::find_if(body.begin(), body.end(), [](const StmtPtr& stmt) { return !as<Alloc>(stmt); });
    body.insert(head, makeStmt(Alloc{buffer}));
    return body;
}

// Index 1 + of the innermost common loop that may hold the allocation; 0: none.
std::size_t depthFor(const Module& module, const Function& function, const std::vector<StmtPtr>& common,
                     const std::vector<Located>& users, const Buffer& buffer)
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
    const Shape shape = shrunkShape(buffer.type.shape, region);
    if (shape == buffer.type.shape && isAllocatedInside(loop, name))
        return function;
    Body body = function->loops()->body;
    if (shape != buffer.type.shape)
        for (const Located& user : users) {
            const StmtPtr moved = user.block() ? Shrink(region).run(user) : nullptr;
            if (!moved)
                return function;
            body = replaceBlock(body, user.block()->name, [&](const Block&) { return Body{moved}; });
        }
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
