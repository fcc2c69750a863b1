// Every definition says what it is, and small nodes become the loops that are written here.
#include "core/operators/operator.h"
#include "core/operators/rules.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QTest>
#include <set>

using namespace strata;

namespace {

GraphNode makeNode(const char* op, std::vector<const char*> inputs, Attributes attributes = {}, int version = 13)
{
    GraphNode node{"node", op, {}, version, {}, {}, {{"y", unrankedType(DType::F32)}}, std::move(attributes)};
    for (const char* input : inputs)
        node.inputs.push_back(*input ? Operand::value(input) : Operand{});
    return node;
}

// All inputs are f32, but for the last if it holds integers.
QString lowered(const GraphNode& node, const std::vector<Integers>& shapes, DType last = DType::F32)
{
    std::vector<ValueType> types;
    for (const Integers& shape : shapes)
        types.push_back(tensorType(DType::F32, toShape(shape)));
    types.back().tensor.dtype = last;
    const Result<LoweredNode> result = lowerNode(node, types, {}, "f");
    return QString::fromStdString(result ? print(*result->function) : result.error().text()).trimmed();
}

}  // namespace

class TestOperators : public QObject {
    Q_OBJECT

private slots:
    void everyDefinitionIsDocumented();
    void oneDefinitionPerVersion();
    void lowering_data();
    void lowering();
    void refusals_data();
    void refusals();
    void manyInputs();
    void cost();
    void costOfWhatIsTouched();
    void costOfWhatAPredicateLeavesOut();
};

void TestOperators::everyDefinitionIsDocumented()
{
    QVERIFY(operators().size() > 60);
    for (const Operator& definition : operators()) {
        QVERIFY2(!definition.name.empty() && !definition.summary.empty() && !definition.formula.empty()
                     && definition.infer,
                 definition.name.c_str());
        QVERIFY2(definition.summary.back() == '.', definition.name.c_str());
        QVERIFY2(definition.compute || definition.pattern == Pattern::Opaque, definition.name.c_str());
    }
}

void TestOperators::oneDefinitionPerVersion()
{
    for (const Operator& definition : operators())
        for (int version = 1; version <= 23; ++version) {
            GraphNode node = makeNode(definition.name.c_str(), {}, {}, version);
            node.domain = definition.domain;
            int matching = 0;
            for (const Operator& other : operators())
                matching += other.name == definition.name && other.domain == definition.domain
                            && other.sinceVersion <= version
                            && (other.untilVersion == 0 || version <= other.untilVersion);
            QVERIFY2(matching <= 1, definition.name.c_str());
            QCOMPARE(findOperator(node) != nullptr, matching == 1);
        }
}

void TestOperators::lowering_data()
{
    QTest::addColumn<QString>("actual");
    QTest::addColumn<QString>("expected");

    QTest::newRow("relu") << lowered(makeNode("Relu", {"x"}), {{2, 3}}) << R"(@loops
@attributes(origin="Relu", pattern="elementwise")
def f(x: f32[2, 3]) -> (y: f32[2, 3]):
    for i, j in grid(2, 3):
        with block("relu") as (vi: spatial(2) = i, vj: spatial(3) = j):
            y[vi, vj] = max(0.0, x[vi, vj]))";
    QTest::newRow("gemm") << lowered(makeNode("Gemm", {"x", "w", "b"}, {{"transB", std::int64_t(1)}}),
                                     {{1, 784}, {200, 784}, {200}})
                          << R"(@loops
@attributes(origin="Gemm", pattern="out_fusable")
def f(x: f32[1, 784], w: f32[200, 784], b: f32[200]) -> (y: f32[1, 200]):
    y_dense = alloc f32[1, 200]
    for i, j, k in grid(1, 200, 784):
        with block("dense") as (vi: spatial(1) = i, vj: spatial(200) = j, vk: reduce(784) = k):
            with init(): y_dense[vi, vj] = 0.0
            y_dense[vi, vj] = fma(x[vi, vk], w[vj, vk], y_dense[vi, vj])
    for i_bias, j_bias in grid(1, 200):
        with block("bias") as (vi: spatial(1) = i_bias, vj: spatial(200) = j_bias):
            y[vi, vj] = y_dense[vi, vj] + b[vj])";
    QTest::newRow("a convolution without pads reads its input")
        << lowered(makeNode("Conv", {"data", "w"}), {{1, 3, 8, 8}, {4, 3, 3, 3}}) << R"(@loops
@attributes(origin="Conv", pattern="out_fusable")
def f(data: f32[1, 3, 8, 8], w: f32[4, 3, 3, 3]) -> (y: f32[1, 4, 6, 6]):
    for n, o, y_conv, x, ic, ky, kx in grid(1, 4, 6, 6, 3, 3, 3):
        with block("conv") as (vn: spatial(1) = n, vo: spatial(4) = o, vy: spatial(6) = y_conv, vx: spatial(6) = x, vic: reduce(3) = ic, vky: reduce(3) = ky, vkx: reduce(3) = kx):
            with init(): y[vn, vo, vy, vx] = 0.0
            y[vn, vo, vy, vx] = fma(data[vn, vic, vy + vky, vx + vkx], w[vo, vic, vky, vkx], y[vn, vo, vy, vx]))";
    QTest::newRow("flatten") << lowered(makeNode("Flatten", {"x"}), {{2, 3, 4, 5}}) << R"(@loops
