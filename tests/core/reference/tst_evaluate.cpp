// The reference evaluator: what each operation means, and functions of the three levels that it runs.
#include "core/reference/evaluate.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace strata;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::map<std::string, DType> variableTypes()
{
    return {{"i", DType::I64}, {"j", DType::I64}, {"a", DType::I8},
            {"b", DType::I8},  {"x", DType::F32}, {"y", DType::F32}};
}

Scalar scalar(double value, DType type) { return isFloat(type) ? Scalar{value, 0} : Scalar{0, std::int64_t(value)}; }

Tensor counting(DType dtype, const std::vector<std::int64_t>& shape, double first = 0, double step = 1)
{
    Tensor tensor = makeTensor(dtype, shape);
    for (std::int64_t i = 0; i < tensor.count(); ++i)
        tensor.set(i, first + step * double(i));
    return tensor;
}

QString elements(const Tensor& tensor)
{
    QStringList list;
    for (std::int64_t i = 0; i < tensor.count(); ++i)
        list << QString::number(tensor.at(i));
    return list.join(' ');
}

Result<std::vector<Tensor>> run(const char* text, const std::vector<Tensor>& inputs, std::stop_token stop = {})
{
    STRATA_TRY(const ModulePtr module, parseModule(text));
    return evaluate(*module, *module->entryFunction(), inputs, stop);
}

QString runText(const char* text, const std::vector<Tensor>& inputs)
{
    const auto results = run(text, inputs);
    return results ? elements(results->at(0)) : QString::fromStdString(results.error().text());
}

}  // namespace

class TestEvaluate : public QObject {
    Q_OBJECT

private slots:
    void operations_data();
    void operations();
    void loadsOfExpressions();
    void functions_data();
    void functions();
    void choosesABranch();
    void loops();
    void wrongInputsAreRefused();
    void stops();
    void matmulIsAChainOfFma();
};

void TestEvaluate::operations_data()
{
    QTest::addColumn<QString>("expression");
    QTest::addColumn<double>("first");
    QTest::addColumn<double>("second");
    QTest::addColumn<double>("result");
    const auto row = [](const char* expression, double first, double second, double result) {
        const QString name = QString("%1 of %2, %3").arg(expression).arg(first).arg(second);
        QTest::newRow(qPrintable(name)) << expression << first << second << result;
    };
    row("i // j", -7, 2, -4);
    row("i // j", 7, -2, -4);
    row("i % j", -7, 2, 1);
    row("i % j", 7, -2, -1);
    row("i / j", -7, 2, -3);
    for (const char* division : {"i // j", "i % j", "i / j", "a // b", "a % b", "a / b"})
        row(division, 100, 0, 0);
    row("a / b", -128, -1, -128);
    row("a // b", -128, -1, -128);
    row("a % b", -128, -1, 0);
    row("i << j", 1, 64, 0);
    row("i << j", 1, -1, 0);
    row("i >> j", -5, 64, -1);
    row("i >> j", 5, 100, 0);
    row("a << b", 1, 8, 0);
    row("a >> b", -128, 9, -1);
    row("a + b", 127, 1, -128);
    row("a * b", 100, 3, 44);
    row("-a", -128, 0, -128);
    row("x + y", 1, 0x1p-24, 1);
    row("x / y", 1, 0, infinity);
    row("max(x, y)", 0, std::nan(""), std::nan(""));
    row("max(x, y)", std::nan(""), 0, 0);
    row("min(x, y)", std::nan(""), 2, 2);
    row("maximum(x, y)", 0, std::nan(""), std::nan(""));
    row("maximum(x, y)", std::nan(""), 0, std::nan(""));
    row("maximum(x, y)", -0.0, 0.0, 0.0);
    row("maximum(x, y)", 0.0, -0.0, 0.0);
    row("minimum(x, y)", 2, std::nan(""), std::nan(""));
    row("minimum(x, y)", std::nan(""), 2, std::nan(""));
    row("minimum(x, y)", -0.0, 0.0, -0.0);
    row("minimum(x, y)", 0.0, -0.0, -0.0);
    row("maximum(x, y)", 2, 3, 3);
    row("minimum(i, j)", 2, -3, -3);
    row("fma(x, x, y)", 1 + 0x1p-12, -1, 0x1p-11 + 0x1p-24);
    row("x * x + y", 1 + 0x1p-12, -1, 0x1p-11);
    row("round(x)", 2.5, 0, 2);
    row("sqrt(x)", -0.0, 0, -0.0);
    row("floor(x)", -1.5, 0, -2);
    row("exp(x)", 0, 0, 1);
}

