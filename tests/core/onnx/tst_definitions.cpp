// Operators that are data: what a node of one becomes, what it computes, and what is said of texts that are none.
#include "core/onnx/import.h"
#include "core/reference/evaluate.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <google/protobuf/text_format.h>
#include <onnx/onnx_pb.h>

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace strata;

namespace {

// A model of one node over inputs f32[2]; the node and the inputs by name.
std::string modelOf(const std::string& node, const std::vector<std::string>& inputs)
{
    const std::string type = "type { tensor_type { elem_type: 1 shape { dim { dim_value: 2 } } } }";
    std::string graph = "name: \"g\" output { name: \"y\" } node { " + node + " output: \"y\" name: \"n\" }";
    for (const std::string& input : inputs)
        graph += " input { name: \"" + input + "\" " + type + " }";
    ::onnx::ModelProto proto;
    if (!google::protobuf::TextFormat::ParseFromString(
            "ir_version: 8 opset_import { version: 17 } opset_import { domain: "
            "\"com.acme\" version: 1 } opset_import { domain: "
            "\"com.microsoft\" version: 1 } graph { "
                + graph + " }",
            &proto))
        qFatal("the model's text does not parse");
    return proto.SerializeAsString();
}

void write(const QString& path, const std::string& bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes.data(), qint64(bytes.size())) != qint64(bytes.size()))
        qFatal("the file cannot be written");
}

Result<strata::onnx::Imported> import(const std::string& definitions, const std::string& node,
                                      const std::vector<std::string>& inputs)
{
    const QTemporaryDir folder;
    write(folder.filePath("model.onnx"), modelOf(node, inputs));
    strata::onnx::ImportOptions options;
    STRATA_TRY(options.definitions, strata::onnx::Definitions::parse({{"acme", definitions}}));
    return strata::onnx::importModel(folder.filePath("model.onnx").toStdString(), options);
}

QString said(const Error& error)
{
    return QString::fromStdString(error.text()).remove(QRegularExpression("^/\\S*/model\\.onnx: "));
}

// The node's operators in order, and what it gives for x = [1, -2] and b = [0.5, 0.5].
QString computed(const std::string& definitions, const std::string& node, const std::vector<std::string>& inputs)
{
    const Result<strata::onnx::Imported> imported = import(definitions, node, inputs);
    if (!imported)
        return said(imported.error());
    const FunctionPtr main = imported->module->entryFunction();
    QStringList words;
    for (const GraphNodePtr& one : main->graph()->nodes)
        words << QString::fromStdString(one->op);
    std::vector<Tensor> tensors;
    for (const std::string& input : inputs) {
        tensors.push_back(makeTensor(DType::F32, {2}));
        tensors.back().set(0, input == "x" ? 1 : 0.5);
        tensors.back().set(1, input == "x" ? -2 : 0.5);
    }
    const auto results = evaluate(*imported->module, *main, tensors);
    if (!results)
        return said(results.error());
    for (std::int64_t i = 0; i < (*results)[0].count(); ++i)
        words << QString::number((*results)[0].at(i), 'g', 6);
    return words.join(QLatin1Char(' '));
}

constexpr const char* shifted = "domain \"com.acme\"\nopset 17\n"
                                "def Shifted(x, bias=None, *, scale=2.0, negate=0, mode=\"plain\") -> (y, extra):\n"
                                "    if given(bias):\n"
                                "        s = Add(x, bias)\n"
                                "    else:\n"
                                "        s = x\n"
                                "    t = Mul(s, scale)\n"
                                "    if negate:\n"
                                "        y = Neg(t)\n"
                                "    else:\n"
                                "        if not mode == \"plain\":\n"
                                "            y = Abs(Add(t, 1.5))\n"
                                "        else:\n"
                                "            y = t\n"
                                "def Twice(x) -> (y):\n"
                                "    y = com.acme.Shifted(Mul(x, 1.0), scale=4.0)\n"
                                "def ByRank(x) -> (y):\n"
                                "    if rank(x) == 1:\n"
                                "        y = Neg(x)\n"
                                "    else:\n"
                                "        y = Abs(x)\n";

}  // namespace

