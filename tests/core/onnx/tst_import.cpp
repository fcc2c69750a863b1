// ONNX files: what becomes of their graphs, and what is said of files that are damaged or point elsewhere. Models are
// written in protobuf's text form.
#include "core/onnx/import.h"
#include "core/onnx/skeleton.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>
#include <onnx/onnx_pb.h>

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <numeric>
#include <random>

using namespace strata;

namespace {

const char* tensorType = "type { tensor_type { elem_type: 1 shape { dim { dim_value: 2 } dim { dim_value: 3 } } } }";

// A model around the text of a graph; T stands for the type f32[2, 3].
std::string modelText(QString graph, const QString& more = {})
{
    graph.replace("$T", tensorType);
    return ("ir_version: 8 opset_import { version: 17 } producer_name: \"test\" " + more + " graph { " + graph + " }")
        .toStdString();
}

QByteArray serialized(const std::string& text)
{
    ::onnx::ModelProto proto;
    if (!google::protobuf::TextFormat::ParseFromString(text, &proto))
        qFatal("the model's text does not parse");
    return QByteArray::fromStdString(proto.SerializeAsString());
}

QString write(const QTemporaryDir& folder, const QByteArray& bytes)
{
    QFile file(folder.filePath("model.onnx"));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("the model cannot be written");
    return file.fileName();
}

Result<strata::onnx::Imported> import(const QByteArray& bytes, const strata::onnx::ImportOptions& options = {})
{
    const QTemporaryDir folder;
    return strata::onnx::importModel(write(folder, bytes).toStdString(), options);
}

QString printed(const Result<strata::onnx::Imported>& imported)
{
    if (!imported)  // the message starts with the file's name, which is a temporary one here
        return QString::fromStdString(imported.error().text()).remove(QRegularExpression("^/\\S*/model\\.onnx: "));
    QString text;
    for (const FunctionPtr& function : imported->module->functions)
        text += QString::fromStdString(print(*function));
    return text.trimmed();
}

const char* relu =
    R"(name: "g" input { name: "x" $T } output { name: "y" $T } node { op_type: "Relu" input: "x" output: "y" name: "r" })";

}  // namespace

class TestImport : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { google::protobuf::SetLogHandler(nullptr); }
    void graphs_data();
    void graphs();
    void graphsOfNodesAreLookedAt();
    void newFields();
    void refusalsNameTheFile();
    void newerOperatorSetsAreRefused();
    void shapesAreGiven();
    void packedConstants();
    void inputsOfOtherTypes();
    void outputsThatAreDeclaredOtherwise();
    void constants();
    void facts();
    void notesAreKept();
    void dimensionsAreBound();
    void unknownSizesAreDifferent();
    void externalData_data();
    void externalData();
    void externalDataIsRead();
    void weightsStayInTheFile();
    void aSkeletonIsTheModelWithoutWeights();
    void linksOutOfTheFolderAreRefused();
    void cutFilesAreRefused();
    void mutatedFilesNeverCrash();
    void stops();
};

