#include "app/window/parts/status_part.h"

#include "app/window/theme/theme.h"
#include "app/window/views/level_pane.h"

#include <QEvent>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QStatusBar>

namespace strata {

QString verdictText(const Verdict& verdict)
{
    const QString sentence = qtext(verdict.sentence);
    for (const auto& [begin, said] :
         {std::pair(QLatin1String("within the bound of the untouched model, largest error "),
                    StatusPart::tr("within the bound of the untouched model, largest error %1")),
          std::pair(QLatin1String("differs from the untouched model by "),
                    StatusPart::tr("differs from the untouched model by %1"))})
        if (sentence.startsWith(begin))
            return said.arg(sentence.mid(begin.size()));
    return sentence == QLatin1String("equal to the untouched model, bit for bit")
               ? StatusPart::tr("equal to the untouched model, bit for bit")
               : sentence;
}

namespace {

// What jobs say that they are doing: a phase, or one with what it is about behind it. Others are said as they are.
QString phaseText(const QString& what)
{
    const auto tr = [](const char* text) { return StatusPart::tr(text); };
    const std::pair<QLatin1String, QString> phases[] = {
        {QLatin1String("checking the export"), tr("checking the export")},
        {QLatin1String("evaluating"), tr("evaluating")},
        {QLatin1String("hashing weights"), tr("hashing weights")},
        {QLatin1String("linking"), tr("linking")},
        {QLatin1String("lowering"), tr("lowering")},
        {QLatin1String("measuring the machine"), tr("measuring the machine")},
        {QLatin1String("placing weights"), tr("placing weights")},
        {QLatin1String("reading the graph"), tr("reading the graph")},
        {QLatin1String("running"), tr("running")},
        {QLatin1String("timing in turn"), tr("timing in turn")},
        {QLatin1String("compiling "), tr("compiling %1")},
        {QLatin1String("describing step "), tr("describing step %1")},
        {QLatin1String("explaining "), tr("explaining %1")},
        {QLatin1String("judging "), tr("judging %1")},
        {QLatin1String("scheduling "), tr("scheduling %1")},
        {QLatin1String("step "), tr("step %1")},
    };
    if (what.startsWith(QLatin1String("laying out ")))
        return tr("laying out %1 boxes").arg(what.section(QLatin1Char(' '), 2, 2));
    for (const auto& [phase, said] : phases)
        if (what == phase || (phase.endsWith(QLatin1Char(' ')) && what.startsWith(phase)))
            return said.contains(QLatin1String("%1")) ? said.arg(what.mid(phase.size())) : said;
    return what;
}

}  // namespace

StatusPart::StatusPart(QStatusBar* bar, Workspace& workspace)
    : Part(tr("Status"), Aspects(Aspect::Model) | Aspect::Work | Aspect::Verdict, workspace)
    , m_bar(bar)
{
    makeLabels();
    makeProgress();
    auto* machine = new QLabel(qtext(machineName()));
    machine->setForegroundRole(QPalette::PlaceholderText);
    bar->addWidget(m_verdict);
    bar->addWidget(m_model);
    bar->addWidget(m_said, 1);
    for (QWidget* right : std::initializer_list<QWidget*>{m_job, m_progress, m_cancel, machine})
        bar->addPermanentWidget(right);
    bar->setSizeGripEnabled(false);
    bar->setContentsMargins(8, 0, 8, 0);
    connect(&workspace.jobs(), &JobRunner::changed, this, &StatusPart::showJobs);
    connect(&workspace, &Workspace::said, this, &StatusPart::say);
    showJobs();
}

void StatusPart::makeLabels()
{
    m_verdict = new QLabel;
    m_verdict->setAccessibleName(tr("Verdict"));
    m_bar->installEventFilter(this);
    m_model = new QLabel;
    m_model->setForegroundRole(QPalette::PlaceholderText);
    m_said = new ElidedLabel;
    constexpr int readable = 8000;  // ms
    m_saidTimer.setSingleShot(true);
    m_saidTimer.setInterval(readable);
    connect(&m_saidTimer, &QTimer::timeout, this, [this] { m_said->setText({}); });
}

void StatusPart::makeProgress()
{
    m_job = new QLabel;
    m_job->setForegroundRole(QPalette::PlaceholderText);
    m_job->setAccessibleName(tr("What is running"));
    m_progress = new QProgressBar;
    m_progress->setFixedWidth(110);
    m_progress->setMaximumHeight(12);
    m_progress->setTextVisible(false);
    m_progress->setAccessibleName(tr("Progress"));
    m_cancel = new QPushButton(tr("Cancel"));
    m_cancel->setFlat(true);
    m_cancel->setMaximumHeight(20);
    connect(m_cancel, &QPushButton::clicked, &workspace().jobs(), &JobRunner::cancelAll);
}

QWidget* StatusPart::widget() const { return m_bar; }

void StatusPart::say(const QString& sentence)
{
    m_said->setText(sentence);
    m_said->setToolTip(sentence);
    m_saidTimer.start();
}

void StatusPart::show(const Scene& scene, Aspects changed)
{
    if (changed & (Aspects(Aspect::Model) | Aspect::Work))
        showModel(scene);
    showVerdict(scene.verdict);
}

void StatusPart::showModel(const Scene& scene)
{
    if (!scene.isOpen())
        return;
    const ModelInfo& info = *scene.info;
    QStringList facts{scene.title};
    if (info.parameters > 0)
        facts << tr("%1 parameters").arg(QLocale(QLocale::English).toString(static_cast<qlonglong>(info.parameters)));
    if (scene.work)
        facts << formatCount(scene.work->flops, QStringLiteral("FLOP"));
    int opaque = 0;
    for (const auto& [op, count] : info.opaque)
        opaque += count;
    if (opaque > 0)
        facts << tr("%1 nodes without a definition").arg(opaque);
    m_model->setText(facts.join(QStringLiteral(" · ")));
}

void StatusPart::showVerdict(const std::optional<Verdict>& verdict)
{
    m_verdict->setVisible(verdict.has_value());
    if (!verdict)
        return;
    const Theme& theme = themeOf(m_bar->palette());
    QPalette colors = m_verdict->palette();
    colors.setColor(QPalette::WindowText, verdict->passed ? theme.right : theme.wrong);
    m_verdict->setPalette(colors);
    m_verdict->setText(QStringLiteral("<b>%1 %2</b>")
                           .arg(verdict->passed ? QStringLiteral("✓") : QStringLiteral("✗"), verdictText(*verdict)));
    m_verdict->setToolTip(qtext(verdict->detail));
}

// The theme decides the verdict's colour. Setting that is a change of the label's own palette, not of the bar's.
bool StatusPart::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_bar && event->type() == QEvent::PaletteChange)
        showVerdict(workspace().scene()->verdict);
    return Part::eventFilter(watched, event);
}

void StatusPart::showJobs()
{
    const auto running = workspace().jobs().running();
    constexpr qint64 noticeable = 250;  // ms
    const bool slow = !running.empty() && running.front().elapsedMs > noticeable;
    m_progress->setVisible(slow);
    m_cancel->setVisible(slow);
    m_job->setVisible(slow);
    if (!slow)
        return;
    const JobRunner::Running& job = running.front();
    QString line = job.title;
    if (!job.what.isEmpty() && job.what != job.title)
        line += QStringLiteral(": ") + phaseText(job.what);
    m_job->setText(QStringLiteral("%1 · %2 s%3")
                       .arg(line.left(70))
                       .arg(static_cast<double>(job.elapsedMs) / 1000.0, 0, 'f', 1)
                       .arg(running.size() > 1 ? tr(" · %1 more").arg(running.size() - 1) : QString()));
    m_progress->setRange(0, job.fraction < 0 ? 0 : 100);
    m_progress->setValue(static_cast<int>(job.fraction * 100));
}

}  // namespace strata
