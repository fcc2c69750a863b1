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

// c[m, n] += a * b
StmtPtr addProduct(const ExprPtr& left, const ExprPtr& right)
{
    const std::vector<ExprPtr> element{var("vm"), var("vn")};
    return makeStmt(Store{"c", element, fma(wide(left), wide(right), load("c", DType::I32, element))});
}

FunctionPtr primitive(const std::string& name, std::vector<TypedName> factors, TypedName sums, StmtPtr nest)
{
    Function description;
    description.name = name;
    description.params = std::move(factors);
    description.results = {std::move(sums)};
    description.body = LoopsBody{{std::move(nest)}};
    return std::make_shared<const Function>(std::move(description));
}

bool isAlike(const Function& a, const Function& b)
{
    return a.params == b.params && a.results == b.results && equal(a.loops()->body, b.loops()->body);
}

// The shapes of a, b and c, if the first is one of bytes.
std::vector<std::vector<std::int64_t>> shapesOf(const Function& description)
{
    if (!description.loops() || description.params.size() != 2 || description.results.size() != 1)
        return {};
    std::vector<std::vector<std::int64_t>> shapes;
    for (const auto* list : {&description.params, &description.results})
        for (const TypedName& argument : *list) {
            if (!isConstant(argument.type.tensor.shape))
                return {};
            shapes.push_back(constants(argument.type.tensor.shape));
        }
    const DType left = description.params[0].type.tensor.dtype;
    return left == DType::I8 || left == DType::U8 ? shapes : std::vector<std::vector<std::int64_t>>();
}

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
    block.body = {
        addProduct(load("a", dot.left, {var("vm") * dot.stride, var("vk")}),
                   load("b", DType::I8, {floorDiv(var("vk"), group), var("vn"), floorMod(var("vk"), group)}))};
    return primitive(
        name,
        {tensor("a", dot.left, {(dot.m - 1) * dot.stride + 1, dot.k}),
         tensor("b", DType::I8, {dot.k / group, dot.n, group})},
        tensor("c", DType::I32, {dot.m, dot.n}),
        around("m", dot.m,
               around("n", dot.n, around("k0", dot.k / group, around("k1", group, makeStmt(std::move(block)))))));
}

FunctionPtr describe(const DepthwiseProduct& product, const std::string& name)
{
    Block block;
    block.name = "depthwise";
    block.iters = {{"vm", IterKind::Spatial, intConst(product.m), var("m")},
                   {"vn", IterKind::Spatial, intConst(product.n), var("n")},
                   {"vh", IterKind::Reduce, intConst(product.height), var("h")},
                   {"vw", IterKind::Reduce, intConst(product.width), var("w")}};
    block.body = {addProduct(load("a", product.left, {var("vh"), var("vm") * product.stride + var("vw"), var("vn")}),
                             load("b", DType::I8, {var("vh"), var("vw"), var("vn")}))};
    return primitive(
        name,
        {tensor("a", product.left, {product.height, product.columns(), product.n}),
         tensor("b", DType::I8, {product.height, product.width, product.n})},
        tensor("c", DType::I32, {product.m, product.n}),
        around("m", product.m,
               around("n", product.n,
                      around("h", product.height, around("w", product.width, makeStmt(std::move(block)))))));
}

FunctionPtr describe(const PlanesProduct& product, const std::string& name)
{
    Block block;
    block.name = "planes";
    block.iters = {{"vm", IterKind::Spatial, intConst(product.m), var("m")},
                   {"vn", IterKind::Spatial, intConst(product.n), var("n")},
                   {"vq", IterKind::Reduce, intConst(product.planes), var("q")},
                   {"vh", IterKind::Reduce, intConst(product.height), var("h")},
                   {"vw", IterKind::Reduce, intConst(product.width), var("w")}};
    block.body = {addProduct(load("a", product.left, {var("vq"), var("vh"), var("vm") * product.stride + var("vw")}),
                             load("b", DType::I8, {var("vq"), var("vh"), var("vw"), var("vn")}))};
    StmtPtr sum = makeStmt(std::move(block));
    for (const auto& [loop, extent] :
         {std::pair("w", product.width), std::pair("h", product.height), std::pair("q", product.planes),
          std::pair("n", product.n), std::pair("m", product.m)})
        sum = around(loop, extent, std::move(sum));
    return primitive(name,
                     {tensor("a", product.left, {product.planes, product.height, product.columns()}),
                      tensor("b", DType::I8, {product.planes, product.height, product.width, product.n})},
                     tensor("c", DType::I32, {product.m, product.n}), std::move(sum));
}

std::optional<DotProduct> dotProductOf(const Function& description)
{
    const auto shapes = shapesOf(description);
    if (shapes.empty() || shapes[0].size() != 2 || shapes[2].size() != 2)
        return std::nullopt;
    DotProduct dot{description.params[0].type.tensor.dtype, shapes[2][0], shapes[2][1], shapes[0][1]};
    if (dot.m > 1)
        dot.stride = (shapes[0][0] - 1) / (dot.m - 1);
    if (dot.m < 1 || dot.n < 1 || dot.stride < 1 || dot.k < DotProduct::group || dot.k % DotProduct::group != 0)
        return std::nullopt;
    return isAlike(description, *describe(dot, description.name)) ? std::optional(dot) : std::nullopt;
}

std::optional<DepthwiseProduct> depthwiseProductOf(const Function& description)
{
    const auto shapes = shapesOf(description);
    if (shapes.empty() || shapes[0].size() != 3 || shapes[1].size() != 3 || shapes[2].size() != 2)
        return std::nullopt;
    DepthwiseProduct product{
        description.params[0].type.tensor.dtype, shapes[2][0], shapes[2][1], shapes[1][0], shapes[1][1], 1};
    if (product.m < 1 || product.n < 1 || product.height < 1 || product.width < 1)
        return std::nullopt;
    if (product.m > 1)
        product.stride = (shapes[0][1] - product.width) / (product.m - 1);
    if (product.stride < 1)
        return std::nullopt;
    return isAlike(description, *describe(product, description.name)) ? std::optional(product) : std::nullopt;
}

std::optional<PlanesProduct> planesProductOf(const Function& description)
{
    const auto shapes = shapesOf(description);
    if (shapes.empty() || shapes[0].size() != 3 || shapes[1].size() != 4 || shapes[2].size() != 2)
        return std::nullopt;
    PlanesProduct product{description.params[0].type.tensor.dtype,
                          shapes[2][0],
                          shapes[2][1],
                          shapes[1][0],
                          shapes[1][1],
                          shapes[1][2],
                          1};
    if (product.m < 1 || product.n < 1 || product.planes < 1 || product.height < 1 || product.width < 1)
        return std::nullopt;
    if (product.m > 1)
        product.stride = (shapes[0][2] - product.width) / (product.m - 1);
    if (product.stride < 1)
        return std::nullopt;
    return isAlike(description, *describe(product, description.name)) ? std::optional(product) : std::nullopt;
}

}  // namespace strata
