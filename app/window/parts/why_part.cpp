#include "app/window/parts/why_part.h"

#include "app/window/models/format.h"
#include "app/window/models/said.h"
#include "app/window/theme/theme.h"

#include <QCoreApplication>
#include <QEvent>
#include <QTextBrowser>
#include <QUrl>

namespace strata {

namespace {

class WhyPage {
    Q_DECLARE_TR_FUNCTIONS(WhyPart)
public:
    WhyPage(const FunctionCost& cost, const Theme& theme)
        : m_cost(cost)
        , m_theme(theme)
        , m_time(cost.ms > 0 ? cost.ms : cost.predictedMs)
    {
    }

    QString html() const { return head() + bar() + causes(); }

private:
    QString muted(const QString& text) const
    {
        return QStringLiteral("<span style='color:%1'>%2</span>").arg(m_theme.muted.name(), text);
    }
    double part(double ms) const { return m_time > 0 ? std::clamp(ms / m_time, 0.0, 1.0) : 0; }

    QString head() const
    {
        QStringList said;
        if (m_cost.ms > 0)
            said << tr("%1 in %n call(s)", nullptr, m_cost.calls).arg(formatTime(m_cost.ms));
        if (m_cost.predictedMs > 0)
            said << tr("predicted %1").arg(formatTime(m_cost.predictedMs));
        if (!m_cost.bound.empty())
            said << tr("bound by %1").arg(qtext(m_cost.bound).toHtmlEscaped());
        return QStringLiteral("<p><b>%1</b> %2</p>")
            .arg(qtext(m_cost.function).toHtmlEscaped(), muted(said.join(QStringLiteral(" · "))));
    }

    // What the machine allows, then each cause: it adds up to the time. Where gains overlap, each is drawn as its share
    // of what they are together.
    QString bar() const
    {
        double sum = 0;
        for (const Cause& cause : m_cost.causes)
            sum += part(cause.gainMs);
        if (sum <= 0)
            return {};
        const double scale = sum > 0.95 ? 0.95 / sum : 1, rest = 1 - sum * scale;
        QString cells = cell(rest, m_theme.addedGround, m_theme.text, QStringLiteral("✓"));
        for (std::size_t i = 0; i < m_cost.causes.size(); ++i)
            if (const double own = part(m_cost.causes[i].gainMs) * scale; own > 0.01) {
                QColor ground = m_theme.removedMark;
                ground.setAlphaF(static_cast<float>(std::max(0.35, 0.9 - 0.2 * double(i))));
                cells += cell(own, mixed(ground), m_theme.dark ? m_theme.ground : m_theme.panel,
                              QString::number(i + 1));
            }
        return QStringLiteral("<table width='100%' cellspacing='1' cellpadding='2'><tr>%1</tr></table>").arg(cells);
    }
    QColor mixed(const QColor& color) const
    {
        const double a = color.alphaF();
        const QColor& under = m_theme.panel;
        return QColor::fromRgbF(float(color.redF() * a + under.redF() * (1 - a)),
                                float(color.greenF() * a + under.greenF() * (1 - a)),
                                float(color.blueF() * a + under.blueF() * (1 - a)));
    }
    static QString cell(double share, const QColor& ground, const QColor& text, const QString& label)
    {
        return QStringLiteral("<td width='%1%' bgcolor='%2' align='center'><span style='color:%3'>%4</span></td>")
            .arg(std::max(1, qRound(100 * share)))
            .arg(ground.name(), text.name(), label);
    }

    QString causes() const
    {
        if (m_cost.causes.empty())
            return QStringLiteral("<p>%1</p>")
                .arg(tr("Nothing is known that would make it faster: what it takes is what the machine takes for it."));
        QString rows;
        for (std::size_t i = 0; i < m_cost.causes.size(); ++i) {
            const Cause& cause = m_cost.causes[i];
            QString text = translated(cause.text).toHtmlEscaped();
            if (!cause.step.empty())
                text += QStringLiteral("<br><a href='step:%1'>%2</a>").arg(i).arg(qtext(cause.step).toHtmlEscaped());
            if (cause.id == "not scheduled")
                text += QStringLiteral("<br><a href='auto:'>%1</a>").arg(tr("schedule it automatically"));
            const QString gain =
                cause.gainMs > 0
                    ? tr("up to %1, %2 %").arg(formatTime(cause.gainMs)).arg(qRound(100 * part(cause.gainMs)))
                    : QString();
            rows += QStringLiteral(
                        "<tr><td align='right'><b>%1</b>&nbsp;</td><td>%2</td><td align='right'>%3</td></tr>")
                        .arg(i + 1)
                        .arg(text, muted(gain));
        }
        return QStringLiteral("<table width='100%' cellspacing='0' cellpadding='3'>%1</table>").arg(rows)
               + QStringLiteral("<p>%1</p>")
                     .arg(muted(tr(
                         "Predicted from its loops; ✓ is what the machine takes for the work itself. Gains may overlap.")));
    }

    const FunctionCost& m_cost;
    const Theme& m_theme;
    double m_time;
};

}  // namespace

WhyPart::WhyPart(Workspace& workspace)
    : Part(tr("Why slow?"), Aspects(Aspect::Model) | Aspect::Causes | Aspect::Times | Aspect::Levels, workspace)
    , m_page(new QTextBrowser)
{
    m_page->setOpenLinks(false);
    m_page->setFrameShape(QFrame::NoFrame);
    m_page->setAccessibleName(name());
    m_page->document()->setDocumentMargin(8);
    m_page->installEventFilter(this);
    connect(m_page, &QTextBrowser::anchorClicked, this, [this](const QUrl& url) {
        const auto& causes = this->workspace().scene()->causes;
        if (causes && url.scheme() == QLatin1String("auto"))
            return this->workspace().scheduleAutomatically(causes->function);
        const auto at = static_cast<std::size_t>(url.path().toUInt());
        if (causes && at < causes->causes.size())
            this->workspace().apply(qtext(causes->causes[at].step));
    });
}

QWidget* WhyPart::widget() const { return m_page; }

QString WhyPart::copied() const { return m_page->toPlainText(); }

void WhyPart::show(const Scene& scene, Aspects)
{
    if (scene.causes)
        return m_page->setHtml(WhyPage(*scene.causes, themeOf(m_page->palette())).html());
    const QString hint =
        !scene.machine ? tr(
            "Run (F5) measures this machine; then it is told here what the shown function spends its time on, and what would help.")
                       : tr("Asking…");
    m_page->setHtml(QStringLiteral("<p style='color:%1'>%2</p>").arg(themeOf(m_page->palette()).muted.name(), hint));
}

bool WhyPart::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Show || event->type() == QEvent::Hide)
        QMetaObject::invokeMethod(
            this, [this] { workspace().panes().watchCauses(m_page->isVisible()); }, Qt::QueuedConnection);
    if (event->type() == QEvent::PaletteChange)
        QMetaObject::invokeMethod(
            this, [this] { show(*workspace().scene(), Aspect::Causes); }, Qt::QueuedConnection);
    return Part::eventFilter(watched, event);
}

}  // namespace strata
