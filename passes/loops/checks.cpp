// Checks of indices where they stand: one walk through a block that keeps the ranges and conditions around, and
// rewrites each check as the step says.
#include "passes/loops/checks.h"

namespace strata::loops {

namespace {

class Rewriter {
public:
    explicit Rewriter(const CheckRewrite& rewrite)
        : m_rewrite(rewrite)
    {
    }

    Block block(const Block& block)
    {
        const Ranges outer = m_place.ranges;
        for (const auto& [name, range] : iterRanges(block))
            m_place.ranges[name] = range;
        Block result = block;
        result.init = body(block.init);
        result.body = body(block.body);
        m_place.ranges = outer;
        return result;
    }

private:
    Body body(const Body& body);
    StmtPtr statement(const StmtPtr& stmt);
    ExprPtr expr(const ExprPtr& e);
    std::vector<ExprPtr> exprs(const std::vector<ExprPtr>& list);
    ExprPtr selection(const ExprPtr& e);

    const CheckRewrite& m_rewrite;
    CheckPlace m_place;
};

std::vector<ExprPtr> Rewriter::exprs(const std::vector<ExprPtr>& list)
{
    std::vector<ExprPtr> result;
    for (const ExprPtr& e : list)
        result.push_back(expr(e));
    return result;
}

ExprPtr Rewriter::selection(const ExprPtr& e)
{
    const ExprPtr condition = expr(e->args[0]);
    ExprPtr sides[2];
    for (const int side : {0, 1}) {
        m_place.conditions.push_back(side == 0 ? e->args[0] : unary(Op::Not, e->args[0]));
        sides[side] = expr(e->args[std::size_t(side) + 1]);
        m_place.conditions.pop_back();
    }
    return select(condition, sides[0], sides[1]);
}

ExprPtr Rewriter::expr(const ExprPtr& e)
{
    if (e->args.empty())
        return e;
    ExprPtr result = e;
    if (e->op == Op::Select) {
        result = selection(e);
    } else {
        Expr copy = *e;
        copy.args = exprs(e->args);
        result = std::make_shared<const Expr>(std::move(copy));
    }
    if (e->op == Op::Checked && !e->i)
        if (const ExprPtr replaced = m_rewrite(*result, m_place))
            return replaced;
    return equal(result, e) ? e : result;
}

StmtPtr Rewriter::statement(const StmtPtr& stmt)
{
    if (const Store* store = as<Store>(stmt))
        return makeStmt(Store{store->buffer, exprs(store->indices), expr(store->value)});
    if (const Block* inner = as<Block>(stmt))
        return makeStmt(block(*inner));
    if (const Loop* loop = as<Loop>(stmt)) {
        Loop changed = *loop;
        if (const Linear extent = linear(loop->extent); extent.isConstant())
            m_place.ranges[loop->name] = {0, extent.constant};
        changed.body = body(loop->body);
        m_place.ranges.erase(loop->name);
        return makeStmt(std::move(changed));
    }
    return stmt;
}

Body Rewriter::body(const Body& body)
{
    Body result;
    for (const StmtPtr& stmt : body)
        result.push_back(statement(stmt));
    return result;
}

}  // namespace

Block rewriteChecks(const Block& block, const CheckRewrite& rewrite) { return Rewriter(rewrite).block(block); }

std::vector<Parameter> checkParameters()
{
    return {functionParameter(), parameter("block", ParameterKind::Block, "A block that is indexed by data.")};
}

Result<Change> applyToChecks(const Module& module, const Arguments& arguments, const CheckRewrite& rewrite)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Located found, blockOf(*function, arguments.text("block")));
    bool any = false;
    const Block changed = rewriteChecks(*found.block(), [&](const Expr& check, const CheckPlace& place) {
        any = true;
        return rewrite(check, place);
    });
    if (!any)
        return refused("Block " + changed.name + " checks no index.", {blockCursor(*function, changed.name)});
    return changeOf(withBody(*function, replaceBlock(function->loops()->body, changed.name,
                                                     [&](const Block&) { return Body{makeStmt(changed)}; })));
}

}  // namespace strata::loops
