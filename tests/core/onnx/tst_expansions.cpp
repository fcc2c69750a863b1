// Operators that are read as others: what their nodes compute, by the evaluator, and what is said of those that
// contradict themselves. Models are written in protobuf's text form.
#include "core/onnx/import.h"
#include "core/reference/evaluate.h"
#include "tests/program.h"

#include <google/protobuf/text_format.h>
#include <onnx/onnx_pb.h>

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <limits>

using namespace strata;

namespace {

const double noNumber = std::numeric_limits<double>::quiet_NaN();

// "x f32 2 3" as a value of a graph.
QString value(const QString& kind, const QString& text)
{
    static const QMap<QString, int> types{{"f32", 1}, {"i64", 7}, {"bool", 9}, {"f64", 11}};
    const QStringList words = text.split(' ');
    QString dims;
    for (const QString& size : words.mid(2))
        dims += "dim { dim_value: " + size + " } ";
    return kind + " { name: \"" + words[0] + "\" type { tensor_type { elem_type: " + QString::number(types[words[1]])
           + " shape { " + dims + "} } } } ";
}

// A model of these nodes; inputs as "x f32 2 3, y i64", outputs by name.
QByteArray model(const QString& nodes, const QString& inputs, const QString& outputs, int opset = 23)
{
    QString text = "ir_version: 8 opset_import { version: " + QString::number(opset)
                   + " } opset_import { domain: \"ai.onnx.ml\" version: 3 } opset_import { domain: "
                     "\"ai.onnx.preview\" version: 1 } graph { name: \"g\" "
                   + nodes;
    for (const QString& input : inputs.split(", "))
        text += value("input", input);
    for (const QString& output : outputs.split(", "))
        text += "output { name: \"" + output + "\" }";
    ::onnx::ModelProto proto;
    if (!google::protobuf::TextFormat::ParseFromString((text + " }").toStdString(), &proto))
        qFatal("the model's text does not parse");
    return QByteArray::fromStdString(proto.SerializeAsString());
}

Result<strata::onnx::Imported> import(const QByteArray& bytes, const strata::onnx::ImportOptions& options = {})
{
    const QTemporaryDir folder;
    QFile file(folder.filePath("model.onnx"));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("the model cannot be written");
    file.close();
    return strata::onnx::importModel(file.fileName().toStdString(), options);
}

using Numbers = std::vector<double>;

// All outputs one behind the other.
Result<Numbers> numbersOf(const Result<std::vector<Tensor>>& results)
{
    Numbers numbers;
    if (!results)
        return results.error();
    for (const Tensor& result : *results)
        for (std::int64_t i = 0; i < result.count(); ++i)
            numbers.push_back(result.at(i));
    return numbers;
}

Result<Numbers> run(const QByteArray& bytes, const std::vector<Numbers>& inputs)
{
    STRATA_TRY(const strata::onnx::Imported imported, import(bytes));
    const FunctionPtr main = imported.module->entryFunction();
    std::vector<Tensor> tensors;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const TensorType& type = main->params[i].type.tensor;
        tensors.push_back(makeTensor(type.dtype, constants(type.shape)));
        for (std::size_t e = 0; e < inputs[i].size(); ++e)
            tensors.back().set(std::int64_t(e), inputs[i][e]);
    }
    return numbersOf(evaluate(*imported.module, *main, tensors));
}

QString text(const Result<Numbers>& numbers)
{
    if (!numbers)
        return QString::fromStdString(numbers.error().text()).section("model.onnx: ", -1);
    QStringList words;
    for (const double number : *numbers)
        words << QString::number(std::round(number * 1e4) / 1e4);
    return words.join(' ');
}

// The running sum of the rows of x, and each sum; `more`: attributes.
QString scan(const QString& more, const QString& inputs = "input: \"s\" input: \"x\"")
{
    return "node { op_type: \"Scan\" name: \"scan\" " + inputs + R"( output: "last" output: "all"
        attribute { name: "num_scan_inputs" type: INT i: 1 } attribute { name: "body" type: GRAPH g { name: "b"
            node { op_type: "Add" input: "before" input: "row" output: "after" }
            node { op_type: "Identity" input: "after" output: "each" }
            input { name: "before" } input { name: "row" } output { name: "after" } output { name: "each" } } } )"
           + more + " }";
}

