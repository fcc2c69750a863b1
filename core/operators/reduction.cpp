#include "core/operators/reduction.h"

#include <algorithm>

namespace strata {

Indices ReducedAxes::join(const Indices& keptIndex, const Indices& reducedIndex) const
{
    Indices result(kept.size() + reduced.size());
    for (std::size_t i = 0; i < kept.size(); ++i)
        result[std::size_t(kept[i])] = keptIndex[i];
    for (std::size_t i = 0; i < reduced.size(); ++i)
        result[std::size_t(reduced[i])] = reducedIndex[i];
    return result;
}

Indices ReducedAxes::keep(const Indices& index) const
{
    Indices result;
    for (std::int64_t axis : kept)
        result.push_back(index[std::size_t(axis)]);
    return result;
}

Shape ReducedAxes::keptShape(const TensorRef& x) const
{
    Shape result;
    for (std::int64_t axis : kept)
        result.push_back(x.shape[std::size_t(axis)]);
    return result;
}

ReducedAxes reducedAxes(const TensorRef& x, const Integers& axes)
{
    ReducedAxes result;
    const Axes all = x.axes();
    for (std::int64_t axis = 0; axis < x.rank(); ++axis) {
        const bool reduced = std::find(axes.begin(), axes.end(), axis) != axes.end();
        (reduced ? result.reduced : result.kept).push_back(axis);
        (reduced ? result.over : result.at).push_back(all[std::size_t(axis)]);
    }
    return result;
}

Integers axesFrom(std::int64_t first, std::int64_t rank)
{
    Integers axes;
    for (std::int64_t axis = first; axis < rank; ++axis)
        axes.push_back(axis);
    return axes;
}

TensorRef reduceToLocal(LowerContext& ctx, const std::string& block, const std::string& buffer, const TensorRef& x,
                        const ReducedAxes& axes, const Value& init,
                        const std::function<Value(const Indices& index, const Value& accumulated)>& update)
{
    const TensorRef result = ctx.local(buffer, init.type(), axes.keptShape(x));
    ctx.reduce(block, result, axes.at, axes.over, init,
               [&](const Indices& at, const Indices& over, const Value& accumulated) {
                   return update(axes.join(at, over), accumulated);
               });
    return result;
}

}  // namespace strata
