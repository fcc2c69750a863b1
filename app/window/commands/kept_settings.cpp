#include "app/window/commands/kept_settings.h"

#include "app/window/commands/appearance.h"
#include "app/window/commands/lecture_mode.h"
#include "app/window/commands/target_menu.h"
#include "app/window/dialogs/keys.h"
#include "app/window/dialogs/settings.h"
#include "app/window/documents/documents.h"
#include "app/window/window_layout.h"

#include <QAction>
#include <QFileInfo>
#include <QMainWindow>
#include <QScreen>
#include <QSettings>

namespace strata {

namespace {

// Commands that stay on or off from one start to the next.
struct KeptChoice {
    const char *key, *id;
    bool otherwise;  // where nothing was kept
};
constexpr KeptChoice keptChoices[] = {{"fullForm", "view.fullForm", false},
                                      {"wraps", "view.wrap", true},
                                      {"wrapsInstructions", "view.wrapInstructions", false},
                                      {"bytes", "view.bytes", false},
                                      {"jumps", "view.jumps", true},
                                      {"leftToRight", "graph.leftToRight", false}};

}  // namespace

KeptSettings::KeptSettings(const Frame& frame, Appearance& appearance, TargetMenu& target, const LectureMode& lecture)
    : CommandGroup(frame)
    , m_appearance(appearance)
    , m_target(target)
    , m_lecture(lecture)
{
}

void KeptSettings::show(const Scene&, Aspects changed)
{
    if (changed & Aspect::Model)
        QMetaObject::invokeMethod(this, &KeptSettings::showRestoredStep, Qt::QueuedConnection);
}

void KeptSettings::ask()
{
    const Preferences now{static_cast<int>(m_appearance.theme()),
                          m_appearance.codeSize(),
                          m_workspace.scene()->threads,
                          action(QStringLiteral("view.fullForm"))->isChecked(),
                          m_opensAgain,
                          QSettings().value(QStringLiteral("language")).toString()};
    SettingsDialog dialog(now, &m_window);
    connect(&dialog, &SettingsDialog::keysAsked, this, [this] { m_commands.askKeys(); });
    if (dialog.exec() != QDialog::Accepted)
        return;
    const Preferences wanted = dialog.preferences();
    m_opensAgain = wanted.opensAgain;
    if (wanted.language != now.language) {
        QSettings().setValue(QStringLiteral("language"), wanted.language);
        say(tr("The language is another one from the next start on."));
    }
    m_appearance.setTheme(static_cast<Appearance::Theme>(wanted.theme));
    m_appearance.setCodeSize(wanted.codeSize);
    m_workspace.runs().setThreads(wanted.threads);
    action(QStringLiteral("view.fullForm"))->setChecked(wanted.fullForm);
    save();
}

void KeptSettings::save() const
{
    if (m_lecture.isOn())
        return;
    QSettings settings;
    settings.setValue(QStringLiteral("geometry"), m_window.saveGeometry());
    settings.setValue(QStringLiteral("theme"), static_cast<int>(m_appearance.theme()));
    settings.setValue(QStringLiteral("codeSize"), m_appearance.codeSize());
    settings.setValue(QStringLiteral("threads"), m_workspace.scene()->threads);
    for (const auto& [key, id, otherwise] : keptChoices)
        settings.setValue(QLatin1String(key), action(QLatin1String(id))->isChecked());
    settings.setValue(QStringLiteral("opensAgain"), m_opensAgain);
    m_target.save(settings);
    m_layout.save(settings);
    saveSession(settings);
}

// What is open, and how far along its path it is shown.
void KeptSettings::saveSession(QSettings& settings) const
{
    const Scene& scene = *m_workspace.scene();
    const auto absolute = [](const QString& path) {
        return path.isEmpty() ? path : QFileInfo(path).absoluteFilePath();
    };
    settings.setValue(QStringLiteral("session/model"), absolute(QString::fromStdString(scene.path)));
    settings.setValue(QStringLiteral("session/recipe"), absolute(scene.recipePath));
    settings.setValue(QStringLiteral("session/step"),
                      scene.isOpen() ? static_cast<int>(scene.session->path().size()) - 1 : 0);
}

void KeptSettings::restore()
{
    const QSettings settings;
    m_window.restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray());
    const QRect available = m_window.screen()->availableGeometry();
    if (!available.intersects(m_window.geometry()) || m_window.width() > available.width()
        || m_window.height() > available.height())
        fitScreen(m_window);
    m_layout.reset(m_window.size());
    m_layout.restore(settings);
    m_appearance.setCodeSize(settings.value(QStringLiteral("codeSize"), 10).toDouble());
    const int theme = std::clamp(settings.value(QStringLiteral("theme"), 0).toInt(), 0, 2);
    m_appearance.setTheme(static_cast<Appearance::Theme>(theme));
    m_target.restore(settings);
    m_workspace.runs().setThreads(std::clamp(settings.value(QStringLiteral("threads"), 1).toInt(), 1, 4096));
    for (const auto& [key, id, otherwise] : keptChoices)
        action(QLatin1String(id))->setChecked(settings.value(QLatin1String(key), otherwise).toBool());
    m_opensAgain = settings.value(QStringLiteral("opensAgain")).toBool();
    restoreKeys(m_commands.all());
}

bool KeptSettings::openLast()
{
    const QSettings settings;
    const QString model = settings.value(QStringLiteral("session/model")).toString();
    if (!m_opensAgain || model.isEmpty() || !QFileInfo::exists(model))
        return false;
    m_stepToShow = settings.value(QStringLiteral("session/step"), -1).toInt();
    m_documents.open(model, settings.value(QStringLiteral("session/recipe")).toString());
    return true;
}

// Once it is open; what is opened by hand is shown at its end.
void KeptSettings::showRestoredStep()
{
    if (m_stepToShow < 0 || !m_workspace.isOpen())
        return;
    const int step = std::exchange(m_stepToShow, -1);
    const std::vector<StatePtr> path = m_workspace.session().path();
    if (step + 1 < static_cast<int>(path.size()))
        m_workspace.select(path[static_cast<std::size_t>(step)]->id);
}

QSize firstWindowSize(const QSize& available)
{
    constexpr int small = 1400;  // a screen on which the window needs all there is, its frame apart
    const double share = available.width() < small ? 0.97 : 0.9;
    return QSize(qRound(available.width() * share), available.height() * 9 / 10).boundedTo({2400, 1500});
}

void fitScreen(QWidget& window)
{
    const QRect available = window.screen()->availableGeometry();
    window.resize(firstWindowSize(available.size()));
    window.move(available.topLeft()
                + QPoint((available.width() - window.width()) / 2, (available.height() - window.height()) / 2));
}

}  // namespace strata
