// Side inputs and attributes against each other: a node that contradicts itself or its inputs is refused with what it
// has and what it needs, before anything is computed; one that fits is not.
#include "core/operators/infer.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

namespace {

// The faults of one node over parameters; "" if it fits.
QString faults(const std::string& params, const std::string& node)
{
    const std::string text = "module m(entry=main):\n\nconst @none: f32[0] = []\nconst @two: i64[1] = [2]\n"
                             "const @pair: i64[2] = [1, 1]\nconst @below: i64[2] = [-1, 2]\n"
                             "const @ends: f32[6] = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]\n"
                             "const @scales: f32[2] = [2.0, -1.0]\nconst @larger: f32[2] = [2.0, 1.0]\n\ndef main("
                             + params + ") -> (y: unknown):\n    y: unknown = " + node + "\n    return y\n";
    const Result<ModulePtr> module = parseModule(text);
    if (!module)
        return QStringLiteral("does not parse: ") + QString::fromStdString(module.error().text());
    const Result<InferredTypes> types = inferFunction(**module, *(*module)->entryFunction());
    if (!types)
        return QString::fromStdString(types.error().text());
    QStringList lines;
    for (const Error& fault : types->faults)
        lines << QString::fromStdString(fault.text());
    return lines.join(QLatin1Char('\n'));
}

}  // namespace

class TestRules : public QObject {
    Q_OBJECT

private slots:
    void contradictions_data();
    void contradictions();
    void fitting_data();
    void fitting();
    void unknownTypesGoOn();
};