QString ints(const QString& name, const QString& values)
{
    return "attribute { name: \"" + name + "\" type: INTS ints: [" + values + "] } ";
}
QString floats(const QString& name, const QString& values)
{
    return "attribute { name: \"" + name + "\" type: FLOATS floats: [" + values + "] } ";
}
QString word(const QString& name, const QString& value)
{
    return "attribute { name: \"" + name + "\" type: STRING s: \"" + value + "\" } ";
}
QString words(const QString& name, const QStringList& values)
{
    return "attribute { name: \"" + name + "\" type: STRINGS strings: [\"" + values.join("\", \"") + "\"] } ";
}
QString whole(const QString& name, int value)
{
    return "attribute { name: \"" + name + "\" type: INT i: " + QString::number(value) + " } ";
}

QString node(const QString& op, const QString& attributes, const QStringList& inputs = {"x"},
             const QStringList& outputs = {"y"}, const QString& domain = "ai.onnx.ml")
{
    return "node { name: \"n\" op_type: \"" + op + "\" domain: \"" + domain + "\" input: [\"" + inputs.join("\", \"")
           + "\"] output: [\"" + outputs.join("\", \"") + "\"] " + attributes + "}";
}

// x0 <= 1 ? (x1 < 0 ? leaf 3 : leaf 4) : leaf 2, of one tree; the middle one is number 1.
QString tree(const QString& modes = "BRANCH_LEQ BRANCH_LT LEAF LEAF LEAF", const QString& yes = "1,3,0,0,0",
             const QString& missing = "")
{
    return ints("nodes_treeids", "0,0,0,0,0") + ints("nodes_nodeids", "0,1,2,3,4") + ints("nodes_featureids", "0,1,0,0,0")
           + ints("nodes_truenodeids", yes) + ints("nodes_falsenodeids", "2,4,0,0,0")
           + floats("nodes_values", "1,0,0,0,0") + words("nodes_modes", modes.split(' '))
           + (missing.isEmpty() ? QString() : ints("nodes_missing_value_tracks_true", missing));
}

QString weights(const QString& kind, const QString& nodes, const QString& targets, const QString& values)
{
    return ints(kind + "_treeids", QString("0").repeated(nodes.count(',') + 1).split("", Qt::SkipEmptyParts).join(','))
           + ints(kind + "_nodeids", nodes) + ints(kind + "_ids", targets) + floats(kind + "_weights", values);
}

}  // namespace

class TestExpansions : public QObject {
    Q_OBJECT

private slots:
    void scans();
    void flexAttention();
    void tfIdf();
    void trees();
    void features();
    void contradictions_data();
    void contradictions();
    void knownBranch();
    void unique();
    void rowsOfDifferentShapes();
    void lists_data();
    void lists();
    void listsThatAreGiven();
    void listsThatAreNotKnown();
};

void TestExpansions::scans()
{
    const Numbers x{1, 2, 3, 4, 5, 6}, s{10, 20};
    const QString in = "s f32 2, x f32 3 2", out = "last, all";
    QCOMPARE(text(run(model(scan(""), in, out), {s, x})), "19 32 11 22 14 26 19 32");
    QCOMPARE(text(run(model(scan(ints("scan_input_directions", "1")), in, out), {s, x})), "19 32 15 26 18 30 19 32");
    QCOMPARE(text(run(model(scan(ints("scan_output_directions", "1")), in, out), {s, x})), "19 32 19 32 14 26 11 22");
    QCOMPARE(text(run(model(scan(ints("scan_output_axes", "1")), in, out), {s, x})), "19 32 11 14 19 22 26 32");
    QCOMPARE(text(run(model(scan(ints("scan_output_axes", "-1")), in, out), {s, x})), "19 32 11 14 19 22 26 32");
    QCOMPARE(text(run(model(scan(ints("scan_input_axes", "1")), "s f32 2, x f32 2 3", out), {s, x})),
             "16 35 11 24 13 29 16 35");
    // Until opset 8 there is a batch around, and a first input of lengths.
    QCOMPARE(text(run(model(scan("", "input: \"\" input: \"s\" input: \"x\""), "s f32 2 1, x f32 2 3 1", out, 8), {s, x})),
             "16 35 11 13 16 24 29 35");
}

