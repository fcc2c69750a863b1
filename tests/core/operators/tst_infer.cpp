// Types of whole graphs: a module's text before, its text after. And groups of nodes as one loops function.
#include "core/operators/infer.h"
#include "core/operators/operator.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

namespace {

ModulePtr parsed(const char* text)
{
    const auto zeros = [](const std::string&, const TensorType& type) {
        return toConstant(makeTensor(type.dtype, constants(type.shape)));
    };
    Result<ModulePtr> module = parseModule(text, zeros);
    if (!module)
        qWarning("%s", module.error().text().c_str());
    return module ? *module : nullptr;
}

QString lines(const std::string& text) { return QString::fromStdString(text).trimmed(); }

QString inferred(const char* text)
{
    const ModulePtr module = parsed(text);
    if (!module)
        return QStringLiteral("does not parse");
    const Result<InferredTypes> types = inferFunction(*module, *module->entryFunction());
    if (!types)
        return lines(types.error().text());
    std::string result = print(*types->function);
    for (const std::string& warning : types->warnings)
        result += "! " + warning + "\n";
    for (const Error& fault : types->faults)
        result += "x " + fault.message + "\n";
    return lines(result);
}

QString loweredGroup(const char* text)
{
    const ModulePtr module = parsed(text);
    if (!module)
        return QStringLiteral("does not parse");
    const Result<LoweredGraph> lowered = lowerGraphFunction(*module, *module->entryFunction());
    if (!lowered)
        return lines(lowered.error().text());
    std::string result = print(*lowered->function);
    for (const std::string& constant : lowered->constantParams)
        result += "param @" + constant + "\n";
    for (const auto& [from, to] : lowered->forwarding)
        for (const Cursor& target : to)
            result += toString(from) + " -> " + toString(target) + "\n";
    return lines(result);
}

}  // namespace

class TestInfer : public QObject {
    Q_OBJECT

private slots:
    void types_data();
    void types();
    void unchangedIsTheSamePointer();
    void knownValues();
    void verifiedTypesAreTaken_data();
    void verifiedTypesAreTaken();
    void shapesThatFollowFromInputs_data();
    void shapesThatFollowFromInputs();
    void groups_data();
    void groups();
};

// What inference made of a graph is what it makes of that again; the quick way says the same.
void TestInfer::verifiedTypesAreTaken_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("shape arithmetic") << R"(module m(entry=main):

const @i: i64[1]
const @w: f32[3, 2]

def main(x: f32[2, 3, 4]) -> (y: f32[...], k: f32[...]):
    s: i64[...] = Shape(x, node="shape", version=15)
    g: i64[...] = Gather(s, @i, node="gather", version=13, axis=0)
    m: i64[...] = Concat(g, g, node="concat", version=13, axis=0)
    r: f32[...] = Relu(x, node="relu", version=14)
    t: i64[...] = Shape(r, node="shape2", version=15)
    y: f32[...] = Reshape(r, t, node="reshape", version=14)
    n: f32[...] = Neg(@w, node="neg", version=13)
    k: f32[...] = Transpose(n, node="transpose", version=13, perm=[1, 0])
    return y, k
)";
    QTest::newRow("a size that is not known") << R"(module m(entry=main):

def main(x: f32[n, 3]) -> (y: f32[...]):
    s: i64[...] = Shape(x, node="shape", version=15)
    y: f32[...] = Expand(x, s, node="expand", version=13)
    return y
)";
}

void TestInfer::verifiedTypesAreTaken()
{
    QFETCH(QString, text);
    const ModulePtr module = parsed(text.toUtf8());
    QVERIFY(module);
    const auto once = inferFunction(*module, *module->entryFunction());
    QVERIFY(once.ok());
    const ModulePtr typed = module->withFunction(once->function);
    const auto twice = inferFunction(*typed, *once->function), quick = inferVerified(*typed, *once->function);
    QVERIFY(twice.ok() && quick.ok());
    QCOMPARE(quick->function, twice->function);
    QCOMPARE(quick->known.size(), twice->known.size());
    for (const auto& [name, value] : twice->known) {
        QVERIFY2(quick->known.count(name), name.c_str());
        QVERIFY2(quick->known.at(name).type == value.type && quick->known.at(name).bytes == value.bytes, name.c_str());
    }
}