void TestRules::contradictions_data()
{
    QTest::addColumn<QString>("params");
    QTest::addColumn<QString>("node");
    QTest::addColumn<QString>("part");
    const auto row = [](const char* params, const char* node, const char* part) {
        QTest::newRow(qPrintable(QString(node) + " / " + part)) << params << node << part;
    };
    // Signatures.
    row("x: f32[3]", R"(Relu(x, foo=1, node="n", version=17))", "an attribute foo");
    row("x: f32[3]", R"(Relu(x, x, node="n", version=17))", "has 2 inputs; it takes 1");
    row("x: i64[3]", R"(Sin(x, node="n", version=17))", "input 0 (input) of the type i64");
    row("x: f32[3], b: f64[3]", R"(Add(x, b, node="n", version=17))", "they have one type");
    row("x: f32[3]", R"(LeakyRelu(x, alpha=1, node="n", version=17))", "of the kind float");
    row("x: f32[3]", R"(Cast(x, to="INT32", node="n", version=13))", "of the kind int");
    row("x: f32[3]", R"(Cast(x, to=77, node="n", version=13))", "which ONNX does not have");
    row("x: f32[3]", R"(Cast(x, node="n", version=13))", "no attribute to");
    row("x: f32[3]", R"(Cast(x, to=24, round_mode="odd", node="n", version=24))", "it is up, down or nearest");
    row("x: i4[3]", R"(BitCast(x, to=3, node="n", version=26))", "reads i4 as i8, which has another size");
    row("x: i4[3]", R"(Relu(x, node="n", version=14))", "input 0 (X) of the type i4");
    row("x: f32[3], b: i32[3]", R"(Where(b, x, x, node="n", version=17))", "it takes bool");
    row("x: f32[3]", R"(Mish(x, node="n", version=13))", "it came with version 18");
    row("x: f32[3]", R"(Sum(x, _, node="n", version=13))", "leaves out input 1");
    // Windows.
    row("x: f32[1, 4, 5, 5], w: f32[6, 4, 1, 1], b: f32[1]", R"(Conv(x, w, b, node="n", version=17))",
        "input 2 (B) of the shape [1]; it is [6]");
    row("x: f32[1, 4, 5, 5], w: f32[6, 4, 1, 1]", R"(Conv(x, w, kernel_shape=[3, 3], node="n", version=17))",
        "kernel_shape [3, 3]; it is [1, 1]");
    row("x: f32[1, 4, 5, 5], w: f32[6, 2, 1, 1]", R"(Conv(x, w, node="n", version=17))", "4 input channels");
    row("x: f32[1, 4, 5, 5], w: f32[5, 2, 1, 1]", R"(Conv(x, w, group=2, node="n", version=17))",
        "cuts 5 channels into 2 groups");
    row("x: f32[1, 4, 5, 5], w: f32[6, 4, 1, 1]", R"(Conv(x, w, group=0, node="n", version=17))", "at least 1");
    row("x: f32[1, 4, 5, 5], w: f32[6, 4, 1, 1]", R"(Conv(x, w, strides=[1], node="n", version=17))",
        "has 1 strides; it needs 2");
    row("x: f32[1, 4, 5, 5], w: f32[6, 4, 1, 1]", R"(Conv(x, w, pads=[0, 0, -1, 0], node="n", version=17))",
        "-1 among its pads");
    row("x: f32[1, 4, 5, 5], w: f32[6, 4, 1, 1]", R"(Conv(x, w, auto_pad="SAME", node="n", version=17))",
        "which ONNX does not define");
    row("x: f32[1, 4, 5, 5], w: f32[4, 2, 1, 1], b: f32[1]", R"(ConvTranspose(x, w, b, node="n", version=17))",
        "input 2 (B) of the shape [1]; it is [2]");
    row("x: f32[1, 3, 5, 5], w: f32[4, 2, 1, 1]", R"(ConvTranspose(x, w, node="n", version=17))",
        "3 input channels and weights for 4");
    row("x: f32[1, 4, 5, 5], w: f32[4, 2, 3, 3]",
        R"(ConvTranspose(x, w, output_shape=[9, 9, 9], node="n", version=17))", "3 sizes; it needs 2");
    row("x: f32[1, 4, 5, 5]", R"(MaxPool(x, kernel_shape=[2, 2], pads=[3, 3, 3, 3], node="n", version=17))",
        "a pad of 3");
    row("x: f32[1, 4, 5, 5]", R"(LpPool(x, kernel_shape=[2, 2], p=0, node="n", version=17))", "the p 0");
    row("x: f32[1, 4, 5, 5]", R"(AveragePool(x, kernel_shape=[2], node="n", version=17))", "rank 1");
    // Products.
    row("a: f32[2, 3], b: f32[3, 4], c: f32[3, 4]", R"(Gemm(a, b, c, node="n", version=17))",
        "does not broadcast to [2, 4]");
    row("a: f32[2, 3], b: f32[3, 4], c: f32[4]", R"(Gemm(a, b, c, node="n", version=6))",
        "without the attribute broadcast");
    row("a: u8[2, 3], b: u8[3, 4], z: u8[2]", R"(MatMulInteger(a, b, _, z, node="n", version=17))",
        "input 3 (b_zero_point) of the shape [2]; it is [4]");
    row("a: f32[2, 3], b: f32[4, 5]", R"(Einsum(a, b, equation="ij,jk->ik", node="n", version=17))", "two sizes");
    row("a: f32[2, 3]", R"(Einsum(a, equation="ij,jk->ik", node="n", version=17))", "more terms than inputs");
    row("a: f32[2, 3]", R"(Einsum(a, equation="ij->i?", node="n", version=17))", "which is none");
    row("a: f32[2, 3]", R"(Einsum(a, equation="ij->ii", node="n", version=17))", "twice in its result");
    // Normalization.
    row("x: f32[1, 4, 5, 5], s: f32[1], b: f32[4]", R"(BatchNormalization(x, s, b, b, b, node="n", version=17))",
        "input 1 (scale) of the shape [1]; it is [4]");
    row("x: f32[2, 3, 4], s: f32[3]", R"(BatchNormalization(x, s, s, s, s, spatial=0, node="n", version=7))",
        "it is [3, 4]");
    row("x: f32[1, 4, 5, 5], s: f32[2]", R"(InstanceNormalization(x, s, s, node="n", version=17))", "it is [4]");
    row("x: f32[1, 4, 5, 5], s: f32[4]", R"(GroupNormalization(x, s, s, num_groups=3, node="n", version=21))",
        "into 3 groups");
    row("x: f32[1, 4, 5, 5], s: f32[4]", R"(GroupNormalization(x, s, s, num_groups=2, node="n", version=18))",
        "it is [2]");
    row("x: f32[2, 3, 4], s: f32[3]", R"(LayerNormalization(x, s, node="n", version=17))", "does not broadcast to [4]");
    row("x: f32[2, 3, 4]", R"(LpNormalization(x, p=3, node="n", version=17))", "it is 1 or 2");
    row("x: f32[2, 3, 4]", R"(LRN(x, size=0, node="n", version=17))", "at least 1");
    // Quantization.
    row("x: u8[2, 4], s: f32[4], z: u8[2]", R"(DequantizeLinear(x, s, z, axis=1, node="n", version=17))",
        "input 2 (zero point) of the shape [2]; it is [4]");
    row("x: f32[2, 4], s: f32[3]", R"(QuantizeLinear(x, s, axis=1, node="n", version=17))", "it is [4]");
    row("x: f32[2, 4], s: f32[2, 3]", R"(QuantizeLinear(x, s, axis=1, block_size=2, node="n", version=21))",
        "it is [2, 2]");
    // Sequences.
    row("x: f32[3, 1, 5], w: f32[1, 8, 2], r: f32[1, 8, 2]", R"(LSTM(x, w, r, hidden_size=2, node="n", version=14))",
        "input 1 (W) of the shape [1, 8, 2]; it is [1, 8, 5]");
    row("x: f32[3, 1, 5], w: f32[1, 8, 5], r: f32[1, 8, 2]", R"(LSTM(x, w, r, hidden_size=3, node="n", version=14))",
        "hidden_size 3");
    row("x: f32[3, 1, 5], w: f32[1, 2, 5], r: f32[1, 2, 2], b: f32[1, 3]", R"(RNN(x, w, r, b, node="n", version=14))",
        "it is [1, 4]");
    row("x: f32[3, 2, 5], w: f32[1, 6, 5], r: f32[1, 6, 2], h: f32[2, 1, 2]",
        R"(GRU(x, w, r, _, _, h, node="n", version=14))", "it is [1, 2, 2]");
    row("x: f32[3, 2, 5], w: f32[1, 6, 5], r: f32[1, 6, 2], n: i32[3]", R"(GRU(x, w, r, _, n, node="n", version=14))",
        "input 4 (sequence_lens)");
    row("x: f32[3, 2, 5], w: f32[1, 6, 5], r: f32[1, 6, 2]",
        R"(GRU(x, w, r, direction="bidirectional", node="n", version=14))", "input 2 (R)");
    row("x: f32[4, 2], n: i64[3]", R"(ReverseSequence(x, n, node="n", version=10))", "it is [2]");
    row("x: f32[4, 2], n: i64[4]", R"(ReverseSequence(x, n, batch_axis=0, node="n", version=10))",
        "one is 0 and the other 1");
    row("q: f32[1, 2, 3, 4], k: f32[1, 2, 5, 3], v: f32[1, 2, 5, 4]", R"(Attention(q, k, v, node="n", version=23))",
        "heads of queries and keys of 4 and of 3");
    row("q: f32[1, 2, 3, 4], k: f32[1, 2, 5, 4], v: f32[1, 2, 6, 4]", R"(Attention(q, k, v, node="n", version=23))",
        "sequences of keys and values");
    row("q: f32[1, 2, 3, 4], k: f32[1, 2, 5, 4], v: f32[1, 2, 5, 4], m: f32[2, 5]",
        R"(Attention(q, k, v, m, node="n", version=23))", "input 3 (attn_mask)");
    row("x: f32[1, 2, 3, 4], c: f32[1, 3, 1]", R"(RotaryEmbedding(x, c, c, node="n", version=23))", "it is [1, 3, 2]");
    // Indices.
    row("x: f32[3, 3], i: i64[2, 3], u: f32[1, 1]", R"(ScatterElements(x, i, u, node="n", version=17))",
        "input 2 (updates) of the shape [1, 1]; it is [2, 3]");
    row("x: f32[3, 3], i: i64[2, 1], u: f32[40, 3]", R"(ScatterND(x, i, u, node="n", version=17))",
        "input 2 (updates) of the shape [40, 3]; it is [2, 3]");
    row("x: f32[3, 3], i: i64[2, 3], u: f32[2, 3]",
        R"(ScatterElements(x, i, u, reduction="sum", node="n", version=17))", "which ONNX does not define");
    row("x: f32[3, 3], i: i64[3, 4]", R"(GatherElements(x, i, axis=0, node="n", version=17))", "reach over");
    row("x: f32[3, 3], i: i64[3]", R"(GatherElements(x, i, axis=0, node="n", version=17))", "it is of rank 2");
    row("x: f32[3, 3], i: i64[2, 3, 1]", R"(GatherND(x, i, batch_dims=1, node="n", version=17))", "has batches");
    row("i: i64[2], d: i64[], v: f32[1]", R"(OneHot(i, d, v, node="n", version=17))", "input 2 (values)");
    row("x: f32[2, 5], t: i64[7]", R"(NegativeLogLikelihoodLoss(x, t, reduction="none", node="n", version=17))",
        "input 1 (target) of the shape [7]; it is [2]");
    row("x: f32[2, 5], t: i64[2], w: f32[2]", R"(SoftmaxCrossEntropyLoss(x, t, w, node="n", version=17))",
        "input 2 (weight)");
    row("x: f32[2, 5], a: i64[2]", R"(CumSum(x, a, node="n", version=17))", "it is one number");
    row("x: f32[2, 5], k: i64[2]", R"(TopK(x, k, node="n", version=17))", "it is one number");
    row("x: f32[0, 5]", R"(ArgMax(x, axis=0, node="n", version=17))", "among no elements");
    // Shapes.
    row("x: f32[2, 3], s: f32[2]", R"(PRelu(x, s, node="n", version=17))", "does not broadcast to [2, 3]");
    row("x: f32[2, 3], k: f32[2, 4]", R"(Concat(x, k, axis=0, node="n", version=17))", "along axis 0");
    row("x: f32[1, 1, 3, 3], g: f32[4, 2, 2, 2]", R"(GridSample(x, g, node="n", version=17))", "it is [1, 2, 2, 2]");
    row("x: f32[1, 1, 3, 3], g: f32[1, 2, 2, 3]", R"(GridSample(x, g, node="n", version=17))", "it is [1, 2, 2, 2]");
    row("x: f32[2, 2]", R"(Tile(x, @below, node="n", version=17))", "negative number of repeats");
    row("x: f32[1, 4, 5, 5]", R"(DepthToSpace(x, blocksize=3, node="n", version=17))", "into blocks of 9");
    row("x: f32[1, 4, 5, 5]", R"(DepthToSpace(x, blocksize=2, mode="XYZ", node="n", version=17))", "does not define");
    row("x: f32[2, 3, 4]", R"(Transpose(x, perm=[0, 1], node="n", version=17))", "no permutation");
    row("x: f32[2, 3, 4]", R"(Transpose(x, perm=[0, 1, 1], node="n", version=17))", "axis 1 twice");
    row("x: f32[2, 3, 4]", R"(ReduceSum(x, @pair, node="n", version=17))", "axis 1 twice");
    row("x: f32[2, 3]", R"(Resize(x, @ends, @larger, node="n", version=17))", "6 bounds");
    row("x: f32[2, 3]", R"(Resize(x, _, @scales, node="n", version=17))", "the scale -1");
    row("x: f32[2, 3, 4]", R"(Resize(x, _, @scales, node="n", version=17))", "2 scales; it needs 3");
    row("x: f32[2, 3], s: i64[3]", R"(Split(x, @two, axis=1, node="n", version=17))", "of together 2");
    row("x: f32[2, 3]", R"(Pad(x, @pair, node="n", version=17))", "2 pads for 2 axes");
    row("x: f32[2, 3]", R"(Pad(x, @pair, mode="mirror", node="n", version=17))", "does not define");
    row("x: f32[2, 3]", R"(Trilu(x, @pair, node="n", version=17))", "it is one number");
    row("x: f32[3]", R"(Trilu(x, node="n", version=17))", "takes a triangle");
    row("x: f32[3]", R"(EyeLike(x, node="n", version=17))", "it is of rank 2");
    row("x: f32[2, 3], b: f32[2]", R"(Add(x, b, node="n", version=6))", "without the attribute broadcast");
    row("x: f32[2, 3], b: f32[4]", R"(Add(x, b, broadcast=1, axis=0, node="n", version=6))", "does not fit");
    row("x: f32[2, 3], b: f32[3]", R"(Sum(x, b, node="n", version=6))", "as the first");
    row("x: f32[2, 3], l: f32[2]", R"(Clip(x, l, node="n", version=13))", "it is one number");
    row("x: u8[2], k: u8[2]", R"(BitShift(x, k, direction="UP", node="n", version=11))", "does not define");
    // Symbols that can be equal for no size.
    row("x: f32[n, 3], w: f32[m, 4, 1], b: f32[m + 1]", R"(Conv(_, w, b, node="n", version=17))", "leaves out input 0");
    row("x: f32[2, 4, n], w: f32[m, 4, 1], b: f32[m + 1]", R"(Conv(x, w, b, node="n", version=17))", "it is [m]");
}

