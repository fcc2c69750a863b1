// Debian's ONNX node tests, and a list of exceptions to them: "FOLDER REASON" a line, # before a comment.
#pragma once

#include <QFile>
#include <QMap>
#include <QString>

namespace strata {

inline const QString onnxNodesFolder = QStringLiteral("/usr/share/libonnx-testdata/data/node");

// `list`: its path in the source folder.
inline QMap<QString, QString> onnxNodesExceptions(const QString& list)
{
    QFile file(QStringLiteral(STRATA_SOURCE_DIR "/") + list);
    QMap<QString, QString> result;
    if (!file.open(QIODevice::ReadOnly))
        return result;
    for (const QString& line : QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'))) {
        const qsizetype space = line.indexOf(QLatin1Char(' '));
        if (!line.startsWith(QLatin1Char('#')) && space > 0)
            result[line.left(space)] = line.mid(space + 1).trimmed();
    }
    return result;
}

}  // namespace strata
