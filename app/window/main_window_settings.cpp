// What stays from one start to the next: geometry, splitters, theme, text size, recent files.
#include "app/window/main_window.h"

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFileInfo>
#include <QMenu>
#include <QScreen>
#include <QSettings>

namespace strata {

namespace {

constexpr int mostRecent = 9;

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

QSize firstWindowSize(const QSize& available)
{
    constexpr int small = 1400;  // a screen on which the window needs all there is, its frame apart
    const double share = available.width() < small ? 0.97 : 0.9;
    return QSize(qRound(available.width() * share), available.height() * 9 / 10).boundedTo({2400, 1500});
}

void MainWindow::fitScreen()
{
    const QRect available = screen()->availableGeometry();
    resize(firstWindowSize(available.size()));
    move(available.topLeft() + QPoint((available.width() - width()) / 2, (available.height() - height()) / 2));
}

void MainWindow::saveSettings() const
{
    if (m_lecture)
        return;
    QSettings settings;
    settings.setValue(QStringLiteral("geometry"), saveGeometry());
    settings.setValue(QStringLiteral("theme"), static_cast<int>(m_themeChoice));
    settings.setValue(QStringLiteral("codeSize"), m_codeSize);
    const std::pair<const char*, QSplitter*> splitters[] = {{"main", m_main},       {"upper", m_upper},
                                                            {"columns", m_columns}, {"right", m_right},
                                                            {"left", m_left},       {"bottom", m_bottom}};
    for (const auto& [name, splitter] : splitters)
        settings.setValue(QStringLiteral("splitter/") + QLatin1String(name), splitter->saveState());
}

void MainWindow::restoreSettings()
{
    const QSettings settings;
    restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray());
    const QRect available = screen()->availableGeometry();
    if (!available.intersects(geometry()) || width() > available.width() || height() > available.height())
        fitScreen();
    resetLayout();
    const std::pair<const char*, QSplitter*> splitters[] = {{"main", m_main},       {"upper", m_upper},
                                                            {"columns", m_columns}, {"right", m_right},
                                                            {"left", m_left},       {"bottom", m_bottom}};
    for (const auto& [name, splitter] : splitters)
        if (const QByteArray state = settings.value(QStringLiteral("splitter/") + QLatin1String(name)).toByteArray();
            !state.isEmpty())
            splitter->restoreState(state);
    setCodeSize(settings.value(QStringLiteral("codeSize"), 10).toDouble());
    setThemeChoice(static_cast<ThemeChoice>(std::clamp(settings.value(QStringLiteral("theme"), 0).toInt(), 0, 2)));
}

void MainWindow::addRecent(const QString& path)
{
    QSettings settings;
    QStringList files = settings.value(QStringLiteral("recent")).toStringList();
    const QString full = QFileInfo(path).absoluteFilePath();
    files.removeAll(full);
    files.prepend(full);
    settings.setValue(QStringLiteral("recent"), QStringList(files.mid(0, mostRecent)));
}

void MainWindow::fillRecent()
{
    m_recentMenu->clear();
    int number = 1;
    for (const QString& path : QSettings().value(QStringLiteral("recent")).toStringList()) {
        QAction* action = m_recentMenu->addAction(QStringLiteral("&%1  %2").arg(number++).arg(path), this,
                                                  [this, path] { openFile(path); });
        action->setEnabled(QFileInfo::exists(path));
    }
    if (m_recentMenu->isEmpty())
        m_recentMenu->addAction(tr("None yet"))->setEnabled(false);
}

void MainWindow::fillSamples(QMenu* menu)
{
    menu->clear();
    const QString root = samplesFolder();
    QStringList models;
    if (!root.isEmpty())
        for (QDirIterator files(root, {QStringLiteral("*.strata"), QStringLiteral("*.onnx")}, QDir::Files,
                                QDirIterator::Subdirectories);
             files.hasNext();)
            models << files.next();
    models.sort();
    for (const QString& path : models) {
        const QFileInfo model(path);
        const QString name = model.completeBaseName() == QLatin1String("model") ? model.dir().dirName()
                                                                                : model.completeBaseName();
        const QString recipe = recipeBeside(model);
        if (recipe.isEmpty()) {
            menu->addAction(name, this, [this, path] { openFile(path); });
            continue;
        }
        QMenu* both = menu->addMenu(name);
        both->addAction(tr("Untouched"), this, [this, path] { openFile(path); });
        both->addAction(tr("With its recipe"), this, [this, path, recipe] { openFile(path, recipe); });
    }
    if (menu->isEmpty())
        menu->addAction(tr("No samples beside this program"))->setEnabled(false);
}

}  // namespace strata