void TestEvaluate::operations()
{
    QFETCH(QString, expression);
    QFETCH(double, first);
    QFETCH(double, second);
    QFETCH(double, result);
    const auto e = parseExpr(expression.toStdString(), variableTypes());
    QVERIFY2(e.ok(), e ? "" : e.error().text().c_str());
    ScalarEnvironment environment;
    const std::vector<std::string> free = freeVariables(*e);
    for (std::size_t k = 0; k < free.size(); ++k)
        environment[free[k]] = scalar(k == 0 ? first : second, variableTypes().at(free[k]));
    const Scalar value = evaluate(*e, environment);
    const double actual = isFloat((*e)->type) ? value.f : double(value.i);
    QVERIFY2(std::isnan(result) ? std::isnan(actual) : actual == result && std::signbit(actual) == std::signbit(result),
             qPrintable(QString::number(actual, 'g', 17)));
}

void TestEvaluate::loadsOfExpressions()
{
    const ExprPtr e = binary(Op::Add, load("t", DType::F32, {var("i"), intConst(2)}), floatConst(0.5));
    const Scalar value = evaluate(e, {{"i", {0, 3}}},
                                  [](const std::string& buffer, const std::vector<std::int64_t>& at) {
                                      return Scalar{buffer == "t" ? double(10 * at[0] + at[1]) : 0, 0};
                                  });
    QCOMPARE(value.f, 32.5);
}

void TestEvaluate::functions_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("result");
    QTest::newRow("init runs where the reduction starts") << R"(module t(entry=f):

@loops
def f(x: f32[2, 3]) -> (y: f32[2]):
    for i, k in grid(2, 3):
        with block("sum") as (vi: spatial(2) = i, vk: reduce(3) = k):
            with init(): y[vi] = 0.0
            y[vi] = y[vi] + x[vi, vk]
)"
                                                          << "3 12";
    QTest::newRow("a predicate skips instances") << R"(module t(entry=f):

@loops
def f(x: f32[2, 3]) -> (y: f32[2, 3]):
    for i, j0, j1 in grid(2, 2, 2):
        with block("copy") as (vi: spatial(2) = i, vj: spatial(3) = j0 * 2 + j1):
            where(j0 * 2 + j1 < 3)
            y[vi, vj] = x[vi, vj] * 2.0
)"
                                                 << "0 2 4 6 8 10";
    QTest::newRow("an iterator outside its domain")
        << R"(module t(entry=f):

@loops
def f(x: f32[2, 3]) -> (y: f32[2, 3]):
    for i, j in grid(2, 4):
        with block("copy") as (vi: spatial(2) = i, vj: spatial(3) = j):
            y[vi, vj] = x[vi, vj]
)"
        << "Block \"copy\" of f at i = 0, j = 3 binds an iterator to 3, outside its domain 0..3.";
    QTest::newRow("an index outside a buffer") << R"(module t(entry=f):

@loops
def f(x: f32[2, 3]) -> (y: f32[2]):
    for i in grid(2):
        with block("next") as (vi: spatial(2) = i):
            y[vi] = x[vi + 1, 2]
)"
                                               << "Block \"next\" of f at vi = 1 reads x[2, 2], outside x: f32[2, 3].";
    QTest::newRow("an index that is data") << R"(module t(entry=f):

@loops
def f(x: f32[2, 3]) -> (y: f32[3]):
    for i in grid(3):
        with block("pick") as (vi: spatial(3) = i):
            y[vi] = x[1, checked(2 - cast(i64, x[0, vi]), 3)]
)"
                                           << "5 4 3";
    QTest::newRow("an index that is data and outside")
        << R"(module t(entry=f):

