// The model and its graphs; nodes are in node_import.cpp.
#include "core/onnx/model_import.h"

#include "core/onnx/fields.h"
#include "core/operators/rules.h"
#include "core/operators/schema.h"

#include <algorithm>
#include <cctype>

namespace strata::onnx {

namespace {

constexpr int deepestSubgraph = 30;
constexpr std::size_t mostWarnings = 200;

// Exporters write "?", "-1" or "None" for a size that is not known; two of those need not be equal.
bool isName(const std::string& param)
{
    return param != "None"
           && std::any_of(param.begin(), param.end(), [](unsigned char c) { return std::isalpha(c) || c >= 0x80; });
}

}  // namespace

std::string sentence(std::string text)
{
    text[0] = char(std::toupper(static_cast<unsigned char>(text[0])));
    return text;
}

std::string domainOf(const std::string& domain) { return domain == "ai.onnx" ? std::string() : domain; }

namespace {

// "batch size" -> "batch_size": letters, digits and underscores, not starting with a digit.
std::string identifierOf(const std::string& text)
{
    std::string name;
    for (const char c : text)
        name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])))
        name.insert(0, "_");
    return name;
}

}  // namespace

std::string unique(const std::string& base, NameSet& taken)
{
    std::string name = base;
    for (int k = 1; !taken.insert(name).second; ++k)
        name = base + "_" + std::to_string(k);
    return name;
}

ModelImport::ModelImport(std::shared_ptr<const ModelFile> file, std::string folder, const ImportOptions& options)
    : m_options(options)
    , m_storage{std::move(folder), std::move(file)}
    , m_proto(&m_storage.model->proto)
{
}

void ModelImport::warn(std::string text)
{
    if (m_imported.warnings.size() < mostWarnings)
        m_imported.warnings.push_back(std::move(text));
}

Status ModelImport::checkStopped() const
{
    if (m_options.stop.stop_requested())
        return refused("Opening the model is cancelled.");
    return {};
}

Status ModelImport::readHeader()
{
    if (!m_proto->has_graph())
        return refused("The file holds no graph: it is empty, or of another kind.");
    STRATA_CHECK(checkFields(*m_proto, m_imported.warnings));
    if (m_proto->ir_version() > newestKnownFormat())
        warn("The file is of version " + std::to_string(m_proto->ir_version())
             + " of ONNX's format; the newest that Strata knows is " + std::to_string(newestKnownFormat()) + ".");
    STRATA_TRY(m_imported.opsets, opsetsOf(m_proto->opset_import(), "The model"));
    if (m_imported.opsets.empty() && m_proto->ir_version() >= 3)
        return refused("The model does not say which operator sets it uses.", {},
                       "From version 3 of the format on it must.");
    m_imported.opsets.try_emplace("", 1);
    m_imported.notes = notesOf(*m_proto, m_imported.warnings);
    m_imported.producer = m_proto->producer_name()
                          + (m_proto->producer_version().empty() ? "" : " " + m_proto->producer_version());
    for (const auto& function : m_proto->functions())
        if (!m_functions
                 .emplace(std::vector{domainOf(function.domain()), function.name(), overloadOf(function)}, &function)
                 .second)
            return refused(say("The model has two functions {} of the domain {}.", function.name(), function.domain()));
    return {};
}

// What a newer operator set means by an operator's name is not known here.
Result<std::map<std::string, int>> opsetsOf(const Opsets& entries, const std::string& user)
{
    std::map<std::string, int> opsets;
    for (const auto& entry : entries) {
        const std::string domain = domainOf(entry.domain());
        if (domain.empty() && entry.version() > newestKnownOpset())
            return refused(say("{} uses version {} of the operator set ai.onnx; the newest that Strata knows is {}.",
                               user, entry.version(), newestKnownOpset()),
                           {}, "Export the model for that version, or take a newer Strata.");
        const int version = int(std::clamp<std::int64_t>(entry.version(), 1, 1'000'000));
        const auto [named, isNew] = opsets.emplace(domain, version);
        if (!isNew && named->second != version)
            return refused(say("{} names two versions of the operator set {}: {} and {}.", user,
                               domain.empty() ? "ai.onnx" : domain, named->second, version));
    }
    return opsets;
}

