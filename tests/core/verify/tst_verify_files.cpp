// What the verifier finds, as text. A .test file holds cases:
//
//     === a stencil that reaches the next element
//     def f(x: f32[8]) -> (y: f32[8]):
//         ...
//     finds: 4: Index 1 of x in block y, vi + 1, is 8 at vi = 7, which is none of 0..7.
//
// with the line where it stands (the === line is 1), or `accepts`. Each row fails if its condition is left out.
#include "core/text/source.h"
#include "core/verify/verify.h"
#include "tests/program.h"

#include <QDir>
#include <QFile>
#include <QTest>

using namespace strata;

class TestVerifyFiles : public QObject {
    Q_OBJECT
private slots:
    void cases_data();
    void cases();
};

void TestVerifyFiles::cases_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("finding");
    const QDir folder(QStringLiteral(STRATA_SOURCE_DIR "/tests/core/verify"));
    for (const QString& name : folder.entryList({QStringLiteral("*.test")})) {
        QFile file(folder.filePath(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QStringList blocks = QString::fromUtf8(file.readAll()).split(QStringLiteral("\n=== "));
        for (const QString& block : blocks.mid(1)) {
            const qsizetype line = block.indexOf(QLatin1Char('\n'));
            qsizetype end = block.lastIndexOf(QStringLiteral("\nfinds: ")), skip = 8;
            if (end < 0)
                end = block.lastIndexOf(QStringLiteral("\naccepts")), skip = block.size();
            QVERIFY2(end >= 0, qPrintable(block));
            QTest::newRow(qPrintable(name + ": " + block.left(line)))
                << block.mid(line, end - line + 1) << block.mid(end + skip).trimmed();
        }
    }
}

void TestVerifyFiles::cases()
{
    QFETCH(QString, text);
    QFETCH(QString, finding);
    const auto read = parseModuleSource(text.toStdString());
    QVERIFY2(read.ok(), read ? "" : read.error().text().c_str());
    const std::vector<Error> found = verify(*read->module);
    QString told;
    if (!found.empty()) {  // "text:4:9: sentence", the line, a caret
        const QString first = QString::fromStdString(read->source.locate(found[0]).message).section('\n', 0, 0);
        told = first.section(':', 1, 1).trimmed() + ": " + first.section(':', 3).trimmed();
        if (!first.startsWith(QStringLiteral("text:")) || first.section(':', 1, 1).toInt() == 0)
            told = first.section(':', 1).trimmed();
    }
    QCOMPARE(told, finding);
}

STRATA_TEST(TestVerifyFiles)
#include "tst_verify_files.moc"
