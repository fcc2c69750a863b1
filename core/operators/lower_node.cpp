// A node's loops: its types first, then its definition's blocks. What Strata does not have is refused here, with the
// reason: an element type, a shape that follows from a value that is not known, a declared shape that does not fit.
#include "core/operators/lower_node.h"

#include "core/index/sizes.h"
#include "core/operators/data_sizes.h"

#include <algorithm>

namespace strata {

namespace {
bool isTold(const InferContext& context, const Shape& shape)
{
    if (isConstant(shape))
        return true;
    std::set<std::string> sizes;
    for (std::size_t i = 0; i < context.inputs.size(); ++i)
        for (const Dim& dim : context.given[i] ? context.inputs[i].tensor.shape : Shape())
            sizes.insert(plainSize(dim));
    for (const TypedName& output : context.node.outputs)
        for (const Dim& dim : output.type.tensor.shape)
            sizes.insert(plainSize(dim));
    return tell(sizes, shape);
}

// Where a result's shape is not known although those of the inputs are, it follows from the value of an input.
std::optional<Error> dependsOnValues(const InferContext& context)
{
    for (std::size_t i = 0; i < context.inputs.size(); ++i)
        if (context.given[i] && !context.inputs[i].tensor.ranked)
            return std::nullopt;
    for (std::size_t i = context.inputs.size(); i-- > 0;)
        if (context.given[i] && (i > 0 || context.inputs.size() == 1) && !(context.constant && context.constant(i)))
            return needsConstant(context, i, "result's shape");
    return std::nullopt;
}

Status checkOutput(const InferContext& context, const ValueType& type, std::size_t output)
{
    const GraphNode& node = context.node;
    if (type.kind == ValueType::Kind::Unknown)
        return nodeError(node,
                         unheldType(node)
                             ? "gives the element type " + *unheldType(node) + ", which Strata does not have."
                             : "cannot become loops: the type of output " + std::to_string(output) + " is not known.");
    if (type.kind == ValueType::Kind::Tensor && (!type.tensor.ranked || !isTold(context, type.tensor.shape)))
        if (const std::optional<Error> reason = dependsOnValues(context))
            return *reason;
    return {};
}

Status checkLowerable(const InferContext& context, const ValueType& type, const std::string& what)
{
    const GraphNode& node = context.node;
    if (type.kind == ValueType::Kind::Unknown)
        return nodeError(node, "cannot become loops: the type of " + what + " is not known.");
    if (type.kind != ValueType::Kind::Tensor)
        return nodeError(node, "cannot become loops: " + what + " is no tensor.");
    if (!type.tensor.ranked || !isTold(context, type.tensor.shape))
        return nodeError(node, "cannot become loops: " + what + " has the shape " + toString(type.tensor) + ".",
                         "Bind the dimension first.");
    return {};
}

// Those of the sizes that statements or results speak of.
std::set<std::string> spokenOf(const std::set<std::string>& sizes, const Body& body,
                               const std::vector<TypedName>& results)
{
    std::set<std::string> spoken;
    const auto add = [&](const std::string& name) {
        if (sizes.count(name))
            spoken.insert(name);
    };
    const auto addShape = [&](const Shape& shape) {
        for (const Dim& dim : shape)
            for (const std::string& symbol : dim.symbols())
                add(symbol);
    };
    if (sizes.empty())
        return spoken;
    walkExprs(body, [&](const ExprPtr& e) {
        for (const std::string& name : freeVariables(e))
            add(name);
    });
    walk(body, [&](const StmtPtr& stmt) {
        if (const Alloc* alloc = as<Alloc>(stmt))
            addShape(alloc->buffer.type.shape);
    });
    for (const TypedName& result : results)
        addShape(result.type.tensor.shape);
    return spoken;
}

}  // namespace

void OwnSizes::add(const Shape& shape)
{
    for (const Dim& dim : shape)
        if (const std::string size = plainSize(dim); !size.empty())
            m_names.insert(size);
    for (const Dim& dim : shape) {
        const bool isKnown = std::any_of(m_own.begin(), m_own.end(), [&](const auto& own) { return own.first == dim; });
        if (dim.isConstant() || !plainSize(dim).empty() || isKnown)
            continue;
        std::string base;
        for (const std::string& symbol : dim.symbols())
            base += (base.empty() ? "" : "_") + symbol;
        const std::string name = freshName(
            base, [&](const std::string& n) { return m_names.count(n) || m_reserved.count(n); });
        m_names.insert(name);
        m_own.emplace_back(dim, Dim::symbol(name));
    }
}

void OwnSizes::reserve(const Shape& shape)
{
    for (const Dim& dim : shape)
        for (std::string& symbol : dim.symbols())
            m_reserved.insert(std::move(symbol));
}

void OwnSizes::addTold(const Shape& shape)
{
    Shape open;
    for (const Dim& dim : shape)
        if (!tell(m_names, {dim}))
            open.push_back(dim);
    add(open);
}

ValueType OwnSizes::of(ValueType type) const
{
    for (Dim& dim : type.tensor.shape)
        for (const auto& [theirs, own] : m_own)
            if (dim == theirs) {
                dim = own;
                break;
            }
    return type;
}

GraphNode OwnSizes::of(GraphNode node) const
{
    for (TypedName& output : node.outputs)
        output.type = of(output.type);
    return node;
}

InferContext makeInferContext(const GraphNode& node, std::vector<ValueType> inputs, ConstantInputs constants)
{
    InferContext context{node, std::move(inputs), {}, std::move(constants), {}};
    context.inputs.resize(node.inputs.size());
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        context.given.push_back(node.inputs[i].kind != Operand::Kind::None);
        if (!context.given.back())
            context.inputs[i].tensor.ranked = false;
    }
    return context;
}