Result<Imported> ModelImport::run()
{
    STRATA_CHECK(readHeader());
    m_definitions = m_options.definitions;
    if (!m_definitions) {
        STRATA_TRY(m_definitions, Definitions::read({}));
    }
    m_module.name = "model";
    m_module.entry = unique("main", m_functionNames);
    STRATA_TRY(const std::shared_ptr<Target> main, graph(m_proto->graph(), m_module.entry, "the model", nullptr, 0));
    main->function->body = std::move(main->body);
    m_module.functions.insert(m_module.functions.begin(), main->function);
    m_imported.module = std::make_shared<const Module>(std::move(m_module));
    m_imported.files = std::move(m_storage.files);
    return std::move(m_imported);
}

// Names that differ stand for sizes that differ, also where they become the same identifier ("seq.len" and "seq-len").
std::string ModelImport::symbolOf(const std::string& written, bool isNamed)
{
    std::string& symbol = m_symbols[{written, isNamed}];
    if (symbol.empty())
        symbol = unique(identifierOf(written), m_symbolNames);
    return symbol;
}

Dim ModelImport::dimension(const ::onnx::TensorShapeProto::Dimension& dim, const std::string& value, int axis)
{
    if (dim.has_dim_value() && dim.dim_value() >= 0)
        return dim.dim_value();
    const bool isNamed = dim.has_dim_param() && isName(dim.dim_param());
    const std::string written = isNamed ? dim.dim_param() : value + "_d" + std::to_string(axis);
    const std::string symbol = symbolOf(written, isNamed);
    for (const std::string& key : {symbol, written})
        if (const auto bound = m_options.dimensions.find(key); bound != m_options.dimensions.end())
            return bound->second;
    return Dim::symbol(symbol);
}

ValueType ModelImport::tensorType(const ::onnx::TypeProto& proto, const std::string& value)
{
    const auto dtype = proto.has_tensor_type() ? dtypeOf(proto.tensor_type().elem_type()) : std::nullopt;
    if (!dtype)
        return unknownType();
    ValueType result = unrankedType(*dtype);
    if (!proto.tensor_type().has_shape())
        return result;
    result.tensor.ranked = true;
    for (int axis = 0; axis < proto.tensor_type().shape().dim_size(); ++axis)
        result.tensor.shape.push_back(dimension(proto.tensor_type().shape().dim(axis), value, axis));
    return result;
}

ValueType ModelImport::type(const ::onnx::TypeProto& proto, const std::string& value)
{
    if (proto.has_sequence_type())
        return {ValueType::Kind::Sequence, tensorType(proto.sequence_type().elem_type(), value).tensor};
    if (proto.has_optional_type())
        return {ValueType::Kind::Optional, tensorType(proto.optional_type().elem_type(), value).tensor};
    return tensorType(proto, value);
}

std::string ModelImport::addConstant(const std::string& base, ConstantPtr constant)
{
    std::string name = unique(base.empty() ? "constant" : base, m_constantNames);
    m_module.constants.emplace(name, std::move(constant));
    return name;
}

void ModelImport::declareTypes(const ::onnx::GraphProto& proto, Frame& frame)
{
    for (const auto* list : {&proto.input(), &proto.output(), &proto.value_info()})
        for (const auto& value : *list)
            if (value.has_type() && !frame.types.count(value.name()))
                frame.types.emplace(value.name(), type(value.type(), value.name()));
}

