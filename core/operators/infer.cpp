// Types node by node, in order, together with the small values that shapes are made of. Each node sees what is known
// before it, so one pass suffices. What a rule refuses is a fault of the model; what it leaves open is completed by
// what the node declares, or stays unknown, and so does what is behind it.
#include "core/operators/infer.h"

#include "core/index/sizes.h"
#include "core/ir/calls.h"
#include "core/ir/control.h"
#include "core/ir/live.h"
#include "core/operators/fold.h"
#include "core/operators/lower_node.h"
#include "core/operators/shape_values.h"

#include <algorithm>
#include <unordered_map>

namespace strata {

namespace {
constexpr std::int64_t smallValue = 4096;  // elements
constexpr std::int64_t mostReals = 16;     // elements of an input that is not integers, of which shapes follow

using TensorPtr = std::shared_ptr<const Tensor>;

struct Known {
    ValueType type;
    TensorPtr value;                      // nullptr: not known
    std::optional<DimValues> dimensions;  // elements that are polynomials, where there is no value
};

bool isSmall(const ValueType& type)
{
    return type.kind == ValueType::Kind::Tensor && type.tensor.ranked && type.tensor.dtype != DType::String
           && elementCount(type.tensor.shape).value_or(smallValue + 1) <= smallValue;
}

bool isSmallNode(const GraphNode& node)
{
    return std::all_of(node.outputs.begin(), node.outputs.end(),
                       [](const TypedName& output) { return output.name.empty() || isSmall(output.type); });
}

bool isOfShapeOnly(const GraphNode& node) { return node.op == "Shape" || node.op == "Size"; }

class Inference {
public:
    Inference(const Module& module, FunctionPtr function)
        : m_module(module)
        , m_function(std::move(function))
        , m_declared(module, *m_function)
    {
    }

    // `inputs`: values of the parameters; empty: not known.
    InferredTypes run(const GraphBody& graph, const std::vector<Tensor>& inputs = {})
    {
        for (const TypedName& param : m_function->params)
            for (const Dim& dim : param.type.tensor.shape)
                for (std::string& symbol : dim.symbols())
                    m_symbols.insert(std::move(symbol));
        for (const TypedName& param : m_function->params)
            m_values[param.name] = {param.type, nullptr, {}};
        for (std::size_t i = 0; i < std::min(inputs.size(), m_function->params.size()); ++i)
            if (const ValueType type{ValueType::Kind::Tensor, inputs[i].type};
                isSmall(type) && (!isFloat(type.tensor.dtype) || inputs[i].count() <= mostReals))
                m_values[m_function->params[i].name] = {type, std::make_shared<const Tensor>(inputs[i]), {}};
        for (std::size_t i = 0; i < std::min(inputs.size(), m_function->params.size()); ++i)
            m_ofData.insert(m_function->params[i].name);
        lookBackwards(graph);
        GraphBody body{{}, graph.returns};
        body.nodes.reserve(graph.nodes.size());
        bool changed = false;
        for (const GraphNodePtr& node : graph.nodes) {
            body.nodes.push_back(infer(node));
            changed |= body.nodes.back() != node;
        }
        std::vector<TypedName> results = m_function->results;
        for (std::size_t i = 0; i < results.size() && i < graph.returns.size(); ++i)
            if (const Known* known = find(graph.returns[i]))
                results[i].type = known->type;
        changed |= results != m_function->results;
        InferredTypes inferred = asDeclared();
        if (!changed)
            return inferred;
        auto function = std::make_shared<Function>(*m_function);
        function->results = std::move(results);
        function->body = std::move(body);
        inferred.function = std::move(function);
        return inferred;
    }

    // Types as they are declared; only a node whose first input is known, or asked for its shape alone, can make a
    // value that is.
    InferredTypes valuesOnly(const GraphBody& graph)
    {
        m_trusted = true;
        for (const GraphNodePtr& node : graph.nodes) {
            const bool unknown = !node->inputs.empty() && node->inputs[0].kind == Operand::Kind::Value
                                 && !m_values.count(node->inputs[0].name) && !isOfShapeOnly(*node);
            if (unknown || node->isCall() || node->outputs.empty() || !isSmallNode(*node))
                continue;
            foldValue(*node);
        }
        return asDeclared();
    }

private:
    InferredTypes asDeclared()
    {
        InferredTypes inferred{m_function, std::move(m_warnings), std::move(m_faults), {}};
        for (const auto& [name, known] : m_values)
            if (known.value)
                inferred.known.emplace(name, *known.value);
        return inferred;
    }

