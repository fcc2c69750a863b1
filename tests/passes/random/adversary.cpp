#include "tests/passes/random/adversary.h"

#include "core/analysis/sites.h"
#include "passes/loops/rewrite.h"

namespace strata {

namespace {

bool holdsBound(const StmtPtr& stmt)
{
    bool found = false;
    walk({stmt}, [&](const StmtPtr& inner) {
        const Loop* loop = as<Loop>(inner);
        found = found || (loop && loop->kind == LoopKind::Bound);
    });
    return found;
}

class Kernel {
public:
    Kernel(const StmtPtr& kernel, const std::set<std::string>& global, bool backwards)
        : m_kernel(kernel)
        , m_global(global)
        , m_grid(gridOf(kernel))
        , m_backwards(backwards)
    {
    }
    Body run()
    {
        for (const Loop* axis : m_grid)
            m_ranges["block_" + axis->axis] = {0, extentOf(*axis)};
        Body body = rewrite({m_kernel}, {});
        for (const Loop* axis : m_grid) {
            Loop blocks;
            blocks.name = "block_" + axis->axis;
            blocks.extent = axis->extent;
            blocks.body = std::move(body);
            body = {makeStmt(std::move(blocks))};
        }
        return body;
    }

private:
    static std::int64_t extentOf(const Loop& loop) { return linear(loop.extent).constant; }
    ExprPtr blockOf(const Loop& axis) const
    {
        const ExprPtr number = var("block_" + axis.axis);
        return m_backwards ? intConst(extentOf(axis) - 1) - number : number;
    }
    bool isGrid(const Loop& loop) const { return isBlockLoop(loop) && extentOf(loop) > 1; }
    bool writesGlobal(const StmtPtr& stmt) const
    {
        bool found = false;
        walk({stmt}, [&](const StmtPtr& inner) {
            const Store* store = as<Store>(inner);
            found = found || (store && m_global.count(store->buffer));
        });
        return found;
    }
    Body rewrite(const Body& body, const std::set<std::string>& axes) const;
    Body rewrite(const StmtPtr& stmt, const std::set<std::string>& axes) const;
    Body rewrite(const Loop& loop, const std::set<std::string>& axes) const;
    Body byFirstBlocks(const StmtPtr& unit, const std::set<std::string>& axes) const;

    StmtPtr m_kernel;
    const std::set<std::string>& m_global;
    std::vector<const Loop*> m_grid;
    bool m_backwards;
    Ranges m_ranges;
};

Body Kernel::byFirstBlocks(const StmtPtr& unit, const std::set<std::string>& axes) const
{
    Body body{unit};
    for (const Loop* axis : m_grid)
        if (!axes.count(axis->axis) && writesGlobal(unit))
            body = loops::guard(body, binary(Op::Eq, blockOf(*axis), intConst(0)));
    return body;
}

Body Kernel::rewrite(const Loop& loop, const std::set<std::string>& axes) const
{
    std::set<std::string> inner = axes;
    if (isGrid(loop)) {
        inner.insert(loop.axis);
        return rewrite(loops::rebind(loop.body, {{loop.name, blockOf(loop)}}, m_ranges), inner);
    }
    Loop copy = loop;
    if (isUnordered(loop) && extentOf(loop) > 1)
        copy.body = loops::rebind(loop.body, {{loop.name, intConst(extentOf(loop) - 1) - var(loop.name)}},
                                  {{loop.name, {0, extentOf(loop)}}});
    copy.kind = LoopKind::Serial;
    copy.axis.clear();
    copy.body = rewrite(copy.body, inner);
    return {makeStmt(std::move(copy))};
}

Body Kernel::rewrite(const StmtPtr& stmt, const std::set<std::string>& axes) const
{
    if (const Loop* loop = as<Loop>(stmt))
        return rewrite(*loop, axes);
    const Block* block = as<Block>(stmt);
    if (!block)
        return {stmt};
    Block copy = *block;
    copy.init = rewrite(block->init, axes);
    copy.body = rewrite(block->body, axes);
    return {makeStmt(std::move(copy))};
}

Body Kernel::rewrite(const Body& body, const std::set<std::string>& axes) const
{
    Body result;
    for (const StmtPtr& stmt : body) {
        Body parts{stmt};
        const bool unit = !m_grid.empty() && !holdsBound(stmt);
        if (unit)
            parts = byFirstBlocks(stmt, axes);
        std::set<std::string> all = axes;
        for (const Loop* axis : m_grid)
            if (unit)
                all.insert(axis->axis);  // what is inside is decided
        for (const StmtPtr& part : parts) {
            const Body rewritten = rewrite(part, all);
            result.insert(result.end(), rewritten.begin(), rewritten.end());
        }
    }
    return result;
}

}  // namespace

FunctionPtr adversary(const Function& function, bool backwards)
{
    if (!function.loops())
        return nullptr;
    bool concurrent = false;
    walk(function.loops()->body,
         [&](const StmtPtr& stmt) { concurrent = concurrent || (as<Loop>(stmt) && isUnordered(*as<Loop>(stmt))); });
    if (!concurrent)
        return nullptr;
    const std::set<std::string> global = globalBuffers(function);
    Function copy = function;
    Body body;
    for (const StmtPtr& stmt : function.loops()->body) {
        const Body kernel = as<Alloc>(stmt) ? Body{stmt} : Kernel(stmt, global, backwards).run();
        body.insert(body.end(), kernel.begin(), kernel.end());
    }
    copy.body = LoopsBody{std::move(body)};
    return std::make_shared<const Function>(std::move(copy));
}

}  // namespace strata
