// Values from files for a model's inputs, values into files, and what is said of one.
#include "app/workbench/values.h"
#include "core/tensor/npy.h"
#include "tests/program.h"

#include <QtTest>

#include <cmath>

using namespace strata;

class TestValues : public QObject {
    Q_OBJECT

private slots:
    void numbersOfAnotherType();
    void textOfNumbers();
    void namedInputs();
    void summaries();
    void valuesInside();
    void namesAreNoPaths();

private:
    QTemporaryDir m_folder;
    std::string path(const char* name) { return m_folder.filePath(QString::fromLatin1(name)).toStdString(); }
    static TypedName input(DType dtype, const std::vector<std::int64_t>& shape)
    {
        return {"x", {ValueType::Kind::Tensor, makeTensor(dtype, shape).type}};
    }
};

void TestValues::numbersOfAnotherType()
{
    Tensor whole = makeTensor(DType::I64, {2, 2});
    whole.set(3, 300);
    QVERIFY(writeNpy(whole, path("a.npy")).ok());
    const auto floats = readValue(path("a.npy"), input(DType::F32, {1, 2, 2}));
    QVERIFY2(floats.ok(), floats.ok() ? "" : floats.error().text().c_str());
    QCOMPARE(floats->at(3), 300.0);
    QVERIFY(!readValue(path("a.npy"), input(DType::U8, {2, 2})).ok());  // 300 does not fit
    QVERIFY(!readValue(path("a.npy"), input(DType::F32, {4})).ok());    // other dimensions
    QVERIFY(!readValue(path("a.gif"), input(DType::F32, {4})).ok());
    Tensor fraction = makeTensor(DType::F64, {2});
    fraction.set(1, 0.5);
    QVERIFY(writeNpy(fraction, path("b.npy")).ok());
    QVERIFY(readValue(path("b.npy"), input(DType::F32, {2})).ok());
    QVERIFY(!readValue(path("b.npy"), input(DType::I32, {2})).ok());
}

void TestValues::textOfNumbers()
{
    QFile file(QString::fromStdString(path("a.csv")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("1, 2.5\n-3\t4e1\n");
    file.close();
    const auto read = readValue(path("a.csv"), input(DType::F32, {2, 2}));
    QVERIFY2(read.ok(), read.ok() ? "" : read.error().text().c_str());
    QCOMPARE(read->at(1), 2.5);
    QCOMPARE(read->at(3), 40.0);
    QVERIFY(!readValue(path("a.csv"), input(DType::F32, {5})).ok());
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("1\n2 x\n");
    file.close();
    const auto word = readValue(path("a.csv"), input(DType::F32, {2}));
    QVERIFY(!word.ok());
    QVERIFY2(word.error().message.find(":2 holds x") != std::string::npos, word.error().message.c_str());
}

void TestValues::namedInputs()
{
    const Result<OpenedModel> model = openModel(STRATA_SOURCE_DIR "/samples/mm_relu.strata");
    QVERIFY(model.ok());
    const TypedName& second = model->module->entryFunction()->params[1];
    Tensor given = makeTensor(second.type.tensor.dtype, {128, 128});
    given.set(5, 7);
    const auto inputs = inputsWith(*model->module, {}, {{second.name, given}});
    QVERIFY2(inputs.ok(), inputs.ok() ? "" : inputs.error().text().c_str());
    QCOMPARE((*inputs)[1].at(5), 7.0);
    QVERIFY(!inputsWith(*model->module, {}, {{"nobody", given}}).ok());
}

void TestValues::summaries()
{
    Tensor tensor = makeTensor(DType::F32, {8});
    const double values[] = {1, -2, 0, 9, 9, NAN, INFINITY, 4};
    for (int i = 0; i < 8; ++i)
        tensor.set(i, values[i]);
    const ValueSummary summary = summarize(tensor, 4);
    QCOMPARE(summary.count, 8);
    QCOMPARE(summary.least, -2.0);
    QCOMPARE(summary.most, 9.0);
    QCOMPARE(summary.mean, 3.5);
    QVERIFY(summary.zeros == 1 && summary.nans == 1 && summary.infinities == 1);
    QCOMPARE(summary.top.size(), std::size_t(5));
    QVERIFY(summary.top[0] == std::pair(std::int64_t(3), 9.0) && summary.top[1].first == 4);
    QCOMPARE(summary.histogram, std::vector<std::int64_t>({2, 1, 1, 2}));
    QCOMPARE(summarize(makeTensor(DType::F32, {0})).count, 0);
}

// A value in the middle of a graph, given what the whole graph is given.
void TestValues::valuesInside()
{
    Toolchain toolchain;
    const auto module = parseModule("module t(entry=f):\n\ndef f(x: f32[4]) -> (y: f32[4]):\n"
                                    "    a: f32[4] = Neg(x, node=\"n\", version=13)\n"
                                    "    y: f32[4] = Abs(a, node=\"m\", version=13)\n    return y\n");
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    Tensor x = makeTensor(DType::F32, {4});
    x.set(2, 3);
    const auto inside = valueIn(toolchain, **module, "a", {x});
    QVERIFY2(inside.ok(), inside.ok() ? "" : inside.error().text().c_str());
    QCOMPARE(inside->at(2), -3.0);
    QVERIFY(compare(*valueIn(toolchain, **module, "x", {x}), x, 0, 0).equalBits);
    QVERIFY(!valueIn(toolchain, **module, "z", {x}).ok());
}

void TestValues::namesAreNoPaths()
{
    QVERIFY(writeValues({input(DType::F32, {1}), {"/a/../b", {}}},
                        {makeTensor(DType::F32, {1}), makeTensor(DType::F32, {1})}, path("out"))
                .ok());
    QCOMPARE(QDir(QString::fromStdString(path("out"))).entryList(QDir::Files),
             QStringList({QStringLiteral("_a_.._b.npy"), QStringLiteral("x.npy")}));
}

STRATA_TEST(TestValues)
#include "tst_values.moc"
