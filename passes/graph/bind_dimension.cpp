// graph.bind_dimension: a symbolic dimension becomes a number.
#include "core/index/sizes.h"
#include "core/operators/infer.h"
#include "passes/rewrite/graph.h"

namespace strata {

namespace {

using namespace graph;
void collect(const std::vector<TypedName>& names, std::set<std::string>& symbols)
{
    for (const TypedName& name : names)
        for (const Dim& dim : name.type.tensor.shape)
            for (const std::string& symbol : dim.symbols())
                symbols.insert(symbol);
}

// Symbols of the parameters: those that somebody can choose. Others follow from them.
std::set<std::string> freeSymbols(const Module& module)
{
    std::set<std::string> symbols;
    const FunctionPtr entry = module.entryFunction();
    for (const FunctionPtr& function : module.functions)
        if (!entry || function == entry)
            collect(function->params, symbols);
    return symbols;
}

std::string listed(const std::set<std::string>& symbols)
{
    std::string text;
    for (const std::string& symbol : symbols)
        text += (text.empty() ? "" : ", ") + symbol;
    return text.empty() ? "It has none." : "It has " + text + ".";
}

Status applies(const Module& module, const Arguments& arguments)
{
    const std::set<std::string> symbols = freeSymbols(module);
    if (!symbols.count(arguments.text("dimension")))
        return refused(say("No parameter of the module has a dimension named {}.", arguments.text("dimension")), {},
                       listed(symbols));
    if (arguments.integer("size") < 1)
        return refused("The size of a dimension is 1 or more.");
    return {};
}

Result<Change> plan(const Module& module, const Arguments& arguments, const TransformContext&)
{
    const SizeValues sizes{{arguments.text("dimension"), arguments.integer("size")}};
    ModulePtr after = std::make_shared<const Module>(module);
    for (const FunctionPtr& function : module.functions)
        if (const FunctionPtr changed = withSizes(function, sizes); changed != function)
            after = after->withFunction(changed);
    // Dimensions that follow from others (the floor division in a convolution) are known only now.
    for (const FunctionPtr& function : module.functions) {
        const FunctionPtr changed = after->find(function->name);
        if (changed == function || !changed->graph())
            continue;
        STRATA_TRY(const InferredTypes inferred, inferFunction(*after, *changed));
        after = after->withFunction(inferred.function);
    }
    return difference(module, *after);
}

Result<Arguments> suggest(const Module& module, const Cursor&)
{
    const std::set<std::string> symbols = freeSymbols(module);
    if (symbols.empty())
        return refused("All dimensions of the module's parameters are numbers.");
    return Arguments{{{"dimension", *symbols.begin()}, {"size", std::int64_t(1)}}};
}

}  // namespace

STRATA_TRANSFORM(graph_bind_dimension)
{
    Transform t;
    t.id = "graph.bind_dimension";
    t.level = Level::Graph;
    t.title = "Bind a dimension";
    t.summary = "Gives a symbolic dimension, as batch or sequence, a size.";
    t.documentation =
        "The symbol is replaced by the number wherever it occurs in the module: in parameters, results, values and buffers; shapes that follow from it "
        "are inferred again; loops that run to it run to the number. A model with symbolic dimensions is bound before it is lowered. Legal for any size from 1, as far "
        "as the operators' shape rules agree. The module then runs for this size only.";
    t.alsoKnownAs = {"BindSymbolicVars (TVM)", "--dim"};
    t.parameters = {{"dimension", ParameterKind::Name, "The symbol.", "", false, {}},
                    {"size", ParameterKind::Integer, "Its size.", "1", false, {}}};
    t.appliesTo = {NodeKind::Function, NodeKind::Value, NodeKind::Operator};
    t.example.before = R"(module example(entry=main):

def main(x: f32[batch, 4]) -> (y: f32[batch, 4]):
    y: f32[batch, 4] = Relu(x, node="Relu_0", version=14)
    return y
)";
    t.example.step = "graph.bind_dimension(batch, 2)";
    t.example.after = R"(module example(entry=main):

def main(x: f32[2, 4]) -> (y: f32[2, 4]):
    y: f32[2, 4] = Relu(x, node="Relu_0", version=14)
    return y
)";
    t.applies = applies;
    t.plan = plan;
    t.suggest = suggest;
    return t;
}

}  // namespace strata
