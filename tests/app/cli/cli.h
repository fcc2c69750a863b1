// What the tests of the command line share: arguments in, exit code and text out.
#pragma once

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

struct Answer {
    int exit = -1;
    QString out, err;
};

inline QString samples() { return QStringLiteral(STRATA_SOURCE_DIR "/samples"); }

inline Answer strata(const QStringList& arguments)
{
    QProcess process;
    process.setWorkingDirectory(samples());
    process.start(qEnvironmentVariable("STRATA_BIN") + "/strata", arguments);
    Answer answer;
    if (!process.waitForFinished(120'000))
        return answer;
    answer.exit = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2;
    answer.out = QString::fromUtf8(process.readAllStandardOutput());
    answer.err = QString::fromUtf8(process.readAllStandardError());
    return answer;
}

inline QJsonObject json(const Answer& answer) { return QJsonDocument::fromJson(answer.out.toUtf8()).object(); }

inline void write(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

inline QByteArray read(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}
