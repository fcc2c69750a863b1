// loops.transform_layout: a buffer's elements are stored in another order (see layout.cpp).
#include "passes/loops/layout.h"

#include "passes/loops/suggest.h"

namespace strata::loops {

namespace {

Result<Change> applyToIntermediate(const Function& function, Buffer buffer, const IndexMap& map)
{
    buffer.type.shape = relaidShape(buffer.type.shape, map);
    const Body body = relaid(function.loops()->body, buffer.name, map);
    return changeOf(withBody(
        function, replaceAlloc(body, buffer.name, [&](const Buffer&) { return Body{makeStmt(Alloc{buffer})}; })));
}

Result<Change> applyToParameter(const Module& module, const Function& function, std::size_t position,
                                const IndexMap& map)
{
    const std::string name = function.params[position].name;
    const std::vector<Cursor> nodes{bufferCursor(function, name)};
    if (module.entryFunction() && module.entryFunction()->name == function.name)
        return refused(
            say("{} comes from outside, in the layout that the caller of {} chose.", name, function.name), nodes,
            "Call " + function.name + " from another function, or use cache_read and change the layout of the copy.");
    if (!isConstant(function.params[position].type.tensor.shape))
        return refused(say("{} is {}, and what its callers pass would be rearranged for fixed sizes only.", name,
                           toString(function.params[position].type.tensor)),
                       nodes, "Use cache_read and change the layout of the copy, or graph.convert_layout.");
    STRATA_TRY(CallersChanged callers, changeCallers(module, function, position, map));
    if (callers.callers == 0)
        return refused(
            say("Nobody in the module calls {}, so nobody can pass {} in another layout.", function.name, name), nodes);
    Function copy = *withBody(function, relaid(function.loops()->body, name, map));
    copy.params[position].type.tensor.shape = toShape(map.range);
    Change change = std::move(callers.change);
    change.put.push_back(std::make_shared<const Function>(std::move(copy)));
    return change;
}

Result<Change> plan(const Module& module, const Arguments& arguments)
{
    STRATA_TRY(const FunctionPtr function, functionOf(module, arguments));
    STRATA_TRY(const Buffer buffer, bufferOf(*function, arguments.text("buffer")));
    STRATA_TRY(const IndexMap map, mapFor(*function, buffer.name, buffer.type, arguments.text("map")));
    for (std::size_t i = 0; i < function->params.size(); ++i)
        if (function->params[i].name == buffer.name)
            return applyToParameter(module, *function, i, map);
    if (isParameter(*function, buffer.name))
        return refused(say("{} is a result, in the layout that the callers of {} expect.", buffer.name, function->name),
                       {bufferCursor(*function, buffer.name)}, "Use cache_write and change the layout of the copy.");
    return applyToIntermediate(*function, buffer, map);
}

// The last dimension by the lanes of a vector outermost and innermost: packing.
Result<Arguments> suggest(const Module& module, const Cursor& selection)
{
    STRATA_TRY(const FunctionPtr function, selectedFunction(module, selection, NodeKind::Buffer));
    STRATA_TRY(const Buffer buffer, bufferOf(*function, selection.name));
    const std::size_t rank = buffer.type.shape.size();
    if (rank == 0)
        return refused(say("Buffer {} is a scalar.", selection.name), {selection},
                       "Select a buffer that has dimensions.");
    std::string variables, results;
    for (std::size_t d = 0; d < rank; ++d) {
        variables += (d ? ", i" : "i") + std::to_string(d);
        results += (d + 1 < rank ? "i" + std::to_string(d) : "i" + std::to_string(d) + " % 8")
                   + (d + 1 < rank ? ", " : "");
    }
    const std::string map = "(" + variables + ") -> (i" + std::to_string(rank - 1) + " // 8, " + results + ")";
    return Arguments{{{"function", selection.function}, {"buffer", selection.name}, {"map", map}}};
}

}  // namespace

}  // namespace strata::loops

namespace strata {

STRATA_TRANSFORM(loops_transform_layout)
{
    Transform transform;
    transform.id = "loops.transform_layout";
    transform.title = "Change the layout of a buffer";
    transform.summary = "Stores the elements of a buffer in another order, given by a map of indices.";
    transform.documentation =
        "The map says where each element goes: (i, j) -> (j // 16, i, j % 16) packs a matrix into panels of 16 columns. All accesses are rewritten. Where the new "
        "shape is larger than the old one (200 columns in 13 panels of 16), the rest is padding that nobody reads.\n\n"
        "An intermediate buffer changes alone. For a parameter all callers pass the new layout: a constant is rearranged when the model is compiled, so packing "
        "weights costs nothing at run time; any other value is rearranged by a function of its own on every run, which a note says. Parameters and results of "
        "the entry keep the layout that the outside expects.\n\n"
        "No two elements may get one place: that is so if each quotient and remainder of each index has one place in the map, else it is decided by exact integer "
        "analysis, and a refusal names two elements that would meet. Exact.";
    transform.alsoKnownAs = {"T.transform_layout", "pack (MLIR)", "rearrange_dim (Exo)", "ConvertLayout"};
    transform.parameters = {
        loops::functionParameter(),
        loops::parameter("buffer", ParameterKind::Buffer, "The buffer, an intermediate or a parameter."),
        loops::parameter("map", ParameterKind::IndexMap, "Old indices to new ones.")};
    transform.appliesTo = {NodeKind::Buffer};
    transform.example = loops::example(R"(@loops
def f(x: f32[4, 32]) -> (y: f32[4, 32]):
    a = alloc f32[4, 32]
    for i, j in grid(4, 32):
        with block("double") as (vi: spatial(4) = i, vj: spatial(32) = j):
            a[vi, vj] = x[vi, vj] * 2.0
    for k, l in grid(4, 32):
        with block("add") as (vi: spatial(4) = k, vj: spatial(32) = l):
            y[vi, vj] = a[vi, vj] + 1.0
)",
                                       "loops.transform_layout(f, a, (i, j) -> (j // 8, i, j % 8))", R"(@loops
def f(x: f32[4, 32]) -> (y: f32[4, 32]):
    a = alloc f32[4, 4, 8]
    for i, j in grid(4, 32):
        with block("double") as (vi: spatial(4) = i, vj: spatial(32) = j):
            a[vj // 8, vi, vj % 8] = x[vi, vj] * 2.0
    for k, l in grid(4, 32):
        with block("add") as (vi: spatial(4) = k, vj: spatial(32) = l):
            y[vi, vj] = a[vj // 8, vi, vj % 8] + 1.0
)");
    loops::setPlan(transform, loops::plan);
    transform.reads = Transform::Reads::Module;  // whoever calls it
    transform.suggest = loops::suggest;
    return transform;
}

}  // namespace strata
