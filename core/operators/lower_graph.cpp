#include "core/index/sizes.h"
#include "core/ir/rename.h"
#include "core/operators/lower_node.h"

#include <map>

namespace strata {

namespace {
constexpr std::int64_t smallConstant = 4096;  // elements that may become part of the code

// Builds one loops function from a graph function's nodes.
class GroupLowering {
public:
    GroupLowering(const Module& module, const Function& function)
        : m_module(module)
        , m_source(function)
    {
    }

    Result<LoweredGraph> run()
    {
        STRATA_CHECK(declareParams());
        declareResults();
        for (const GraphNodePtr& node : m_source.graph()->nodes)
            STRATA_CHECK(lower(*node));
        for (std::size_t i = 0; i < m_source.results.size(); ++i)
            STRATA_CHECK(copyResult(i));
        return finish();
    }

private:
    Status declareParams()
    {
        for (const GraphNodePtr& node : m_source.graph()->nodes)
            for (const TypedName& output : node->outputs)
                m_sizes.reserve(output.type.tensor.shape);
        for (const TypedName& param : m_source.params)
            m_sizes.reserve(param.type.tensor.shape);
        for (const TypedName& param : m_source.params) {
            if (param.type.kind != ValueType::Kind::Tensor || !param.type.tensor.ranked)
                return refused(say("Function {} cannot become loops: its parameter {} is {}.", m_source.name,
                                   param.name, toString(param.type)),
                               {functionCursor(m_source.name)}, "What gives it is not known to Strata.");
            m_sizes.add(param.type.tensor.shape);
        }
        m_names.reserve(m_sizes.names());
        for (const TypedName& param : m_source.params) {
            const ValueType type = m_sizes.of(param.type);
            m_values[param.name] = {makeRef(m_names.buffer(param.name), type), type};
            m_params.push_back({m_values[param.name].ref.name, type});
        }
        return {};
    }

    // A result is written by the node that computes its value; what is no node's value, or is returned twice, is copied
    // at the end.
    void declareResults()
    {
        for (std::size_t i = 0; i < m_source.results.size(); ++i) {
            m_results.push_back(m_names.buffer(m_source.results[i].name));
            const Operand& operand = m_source.graph()->returns[i];
            if (operand.kind == Operand::Kind::Value && !m_values.count(operand.name))
                m_resultOf.emplace(operand.name, i);
        }
    }

    struct Known {
        TensorRef ref;
        ValueType type;
    };

    Result<Known> constantInput(const std::string& name)
    {
        if (auto found = m_constants.find(name); found != m_constants.end())
            return found->second;
        auto constant = m_module.constants.find(name);
        if (constant == m_module.constants.end())
            return bug("Function " + m_source.name + " refers to the constant @" + name
                       + ", which the module does not have.");
        const ValueType type{ValueType::Kind::Tensor, constant->second->type()};
        Known known{makeRef(m_names.buffer(name), type), type};
        m_constantOrder.push_back(name);
        return m_constants.emplace(name, std::move(known)).first->second;
    }

    Result<Known> operand(const GraphNode& node, const Operand& operand)
    {
        if (operand.kind == Operand::Kind::None)
            return Known{};
        if (operand.kind == Operand::Kind::Constant)
            return constantInput(operand.name);
        auto found = m_values.find(operand.name);
        if (found == m_values.end())
            return bug("Node " + node.name + " of " + m_source.name + " reads " + operand.name
                       + ", which nothing before it computes.");
        return found->second;
    }

    std::optional<Tensor> constantOf(const Operand& operand) const
    {
        auto found = operand.kind == Operand::Kind::Constant ? m_module.constants.find(operand.name)
                                                             : m_module.constants.end();
        if (found == m_module.constants.end()
            || elementCount(found->second->type().shape).value_or(smallConstant + 1) > smallConstant)
            return std::nullopt;
        Result<Tensor> tensor = toTensor(*found->second);
        return tensor ? std::optional(std::move(tensor).value()) : std::nullopt;
    }