void TestRules::contradictions()
{
    QFETCH(QString, params);
    QFETCH(QString, node);
    QFETCH(QString, part);
    const QString actual = faults(params.toStdString(), node.toStdString());
    QVERIFY2(actual.startsWith("Node n (") && actual.contains(part), qPrintable(actual));
}

void TestRules::fitting_data()
{
    QTest::addColumn<QString>("params");
    QTest::addColumn<QString>("node");
    const auto row = [](const char* params, const char* node) { QTest::newRow(node) << params << node; };
    row("x: f32[n, 4, h, w], w: f32[6, 2, 3, 3], b: f32[6]",
        R"(Conv(x, w, b, group=2, kernel_shape=[3, 3], auto_pad="SAME_UPPER", strides=[2, 2], node="n", version=17))");
    row("x: f32[n, 4, h, w], w: f32[o, c, k, k]", R"(Conv(x, w, node="n", version=17))");
    row("x: f32[n, 4, h, w], w: f32[4, 2, 3, 3], b: f32[4]",
        R"(ConvTranspose(x, w, b, group=2, auto_pad="SAME_LOWER", node="n", version=17))");
    row("a: f32[n, 3], b: f32[3, 4], c: f32[]", R"(Gemm(a, b, c, node="n", version=17))");
    row("a: f32[2, 3], b: f32[3, 4], c: f32[2, 1]", R"(Gemm(a, b, c, node="n", version=17))");
    row("x: f32[s, b, 5], w: f32[2, 8, 5], r: f32[2, 8, 2], n: i32[b], h: f32[2, b, 2], p: f32[2, 6]",
        R"(LSTM(x, w, r, _, n, h, h, p, direction="bidirectional", hidden_size=2, node="n", version=14))");
    row("x: f32[2, 3, 4], b: f32[3]", R"(Add(x, b, broadcast=1, axis=1, node="n", version=6))");
    row("x: f32[2, 3, 4]", R"(PRelu(x, x, node="n", version=17))");
    row("x: f32[2, 3, 4], s: f32[3]", R"(PRelu(x, s, node="n", version=6))");
    row("q: f32[b, 4, s, 8], k: f32[b, 2, t, 8], v: f32[b, 2, t, 6], m: bool[s, t]",
        R"(Attention(q, k, v, m, node="n", version=23))");
    row("x: f32[2, 3]", R"(Resize(x, @none, _, @pair, node="n", version=13))");
    row("x: f32[3]", R"(Cast(x, to="INT32", node="n", version=5))");
    row("x: f32[3]", R"(Cast(x, to=14, node="n", version=19))");
    row("x: f32[3]", R"(Cast(x, to=24, round_mode="nearest", saturate=0, node="n", version=24))");
    row("x: f32[3]", R"(Frobnicate(x, foo=1, node="n", version=19))");
    row("a: f32[2, 3], b: f32[4, 3]", R"(Einsum(a, b, equation="Ij, kj -> Ik", node="n", version=17))");
    row("x: unknown, w: f32[2]", R"(Conv(x, w, node="n", version=17))");
}

void TestRules::fitting()
{
    QFETCH(QString, params);
    QFETCH(QString, node);
    QCOMPARE(faults(params.toStdString(), node.toStdString()), QString());
}

// What is behind a type that Strata does not have is unknown, and not f32.
void TestRules::unknownTypesGoOn()
{
    const Result<ModulePtr> module = parseModule("module m(entry=main):\n\n"
                                                 "def main(x: f32[3]) -> (y: unknown):\n"
                                                 "    a: unknown = Cast(x, to=14, node=\"down\", version=19)\n"
                                                 "    y: unknown = Identity(a, node=\"i\", version=19)\n"
                                                 "    return y\n");
    QVERIFY(module.ok());
    const Result<InferredTypes> types = inferFunction(**module, *(*module)->entryFunction());
    QVERIFY(types.ok());
    QVERIFY(types->function->results[0].type.kind == ValueType::Kind::Unknown);
    QCOMPARE(types->warnings.size(), std::size_t(1));
    QVERIFY(types->warnings[0].find("Node down (Cast) gives the element type COMPLEX64") != std::string::npos);
}

STRATA_TEST_IN(QCoreApplication, TestRules)
#include "tst_rules.moc"
