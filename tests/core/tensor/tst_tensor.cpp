// Tensors: elements by type, and one tensor against another.
#include "core/tensor/tensor.h"
#include "tests/program.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace strata;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

Tensor tensorOf(DType dtype, const std::vector<double>& values)
{
    Tensor tensor = makeTensor(dtype, {std::int64_t(values.size())});
    for (std::size_t i = 0; i < values.size(); ++i)
        tensor.set(std::int64_t(i), values[i]);
    return tensor;
}

}  // namespace

class TestTensor : public QObject {
    Q_OBJECT

private slots:
    void elements_data();
    void elements();
    void exactIntegers();
    void comparison_data();
    void comparison();
    void typesMustAgree();
    void constantsAndBack();
};

void TestTensor::elements_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<double>("given");
    QTest::addColumn<double>("kept");
    QTest::newRow("f32 rounds") << "f32" << 0.1 << double(0.1f);
    QTest::newRow("f16 rounds to even") << "f16" << 2049.0 << 2048.0;
    QTest::newRow("f16 overflows") << "f16" << 70000.0 << infinity;
    QTest::newRow("bf16 rounds") << "bf16" << 1.00390625 << 1.0;
    QTest::newRow("i8 saturates") << "i8" << 200.0 << 127.0;
    QTest::newRow("u8 saturates below") << "u8" << -3.0 << 0.0;
    QTest::newRow("i32 truncates") << "i32" << -2.9 << -2.0;
    QTest::newRow("i64 saturates") << "i64" << 1e30 << 9223372036854775808.0;
    QTest::newRow("NaN to integer") << "i32" << notANumber << 0.0;
    QTest::newRow("bool") << "bool" << 0.25 << 1.0;
    QTest::newRow("u64 above 2^63") << "u64" << 0x1p63 << 0x1p63;
}

void TestTensor::elements()
{
    QFETCH(QString, type);
    QFETCH(double, given);
    QFETCH(double, kept);
    QCOMPARE(tensorOf(*dtypeByName(type.toStdString()), {0, given}).at(1), kept);
}

void TestTensor::exactIntegers()
{
    Tensor tensor = makeTensor(DType::I64, {2});
    tensor.setInteger(1, 9007199254740993);
    QCOMPARE(tensor.integerAt(1), 9007199254740993);
    QCOMPARE(tensor.integerAt(0), 0);
}

void TestTensor::comparison_data()
{
    QTest::addColumn<double>("actual");
    QTest::addColumn<double>("expected");
    QTest::addColumn<bool>("equalBits");
    QTest::addColumn<bool>("within");
    QTest::newRow("equal") << 1.5 << 1.5 << true << true;
    QTest::newRow("NaN is NaN") << notANumber << notANumber << true << true;
    QTest::newRow("zeros differ in bits") << -0.0 << 0.0 << false << true;
    QTest::newRow("inside the bound") << 100.0009 << 100.0 << false << true;
    QTest::newRow("outside the bound") << 100.1 << 100.0 << false << false;
    QTest::newRow("NaN instead of a number") << notANumber << 1.0 << false << false;
    QTest::newRow("number instead of NaN") << 1.0 << notANumber << false << false;
    QTest::newRow("infinity instead of a number") << infinity << 1.0 << false << false;
    QTest::newRow("number instead of infinity") << 1e38 << infinity << false << false;
    QTest::newRow("opposite infinities") << infinity << -infinity << false << false;
    QTest::newRow("equal infinities") << infinity << infinity << true << true;
}

void TestTensor::comparison()
{
    QFETCH(double, actual);
    QFETCH(double, expected);
    const Comparison result = compare(tensorOf(DType::F32, {1, actual}), tensorOf(DType::F32, {1, expected}), 1e-6,
                                      1e-5);
    QTEST(result.equalBits, "equalBits");
    QTEST(result.within, "within");
    QCOMPARE(result.worst, result.within && result.maxAbsolute == 0 ? -1 : 1);
}

void TestTensor::typesMustAgree()
{
    const Comparison result = compare(makeTensor(DType::F32, {2, 3}), makeTensor(DType::F32, {3, 2}), 1, 1);
    QVERIFY(!result.within && !result.equalBits);
    QCOMPARE(QString::fromStdString(result.reason), "The type is f32[2, 3], expected is f32[3, 2].");
}

void TestTensor::constantsAndBack()
{
    const Tensor tensor = tensorOf(DType::I16, {3, -4, 5});
    const auto constant = toConstant(tensor);
    QVERIFY(constant.ok());
    const auto back = toTensor(**constant);
    QVERIFY(back.ok());
    QVERIFY(compare(*back, tensor, 0, 0).equalBits);
    Tensor words = makeTensor(DType::String, {2});
    words.strings = {"one", ""};
    const auto strings = toTensor(**toConstant(words));
    QVERIFY(strings.ok());
    QCOMPARE(strings->strings, words.strings);
}

STRATA_TEST(TestTensor)
#include "tst_tensor.moc"