void TestExpansions::flexAttention()
{
    const QString in = "Q f32 1 2 1 1, K f32 1 1 2 1, V f32 1 1 2 1, bias f32";
    const QString mod = R"(attribute { name: "score_mod" type: GRAPH g { name: "b"
        node { op_type: "Mul" input: "s" input: "bias" output: "t" } input { name: "s" } output { name: "t" } } }
        attribute { name: "prob_mod" type: GRAPH g { name: "b"
        node { op_type: "Add" input: "s" input: "bias" output: "t" } input { name: "s" } output { name: "t" } } })";
    // Two heads of the queries share the keys; the graphs read a value from around them. With a bias of 0 all scores
    // are 0, so each is half of the sum of values.
    QCOMPARE(text(run(model(node("FlexAttention", mod, {"Q", "K", "V"}, {"y"}, "ai.onnx.preview"), in, "y"),
                      {{1, 2}, {3, 4}, {10, 30}, {0}})),
             "20 20");
    // Bias 1: y = sum of (p + 1) v, where p is the softmax of (3, 4) and of (6, 8).
    QCOMPARE(text(run(model(node("FlexAttention", mod, {"Q", "K", "V"}, {"y"}, "ai.onnx.preview"), in, "y"),
                      {{1, 2}, {3, 4}, {10, 30}, {1}})),
             "64.6212 67.6159");
}

void TestExpansions::tfIdf()
{
    const QString pool = ints("ngram_counts", "0,2") + ints("pool_int64s", "2,3,2,3,3,2") + ints("ngram_indexes", "0,1,3,4")
                         + whole("min_gram_length", 1) + whole("max_gram_length", 2);
    const Numbers x{2, 3, 3, 2, 2, 3};
    const auto counted = [&](const QString& more) {
        return text(run(model(node("TfIdfVectorizer", pool + more, {"x"}, {"y"}, ""), "x i64 6", "y"), {x}));
    };
    QCOMPARE(counted(whole("max_skip_count", 0) + word("mode", "TF")), "3 3 0 2 1");
    QCOMPARE(counted(whole("max_skip_count", 1) + word("mode", "TF")), "3 3 0 4 3");  // at distance 2: 23, 32, 32 and 23
    QCOMPARE(counted(whole("max_skip_count", 0) + word("mode", "IDF") + floats("weights", "10,20,30,40,50")), "10 20 0 40 50");
    QCOMPARE(counted(whole("max_skip_count", 0) + word("mode", "TFIDF") + floats("weights", "10,20,30,40,50")),
             "30 60 0 80 50");
}

void TestExpansions::trees()
{
    const QString in = "x f32 4 2";
    const Numbers x{0, -1, 1, 0, 2, 0, noNumber, -1};
    const QString regressor = tree() + weights("target", "2,3,4", "0,0,0", "5,6,7");
    QCOMPARE(text(run(model(node("TreeEnsembleRegressor", regressor), in, "y"), {x})), "6 7 5 5");
    QCOMPARE(text(run(model(node("TreeEnsembleRegressor",
                                 tree("BRANCH_LEQ BRANCH_LT LEAF LEAF LEAF", "1,3,0,0,0", "1,0,0,0,0")
                                     + weights("target", "2,3,4", "0,0,0", "5,6,7") + floats("base_values", "100")),
                            in, "y"),
                      {x})),
             "106 107 105 106");
    // Two classes that share one weight, three that do not.
    QCOMPARE(text(run(model(node("TreeEnsembleClassifier",
                                 tree() + weights("class", "2,3,4", "1,1,1", "0.25,0.5,0.75") + ints("classlabels_int64s", "7,8"),
                                 {"x"}, {"l", "y"}),
                            in, "l, y"),
                      {x})),
             "7 8 7 7 0.5 0.5 0.25 0.75 0.75 0.25 0.75 0.25");
    QCOMPARE(text(run(model(node("TreeEnsembleClassifier",
                                 tree() + weights("class", "2,3,4", "0,1,2", "1,1,1") + ints("classlabels_int64s", "7,8,9")
                                     + word("post_transform", "SOFTMAX_ZERO"),
                                 {"x"}, {"l", "y"}),
                            in, "l, y"),
                      {x})),
             "8 9 7 7 0 1 0 0 0 1 1 0 0 1 0 0");
}