    GraphNodePtr infer(const GraphNodePtr& node)
    {
        std::vector<ValueType> types = typesOf(*node);
        bool changed = false;
        for (std::size_t i = 0; i < node->outputs.size(); ++i)
            changed |= i < types.size() && !(node->outputs[i].type == types[i]);
        GraphNodePtr result = node;
        if (changed) {
            auto typed = std::make_shared<GraphNode>(*node);
            for (std::size_t i = 0; i < std::min(types.size(), typed->outputs.size()); ++i)
                typed->outputs[i].type = types[i];
            result = std::move(typed);
        }
        for (const TypedName& output : result->outputs)
            if (!output.name.empty())
                m_values[output.name].type = output.type;
        foldValue(*result);
        if (!result->isCall() && !result->outputs.empty())
            followDimensions(*result);
        return result;
    }

    // What an operator of one element makes is of the shape that it takes, so a shape that is declared holds for what
    // comes before it, too: where an earlier node's shape follows from data, this is the one that code is made for.
    void lookBackwards(const GraphBody& graph)
    {
        for (auto at = graph.nodes.rbegin(); at != graph.nodes.rend(); ++at) {
            const GraphNode& node = **at;
            const Operator* definition = findOperator(node);
            if (!definition || definition->pattern != Pattern::ElementWise || node.inputs.empty()
                || node.outputs.size() != 1 || node.inputs[0].kind != Operand::Kind::Value)
                continue;
            const TensorType& declared = node.outputs[0].type.tensor;
            const auto wanted = m_wanted.find(node.outputs[0].name);
            if (declared.ranked && node.outputs[0].type.kind == ValueType::Kind::Tensor)
                m_wanted.emplace(node.inputs[0].name, declared.shape);
            else if (wanted != m_wanted.end())
                m_wanted.emplace(node.inputs[0].name, Shape(wanted->second));
        }
    }

    std::vector<ValueType> typesOf(const GraphNode& node)
    {
        if (node.isCall() || !findOperator(node))
            return typesFromFunctions(node);
        const Operator& definition = *findOperator(node);
        InferContext context = contextOf(node);
        if (definition.told || definition.counted)
            withoutData(context);
        Result<std::vector<ValueType>> types = inferTypes(context);
        if (!types) {
            addFault(node, types.error());
            return {};
        }
        std::map<std::string, std::string> named;  // sizes that data tell, as the node's declarations call them
        for (std::size_t i = 0; i < std::min(types->size(), node.outputs.size()); ++i) {
            const Shape made = (*types)[i].tensor.shape;
            (*types)[i] = completed((*types)[i], node, i, [this](const Dim& dim) { return isVague(dim); });
            keepToldSizes(node, made, (*types)[i].tensor.shape, named);
            const auto wanted = m_wanted.find(node.outputs[i].name);
            if ((*types)[i].kind == ValueType::Kind::Tensor && !(*types)[i].tensor.ranked && wanted != m_wanted.end())
                (*types)[i].tensor = {(*types)[i].tensor.dtype, wanted->second, true};
            if (!node.outputs[i].name.empty())
                warnOfUnknown(node, node.outputs[i].name, (*types)[i]);
        }
        for (const auto& [size, name] : named)
            m_told.insert(name);
        if (Status declared = checkDeclared(contextOf(node), *types); !declared) {
            addFault(node, declared.error());
            return {};
        }
        return std::move(types).value();
    }

    // Test data tell no size that any data tell.
    void withoutData(InferContext& context) const
    {
        const GraphNode& node = context.node;
        const auto isData = [this, &node](std::size_t i) { return m_ofData.count(node.inputs[i].name) != 0; };
        context.constant = [isData, constant = context.constant](std::size_t i) {
            return isData(i) ? std::nullopt : constant(i);
        };
        context.dimensions = [isData, dimensions = context.dimensions](std::size_t i) {
            return isData(i) ? std::nullopt : dimensions(i);
        };
    }