class TestDefinitions : public QObject {
    Q_OBJECT

private slots:
    void nodes_data();
    void nodes();
    void texts_data();
    void texts();
    void besideTheModel();
    void namesOfResults();
    void winOverWhatStrataHas();
};

void TestDefinitions::nodes_data()
{
    QTest::addColumn<QString>("node");
    QTest::addColumn<QStringList>("inputs");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const char* node, const QStringList& inputs, const char* expected) {
        QTest::newRow(name) << node << inputs << expected;
    };
    row("an input is left out", R"(domain: "com.acme" op_type: "Shifted" input: "x")", {"x"},
        "Identity CastLike Mul Identity 2 -4");
    row("an input is given", R"(domain: "com.acme" op_type: "Shifted" input: "x" input: "b")", {"x", "b"},
        "Add CastLike Mul Identity 3 -3");
    row("an attribute", R"(domain: "com.acme" op_type: "Shifted" input: "x" attribute { name: "scale" type: FLOAT f: 3 }
        attribute { name: "negate" type: INT i: 1 })",
        {"x"}, "Identity CastLike Mul Neg -3 6");
    row("a word, and calls in calls", R"(domain: "com.acme" op_type: "Shifted" input: "x"
        attribute { name: "mode" type: STRING s: "abs" })",
        {"x"}, "Identity CastLike Mul CastLike Add Abs 3.5 2.5");
    row("by another definition", R"(domain: "com.acme" op_type: "Twice" input: "x")", {"x"},
        "CastLike Mul Identity CastLike Mul Identity 4 -8");
    row("that comes with Strata", R"(domain: "com.microsoft" op_type: "QuickGelu" input: "x"
        attribute { name: "alpha" type: FLOAT f: 0 })",
        {"x"}, "CastLike Mul Sigmoid Mul 0.5 -1");
    row("by how many dimensions an input has", R"(domain: "com.acme" op_type: "ByRank" input: "x")", {"x"}, "Neg -1 2");
    row("of an input of unknown rank", R"(domain: "com.acme" op_type: "ByRank" input: "u" } node { domain: "com.acme"
        op_type: "Unknown" input: "x" output: "u")",
        {"x"},
        "The node 'ByRank_0' (ByRank) has an input x of unknown rank, by which its definition goes. --shape gives the model's "
        "inputs theirs. Its definition stands in acme, line 18.");
    row("scales and zero points with what is joined",
        R"(domain: "com.microsoft" op_type: "QLinearConcat" input: "x" input: "x")", {"x"},
        "The node 'n' (QLinearConcat) has 2 inputs; it takes 2, and 3 for each value that it joins.");
    row("an attribute too many",
        R"(domain: "com.acme" op_type: "Shifted" input: "x" attribute { name: "shift" type: INT i: 1 })", {"x"},
        "The node 'n' (Shifted) has an attribute shift, which its definition does not know. Its definition stands in "
        "acme, line 3.");
    row("an input too many", R"(domain: "com.acme" op_type: "Twice" input: "x" input: "b")", {"x", "b"},
        "The node 'n' (Twice) has 2 inputs; its definition takes 1. Its definition stands in acme, line 16.");
    row("an input too few", R"(domain: "com.acme" op_type: "Twice")", {},
        "The node 'n' (Twice) leaves out the input x, which its definition needs. Its definition stands in acme, line "
        "16.");
    row("an output that it has not", R"(domain: "com.acme" op_type: "Shifted" input: "x" output: "z")", {"x"},
        "The node 'n' (Shifted) asks for the output extra, which its definition does not give here. Its definition "
        "stands in acme, line 3.");
}

void TestDefinitions::nodes()
{
    QFETCH(QString, node);
    QFETCH(QStringList, inputs);
    std::vector<std::string> names;
    for (const QString& input : inputs)
        names.push_back(input.toStdString());
    QTEST(computed(shifted, node.toStdString(), names), "expected");
}

