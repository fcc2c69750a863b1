// The boxes that a block touches, by interval arithmetic over the linear form of each index.
//
// An index is split into the part that moves with the loops inside and the part that does not; the first one's bounds
// widen the box, the second one says where it begins:
//
//     for r in range(3): a[i * 2 + r]   ->   a[i * 2 : +3]
//
// A box is never smaller than what is touched: an index that is no such sum, or depends on data, stands for its whole
// dimension, and predicates are ignored.
#include "core/analysis/regions.h"

#include "core/analysis/accesses.h"
#include "core/index/sizes.h"

#include <algorithm>

namespace strata {

namespace {

bool dependsOnData(const ExprPtr& e)
{
    bool found = false;
    walk(e, [&](const Expr& node) { found = found || node.op == Op::Load; });
    return found;
}

bool mentions(const ExprPtr& e, const Ranges& variables)
{
    bool found = false;
    walk(e, [&](const Expr& node) { found = found || (node.op == Op::Var && variables.count(node.name)); });
    return found;
}

void wholeDimension(Region& region, std::size_t d, const Dim& size)
{
    region.begin[d] = intConst(0);
    region.extent[d] = toExpr(size);
}

Ranges only(const Ranges& ranges, const ExprPtr& e)
{
    Ranges result;
    for (const std::string& name : freeVariables(e))
        if (auto found = ranges.find(name); found != ranges.end())
            result.insert(*found);
    return result;
}

Region regionOf(const Access& access, const Shape& shape)
{
    Region region{access.buffer, access.begin, {}};
    for (std::int64_t extent : access.extent)
        region.extent.push_back(intConst(extent));
    return sweep(region, access.inner, shape);
}

void addRegion(std::vector<Region>& regions, Region region)
{
    for (Region& known : regions)
        if (auto both = hull(known, region)) {
            known = std::move(*both);
            return;
        }
    regions.push_back(std::move(region));
}

std::vector<Region> infer(const Module& module, const Function& function, const Block& block, bool writes)
{
    std::map<std::string, Shape> shapes;
    for (Buffer& buffer : buffers(function))
        shapes[buffer.name] = std::move(buffer.type.shape);
    std::vector<Region> regions;
    for (const Access& access : accesses(&module, block))
        if (access.write == writes)
            addRegion(regions, regionOf(access, shapes[access.buffer]));
    return regions;
}

}  // namespace

Region sweep(const Region& region, const Ranges& inner, const Shape& shape)
{
    Region result = region;
    for (std::size_t d = 0; d < region.begin.size(); ++d) {
        const Linear extent = linear(region.extent[d]);
        Linear begin = linear(region.begin[d]), moving;
        bool known = extent.isConstant() && !dependsOnData(region.begin[d]);
        for (const Linear::Term& term : begin.terms)
            if (mentions(term.atom, inner))
                moving.terms.push_back(term);
        const ExprPtr span = moving.expr();
        const auto range = bounds(span, only(inner, span));  // unknown if an outer variable is inside an atom
        known = known && range;
        if (!known) {
            if (d < shape.size())
                wholeDimension(result, d, shape[d]);
            continue;
        }
        begin = add(add(begin, moving, -1), {{}, range->first});
        result.begin[d] = begin.expr();
        result.extent[d] = intConst(range->second - range->first + extent.constant);
    }
    return result;
}

std::optional<Region> hull(const Region& a, const Region& b)
{
    if (a.buffer != b.buffer || a.begin.size() != b.begin.size())
        return std::nullopt;
    Region result = a;
    for (std::size_t d = 0; d < a.begin.size(); ++d) {
        const auto offset = difference(b.begin[d], a.begin[d]);  // b starts this much after a
        const Linear sizeA = linear(a.extent[d]), sizeB = linear(b.extent[d]);
        if (!offset || !sizeA.isConstant() || !sizeB.isConstant())
            return std::nullopt;
        const std::int64_t low = std::min<std::int64_t>(0, *offset);
        const std::int64_t high = std::max(sizeA.constant, *offset + sizeB.constant);
        result.begin[d] = low == 0 ? a.begin[d] : b.begin[d];
        result.extent[d] = intConst(high - low);
    }
    return result;
}

std::vector<Region> readRegions(const Module& module, const Function& function, const Block& block)
{
    return block.reads ? *block.reads : infer(module, function, block, false);
}

std::vector<Region> writeRegions(const Module& module, const Function& function, const Block& block)
{
    return block.writes ? *block.writes : infer(module, function, block, true);
}

}  // namespace strata
