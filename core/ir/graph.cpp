#include "core/ir/graph.h"

#include <algorithm>
#include <bit>

namespace strata {

namespace {

bool sameBits(float a, float b) { return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b); }

bool same(const Attribute& a, const Attribute& b)
{
    if (a.index() != b.index())
        return false;
    if (const auto* x = std::get_if<float>(&a))
        return sameBits(*x, std::get<float>(b));
    if (const auto* x = std::get_if<std::vector<float>>(&a)) {
        const auto& y = std::get<std::vector<float>>(b);
        return std::equal(x->begin(), x->end(), y.begin(), y.end(), sameBits);
    }
    if (const auto* x = std::get_if<ConstantPtr>(&a))
        return equal(**x, *std::get<ConstantPtr>(b));
    return a == b;
}

}  // namespace

bool equal(const Attributes& a, const Attributes& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& x, const auto& y) { return x.first == y.first && same(x.second, y.second); });
}

bool equal(const GraphNode& a, const GraphNode& b)
{
    return a.name == b.name && a.op == b.op && a.domain == b.domain && a.version == b.version && a.callee == b.callee
           && a.inputs == b.inputs && a.outputs == b.outputs && equal(a.attributes, b.attributes);
}

}  // namespace strata