void TestInfer::types_data()
{
    QTest::addColumn<QString>("actual");
    QTest::addColumn<QString>("expected");
    QTest::newRow("symbols stay polynomials") << inferred(R"(module m(entry=main):

const @w: f32[4, 3, 3, 3]

def main(x: f32[batch, 3, 8, 8]) -> (y: f32[...]):
    c: f32[...] = Conv(x, @w, pads=[1, 1, 1, 1], node="conv", version=13)
    y: f32[...] = Flatten(c, node="flatten", version=13)
    return y
)") << R"(def main(x: f32[batch, 3, 8, 8]) -> (y: f32[batch, 256]):
    c: f32[batch, 4, 8, 8] = Conv(x, @w, pads=[1, 1, 1, 1], node="conv", version=13)
    y: f32[batch, 256] = Flatten(c, node="flatten", version=13)
    return y)";
    QTest::newRow("shape arithmetic on symbols") << inferred(R"(module m(entry=main):

const @zero: i64[1] = [0]
const @rest: i64[1] = [-1]

def main(x: f32[batch, seq, 4, 16]) -> (y: f32[...]):
    s: i64[...] = Shape(x, node="shape", version=13)
    b: i64[...] = Gather(s, @zero, axis=0, node="first", version=13)
    t: i64[...] = Concat(b, @rest, axis=0, node="target", version=13)
    y: f32[...] = Reshape(x, t, node="reshape", version=13)
    return y
)") << R"(def main(x: f32[batch, seq, 4, 16]) -> (y: f32[batch, 64*seq]):
    s: i64[4] = Shape(x, node="shape", version=13)
    b: i64[1] = Gather(s, @zero, axis=0, node="first", version=13)
    t: i64[2] = Concat(b, @rest, axis=0, node="target", version=13)
    y: f32[batch, 64*seq] = Reshape(x, t, node="reshape", version=13)
    return y)";
    QTest::newRow("values go through arithmetic") << inferred(R"(module m(entry=main):

const @two: i64[1] = [2]
const @one: f32[1] = [1.0]

def main(x: f32[1, 3, 8]) -> (y: f32[...]):
    s: i64[...] = Shape(x, node="shape", version=13)
    d: i64[...] = Mul(s, @two, node="double", version=13)
    y: f32[...] = Expand(@one, d, node="expand", version=13)
    return y
)") << R"(def main(x: f32[1, 3, 8]) -> (y: f32[2, 6, 16]):
    s: i64[3] = Shape(x, node="shape", version=13)
    d: i64[3] = Mul(s, @two, node="double", version=13)
    y: f32[2, 6, 16] = Expand(@one, d, node="expand", version=13)
    return y)";
    QTest::newRow("a declared shape has to fit the elements") << inferred(R"(module m(entry=main):

def main(x: f32[2, 3], s: i64[2]) -> (y: f32[2, 12]):
    y: f32[2, 12] = Reshape(x, s, node="r", version=14)
    return y
)") << R"(def main(x: f32[2, 3], s: i64[2]) -> (y: f32[2, 12]):
    y: f32[2, 12] = Reshape(x, s, node="r", version=14)
    return y
x Node r (Reshape) declares the shape [2, 12] for the elements of [2, 3].)";
    QTest::newRow("and an expanded one what it repeats") << inferred(R"(module m(entry=main):

def main(x: f32[3], s: i64[2]) -> (y: f32[2, 5]):
    y: f32[2, 5] = Expand(x, s, node="e", version=13)
    return y
)") << R"(def main(x: f32[3], s: i64[2]) -> (y: f32[2, 5]):
    y: f32[2, 5] = Expand(x, s, node="e", version=13)
    return y
x Node e (Expand) has input 0 (input) of the shape [3], which does not broadcast to [2, 5] as the node declares.)";
    QTest::newRow("an opaque node keeps what is declared") << inferred(R"(module m(entry=main):

def main(x: f32[2, 3]) -> (y: f32[...]):
    t: f32[2, 5] = Frobnicate(x, node="frob", version=13)
    y: f32[...] = Relu(t, node="relu", version=13)
    return y
)") << R"(def main(x: f32[2, 3]) -> (y: f32[2, 5]):
    t: f32[2, 5] = Frobnicate(x, node="frob", version=13)
    y: f32[2, 5] = Relu(t, node="relu", version=13)
    return y
! Node frob (Frobnicate) has no definition in Strata for version 13 of the operator set ai.onnx: it is opaque.)";
}