void TestImport::graphs_data()
{
    QTest::addColumn<QString>("graph");
    QTest::addColumn<QString>("more");
    QTest::addColumn<QString>("text");
    QTest::newRow("a node") << relu << ""
                            << R"(def main(x: f32[2, 3]) -> (y: f32[2, 3]):
    y: f32[2, 3] = Relu(x, node="r", version=17)
    return y)";
    QTest::newRow("nodes without names get one; types are inferred")
        << R"(input { name: "x" $T } output { name: "y" $T }
              node { op_type: "Relu" input: "x" output: "a" } node { op_type: "Relu" input: "a" output: "y" })"
        << ""
        << R"(def main(x: f32[2, 3]) -> (y: f32[2, 3]):
    a: f32[2, 3] = Relu(x, node="Relu_0", version=17)
    y: f32[2, 3] = Relu(a, node="Relu_1", version=17)
    return y)";
    QTest::newRow("an initializer is a constant, also where old files list it as an input")
        << R"(input { name: "x" $T } input { name: "w" $T } output { name: "y" $T }
              initializer { name: "w" dims: [2, 3] data_type: 1 float_data: [1, 2, 3, 4, 5, 6] }
              node { op_type: "Add" input: "x" input: "w" output: "y" name: "a" })"
        << ""
        << R"(def main(x: f32[2, 3]) -> (y: f32[2, 3]):
    y: f32[2, 3] = Add(x, @w, node="a", version=17)
    return y)";
    QTest::newRow("a Constant node is a constant") << R"(input { name: "x" $T } output { name: "y" $T }
              node { op_type: "Constant" output: "c" attribute { name: "value_float" type: FLOAT f: 2.5 } }
              node { op_type: "Mul" input: "x" input: "c" output: "y" name: "m" })"
                                                   << ""
                                                   << R"(def main(x: f32[2, 3]) -> (y: f32[2, 3]):
    y: f32[2, 3] = Mul(x, @c, node="m", version=17)
    return y)";
    QTest::newRow("an input and a value twice as results")
        << R"(input { name: "x" $T } output { name: "x" $T } output { name: "y" $T } output { name: "y" $T }
              node { op_type: "Relu" input: "x" output: "y" name: "r" })"
        << ""
        << R"(def main(x: f32[2, 3]) -> (x_1: f32[2, 3], y: f32[2, 3], y_1: f32[2, 3]):
    y: f32[2, 3] = Relu(x, node="r", version=17)
    return x, y, y)";
    QTest::newRow("an unknown operator is opaque") << R"(input { name: "x" $T } output { name: "y" }
              node { op_type: "Mystery" domain: "com.acme" input: "x" input: "" output: "y" name: "q" attribute { name: "k" type: INTS ints: [1, 2] } })"
                                                   << "opset_import { domain: \"com.acme\" version: 3 }"
                                                   << R"(def main(x: f32[2, 3]) -> (y: unknown):
    y: unknown = Mystery(x, _, k=[1, 2], node="q", domain="com.acme", version=3)
    return y)";
    QTest::newRow("a model function is inlined, its attributes bound")
        << R"(input { name: "x" $T } output { name: "y" $T }
              node { op_type: "Twice" domain: "f" input: "x" output: "y" name: "t" attribute { name: "by" type: FLOAT f: 0.5 } })"
        << R"(opset_import { domain: "f" version: 1 } functions { name: "Twice" domain: "f" input: "a" output: "b" attribute: "by" opset_import { version: 16 }
              node { op_type: "LeakyRelu" input: "a" output: "c" name: "l" attribute { name: "alpha" ref_attr_name: "by" type: FLOAT } }
              node { op_type: "Relu" input: "c" output: "b" } })"
        << R"(def main(x: f32[2, 3]) -> (y: f32[2, 3]):
    `t/c`: f32[2, 3] = LeakyRelu(x, alpha=0.5, node="t/l", version=16)
    y: f32[2, 3] = Relu(`t/c`, node="t/Relu_1", version=16)
    return y)";
    QTest::newRow("a function that calls itself")
        << R"(input { name: "x" $T } output { name: "y" $T }
              node { op_type: "F" domain: "f" input: "x" output: "y" name: "t" })"
        << R"(functions { name: "F" domain: "f" input: "a" output: "b" node { op_type: "F" domain: "f" input: "a" output: "b" } })"
        << "The function F is called more than 30 levels deep.";
    QTest::newRow("branches become functions, with what they capture")
        << R"(input { name: "p" type { tensor_type { elem_type: 9 shape { } } } } input { name: "x" $T } output { name: "y" $T }
              node { op_type: "If" input: "p" output: "y" name: "if"
                attribute { name: "then_branch" type: GRAPH g { output { name: "a" $T } node { op_type: "Relu" input: "x" output: "a" name: "r" } } }
                attribute { name: "else_branch" type: GRAPH g { output { name: "x" $T } } } })"
        << ""
        << R"(def main(p: bool[], x: f32[2, 3]) -> (y: f32[2, 3]):
    y: f32[2, 3] = If(p, x, captures=1, else_branch=function(main_if_else_branch), then_branch=function(main_if_then_branch), node="if", version=17)
    return y
def main_if_then_branch(x: f32[2, 3]) -> (a: f32[2, 3]):
    a: f32[2, 3] = Relu(x, node="r", version=17)
    return a
