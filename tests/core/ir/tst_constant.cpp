// Constants in another layout: each element lies where the map sends it.
#include "core/base/rounding.h"
#include "core/ir/constant.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QtTest>

#include <random>

using namespace strata;

namespace {

BytesPtr anyBytes(std::int64_t count)
{
    std::mt19937 engine(7);
    auto bytes = std::make_shared<Bytes>(std::size_t(count));
    for (std::byte& byte : *bytes)
        byte = std::byte(engine());
    return bytes;
}

// Element by element, as the map says.
Bytes rearranged(const Bytes& from, const IndexMap& map, DType type)
{
    Bytes to(std::size_t(*byteCount({type, toShape(map.range)})));
    std::vector<std::int64_t> index(map.domain.size(), 0);
    for (std::int64_t element = 0; element < *elementCount(toShape(map.domain)); ++element) {
        std::int64_t offset = 0;
        for (std::size_t i = 0; i < map.results.size(); ++i)
            offset = offset * map.range[i] + *evaluateIndex(map.results[i], map.variables, index);
        if (isPacked(type))
            writeBits(type, to.data(), offset, readBits(type, from.data(), element));
        else
            std::copy_n(from.begin() + element * byteSize(type), byteSize(type), to.begin() + offset * byteSize(type));
        for (std::size_t d = index.size(); d-- > 0 && ++index[d] == map.domain[d];)
            index[d] = 0;
    }
    return to;
}

}  // namespace

class TestConstant : public QObject {
    Q_OBJECT
private slots:
    void layouts_data()
    {
        QTest::addColumn<QString>("map");
        QTest::addColumn<std::vector<std::int64_t>>("shape");
        const auto row = [](const char* map, std::vector<std::int64_t> shape) { QTest::newRow(map) << map << shape; };
        row("(i) -> (i)", {7});
        row("(i, j) -> (j, i)", {70, 45});
        row("(i, j) -> (i // 32, j, i % 32)", {70, 45});  // the last panel is not full
        row("(i, j) -> (j // 16, i, j % 16)", {5, 100});
        row("(k, n) -> (n // 32, k // 4, n % 32, k % 4)", {50, 65});
        row("(o, i, y, x) -> (o // 8, i, y, x, o % 8)", {20, 3, 3, 5});
        row("(a, b, c) -> (c, a, b)", {4, 33, 40});
        row("(a, b, c) -> (b, c, a)", {1, 33, 40});
        row("(i, j) -> (i * 45 + j)", {70, 45});  // no result has one variable alone
        row("(i, j) -> (j, i + j)", {6, 9});
    }
    void layouts()
    {
        QFETCH(QString, map);
        QFETCH(std::vector<std::int64_t>, shape);
        const auto layout = parseIndexMap(map.toStdString(), shape);
        QVERIFY2(layout.ok(), layout ? "" : layout.error().text().c_str());
        for (const DType type : {DType::I4, DType::I8, DType::F16, DType::F32, DType::F64}) {
            const TensorType before{type, toShape(shape)};
            const BytesPtr bytes = anyBytes(*byteCount(before));
            const auto after = Constant::relayout(*Constant::fromBytes(before, bytes), *layout);
            QVERIFY2(after.ok(), after ? "" : after.error().text().c_str());
            const auto found = (*after)->materialize();
            QVERIFY2(found.ok(), found ? "" : found.error().text().c_str());
            QVERIFY2(**found == rearranged(*bytes, *layout, type), name(type));
        }
    }

    void twoElementsNeverMeet_data()
    {
        QTest::addColumn<QString>("map");
        QTest::newRow("one variable alone") << "(i, j) -> (i // 2, j)";
        QTest::newRow("a variable that is left out") << "(i, j) -> (i)";
        QTest::newRow("several variables") << "(i, j) -> (i + j)";
    }
    void twoElementsNeverMeet()
    {
        QFETCH(QString, map);
        const auto layout = parseIndexMap(map.toStdString(), {4, 6});
        QVERIFY2(layout.ok(), layout ? "" : layout.error().text().c_str());
        const TensorType type{DType::F32, toShape({4, 6})};
        const auto after = Constant::relayout(*Constant::fromBytes(type, anyBytes(4 * 6 * 4)), *layout);
        const auto found = after ? (*after)->materialize() : Result<BytesPtr>(after.error());
        QVERIFY(!found.ok());
        QCOMPARE(QString::fromStdString(found.error().text()),
                 QStringLiteral("The layout sends two elements to one place."));
    }
};

STRATA_TEST(TestConstant)
#include "tst_constant.moc"
