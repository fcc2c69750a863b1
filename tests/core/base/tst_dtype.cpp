// Element types: names and bits, packed elements, and the floats of a byte or less against ml_dtypes, which ONNX's
// reference computes with (tiny_floats.py wrote the table).
#include "core/base/rounding.h"
#include "core/base/tiny_float.h"
#include "tests/program.h"

#include <QTest>

#include <bit>
#include <fstream>
#include <sstream>

using namespace strata;

namespace {

struct Table {
    std::map<std::string, std::vector<float>> values;                                    // of each code
    std::map<std::string, std::vector<std::pair<std::uint32_t, std::uint16_t>>> become;  // f32's bits -> code
};

Table readTable()
{
    std::ifstream file(STRATA_SOURCE_DIR "/tests/core/base/tiny_floats.txt");
    Table table;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name, word;
        words >> name;
        const bool conversions = name == "from";
        if (conversions)
            words >> name;
        while (words >> word)
            if (conversions)
                table.become[name].emplace_back(std::stoul(word.substr(0, 8), nullptr, 16),
                                                std::stoul(word.substr(9), nullptr, 16));
            else
                table.values[name].push_back(std::strtof(word.c_str(), nullptr));
    }
    return table;
}

bool same(float a, float b)
{
    return (std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

}  // namespace

class TestDType : public QObject {
    Q_OBJECT

private slots:
    void names();
    void bytes();
    void packedElements();
    void integers_data();
    void integers();
    void tinyFloats_data();
    void tinyFloats();
    void roundsToTheNearest_data();
    void roundsToTheNearest();
};

void TestDType::names()
{
    for (int i = 0; i <= int(DType::String); ++i)
        QCOMPARE(dtypeByName(name(DType(i))), std::optional(DType(i)));
    QVERIFY(!dtypeByName("f8"));
    QCOMPARE(dtypeNames().substr(0, 12), std::string("bool, i2, i4"));
    QVERIFY(dtypeNames().ends_with(", f64 and string"));
}

void TestDType::bytes()
{
    QCOMPARE(byteCount(DType::I4, 0), 0);
    QCOMPARE(byteCount(DType::I4, 1), 1);
    QCOMPARE(byteCount(DType::F4E2M1, 5), 3);
    QCOMPARE(byteCount(DType::U2, 8), 2);
    QCOMPARE(byteCount(DType::U2, 9), 3);
    QCOMPARE(byteCount(DType::F8E5M2, 9), 9);
    QCOMPARE(byteCount(DType::BF16, 9), 18);
    QVERIFY(isPacked(DType::I2) && !isPacked(DType::F8E8M0) && !isPacked(DType::Bool) && !isPacked(DType::String));
}

// The first in the lowest bits, and a write leaves the others alone.
void TestDType::packedElements()
{
    std::byte data[2]{std::byte(0xff), std::byte(0xff)};
    writeInteger(DType::I4, data, 1, -7);
    writeInteger(DType::I4, data, 2, 3);
    QCOMPARE(int(data[0]), 0x9f);
    QCOMPARE(int(data[1]), 0xf3);
    QCOMPARE(readInteger(DType::I4, data, 0), -1);
    QCOMPARE(readInteger(DType::I4, data, 1), -7);
    QCOMPARE(readInteger(DType::U4, data, 1), 9);
    writeInteger(DType::U2, data, 6, 2);
    QCOMPARE(int(data[1]), 0xe3);
    QCOMPARE(readInteger(DType::I2, data, 6), -2);
    QCOMPARE(readInteger(DType::U2, data, 4), 3);
    writeFloat(DType::F4E2M1, data, 0, -1.5);
    QCOMPARE(readFloat(DType::F4E2M1, data, 0), -1.5);
    QCOMPARE(int(data[0]), 0x9b);
}

void TestDType::integers_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<double>("given");
    QTest::addColumn<int>("cutOff");
    QTest::addColumn<int>("wrapped");
    QTest::newRow("i4") << int(DType::I4) << -9.7 << -8 << 7;
    QTest::newRow("i4 above") << int(DType::I4) << 8.0 << 7 << -8;
    QTest::newRow("u4") << int(DType::U4) << -9.0 << 0 << 7;
    QTest::newRow("u4 above") << int(DType::U4) << 17.5 << 15 << 1;
    QTest::newRow("i2") << int(DType::I2) << 3.0 << 1 << -1;
    QTest::newRow("u2") << int(DType::U2) << 5.0 << 3 << 1;
    QTest::newRow("i8") << int(DType::I8) << -129.0 << -128 << 127;
    QTest::newRow("u16") << int(DType::U16) << 65536.0 << 65535 << 0;
}

