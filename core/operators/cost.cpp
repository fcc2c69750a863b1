#include "core/operators/operator.h"

#include <map>

namespace strata {

namespace {
bool countsAsOperation(const Expr& e)
{
    switch (e.op) {
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
    case Op::Div:
    case Op::Min:
    case Op::Max:
    case Op::Minimum:
    case Op::Maximum:
    case Op::Neg:
    case Op::Abs:
    case Op::Sqrt:
    case Op::Floor:
    case Op::Ceil:
    case Op::Trunc:
    case Op::Round:
    case Op::Call: return true;
    default: return false;
    }
}

// Operations of one evaluation, index arithmetic left out.
double operations(const ExprPtr& e)
{
    if (e->op == Op::Load)
        return 0;
    double count = e->op == Op::Fma ? 2 : countsAsOperation(*e) ? 1 : 0;
    for (const ExprPtr& argument : e->args)
        count += operations(argument);
    return count;
}

double extentOf(const ExprPtr& extent) { return isConst(extent) ? double(extent->i) : 1; }

double operations(const Body& body, double instances);

double operations(const Block& block, double instances)
{
    double reduced = 1;
    for (const BlockIter& iter : block.iters)
        if (iter.kind == IterKind::Reduce)
            reduced *= extentOf(iter.extent);
    const double initInstances = reduced > 0 ? instances / reduced : 0;
    return operations(block.body, instances) + operations(block.init, initInstances);
}

double operations(const Body& body, double instances)
{
    double count = 0;
    for (const StmtPtr& stmt : body) {
        if (const Store* store = as<Store>(stmt))
            count += instances * operations(store->value);
        else if (const Loop* loop = as<Loop>(stmt))
            count += operations(loop->body, instances * extentOf(loop->extent));
        else if (const Block* block = as<Block>(stmt))
            count += operations(*block, instances);
    }
    return count;
}
}  // namespace

Cost cost(const Function& loops)
{
    Cost result;
    if (const LoopsBody* body = loops.loops())
        result.flops = operations(body->body, 1);
    for (const TypedName& param : loops.params)
        result.readBytes += double(byteCount(param.type.tensor).value_or(0));
    for (const TypedName& out : loops.results)
        result.writtenBytes += double(byteCount(out.type.tensor).value_or(0));
    return result;
}

}  // namespace strata