def main_if_else_branch(x: f32[2, 3]) -> (x_1: f32[2, 3]):
    return x)";
    // An If whose then_branch is THEN and whose else_branch hands x out; in a branch the words are the same as outside.
    const auto ifRow = [](const char* name, const char* then, const char* told) {
        QTest::newRow(name)
            << QString(
                   R"(input { name: "p" type { tensor_type { elem_type: 9 shape { } } } } input { name: "x" $T } output { name: "y" }
              node { op_type: "Relu" input: "x" output: "h" name: "first" }
              node { op_type: "If" input: "p" output: "y" name: "if"
                attribute { name: "then_branch" type: GRAPH g { THEN } }
                attribute { name: "else_branch" type: GRAPH g { output { name: "x" } } } })")
                   .replace("THEN", then)
            << "" << told;
    };
    ifRow("branches are typed by what they capture, and the node by them",
          R"(output { name: "a" } node { op_type: "Neg" input: "h" output: "a" name: "n" })",
          R"(def main(p: bool[], x: f32[2, 3]) -> (y: f32[2, 3]):
    h: f32[2, 3] = Relu(x, node="first", version=17)
    y: f32[2, 3] = If(p, h, x, captures=2, else_branch=function(main_if_else_branch), then_branch=function(main_if_then_branch), node="if", version=17)
    return y
def main_if_then_branch(h: f32[2, 3], x: f32[2, 3]) -> (a: f32[2, 3]):
    a: f32[2, 3] = Neg(h, node="n", version=17)
    return a
def main_if_else_branch(h: f32[2, 3], x: f32[2, 3]) -> (x_1: f32[2, 3]):
    return x)");
    ifRow(
        "a branch whose node contradicts itself",
        R"(output { name: "a" } node { op_type: "Relu" input: "h" output: "a" name: "r" attribute { name: "foo" type: INT i: 1 } })",
        "In the graph then_branch of node if: Node r (Relu) has an attribute foo, which this operator does not know. It has none.");
    ifRow(
        "a branch that reads what nothing defines",
        R"(output { name: "a" } node { op_type: "Relu" input: "nowhere" output: "a" name: "r" })",
        "The value 'nowhere', which node 'r' reads, is not defined before. The nodes of an ONNX graph are in topological order.");
    ifRow(
        "a branch in a branch whose shapes do not fit",
        R"(output { name: "a" } node { op_type: "If" input: "p" output: "a" name: "inner"
                attribute { name: "then_branch" type: GRAPH g { output { name: "b" }
                    initializer { name: "w" dims: [4] data_type: 1 float_data: [1, 2, 3, 4] }
                    node { op_type: "Add" input: "h" input: "w" output: "b" name: "add" } } }
                attribute { name: "else_branch" type: GRAPH g { output { name: "h" } } } })",
        "In the graph then_branch of node if: In the graph then_branch of node inner: Node add (Add) cannot broadcast "
        "a dimension of 3 with one of 4.");
    ifRow("a branch that gives too much", R"(output { name: "x" } output { name: "h" })",
          "The graph 'then_branch' of node 'if' has 0 inputs and 2 outputs, where If needs 0 and 1.");
    QTest::newRow("a body without the condition")
        << R"(input { name: "x" $T } output { name: "y" }
              node { op_type: "Loop" input: "" input: "" input: "x" output: "y" name: "l"
                attribute { name: "body" type: GRAPH g { input { name: "i" } input { name: "c" } input { name: "v" } output { name: "v" } } } })"
        << ""
        << "The graph 'body' of node 'l' has 3 inputs and 1 outputs, where Loop needs 3 and 2.";
    QTest::newRow("a value that nothing defines")
        << R"(input { name: "x" $T } output { name: "y" $T } node { op_type: "Relu" input: "z" output: "y" name: "r" })"
        << ""
        << "The value 'z', which node 'r' reads, is not defined before. The nodes of an ONNX graph are in topological order.";
    QTest::newRow("a value defined twice") << R"(input { name: "x" $T } output { name: "y" $T }
              node { op_type: "Relu" input: "x" output: "y" name: "r" } node { op_type: "Relu" input: "x" output: "y" name: "s" })"
                                           << ""
                                           << "The value 'y' of the model is defined twice.";
    QTest::newRow("an attribute that the operator does not know")
        << R"(input { name: "x" $T } output { name: "y" $T }
              node { op_type: "Relu" input: "x" output: "y" name: "r" attribute { name: "foo" type: INT i: 1 } })"
        << ""
        << "Node r (Relu) has an attribute foo, which this operator does not know. It has none.";
    QTest::newRow("an attribute twice") << R"(input { name: "x" $T } output { name: "y" $T }
              node { op_type: "Elu" input: "x" output: "y" name: "e" attribute { name: "alpha" type: FLOAT f: 1 }
                     attribute { name: "alpha" type: FLOAT f: 2 } })"
                                        << ""
                                        << "The node 'e' has the attribute alpha twice.";
    QTest::newRow("what nobody needs does not have to be right") << R"(input { name: "x" $T } output { name: "y" $T }
              node { op_type: "Relu" input: "x" output: "a" name: "r" attribute { name: "foo" type: INT i: 1 } }
              node { op_type: "Relu" input: "x" output: "y" name: "s" })"
                                                                 << ""
                                                                 << R"(def main(x: f32[2, 3]) -> (y: f32[2, 3]):
    a: unknown = Relu(x, foo=1, node="r", version=17)
    y: f32[2, 3] = Relu(x, node="s", version=17)
    return y)";
    QTest::newRow("an attribute that cannot be held makes a node opaque")
        << R"(output { name: "y" } node { op_type: "Constant" output: "y" name: "c"
              attribute { name: "value" type: TENSOR t { dims: [1] data_type: 14 raw_data: "1" } } })"
        << ""
        << R"(def main() -> (y: unknown):
    y: unknown = Constant(unsupported="has the attribute value, a tensor of COMPLEX64, which Strata does not have.", node="c", domain="strata.unsupported", version=17)
    return y)";
    QTest::newRow("packed data that are too short")
        << R"(output { name: "v" } initializer { name: "v" dims: [3] data_type: 22 raw_data: "\x91" })"
        << ""
        << "The tensor 'v' is i4[3] and takes 2 bytes, but holds 1.";
    QTest::newRow("a constant of a type that cannot be held is opaque")
        << R"(output { name: "w" } initializer { name: "w" dims: [2] data_type: 15 raw_data: "1" })"
        << ""
        << R"(def main() -> (w: unknown):
    w: unknown = Initializer(unsupported="holds COMPLEX128 elements, which Strata does not have.", node="w", domain="strata.unsupported", version=1)
    return w)";
    QTest::newRow("a function gets an attribute that it does not know")
        << R"(input { name: "x" $T } output { name: "y" $T }
              node { op_type: "F" domain: "f" input: "x" output: "y" name: "t" attribute { name: "k" type: INT i: 1 } })"
        << R"(functions { name: "F" domain: "f" input: "a" output: "b" node { op_type: "Relu" input: "a" output: "b" } })"
        << "The node 't' has an attribute k, which the model function F does not know.";
    QTest::newRow("an attribute that is not what it says")
        << R"(input { name: "x" $T } output { name: "y" $T }
              node { op_type: "Elu" input: "x" output: "y" name: "e" attribute { name: "alpha" type: FLOAT i: 1 } })"
        << ""
        << "The node 'e' has the attribute alpha, whose value is of another kind than it says.";
    QTest::newRow("two versions of one operator set")
        << relu << "opset_import { domain: \"ai.onnx\" version: 9 }"
        << "The model names two versions of the operator set ai.onnx: 17 and 9.";
    QTest::newRow("data in two ways")
        << R"(output { name: "w" $T } initializer { name: "w" dims: [1] data_type: 1 float_data: [1] raw_data: "1234" })"
        << ""
        << "The tensor 'w' holds its data in two ways.";
    QTest::newRow("a function gets too many inputs")
        << R"(input { name: "x" $T } output { name: "y" $T }
              node { op_type: "F" domain: "f" input: "x" input: "x" output: "y" name: "t" })"
        << R"(functions { name: "F" domain: "f" input: "a" output: "b" node { op_type: "Relu" input: "a" output: "b" } })"
        << "The node 't' has 2 inputs and 1 outputs; the model function F has 1 and 1.";
    QTest::newRow("dimensions whose names differ in punctuation")
        << R"(input { name: "a" type { tensor_type { elem_type: 1 shape { dim { dim_param: "seq.len" } dim { dim_param: "seq-len" } dim { dim_param: "seq.len" } } } } }
              output { name: "a" })"
        << ""
        << R"(def main(a: f32[seq_len, seq_len_1, seq_len]) -> (a_1: f32[seq_len, seq_len_1, seq_len]):
    return a)";
    QTest::newRow("data of the wrong size")
        << R"(output { name: "w" $T } initializer { name: "w" dims: [2, 3] data_type: 1 raw_data: "1234" })"
        << ""
        << "The tensor 'w' is f32[2, 3] and takes 24 bytes, but holds 4.";
    QTest::newRow("a negative size")
        << R"(output { name: "w" $T } initializer { name: "w" dims: [-2, 3] data_type: 1 })"
        << ""
        << "The tensor 'w' has a negative size.";
    QTest::newRow("sizes that overflow")
        << R"(output { name: "w" $T } initializer { name: "w" dims: [4294967296, 4294967296] data_type: 1 })"
        << ""
        << "The tensor 'w' has more elements than 2^62.";
}