void TestInfer::types()
{
    QFETCH(QString, actual);
    QFETCH(QString, expected);
    QCOMPARE(actual, expected);
}

void TestInfer::unchangedIsTheSamePointer()
{
    const ModulePtr module = parsed(R"(module m(entry=main):

def main(x: f32[2, 3]) -> (y: f32[2, 3]):
    y: f32[2, 3] = Relu(x, node="relu", version=13)
    return y
)");
    QVERIFY(module);
    const Result<InferredTypes> types = inferFunction(*module, *module->entryFunction());
    QVERIFY(types.ok());
    QCOMPARE(types->function.get(), module->entryFunction().get());
}

void TestInfer::knownValues()
{
    const ModulePtr module = parsed(R"(module m(entry=main):

def main(x: f32[2, 3]) -> (n: i64[...]):
    s: i64[...] = Shape(x, node="shape", version=13)
    n: i64[...] = ReduceProd(s, node="count", version=13, keepdims=0)
    return n
)");
    QVERIFY(module);
    const Result<InferredTypes> types = inferFunction(*module, *module->entryFunction());
    QVERIFY(types.ok());
    QCOMPARE(types->known.size(), std::size_t(2));
    QCOMPARE(types->known.at("n").integerAt(0), std::int64_t(6));
}

// Code is made for the declared shapes: inputs that make others are refused by the node, what nobody needs is left
// alone, and an operator whose shape follows from its inputs' shapes is not asked (its data are judged when it runs).
void TestInfer::shapesThatFollowFromInputs_data()
{
    QTest::addColumn<QString>("nodes");
    QTest::addColumn<QString>("result");
    QTest::addColumn<QString>("values");  // of s: i64[2]; x is f32[2, 3]
    QTest::addColumn<QString>("told");    // empty: they fit
    const auto row = [](const char* name, const char* nodes, const char* result, const char* values, const char* told) {
        QTest::newRow(name) << nodes << result << values << told;
    };
    const char* reshape = "    y: f32[3, 2] = Reshape(x, s, node=\"r\", version=14)\n";
    row("as declared", reshape, "f32[3, 2]", "3 2", "");
    row("an open size", reshape, "f32[3, 2]", "-1 2", "");
    row("as many elements in another shape", reshape, "f32[3, 2]", "2 3",
        "Node r (Reshape) makes f32[2, 3] of these inputs, where the model declares f32[3, 2].");
    row("another number of elements", reshape, "f32[3, 2]", "7 9",
        "Node r (Reshape) reshapes [2, 3] to [7, 9], which has another number of elements.");
    const char* expand = "    y: f32[4, 3] = Expand(x1, s, node=\"e\", version=13)\n";
    row("expanded as declared", expand, "f32[4, 3]", "4 3", "");
    row("expanded further", expand, "f32[4, 3]", "1000000 3",
        "Node e (Expand) makes f32[1000000, 3] of these inputs, where the model declares f32[4, 3].");
    row("expanded to what does not fit", expand, "f32[4, 3]", "4 2", "Node e (Expand)");
    row("through arithmetic",
        "    t: i64[2] = Add(s, s, node=\"d\", version=14)\n    y: f32[6, 1] = Reshape(x, t, node=\"r\", version=14)\n",
        "f32[6, 1]", "3 1", "Node r (Reshape) reshapes [2, 3] to [6, 2]");
    row("what nobody needs",
        "    z: f32[6, 1] = Reshape(x, s, node=\"r\", version=14)\n    y: f32[2, 3] = Relu(x, node=\"q\", version=14)\n",
        "f32[2, 3]", "7 7", "");
    row("an index out of range is for the run to tell", "    y: f32[2, 3] = Gather(x, s, node=\"g\", version=13)\n",
        "f32[2, 3]", "7 7", "");
    row("a shape of ones", "    y: f32[2, 2] = ConstantOfShape(s, node=\"o\", version=9)\n", "f32[2, 2]", "2 3",
        "Node o (ConstantOfShape) makes f32[2, 3]");
    row("repetitions", "    y: f32[4, 3] = Tile(x, s, node=\"t\", version=13)\n", "f32[4, 3]", "2 2",
        "Node t (Tile) makes f32[4, 6]");
}