Result<std::vector<ValueType>> typesForLowering(const InferContext& context)
{
    STRATA_TRY(std::vector<ValueType> types, inferTypes(context));
    for (std::size_t i = 0; i < std::min(types.size(), context.node.outputs.size()); ++i)
        types[i] = completed(types[i], context.node, i, [](const Dim&) { return true; });
    STRATA_CHECK(checkDeclared(context, types));
    return types;
}

Status checkDeclared(const InferContext& context, const std::vector<ValueType>& types)
{
    static const std::set<std::string> reshaping{"Reshape", "Squeeze", "Unsqueeze"};
    const GraphNode& node = context.node;
    const auto isFixed = [](const ValueType& type) {
        return type.kind == ValueType::Kind::Tensor && type.tensor.ranked && isConstant(type.tensor.shape);
    };
    if (types.empty() || context.inputs.empty() || !isFixed(types[0]) || !isFixed(context.inputs[0]))
        return {};
    const Shape &x = context.inputs[0].tensor.shape, &y = types[0].tensor.shape;
    if (reshaping.count(node.op) && elementCount(x) != elementCount(y))
        return nodeError(node, "declares the shape " + toString(y) + " for the elements of " + toString(x) + ".");
    if (node.op == "Expand")
        return needsToFit(context, 0, "input", y, "as the node declares");
    return {};
}

TensorRef makeRef(std::string name, const ValueType& type)
{
    return {std::move(name), type.tensor.dtype, type.tensor.shape, {}};
}

Status lowerInto(const InferContext& context, const std::vector<ValueType>& outputTypes, std::vector<TensorRef> inputs,
                 std::vector<TensorRef> outputs, Names& names, Body& body)
{
    const Operator* definition = findOperator(context.node);
    if (!definition)
        return noDefinition(context.node);
    if (!definition->compute)
        return nodeError(context.node, "has no loops: its value folds to a constant.");
    for (std::size_t i = 0; i < context.inputs.size(); ++i)
        if (context.given[i])
            STRATA_CHECK(checkLowerable(context, context.inputs[i], "input " + std::to_string(i)));
    for (std::size_t i = 0; i < outputTypes.size(); ++i)
        STRATA_CHECK(checkOutput(context, outputTypes[i], i));
    for (std::size_t i = 0; i < outputTypes.size(); ++i)
        STRATA_CHECK(checkLowerable(context, outputTypes[i], "output " + std::to_string(i)));
    LowerContext lower(context, std::move(inputs), std::move(outputs), names, body);
    const Status done = definition->compute(lower);
    if (const std::optional<Dim> size = lower.refused())
        return nodeError(context.node, "has loops for numbers only where its shape speaks of " + size->text() + ".",
                         "Bind the dimension first.");
    return done;
}

std::set<std::string> loadedBuffers(const Body& body)
{
    std::set<std::string> loaded;
    walkExprs(body, [&](const ExprPtr& root) {
        walk(root, [&](const Expr& e) {
            if (e.op == Op::Load)
                loaded.insert(e.name);
        });
    });
    return loaded;
}

