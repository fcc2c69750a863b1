// What is kept from one start to the next: settings, keys, layout, what was open.
#include "app/window/main_window.h"

#include "app/window/dialogs/keys.h"
#include "app/window/dialogs/settings.h"
#include "app/window/documents/documents.h"

#include <QFileInfo>
#include <QScreen>
#include <QSettings>

namespace strata {

void MainWindow::askSettings()
{
    const Preferences now{static_cast<int>(m_themeChoice), m_codeSize, m_workspace->scene()->threads,
                          m_actions[QStringLiteral("view.fullForm")]->isChecked(), m_opensAgain,
                          QSettings().value(QStringLiteral("language")).toString()};
    SettingsDialog dialog(now, this);
    connect(&dialog, &SettingsDialog::keysAsked, this, &MainWindow::askKeys);
    if (dialog.exec() != QDialog::Accepted)
        return;
    const Preferences wanted = dialog.preferences();
    m_opensAgain = wanted.opensAgain;
    if (wanted.language != now.language) {
        QSettings().setValue(QStringLiteral("language"), wanted.language);
        say(tr("The language is another one from the next start on."));
    }
    setThemeChoice(static_cast<ThemeChoice>(wanted.theme));
    setCodeSize(wanted.codeSize);
    m_workspace->setThreads(wanted.threads);
    m_actions[QStringLiteral("view.fullForm")]->setChecked(wanted.fullForm);
    saveSettings();
}

void MainWindow::askKeys() { KeysDialog(m_actions.values(), this).exec(); }

void MainWindow::saveSettings() const
{
    if (m_lecture)
        return;
    QSettings settings;
    settings.setValue(QStringLiteral("geometry"), saveGeometry());
    settings.setValue(QStringLiteral("theme"), static_cast<int>(m_themeChoice));
    settings.setValue(QStringLiteral("codeSize"), m_codeSize);
    settings.setValue(QStringLiteral("threads"), m_workspace->scene()->threads);
    settings.setValue(QStringLiteral("fullForm"), m_actions[QStringLiteral("view.fullForm")]->isChecked());
    settings.setValue(QStringLiteral("wraps"), m_actions[QStringLiteral("view.wrap")]->isChecked());
    settings.setValue(QStringLiteral("opensAgain"), m_opensAgain);
    saveTarget(settings);
    m_layout->save(settings);
    saveSession(settings);
}

// What is open, and how far along its path it is shown.
void MainWindow::saveSession(QSettings& settings) const
{
    const Scene& scene = *m_workspace->scene();
    const auto absolute = [](const QString& path) {
        return path.isEmpty() ? path : QFileInfo(path).absoluteFilePath();
    };
    settings.setValue(QStringLiteral("session/model"), absolute(QString::fromStdString(scene.path)));
    settings.setValue(QStringLiteral("session/recipe"), absolute(scene.recipePath));
    settings.setValue(QStringLiteral("session/step"),
                      scene.isOpen() ? static_cast<int>(scene.session->path().size()) - 1 : 0);
}

void MainWindow::restoreSettings()
{
    const QSettings settings;
    restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray());
    const QRect available = screen()->availableGeometry();
    if (!available.intersects(geometry()) || width() > available.width() || height() > available.height())
        fitScreen();
    resetLayout();
    m_layout->restore(settings);
    setCodeSize(settings.value(QStringLiteral("codeSize"), 10).toDouble());
    setThemeChoice(static_cast<ThemeChoice>(std::clamp(settings.value(QStringLiteral("theme"), 0).toInt(), 0, 2)));
    restoreTarget(settings);
    m_workspace->setThreads(std::clamp(settings.value(QStringLiteral("threads"), 1).toInt(), 1, 4096));
    m_actions[QStringLiteral("view.fullForm")]->setChecked(settings.value(QStringLiteral("fullForm")).toBool());
    m_actions[QStringLiteral("view.wrap")]->setChecked(settings.value(QStringLiteral("wraps"), true).toBool());
    m_opensAgain = settings.value(QStringLiteral("opensAgain")).toBool();
    restoreKeys(m_actions.values());
}

bool MainWindow::openLastSession()
{
    const QSettings settings;
    const QString model = settings.value(QStringLiteral("session/model")).toString();
    if (!m_opensAgain || model.isEmpty() || !QFileInfo::exists(model))
        return false;
    m_stepToShow = settings.value(QStringLiteral("session/step"), -1).toInt();
    openFile(model, settings.value(QStringLiteral("session/recipe")).toString());
    return true;
}

// Once it is open; what is opened by hand is shown at its end.
void MainWindow::showRestoredStep()
{
    if (m_stepToShow < 0 || !m_workspace->isOpen())
        return;
    const int step = std::exchange(m_stepToShow, -1);
    const std::vector<StatePtr> path = m_workspace->session().path();
    if (step + 1 < static_cast<int>(path.size()))
        m_workspace->select(path[static_cast<std::size_t>(step)]->id);
}

}  // namespace strata