    // Sizes that data tell are symbols of the node that makes them; what follows from them stays what it is, whatever a
    // declaration calls it. A declared name counts where it is nobody else's.
    void keepToldSizes(const GraphNode& node, const Shape& made, Shape& shape, std::map<std::string, std::string>& named)
    {
        const Operator& definition = *findOperator(node);
        for (std::size_t d = 0; d < std::min(made.size(), shape.size()); ++d) {
            const std::vector<std::string> symbols = made[d].symbols();
            const bool follows = std::any_of(symbols.begin(), symbols.end(),
                                             [this](const std::string& s) { return m_told.count(s) != 0; });
            if (symbols.empty() || shape[d].isConstant())
                continue;
            if (follows) {
                shape[d] = made[d];
            } else if (const std::string size = plainSize(made[d]);
                       (definition.told || definition.counted) && !size.empty() && !m_symbols.count(size)) {
                const std::string declared = plainSize(shape[d]);
                if (m_symbols.count(declared))
                    continue;  // the model says that it is as an input's
                const bool isFree = !declared.empty() && !m_told.count(declared);
                const std::string& name = named.emplace(size, isFree ? declared : size).first->second;
                shape[d] = Dim::symbol(name);
            }
        }
    }

    void addFault(const GraphNode& node, Error fault)
    {
        fault.nodes = {{m_function->name, NodeKind::Operator, node.name}};
        m_faults.push_back(std::move(fault));
    }

    // Said where the unknown begins, not once more for everything behind it.
    void warnOfUnknown(const GraphNode& node, const std::string& output, const ValueType& type)
    {
        const bool isInherited = std::any_of(node.inputs.begin(), node.inputs.end(), [&](const Operand& input) {
            const Known* known = find(input);
            return input.kind != Operand::Kind::None && (!known || !known->type.tensor.ranked);
        });
        if (isInherited || type.tensor.ranked)
            return;
        if (const std::optional<std::string> unheld = unheldType(node))
            m_warnings.push_back(describe(node) + " gives the element type " + *unheld
                                 + ", which Strata does not have.");
        else
            m_warnings.push_back(describe(node) + " gives " + output
                                 + (type.kind == ValueType::Kind::Unknown
                                        ? " a type that is not known."
                                        : " a shape that is only known when the model runs."));
    }

    // A dimension that speaks of other symbols than the function's inputs do: a rule made it up.
    bool isVague(const Dim& dim) const
    {
        const std::vector<std::string> symbols = dim.symbols();
        return std::any_of(symbols.begin(), symbols.end(),
                           [this](const std::string& symbol) { return m_symbols.count(symbol) == 0; });
    }

    // A loop gives what it carries, if its body gives that as it takes it. It has as many rows as the node declares, or
    // as many as iterations, if that is known.
    std::vector<ValueType> typesOfLoop(const GraphNode& node, const LoopForm& loop)
    {
        const FunctionPtr body = m_module.find(loop.body);
        if (!body || body->results.size() != node.outputs.size() + 1 || body->params.size() != node.inputs.size())
            return {};
        std::vector<ValueType> types;
        for (std::size_t i = 0; i < node.outputs.size(); ++i) {
            ValueType type = body->results[i + 1].type;
            if (i < loop.carried) {
                const Known* const initial = find(node.inputs[2 + i]);
                if (!initial || initial->type != type || body->params[2 + i].type != type)
                    type.tensor = {type.tensor.dtype, {}, false};
            } else if (const std::optional<Dim> rows = rowsOf(node, i, *body); rows && type.tensor.ranked) {
                type.tensor.shape.insert(type.tensor.shape.begin(), *rows);
            } else {
                type.tensor = {type.tensor.dtype, {}, false};
            }
            types.push_back(std::move(type));
        }
        return types;
    }

    std::optional<Dim> rowsOf(const GraphNode& node, std::size_t output, const Function& body)
    {
        const TypedName& declared = node.outputs[output];
        const Shape& shape = declared.type.tensor.shape;
        if (declared.type.kind == ValueType::Kind::Tensor && !shape.empty() && shape[0].isConstant())
            return shape[0];
        const TensorPtr first = valueOf(node.inputs[1]);
        const std::optional<DimValues> trips = dimensionsOf(node.inputs[0]);
        const bool begins = node.inputs[1].kind == Operand::Kind::None || (first && first->at(0) != 0);
        if (!trips || trips->size() != 1 || !begins || !goesOn(body))
            return std::nullopt;
        const Dim count = trips->front();
        return count.isConstant() ? Dim(std::max<std::int64_t>(count.constant(), 0)) : count;
    }

