// One model on its way in: GraphProto to graph functions. Private to this folder.
#pragma once

#include "core/onnx/import.h"
#include "core/onnx/proto.h"

#include <unordered_map>
#include <unordered_set>

namespace strata::onnx {

using NameSet = std::unordered_set<std::string>;

// Nodes that nothing can run, though their operator may be known: the attribute `unsupported` says why.
constexpr const char* unsupportedDomain = "strata.unsupported";

// As at the beginning of a sentence: with a capital.
std::string sentence(std::string text);
// `base`, or base_1, base_2, ...; taken from now on.
std::string unique(const std::string& base, NameSet& taken);

// The default domain may be written "ai.onnx"; here it is "".
std::string domainOf(const std::string& domain);

using Opsets = google::protobuf::RepeatedPtrField<::onnx::OperatorSetIdProto>;
// Domain -> version; a refusal if the version is newer than Strata.
Result<std::map<std::string, int>> opsetsOf(const Opsets& entries, const std::string& user);

class ModelImport {
public:
    ModelImport(std::shared_ptr<const ModelFile> file, std::string folder, const ImportOptions& options);

    // The module as the file has it, before shape inference.
    Result<Imported> run();

private:
    using Nodes = google::protobuf::RepeatedPtrField<::onnx::NodeProto>;

    // A value of a graph around that a subgraph reads: it becomes a parameter of the subgraph's function.
    struct Capture {
        std::string name;  // in the graph around
        TypedName param;
    };
    // A sequence or an optional: the values in it, by their names in the graph that holds it.
    struct List {
        bool isOptional = false, isSequence = true, isThere = true;
        std::vector<std::string> elements;
    };
    // The function that nodes go to.
    struct Target {
        std::shared_ptr<Function> function;
        std::string title;  // for messages: "the model", "the graph 'body' of node 'loop'"
        GraphBody body;
        NameSet nodeNames, valueNames;
        std::vector<Capture> captures;
        std::vector<std::optional<List>>
            outputs;  // of the graph: those that are lists, whose results are their elements
    };
    // What names mean: in a graph, or in the body of a model function that is inlined into a target.
    struct Frame {
        Target* target = nullptr;
        Frame* outer = nullptr;  // of a subgraph: the graph around
        const std::map<std::string, int>* opsets = nullptr;
        std::string prefix = {};            // of names from an inlined body: "layer_1/"
        const Attributes* given = nullptr;  // of an inlined body: the caller's attributes
        int subgraphDepth = 0, inlineDepth = 0;
        std::unordered_map<std::string, Operand> names = {};
        std::unordered_map<std::string, std::string> results =
            {};  // of an inlined body: what the caller calls its outputs
        NameSet defined = {};
        std::unordered_map<std::string, ValueType> types = {};
        std::unordered_map<std::string, List> lists = {};
    };

    Status readHeader();
    Result<std::shared_ptr<Target>> graph(const ::onnx::GraphProto& proto, const std::string& name, std::string title,
                                          Frame* outer, int depth);
    void declareTypes(const ::onnx::GraphProto& proto, Frame& frame);
    Status initializers(const ::onnx::GraphProto& proto, Frame& frame);
    Status opaqueInitializer(const std::string& name, const std::string& type, Frame& frame);
    Status params(const ::onnx::GraphProto& proto, Frame& frame);
    Status results(const ::onnx::GraphProto& proto, Frame& frame);
    Status result(const std::string& value, const std::string& base, ValueType type, bool ownName, NameSet& taken,
                  Frame& frame);

    Status nodes(const Nodes& list, Frame& frame);
    Status node(const ::onnx::NodeProto& proto, Frame& frame);
    Status read(const ::onnx::NodeProto& proto, Frame& frame);
    void note(const ::onnx::NodeProto& proto, std::size_t from, const Frame& frame);
    int versionOf(const GraphNode& node, const Frame& frame);
    Result<bool> definedNode(const ::onnx::NodeProto& proto, Frame& frame);
    Result<bool> expandedNode(const ::onnx::NodeProto& proto, Frame& frame);
    ValueType typeOf(const std::string& value, Frame& frame);
    Function soFar(const Frame& frame) const;
    std::optional<Tensor> knownValue(const std::string& value, Frame& frame);
    std::optional<Tensor> knownOrGiven(const std::string& value, Frame& frame);
    void expectGiven(Target& target);