void TestExpansions::features()
{
    const QString in = "x f32 2 2";
    const Numbers x{1, 2, noNumber, 4};
    const auto of = [&](const QString& op, const QString& attributes) { return text(run(model(node(op, attributes), in, "y"), {x})); };
    QCOMPARE(of("Scaler", floats("offset", "1,2") + floats("scale", "10,100")), "0 0 nan 200");
    QCOMPARE(of("Imputer", floats("imputed_value_floats", "8,9") + "attribute { name: \"replaced_value_float\" type: FLOAT f: nan }"),
             "1 2 8 4");
    QCOMPARE(of("Binarizer", "attribute { name: \"threshold\" type: FLOAT f: 1.5 }"), "0 1 0 1");
    QCOMPARE(of("LabelEncoder", floats("keys_floats", "nan,2") + ints("values_int64s", "5,6")), "-1 6 5 -1");
    QCOMPARE(of("ZipMap", ints("classlabels_int64s", "0,1")), "1 2 nan 4");
    QCOMPARE(text(run(model(node("Normalizer", word("norm", "L2")), in, "y"), {{3, 4, 0, 0}})), "0.6 0.8 0 0");
    QCOMPARE(text(run(model(node("LinearRegressor", floats("coefficients", "1,2") + floats("intercepts", "10")), in, "y"),
                      {{3, 4, 0, 1}})),
             "21 12");
    QCOMPARE(text(run(model(node("LinearClassifier",
                                 floats("coefficients", "1,2,-1,-2") + floats("intercepts", "0,1") + ints("classlabels_ints", "3,4"),
                                 {"x"}, {"l", "y"}),
                            in, "l, y"),
                      {{3, 4, -1, -1}})),
             "3 4 11 -10 -3 4");
    QCOMPARE(text(run(model(node("SVMRegressor",
                                 word("kernel_type", "RBF") + floats("kernel_params", "0.5,0,3") + whole("n_supports", 2)
                                     + floats("support_vectors", "0,0,1,1") + floats("coefficients", "1,2") + floats("rho", "0.5")),
                            in, "y"),
                      {{0, 0, 1, 1}})),
             "2.2358 2.8679");
    QCOMPARE(text(run(model(node("OneHotEncoder", ints("cats_int64s", "2,4")), "x i64 3", "y"), {{4, 5, 2}})), "0 1 0 0 1 0");
    QCOMPARE(text(run(model(node("ArrayFeatureExtractor", "", {"x", "i"}), "x f32 2 3, i i64 2", "y"), {{1, 2, 3, 4, 5, 6}, {2, 0}})),
             "3 1 6 4");
}

void TestExpansions::contradictions_data()
{
    QTest::addColumn<QString>("node");
    QTest::addColumn<QString>("said");
    const QString pool = ints("pool_int64s", "2,3,2") + whole("max_gram_length", 2);
    const auto add = [](const char* name, const QString& node, const QString& said) { QTest::newRow(name) << node << said; };
    add("scan, inputs", scan("").replace("i: 1", "i: 3"), "The node 'scan' (Scan) goes along 3 of its 2 inputs.");
    add("scan, lists", scan(ints("scan_input_axes", "0,0")), "has lists of axes or directions of another length");
    add("scan, axis", scan(ints("scan_output_axes", "9")), "has the axis 9, where tensors have at most 8.");
    add("scan, body", scan("").replace("output { name: \"each\" }", ""),
        "has 2 inputs and 1 outputs, where Scan needs 2 and 2.");
    add("pool", node("TfIdfVectorizer", pool + ints("ngram_counts", "0,2") + ints("ngram_indexes", "0,1"), {"x"}, {"y"}, ""),
        "has a pool of 3 elements, which its ngram_counts do not divide into n-grams.");
    add("pool, columns", node("TfIdfVectorizer", pool + ints("ngram_counts", "0") + ints("ngram_indexes", "0"), {"x"}, {"y"}, ""),
        "has 1 ngram_indexes for 3 n-grams, or one out of range.");
    add("pool, none", node("TfIdfVectorizer", "", {"x"}, {"y"}, ""), "has no pool of n-grams.");
    add("attention", node("FlexAttention", "", {"x", "", "x"}, {"y"}, "ai.onnx.preview"), "leaves out one of its 3 inputs.");
    add("tree that runs in a circle",
        node("TreeEnsembleRegressor", tree("BRANCH_LEQ BRANCH_LT LEAF LEAF LEAF", "1,1,0,0,0") + weights("target", "2", "0", "5")),
        "has nodes that make no trees.");
    add("tree, mode", node("TreeEnsembleRegressor", tree("BRANCH_X BRANCH_LT LEAF LEAF LEAF")), "has a node of the mode BRANCH_X");
    add("tree, lists", node("TreeEnsembleRegressor", tree() + floats("nodes_hitrates", "1") + ints("nodes_missing_value_tracks_true", "1")),
        "has lists of nodes of different lengths.");
    add("tree, weight", node("TreeEnsembleRegressor", tree() + weights("target", "1", "0", "5")),
        "has a weight of a node that is no leaf");
    add("labels", node("LinearClassifier", floats("coefficients", "1") + floats("intercepts", "1,2,3")),
        "has 1 coefficients and 3 intercepts for 0 targets.");
    add("transform", node("LinearRegressor", floats("coefficients", "1,2") + word("post_transform", "PROBIT")),
        "The post transform PROBIT is none that Strata has.");
    add("norm", node("Normalizer", word("norm", "L3")), "has the norm L3; it is MAX, L1 or L2.");
    add("imputer", node("Imputer", ""), "says no value to put in.");
    add("encoder", node("LabelEncoder", ints("keys_int64s", "1")), "has no keys, or no values.");
    add("support", node("SVMRegressor", whole("n_supports", 2) + floats("coefficients", "1") + floats("rho", "1")),
        "has 1 coefficients for 2 support vectors.");
}

