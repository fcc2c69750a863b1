// A fused loop as the nest that it was: to isl a quotient or remainder is one more existential variable, a plain loop
// is none.
//
//     for f in range(32): a[f // 8, f % 8]   ->   for f'0 in range(4): for f'1 in range(8): a[f'0, f'1]
//
// The divisors in use are the weights of a mixed-radix number; if each divides the next and the last one the extent,
// every value of f has exactly one set of digits and the digits in order of weight count as f does, so iterations and
// order are the same. Anything else stays as it is. Loops around statements without a block stay, too: their instances
// are named by the loops.
#include "core/analysis/unfuse.h"

#include "core/index/simplify.h"

#include <algorithm>

namespace strata {

namespace {

std::int64_t divisorOf(const ExprPtr& e) { return isConst(e->args[1]) && e->args[1]->i > 0 ? e->args[1]->i : 0; }

// Where the digits of the variables meet: weights besides 1, by variable.
using Cuts = std::map<std::string, std::set<std::int64_t>>;

void addCuts(Cuts& cuts, const Expr& e)
{
    if ((e.op != Op::FloorDiv && e.op != Op::FloorMod) || !isConst(e.args[1]) || e.args[1]->i <= 0)
        return;
    const ExprPtr& value = e.args[0];
    if (value->op == Op::Var)
        cuts[value->name].insert(e.args[1]->i);
    else if (e.op == Op::FloorMod && value->op == Op::FloorDiv && value->args[0]->op == Op::Var && divisorOf(value) > 0)
        cuts[value->args[0]->name].insert(divisorOf(value) * e.args[1]->i);
}

Cuts cutsOf(const Body& body)
{
    Cuts cuts;
    walkExprs(body, [&](const ExprPtr& root) { walk(root, [&](const Expr& e) { addCuts(cuts, e); }); });
    return cuts;
}

bool holdsBareStatement(const Body& body)
{
    return std::any_of(body.begin(), body.end(), [](const StmtPtr& stmt) {
        const Loop* loop = as<Loop>(stmt);
        return loop ? holdsBareStatement(loop->body) : as<Store>(stmt) || as<IntrinsicCall>(stmt);
    });
}

// Weights of the digits, largest first, if each divides the next and the last one the extent; else empty.
std::vector<std::int64_t> weightsOf(std::set<std::int64_t> cuts, std::int64_t extent)
{
    std::erase_if(cuts, [&](std::int64_t cut) { return cut >= extent; });
    if (cuts.empty() || *cuts.begin() <= 1)
        return {};
    std::vector<std::int64_t> weights(cuts.rbegin(), cuts.rend());
    weights.push_back(1);
    std::int64_t above = extent;
    for (std::int64_t weight : weights) {
        if (above % weight != 0)
            return {};
        above = weight;
    }
    return weights;
}

// The digits of all loops, their ranges and what stands for the old variables.
struct Plan {
    std::map<std::string, std::vector<Loop>> loops;
    std::vector<Substitution> values;
    std::set<std::string> variables;
    Ranges ranges;

    void add(const Loop& loop, std::int64_t extent, const std::vector<std::int64_t>& weights)
    {
        ExprPtr value = intConst(0);
        std::int64_t above = extent;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            Loop digit = loop;
            digit.name = loop.name + "'" + std::to_string(i);
            digit.extent = intConst(above / weights[i]);
            ranges[digit.name] = {0, above / weights[i]};
            value = value + var(digit.name) * weights[i];
            above = weights[i];
            loops[loop.name].push_back(std::move(digit));
        }
        values.push_back({loop.name, value});
        variables.insert(loop.name);
    }
};

Plan planOf(const Body& body)
{
    Plan plan;
    Cuts cuts = cutsOf(body);
    walk(body, [&](const StmtPtr& stmt) {
        if (const Block* block = as<Block>(stmt))
            for (const BlockIter& iter : block->iters)
                cuts.erase(iter.name);  // an iterator of that name is not the loop
    });
    if (cuts.empty())
        return plan;
    walk(body, [&](const StmtPtr& stmt) {
        const Loop* loop = as<Loop>(stmt);
        const auto extent = loop ? number(loop->extent) : std::nullopt;
        if (!extent)
            return;
        plan.ranges[loop->name] = {0, *extent};
        const auto found = cuts.find(loop->name);
        if (found == cuts.end() || holdsBareStatement(loop->body))
            return;
        if (const auto weights = weightsOf(found->second, *extent); !weights.empty())
            plan.add(*loop, *extent, weights);
    });
    return plan;
}

}  // namespace

Unfused unfuse(const Body& body)
{
    const Plan plan = planOf(body);
    if (plan.loops.empty())
        return {body, {}};
    const auto replaced = [&](const ExprPtr& e) {
        const auto names = freeVariables(e);
        const bool used = std::any_of(names.begin(), names.end(),
                                      [&](const std::string& name) { return plan.variables.count(name); });
        return used ? simplify(substitute(e, plan.values), plan.ranges) : e;
    };
    Unfused result;
    result.body = transform(transformExprs(body, replaced), [&](const StmtPtr& stmt) -> std::optional<Body> {
        const Loop* loop = as<Loop>(stmt);
        const auto digits = loop ? plan.loops.find(loop->name) : plan.loops.end();
        if (digits == plan.loops.end())
            return std::nullopt;
        Body inner = loop->body;
        for (auto digit = digits->second.rbegin(); digit != digits->second.rend(); ++digit) {
            Loop copy = *digit;
            copy.body = std::move(inner);
            inner = {makeStmt(std::move(copy))};
        }
        return inner;
    });
    for (const auto& [name, loops] : plan.loops)
        for (const Loop& digit : loops)
            result.digits[name].push_back(digit.name);
    return result;
}

}  // namespace strata
