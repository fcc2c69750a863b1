#include "app/window/parts/level_part.h"

#include "app/window/theme/theme.h"

namespace strata {

namespace {

QString refusalHtml(const Refusal& refusal, const Theme& theme)
{
    QString html = QStringLiteral("<b style='color:%1'>✗</b> ").arg(theme.removedMark.name());
    qsizetype at = 0;
    for (const RefusedInstance& instance : refusal.instances) {
        if (instance.begin < at)
            continue;
        html += refusal.text.mid(at, instance.begin - at).toHtmlEscaped()
                + QStringLiteral("<b style='color:%1'>%2&nbsp;%3</b>")
                      .arg((instance.later ? theme.removedMark : theme.accent).name(),
                           instance.later ? QStringLiteral("○") : QStringLiteral("■"),
                           instance.instance.toHtmlEscaped());
        at = instance.begin + instance.length;
    }
    html += refusal.text.mid(at).toHtmlEscaped().replace(QLatin1Char('\n'), QLatin1String("<br>"));
    if (!refusal.why.isEmpty())
        html += QStringLiteral("<br>") + refusal.why.toHtmlEscaped();
    if (!refusal.step.isEmpty())
        html += QStringLiteral("<br><code style='color:%1'>%2</code>")
                    .arg(theme.muted.name(), refusal.step.toHtmlEscaped());
    return html;
}

// Of the transform that a recipe line calls; a line that calls none is about loops most of the time.
Level levelOf(const QString& line, const Registry& registry)
{
    const auto transform = registry.find(line.section(QLatin1Char('('), 0, 0).toStdString());
    return transform ? (*transform)->level : Level::Loops;
}

}  // namespace

LevelPart::LevelPart(Level level, QWidget* view, Aspects concerns, Workspace& workspace)
    : Part(title(level), concerns | Aspect::Model | Aspect::Refusal, workspace)
    , m_pane(new LevelPane(level, view))
{
    view->setAccessibleName(title(level));
    connect(m_pane, &LevelPane::bannerClosed, &workspace.refusals(), &Refusals::clear);
    connect(m_pane, &LevelPane::bannerAction, &workspace.refusals(), &Refusals::takeHelp, Qt::QueuedConnection);
    connect(&workspace, &Workspace::openFailed, this, [this](const QString& why) {
        if (!this->workspace().isOpen())
            m_pane->showMessage(this->level() == Level::Graph ? why : hint());
    });
}

void LevelPart::show(const Scene& scene, Aspects changed)
{
    if (!scene.isOpen())
        return m_pane->showMessage(hint());
    if (changed & Aspect::Refusal)
        showRefusal(scene);
    showLevel(scene, changed);
}

void LevelPart::showRefusal(const Scene& scene)
{
    const std::optional<Refusal>& refusal = scene.refusal;
    if (refusal && levelOf(refusal->step, *workspace().registry()) == level())
        m_pane->setBanner(refusalHtml(*refusal, themeOf(m_pane->palette())), refusal->helpTexts);
    else
        m_pane->setBanner({});
}

}  // namespace strata
