// Every command that opens a text refuses a wrong one: exit 2, with the file and the line. A hand edit is refused with
// the line of its own text.
#include "tests/program.h"

#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

namespace {

struct Answer {
    int exit = -1;
    QString text;
};

Answer strata(const QStringList& arguments)
{
    QProcess process;
    process.start(qEnvironmentVariable("STRATA_BIN") + "/strata", arguments);
    Answer answer;
    if (!process.waitForFinished(120'000))
        return answer;
    answer.exit = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2;
    answer.text = QString::fromUtf8(process.readAllStandardOutput() + process.readAllStandardError());
    return answer;
}

const char* const right = "def f(x: f32[8]) -> (y: f32[8]):\n    for i in range(8):\n"
                          "        with block(\"y\") as (vi: spatial(8) = i):\n            y[vi] = x[vi]\n";

}  // namespace

class TestDoors : public QObject {
    Q_OBJECT
private slots:
    void wrongTexts_data();
    void wrongTexts();
    void handEdit();
};

void TestDoors::wrongTexts_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("told");
    const QString text = QString::fromLatin1(right);
    const auto row = [&](const char* name, const QString& from, const QString& to, const char* told) {
        QTest::newRow(name) << QString(text).replace(from, to) << told;
    };
    row("out of bounds", "= x[vi]", "= x[vi + 1]", ":3: .*vi \\+ 1, is 8 at vi = 7");
    row("half written", "range(8)", "range(4)", ":1: .*Nothing writes the element y\\[4\\]");
    row("outside the domain", "spatial(8) = i", "spatial(8) = i + 1", ":3: .*i \\+ 1, is 8 at i = 7");
    QTest::newRow("race") << "def f(x: f32[8]) -> (y: f32[1]):\n    for i in parallel(8):\n"
                             "        with block(\"y\") as (vi: spatial(8) = i):\n            y[0] = x[vi]\n"
                          << ":2: .*run at the same time";
    row("parallel in parallel",
        "for i in range(8):", "for p in parallel(1):\n      for i in parallel(8):", ":3: .*the threads are all taken");
    row("unwritten", "x[vi]", "y[vi]", ":3: .*before anything writes it");
    QTest::newRow("declared type") << "def main(x: f32[4]) -> (y: f32[5]):\n"
                                      "    y: f32[5] = Relu(x, node=\"a\", version=13)\n    return y\n"
                                   << ":2: .*declared as f32\\[5\\], but node a \\(Relu\\) makes f32\\[4\\]";
}

void TestDoors::wrongTexts()
{
    QFETCH(QString, text);
    QFETCH(QString, told);
    QTemporaryDir dir;
    const QString path = dir.filePath("f.strata");
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text.toUtf8());
    file.close();
    const QRegularExpression line(QString(told).replace(QRegularExpression("^:(\\d+): "), "f\\.strata:\\1:\\d+: "));
    for (const QStringList& command : {QStringList{"info", path}, QStringList{"show", path}, QStringList{"run", path},
                                       QStringList{"export", path, "--out", dir.filePath("out")},
                                       QStringList{"apply", path, "--step", "loops.split(f, i, factors=[_, 2])"}}) {
        const Answer answer = strata(command);
        QVERIFY2(answer.exit == 2 && answer.text.contains(line),
                 qPrintable(command[0] + ": exit " + QString::number(answer.exit) + ": " + answer.text));
    }
}

void TestDoors::handEdit()
{
    QTemporaryDir dir;
    const QString path = dir.filePath("f.strata");
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(right);
    file.close();
    const QString edited = QString(right).replace("= x[vi]", "= x[vi + 1]").replace("\n", "\\n").replace("\"", "\\\"");
    const Answer answer = strata({"apply", path, "--step", "any.replace_text(f, \"" + edited + "\")"});
    QCOMPARE(answer.exit, 1);
    QVERIFY2(answer.text.contains("text:3:"), qPrintable(answer.text));
}

STRATA_TEST_IN(QCoreApplication, TestDoors)
#include "tst_doors.moc"