void TestExpansions::contradictions()
{
    QFETCH(QString, node);
    QFETCH(QString, said);
    const QString found = text(run(model(node, "x f32 3 2, s f32 2", "y"), {}));
    QVERIFY2(found.contains(said), qPrintable(found));
}

// What stands in place of an If whose condition is a constant: the nodes of one branch, and nothing of the other.
void TestExpansions::knownBranch()
{
    const QString branch = R"(g { name: "b" node { op_type: "%1" input: "x" output: "%1" } output { name: "%1" } })";
    const QString nodes = R"(node { op_type: "Constant" output: "c" attribute { name: "value" type: TENSOR t { data_type: 9 int32_data: 0 } } }
        node { name: "if" op_type: "If" input: "c" output: "y" attribute { name: "then_branch" type: GRAPH )" + branch.arg("Neg")
                          + " } attribute { name: \"else_branch\" type: GRAPH " + branch.arg("Abs") + " } }";
    const QByteArray bytes = model(nodes, "x f32 2", "y");
    QCOMPARE(text(run(bytes, {{-1, 2}})), "1 2");
    const Result<strata::onnx::Imported> imported = import(bytes);
    QVERIFY(imported);
    QCOMPARE(imported->module->functions.size(), std::size_t(1));
    QCOMPARE(imported->module->entryFunction()->graph()->nodes.size(), std::size_t(1));
    QVERIFY(QString::fromStdString(imported->warnings.at(0)).contains("The condition of if (If) is known"));
}

// Where the input is known, so is how many values differ; NaN is one of them, and stands last.
void TestExpansions::unique()
{
    const QString nodes = R"(node { op_type: "Constant" output: "c" attribute { name: "value" type: TENSOR t { data_type: 1 dims: 6
        float_data: [2, nan, 1, nan, 2, 3] } } } node { op_type: "Unique" input: "c" output: ["y", "at", "which", "often"] %1 }
        node { op_type: "Identity" input: "x" output: "z" })";
    QCOMPARE(text(run(model(nodes.arg(""), "x f32", "y, at, which, often"), {{0}})), "1 2 3 nan 2 0 5 1 1 3 0 3 1 2 1 2 1 2");
    QCOMPARE(text(run(model(nodes.arg(whole("sorted", 0)), "x f32", "y, at, which, often"), {{0}})),
             "2 nan 1 3 0 1 2 5 0 1 2 1 0 3 2 2 1 1");
}

// Each iteration gives one element more than the one before it.
void TestExpansions::rowsOfDifferentShapes()
{
    const QString body = R"(attribute { name: "body" type: GRAPH g { name: "b"
        node { op_type: "Identity" input: "c" output: "d" } node { op_type: "Add" input: ["i", "one"] output: "e" }
        node { op_type: "Range" input: ["zero", "e", "one"] output: "r" }
        input { name: "i" type { tensor_type { elem_type: 7 shape { } } } } input { name: "c" type { tensor_type { elem_type: 9 shape { } } } }
        output { name: "d" } output { name: "r" } } })";
    const QString nodes = R"(node { op_type: "Constant" output: "one" attribute { name: "value_int" type: INT i: 1 } }
        node { op_type: "Constant" output: "zero" attribute { name: "value_int" type: INT i: 0 } }
        node { name: "l" op_type: "Loop" input: ["n", ""] output: "y" )" + body + " }";
    QCOMPARE(text(run(model(nodes, "n i64", "y"), {{1}})), "0");
    QVERIFY(text(run(model(nodes, "n i64", "y"), {{2}})).contains("gives rows of different shapes, or none of a shape that is not known."));
}