void TestImport::graphs()
{
    QFETCH(QString, graph);
    QFETCH(QString, more);
    QTEST(printed(import(serialized(modelText(graph, more)))), "text");
}

namespace {

QByteArray withUnknownField(const char* graph, const char* more, int field, const std::string& content, bool inFunction)
{
    ::onnx::ModelProto proto;
    if (!google::protobuf::TextFormat::ParseFromString(modelText(graph, more), &proto))
        qFatal("the model's text does not parse");
    google::protobuf::Message& message = inFunction
                                             ? static_cast<google::protobuf::Message&>(*proto.mutable_functions(0))
                                             : *proto.mutable_graph()->mutable_node(0);
    message.GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(field, content);
    return QByteArray::fromStdString(proto.SerializeAsString());
}

}  // namespace

// Fields of newer versions of the format are read where they mean something, and refused where nobody knows.
// What is not known there is said with node and graph, and what nobody needs does no harm.
void TestImport::graphsOfNodesAreLookedAt()
{
    const QString branch =
        R"(attribute { name: "BRANCH" type: GRAPH g { output { name: "a" } node { op_type: "NODE" input: "x" output: "a" name: "q" } } })";
    const auto graph = [&](const QString& node, const QString& result) {
        return R"(input { name: "p" type { tensor_type { elem_type: 9 shape { } } } } input { name: "x" $T } output { name: ")"
               + result + R"(" } node { op_type: "If" input: "p" output: "y" name: "if" )"
               + QString(branch).replace("BRANCH", "then_branch").replace("NODE", node)
               + QString(branch).replace("BRANCH", "else_branch").replace("NODE", "Relu") + " }";
    };
    const auto mystery = import(serialized(modelText(graph("Mystery", "y"))));
    QVERIFY2(mystery.ok(), mystery ? "" : mystery.error().text().c_str());
    const auto told = [](const std::vector<std::string>& warnings, const std::string& sentence) {
        return std::any_of(warnings.begin(), warnings.end(),
                           [&](const std::string& warning) { return warning.find(sentence) == 0; });
    };
    QVERIFY(told(mystery->warnings, "In the graph then_branch of node if: Node q (Mystery)"));
    const auto wrong = import(serialized(modelText(graph("Add", "y"))));
    QVERIFY(!wrong.ok());
    QVERIFY2(wrong.error().message.find("In the graph then_branch of node if: Node q (Add)") != std::string::npos,
             wrong.error().message.c_str());
    const auto unneeded = import(serialized(modelText(graph("Add", "x"))));
    QVERIFY2(unneeded.ok(), unneeded ? "" : unneeded.error().text().c_str());
    QVERIFY(told(unneeded->warnings, "In the graph then_branch of node if: Node q (Add)"));
}

