#include "core/ir/stmt.h"

#include <algorithm>

namespace strata {

namespace {

template<class T, class Same>
bool equalLists(const std::vector<T>& a, const std::vector<T>& b, Same same)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

bool equalExprs(const std::vector<ExprPtr>& a, const std::vector<ExprPtr>& b)
{
    return equalLists(a, b, [](const ExprPtr& x, const ExprPtr& y) { return equal(x, y); });
}

bool same(const Loop& a, const Loop& b)
{
    return a.name == b.name && a.kind == b.kind && a.axis == b.axis && a.annotations == b.annotations
           && equal(a.extent, b.extent) && equal(a.body, b.body);
}

bool same(const BlockIter& a, const BlockIter& b)
{
    return a.name == b.name && a.kind == b.kind && equal(a.extent, b.extent) && equal(a.binding, b.binding);
}

bool same(const std::optional<std::vector<Region>>& a, const std::optional<std::vector<Region>>& b)
{
    if (!a || !b)
        return !a && !b;
    return equalLists(*a, *b, [](const Region& x, const Region& y) {
        return x.buffer == y.buffer && equalExprs(x.begin, y.begin) && equalExprs(x.extent, y.extent);
    });
}

bool same(const Block& a, const Block& b)
{
    return a.name == b.name && a.annotations == b.annotations && equal(a.predicate, b.predicate)
           && same(a.reads, b.reads) && same(a.writes, b.writes) && equal(a.init, b.init) && equal(a.body, b.body)
           && equalLists(a.iters, b.iters, [](const BlockIter& x, const BlockIter& y) { return same(x, y); });
}

bool same(const Store& a, const Store& b)
{
    return a.buffer == b.buffer && equalExprs(a.indices, b.indices) && equal(a.value, b.value);
}

bool same(const Alloc& a, const Alloc& b) { return a.buffer == b.buffer; }

bool same(const IntrinsicCall& a, const IntrinsicCall& b)
{
    return a.intrinsic == b.intrinsic
           && equalLists(a.arguments, b.arguments,
                         [](const IntrinsicCall::Argument& x, const IntrinsicCall::Argument& y) {
                             return x.buffer == y.buffer && equalExprs(x.begin, y.begin);
                         });
}

// Calls `visit` on a mutable reference to each expression root of one statement; absent predicates are skipped.
template<class S, class Visit>
void visitRoots(S& stmt, const Visit& visit)
{
    const auto all = [&visit](auto& list) {
        for (auto& e : list)
            visit(e);
    };
    const auto regions = [&all](auto& list) {
        if (list)
            for (auto& region : *list) {
                all(region.begin);
                all(region.extent);
            }
    };
    if (auto* loop = std::get_if<Loop>(&stmt.node))
        visit(loop->extent);
    if (auto* block = std::get_if<Block>(&stmt.node)) {
        for (auto& iter : block->iters) {
            visit(iter.extent);
            visit(iter.binding);
        }
        if (block->predicate)
            visit(block->predicate);
        regions(block->reads);
        regions(block->writes);
    }
    if (auto* store = std::get_if<Store>(&stmt.node)) {
        all(store->indices);
        visit(store->value);
    }
    if (auto* call = std::get_if<IntrinsicCall>(&stmt.node))
        for (auto& argument : call->arguments)
            all(argument.begin);
}

// The statement over other children; itself if they are the same.
StmtPtr withChildren(const StmtPtr& stmt, const std::function<Body(const Body&)>& child)
{
    if (const Loop* loop = as<Loop>(stmt)) {
        Body body = child(loop->body);
        if (body == loop->body)
            return stmt;
        Loop copy = *loop;
        copy.body = std::move(body);
        return makeStmt(std::move(copy));
    }
    if (const Block* block = as<Block>(stmt)) {
        Body init = child(block->init), body = child(block->body);
        if (init == block->init && body == block->body)
            return stmt;
        Block copy = *block;
        copy.init = std::move(init);
        copy.body = std::move(body);
        return makeStmt(std::move(copy));
    }
    return stmt;
}

}  // namespace

bool equal(const StmtPtr& a, const StmtPtr& b)
{
    if (a == b)
        return true;
    if (!a || !b || a->node.index() != b->node.index())
        return false;
    return std::visit([&b](const auto& x) { return same(x, std::get<std::decay_t<decltype(x)>>(b->node)); }, a->node);
}

bool equal(const Body& a, const Body& b)
{
    return equalLists(a, b, [](const StmtPtr& x, const StmtPtr& y) { return equal(x, y); });
}

void walk(const Body& body, const std::function<void(const StmtPtr&)>& visit)
{
    for (const StmtPtr& stmt : body) {
        visit(stmt);
        if (const Loop* loop = as<Loop>(stmt))
            walk(loop->body, visit);
        if (const Block* block = as<Block>(stmt)) {
            walk(block->init, visit);
            walk(block->body, visit);
        }
    }
}

void walkExprs(const Body& body, const std::function<void(const ExprPtr&)>& visit)
{
    walk(body, [&visit](const StmtPtr& stmt) { visitRoots(*stmt, visit); });
}

Body transform(const Body& body, const std::function<std::optional<Body>(const StmtPtr&)>& rewrite)
{
    Body result;
    for (const StmtPtr& stmt : body) {
        const StmtPtr rebuilt = withChildren(stmt, [&rewrite](const Body& child) { return transform(child, rewrite); });
        if (std::optional<Body> replacement = rewrite(rebuilt))
            result.insert(result.end(), replacement->begin(), replacement->end());
        else
            result.push_back(rebuilt);
    }
    return result;
}

Body transformExprs(const Body& body, const std::function<ExprPtr(const ExprPtr&)>& rewrite)
{
    return transform(body, [&rewrite](const StmtPtr& stmt) -> std::optional<Body> {
        Stmt copy = *stmt;
        bool changed = false;
        visitRoots(copy, [&](ExprPtr& e) {
            ExprPtr rewritten = rewrite(e);
            changed = changed || rewritten != e;
            e = std::move(rewritten);
        });
        if (!changed)
            return std::nullopt;
        return Body{std::make_shared<const Stmt>(std::move(copy))};
    });
}

const char* name(LoopKind kind)
{
    switch (kind) {
    case LoopKind::Serial: return "serial";
    case LoopKind::Parallel: return "parallel";
    case LoopKind::Vectorized: return "vectorized";
    case LoopKind::Unrolled: return "unrolled";
    case LoopKind::Bound: return "bound";
    }
    return "serial";
}

const char* name(IterKind kind)
{
    switch (kind) {
    case IterKind::Spatial: return "spatial";
    case IterKind::Reduce: return "reduce";
    case IterKind::Ordered: return "ordered";
    }
    return "spatial";
}

}  // namespace strata
