#include "app/window/workspace/autosave.h"

#include "core/base/write_whole.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>
#include <QTextStream>
#include <QUuid>

#include <algorithm>

namespace strata {

namespace {

const QString lockSuffix = QStringLiteral(".lock");
const QString savedLine = QStringLiteral("# saved");
const QString stepsLine = QStringLiteral("# steps:");

std::unique_ptr<QLockFile> lockOf(const QString& path)
{
    auto lock = std::make_unique<QLockFile>(path + lockSuffix);
    lock->setStaleLockTime(0);  // a lock is stale when its process is gone, however old it is
    return lock;
}

QString valueOf(const QString& line, const QString& key)
{
    const QString head = QStringLiteral("# %1: ").arg(key);
    return line.startsWith(head) ? line.mid(head.size()) : QString();
}

bool isInItsFile(const Snapshot& snapshot)
{
    QFile file(snapshot.recipe);
    if (snapshot.recipe.isEmpty() || !file.open(QIODevice::ReadOnly))
        return false;
    const QByteArray content = file.readAll();
    return content == snapshot.steps.toUtf8() || (snapshot.saved && fingerprint(content) == snapshot.fingerprint);
}

void removeWithLock(const QString& path)
{
    QFile::remove(path);
    QFile::remove(path + lockSuffix);
}

}  // namespace

int Snapshot::stepCount() const
{
    const QStringList lines = steps.split(QLatin1Char('\n'));
    return static_cast<int>(std::count_if(lines.begin(), lines.end(), [](const QString& line) {
        return !line.isEmpty() && (!line.startsWith(QLatin1Char('#')) || line.contains(QLatin1Char('(')));
    }));
}

QString fingerprint(const QByteArray& content)
{
    return QString::fromLatin1(QCryptographicHash::hash(content, QCryptographicHash::Sha1).toHex());
}

QString print(const Snapshot& snapshot)
{
    QString text = QStringLiteral("# model: %1\n").arg(snapshot.model);
    for (const auto& [name, size] : snapshot.dimensions)
        text += QStringLiteral("# dimension: %1=%2\n").arg(QString::fromStdString(name)).arg(size);
    if (!snapshot.recipe.isEmpty())
        text += QStringLiteral("# recipe: %1\n# fingerprint: %2\n").arg(snapshot.recipe, snapshot.fingerprint);
    if (snapshot.saved)
        text += savedLine + QLatin1Char('\n');
    text += QStringLiteral("# shown: %1\n").arg(snapshot.shown);
    return text + stepsLine + QLatin1Char('\n') + snapshot.steps;
}

std::optional<Snapshot> parseSnapshot(const QString& text)
{
    const qsizetype end = text.indexOf(stepsLine + QLatin1Char('\n'));
    if (end < 0)
        return std::nullopt;
    Snapshot snapshot;
    snapshot.steps = text.mid(end + stepsLine.size() + 1);
    for (const QString& line : text.left(end).split(QLatin1Char('\n'))) {
        if (const QString model = valueOf(line, QStringLiteral("model")); !model.isEmpty())
            snapshot.model = model;
        else if (const QString recipe = valueOf(line, QStringLiteral("recipe")); !recipe.isEmpty())
            snapshot.recipe = recipe;
        else if (const QString print = valueOf(line, QStringLiteral("fingerprint")); !print.isEmpty())
            snapshot.fingerprint = print;
        else if (line == savedLine)
            snapshot.saved = true;
        else if (const QString shown = valueOf(line, QStringLiteral("shown")); !shown.isEmpty())
            snapshot.shown = shown.toInt();
        else if (const QString dimension = valueOf(line, QStringLiteral("dimension")); !dimension.isEmpty())
            snapshot.dimensions[dimension.section(QLatin1Char('='), 0, -2).toStdString()] =
                dimension.section(QLatin1Char('='), -1).toLongLong();
    }
    if (snapshot.model.isEmpty())
        return std::nullopt;
    return snapshot;
}

Autosave::~Autosave() = default;

Status Autosave::begin()
{
    if (!QDir().mkpath(autosaveFolder()))
        return environmentError("The folder " + autosaveFolder().toStdString() + " cannot be made.");
    m_path = autosaveFolder() + QLatin1Char('/') + QUuid::createUuid().toString(QUuid::WithoutBraces)
             + QStringLiteral(".autosave");
    m_lock = lockOf(m_path);
    if (!m_lock->tryLock(0)) {
        m_lock.reset();
        return environmentError("The file " + m_path.toStdString() + " cannot be locked.");
    }
    return {};
}

Status Autosave::write(const Snapshot& snapshot)
{
    if (!m_lock)
        STRATA_CHECK(begin());
    // Nobody waits for the disk: it is a crash of this program that the file is for.
    const Status written = writeWhole(print(snapshot).toStdString(), m_path.toStdString(), "The steps in");
    if (!written)
        return environmentError(written.error().message, "Save the recipe: a crash would lose what is not saved.");
    return {};
}

void Autosave::discard()
{
    if (!m_lock)
        return;
    QFile::remove(m_path);
    m_lock.reset();
    m_path.clear();
}

QString autosaveFolder()
{
    return QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + QStringLiteral("/autosave");
}

std::vector<LostDocument> lostDocuments()
{
    std::vector<LostDocument> lost;
    const QFileInfoList files =
        QDir(autosaveFolder()).entryInfoList({QStringLiteral("*.autosave")}, QDir::Files, QDir::Time);
    for (const QFileInfo& info : files) {
        const auto lock = lockOf(info.filePath());
        if (!lock->tryLock(0))
            continue;
        QFile file(info.filePath());
        if (!file.open(QIODevice::ReadOnly))
            continue;
        const auto snapshot = parseSnapshot(QString::fromUtf8(file.readAll()));
        if (snapshot && isInItsFile(*snapshot))
            file.remove();
        else if (snapshot && snapshot->stepCount() > 0)
            lost.push_back({info.filePath(), info.lastModified(), *snapshot});
    }
    return lost;
}

void discard(const LostDocument& document) { removeWithLock(document.path); }

}  // namespace strata