void TestDefinitions::texts_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const char* text, const char* message) {
        QTest::newRow(name) << text << message;
    };
    row("no domain", "def F(x) -> (y):\n    y = Neg(x)\n",
        "acme:1:5: Expected the domain and the opset before the first definition.");
    row("no body", "domain \"a\"\nopset 17\ndef F(x) -> (y):\ny = Neg(x)\n",
        "acme:4:1: Expected a line that is indented.");
    row("no call", "domain \"a\"\nopset 17\ndef F(x) -> (y):\n    y = Neg(x\n", "acme:");
    row("a default of an input", "domain \"a\"\nopset 17\ndef F(x=1) -> (y):\n    y = x\n",
        "acme:3:9: Expected None, for an input that may be left out; attributes stand behind *.");
    row("other words", "import torch\n", "acme:1:1: Expected def, domain or opset.");
}

void TestDefinitions::texts()
{
    QFETCH(QString, text);
    QFETCH(QString, message);
    const auto parsed = strata::onnx::Definitions::parse({{"acme", text.toStdString()}});
    QVERIFY(!parsed.ok());
    QVERIFY2(QString::fromStdString(parsed.error().text()).startsWith(message), parsed.error().text().c_str());
}

// definitions/*.define of the model's folder are what it is opened by.
void TestDefinitions::besideTheModel()
{
    const QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkdir("definitions"));
    write(folder.filePath("definitions/acme.define"), shifted);
    write(folder.filePath("definitions/readme.txt"), "no definition");
    const std::vector<std::string> files = strata::onnx::definitionFiles(folder.path().toStdString());
    QCOMPARE(files.size(), std::size_t(1));
    const auto read = strata::onnx::Definitions::read(files);
    QVERIFY2(read.ok(), read ? "" : read.error().text().c_str());
    QVERIFY((*read)->find("com.acme", "Twice") != nullptr);
    QVERIFY((*read)->find("com.microsoft", "BiasGelu") != nullptr);
}

// The model's own names stay, however deep a definition lies in others; and where it stands is told.
void TestDefinitions::namesOfResults()
{
    const auto imported = import(shifted, R"(domain: "com.acme" op_type: "Twice" input: "x")", {"x"});
    QVERIFY2(imported.ok(), imported ? "" : imported.error().text().c_str());
    QCOMPARE(imported->module->entryFunction()->results.at(0).name, std::string("y"));
    QCOMPARE(imported->defined.at("com.acme.Twice"), std::string("acme, line 16"));
    QCOMPARE(imported->defined.size(), std::size_t(2));
}

// What a file says of an operator that Strata has is used in its place; in its own definition it is what it was.
void TestDefinitions::winOverWhatStrataHas()
{
    const std::string map = "domain \"ai.onnx\"\nopset 17\ndef Relu(x) -> (y):\n    y = Max(x, 0.25)\n"
                            "def Neg(x) -> (y):\n    y = Neg(Mul(x, 2.0))\n";
    QCOMPARE(computed(map, R"(op_type: "Relu" input: "x")", {"x"}), QStringLiteral("CastLike Max 1 0.25"));
    QCOMPARE(computed(map, R"(op_type: "Neg" input: "x")", {"x"}), QStringLiteral("CastLike Mul Neg -2 4"));
    QCOMPARE(computed("domain \"com.acme\"\nopset 17\n", R"(op_type: "Relu" input: "x")", {"x"}),
             QStringLiteral("Relu 1 0"));
    QCOMPARE(computed("domain \"ai.onnx\"\nopset 13\ndef Relu(x) -> (y):\n    y = Max(x, 0.0)\n",
                      R"(op_type: "Relu" input: "x")", {"x"}),
             QStringLiteral("The node 'n' (Relu) has a definition of opset 13 that writes a number: it takes its type by "
                            "CastLike, which ONNX has since opset 15. Its definition stands in acme, line 3."));
}

STRATA_TEST_IN(QCoreApplication, TestDefinitions)
#include "tst_definitions.moc"