namespace {

// The sizes that data tell, and the inputs that tell them or the most that they can be.
Result<std::vector<std::size_t>> addTold(const InferContext& context, const std::vector<TensorRef>& inputs,
                                         Function& function)
{
    std::vector<std::size_t> tellers;
    const Operator& definition = *findOperator(context.node);
    if (!definition.told)
        return tellers;
    const std::vector<std::string> open = openSizes(context.node, context.inputs);
    if (open.empty())
        return tellers;
    const std::size_t by = definition.told->by;
    if (by >= inputs.size() || !context.given[by] || inputs[by].dtype != DType::I64 || inputs[by].rank() > 1)
        return nodeError(context.node, "cannot become loops: what tells " + open[0] + " is no integer.");
    tellers.push_back(by);
    for (std::size_t i = 0; i < open.size(); ++i)
        function.told.push_back({open[i], inputs[by].name, std::int64_t(i), definition.told->most(context, i)});
    for (std::size_t i = 0; i < context.inputs.size(); ++i)
        for (const Dim& dim : context.inputs[i].tensor.shape)
            for (const ToldSize& told : function.told)
                if (const std::string size = plainSize(dim); !size.empty() && tell({size}, {told.most}))
                    tellers.push_back(i);
    return tellers;
}

}  // namespace

SizeFacts OwnSizes::factsFrom(const SizeFacts& facts) const
{
    SizeFacts result = facts;
    for (const auto& [theirs, own] : m_own)
        if (const std::optional<SizeFact> fact = factOf(theirs, facts))
            result[plainSize(own)] = *fact;
    return result;
}

Result<LoweredNode> lowerNode(const GraphNode& node, const std::vector<ValueType>& inputs,
                              const ConstantInputs& constantInputs, const std::string& functionName,
                              const SizeFacts& facts)
{
    OwnSizes sizes;
    for (const ValueType& input : inputs)
        sizes.reserve(input.tensor.shape);
    for (const TypedName& output : node.outputs)
        sizes.reserve(output.type.tensor.shape);
    for (const ValueType& input : inputs)
        sizes.add(input.tensor.shape);
    for (const TypedName& output : node.outputs)
        sizes.addTold(output.type.tensor.shape);
    std::vector<ValueType> ownInputs;
    for (const ValueType& input : inputs)
        ownInputs.push_back(sizes.of(input));
    const GraphNode own = sizes.of(node);
    InferContext context = makeInferContext(own, std::move(ownInputs), constantInputs);
    context.facts = sizes.factsFrom(facts);
    STRATA_TRY(std::vector<ValueType> types, typesForLowering(context));
    Names names;
    names.reserve(sizes.names());
    std::vector<TensorRef> inputRefs, outputRefs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const bool known = context.given[i] && context.inputs[i].tensor.ranked;
        inputRefs.push_back(known ? makeRef(names.buffer(node.inputs[i].name), context.inputs[i]) : TensorRef{});
    }
    auto function = std::make_shared<Function>();
    function->name = functionName;
    for (std::size_t i = 0; i < std::min(types.size(), node.outputs.size()); ++i) {
        const bool wanted = !node.outputs[i].name.empty() && types[i].tensor.ranked;
        outputRefs.push_back(wanted ? makeRef(names.buffer(node.outputs[i].name), types[i]) : TensorRef{});
        if (wanted)
            function->results.push_back({outputRefs.back().name, types[i]});
    }
    types.resize(outputRefs.size());
    LoopsBody loops;
    STRATA_CHECK(lowerInto(context, types, inputRefs, outputRefs, names, loops.body));
    LoweredNode result;
    const std::set<std::string> loaded = loadedBuffers(loops.body);
    std::set<std::string> untold = spokenOf(sizes.names(), loops.body, function->results);
    for (const TypedName& result : function->results)
        for (const Dim& dim : result.type.tensor.shape)
            untold.erase(plainSize(dim));
    const auto tells = [&](std::size_t i) {
        const Shape& shape = context.inputs[i].tensor.shape;
        return std::count_if(shape.begin(), shape.end(), [&](const Dim& dim) { return untold.erase(plainSize(dim)); });
    };
    std::set<std::size_t> used;
    STRATA_TRY(const std::vector<std::size_t> tellers, addTold(context, inputRefs, *function));
    for (const std::size_t i : tellers) {
        used.insert(i);
        tells(i);
    }
    for (std::size_t i = 0; i < inputRefs.size(); ++i)
        if (context.given[i] && loaded.count(inputRefs[i].name)) {
            used.insert(i);
            tells(i);
        }
    for (std::size_t i = 0; i < inputRefs.size() && !untold.empty(); ++i)  // not read, but what else tells a size
        if (context.given[i] && !used.count(i) && tells(i) > 0)
            used.insert(i);
    for (const std::size_t i : used) {
        function->params.push_back({inputRefs[i].name, context.inputs[i]});
        result.usedInputs.push_back(i);
    }
    function->body = std::move(loops);
    function->attributes = {{"origin", node.op}, {"pattern", name(findOperator(node)->pattern)}};
    result.function = std::move(function);
    return result;
}

}  // namespace strata
