// The linear normal form and interval bounds; and, for random expressions, that simplifying never changes a value.
#include "core/index/premises.h"
#include "core/index/simplify.h"
#include "tests/program.h"

#include <QTest>
#include <random>

using namespace strata;

namespace {

const Ranges ranges{{"i", {0, 16}}, {"j", {0, 8}}, {"k", {0, 4}}, {"n", {-5, 20}}};

ExprPtr div(const ExprPtr& a, std::int64_t b) { return binary(Op::FloorDiv, a, intConst(b)); }
ExprPtr mod(const ExprPtr& a, std::int64_t b) { return binary(Op::FloorMod, a, intConst(b)); }

std::int64_t evaluate(const ExprPtr& e, const std::map<std::string, std::int64_t>& values)
{
    if (e->op == Op::Const)
        return e->i;
    if (e->op == Op::Var)
        return values.at(e->name);
    const std::int64_t a = evaluate(e->args[0], values), b = evaluate(e->args[1], values);
    switch (e->op) {
    case Op::Add: return a + b;
    case Op::Sub: return a - b;
    case Op::Mul: return a * b;
    case Op::FloorDiv: return a / b - (a % b != 0 && a < 0);
    case Op::FloorMod: return ((a % b) + b) % b;
    case Op::Min: return std::min(a, b);
    case Op::Max: return std::max(a, b);
    case Op::Lt: return a < b;
    case Op::Le: return a <= b;
    case Op::Eq: return a == b;
    default: return a != b;
    }
}

ExprPtr randomExpr(std::mt19937& random, int depth)
{
    auto pick = [&](int n) { return int(random() % unsigned(n)); };
    if (depth == 0)
        return pick(4) == 0 ? intConst(pick(20) - 6) : var(std::array{"i", "j", "k", "n"}[std::size_t(pick(4))]);
    const ExprPtr a = randomExpr(random, depth - 1);
    switch (pick(7)) {
    case 0: return binary(Op::Add, a, randomExpr(random, depth - 1));
    case 1: return binary(Op::Sub, a, randomExpr(random, depth - 1));
    case 2: return binary(Op::Mul, a, intConst(pick(9) - 2));
    case 3: return div(a, 1 + pick(12));
    case 4: return mod(a, 1 + pick(12));
    case 5: return binary(pick(2) ? Op::Min : Op::Max, a, randomExpr(random, depth - 1));
    default: return binary(Op::Add, binary(Op::Mul, a, intConst(4)), var("k"));
    }
}

}  // namespace

class TestSimplify : public QObject {
    Q_OBJECT
private slots:
    void rules_data()
    {
        QTest::addColumn<ExprPtr>("before");
        QTest::addColumn<ExprPtr>("after");
        const ExprPtr i = var("i"), j = var("j"), k = var("k"), n = var("n"), m = var("m");
        QTest::newRow("split quotient") << div(i * 8 + j, 8) << i;
        QTest::newRow("split rest") << mod(i * 8 + j, 8) << j;
        QTest::newRow("fuse and split again") << binary(Op::Add, div(m, 8) * 8, mod(m, 8)) << m;
        QTest::newRow("three digits joined") << (div(m, 32) * 32 + mod(div(m, 8), 4) * 8) + mod(m, 8) << m;
        QTest::newRow("quotient of quotient") << div(div(m, 4), 8) << div(m, 32);
        // As it is written: what it means is no number.
        const ExprPtr byZero = binary(Op::FloorMod, m, intConst(0)), whole = intConst(std::int64_t(1) << 62);
        QTest::newRow("rest by zero in a sum") << i * 4 + byZero << i * 4 + byZero;
        QTest::newRow("quotient of rest by zero") << div(byZero, 8) << div(byZero, 8);
        QTest::newRow("rest of rest by zero") << mod(byZero, 8) << mod(byZero, 8);
        QTest::newRow("quotient of quotient by zero")
            << div(binary(Op::FloorDiv, m, intConst(0)), 8) << div(binary(Op::FloorDiv, m, intConst(0)), 8);
        QTest::newRow("quotient by more than there is")
            << binary(Op::FloorDiv, binary(Op::FloorDiv, var("any"), whole), whole)
            << binary(Op::FloorDiv, binary(Op::FloorDiv, var("any"), whole), whole);
        QTest::newRow("rest of rest") << mod(mod(m, 32), 8) << mod(m, 8);
        QTest::newRow("quotient of rest") << div(mod(m, 32), 8) << mod(div(m, 8), 4);
        QTest::newRow("low digit falls") << div(m * 4 + k, 8) << div(m, 2);
        QTest::newRow("low digit stays in the rest") << mod(m * 4 + k, 8) << mod(m, 2) * 4 + k;
        QTest::newRow("terms collect") << (i + j) - i * 3 << j - i * 2;
        QTest::newRow("comparison holds") << binary(Op::Lt, i * 8 + j, intConst(128)) << boolConst(true);
        QTest::newRow("comparison never holds") << binary(Op::Le, intConst(9), j) << boolConst(false);
        QTest::newRow("comparison open") << binary(Op::Lt, n, intConst(3)) << binary(Op::Lt, n, intConst(3));
        QTest::newRow("minimum decided") << binary(Op::Min, j, intConst(7)) << j;
        QTest::newRow("data is left alone")
            << div(load("x", DType::I64, {i}) * 8, 8) << div(load("x", DType::I64, {i}) * 8, 8);
        const ExprPtr data = load("x", DType::I64, {i});
        QTest::newRow("a check that data could fail stays") << checked(data, intConst(8)) << checked(data, intConst(8));
        QTest::newRow("a check that never fails drops") << checked(i * 8 + j, intConst(128)) << i * 8 + j;
        QTest::newRow("a check that fails stays")
            << checked(intConst(8), intConst(8)) << checked(intConst(8), intConst(8));
        QTest::newRow("a check below zero stays") << checked(j - 1, intConst(8)) << checked(j - 1, intConst(8));
        QTest::newRow("what is checked has a range")
            << div(checked(data, intConst(16)) * 8 + j, 8) << checked(data, intConst(16));
        QTest::newRow("a check of what is checked drops")
            << checked(checked(data, intConst(4)) * 2, intConst(8)) << checked(data, intConst(4)) * 2;
        QTest::newRow("maximum decided") << binary(Op::Maximum, j, intConst(7)) << intConst(7);
        QTest::newRow("index of a load") << load("x", DType::F32, {div(i * 8 + j, 8)}) << load("x", DType::F32, {i});
    }
    void rules()
    {
        QFETCH(ExprPtr, before);
        QFETCH(ExprPtr, after);
        QVERIFY(equal(simplify(before, ranges), after));
    }