void TestImport::newFields()
{
    const char* call = R"(input { name: "x" $T } output { name: "y" $T }
        node { op_type: "Leaky" domain: "f" input: "x" output: "y" name: "t" })";
    const char* function = R"(functions { name: "Leaky" domain: "f" input: "a" output: "b" opset_import { version: 16 }
        node { op_type: "LeakyRelu" input: "a" output: "b" name: "l" attribute { name: "alpha" ref_attr_name: "by" type: FLOAT } } })";
    ::onnx::AttributeProto byHalf;
    byHalf.set_name("by");
    byHalf.set_type(::onnx::AttributeProto::FLOAT);
    byHalf.set_f(0.5F);
    QCOMPARE(printed(import(withUnknownField(call, function, 11, byHalf.SerializeAsString(), true))),
             R"(def main(x: f32[2, 3]) -> (y: f32[2, 3]):
    y: f32[2, 3] = LeakyRelu(x, alpha=0.5, node="t/l", version=16)
    return y)");
    // The only function has an overload that the node does not name: the node is opaque.
    QVERIFY(printed(import(withUnknownField(call, function, 13, "two", true))).contains("= Leaky(x"));
    QVERIFY(printed(import(withUnknownField(call, function, 13, "", true))).contains("= LeakyRelu(x"));
    QVERIFY(printed(import(withUnknownField(call, function, 9, "a note", false))).contains("= LeakyRelu(x"));
    QCOMPARE(printed(import(withUnknownField(call, function, 57, "?", false))),
             "The NodeProto 't' has a field of the number 57, which ONNX does not have: what it means is not known. "
             "The file is damaged, or newer than this Strata.");
}

// Whatever is wrong, and whoever finds it: the file is named.
void TestImport::refusalsNameTheFile()
{
    for (
        const char* graph :
        {R"(input { name: "x" $T } output { name: "y" $T } node { op_type: "Relu" input: "z" output: "y" })",
         R"(input { name: "x" $T } output { name: "y" $T } node { op_type: "MatMul" input: "x" input: "x" output: "y" })"}) {
        const auto imported = import(serialized(modelText(graph)));
        QVERIFY(!imported);
        QVERIFY2(imported.error().message.find("/model.onnx: ") != std::string::npos, imported.error().message.c_str());
    }
}

void TestImport::newerOperatorSetsAreRefused()
{
    std::string text = modelText(relu);
    text.replace(text.find("version: 17"), 11, "version: 99");
    QVERIFY(printed(import(serialized(text))).startsWith("The model uses version 99 of the operator set ai.onnx"));
}

