// Drawn inputs are legal for what they index, however the index gets there.
#include "app/workbench/draw.h"
#include "app/workbench/workbench.h"
#include "core/reference/evaluate.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QtTest>

#include <set>

using namespace strata;

class TestDraw : public QObject {
    Q_OBJECT

private slots:
    void legal_data();
    void legal();
    void others();
    void givenShapesAreHeldAgainstTheModel();
};

void TestDraw::legal_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("input");
    QTest::addColumn<int>("low");
    QTest::addColumn<int>("high");
    const auto graph = [](const char* inputs, const char* result, const char* nodes) {
        return QStringLiteral("module t(entry=f):\n\ndef f(%1) -> (y: %2):\n%3    return y\n")
            .arg(inputs, result, nodes);
    };
    QTest::newRow("a small table") << graph("x: f32[3, 4], i: i64[50]", "f32[50, 4]",
                                            "    y: f32[50, 4] = Gather(x, i, node=\"g\", version=13)\n")
                                   << 1 << 0 << 2;
    QTest::newRow("a large table, of which bytes reach a part")
        << graph("x: f32[1000, 2], i: i8[50]", "f32[50, 2]",
                 "    i64: i64[50] = Cast(i, node=\"c\", version=13, to=7)\n"
                 "    y: f32[50, 2] = Gather(x, i64, node=\"g\", version=13)\n")
        << 1 << 0 << 127;
    QTest::newRow("through views, sums and another function")
        << QStringLiteral("module t(entry=f):\n\n"
                          "def f(x: f32[4, 2], i: i64[6]) -> (y: f32[2, 3, 2]):\n"
                          "    one: i64[1] = Constant(node=\"o\", version=13, value_ints=[1])\n"
                          "    s: i64[2] = Constant(node=\"s\", version=13, value_ints=[2, 3])\n"
                          "    j: i64[6] = Add(i, one, node=\"a\", version=14)\n"
                          "    k: i64[2, 3] = Reshape(j, s, node=\"r\", version=14)\n"
                          "    y: f32[2, 3, 2] = call look(x, k, node=\"l\")\n"
                          "    return y\n\n"
                          "def look(x: f32[4, 2], k: i64[2, 3]) -> (y: f32[2, 3, 2]):\n"
                          "    y: f32[2, 3, 2] = Gather(x, k, node=\"g\", version=13)\n"
                          "    return y\n")
        << 1 << -1 << 2;
    QTest::newRow("two readers") << graph("x: f32[9, 2], z: f32[5, 2], i: i64[50]", "f32[50, 2]",
                                          "    a: f32[50, 2] = Gather(x, i, node=\"g\", version=13)\n"
                                          "    b: f32[50, 2] = Gather(z, i, node=\"h\", version=13)\n"
                                          "    y: f32[50, 2] = Add(a, b, node=\"p\", version=14)\n")
                                 << 2 << 0 << 4;
    QTest::newRow("the shape of a Reshape")
        << graph("x: f32[2, 15], i: i64[2]", "f32[5, 6]", "    y: f32[5, 6] = Reshape(x, i, node=\"r\", version=14)\n")
        << 1 << 5 << 6;
    QTest::newRow("the shape of an Expand, its end") << graph(
        "x: f32[2, 1, 1], i: i64[2]", "f32[2, 5, 6]", "    y: f32[2, 5, 6] = Expand(x, i, node=\"e\", version=13)\n")
                                                     << 1 << 5 << 6;
    QTest::newRow("targets of a scatter")
        << graph("x: f32[3, 4], i: i64[2, 4], u: f32[2, 4]", "f32[3, 4]",
                 "    y: f32[3, 4] = ScatterElements(x, i, u, node=\"s\", version=16)\n")
        << 1 << 0 << 2;
    QTest::newRow("lengths") << graph("x: f32[4, 30], n: i64[30]", "f32[4, 30]",
                                      "    y: f32[4, 30] = ReverseSequence(x, n, node=\"r\", version=10)\n")
                             << 1 << 0 << 4;
    QTest::newRow("labels") << graph("x: f32[20, 3], n: i64[20]", "f32[20]",
                                     "    y: f32[20] = NegativeLogLikelihoodLoss(x, n, node=\"l\", version=13, "
                                     "reduction=\"none\")\n")
                            << 1 << 0 << 2;
    QTest::newRow("loops of one's own") << QStringLiteral(R"(module t(entry=f):

@loops
def f(x: f32[3], i: i32[40]) -> (y: f32[40]):
    for k in range(40):
        with block("b") as (v: spatial(40) = k):
            y[v] = x[checked(cast(i64, i[v]) - 5, 3)]
)") << 1 << 5 << 7;
}

void TestDraw::legal()
{
    QFETCH(QString, text);
    QFETCH(int, input);
    QFETCH(int, low);
    QFETCH(int, high);
    const auto module = parseModule(text.toStdString());
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    const std::vector<Tensor> inputs = drawInputs(**module);
    std::set<std::int64_t> seen;
    for (std::int64_t i = 0; i < inputs[std::size_t(input)].count(); ++i)
        seen.insert(inputs[std::size_t(input)].integerAt(i));
    QVERIFY2(*seen.begin() >= low && *seen.rbegin() <= high, qPrintable(QString::number(*seen.begin())));
    QVERIFY(seen.size() > 1);
    const auto result = evaluate(**module, *(*module)->entryFunction(), inputs);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().text().c_str());
}

void TestDraw::others()
{
    const auto module = parseModule("module t(entry=f):\n\ndef f(x: i64[30], z: f32[30]) -> (y: i64[30]):\n"
                                    "    y: i64[30] = Abs(x, node=\"a\", version=13)\n    return y\n");
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    const std::vector<Tensor> inputs = drawInputs(**module), again = drawInputs(**module);
    QVERIFY(compare(inputs[0], again[0], 0, 0).equalBits && compare(inputs[1], again[1], 0, 0).equalBits);
    for (std::int64_t i = 0; i < 30; ++i)
        QVERIFY(inputs[0].integerAt(i) >= 0 && inputs[0].integerAt(i) <= 9);
}

// Given inputs are not drawn, but looked at: before anything runs with them.
void TestDraw::givenShapesAreHeldAgainstTheModel()
{
    const auto module = parseModule("module t(entry=f):\n\ndef f(x: f32[2, 3], s: i64[2]) -> (y: f32[3, 2]):\n"
                                    "    y: f32[3, 2] = Reshape(x, s, node=\"r\", version=14)\n    return y\n");
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    const auto given = [&](double rows, double columns) {
        onnx::TestData data;
        data.inputs = {{"x", makeTensor(DType::F32, {2, 3})}, {"s", makeTensor(DType::I64, {2})}};
        data.inputs[1].second.set(0, rows);
        data.inputs[1].second.set(1, columns);
        return inputsFor(**module, {data});
    };
    QVERIFY(given(3, 2).ok() && given(-1, 2).ok());
    const auto refused = given(2, 3);
    QVERIFY(!refused.ok() && refused.error().kind == ErrorKind::Refused);
    QVERIFY2(refused.error().message.find("Node r (Reshape) makes f32[2, 3]") == 0, refused.error().message.c_str());
}

STRATA_TEST(TestDraw)
#include "tst_draw.moc"
