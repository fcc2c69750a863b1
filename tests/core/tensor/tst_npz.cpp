// Archives as numpy.savez and numpy.savez_compressed write them, and damaged ones.
#include "core/tensor/npz.h"
#include "tests/program.h"

#include <QtTest>

using namespace strata;

namespace {

// x = 0 .. 5 and y = 10 .. 15, f32[2, 3].
constexpr const char* stored =
    "UEsDBC0AAAAAAAAAIQBP6QAq//////////8FABQAeC5ucHkBABAAmAAAAAAAAACYAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2Ny"
    "JzogJzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAzKSwgfSAgICAgICAgICAgICAgICAgICAg"
    "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAgD8AAABAAABAQAAAgEAAAKBAUEsDBC0AAAAA"
    "AAAAIQDL/VtA//////////8FABQAeS5ucHkBABAAmAAAAAAAAACYAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmNCcs"
    "ICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAzKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAg"
    "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAgQQAAMEEAAEBBAABQQQAAYEEAAHBBUEsBAi0DLQAAAAAAAAAhAE/p"
    "ACqYAAAAmAAAAAUAAAAAAAAAAAAAAIABAAAAAHgubnB5UEsBAi0DLQAAAAAAAAAhAMv9W0CYAAAAmAAAAAUAAAAAAAAAAAAA"
    "AIABzwAAAHkubnB5UEsFBgAAAAACAAIAZgAAAJ4BAAAAAA==";
constexpr const char* deflated =
    "UEsDBC0AAAAIAAAAIQBP6QAq//////////8FABQAeC5ucHkBABAAmAAAAAAAAABVAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxc"
    "pG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CsaaOgq1CmQDLgYwaLAHEg5ABMQNQLzAAQBQSwME"
    "LQAAAAgAAAAhAMv9W0D//////////wUAFAB5Lm5weQEAEACYAAAAAAAAAFgAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWg"
    "bpNmoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKxpo6CrUKZAMuBgYFRwYGAyB2AOIAIE4A4gJHAFBLAQIt"
    "Ay0AAAAIAAAAIQBP6QAqVQAAAJgAAAAFAAAAAAAAAAAAAACAAQAAAAB4Lm5weVBLAQItAy0AAAAIAAAAIQDL/VtAWAAAAJgA"
    "AAAFAAAAAAAAAAAAAACAAYwAAAB5Lm5weVBLBQYAAAAAAgACAGYAAAAbAQAAAAA=";

}  // namespace

class TestNpz : public QObject {
    Q_OBJECT

private slots:
    void arraysAreFoundByName_data()
    {
        QTest::addColumn<QByteArray>("archive");
        QTest::newRow("stored") << QByteArray::fromBase64(stored);
        QTest::newRow("deflated") << QByteArray::fromBase64(deflated);
    }
    void arraysAreFoundByName()
    {
        QFETCH(QByteArray, archive);
        const std::string path = write(archive);
        for (const auto& [name, first] : {std::pair("x", 0.0), std::pair("y", 10.0)}) {
            const Result<Tensor> tensor = readNpz(path, name);
            QVERIFY2(tensor.ok(), tensor ? "" : tensor.error().text().c_str());
            QCOMPARE(toString(tensor->type), std::string("f32[2, 3]"));
            for (int i = 0; i < 6; ++i)
                QCOMPARE(tensor->at(i), first + i);
        }
        const Result<Tensor> none = readNpz(path, "z");
        QVERIFY(!none.ok());
        QVERIFY2(none.error().text().find("x, y") != std::string::npos, none.error().text().c_str());
    }

    // Whatever byte is another one, or missing: an array, or a refusal.
    void damaged()
    {
        for (const char* text : {stored, deflated}) {
            const QByteArray whole = QByteArray::fromBase64(text);
            for (int i = 0; i < whole.size(); i += 5) {
                QByteArray changed = whole;
                changed[i] = char(changed[i] ^ 0x55);
                (void)readNpz(write(changed), "x");
            }
            for (int length = 0; length < whole.size(); length += 7)
                QVERIFY(!readNpz(write(whole.left(length)), "x").ok());
        }
        QByteArray other = QByteArray::fromBase64(stored);
        const int at = int(other.indexOf("NUMPY")) + 130;  // among the numbers
        other[at] = char(other[at] ^ 1);
        const Result<Tensor> tensor = readNpz(write(other), "x");
        QVERIFY(!tensor.ok());
        QVERIFY2(tensor.error().text().find("damaged") != std::string::npos, tensor.error().text().c_str());
    }

private:
    QTemporaryDir m_folder;
    std::string write(const QByteArray& bytes)
    {
        QFile file(m_folder.filePath(QStringLiteral("a.npz")));
        if (file.open(QIODevice::WriteOnly))
            file.write(bytes);
        return file.fileName().toStdString();
    }
};

STRATA_TEST(TestNpz)
#include "tst_npz.moc"