// A node without inputs that nothing can run: the file still opens.
Status ModelImport::opaqueInitializer(const std::string& name, const std::string& type, Frame& frame)
{
    GraphNode node;
    node.name = unique(name, frame.target->nodeNames);
    node.op = "Initializer";
    node.domain = unsupportedDomain;
    node.version = 1;
    node.attributes["unsupported"] = "holds " + type + " elements, which Strata does not have.";
    STRATA_TRY(const std::string value, define(name, frame));
    node.outputs = {{value, unknownType()}};
    frame.target->body.nodes.push_back(std::make_shared<const GraphNode>(std::move(node)));
    warn("The initializer '" + name + "' holds " + type + " elements, which Strata does not have: it is opaque.");
    return {};
}

Status ModelImport::initializers(const ::onnx::GraphProto& proto, Frame& frame)
{
    for (const auto& tensor : proto.initializer()) {
        if (tensor.name().empty())
            return refused(say("{} has an initializer without a name.", sentence(frame.target->title)));
        if (!dtypeOf(tensor.data_type())) {
            STRATA_CHECK(opaqueInitializer(tensor.name(), typeNameOf(tensor.data_type()), frame));
            continue;
        }
        STRATA_TRY(ConstantPtr constant, toConstant(tensor, m_storage));
        STRATA_CHECK(alias(tensor.name(),
                           Operand::constant(addConstant(frame.prefix + tensor.name(), std::move(constant))), frame));
    }
    for (const auto& sparse : proto.sparse_initializer())
        STRATA_CHECK(opaqueInitializer(sparse.values().name(), "sparse", frame));
    return {};
}

Status ModelImport::params(const ::onnx::GraphProto& proto, Frame& frame)
{
    std::size_t inputs = 0;
    for (const auto& input : proto.input()) {
        if (input.name().empty())
            return refused(say("{} has an input without a name.", sentence(frame.target->title)));
        if (frame.defined.count(input.name()))
            continue;  // an initializer gives its value: before version 4 of the format every initializer is also an
                       // input
        const std::size_t place = inputs++;
        if (const auto list = m_options.lists.find(place);
            !frame.outer && list != m_options.lists.end()
            && (input.type().has_sequence_type() || input.type().has_optional_type())) {
            STRATA_CHECK(listParam(input, list->second, frame));
            continue;
        }
        STRATA_TRY(std::string name, define(input.name(), frame));
        ValueType declared = frame.types.count(input.name()) ? frame.types[input.name()] : unknownType();
        const auto given = m_options.inputShapes.find(input.name());
        if (!frame.outer && given != m_options.inputShapes.end()
            && (!declared.tensor.ranked || given->second.size() == declared.tensor.shape.size())) {
            declared.tensor.shape = toShape(given->second);
            declared.tensor.ranked = true;
        }
        if (!frame.outer && input.type().has_tensor_type() && !dtypeOf(input.type().tensor_type().elem_type()))
            warn("The input '" + input.name() + "' holds " + typeNameOf(input.type().tensor_type().elem_type())
                 + " elements, which Strata does not have.");
        if (!frame.outer && declared.kind == ValueType::Kind::Tensor && !declared.tensor.ranked)
            warn("The input '" + input.name() + "' says no shape: nothing behind it can run until it is given one.");
        frame.target->function->params.push_back({std::move(name), std::move(declared)});
    }
    return {};
}

// A result carries the name of its value; where that is a parameter, a constant or another result's, a name of its own.
Status ModelImport::result(const std::string& value, const std::string& base, ValueType type, bool ownName,
                           NameSet& taken, Frame& frame)
{
    Function& function = *frame.target->function;
    STRATA_TRY(Operand operand, this->operand(value, "an output of " + frame.target->title, frame));
    for (const Capture& capture : frame.target->captures)  // parameters too, once the graph around knows them all
        taken.insert(capture.param.name);
    const bool isValue = operand.kind == Operand::Kind::Value;
    std::string name = unique(isValue && !ownName ? operand.name : base, taken);
    if (name != operand.name || !isValue)
        name = unique(name, frame.target->valueNames);
    function.results.push_back({std::move(name), std::move(type)});
    frame.target->body.returns.push_back(std::move(operand));
    return {};
}