    // Whether a loop's body hands its condition on, or says yes.
    bool goesOn(const Function& body)
    {
        const GraphBody* const graph = body.graph();
        if (!graph || graph->returns.empty())
            return false;
        Operand next = graph->returns[0];
        for (auto node = graph->nodes.rbegin(); node != graph->nodes.rend(); ++node)
            if (const GraphNode& one = **node; one.op == "Identity" && one.domain.empty() && one.outputs.size() == 1
                                               && next == Operand::value(one.outputs[0].name))
                next = one.inputs.at(0);
        if (next.kind != Operand::Kind::Constant)
            return next == Operand::value(body.params[1].name);
        const TensorPtr value = valueOf(next);
        return value && value->count() == 1 && value->at(0) != 0;
    }

    // What the arguments tell of the callee's sizes; where they leave one open, the node's own word counts.
    std::vector<ValueType> inSizesOfCaller(const GraphNode& node, const Function& callee, std::vector<ValueType> types)
    {
        std::vector<Shape> arguments;
        for (const Operand& input : node.inputs) {
            const Known* known = find(input);
            arguments.push_back(known ? known->type.tensor.shape : Shape());
        }
        const std::map<std::string, Dim> sizes = sizesAtCall(callee, arguments, {});
        for (std::size_t i = 0; i < types.size(); ++i) {
            Shape& shape = types[i].tensor.shape;
            const std::set<std::string> told = toldBy(sizes);
            const bool open = !isConstant(shape) && !tell(told, shape);
            if (open && i < node.outputs.size() && node.outputs[i].type.tensor.shape.size() == shape.size())
                shape = node.outputs[i].type.tensor.shape;
            else if (!open)
                shape = withDims(std::move(shape), sizes);
        }
        return types;
    }
    static std::set<std::string> toldBy(const std::map<std::string, Dim>& sizes)
    {
        std::set<std::string> told;
        for (const auto& [size, dim] : sizes)
            told.insert(size);
        return told;
    }

    // What a branch gives, in the sizes of the graph around it: what its captures do not tell is an open size.
    std::vector<ValueType> outsideOf(const GraphNode& node, const Function& branch, std::vector<ValueType> types)
    {
        std::vector<Shape> captures;
        for (std::size_t i = 1; i < node.inputs.size(); ++i) {
            const Known* known = find(node.inputs[i]);
            captures.push_back(known ? known->type.tensor.shape : Shape());
        }
        const std::map<std::string, Dim> sizes = sizesAtCall(branch, captures, {});
        const std::set<std::string> told = toldBy(sizes);
        for (std::size_t i = 0; i < types.size(); ++i)
            for (std::size_t d = 0; d < types[i].tensor.shape.size(); ++d) {
                Dim& dim = types[i].tensor.shape[d];
                if (tell(told, {dim}))
                    dim = withDims(dim, sizes);
                else if (!tell(m_symbols, {dim}))
                    dim = openSize(node, i, d);
            }
        return types;
    }

    Dim openSize(const GraphNode& node, std::size_t output, std::size_t d)
    {
        const Dim dim = unknownDim(node, output, d);
        m_told.insert(plainSize(dim));
        return dim;
    }

    // What holds of both.
    std::vector<ValueType> common(const GraphNode& node, std::vector<ValueType> types,
                                  const std::vector<ValueType>& others)
    {
        if (types.size() != others.size())
            return {};
        for (std::size_t i = 0; i < types.size(); ++i) {
            const bool sameKind = types[i].kind == others[i].kind && types[i].tensor.dtype == others[i].tensor.dtype;
            Shape &shape = types[i].tensor.shape;
            const Shape& other = others[i].tensor.shape;
            const bool sameRank = sameKind && types[i].kind == ValueType::Kind::Tensor && types[i].tensor.ranked
                                  && others[i].tensor.ranked && shape.size() == other.size();
            const TypedName* declared = i < node.outputs.size() ? &node.outputs[i] : nullptr;
            const bool isDeclared = declared && declared->type.tensor.ranked && isConstant(declared->type.tensor.shape)
                                    && declared->type.kind == ValueType::Kind::Tensor;
            for (std::size_t d = 0; sameRank && !isDeclared && d < shape.size(); ++d)
                if (!(shape[d] == other[d]))
                    shape[d] = openSize(node, i, d);
            if (sameRank && !isDeclared)
                continue;
            if (types[i] != others[i])
                types[i] = sameKind ? ValueType{types[i].kind, {types[i].tensor.dtype, {}, false}} : unknownType();
        }
        return types;
    }

