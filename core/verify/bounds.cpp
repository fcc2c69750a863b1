// Indices stay in bounds and bindings in their domains.
#include "core/verify/parts.h"

#include "core/text/text.h"

#include <algorithm>

namespace strata {

namespace {

// False if a part of the condition has no linear form.
bool addGuards(const ExprPtr& e, bool holds, const Ranges& ranges, std::vector<Linear>& list)
{
    if (isConst(e) && (e->i != 0) == holds)
        return true;
    if (e->op == Op::Not)
        return addGuards(e->args[0], !holds, ranges, list);
    if (e->op == (holds ? Op::And : Op::Or) && e->type == DType::Bool) {
        const bool first = addGuards(e->args[0], holds, ranges, list);
        return addGuards(e->args[1], holds, ranges, list) && first;
    }
    if (e->args.size() != 2 || e->args[0]->type != DType::I64)
        return false;
    const Linear a = linear(e->args[0], ranges), b = linear(e->args[1], ranges), one{{}, 1};
    const Linear forward = add(b, a, -1), backward = add(a, b, -1);
    if (e->op == Op::Lt)
        list.push_back(holds ? add(forward, one, -1) : backward);
    else if (e->op == Op::Le)
        list.push_back(holds ? forward : add(backward, one, -1));
    else if ((e->op == Op::Eq && holds) || (e->op == Op::Ne && !holds))
        list.insert(list.end(), {forward, backward});
    else
        return false;
    return true;
}

bool atLeastZero(const Linear& a, const Ranges& ranges)
{
    const auto range = bounds(a.expr(), ranges);
    return range && range->first >= 0;
}

bool holdsData(const ExprPtr& e)
{
    bool found = false;
    walk(e, [&](const Expr& node) { found = found || node.op == Op::Load || node.op == Op::Cast; });
    return found;
}

// e < 0 somewhere? By isl; what is not affine or fails counts as no.
bool negativeSomewhere(const ExprPtr& e, const std::vector<ExprPtr>& conditions, const Ranges& ranges)
{
    const IslContext context(1'000'000);
    std::map<std::string, std::string> names;
    std::string domain;
    for (const auto& [name, range] : ranges) {
        const std::string x = "x" + std::to_string(names.size());
        domain += " and " + std::to_string(range.begin) + " <= " + x + " < "
                  + std::to_string(range.begin + range.extent);
        names[name] = x;
    }
    const auto text = toIsl(e, names);
    if (!text)
        return false;
    for (const ExprPtr& condition : conditions)
        if (const auto guard = toIsl(condition, names))
            domain += " and (" + *guard + ")";
    const Relation bad(context, "{ " + tuple("x", names.size()) + " -> [] : " + *text + " < 0" + domain + " }");
    return bad.sample().has_value();
}

class BoundsVerifier {
public:
    BoundsVerifier(const Function& function, const SiteTable& program, Findings& findings)
        : m_function(function)
        , m_program(program)
        , m_findings(findings)
    {
    }

    void run()
    {
        for (const Site& site : m_program.sites)
            for (const Access& access : site.accesses)
                checkAccess(site, access);
        visit(m_function.loops()->body, {}, {});
    }

private:
    void checkAccess(const Site& site, const Access& access);
    void visit(const Body& body, Ranges ranges, const std::vector<ExprPtr>& conditions);
    void checkBlock(const Block& block, const Ranges& ranges, const std::vector<ExprPtr>& conditions);
    void checkRange(const ExprPtr& e, std::int64_t size, const std::vector<ExprPtr>& conditions, const Ranges& ranges,
                    const std::string& what, const Cursor& where);