// A shape that the file does not say can be given.
void TestImport::shapesAreGiven()
{
    const QByteArray bytes = serialized(modelText(R"(input { name: "x" type { tensor_type { elem_type: 1 } } }
        output { name: "y" } node { op_type: "Relu" input: "x" output: "y" name: "r" })"));
    const auto imported = import(bytes);
    QVERIFY(imported.ok());
    QCOMPARE(imported->warnings,
             std::vector<std::string>{"The input 'x' says no shape: nothing behind it can run until it is given one."});
    strata::onnx::ImportOptions options;
    options.inputShapes = {{"x", {2, 5}}};
    QVERIFY(printed(import(bytes, options)).contains("y: f32[2, 5]"));
}

// As bytes and as numbers.
void TestImport::packedConstants()
{
    const auto imported = import(serialized(modelText(R"(output { name: "v" } output { name: "w" } output { name: "x" }
        initializer { name: "v" dims: [3] data_type: 22 raw_data: "\x91\x07" }
        initializer { name: "w" dims: [5] data_type: 25 int32_data: [27, 2] }
        initializer { name: "x" dims: [2] data_type: 17 int32_data: [56, 184] })")));
    QVERIFY(imported.ok());
    const QString text = QString::fromStdString(print(*imported->module));
    for (const char* constant :
         {"v: i4[3] = [1, -7, 7]", "w: u2[5] = [3, 2, 1, 0, 2]", "x: f8e4m3fn[2] = [1.0, -1.0]"})
        QVERIFY2(text.contains(QString("const @") + constant), qPrintable(text));
}

void TestImport::inputsOfOtherTypes()
{
    const auto imported = import(
        serialized(modelText(R"(input { name: "x" type { tensor_type { elem_type: 14 shape { } } } }
        output { name: "y" } node { op_type: "Cast" input: "x" output: "y" name: "c" attribute { name: "to" type: INT i: 1 } })")));
    QVERIFY(imported.ok());
    QCOMPARE(imported->warnings,
             std::vector<std::string>{"The input 'x' holds COMPLEX64 elements, which Strata does not have."});
    QVERIFY(printed(imported).startsWith("def main(x: unknown) -> (y: unknown):"));
}

void TestImport::outputsThatAreDeclaredOtherwise()
{
    const auto imported = import(serialized(modelText(R"(input { name: "x" $T }
        output { name: "y" type { tensor_type { elem_type: 1 shape { dim { dim_value: 6 } } } } }
        node { op_type: "Relu" input: "x" output: "y" name: "r" })")));
    QVERIFY(imported.ok());
    QCOMPARE(imported->warnings, std::vector<std::string>{"The output y is declared as f32[6], and is f32[2, 3]."});
}

void TestImport::constants()
{
    const auto imported = import(serialized(modelText(R"(output { name: "w" } output { name: "h" } output { name: "s" }
        initializer { name: "w" dims: [2] data_type: 1 raw_data: "\000\000\200?\000\000\000@" }
        initializer { name: "h" dims: [1] data_type: 10 int32_data: [15360] }
        initializer { name: "s" dims: [2] data_type: 8 string_data: ["one", "two"] })")));
    QVERIFY2(imported.ok(), qPrintable(printed(imported)));
    const auto& constants = imported->module->constants;
    const auto w = toTensor(*constants.at("w")), h = toTensor(*constants.at("h")), s = toTensor(*constants.at("s"));
    QVERIFY(w.ok() && h.ok() && s.ok());
    QCOMPARE(w->at(0), 1.0);
    QCOMPARE(w->at(1), 2.0);
    QCOMPARE(h->at(0), 1.0);
    QCOMPARE(s->strings, (std::vector<std::string>{"one", "two"}));
}

void TestImport::facts()
{
    const auto imported = import(
        serialized(modelText(relu, "opset_import { domain: \"ai.onnx.ml\" version: 3 } producer_version: \"1.2\"")));
    QVERIFY(imported.ok());
    QCOMPARE(imported->producer, std::string("test 1.2"));
    QCOMPARE(imported->opsets, (std::map<std::string, int>{{"", 17}, {"ai.onnx.ml", 3}}));
    QCOMPARE(imported->module->entry, std::string("main"));
}

// What exporters write of a node for people, also of one in a function's body, is kept beside the module.
void TestImport::notesAreKept()
{
    ::onnx::StringStringEntryProto line;
    line.set_key("pkg.torch.onnx.stack_trace");
    line.set_value("File \"net.py\", line 3, in forward\n    return relu(x)");
    const char* graph = R"(doc_string: "two layers" input { name: "x" $T } output { name: "y" $T }
        node { op_type: "Relu" input: "x" output: "y" name: "n" doc_string: "the second" })";
    const auto imported = import(withUnknownField(graph, "metadata_props { key: \"task\" value: \"pictures\" }", 9,
                                                  line.SerializeAsString(), false));
    QVERIFY2(imported.ok(), qPrintable(printed(imported)));
    QCOMPARE(imported->notes.text, std::string("two layers"));
    QCOMPARE(imported->notes.values, (std::vector<std::pair<std::string, std::string>>{{"task", "pictures"}}));
    const strata::onnx::Notes& notes = *imported->nodeNotes.at("main").at("n");
    QCOMPARE(notes.text, std::string("the second"));
    QCOMPARE(notes.values, (std::vector{std::pair(line.key(), line.value())}));

    const char* call = R"(input { name: "x" $T } output { name: "y" $T }
        node { op_type: "Twice" domain: "f" input: "x" output: "y" name: "t" doc_string: "of the call" })";
    const char* function = R"(functions { name: "Twice" domain: "f" input: "a" output: "c" opset_import { version: 16 }
        node { op_type: "Relu" input: "a" output: "b" name: "first" }
        node { op_type: "Relu" input: "b" output: "c" name: "second" doc_string: "its own" } })";
    const auto inlined = import(serialized(modelText(call, function)));
    QVERIFY2(inlined.ok(), qPrintable(printed(inlined)));
    QCOMPARE(inlined->nodeNotes.at("main").at("t/first")->text, std::string("of the call"));
    QCOMPARE(inlined->nodeNotes.at("main").at("t/second")->text, std::string("its own"));

    const auto damaged = import(withUnknownField(call, function, 9, "a note", false));
    QVERIFY(damaged.ok());
    QCOMPARE(damaged->warnings, (std::vector<std::string>{
                                    "The NodeProto 't' has an entry of `metadata_props` that is damaged."}));
}

void TestImport::unknownSizesAreDifferent()
{
    QCOMPARE(printed(import(serialized(modelText(R"(
        input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_param: "?" } dim { dim_param: "?" } dim { dim_value: -1 } } } } }
        output { name: "x" })")))),
             R"(def main(x: f32[x_d0, x_d1, x_d2]) -> (x_1: f32[x_d0, x_d1, x_d2]):
    return x)");
}

void TestImport::dimensionsAreBound()
{
    const QByteArray bytes = serialized(modelText(R"(
        input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_param: "batch size" } dim { dim_value: 3 } dim { } } } } }
        output { name: "y" } node { op_type: "Relu" input: "x" output: "y" name: "r" })"));
    QCOMPARE(printed(import(bytes)), R"(def main(x: f32[batch_size, 3, x_d2]) -> (y: f32[batch_size, 3, x_d2]):
    y: f32[batch_size, 3, x_d2] = Relu(x, node="r", version=17)
    return y)");
    const char* bound = R"(def main(x: f32[4, 3, 5]) -> (y: f32[4, 3, 5]):
    y: f32[4, 3, 5] = Relu(x, node="r", version=17)
    return y)";
    strata::onnx::ImportOptions byName, byShape;
    byName.dimensions = {{"batch_size", 4}, {"x_d2", 5}};
    byShape.inputShapes = {{"x", {4, 3, 5}}};
    QCOMPARE(printed(import(bytes, byName)), bound);
    QCOMPARE(printed(import(bytes, byShape)), bound);
    const auto later = strata::onnx::bindDimensions(*import(bytes)->module, byName.dimensions);
    QVERIFY(later.ok());
    QCOMPARE(QString::fromStdString(print(*(*later)->entryFunction())).trimmed(), bound);
}