    void keepsTheValue()
    {
        std::mt19937 random(7);
        for (int round = 0; round < 3000; ++round) {
            const ExprPtr e = randomExpr(random, 1 + round % 4), short_ = simplify(e, ranges);
            const auto range = bounds(e, ranges);
            QVERIFY(range);
            for (int sample = 0; sample < 20; ++sample) {
                std::map<std::string, std::int64_t> values;
                for (const auto& [name, r] : ranges)
                    values[name] = r.begin + std::int64_t(random() % std::uint64_t(r.extent));
                const std::int64_t value = evaluate(e, values);
                QCOMPARE(evaluate(short_, values), value);
                QVERIFY(range->first <= value && value <= range->second);
            }
        }
    }

    void bounds_()
    {
        const ExprPtr i = var("i"), j = var("j");
        QCOMPARE(*bounds(i * 8 + j - 3, ranges), std::pair(std::int64_t(-3), std::int64_t(124)));
        QCOMPARE(*bounds(i - i, ranges), std::pair(std::int64_t(0), std::int64_t(0)));
        QVERIFY(!bounds(var("m"), ranges));
        const ExprPtr clamped = binary(Op::Min, binary(Op::Max, var("m"), intConst(-2)), intConst(7));
        QCOMPARE(*bounds(clamped + 2, ranges), std::pair(std::int64_t(0), std::int64_t(9)));
        QVERIFY(!bounds(binary(Op::Min, var("m"), intConst(7)), ranges));
        QCOMPARE(*bounds(checked(var("m"), intConst(5)) * 3, ranges), std::pair(std::int64_t(0), std::int64_t(12)));
        QCOMPARE(*bounds(mod(var("m"), 8), ranges), std::pair(std::int64_t(0), std::int64_t(7)));
    }
    // As where many tensors of open sizes become one: each size has its bound, and all are needed at once.
    void manyBoundsAddUp()
    {
        Premises premises;
        ExprPtr sum = intConst(-60);
        for (int n = 0; n < 60; ++n) {
            const ExprPtr size = var("size" + std::to_string(n));
            premises.conditions.push_back(binary(Op::Le, intConst(1), size));
            sum = sum + size;
        }
        enter(premises, "x", var("size7"));
        QVERIFY(plainlyNotNegative(sum, premises));
        QVERIFY(!plainlyNotNegative(sum - 1, premises));
        QVERIFY(plainlyNotNegative(sum - var("x"), premises));
        QVERIFY(!plainlyNotNegative(sum - var("x") * 2, premises));
    }

    // The parts of a long concatenation, each with its place as a condition: what is not found soon is given up, since
    // there are more sums of three of them than anybody can try.
    void givesUpOnTooManySums()
    {
        Premises premises;
        ExprPtr end = intConst(0), index = intConst(-1);
        for (int n = 0; n < 90; ++n) {
            const ExprPtr size = var("size" + std::to_string(n));
            premises.conditions.push_back(binary(Op::Le, intConst(1), size));
            end = end + size;
            premises.conditions.push_back(binary(Op::Le, end, var("i" + std::to_string(n))));
            index = index + var("i" + std::to_string(n)) - size * 2;
        }
        QVERIFY(!plainlyNotNegative(index, premises));
    }
};

STRATA_TEST(TestSimplify)
#include "tst_simplify.moc"