QString plain(const QString& op, const QStringList& inputs, const QStringList& outputs, const QString& attributes = "")
{
    return node(op, attributes, inputs, outputs, "");
}
QString number(const QString& name, int value)
{
    return "node { op_type: \"Constant\" output: \"" + name + "\" attribute { name: \"value_int\" type: INT i: "
           + QString::number(value) + " } } ";
}

void TestExpansions::lists_data()
{
    QTest::addColumn<QString>("nodes");
    QTest::addColumn<QString>("outputs");
    QTest::addColumn<QString>("numbers");
    const QString three = plain("SequenceConstruct", {"a", "b", "c"}, {"l"}), concat = plain("ConcatFromSequence", {"m"}, {"y"}, whole("axis", 0));
    QTest::newRow("construct, concat") << three + plain("ConcatFromSequence", {"l"}, {"y"}, whole("axis", -1)) << "y" << "1 2 3 4 5 6";
    QTest::newRow("on a new axis") << three + plain("ConcatFromSequence", {"l"}, {"y"}, whole("axis", 1) + whole("new_axis", 1)) << "y"
                                   << "1 3 5 2 4 6";
    QTest::newRow("insert") << number("p", 1) + three + plain("SequenceInsert", {"l", "c", "p"}, {"m"}) + concat << "y"
                            << "1 2 5 6 3 4 5 6";
    QTest::newRow("erase") << number("p", -3) + three + plain("SequenceErase", {"l", "p"}, {"m"}) + concat << "y" << "3 4 5 6";
    QTest::newRow("at, length") << number("p", 2) + three + plain("SequenceAt", {"l", "p"}, {"y"}) + plain("SequenceLength", {"l"}, {"n"})
                                << "y, n" << "5 6 3";
    QTest::newRow("an output") << three << "l" << "1 2 3 4 5 6";
    QTest::newRow("empty, insert") << plain("SequenceEmpty", {}, {"l"}).replace("input: [\"\"]", "") + plain("SequenceInsert", {"l", "b"}, {"m"}) + concat
                                   << "y" << "3 4";
    QTest::newRow("split") << plain("Concat", {"a", "b", "c"}, {"x"}, whole("axis", 0)) + number("s", 4)
                                  + plain("SplitToSequence", {"x", "s"}, {"l"}) + number("p", 1) + plain("SequenceAt", {"l", "p"}, {"y"})
                           << "y" << "5 6";
    QTest::newRow("map") << three + plain("SequenceMap", {"l", "a"}, {"m"}, R"(attribute { name: "body" type: GRAPH g { name: "b"
        node { op_type: "Mul" input: "one" input: "other" output: "r" } input { name: "one" } input { name: "other" } output { name: "r" } } })")
                         << "m" << "1 4 3 8 5 12";
    QTest::newRow("optional") << plain("Optional", {"b"}, {"o"}) + plain("OptionalHasElement", {"o"}, {"h"}) + plain("OptionalGetElement", {"o"}, {"y"})
                              << "h, y" << "1 3 4";
    const QString branch = R"(attribute { name: "%1_branch" type: GRAPH g { name: "b"
        node { op_type: "SequenceConstruct" input: ["%2", "b"] output: "%1" } output { name: "%1" } } })";
    QTest::newRow("if") << plain("If", {"q"}, {"m"}, branch.arg("then", "a") + branch.arg("else", "c")) + concat << "y" << "5 6 3 4";
    QTest::newRow("loop") << number("n", 3) + plain("SequenceEmpty", {}, {"l"}).replace("input: [\"\"]", "")
                                 + plain("Loop", {"n", "", "l"}, {"m", "rows"}, R"(attribute { name: "body" type: GRAPH g { name: "b"
        node { op_type: "CastLike" input: ["i", "a"] output: "f" } node { op_type: "Add" input: ["a", "f"] output: "t" }
        node { op_type: "SequenceInsert" input: ["s", "t"] output: "u" } node { op_type: "Identity" input: "c" output: "d" }
        input { name: "i" } input { name: "c" } input { name: "s" } output { name: "d" } output { name: "u" } output { name: "t" } } })")
                          << "m, rows" << "1 2 2 3 3 4 1 2 2 3 3 4";
}