@loops
def f(x: f32[2, 3]) -> (y: f32[3]):
    for i in grid(3):
        with block("pick") as (vi: spatial(3) = i):
            y[vi] = x[1, checked(1 + cast(i64, x[0, vi]), 3)]
)"
        << "Index 3 of x is outside 0..2 in block \"pick\" of f at vi = 2.";
    QTest::newRow("a trusted index that is outside")
        << R"(module t(entry=f):

@loops
def f(x: f32[2, 3]) -> (y: f32[3]):
    for i in grid(3):
        with block("put") as (vi: spatial(3) = i):
            y[trusted(cast(i64, x[0, vi]) - 1, 3)] = x[1, vi]
)"
        << "Index -1 of y is outside 0..2 in block \"put\" of f at vi = 0.";
    QTest::newRow("a local buffer") << R"(module t(entry=f):

@loops
def f(x: f32[2, 3]) -> (y: f32[2, 3]):
    for i in grid(2):
        t = alloc f32[3] in local
        for j in grid(3):
            with block("to") as (vi: spatial(2) = i, vj: spatial(3) = j):
                t[vj] = x[vi, vj] + 1.0
        for j1 in grid(3):
            with block("from") as (vi: spatial(2) = i, vj: spatial(3) = j1):
                y[vi, vj] = t[2 - vj]
)"
                                    << "3 2 1 6 5 4";
    QTest::newRow("a graph, node by node") << R"(module t(entry=f):

def f(x: f32[2, 3]) -> (y: f32[2, 3]):
    a: f32[2, 3] = Mul(x, x, node="square", version=14)
    y: f32[2, 3] = call negate(a, node="n")
    return y

def negate(x: f32[2, 3]) -> (y: f32[2, 3]):
    y: f32[2, 3] = Neg(x, node="neg", version=13)
    return y
)"
                                           << "0 -1 -4 -9 -16 -25";
    QTest::newRow("a runtime program") << R"(module t(entry=f):

@library
def f(x: f32[2, 3]) -> (y: f32[6]):
    a = alloc f32[2, 3]
    twice(x, out=a)
    v = view(a, f32[6])
    copy(v, out=y)

@loops
def twice(x: f32[2, 3]) -> (y: f32[2, 3]):
    for i, j in grid(2, 3):
        with block("b") as (vi: spatial(2) = i, vj: spatial(3) = j):
            y[vi, vj] = x[vi, vj] + x[vi, vj]
)"
                                       << "0 2 4 6 8 10";
}

void TestEvaluate::functions()
{
    QFETCH(QString, text);
    QTEST(runText(text.toUtf8().constData(), {counting(DType::F32, {2, 3})}), "result");
}

// By a condition that is there only at a run; a branch within a branch, and one that hands on what it captures.
void TestEvaluate::choosesABranch()
{
    const char* const text = R"(module m(entry=main):

def main(c: bool[], d: bool[1], x: f32[3]) -> (y: f32[3]):
    y: f32[3] = If(c, d, x, captures=2, then_branch=function(outer), else_branch=function(same), node="If_0", version=16)
    return y

def outer(d: bool[1], x: f32[3]) -> (y: f32[3]):
    y: f32[3] = If(d, x, captures=1, then_branch=function(negated), else_branch=function(twice), node="If_1", version=16)
    return y

def same(d: bool[1], x: f32[3]) -> (y: f32[3]):
    return x

def negated(x: f32[3]) -> (y: f32[3]):
    y: f32[3] = Neg(x, node="Neg_0", version=13)
    return y

def twice(x: f32[3]) -> (y: f32[3]):
    y: f32[3] = Add(x, x, node="Add_0", version=14)
    return y
)";
    const auto results = [&](bool c, bool d) {
        return runText(text,
                       {counting(DType::Bool, {}, c), counting(DType::Bool, {1}, d), counting(DType::F32, {3}, 1)});
    };
    QCOMPARE(results(true, true), QString("-1 -2 -3"));
    QCOMPARE(results(true, false), QString("2 4 6"));
    QCOMPARE(results(false, true), QString("1 2 3"));
    QCOMPARE(runText(text, {counting(DType::Bool, {}, 1), counting(DType::F32, {1}), counting(DType::F32, {3})}),
             QString("Input d of main is bool[1], the tensor given is f32[1]."));
}

