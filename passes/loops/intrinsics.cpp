// Hardware primitives that are built in: fused multiply-adds of a small tile, by name: fma_f32_4x16 is c[4, 16] += a[4,
// 1] * b[1, 16]; and dot products of bytes, as dot_u8_4x32x64 and depthwise_u8_14x64x3x3x1.
//
// A primitive is its description, an ordinary function of loops: what it computes, bit for bit. tensorize compares a
// tile with it, and the generator makes code of it, so no primitive can mean one thing here and another there.
#include "passes/loops/intrinsics.h"

#include "core/analysis/dot_product.h"

#include <charconv>

namespace strata::loops {

namespace {

constexpr std::int64_t largestSide = 64;
constexpr std::int64_t longestSum = 1 << 14;    // of a dot product, which stays a loop
constexpr std::int64_t mostSums = 1 << 13;      // 32 KB of them
constexpr std::int64_t mostProducts = 1 << 16;  // of a window, which does not

struct Multiply {
    DType type = DType::F32;
    std::int64_t m = 0, n = 0, k = 1;
};

// Numbers separated by x.
std::vector<std::int64_t> sides(std::string_view text, std::int64_t largest = largestSide)
{
    std::vector<std::int64_t> result;
    const char* at = text.data();
    const char* const end = at + text.size();
    for (;;) {
        std::int64_t side = 0;
        const auto [next, error] = std::from_chars(at, end, side);
        if (error != std::errc() || side < 1 || side > largest)
            return {};
        result.push_back(side);
        if (next == end)
            return result;
        if (*next != 'x')
            return {};
        at = next + 1;
    }
}

std::optional<Multiply> parse(const std::string& name)
{
    for (DType type : {DType::F32, DType::F64}) {
        const std::string prefix = std::string("fma_") + strata::name(type) + "_";
        if (!name.starts_with(prefix))
            continue;
        const std::vector<std::int64_t> found = sides(std::string_view(name).substr(prefix.size()));
        if (found.size() == 2 || found.size() == 3)
            return Multiply{type, found[0], found[1], found.size() == 3 ? found[2] : 1};
    }
    return std::nullopt;
}

std::optional<DotProduct> parseDot(const std::string& name)
{
    for (DType type : {DType::I8, DType::U8}) {
        const std::string prefix = std::string("dot_") + strata::name(type) + "_";
        if (!name.starts_with(prefix))
            continue;
        const std::vector<std::int64_t> found = sides(std::string_view(name).substr(prefix.size()), longestSum);
        const bool hasStride = found.size() == 4 && found[0] > 1;
        if ((found.size() == 3 || hasStride) && found[0] <= largestSide && found[1] <= largestSide
            && found[2] % DotProduct::group == 0)
            return DotProduct{type, found[0], found[1], found[2], hasStride ? found[3] : 1};
    }
    return std::nullopt;
}

std::optional<DepthwiseProduct> parseDepthwise(const std::string& name)
{
    for (DType type : {DType::I8, DType::U8}) {
        const std::string prefix = std::string("depthwise_") + strata::name(type) + "_";
        if (!name.starts_with(prefix))
            continue;
        const std::vector<std::int64_t> found = sides(std::string_view(name).substr(prefix.size()), 4 * largestSide);
        if (found.size() == 5 && found[0] * found[1] * found[2] * found[3] <= mostProducts
            && (found[0] > 1 || found[4] == 1))
            return DepthwiseProduct{type, found[0], found[1], found[2], found[3], found[4]};
    }
    return std::nullopt;
}

std::optional<PlanesProduct> parsePlanes(const std::string& name)
{
    for (DType type : {DType::I8, DType::U8}) {
        const std::string prefix = std::string("planes_") + strata::name(type) + "_";
        if (!name.starts_with(prefix))
            continue;
        const std::vector<std::int64_t> found = sides(std::string_view(name).substr(prefix.size()), 4 * largestSide);
        if (found.size() == 6 && found[0] * found[1] <= mostSums && (found[0] > 1 || found[5] == 1))
            return PlanesProduct{type, found[0], found[1], found[2], found[3], found[4], found[5]};
    }
    return std::nullopt;
}

TypedName matrix(const std::string& name, DType type, std::int64_t rows, std::int64_t columns)
{
    return {name, {ValueType::Kind::Tensor, {type, {Dim(rows), Dim(columns)}}}};
}

StmtPtr around(const std::string& name, std::int64_t extent, StmtPtr stmt)
{
    Loop loop;
    loop.name = name;
    loop.extent = intConst(extent);
    loop.body = {std::move(stmt)};
    return makeStmt(std::move(loop));
}

IntrinsicPtr make(const std::string& name, const Multiply& shape)
{
    Block block;
    block.name = "fma";
    block.iters = {{"vi", IterKind::Spatial, intConst(shape.m), var("i")},
                   {"vj", IterKind::Spatial, intConst(shape.n), var("j")},
                   {"vk", IterKind::Reduce, intConst(shape.k), var("k")}};
    const std::vector<ExprPtr> element{var("vi"), var("vj")};
    block.body = {makeStmt(Store{"c", element,
                                 fma(load("a", shape.type, {var("vi"), var("vk")}),
                                     load("b", shape.type, {var("vk"), var("vj")}), load("c", shape.type, element))})};
    Function description;
    description.name = name;
    description.params = {matrix("a", shape.type, shape.m, shape.k), matrix("b", shape.type, shape.k, shape.n)};
    description.results = {matrix("c", shape.type, shape.m, shape.n)};
    description.body = LoopsBody{
        {around("i", shape.m, around("j", shape.n, around("k", shape.k, makeStmt(std::move(block)))))}};
    return std::make_shared<const Intrinsic>(
        Intrinsic{name, std::make_shared<const Function>(std::move(description)), {}});
}

}  // namespace

Result<IntrinsicPtr> intrinsicByName(const Module& module, const std::string& name)
{
    if (IntrinsicPtr known = module.intrinsic(name))
        return known;
    if (const auto shape = parse(name))
        return make(name, *shape);
    if (const auto dot = parseDot(name))
        return std::make_shared<const Intrinsic>(Intrinsic{name, describe(*dot, name), {}});
    if (const auto product = parseDepthwise(name))
        return std::make_shared<const Intrinsic>(Intrinsic{name, describe(*product, name), {}});
    if (const auto product = parsePlanes(name))
        return std::make_shared<const Intrinsic>(Intrinsic{name, describe(*product, name), {}});
    std::vector<std::string> known;
    for (const IntrinsicPtr& intrinsic : module.intrinsics)
        known.push_back(intrinsic->name);
    return refused(say("There is no intrinsic {}.", name), {},
                   (known.empty() ? std::string() : "The module has " + listed(known) + ". ")
                       + "A built-in one is named fma_f32_MxN, fma_f32_MxNxK, dot_u8_MxNxK, depthwise_u8_MxNxHxWxS or "
                         "planes_u8_MxNxQxHxWxS (or i8), as fma_f32_4x16: c[M, N] += a[M, K] b[K, N].");
}

}  // namespace strata::loops
