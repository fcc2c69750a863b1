// Tensors in ONNX's form, and folders of test data.
#include "core/onnx/import.h"
#include "tests/program.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace strata;

namespace {

Tensor counting(DType dtype)
{
    Tensor tensor = makeTensor(dtype, {2, 3});
    for (std::int64_t i = 0; i < tensor.count(); ++i)
        tensor.set(i, double(i % 2));
    return tensor;
}

}  // namespace

class TestTestData : public QObject {
    Q_OBJECT

private slots:
    void tensorsRoundTrip_data();
    void tensorsRoundTrip();
    void stringsRoundTrip();
    void foldersAreReadInOrder();
    void otherFilesAreRefused();
};

void TestTestData::tensorsRoundTrip_data()
{
    QTest::addColumn<int>("type");
    for (int type = 0; type < int(DType::String); ++type)
        QTest::newRow(name(DType(type))) << type;
}

void TestTestData::tensorsRoundTrip()
{
    QFETCH(int, type);
    const QTemporaryDir folder;
    const std::string path = folder.filePath("t.pb").toStdString();
    const Tensor tensor = counting(DType(type));
    QVERIFY(onnx::writeTensor(tensor, "t", path).ok());
    const auto back = onnx::readTensor(path);
    QVERIFY(back.ok());
    QVERIFY(compare(*back, tensor, 0, 0).equalBits);
}

void TestTestData::stringsRoundTrip()
{
    const QTemporaryDir folder;
    const std::string path = folder.filePath("t.pb").toStdString();
    Tensor tensor = makeTensor(DType::String, {2});
    tensor.strings = {"one", ""};
    QVERIFY(onnx::writeTensor(tensor, "t", path).ok());
    QCOMPARE(onnx::readTensor(path)->strings, tensor.strings);
}

void TestTestData::foldersAreReadInOrder()
{
    const QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkpath("test_data_set_0"));
    for (int k = 0; k < 11; ++k) {
        Tensor tensor = makeTensor(DType::I64, {});
        tensor.setInteger(0, k);
        const QString path = folder.filePath(QString("test_data_set_0/input_%1.pb").arg(k));
        QVERIFY(onnx::writeTensor(tensor, "in" + std::to_string(k), path.toStdString()).ok());
    }
    QVERIFY(onnx::writeTensor(counting(DType::F32), "out", folder.filePath("test_data_set_0/output_0.pb").toStdString())
                .ok());
    const auto data = onnx::readTestData(folder.path().toStdString());
    QVERIFY(data.ok());
    QCOMPARE(data->size(), std::size_t(1));
    const onnx::TestData& set = data->at(0);
    QCOMPARE(set.inputs.size(), std::size_t(11));
    QCOMPARE(set.inputs[10].first, std::string("in10"));
    QCOMPARE(set.inputs[10].second.integerAt(0), 10);
    QCOMPARE(set.outputs.size(), std::size_t(1));
}

void TestTestData::otherFilesAreRefused()
{
    const QTemporaryDir folder;
    QFile file(folder.filePath("t.pb"));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("no protobuf at all") > 0);
    file.close();
    const auto tensor = onnx::readTensor(file.fileName().toStdString());
    QVERIFY(!tensor.ok());
    QCOMPARE(tensor.error().kind, ErrorKind::Refused);
    const auto missing = onnx::readTensor(folder.filePath("none.pb").toStdString());
    QVERIFY(!missing.ok());
    QCOMPARE(missing.error().kind, ErrorKind::Environment);
}

STRATA_TEST(TestTestData)
#include "tst_test_data.moc"