    // A call has its callee's results; an If those of its branches, if they agree.
    std::vector<ValueType> typesFromFunctions(const GraphNode& node)
    {
        if (const auto loop = loopOf(node.op, node.attributes, node.inputs.size()); loop && node.domain.empty())
            return typesOfLoop(node, *loop);
        std::vector<std::string> names;
        if (node.isCall())
            names.push_back(node.callee);
        else if (node.op == "If")
            for (const char* branch : {"then_branch", "else_branch"})
                if (auto found = node.attributes.find(branch); found != node.attributes.end())
                    if (const auto* reference = std::get_if<FunctionRef>(&found->second))
                        names.push_back(reference->name);
        std::vector<ValueType> types;
        for (const std::string& name : names) {
            const FunctionPtr function = m_module.find(name);
            if (!function)
                return {};
            std::vector<ValueType> own;
            for (const TypedName& result : function->results)
                own.push_back(result.type);
            if (node.isCall())
                own = inSizesOfCaller(node, *function, std::move(own));
            else
                own = outsideOf(node, *function, std::move(own));
            types = types.empty() ? std::move(own) : common(node, std::move(types), own);
        }
        if (types.empty() && !node.isCall())
            m_warnings.push_back(noDefinition(node).message);
        for (std::size_t i = 0; i < types.size() && i < node.outputs.size(); ++i)  // where branches differ
            if (const ValueType& declared = node.outputs[i].type; !types[i].tensor.ranked && declared.tensor.ranked
                                                                  && declared.tensor.dtype == types[i].tensor.dtype)
                types[i] = declared;
        return types;
    }

    InferContext contextOf(const GraphNode& node)
    {
        std::vector<ValueType> types;
        for (const Operand& input : node.inputs) {
            const Known* known = find(input);
            types.push_back(known ? known->type : unknownType());
        }
        InferContext context = makeInferContext(node, std::move(types),
                                                [this, &node](std::size_t i) -> std::optional<Tensor> {
                                                    const TensorPtr value = valueOf(node.inputs[i]);
                                                    return value ? std::optional(*value) : std::nullopt;
                                                });
        context.dimensions = [this, &node](std::size_t i) { return dimensionsOf(node.inputs[i]); };
        context.facts = m_function->facts;
        return context;
    }

    // An integer value as dimensions, known or symbolic.
    std::optional<DimValues> dimensionsOf(const Operand& operand)
    {
        const Known* known = find(operand);
        if (!known || known->type.tensor.shape.size() > 1)
            return std::nullopt;
        const TensorPtr value = valueOf(operand);
        if (!value)
            return known->dimensions;
        if (isFloat(value->type.dtype) || value->type.dtype == DType::String || value->count() > 64)
            return std::nullopt;
        DimValues result;
        for (std::int64_t i = 0; i < value->count(); ++i)
            result.push_back(Dim(value->integerAt(i)));
        return result;
    }

    void followDimensions(const GraphNode& node)
    {
        const TypedName& output = node.outputs[0];
        const TensorType& type = output.type.tensor;
        if (output.name.empty() || isFloat(type.dtype) || !type.ranked || type.shape.size() > 1
            || m_values[output.name].value)
            return;
        std::vector<std::optional<DimValues>> inputs;
        for (const Operand& input : node.inputs)
            inputs.push_back(dimensionsOf(input));
        m_values[output.name].dimensions = dimensionValues(contextOf(node), inputs);
    }