    // Sequences and optionals, see list_import.cpp.
    const List* findList(const std::string& name, const Frame& frame) const;
    Status defineList(const std::string& name, List list, Frame& frame);
    Status passOn(const std::string& from, const std::string& to, Frame& frame);
    Status copyList(const List& list, Frame& from, const std::string& to, Frame& frame);
    std::string elementName(const std::string& list, std::size_t i, const Frame& frame);
    Status listParam(const ::onnx::ValueInfoProto& input, const ListOf& given, Frame& frame);
    Status write(const Nodes& nodes, Frame& frame);
    Result<bool> listNode(const ::onnx::NodeProto& proto, Frame& frame);
    Error notKnown(const ::onnx::NodeProto& proto, const std::string& message);
    Result<bool> readList(const ::onnx::NodeProto& proto, const Status& status, Frame& frame);
    Status editList(const ::onnx::NodeProto& proto, Frame& frame);
    Status splitToSequence(const ::onnx::NodeProto& proto, Frame& frame);
    Status concatFromSequence(const ::onnx::NodeProto& proto, Frame& frame);
    Status sequenceMap(const ::onnx::NodeProto& proto, Frame& frame);
    Status optionalNode(const ::onnx::NodeProto& proto, Frame& frame);
    Status knownIf(const ::onnx::NodeProto& proto, bool condition, Frame& frame);
    Status unrolledLoop(const ::onnx::NodeProto& proto, Frame& frame);
    Result<std::int64_t> knownPlace(const ::onnx::NodeProto& proto, int input, std::int64_t otherwise,
                                    std::int64_t size, bool behind, Frame& frame);
    Status defineOutputs(const ::onnx::NodeProto& proto, GraphNode& node,
                         const std::vector<std::shared_ptr<Target>>& graphs, Frame& frame);
    Status operatorNode(const ::onnx::NodeProto& proto, const std::string& name, Frame& frame);
    Result<bool> constantNode(const ::onnx::NodeProto& proto, Frame& frame);
    Status callerAttributes(const ::onnx::NodeProto& proto, const ::onnx::FunctionProto& function, GraphNode& caller,
                            Frame& frame);
    Status inlineFunction(const ::onnx::NodeProto& proto, const ::onnx::FunctionProto& function,
                          const std::string& name, const Attributes* given, Frame& frame);
    std::string nodeName(const ::onnx::NodeProto& proto, Frame& frame);

    Result<Operand> operand(const std::string& name, const std::string& reader, Frame& frame);
    Result<std::string> define(const std::string& name, Frame& frame);
    Status alias(const std::string& name, Operand value, Frame& frame);

    Status attributes(const ::onnx::NodeProto& proto, GraphNode& node, Frame& frame);
    Result<std::optional<Attribute>> attribute(const ::onnx::AttributeProto& proto);
    void makeUnsupported(GraphNode& node, const std::string& why);
    Status checkGraphs(const GraphNode& node, int outputs, const std::vector<std::shared_ptr<Target>>& graphs);
    Result<std::vector<std::shared_ptr<Target>>> subgraphs(const ::onnx::NodeProto& proto, GraphNode& node,
                                                           Frame& frame);

    ValueType type(const ::onnx::TypeProto& proto, const std::string& value);
    ValueType tensorType(const ::onnx::TypeProto& proto, const std::string& value);
    std::string symbolOf(const std::string& written, bool isNamed);
    Dim dimension(const ::onnx::TensorShapeProto::Dimension& dim, const std::string& value, int axis);
    std::string addConstant(const std::string& base, ConstantPtr constant);
    void warn(std::string text);
    Status checkStopped() const;

    const ImportOptions& m_options;
    Storage m_storage;
    const ::onnx::ModelProto* m_proto;  // in the storage
    Imported m_imported;
    Module m_module;
    NameSet m_functionNames, m_constantNames, m_symbolNames, m_domainsSaid;
    std::map<std::pair<std::string, bool>, std::string> m_symbols;                 // what the file writes -> symbol
    std::map<std::vector<std::string>, const ::onnx::FunctionProto*> m_functions;  // by domain, name and overload
    DefinitionsPtr m_definitions;
    std::set<const Definition*> m_unfolding;  // whose nodes are being read
    std::int64_t m_nodeCount = 0;
    std::string m_notKnown;             // why the node that is read becomes opaque
    std::set<std::string> m_expected;   // inputs whose given values made a sequence what it is
    std::set<std::string> m_listNames;  // of values that lists and unrolled loops make
};

}  // namespace strata::onnx
