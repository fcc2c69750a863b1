#include "app/window/documents/samples.h"

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFileInfo>

namespace strata {

namespace {

// In the source tree, or beside an installed program.
QString samplesFolder()
{
    for (const char* relative : {"/../../../samples", "/../share/strata/samples"})
        if (const QString folder = QCoreApplication::applicationDirPath() + QLatin1String(relative);
            QDir(folder).exists())
            return QDir(folder).canonicalPath();
    return {};
}

QString recipeBeside(const QFileInfo& model)
{
    const QDir folder = model.dir();
    for (const QString& name : {model.completeBaseName() + QStringLiteral(".recipe"),
                                folder.dirName() + QStringLiteral(".recipe"), QStringLiteral("recipe")})
        if (folder.exists(name))
            return folder.filePath(name);
    const QStringList any = folder.entryList({QStringLiteral("*.recipe")}, QDir::Files, QDir::Name);
    return any.size() == 1 ? folder.filePath(any.front()) : QString();
}

}  // namespace

std::vector<Sample> samples()
{
    const QString root = samplesFolder();
    QStringList models;
    if (!root.isEmpty())
        for (QDirIterator files(root, {QStringLiteral("*.strata"), QStringLiteral("*.onnx")}, QDir::Files,
                                QDirIterator::Subdirectories);
             files.hasNext();)
            models << files.next();
    models.sort();
    std::vector<Sample> all;
    for (const QString& path : models) {
        const QFileInfo model(path);
        const bool folder = model.completeBaseName() == QLatin1String("model");
        all.push_back({folder ? model.dir().dirName() : model.completeBaseName(), path, recipeBeside(model)});
    }
    return all;
}

}  // namespace strata