    TensorRef declareOutput(const TypedName& output, const ValueType& type)
    {
        TensorRef ref = makeRef({}, type);
        if (auto result = m_resultOf.find(output.name); result != m_resultOf.end()) {
            ref.name = m_results[result->second];
        } else {
            ref.name = m_names.buffer(output.name);
            m_body.push_back(makeStmt(Alloc{{ref.name, type.tensor, Scope::Global}}));
        }
        m_values[output.name] = {ref, type};
        m_forwarding[{m_source.name, NodeKind::Value, output.name}] = {{m_source.name, NodeKind::Buffer, ref.name}};
        return ref;
    }

    // What a call computes stands here from now on, under names that are free.
    Status takeOver(const GraphNode& node)
    {
        STRATA_TRY(const LoweredGraph callee, calleeOf(node));
        const Function& function = *callee.function;
        Renames renames;
        std::vector<Shape> arguments;
        for (std::size_t i = 0; i < function.params.size(); ++i) {
            const bool passed = i < node.inputs.size();
            STRATA_TRY(const Known known, passed ? operand(node, node.inputs[i])
                                                 : constantInput(callee.constantParams[i - node.inputs.size()]));
            renames.buffers[function.params[i].name] = known.ref.name;
            arguments.push_back(known.type.tensor.shape);
        }
        const std::map<std::string, Dim> sizes = sizesAtCall(function, arguments, resultShapes(node));
        for (std::size_t i = 0; i < function.results.size(); ++i) {
            TypedName output = node.outputs[i];
            if (output.name.empty())
                output.name = function.results[i].name;  // nobody reads it, and it is written
            ValueType type = function.results[i].type;
            type.tensor.shape = withDims(std::move(type.tensor.shape), sizes);
            renames.buffers[function.results[i].name] = declareOutput(output, type).name;
        }
        walk(function.loops()->body, [&](const StmtPtr& stmt) {
            if (const Alloc* alloc = as<Alloc>(stmt))
                renames.buffers[alloc->buffer.name] = m_names.buffer(alloc->buffer.name);
            else if (const Loop* loop = as<Loop>(stmt))
                renames.loops[loop->name] = m_names.loop(loop->name, function.name, true);
            else if (const Block* block = as<Block>(stmt))
                renames.blocks[block->name] = m_names.block(block->name);
        });
        const std::size_t begin = m_body.size();
        const Body body = renamed(function.loops()->body, renames);
        for (const StmtPtr& stmt : sizes.empty() ? body : withDims(body, sizes))
            m_body.push_back(stmt);
        m_pattern = std::max(m_pattern, patternOf(function));
        recordBlocks(node, begin);
        return {};
    }

    std::vector<Shape> resultShapes(const GraphNode& node) const
    {
        std::vector<Shape> shapes;
        for (const TypedName& output : node.outputs)
            shapes.push_back(m_sizes.of(output.type).tensor.shape);
        return shapes;
    }

    Result<LoweredGraph> calleeOf(const GraphNode& node) const
    {
        const FunctionPtr callee = m_module.find(node.callee);
        const std::vector<Cursor> nodes{{m_source.name, NodeKind::Operator, node.name}};
        if (!callee)
            return refused(say("Node {} calls {}, which does not exist.", node.name, node.callee), nodes);
        if (callee->graph())
            return lowerGraphFunction(m_module, *callee);
        if (callee->loops())
            return LoweredGraph{callee, {}, {}};
        return refused(say("Node {} calls {}, which is held at the {} level and has no loops to take over.", node.name,
                           node.callee, strata::name(callee->level())),
                       nodes);
    }

    static Pattern patternOf(const Function& function)
    {
        const auto said = function.attributes.find("pattern");
        for (int i = 0; said != function.attributes.end() && i < int(Pattern::Opaque); ++i)
            if (said->second == name(Pattern(i)))
                return Pattern(i);
        return Pattern::Opaque;
    }

