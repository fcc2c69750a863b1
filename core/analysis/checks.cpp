// Checks of indices where they stand: one walk through a body that keeps the ranges and conditions around, and asks of
// each check whether they bound it. Where the range follows, the check can never fail; where it does not, it is
// whatever the data say.
#include "core/analysis/checks.h"

#include "core/text/text.h"

#include <algorithm>
#include <limits>

namespace strata {

namespace {

class Rewriter {
public:
    explicit Rewriter(const CheckRewrite& rewrite)
        : m_rewrite(rewrite)
    {
    }

    Body body(const Body& body);

private:
    StmtPtr statement(const StmtPtr& stmt);
    Block block(const Block& block);
    Loop loop(const Loop& loop);
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
    if (e->op == Op::Checked)
        if (const ExprPtr replaced = m_rewrite(*result, m_place))
            return replaced;
    return equal(result, e) ? e : result;
}

// What binds the iterators stands outside of them.
Block Rewriter::block(const Block& block)
{
    const CheckPlace outer = m_place;
    m_place.block = block.name;
    Block result = block;
    for (BlockIter& iter : result.iters)
        iter.binding = expr(iter.binding);
    if (block.predicate)
        result.predicate = expr(block.predicate);
    for (const auto& [name, range] : iterRanges(block))
        m_place.ranges[name] = range;
    result.init = body(block.init);
    result.body = body(block.body);
    m_place = outer;
    return result;
}

Loop Rewriter::loop(const Loop& loop)
{
    Loop changed = loop;
    changed.extent = expr(loop.extent);
    enter(m_place.ranges, loop.name, loop.extent);
    changed.body = body(loop.body);
    m_place.ranges.erase(loop.name);
    return changed;
}

StmtPtr Rewriter::statement(const StmtPtr& stmt)
{
    if (const Store* store = as<Store>(stmt))
        return makeStmt(Store{store->buffer, exprs(store->indices), expr(store->value)});
    if (const Block* inner = as<Block>(stmt))
        return makeStmt(block(*inner));
    if (const Loop* inner = as<Loop>(stmt))
        return makeStmt(loop(*inner));
    if (const IntrinsicCall* call = as<IntrinsicCall>(stmt)) {
        IntrinsicCall changed = *call;
        for (IntrinsicCall::Argument& argument : changed.arguments)
            argument.begin = exprs(argument.begin);
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

using Bounds = std::pair<std::int64_t, std::int64_t>;
constexpr Bounds anything{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
constexpr std::int64_t largest = std::int64_t(1) << 61;

bool isData(const Expr& e) { return e.type == DType::I64 && (e.op == Op::Load || e.op == Op::Cast); }

Bounds rangeOfType(const Expr& e)
{
    const DType type = e.op == Op::Cast ? e.args[0]->type : e.type;
    if (!isInteger(type) || byteSize(type) == 8)
        return anything;
    const int bits = bitSize(type) - (isSigned(type) ? 1 : 0);
    const std::int64_t high = (std::int64_t(1) << bits) - 1;
    return {isSigned(type) ? -high - 1 : 0, high};
}

// What the condition, or its contrary, says of the value.
void narrow(Bounds& value, const ExprPtr& data, const ExprPtr& condition, bool holds, const Ranges& ranges)
{
    if (condition->op == Op::Not)
        return narrow(value, data, condition->args[0], !holds, ranges);
    if (condition->op == (holds ? Op::And : Op::Or)) {
        for (const ExprPtr& part : condition->args)
            narrow(value, data, part, holds, ranges);
        return;
    }
    const bool equality = condition->op == (holds ? Op::Eq : Op::Ne);
    if (!equality && condition->op != Op::Lt && condition->op != Op::Le)
        return;
    for (const std::size_t side : {0, 1}) {
        const auto other = bounds(condition->args[1 - side], ranges);
        if (!other || !equal(condition->args[side], data))
            continue;
        const bool below = (side == 0) == holds;  // data < other, or not other < data
        const std::int64_t strict = (condition->op == Op::Lt) == holds ? 1 : 0;
        if (equality || below)
            value.second = std::min(value.second, other->second - (equality ? 0 : strict));
        if (equality || !below)
            value.first = std::max(value.first, other->first + (equality ? 0 : strict));
    }
}

// Data whose range is known become variables of that range.
ExprPtr named(const ExprPtr& e, const CheckPlace& place, Ranges& ranges)
{
    if (!isData(*e)) {
        Expr copy = *e;
        for (ExprPtr& arg : copy.args)
            arg = named(arg, place, ranges);
        return std::make_shared<const Expr>(std::move(copy));
    }
    Bounds value = rangeOfType(*e);
    for (const ExprPtr& condition : place.conditions)
        narrow(value, e, condition, true, place.ranges);
    if (value.first > value.second || value.first < -largest || value.second > largest)
        return e;
    const std::string name = "#" + std::to_string(ranges.size());  // no name of a program
    ranges[name] = {value.first, value.second - value.first + 1};
    return var(name);
}

bool within(const ExprPtr& index, const ExprPtr& extent, const CheckPlace& place)
{
    if (index->op == Op::Select) {
        CheckPlace yes = place, no = place;
        yes.conditions.push_back(index->args[0]);
        no.conditions.push_back(unary(Op::Not, index->args[0]));
        return within(index->args[1], extent, yes) && within(index->args[2], extent, no);
    }
    Ranges ranges = place.ranges;
    const auto value = bounds(named(index, place, ranges), ranges), size = bounds(extent, place.ranges);
    return value && size && value->first >= 0 && value->second < size->first;
}

}  // namespace

Body rewriteChecks(const Body& body, const CheckRewrite& rewrite) { return Rewriter(rewrite).body(body); }

bool isProved(const Expr& check, const CheckPlace& place) { return within(check.args[0], check.args[1], place); }

std::vector<UnprovedIndex> trustedOnWord(const Function& function)
{
    std::vector<UnprovedIndex> found;
    if (const LoopsBody* loops = function.loops())
        rewriteChecks(loops->body, [&](const Expr& check, const CheckPlace& place) -> ExprPtr {
            if (check.i != 0 && !isProved(check, place))
                found.push_back({function.name, place.block, check.args[0], check.args[1]});
            return nullptr;
        });
    return found;
}

std::vector<UnprovedIndex> trustedOnWord(const Module& module)
{
    std::vector<UnprovedIndex> found;
    for (const FunctionPtr& function : module.functions)
        for (UnprovedIndex& one : trustedOnWord(*function))
            found.push_back(std::move(one));
    return found;
}

std::string sentence(const UnprovedIndex& found)
{
    const std::string where = found.block.empty() ? "Function " + found.function
                                                  : "Block " + found.block + " of function " + found.function;
    return where + " trusts the index " + print(found.index) + " to be in 0 .. " + print(found.extent - 1)
           + ", and nothing bounds it: unsafe. Write checked(...) to have it compared.";
}

}  // namespace strata