// So many times, or as long as the condition holds, whichever ends first; a row for each iteration.
void TestEvaluate::loops()
{
    const char* const text = R"(module m(entry=main):

const @ten: f32[1] = [10.0]

def main(n: i64[], c: bool[], x: f32[1], w: f32[1]) -> (rows: f32[k, 1], y: f32[1]):
    y: f32[1], rows: f32[k, 1] = Loop(n, c, x, w, captures=1, body=function(f), node="Loop_0", version=16)
    return rows, y

def f(i: i64[], c: bool[], x: f32[1], w: f32[1]) -> (more: bool[1], y: f32[1], row: f32[1]):
    y: f32[1] = Add(x, w, node="Add_0", version=14)
    more: bool[1] = Less(y, @ten, node="Less_0", version=13)
    return more, y, x
)";
    const auto rows = [&](int trips, bool condition) {
        return runText(text, {counting(DType::I64, {}, trips), counting(DType::Bool, {}, condition),
                              counting(DType::F32, {1}, 1), counting(DType::F32, {1}, 3)});
    };
    QCOMPARE(rows(2, true), QString("1 4"));
    QCOMPARE(rows(100, true), QString("1 4 7"));
    QCOMPARE(rows(100, false), QString());
    QCOMPARE(rows(0, true), QString());
}

void TestEvaluate::wrongInputsAreRefused()
{
    const char* text = R"(module t(entry=f):

@loops
def f(x: f32[2]) -> (y: f32[2]):
    for i in grid(2):
        with block("b") as (vi: spatial(2) = i):
            y[vi] = x[vi]
)";
    QCOMPARE(runText(text, {}), "Function f takes 1 inputs, 0 are given.");
    QCOMPARE(runText(text, {counting(DType::F32, {3})}), "Input x of f is f32[2], the tensor given is f32[3].");
    QCOMPARE(runText(text, {counting(DType::F64, {2})}), "Input x of f is f32[2], the tensor given is f64[2].");
}

void TestEvaluate::stops()
{
    std::stop_source source;
    source.request_stop();
    const auto result = run(R"(module t(entry=f):

@loops
def f(x: f32[2]) -> (y: f32[2]):
    for i, k in grid(2, 1000000000000):
        with block("b") as (vi: spatial(2) = i, vk: reduce(1000000000000) = k):
            y[vi] = x[vi]
)",
                            {counting(DType::F32, {2})}, source.get_token());
    QVERIFY(!result.ok());
    QCOMPARE(QString::fromStdString(result.error().message), "The evaluation of f is cancelled.");
}

void TestEvaluate::matmulIsAChainOfFma()
{
    const Tensor x = counting(DType::F32, {3, 5}, -1, 0.3), w = counting(DType::F32, {5, 4}, 0.7, -0.11);
    const auto result = run(R"(module t(entry=f):

@loops
def f(x: f32[3, 5], w: f32[5, 4]) -> (y: f32[3, 4]):
    for i, j, k in grid(3, 4, 5):
        with block("dense") as (vi: spatial(3) = i, vj: spatial(4) = j, vk: reduce(5) = k):
            with init(): y[vi, vj] = 0.0
            y[vi, vj] = fma(x[vi, vk], w[vk, vj], y[vi, vj])
)",
                            {x, w});
    QVERIFY2(result.ok(), result ? "" : result.error().text().c_str());
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 4; ++j) {
            float sum = 0;
            for (int k = 0; k < 5; ++k)
                sum = std::fma(x.data<float>()[i * 5 + k], w.data<float>()[k * 4 + j], sum);
            QCOMPARE(result->at(0).data<float>()[i * 4 + j], sum);
        }
}

STRATA_TEST(TestEvaluate)
#include "tst_evaluate.moc"