    const Known* find(const Operand& operand)
    {
        if (operand.kind == Operand::Kind::None)
            return nullptr;
        auto& table = operand.kind == Operand::Kind::Constant ? m_constants : m_values;
        auto found = table.find(operand.name);
        if (found != table.end())
            return &found->second;
        if (operand.kind == Operand::Kind::Value && m_trusted) {
            const std::optional<ValueType> declared = m_declared.of(operand);
            return declared ? &(m_types[operand.name] = {*declared, nullptr, {}}) : nullptr;
        }
        auto constant = m_module.constants.find(operand.name);
        if (operand.kind != Operand::Kind::Constant || constant == m_module.constants.end())
            return nullptr;
        return &(m_constants[operand.name] = {{ValueType::Kind::Tensor, constant->second->type()}, nullptr, {}});
    }

    TensorPtr valueOf(const Operand& operand)
    {
        const Known* known = find(operand);
        if (!known || known->value || operand.kind != Operand::Kind::Constant || !isSmall(known->type))
            return known ? known->value : nullptr;
        Result<Tensor> tensor = toTensor(*m_module.constants.at(operand.name));
        if (!tensor)
            return nullptr;
        return m_constants[operand.name].value = std::make_shared<const Tensor>(std::move(tensor).value());
    }

    // Computes the node's outputs if they are small and everything that they depend on is known.
    void foldValue(const GraphNode& node)
    {
        if (node.isCall() || node.outputs.empty() || !findOperator(node) || !isSmallNode(node))
            return;
        const bool ofShapeOnly = isOfShapeOnly(node);
        std::vector<TensorPtr> inputs;
        for (const Operand& input : node.inputs) {
            inputs.push_back(input.kind == Operand::Kind::None || ofShapeOnly ? nullptr : valueOf(input));
            if (input.kind != Operand::Kind::None && !ofShapeOnly && !inputs.back())
                return;
        }
        const Result<std::vector<Tensor>> values = foldNode(contextOf(node), inputs);
        if (!values)
            return;
        const bool ofData = !ofShapeOnly && std::any_of(node.inputs.begin(), node.inputs.end(), [this](const Operand& o) {
            return o.kind == Operand::Kind::Value && m_ofData.count(o.name) != 0;
        });
        for (std::size_t i = 0; i < std::min(values->size(), node.outputs.size()); ++i)
            if (!node.outputs[i].name.empty()) {
                if (ofData)
                    m_ofData.insert(node.outputs[i].name);
                Known& known = m_values[node.outputs[i].name];
                known.type = node.outputs[i].type;
                known.value = std::make_shared<const Tensor>((*values)[i]);
            }
    }

