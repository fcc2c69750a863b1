// A decoder with caches, exported once for any sizes, generates as ONNX Runtime does: 32 tokens, from C and from Python.
// The first run has empty caches; each one after it reads one token, and caches longer by one.
#include "tests/app/cli/cli.h"
#include "tests/program.h"

namespace {

const QString decoder = QStringLiteral(STRATA_SOURCE_DIR "/tests/app/cli/decoder/");
const QStringList prompt{"3", "7", "11", "2", "5"};

// "f32 50 50 ..." a line.
QString expected(const QString& kind)
{
    for (const QByteArray& line : read(decoder + "tokens.txt").split('\n'))
        if (line.startsWith(kind.toUtf8() + ' '))
            return QString::fromUtf8(line.mid(kind.size() + 1));
    return {};
}

}  // namespace

class TestCliDecoder : public QObject {
    Q_OBJECT
private slots:
    void generates_data()
    {
        QTest::addColumn<QString>("kind");
        for (const char* kind : {"f32", "f16", "int4"})
            QTest::newRow(kind) << QString(kind);
    }

    void generates()
    {
        QFETCH(QString, kind);
        QTemporaryDir folder;
        QVERIFY(QFile::copy(decoder + kind + ".onnx", folder.filePath("decoder.onnx")));
        const QString out = folder.filePath("out");
        const Answer exported = strata({"export", folder.filePath("decoder.onnx"), "--auto", "--assume", "old >= 0",
                                        "--out", out, "--quiet"});
        QVERIFY2(exported.exit == 0, qPrintable(exported.err));

        const Answer built = ran(out, "cc", {"-std=c11", "-Wall", "-Wextra", "-Werror", "-include", "decoder.h",
                                             decoder + "generate.c", "-o", "generate", "-L.", "-ldecoder",
                                             "-Wl,-rpath,$ORIGIN"});
        QVERIFY2(built.exit == 0, qPrintable(built.err));
        const Answer fromC = ran(out, "./generate", prompt);
        QCOMPARE(fromC.err, QString());
        QCOMPARE(fromC.out.trimmed(), expected(kind));
        const Answer fromPython = ran(out, "python3", QStringList{decoder + "generate.py", "."} + prompt);
        QCOMPARE(fromPython.err, QString());
        QCOMPARE(fromPython.out.trimmed(), expected(kind));
    }
};

STRATA_TEST_IN(QCoreApplication, TestCliDecoder)
#include "tst_cli_decoder.moc"
