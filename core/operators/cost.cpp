// Work and traffic of a loops function, counted over its blocks. Both are at most what the code does: traffic is what
// has to move at least once if nothing is moved twice, so a kernel that is faster than the machine allows for these
// counts shows a fault in them. A buffer counts as far as it is touched: an access touches at most as many elements as
// it has instances (a Gather from a large table reads a few rows), and never more than there are.
#include "core/index/sizes.h"
#include "core/operators/operator.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace strata {

namespace {

bool countsAsOperation(const Expr& e)
{
    constexpr Op counted[] = {Op::Add, Op::Sub, Op::Mul,  Op::Div,   Op::Min,  Op::Max,   Op::Minimum, Op::Maximum,
                              Op::Neg, Op::Abs, Op::Sqrt, Op::Floor, Op::Ceil, Op::Trunc, Op::Round,   Op::Call};
    return std::find(std::begin(counted), std::end(counted), e.op) != std::end(counted);
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

class Counter {
public:
    void count(const Body& body, double instances)
    {
        for (const StmtPtr& stmt : body) {
            if (const Store* store = as<Store>(stmt))
                count(*store, instances);
            else if (const Loop* loop = as<Loop>(stmt))
                count(*loop, instances);
            else if (const Block* block = as<Block>(stmt))
                count(*block, instances);
            else if (const IntrinsicCall* call = as<IntrinsicCall>(stmt))
                count(*call);
        }
    }

    double flops() const { return m_flops; }
    double bytesRead(const TypedName& param) const { return touched(m_read, param); }
    double bytesWritten(const TypedName& result) const { return touched(m_written, result); }

private:
    void count(const Loop& loop, double instances)
    {
        m_loops.emplace_back(loop.name, extentOf(loop.extent));
        count(loop.body, instances * m_loops.back().second);
        m_loops.pop_back();
    }

    // A predicate leaves executions out: what stays is at most the block's domain, once for each iteration of loops
    // that its iterators are not bound to.
    double taken(const Block& block, double instances) const
    {
        if (block.predicate.get() == nullptr)  // ! is an expression where lower.h is seen
            return instances;
        double most = 1;
        std::set<std::string> bound;
        for (const BlockIter& iter : block.iters) {
            most *= extentOf(iter.extent);
            for (const std::string& name : freeVariables(iter.binding))
                bound.insert(name);
        }
        for (const auto& [name, extent] : m_loops)
            if (!bound.count(name))
                most *= extent;
        return std::min(instances, most);
    }

    void count(const Block& block, double around)
    {
        const double instances = taken(block, around);
        double reduced = 1;
        for (const BlockIter& iter : block.iters)
            if (iter.kind == IterKind::Reduce)
                reduced *= extentOf(iter.extent);
        count(block.init, reduced > 0 ? instances / reduced : 0);
        count(block.body, instances);
    }

    void count(const Store& store, double instances)
    {
        m_flops += instances * operations(store.value);
        m_written[store.buffer] += instances;
        countLoads(store.value, instances);
        for (const ExprPtr& index : store.indices)
            countLoads(index, instances);
    }

    // Boxes whose size the primitive knows: all of a buffer, at most.
    void count(const IntrinsicCall& call)
    {
        for (const IntrinsicCall::Argument& argument : call.arguments)
            m_read[argument.buffer] = m_written[argument.buffer] = INFINITY;
    }

    void countLoads(const ExprPtr& e, double instances)
    {
        if (e->op == Op::Load)
            m_read[e->name] += instances;
        for (const ExprPtr& argument : e->args)
            countLoads(argument, instances);
    }

    static double touched(const std::map<std::string, double>& elements, const TypedName& buffer)
    {
        const auto found = elements.find(buffer.name);
        const auto size = byteCount(buffer.type.tensor);
        const double all = size ? double(*size) : 0, one = bitSize(buffer.type.tensor.dtype) / 8.0;
        return found == elements.end() ? 0 : std::min(all, one * found->second);
    }

    std::vector<std::pair<std::string, double>> m_loops;  // around, with their extents
    double m_flops = 0;
    std::map<std::string, double> m_read, m_written;  // elements, by buffer
};

// Where all extents are sums and products of sizes: a block's executions are the product of its iterators' extents.
class SymbolicCounter {
public:
    // Nullopt: an extent is no polynomial.
    std::optional<Dim> count(const Body& body, const Dim& instances)
    {
        Dim sum = 0;
        for (const StmtPtr& stmt : body) {
            std::optional<Dim> one = Dim(0);
            if (const Store* store = as<Store>(stmt))
                one = instances * Dim(std::int64_t(operations(store->value)));
            else if (const Loop* loop = as<Loop>(stmt))
                one = count(*loop, instances);
            else if (const Block* block = as<Block>(stmt))
                one = count(*block);
            if (!one)
                return std::nullopt;
            sum = sum + *one;
        }
        return sum;
    }

private:
    std::optional<Dim> count(const Loop& loop, const Dim& instances)
    {
        const std::optional<Dim> extent = toDim(loop.extent);
        return extent ? count(loop.body, instances * *extent) : std::nullopt;
    }

    std::optional<Dim> count(const Block& block)
    {
        Dim spatial = 1, all = 1;
        for (const BlockIter& iter : block.iters) {
            const std::optional<Dim> extent = toDim(iter.extent);
            if (!extent)
                return std::nullopt;
            all = all * *extent;
            if (iter.kind != IterKind::Reduce)
                spatial = spatial * *extent;
        }
        const std::optional<Dim> first = count(block.init, spatial), each = count(block.body, all);
        return first && each ? std::optional(*first + *each) : std::nullopt;
    }
};

}  // namespace

std::optional<Dim> operationsFor(const Function& loops)
{
    const LoopsBody* body = loops.loops();
    return body ? SymbolicCounter().count(body->body, 1) : Dim(0);
}

Cost cost(const Function& loops)
{
    Counter counter;
    if (const LoopsBody* body = loops.loops())
        counter.count(body->body, 1);
    Cost result;
    result.flops = counter.flops();
    for (const TypedName& param : loops.params)
        result.readBytes += counter.bytesRead(param);
    for (const TypedName& out : loops.results)
        result.writtenBytes += counter.bytesWritten(out);
    return result;
}

}  // namespace strata