    const Module& m_module;
    FunctionPtr m_function;
    OperandTypes m_declared;
    bool m_trusted = false;  // what is declared is right
    // Trusted, `m_values` holds values that are known, and types that were asked for are in a table of their own.
    std::unordered_map<std::string, Known> m_values, m_constants, m_types;
    std::set<std::string> m_symbols;                  // of the function's inputs
    std::set<std::string> m_told;                     // sizes that data tell
    std::set<std::string> m_ofData;                   // values that follow from what the inputs hold
    std::unordered_map<std::string, Shape> m_wanted;  // value -> shape that what comes behind it needs
    std::vector<std::string> m_warnings;
    std::vector<Error> m_faults;
};
}  // namespace

namespace {

// The same pointer comes back if nothing changes.
Result<FunctionPtr> sharedGraph(const Module& module, const Function& function)
{
    if (!function.graph())
        return refused(say("Function {} is not at the graph level.", function.name), {functionCursor(function.name)});
    FunctionPtr shared = module.find(function.name);
    return shared.get() == &function ? shared : std::make_shared<const Function>(function);
}

bool isWhole(const TypedName& value)
{
    return value.name.empty()
           || (value.type.kind == ValueType::Kind::Tensor && value.type.tensor.ranked
               && isConstant(value.type.tensor.shape));
}

bool declaresAll(const Function& function)
{
    const std::vector<GraphNodePtr>& nodes = function.graph()->nodes;
    return std::all_of(function.results.begin(), function.results.end(), isWhole)
           && std::all_of(nodes.begin(), nodes.end(), [](const GraphNodePtr& node) {
                  return std::all_of(node->outputs.begin(), node->outputs.end(), isWhole);
              });
}

}  // namespace

Result<InferredTypes> inferFunction(const Module& module, const Function& function)
{
    STRATA_TRY(const FunctionPtr shared, sharedGraph(module, function));
    return Inference(module, shared).run(*shared->graph());
}

Result<InferredTypes> inferVerified(const Module& module, const Function& function)
{
    STRATA_TRY(const FunctionPtr shared, sharedGraph(module, function));
    Inference inference(module, shared);
    return declaresAll(*shared) ? inference.valuesOnly(*shared->graph()) : inference.run(*shared->graph());
}

namespace {

// Whether the shapes follow from those of the inputs alone; else from values, too.
bool followsFromShapes(const GraphNode& node, std::vector<ValueType> inputs)
{
    const auto unknown = [](std::size_t) -> std::optional<Tensor> { return std::nullopt; };
    const Result<std::vector<ValueType>> types = inferTypes(makeInferContext(node, std::move(inputs), unknown));
    return types && std::all_of(types->begin(), types->end(), [](const ValueType& type) {
               return type.kind == ValueType::Kind::Tensor && type.tensor.ranked && isConstant(type.tensor.shape);
           });
}

std::map<std::string, ValueType> typesIn(const Function& function)
{
    std::map<std::string, ValueType> types;
    for (const TypedName& param : function.params)
        types[param.name] = param.type;
    for (const GraphNodePtr& node : function.graph()->nodes)
        for (const TypedName& output : node->outputs)
            types[output.name] = output.type;
    return types;
}

std::vector<ValueType> inputTypes(const GraphNode& node, const Module& module,
                                  const std::map<std::string, ValueType>& types)
{
    std::vector<ValueType> result;
    for (const Operand& input : node.inputs) {
        const auto constant = module.constants.find(input.name);
        const auto value = types.find(input.name);
        if (input.kind == Operand::Kind::Constant && constant != module.constants.end())
            result.push_back({ValueType::Kind::Tensor, constant->second->type()});
        else
            result.push_back(value == types.end() ? unknownType() : value->second);
    }
    return result;
}

bool differ(const ValueType& declared, const ValueType& made)
{
    return declared.kind == ValueType::Kind::Tensor && made.kind == ValueType::Kind::Tensor && declared.tensor.ranked
           && made.tensor.ranked && !mayBeEqual(declared.tensor.shape, made.tensor.shape);
}

}  // namespace

FunctionPtr inferredForInputs(const Module& module, const FunctionPtr& function, const std::map<std::string, Tensor>& values)
{
    const GraphBody* graph = function->graph();
    if (!graph || values.empty())
        return function;
    std::vector<Tensor> inputs;
    for (const TypedName& param : function->params) {
        const auto value = values.find(param.name);
        const bool fits = value != values.end() && param.type.kind == ValueType::Kind::Tensor
                          && value->second.type == param.type.tensor;
        inputs.push_back(fits ? value->second : Tensor{{DType::String, {}, false}, {}, {}});
    }
    const InferredTypes inferred = Inference(module, function).run(*graph, inputs);
    return inferred.function && inferred.faults.empty() ? inferred.function : function;
}

Status checkShapesOf(const std::vector<Tensor>& inputs, const Module& module, const Function& function)
{
    const GraphBody* graph = function.graph();
    if (!graph)
        return {};
    const InferredTypes made = Inference(module, std::make_shared<const Function>(function)).run(*graph, inputs);
    std::map<std::string, Error> faults;
    for (const Error& fault : made.faults)
        faults.emplace(fault.nodes.at(0).name, fault);
    const std::set<const GraphNode*> live = liveNodes(*graph);
    const std::map<std::string, ValueType> types = typesIn(function);
    for (std::size_t n = 0; n < graph->nodes.size(); ++n) {
        const GraphNode& node = *graph->nodes[n];
        if (!live.count(&node) || !findOperator(node) || followsFromShapes(node, inputTypes(node, module, types)))
            continue;
        if (const auto fault = faults.find(node.name); fault != faults.end())
            return fault->second;
        const std::vector<TypedName>& outputs = made.function->graph()->nodes[n]->outputs;
        for (std::size_t i = 0; i < outputs.size(); ++i)
            if (differ(node.outputs[i].type, outputs[i].type))
                return refused(say("{} makes {} of these inputs, where the model declares {}.", describe(node),
                                   toString(outputs[i].type), toString(node.outputs[i].type)),
                               {{function.name, NodeKind::Operator, node.name}},
                               "Code is made for the shape that the model declares.");
    }
    return {};
}

}  // namespace strata