    const Function& m_function;
    const SiteTable& m_program;
    Findings& m_findings;
};

void BoundsVerifier::checkRange(const ExprPtr& e, std::int64_t size, const std::vector<ExprPtr>& conditions,
                                const Ranges& ranges, const std::string& what, const Cursor& where)
{
    const bool low = neverNegative(e, conditions, ranges),
               high = neverNegative(intConst(size - 1) - e, conditions, ranges);
    if (low && high)
        return;
    const auto range = bounds(e, ranges);
    std::string reach = !low ? " can be negative" : " can reach beyond " + std::to_string(size - 1);
    if (range)
        reach = " reaches " + std::to_string(low ? range->second : range->first) + ", outside of 0.."
                + std::to_string(size - 1);
    m_findings.push_back(refused(what + ", " + print(e) + "," + reach + ".", {where}));
}

void BoundsVerifier::checkAccess(const Site& site, const Access& access)
{
    const auto shape = m_program.shapes.find(access.buffer);
    Ranges ranges = access.inner;
    std::vector<ExprPtr> conditions = access.conditions;
    if (site.block) {
        const Ranges iters = iterRanges(*site.block);
        ranges.insert(iters.begin(), iters.end());
    } else {
        for (const Loop* loop : site.loops)
            ranges[loop->name] = {0, linear(loop->extent).constant};
    }
    if (std::any_of(ranges.begin(), ranges.end(), [](const auto& range) { return range.second.extent < 1; }))
        return;  // runs never
    const Cursor where = site.block ? Cursor{m_function.name, NodeKind::Block, site.block->name}
                                    : functionCursor(m_function.name);
    for (std::size_t d = 0; d < access.begin.size() && d < shape->second.size(); ++d)
        if (shape->second[d].isConstant())
            checkRange(access.begin[d], shape->second[d].constant() - access.extent[d] + 1, conditions, ranges,
                       "Index " + std::to_string(d + 1) + " of " + access.buffer + " in "
                           + (site.block ? "block " + site.block->name : site.name),
                       where);
}

void BoundsVerifier::checkBlock(const Block& block, const Ranges& ranges, const std::vector<ExprPtr>& conditions)
{
    for (const BlockIter& iter : block.iters)
        if (const Linear extent = linear(iter.extent); extent.isConstant())
            checkRange(iter.binding, extent.constant, conditions, ranges,
                       "Iterator " + iter.name + " of block " + block.name,
                       {m_function.name, NodeKind::Block, block.name});
}

void BoundsVerifier::visit(const Body& body, Ranges ranges, const std::vector<ExprPtr>& conditions)
{
    for (const StmtPtr& stmt : body)
        if (const Loop* loop = as<Loop>(stmt)) {
            const Linear extent = linear(loop->extent);
            if (extent.isConstant() && extent.constant > 0) {
                Ranges inner = ranges;
                inner[loop->name] = {0, extent.constant};
                visit(loop->body, std::move(inner), conditions);
            }
        } else if (const Block* block = as<Block>(stmt)) {
            std::vector<ExprPtr> mine = conditions;
            if (block->predicate)
                mine.push_back(block->predicate);
            checkBlock(*block, ranges, mine);
            visit(block->init, iterRanges(*block), {});
            visit(block->body, iterRanges(*block), {});
        }
}

}  // namespace

std::vector<Linear> guards(const std::vector<ExprPtr>& conditions, const Ranges& ranges)
{
    std::vector<Linear> list;
    for (const ExprPtr& condition : conditions)
        addGuards(condition, true, ranges, list);
    return list;
}

std::optional<std::vector<Linear>> exactGuards(const std::vector<ExprPtr>& conditions, const Ranges& ranges)
{
    std::vector<Linear> list;
    for (const ExprPtr& condition : conditions)
        if (!addGuards(condition, true, ranges, list))
            return std::nullopt;
    return list;
}

bool neverNegative(const ExprPtr& e, const std::vector<ExprPtr>& conditions, const Ranges& ranges)
{
    const Linear value = linear(e, ranges);
    if (atLeastZero(value, ranges) || holdsData(e))
        return true;
    if (!conditions.empty())
        for (const Linear& guard : guards(conditions, ranges))
            if (atLeastZero(add(value, guard, -1), ranges))
                return true;
    return !negativeSomewhere(e, conditions, ranges);
}

void verifyBounds(const Function& function, const SiteTable& program, Findings& findings)
{
    BoundsVerifier(function, program, findings).run();
}

}  // namespace strata
