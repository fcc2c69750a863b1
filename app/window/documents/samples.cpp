#include "app/window/documents/samples.h"

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

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

// Lines that are steps.
int stepsIn(const QString& recipe)
{
    QFile file(recipe);
    if (recipe.isEmpty() || !file.open(QIODevice::ReadOnly))
        return 0;
    int steps = 0;
    for (const QByteArray& line : file.readAll().split('\n'))
        steps += !line.trimmed().isEmpty() && !line.trimmed().startsWith('#');
    return steps;
}

QJsonArray described(const QString& root)
{
    QFile file(root + QStringLiteral("/samples.json"));
    return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).array() : QJsonArray();
}

// What is described stands first, in that order.
void describe(std::vector<Sample>& all, const QString& root)
{
    auto next = all.begin();
    for (const QJsonValue& value : described(root)) {
        const QJsonObject entry = value.toObject();
        const QString path = QDir(root).filePath(entry[QLatin1String("model")].toString());
        const auto found = std::find_if(next, all.end(), [&](const Sample& s) { return s.model == path; });
        if (found == all.end())
            continue;
        found->title = entry[QLatin1String("title")].toString();
        found->sentence = entry[QLatin1String("sentence")].toString();
        found->picture = entry[QLatin1String("picture")].toString();
        std::rotate(next, found, found + 1);
        ++next;
    }
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
        const QString recipe = recipeBeside(model);
        all.push_back(
            {folder ? model.dir().dirName() : model.completeBaseName(), path, recipe, stepsIn(recipe), {}, {}, {}});
    }
    describe(all, root);
    return all;
}

}  // namespace strata