@attributes(origin="Flatten", pattern="injective")
def f(x: f32[2, 3, 4, 5]) -> (y: f32[2, 60]):
    for i, j in grid(2, 60):
        with block("reshape") as (vi: spatial(2) = i, vj: spatial(60) = j):
            y[vi, vj] = x[vi, vj // 20, vj // 5 % 4, vj % 5])";
    QTest::newRow("broadcasting") << lowered(makeNode("Add", {"a", "b"}), {{2, 1, 4}, {3, 1}}) << R"(@loops
@attributes(origin="Add", pattern="broadcast")
def f(a: f32[2, 1, 4], b: f32[3, 1]) -> (y: f32[2, 3, 4]):
    for i, j, k in grid(2, 3, 4):
        with block("add") as (vi: spatial(2) = i, vj: spatial(3) = j, vk: spatial(4) = k):
            y[vi, vj, vk] = a[vi, 0, vk] + b[vj, 0])";
}

void TestOperators::lowering()
{
    QFETCH(QString, actual);
    QFETCH(QString, expected);
    QCOMPARE(actual, expected);
}

void TestOperators::refusals_data()
{
    QTest::addColumn<QString>("actual");
    QTest::addColumn<QString>("part");
    QTest::newRow("unknown") << lowered(makeNode("Frobnicate", {"x"}), {{2}}) << "has no definition in Strata";
    QTest::newRow("inner dimensions") << lowered(makeNode("MatMul", {"a", "b"}), {{2, 3}, {4, 5}})
                                      << "the inner dimensions differ";
    QTest::newRow("broadcast") << lowered(makeNode("Add", {"a", "b"}), {{2, 3}, {4}})
                               << "cannot broadcast a dimension of 3 with one of 4";
    QTest::newRow("missing input") << lowered(makeNode("Add", {"a"}), {{2, 3}}) << "needs 2 inputs and has 1";
    QTest::newRow("run-time shape") << lowered(makeNode("Reshape", {"x", "s"}), {{2, 3}, {1}}, DType::I64)
                                    << "takes its result's shape from s, whose value is only known when the model runs";
    QTest::newRow("axis") << lowered(makeNode("Softmax", {"x"}, {{"axis", std::int64_t(3)}}), {{2, 3}})
                          << "names axis 3 of a tensor of rank 2";
}

void TestOperators::refusals()
{
    QFETCH(QString, actual);
    QFETCH(QString, part);
    QVERIFY2(actual.contains(part), qPrintable(actual));
}

namespace {

int depthOf(const ExprPtr& e)
{
    int depth = 0;
    for (const ExprPtr& arg : e->args)
        depth = std::max(depth, depthOf(arg));
    return depth + 1;
}

}  // namespace

// However many inputs there are, no expression is nested more deeply than a block's worth of them.
void TestOperators::manyInputs()
{
    for (const char* op : {"Sum", "Mean", "Max", "Min"}) {
        GraphNode node = makeNode(op, {});
        for (int i = 0; i < 1500; ++i)
            node.inputs.push_back(Operand::value("x" + std::to_string(i)));
        const std::vector<ValueType> types(1500, tensorType(DType::F32, toShape({2, 3})));
        const Result<LoweredNode> result = lowerNode(node, types, {}, "f");
        QVERIFY(result.ok());
        QCOMPARE(result->usedInputs.size(), std::size_t(1500));
        int deepest = 0;
        walkExprs(result->function->loops()->body,
                  [&](const ExprPtr& root) { deepest = std::max(deepest, depthOf(root)); });
        QVERIFY2(deepest < 100, op);
    }
}

void TestOperators::cost()
{
    const std::vector<ValueType> types{tensorType(DType::F32, toShape({1, 784})),
                                       tensorType(DType::F32, toShape({784, 128}))};
    const Result<LoweredNode> dense = lowerNode(makeNode("MatMul", {"a", "b"}), types, {}, "f");
    QVERIFY(dense.ok());
    const Cost counted = strata::cost(*dense->function);
    QCOMPARE(counted.flops, 2.0 * 784 * 128);
    QCOMPARE(counted.readBytes, 4.0 * (784 + 784 * 128));
    QCOMPARE(counted.writtenBytes, 4.0 * 128);
}

// Of a table only the rows that are looked up count, and each element once however often it is read.
void TestOperators::costOfWhatIsTouched()
{
    const std::vector<ValueType> types{tensorType(DType::F32, toShape({30000, 64})),
                                       tensorType(DType::I64, toShape({5}))};
    const Result<LoweredNode> rows = lowerNode(makeNode("Gather", {"table", "ids"}), types, {}, "f");
    QVERIFY(rows.ok());
    const Cost counted = strata::cost(*rows->function);
    QVERIFY2(counted.readBytes <= 4.0 * 5 * 64 + 8.0 * 5, qPrintable(QString::number(counted.readBytes)));
    QVERIFY(counted.readBytes >= 4.0 * 5 * 64);
    QCOMPARE(counted.writtenBytes, 4.0 * 5 * 64);
}

// A split with a tail and a skewed loop do the work that the loops they came from did.
void TestOperators::costOfWhatAPredicateLeavesOut()
{
    const auto module = parseModule(R"(
@loops
def f(x: f32[10, 3]) -> (y: f32[10, 3]):
    for i0, i1, j in grid(3, 4, 3):
        with block("y") as (vi: spatial(10) = i0 * 4 + i1, vj: spatial(3) = j):
            where(i0 * 4 + i1 < 10)
            y[vi, vj] = x[vi, vj] * 2.0
)");
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    QCOMPARE(strata::cost(*(*module)->functions.front()).flops, 30.0);
}

STRATA_TEST_IN(QCoreApplication, TestOperators)
#include "tst_operators.moc"
