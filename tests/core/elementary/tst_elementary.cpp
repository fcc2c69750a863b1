// Elementary functions against libm in long double: their error, and what they give at the ends of their domains.
#include "tests/program.h"
#include "ulp.h"

#include <QTest>

#include <random>

using namespace strata;

constexpr double infinity = INFINITY;

class TestElementary : public QObject {
    Q_OBJECT

private slots:
    void errorInSingle_data();
    void errorInSingle();
    void errorInDouble_data() { errorInSingle_data(); }
    void errorInDouble();
    void specialValues_data();
    void specialValues();
    void powEnds();
    void powError_data();
    void powError();
    void smallPowersAreProducts();
    void halfIsRoundedSingle();
    void expansionsHoldNoCall_data() { errorInSingle_data(); }
    void expansionsHoldNoCall();
    void lettersOfArgumentsAreNotCaptured();
    void unknownIsAnError();
};

void TestElementary::errorInSingle_data()
{
    QTest::addColumn<QString>("name");
    for (const Elementary& function : elementaryFunctions())
        if (function.arity == 1)
            QTest::newRow(function.name.c_str()) << QString::fromStdString(function.name);
}

// A prime stride over all bit patterns: every exponent and sign, NaNs and denormals are met.
void TestElementary::errorInSingle()
{
    QFETCH(QString, name);
    const Elementary& function = *findElementary(name.toStdString());
    Compiled f(function.name, DType::F32, 1);
    const Reference1 reference = referenceOf(function.name);
    for (std::uint64_t bits = 0; bits < (std::uint64_t(1) << 32); bits += 60013) {
        const float x = std::bit_cast<float>(std::uint32_t(bits));
        const double error = ulpError(function, DType::F32, f(x), reference(x));
        QVERIFY2(error <= function.maxUlp, qPrintable(QString("%1 ulp at %2").arg(error).arg(x, 0, 'g', 9)));
    }
}

void TestElementary::errorInDouble()
{
    QFETCH(QString, name);
    Compiled f(name.toStdString(), DType::F64, 1);
    const Reference1 reference = referenceOf(name.toStdString());
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> exponent(-40, 12), sign(-1, 1);
    for (int i = 0; i < 20000; ++i) {
        const double x = std::copysign(std::exp2(exponent(random)), sign(random));
        const double error = ulpError(DType::F64, f(x), reference(x));
        QVERIFY2(error <= 4, qPrintable(QString("%1 ulp at %2").arg(error).arg(x, 0, 'g', 17)));
    }
}

void TestElementary::specialValues_data() { errorInSingle_data(); }

void TestElementary::specialValues()
{
    QFETCH(QString, name);
    const Elementary& function = *findElementary(name.toStdString());
    const Reference1 reference = referenceOf(function.name);
    for (const DType type : {DType::F32, DType::F64}) {
        Compiled f(name.toStdString(), type, 1);
        const double tiny = type == DType::F32 ? 0x1p-149 : 0x1p-1074,
                     huge = type == DType::F32 ? 0x1.fffffep127 : 0x1p40;
        for (const double x :
             {0.0, -0.0, 1.0, -1.0, 0.5, -2.0, infinity, -infinity, double(NAN), tiny, -tiny, huge, -huge}) {
            const double error = ulpError(function, type, f(x), reference(x));
            QVERIFY2(error <= (type == DType::F32 ? std::max(4.0, function.maxUlp) : 4),
                     qPrintable(QString("%1(%2) = %3").arg(name).arg(x).arg(f(x))));
        }
    }
}

void TestElementary::powEnds()
{
    for (const DType type : {DType::F32, DType::F64}) {
        Compiled f("pow", type, 2);
        const double values[] = {0.0, -0.0, 1.0, -1.0, 0.5,      -0.5,      2.0,        -2.0,
                                 3.0, -3.0, 2.5, 1e10, infinity, -infinity, double(NAN)};
        for (const double x : values)
            for (const double y : values) {
                const double error = ulpError(type, f(x, y), std::pow((long double)(x), (long double)(y)));
                QVERIFY2(error <= 2, qPrintable(QString("pow(%1, %2) = %3").arg(x).arg(y).arg(f(x, y))));
            }
    }
}

void TestElementary::powError_data()
{
    QTest::addColumn<bool>("wide");
    QTest::newRow("f32") << false;
    QTest::newRow("f64") << true;
}

void TestElementary::powError()
{
    QFETCH(bool, wide);
    const DType type = wide ? DType::F64 : DType::F32;
    Compiled f("pow", type, 2);
    std::mt19937_64 random(3);
    std::uniform_real_distribution<double> exponent(-8, 8), sign(-1, 1);
    for (int i = 0; i < 20000; ++i) {
        double x = std::exp2(exponent(random)), y = std::copysign(std::exp2(exponent(random)), sign(random));
        if (!wide)
            x = float(x), y = float(y);
        const double error = ulpError(type, f(x, y), std::pow((long double)(x), (long double)(y)));
        QVERIFY2(error <= (wide ? 2 : 1),
                 qPrintable(QString("%1 ulp at pow(%2, %3)").arg(error).arg(x, 0, 'g', 17).arg(y, 0, 'g', 17)));
    }
}

// What a constant exponent leaves of pow gives the bits that pow gives where the exponent is data.
void TestElementary::smallPowersAreProducts()
{
    Compiled f("pow", DType::F32, 2);
    std::mt19937_64 random(4);
    std::normal_distribution<float> normal(0, 3);
    for (int i = 0; i < 20000; ++i) {
        const double x = normal(random);
        QCOMPARE(f(x, 2), double(float(x * x)));
        QCOMPARE(f(x, 3), double(float(x * x * x)));
        QCOMPARE(f(x, 4), double(float((x * x) * (x * x))));
    }
}

void TestElementary::halfIsRoundedSingle()
{
    Compiled half("exp", DType::F16, 1), single("exp", DType::F32, 1);
    for (std::uint32_t bits = 0; bits < 0x10000; bits += 7) {
        const float x = halfToFloat(std::uint16_t(bits));
        QVERIFY(floatToHalf(float(half(x))) == floatToHalf(float(single(x))));
    }
}

void TestElementary::expansionsHoldNoCall()
{
    QFETCH(QString, name);
    const auto expanded = expandElementary(call(name.toStdString(), DType::F32, {var("x", DType::F32)}));
    QVERIFY(expanded.ok());
    QCOMPARE((*expanded)->type, DType::F32);
    QCOMPARE(freeVariables(*expanded), std::vector<std::string>{"x"});
    walk(*expanded, [](const Expr& e) { QVERIFY(e.op != Op::Call && e.op != Op::Load); });
}

void TestElementary::lettersOfArgumentsAreNotCaptured()
{
    const ExprPtr e0 = var("e0", DType::F32), e1 = var("e1", DType::F32);
    const ExprPtr power = call("pow", DType::F32, {binary(Op::Add, e0, e0), binary(Op::Add, e1, e1)});
    const Scalar nested = evaluate(power, {{"e0", {1.5, 0}}, {"e1", {1, 0}}});
    QCOMPARE(nested.f, 9.0);
}

void TestElementary::unknownIsAnError()
{
    QVERIFY(!expandElementary("gamma", DType::F32, {floatConst(1)}).ok());
    QVERIFY(!expandElementary("exp", DType::I32, {intConst(1, DType::I32)}).ok());
    QVERIFY(!expandElementary("pow", DType::F32, {floatConst(1)}).ok());
}

STRATA_TEST(TestElementary)
#include "tst_elementary.moc"