void TestImport::externalData_data()
{
    QTest::addColumn<QString>("entries");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const QString& location, const QString& rest, const char* message) {
        QTest::newRow(name) << "external_data { key: \"location\" value: \"" + location + "\" } " + rest << message;
    };
    row("absolute", "/etc/passwd", "",
        "The tensor 'w' keeps its data in '/etc/passwd', which points outside the model's folder.");
    row("upwards", "../w.bin", "",
        "The tensor 'w' keeps its data in '../w.bin', which points outside the model's folder.");
    row("upwards inside", "a/../../w.bin", "",
        "The tensor 'w' keeps its data in 'a/../../w.bin', which points outside the model's folder.");
    row("missing", "other.bin", "",
        "The tensor 'w' keeps its data in 'other.bin', which is not there. Put the file beside the model.");
    row("too short a length", "w.bin", "external_data { key: \"length\" value: \"4\" }",
        "The tensor 'w' needs 24 bytes of external data, its length is 4.");
    row("an offset that is no number", "w.bin", "external_data { key: \"offset\" value: \"-1\" }",
        "The tensor 'w' has external data whose offset is '-1', which is no number.");
}

void TestImport::externalData()
{
    QFETCH(QString, entries);
    const QTemporaryDir folder;
    QFile data(folder.filePath("w.bin"));
    QVERIFY(data.open(QIODevice::WriteOnly) && data.write(QByteArray(64, 'x')) == 64);
    data.close();
    const QString graph =
        "output { name: \"w\" $T } initializer { name: \"w\" dims: [2, 3] data_type: 1 data_location: EXTERNAL "
        + entries + " }";
    QTEST(printed(strata::onnx::importModel(write(folder, serialized(modelText(graph))).toStdString())), "message");
}

void TestImport::externalDataIsRead()
{
    const QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkdir("weights"));
    QFile data(folder.filePath("weights/w.bin"));
    const float values[] = {0, 1, 2, 3, 4, 5, 6, 7};
    QVERIFY(data.open(QIODevice::WriteOnly)
            && data.write(reinterpret_cast<const char*>(values), sizeof values) == sizeof values);
    data.close();
    const QString start =
        R"(output { name: "w" $T } initializer { name: "w" dims: [2, 3] data_type: 1 data_location: EXTERNAL
        external_data { key: "location" value: "weights/w.bin" } external_data { key: "offset" value: "%1" } })";
    const auto imported = strata::onnx::importModel(write(folder, serialized(modelText(start.arg(8)))).toStdString());
    QVERIFY2(imported.ok(), qPrintable(printed(imported)));
    const auto w = toTensor(*imported->module->constants.at("w"));
    QVERIFY(w.ok());
    QCOMPARE(w->at(0), 2.0);
    QCOMPARE(w->at(5), 7.0);
    QVERIFY(!strata::onnx::importModel(write(folder, serialized(modelText(start.arg(12)))).toStdString()).ok());
}

namespace {

// Two large weights and a small one.
::onnx::ModelProto weighted()
{
    ::onnx::ModelProto proto;
    const std::string text = modelText(R"(output { name: "v" } output { name: "w" } output { name: "s" }
        initializer { name: "v" dims: [2048] data_type: 1 } initializer { name: "s" dims: [2] data_type: 1 }
        initializer { name: "w" dims: [2048] data_type: 1 })");
    if (!google::protobuf::TextFormat::ParseFromString(text, &proto))
        qFatal("the model's text does not parse");
    for (auto& tensor : *proto.mutable_graph()->mutable_initializer()) {
        std::vector<float> data(std::size_t(tensor.dims(0)));
        std::iota(data.begin(), data.end(), tensor.name() == "w" ? 0.0f : 0.5f);
        tensor.set_raw_data(data.data(), data.size() * sizeof(float));
    }
    return proto;
}

std::string whole(const std::string& bytes)
{
    ::onnx::ModelProto proto;
    return proto.ParseFromString(bytes) ? proto.SerializeAsString() : std::string();
}

// Parsed without weights, which are then put back; "" if that does not work.
std::string puzzled(const QString& path)
{
    const auto file = SourceFile::open(path.toStdString());
    const auto skeleton = file ? strata::onnx::skeletonOf(*file) : std::nullopt;
    ::onnx::ModelProto proto;
    if (!skeleton || !proto.ParseFromString(skeleton->message))
        return {};
    for (const auto& [position, data] : skeleton->weights) {
        const auto bytes = (*file)->read(data.offset, data.length);
        if (!bytes)
            return "the data are not there";
        proto.mutable_graph()->mutable_initializer(position)->set_raw_data((*bytes)->data(), (*bytes)->size());
    }
    return proto.SerializeAsString();
}

}  // namespace

void TestImport::weightsStayInTheFile()
{
    const QTemporaryDir folder;
    const QString path = write(folder, QByteArray::fromStdString(weighted().SerializeAsString()));
    const auto imported = strata::onnx::importModel(path.toStdString());
    QVERIFY2(imported.ok(), qPrintable(printed(imported)));
    const auto& constants = imported->module->constants;
    const auto v = toTensor(*constants.at("v")), s = toTensor(*constants.at("s"));
    QVERIFY(v.ok() && s.ok());
    QCOMPARE(v->at(2047), 2047.5);
    QCOMPARE(s->at(1), 1.5);
    QVERIFY(constants.at("v")->origin().file && constants.at("w")->origin().file && !constants.at("s")->origin().file);
    // What lies there later is another model's.
    QFile file(path);
    QVERIFY(file.open(QIODevice::Append) && file.write("x") == 1);
    file.close();
    const auto w = toTensor(*constants.at("w"));
    QVERIFY(!w);
    QVERIFY(QString::fromStdString(w.error().message).endsWith("was changed after it was opened."));
}

