// The description is written once, and recognized by being written again: what is equal to the one of its own sizes is
// a dot product, whatever it is called.
#include "core/analysis/dot_product.h"

namespace strata {

namespace {

TypedName tensor(const std::string& name, DType type, const std::vector<std::int64_t>& shape)
{
    Shape dims;
    for (std::int64_t size : shape)
        dims.push_back(Dim(size));
    return {name, {ValueType::Kind::Tensor, {type, std::move(dims)}}};
}

StmtPtr around(const std::string& name, std::int64_t extent, StmtPtr stmt)
{
    Loop loop;
    loop.name = name;
    loop.extent = intConst(extent);
    loop.body = {std::move(stmt)};
    return makeStmt(std::move(loop));
}

ExprPtr wide(ExprPtr e) { return cast(DType::I32, std::move(e)); }

}  // namespace

FunctionPtr describe(const DotProduct& dot, const std::string& name)
{
    constexpr std::int64_t group = DotProduct::group;
    const ExprPtr k = var("k0") * group + var("k1");
    Block block;
    block.name = "dot";
    block.iters = {{"vm", IterKind::Spatial, intConst(dot.m), var("m")},
                   {"vn", IterKind::Spatial, intConst(dot.n), var("n")},
                   {"vk", IterKind::Reduce, intConst(dot.k), k}};
    const std::vector<ExprPtr> element{var("vm"), var("vn")};
    const ExprPtr left = load("a", dot.left, {var("vm"), var("vk")}),
                  right = load("b", DType::I8, {floorDiv(var("vk"), group), var("vn"), floorMod(var("vk"), group)});
    block.body = {makeStmt(Store{"c", element, fma(wide(left), wide(right), load("c", DType::I32, element))})};
    Function description;
    description.name = name;
    description.params = {tensor("a", dot.left, {dot.m, dot.k}), tensor("b", DType::I8, {dot.k / group, dot.n, group})};
    description.results = {tensor("c", DType::I32, {dot.m, dot.n})};
    description.body = LoopsBody{{around(
        "m", dot.m, around("n", dot.n, around("k0", dot.k / group, around("k1", group, makeStmt(std::move(block))))))}};
    return std::make_shared<const Function>(std::move(description));
}

std::optional<DotProduct> dotProductOf(const Function& description)
{
    if (!description.loops() || description.params.size() != 2 || description.results.size() != 1)
        return std::nullopt;
    const TensorType &a = description.params[0].type.tensor, &c = description.results[0].type.tensor;
    if (a.shape.size() != 2 || c.shape.size() != 2 || !isConstant(a.shape) || !isConstant(c.shape)
        || (a.dtype != DType::I8 && a.dtype != DType::U8))
        return std::nullopt;
    const DotProduct dot{a.dtype, constants(c.shape)[0], constants(c.shape)[1], constants(a.shape)[1]};
    if (dot.m < 1 || dot.n < 1 || dot.k < DotProduct::group || dot.k % DotProduct::group != 0)
        return std::nullopt;
    const FunctionPtr same = describe(dot, description.name);
    const bool alike = description.params == same->params && description.results == same->results
                       && equal(description.loops()->body, same->loops()->body);
    return alike ? std::optional(dot) : std::nullopt;
}

}  // namespace strata
