// What the parser says about a wrong text: errors.test holds cases of a text and "error: LINE:COLUMN: sentence hint",
// the === line being the first.
#include "core/text/source.h"
#include "tests/program.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace strata;

class TestTextErrors : public QObject {
    Q_OBJECT
private slots:
    void errors_data();
    void errors();
    void manyLoops();
    void findingsStandInTheText();
    void sideFileErrors();
};

void TestTextErrors::errors_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    QFile file(QStringLiteral(STRATA_SOURCE_DIR "/tests/core/text/errors.test"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QStringList blocks = QString::fromUtf8(file.readAll()).split(QStringLiteral("\n=== "));
    for (const QString& block : blocks.mid(1)) {
        const qsizetype line = block.indexOf(QLatin1Char('\n')), end = block.lastIndexOf(QStringLiteral("\nerror: "));
        QVERIFY2(end >= 0, qPrintable(block));
        QTest::newRow(qPrintable(block.left(line))) << block.mid(line, end - line + 1) << block.mid(end + 8).trimmed();
    }
}

void TestTextErrors::errors()
{
    QFETCH(QString, text);
    QFETCH(QString, expected);
    const auto module = parseModule(text.toStdString());
    QVERIFY(!module.ok());
    QCOMPARE(module.error().kind, ErrorKind::Refused);
    const QString told = QString::fromStdString(module.error().message).section('\n', 0, 0).mid(5);  // after "text:"
    const QString hint = QString::fromStdString(module.error().hint);
    QCOMPARE(hint.isEmpty() ? told : told + ' ' + hint, expected);
}

void TestTextErrors::manyLoops()
{
    QString names, extents;
    for (int i = 0; i < 65; ++i) {
        names += (i ? ", i" : "i") + QString::number(i);
        extents += i ? ", 1" : "1";
    }
    const QString text = "def f() -> ():\n    for " + names + " in grid(" + extents + "):\n        pass\n";
    const auto module = parseModule(text.toStdString());
    QVERIFY(!module.ok());
    QVERIFY(QString::fromStdString(module.error().message).contains("A grid has at most 64 loops."));
}

// A finding is told with the place of its node in the text as it was written, not as Strata prints it.
void TestTextErrors::findingsStandInTheText()
{
    const auto read = parseModuleSource("# a comment\n\ndef f(x: f32[4])   -> (y: f32[4]):\n    t = alloc f32[4]\n"
                                        "    for i, j in grid(2, 2):\n        with   block(\"b\"):\n            pass\n",
                                        {}, "my.strata");
    QVERIFY2(read.ok(), read ? "" : read.error().message.c_str());
    const auto placeOf = [&](NodeKind kind, const char* name) {
        const Error located = read->source.locate(refused("Wrong.", {{"f", kind, name}}, "Hint."));
        return QString::fromStdString(located.message).section('\n', 0, 0);
    };
    QCOMPARE(placeOf(NodeKind::Function, ""), QString("my.strata:3:5: Wrong."));
    QCOMPARE(placeOf(NodeKind::Buffer, "x"), QString("my.strata:3:7: Wrong."));
    QCOMPARE(placeOf(NodeKind::Buffer, "y"), QString("my.strata:3:24: Wrong."));
    QCOMPARE(placeOf(NodeKind::Buffer, "t"), QString("my.strata:4:5: Wrong."));
    QCOMPARE(placeOf(NodeKind::Loop, "j"), QString("my.strata:5:12: Wrong."));
    QCOMPARE(placeOf(NodeKind::Block, "b"), QString("my.strata:6:22: Wrong."));
    QCOMPARE(placeOf(NodeKind::Block, "elsewhere"), QString("my.strata:3:5: Wrong."));
    QCOMPARE(QString::fromStdString(read->source.locate(refused("Wrong.")).message), QString("my.strata: Wrong."));
    QCOMPARE(read->source.locate(refused("Wrong.", {}, "Hint.")).hint, std::string("Hint."));
}

void TestTextErrors::sideFileErrors()
{
    QTemporaryDir dir;
    const auto write = [&](const QString& name, const QByteArray& bytes) {
        QFile file(dir.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    };
    const auto error = [&] {
        const auto loaded = loadSource(dir.filePath("a.strata").toStdString());
        return loaded ? QString("none") : QString::fromStdString(loaded.error().message).section('\n', 0, 0);
    };
    QVERIFY(error().contains("a.strata' cannot be read: "));
    write("a.strata", "const @c: f32[100]\n");
    QVERIFY(error().contains("The elements of constant 'c' are neither in '"));
    write("a.strata.weights", "something else\n");
    QVERIFY(error().contains("a.strata.weights' is no weights file of Strata."));
    write("a.strata.weights", "strata weights 1\nnonsense\n\n");
    QVERIFY(error().contains("The directory of '"));
    write("a.strata.weights", "strata weights 1\n                  64\t                 400\tc\n\n");
    QVERIFY(error().contains("' is damaged."));
    write("a.strata.weights", "strata weights 1\n                  64\t                 400\t\"c\"\n\n");
    QVERIFY2(error() != "none", "the file ends before its constant");
    QVERIFY(!save(Module(), dir.filePath("none/a.strata").toStdString()).ok());
}

STRATA_TEST(TestTextErrors)
#include "tst_text_errors.moc"