    Status lower(const GraphNode& declared)
    {
        if (declared.isCall())
            return takeOver(declared);
        const GraphNode node = m_sizes.of(declared);
        std::vector<ValueType> types;
        std::vector<TensorRef> inputs, outputs;
        for (const Operand& input : node.inputs) {
            STRATA_TRY(Known known, operand(node, input));
            types.push_back(known.type);
            inputs.push_back(known.ref);
        }
        InferContext context = makeInferContext(node, types,
                                                [&](std::size_t i) { return constantOf(node.inputs[i]); });
        context.facts = m_sizes.factsFrom(m_source.facts);
        STRATA_TRY(std::vector<ValueType> outputTypes, typesForLowering(context));
        outputTypes.resize(std::min(outputTypes.size(), node.outputs.size()));
        for (std::size_t i = 0; i < outputTypes.size(); ++i) {
            const bool wanted = !node.outputs[i].name.empty() && outputTypes[i].tensor.ranked;
            outputs.push_back(wanted ? declareOutput(node.outputs[i], outputTypes[i]) : TensorRef{});
        }
        const std::size_t begin = m_body.size();
        STRATA_CHECK(lowerInto(context, outputTypes, inputs, outputs, m_names, m_body));
        if (const Operator* definition = findOperator(node))
            m_pattern = std::max(m_pattern, definition->pattern);
        recordBlocks(node, begin);
        return {};
    }

    void recordBlocks(const GraphNode& node, std::size_t begin)
    {
        std::vector<Cursor>& blocks = m_forwarding[{m_source.name, NodeKind::Operator, node.name}];
        walk(Body(m_body.begin() + std::ptrdiff_t(begin), m_body.end()), [&](const StmtPtr& stmt) {
            if (const Block* block = as<Block>(stmt))
                blocks.push_back({m_source.name, NodeKind::Block, block->name});
        });
    }

    Status copyResult(std::size_t i)
    {
        const Operand& from = m_source.graph()->returns[i];
        auto written = m_resultOf.find(from.name);
        if (from.kind == Operand::Kind::Value && written != m_resultOf.end() && written->second == i)
            return {};
        STRATA_TRY(const Known source, operand({}, from));
        const GraphNode copy{"copy", "Identity", {}, 0, {}, {from}, {m_source.results[i]}, {}};
        TensorRef target = source.ref;
        target.name = m_results[i];
        return lowerInto(makeInferContext(copy, {source.type}, {}), {source.type}, {source.ref}, {target}, m_names,
                         m_body);
    }

    Result<LoweredGraph> finish()
    {
        auto function = std::make_shared<Function>();
        function->name = m_source.name;
        function->params = m_params;
        LoweredGraph result;
        const std::set<std::string> loaded = loadedBuffers(m_body);
        for (const std::string& name : m_constantOrder) {
            const Known& constant = m_constants.at(name);
            if (!loaded.count(constant.ref.name))
                continue;
            function->params.push_back({constant.ref.name, constant.type});
            result.constantParams.push_back(name);
        }
        for (std::size_t i = 0; i < m_results.size(); ++i)
            function->results.push_back({m_results[i], resultType(i)});
        function->body = LoopsBody{std::move(m_body)};
        function->attributes = m_source.attributes;
        function->implements = m_source.implements;
        function->choices = m_source.choices;
        if (!m_source.facts.empty())
            function->facts = factsAtCall(*function, shapesOf(m_source.params), shapesOf(m_source.results),
                                          m_source.facts);
        function->attributes.emplace("pattern", name(m_pattern));
        result.function = std::move(function);
        result.forwarding = std::move(m_forwarding);
        return result;
    }

    static std::vector<Shape> shapesOf(const std::vector<TypedName>& tensors)
    {
        std::vector<Shape> shapes;
        for (const TypedName& tensor : tensors)
            shapes.push_back(tensor.type.tensor.shape);
        return shapes;
    }

    ValueType resultType(std::size_t i) const
    {
        const Operand& from = m_source.graph()->returns[i];
        return from.kind == Operand::Kind::Constant ? m_constants.at(from.name).type : m_values.at(from.name).type;
    }

    const Module& m_module;
    const Function& m_source;
    Names m_names;
    OwnSizes m_sizes;
    Body m_body;
    std::map<std::string, Known> m_values, m_constants;
    std::vector<std::string> m_constantOrder, m_results;
    std::map<std::string, std::size_t> m_resultOf;  // value -> the result that is its buffer
    std::vector<TypedName> m_params;
    Forwarding m_forwarding;
    Pattern m_pattern = Pattern::ElementWise;
};
}  // namespace

Result<LoweredGraph> lowerGraphFunction(const Module& module, const Function& function)
{
    if (!function.graph())
        return refused(say("Function {} is not at the graph level.", function.name), {functionCursor(function.name)});
    return GroupLowering(module, function).run();
}

}  // namespace strata