void TestImport::aSkeletonIsTheModelWithoutWeights()
{
    const QTemporaryDir folder;
    const std::string bytes = weighted().SerializeAsString();
    const QString path = write(folder, QByteArray::fromStdString(bytes));
    QCOMPARE(puzzled(path), whole(bytes));
    const auto file = SourceFile::open(path.toStdString());
    QVERIFY(file.ok());
    QVERIFY(strata::onnx::skeletonOf(*file)->message.size() < 1000);
    // Damaged: where it can be told from the whole, it is the same; else protobuf is given the whole.
    std::mt19937 random(5);
    int same = 0, given = 0;
    for (int round = 0; round < 2000; ++round) {
        std::string damaged = bytes;
        for (unsigned k = 0, changes = 1 + random() % 3; k < changes; ++k) {
            // Mostly outside of the weights.
            const std::size_t heads[]{0, bytes.find("v") - 20, bytes.find("s", 8200) - 20, bytes.size() - 8250};
            damaged[(heads[random() % 4] + random() % 60) % bytes.size()] = char(random());
        }
        const std::string made = puzzled(write(folder, QByteArray::fromStdString(damaged)));
        if (made.empty()) {
            ++given;
            continue;
        }
        ++same;
        QCOMPARE(made, whole(damaged));
    }
    QVERIFY2(same > 200 && given > 200, qPrintable(QString("%1 same, %2 given").arg(same).arg(given)));
}

void TestImport::linksOutOfTheFolderAreRefused()
{
    const QTemporaryDir folder, elsewhere;
    QFile data(elsewhere.filePath("w.bin"));
    QVERIFY(data.open(QIODevice::WriteOnly) && data.write(QByteArray(64, 'x')) == 64);
    data.close();
    QVERIFY(QFile::link(data.fileName(), folder.filePath("w.bin")));
    const QString graph =
        R"(output { name: "w" $T } initializer { name: "w" dims: [2, 3] data_type: 1 data_location: EXTERNAL
        external_data { key: "location" value: "w.bin" } })";
    QCOMPARE(printed(strata::onnx::importModel(write(folder, serialized(modelText(graph))).toStdString())),
             "The tensor 'w' keeps its data in 'w.bin', which points outside the model's folder.");
}

void TestImport::cutFilesAreRefused()
{
    const QByteArray whole = serialized(modelText(relu));
    int refusals = 0;
    for (int size = 0; size < whole.size(); ++size) {
        const auto imported = import(whole.left(size));
        refusals += !imported.ok();
        QVERIFY(imported.ok() || imported.error().kind == ErrorKind::Refused);
    }
    QVERIFY(refusals >= whole.size() - 4);  // a cut between two fields of the model can leave a whole one
    const QTemporaryDir folder;
    const QString path = write(folder, whole.left(whole.size() / 2));
    QVERIFY(printed(strata::onnx::importModel(path.toStdString()))
                .startsWith("The file " + path + " is not an ONNX model: it is damaged"));
}

void TestImport::mutatedFilesNeverCrash()
{
    const QByteArray whole = serialized(modelText(R"(input { name: "x" $T } output { name: "y" $T }
        initializer { name: "w" dims: [3, 3] data_type: 1 float_data: [1, 2, 3, 4, 5, 6, 7, 8, 9] }
        initializer { name: "s" dims: [2] data_type: 7 int64_data: [3, 2] }
        node { op_type: "MatMul" input: "x" input: "w" output: "a" } node { op_type: "Reshape" input: "a" input: "s" output: "b" }
        node { op_type: "Conv" input: "b" input: "w" output: "c" attribute { name: "pads" type: INTS ints: [1, 1, 1, 1] } }
        node { op_type: "Softmax" input: "a" output: "y" attribute { name: "axis" type: INT i: -1 } })"));
    std::mt19937 random(20);
    int opened = 0;
    for (int round = 0; round < 1500; ++round) {
        QByteArray bytes = whole;
        for (unsigned k = 0, changes = 1 + random() % 4; k < changes; ++k)
            bytes[int(random() % unsigned(bytes.size()))] = char(random());
        const auto imported = import(bytes);
        opened += imported.ok();
        QVERIFY(imported.ok() || !imported.error().message.empty());
        QVERIFY2(imported.ok() || imported.error().kind != ErrorKind::Bug,
                 imported ? "" : imported.error().message.c_str());
    }
    QVERIFY(opened > 50);  // the mutations reach beyond the parser
}

void TestImport::stops()
{
    std::stop_source source;
    strata::onnx::ImportOptions options;
    options.stop = source.get_token();
    source.request_stop();
    QString graph = R"(input { name: "x" $T } output { name: "x" $T })";
    for (int i = 0; i < 600; ++i)
        graph += QString(R"( node { op_type: "Relu" input: "x" output: "y%1" })").arg(i);
    QCOMPARE(printed(import(serialized(modelText(graph)), options)), "Opening the model is cancelled.");
}

STRATA_TEST(TestImport)
#include "tst_import.moc"