void TestDType::integers()
{
    QFETCH(int, type);
    QFETCH(double, given);
    QFETCH(int, cutOff);
    QFETCH(int, wrapped);
    QCOMPARE(saturateTo(DType(type), given), cutOff);
    QCOMPARE(wrapTo(DType(type), std::int64_t(given)), wrapped);
}

void TestDType::tinyFloats_data()
{
    QTest::addColumn<QString>("type");
    for (const char* type : {"f4e2m1", "f8e4m3fn", "f8e4m3fnuz", "f8e5m2", "f8e5m2fnuz", "f8e8m0"})
        QTest::newRow(type) << type;
}

void TestDType::tinyFloats()
{
    QFETCH(QString, type);
    const Table table = readTable();
    const DType dtype = *dtypeByName(type.toStdString());
    const std::vector<float>& values = table.values.at(type.toStdString());
    QCOMPARE(values.size(), std::size_t(1) << bitSize(dtype));
    for (std::uint16_t code = 0; code < values.size(); ++code) {
        const float value = shortToFloat(dtype, code);
        QVERIFY2(same(value, values[code]), qPrintable(QStringLiteral("code %1 is %2").arg(code).arg(value)));
        if (!std::isnan(value))
            QCOMPARE(floatToShort(dtype, value), code);
    }
    const auto& become = table.become.at(type.toStdString());
    QVERIFY(become.size() > 30);
    for (const auto& [bits, code] : become)
        QVERIFY2(floatToShort(dtype, std::bit_cast<float>(bits)) == code,
                 qPrintable(QStringLiteral("%1").arg(std::bit_cast<float>(bits))));
}

void TestDType::roundsToTheNearest_data() { tinyFloats_data(); }

// Between each two neighbours: halfway to the even code (f8e8m0: the larger), beside it to the nearer.
void TestDType::roundsToTheNearest()
{
    QFETCH(QString, type);
    const DType dtype = *dtypeByName(type.toStdString());
    const TinyFloat* const kind = tinyFloat(dtype);
    const std::uint16_t largest = kind ? kind->largest : 0xfe;
    for (std::uint16_t code = kind ? 0 : 1; code < largest; ++code) {
        const float low = shortToFloat(dtype, code), high = shortToFloat(dtype, std::uint16_t(code + 1));
        const float middle = float((double(low) + double(high)) / 2);
        const std::uint16_t even = !kind || code % 2 != 0 ? std::uint16_t(code + 1) : code;
        QCOMPARE(floatToShort(dtype, middle), even);
        QCOMPARE(floatToShort(dtype, std::nextafter(middle, low)), code);
        QCOMPARE(floatToShort(dtype, std::nextafter(middle, high)), std::uint16_t(code + 1));
        if (kind && !(code == 0 && even == 0 && kind->unsignedZero))
            QCOMPARE(floatToShort(dtype, -middle), std::uint16_t(even | kind->sign));
    }
    QCOMPARE(largestFinite(dtype), double(shortToFloat(dtype, largest)));
    QCOMPARE(greatestFloat(dtype), dtype == DType::F8E5M2 ? std::numeric_limits<double>::infinity()
                                                          : largestFinite(dtype));
}

STRATA_TEST_IN(QCoreApplication, TestDType)
#include "tst_dtype.moc"