Status ModelImport::results(const ::onnx::GraphProto& proto, Frame& frame)
{
    NameSet taken;
    for (const TypedName& param : frame.target->function->params)
        taken.insert(param.name);
    for (const auto& output : proto.output()) {
        if (output.name().empty())
            return refused(say("{} has an output without a name.", sentence(frame.target->title)));
        const List* const found = findList(output.name(), frame);
        frame.target->outputs.push_back(found ? std::optional(*found) : std::nullopt);
        if (!found) {
            const auto declared = frame.types.find(output.name());
            STRATA_CHECK(result(output.name(), output.name(),
                                declared == frame.types.end() ? unknownType() : declared->second, false, taken, frame));
            continue;
        }
        const List list = *found;
        for (std::size_t i = 0; i < list.elements.size(); ++i)
            STRATA_CHECK(
                result(list.elements[i], output.name() + "_" + std::to_string(i), unknownType(), true, taken, frame));
    }
    return {};
}

Result<std::shared_ptr<ModelImport::Target>> ModelImport::graph(const ::onnx::GraphProto& proto,
                                                                const std::string& name, std::string title,
                                                                Frame* outer, int depth)
{
    if (depth > deepestSubgraph)
        return refused(say("{} is nested more than {} levels deep.", sentence(title), deepestSubgraph));
    auto target = std::make_shared<Target>();
    target->function = std::make_shared<Function>();
    target->function->name = name;
    target->title = std::move(title);
    Frame frame{.target = target.get(), .outer = outer, .opsets = outer ? outer->opsets : &m_imported.opsets};
    frame.given = outer ? outer->given : nullptr;
    frame.subgraphDepth = depth;
    frame.inlineDepth = outer ? outer->inlineDepth : 0;
    declareTypes(proto, frame);
    STRATA_CHECK(initializers(proto, frame));
    STRATA_CHECK(params(proto, frame));
    STRATA_CHECK(nodes(proto.node(), frame));
    STRATA_CHECK(results(proto, frame));
    if (!m_expected.empty() && !outer) {
        if (target->body.returns.empty())
            return refused(say("{} gives nothing for the values of its inputs: its sequences are empty.",
                               sentence(target->title)));
        expectGiven(*target);
    }
    return target;
}

Status ModelImport::alias(const std::string& name, Operand value, Frame& frame)
{
    if (!frame.defined.insert(name).second)
        return refused(say("The value '{}' of {} is defined twice.", name, frame.target->title));
    frame.names[name] = std::move(value);
    return {};
}

Result<std::string> ModelImport::define(const std::string& name, Frame& frame)
{
    const auto result = frame.results.find(name);
    std::string local = unique(result != frame.results.end() ? result->second : frame.prefix + name,
                               frame.target->valueNames);
    STRATA_CHECK(alias(name, Operand::value(local), frame));
    return local;
}

Result<Operand> ModelImport::operand(const std::string& name, const std::string& reader, Frame& frame)
{
    if (name.empty())
        return Operand{};
    if (const auto it = frame.names.find(name); it != frame.names.end())
        return it->second;
    if (!frame.outer)
        return refused(say("The value '{}', which {} reads, is not defined before.", name, reader), {},
                       "The nodes of an ONNX graph are in topological order.");
    STRATA_TRY(Operand value, operand(name, reader, *frame.outer));
    if (value.kind == Operand::Kind::Value) {
        const auto declared = frame.outer->types.find(name);
        const std::string local = unique(name, frame.target->valueNames);
        frame.target->captures.push_back(
            {name, {local, declared == frame.outer->types.end() ? unknownType() : declared->second}});
        value.name = local;
    }
    frame.names[name] = value;
    return value;
}

}  // namespace strata::onnx
