// ONNX's own node tests, compiled for the CPU and run, by the command that a person would use.
//
// Each folder of Debian's libonnx-testdata passes, or is skipped and stands in onnx_nodes_exceptions.txt with its
// reason. A folder that stands there and passes fails the test, so that the list only shrinks; none may fail but one
// whose data are wrong.
// STRATA_SHARD=2/4 runs the second quarter.
#include "tests/core/operators/onnx_nodes.h"
#include "tests/program.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTest>

using namespace strata;

namespace {

// Every n-th folder, so that families are spread over the shards.
QStringList folders()
{
    const QStringList all = QDir(onnxNodesFolder).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    const QStringList shard = qEnvironmentVariable("STRATA_SHARD", "1/1").split(QLatin1Char('/'));
    QStringList mine;
    for (qsizetype i = shard[0].toInt() - 1; i < all.size(); i += shard[1].toInt())
        mine.append(all[i]);
    return mine;
}

QMap<QString, QJsonObject> checked(const QStringList& names)
{
    QStringList arguments{QStringLiteral("check"), QStringLiteral("--json")};
    for (const QString& name : names)
        arguments.append(onnxNodesFolder + QLatin1Char('/') + name);
    QProcess strata;
    strata.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    strata.start(qEnvironmentVariable("STRATA_BIN") + "/strata", arguments);
    QMap<QString, QJsonObject> results;
    if (!strata.waitForFinished(900'000))
        return results;
    const QJsonObject answer = QJsonDocument::fromJson(strata.readAllStandardOutput()).object();
    for (const QJsonValue& value : answer[QLatin1String("results")].toArray())
        results[value.toObject()[QLatin1String("name")].toString()] = value.toObject();
    return results;
}

}  // namespace

class TestOnnxNodesCpu : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        if (QDir(onnxNodesFolder).exists())
            m_results = checked(folders());
    }
    void nodes_data()
    {
        QTest::addColumn<QString>("exception");
        const QMap<QString, QString> listed = onnxNodesExceptions(
            QStringLiteral("tests/app/cli/onnx_nodes_exceptions.txt"));
        for (const QString& folder : folders())
            QTest::newRow(qPrintable(folder)) << listed.value(folder);
        if (!QDir(onnxNodesFolder).exists())
            QTest::newRow("none") << QString();
    }
    void nodes()
    {
        if (!QDir(onnxNodesFolder).exists())
            QSKIP("Debian's libonnx-testdata is not installed.");
        QFETCH(QString, exception);
        const QJsonObject result = m_results.value(QString::fromLatin1(QTest::currentDataTag()));
        const QString verdict = result[QLatin1String("verdict")].toString();
        const QString text = QString::fromUtf8(QJsonDocument(result).toJson());
        // Data that were made with another attribute than the model says (and are right in later versions of ONNX).
        const bool wrongData = exception.startsWith(QLatin1String("its data are wrong"));
        if (wrongData)
            QVERIFY2(verdict == QLatin1String("FAIL"), qPrintable(text));
        else if (exception.isEmpty())
            QVERIFY2(verdict == QLatin1String("PASS"), qPrintable(text));
        else
            QVERIFY2(verdict == QLatin1String("SKIP"),
                     qPrintable(QStringLiteral("listed, but not skipped: take it off the list?\n") + text));
    }

private:
    QMap<QString, QJsonObject> m_results;
};

STRATA_TEST_IN(QCoreApplication, TestOnnxNodesCpu)
#include "tst_onnx_nodes_cpu.moc"
