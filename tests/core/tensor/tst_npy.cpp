// NumPy's files: what was written is read back, what numpy writes is read, what is damaged is refused.
#include "core/tensor/npy.h"
#include "tests/program.h"

#include <QtTest>

using namespace strata;

namespace {

// A file as numpy.save writes it.
QByteArray npy(const QByteArray& header, const QByteArray& data, char version = 1)
{
    QByteArray bytes = QByteArray("\x93NUMPY", 6) + version + '\0';
    bytes += char(header.size() & 0xff);
    bytes += char(header.size() >> 8);
    if (version > 1)
        bytes += QByteArray(2, '\0');
    return bytes + header + data;
}

}  // namespace

class TestNpy : public QObject {
    Q_OBJECT

private slots:
    void thereAndBack_data();
    void thereAndBack();
    void asNumpyWritesThem();
    void damaged();

private:
    QTemporaryDir m_folder;
    std::string write(const QByteArray& bytes)
    {
        QFile file(m_folder.filePath(QStringLiteral("a.npy")));
        if (file.open(QIODevice::WriteOnly))
            file.write(bytes);
        return file.fileName().toStdString();
    }
};

void TestNpy::thereAndBack_data()
{
    QTest::addColumn<int>("dtype");
    for (const DType dtype : {DType::Bool, DType::I8, DType::I16, DType::I32, DType::I64, DType::U8, DType::U16,
                              DType::U32, DType::U64, DType::F16, DType::F32, DType::F64})
        QTest::newRow(name(dtype)) << static_cast<int>(dtype);
}

void TestNpy::thereAndBack()
{
    QFETCH(int, dtype);
    const std::string path = m_folder.filePath(QStringLiteral("b.npy")).toStdString();
    for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{}, {3}, {2, 3}, {2, 0, 3}}) {
        Tensor tensor = makeTensor(static_cast<DType>(dtype), shape);
        for (std::int64_t i = 0; i < tensor.count(); ++i)
            tensor.set(i, static_cast<double>(i % 2));
        QVERIFY(writeNpy(tensor, path).ok());
        const Result<Tensor> again = readNpy(path);
        QVERIFY2(again.ok(), again.ok() ? "" : again.error().text().c_str());
        QVERIFY(again->type == tensor.type && compare(*again, tensor, 0, 0).equalBits);
    }
    QVERIFY(!writeNpy(makeTensor(static_cast<DType>(dtype), {1}), "/nowhere/a.npy").ok());
}

void TestNpy::asNumpyWritesThem()
{
    const QByteArray six("\1\2\3\4\5\6", 6);
    Result<Tensor> read = readNpy(write(npy("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3), }\n", six)));
    QVERIFY(read.ok());
    QCOMPARE(read->integerAt(1), 3);  // a[0, 1]
    QCOMPARE(read->integerAt(3), 2);  // a[1, 0]
    read = readNpy(write(npy("{'descr': '>i2', 'fortran_order': False, 'shape': (3,), }\n", six, 2)));
    QVERIFY(read.ok());
    QCOMPARE(read->integerAt(0), 0x0102);
}

void TestNpy::damaged()
{
    const QByteArray good = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", QByteArray(8, '\0'));
    QVERIFY(readNpy(write(good)).ok());
    for (qsizetype length = 0; length < good.size(); ++length)
        QVERIFY(!readNpy(write(good.left(length))).ok());
    for (const char* header : {"{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }",
                               "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
                               "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
                               "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4), }",
                               "{'descr': '<f4', 'shape': (99999999999999999999,), }", "{}", ""})
        QVERIFY2(!readNpy(write(npy(header, QByteArray(8, '\0')))).ok(), header);
    QVERIFY(!readNpy("/nowhere/a.npy").ok());
}

STRATA_TEST(TestNpy)
#include "tst_npy.moc"
