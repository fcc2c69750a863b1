// Inputs that once found something, and a few that a fuzzer began with: each is taken as a fuzzer gives it.
#include "tests/fuzz/targets.h"
#include "tests/program.h"

#include <QDir>
#include <QFile>
#include <QTest>

class TestFuzzed : public QObject {
    Q_OBJECT
private slots:
    void corpus_data()
    {
        QTest::addColumn<QString>("path");
        const QDir corpus(QStringLiteral(STRATA_SOURCE_DIR "/tests/fuzz/corpus"));
        for (const char* target : {"model", "text", "tensor"}) {
            const QStringList files = QDir(corpus.filePath(target)).entryList(QDir::Files, QDir::Name);
            QVERIFY2(!files.isEmpty(), target);
            for (const QString& file : files)
                QTest::newRow(qPrintable(QString(target) + "/" + file))
                    << corpus.filePath(QString(target) + "/" + file);
        }
    }
    void corpus()
    {
        QFETCH(QString, path);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        const std::string_view view(bytes.constData(), std::size_t(bytes.size()));
        const QString target = QFileInfo(path).dir().dirName();
        if (target == "model")
            fuzz::model(view);
        else if (target == "text")
            fuzz::text(view);
        else
            fuzz::tensor(view);
    }
};

STRATA_TEST(TestFuzzed)
#include "tst_fuzzed.moc"