void TestExpansions::lists()
{
    QFETCH(QString, nodes);
    QFETCH(QString, outputs);
    QFETCH(QString, numbers);
    QCOMPARE(text(run(model(nodes, "a f32 2, b f32 2, c f32 2, q bool", outputs), {{1, 2}, {3, 4}, {5, 6}, {0}})), numbers);
}

// A sequence that a model takes is as many parameters as it holds.
void TestExpansions::listsThatAreGiven()
{
    QByteArray bytes = model(plain("ConcatFromSequence", {"x"}, {"y"}, whole("axis", 0)), "x f32 2", "y");
    ::onnx::ModelProto proto;
    QVERIFY(proto.ParseFromArray(bytes.data(), int(bytes.size())));
    auto& type = *proto.mutable_graph()->mutable_input(0)->mutable_type();
    const ::onnx::TypeProto element = type;
    *type.mutable_sequence_type()->mutable_elem_type() = element;
    bytes = QByteArray::fromStdString(proto.SerializeAsString());
    strata::onnx::ImportOptions options;
    options.lists[0].tensors.assign(3, TensorType{DType::F32, toShape({2}), true});
    const Result<strata::onnx::Imported> imported = import(bytes, options);
    QVERIFY2(imported, imported ? "" : imported.error().text().c_str());
    QCOMPARE(imported->module->entryFunction()->params.size(), std::size_t(3));
    QCOMPARE(imported->module->entryFunction()->params[2].name, std::string("x_2"));
    QCOMPARE(toString(imported->module->entryFunction()->results[0].type), std::string("f32[6]"));
    const Result<strata::onnx::Imported> without = import(bytes);  // it opens, too
    QVERIFY(without);
    QVERIFY(QString::fromStdString(without->warnings.back()).contains("how many tensors that holds is not known"));
}

// What is known only when the model runs leaves an opaque node; what contradicts itself is refused.
void TestExpansions::listsThatAreNotKnown()
{
    const QString inputs = "a f32 2, b f32 2, p i64", three = plain("SequenceConstruct", {"a", "b"}, {"l"});
    const Result<strata::onnx::Imported> imported = import(model(three + plain("SequenceAt", {"l", "p"}, {"y"}), inputs, "y"));
    QVERIFY2(imported, imported ? "" : imported.error().text().c_str());
    QVERIFY(QString::fromStdString(imported->warnings.at(0)).contains("takes a place in a sequence that is known only when the model runs."));
    // Where test data say the value, the module is made for it, and another one ends a run.
    strata::onnx::ImportOptions options;
    options.values["p"] = makeTensor(DType::I64, {});
    options.values["p"].setInteger(0, 1);
    const Result<strata::onnx::Imported> given = import(model(three + plain("SequenceAt", {"l", "p"}, {"y"}), inputs, "y"), options);
    QVERIFY2(given, given ? "" : given.error().text().c_str());
    std::vector<Tensor> values{makeTensor(DType::F32, {2}), makeTensor(DType::F32, {2}), options.values["p"]};
    values[1].set(0, 7);
    const auto main = given->module->entryFunction();
    QCOMPARE(text(numbersOf(evaluate(*given->module, *main, values))), "7 0");
    values[2].setInteger(0, 0);
    QVERIFY(text(numbersOf(evaluate(*given->module, *main, values))).startsWith("Index 1"));
    QVERIFY(text(run(model(number("q", 2) + three + plain("SequenceAt", {"l", "q"}, {"y"}), inputs, "y"), {}))
                .contains("takes the place 2 in a sequence of 2 tensors."));
    QVERIFY(text(run(model(plain("Optional", {}, {"o"}).replace("input: [\"\"]", "") + plain("OptionalGetElement", {"o"}, {"y"}), inputs, "y"), {}))
                .contains("takes what an optional holds that is empty."));
}

STRATA_TEST_IN(QCoreApplication, TestExpansions)
#include "tst_expansions.moc"