void TestInfer::shapesThatFollowFromInputs()
{
    QFETCH(QString, nodes);
    QFETCH(QString, result);
    QFETCH(QString, values);
    QFETCH(QString, told);
    const QString text = "module m(entry=main):\n\ndef main(x: f32[2, 3], x1: f32[1, 3], s: i64[2]) -> (y: " + result
                         + "):\n" + nodes + "    return y\n";
    const ModulePtr module = parsed(text.toUtf8().constData());
    QVERIFY(module);
    Tensor shape = makeTensor(DType::I64, {2});
    for (int i = 0; i < 2; ++i)
        shape.set(i, values.section(' ', i, i).toDouble());
    const std::vector<Tensor> inputs{makeTensor(DType::F32, {2, 3}), makeTensor(DType::F32, {1, 3}), shape};
    const Status status = checkShapesOf(inputs, *module, *module->entryFunction());
    QCOMPARE(status.ok(), told.isEmpty());
    if (!status)
        QVERIFY2(QString::fromStdString(status.error().message).startsWith(told), status.error().message.c_str());
}

void TestInfer::groups_data()
{
    QTest::addColumn<QString>("actual");
    QTest::addColumn<QString>("expected");
    QTest::newRow("linear_relu") << loweredGroup(R"(module m(entry=linear_relu):

const @w: f32[200, 784]

def linear_relu(x: f32[1, 784], b: f32[200]) -> (y: f32[1, 200]):
    h: f32[1, 200] = Gemm(x, @w, b, node="fc", version=13, transB=1)
    r: f32[1, 200] = Relu(h, node="act", version=13)
    return r
)") << R"(@loops
@attributes(pattern="out_fusable")
def linear_relu(x: f32[1, 784], b: f32[200], w: f32[200, 784]) -> (y: f32[1, 200]):
    h = alloc f32[1, 200]
    h_dense = alloc f32[1, 200]
    for i, j, k in grid(1, 200, 784):
        with block("dense") as (vi: spatial(1) = i, vj: spatial(200) = j, vk: reduce(784) = k):
            with init(): h_dense[vi, vj] = 0.0
            h_dense[vi, vj] = fma(x[vi, vk], w[vj, vk], h_dense[vi, vj])
    for i_bias, j_bias in grid(1, 200):
        with block("bias") as (vi: spatial(1) = i_bias, vj: spatial(200) = j_bias):
            h[vi, vj] = h_dense[vi, vj] + b[vj]
    for i_relu, j_relu in grid(1, 200):
        with block("relu") as (vi: spatial(1) = i_relu, vj: spatial(200) = j_relu):
            y[vi, vj] = max(0.0, h[vi, vj])
param @w
node act of linear_relu -> block relu of linear_relu
node fc of linear_relu -> block dense of linear_relu
node fc of linear_relu -> block bias of linear_relu
value h of linear_relu -> buffer h of linear_relu
value r of linear_relu -> buffer y of linear_relu)";
    QTest::newRow("a parameter handed on is copied") << loweredGroup(R"(module m(entry=f):

def f(x: f32[4]) -> (a: f32[4], b: f32[4]):
    r: f32[4] = Neg(x, node="neg", version=13)
    return r, x
)") << R"(@loops
@attributes(pattern="elementwise")
def f(x: f32[4]) -> (a: f32[4], b: f32[4]):
    for i in range(4):
        with block("neg") as (vi: spatial(4) = i):
            a[vi] = -x[vi]
    for i_copy in range(4):
        with block("copy") as (vi: spatial(4) = i_copy):
            b[vi] = x[vi]
node neg of f -> block neg of f
value r of f -> buffer a of f)";
    QTest::newRow("a size") << loweredGroup(R"(module m(entry=f):

def f(x: f32[n]) -> (y: f32[n]):
    y: f32[n] = Neg(x, node="neg", version=13)
    return y
)") << R"(@loops
@attributes(pattern="elementwise")
def f(x: f32[n]) -> (y: f32[n]):
    for i in range(n):
        with block("neg") as (vi: spatial(n) = i):
            y[vi] = -x[vi]
node neg of f -> block neg of f
value y of f -> buffer y of f)";
}

void TestInfer::groups()
{
    QFETCH(QString, actual);
    QFETCH(QString, expected);
    QCOMPARE(actual, expected);
}

STRATA_TEST_IN(QCoreApplication, TestInfer)
#include "tst_infer.moc"
