// Times, verdict, pictures and the lecture's foot.
#include "app/window/main_window.h"

#include "app/window/theme/theme.h"
#include "app/window/views/graph_view.h"
#include "app/window/views/lecture_bar.h"
#include "app/window/views/level_pane.h"
#include "app/window/views/panel.h"
#include "app/window/views/picture_view.h"
#include "app/window/views/roofline_view.h"
#include "app/window/views/text_view.h"

#include <QMenuBar>
#include <QStatusBar>
#include <QToolBar>

namespace strata {

namespace {

QString text(const std::string& s) { return QString::fromStdString(s); }

// The nearest measured state before this one; nullptr: none.
const Timing* timingBefore(const Session& session, const std::map<int, Timing>& times, const State& state)
{
    for (int id = state.parent; id >= 0; id = session.state(id)->parent)
        if (const auto found = times.find(id); found != times.end())
            return &found->second;
    return nullptr;
}

QString ratio(const Timing& before, const Timing& after)
{
    return insideNoise(before, after) ? QObject::tr("no change") : formatRatio(before.medianMs / after.medianMs);
}

}  // namespace

std::vector<TimingBar> MainWindow::timingBars() const
{
    const Session& session = m_workspace->session();
    const auto& times = m_workspace->times();
    const auto root = times.find(0);
    std::set<int> path;
    for (const StatePtr& state : session.path())
        path.insert(state->id);
    std::vector<TimingBar> bars;
    for (const auto& [id, timing] : times) {
        const StatePtr state = session.state(id);
        TimingBar bar;
        bar.state = id;
        bar.current = state == session.current();
        bar.branch = !path.count(id);
        const int number = static_cast<int>(session.path(id).size()) - 1;
        bar.name = id == 0 ? QStringLiteral("0 · %1").arg(m_workspace->title())
                           : QStringLiteral("%1 · %2").arg(bar.branch ? QStringLiteral("⎇") : QString::number(number),
                                                           shortId(state->step.transform));
        bar.median = timing.medianMs;
        bar.low = timing.lowMs;
        bar.high = timing.highMs;
        bar.text = formatSpread(timing);
        if (id != 0 && root != times.end())
            bar.text += QStringLiteral("   ") + ratio(root->second, timing);
        const Timing* before = timingBefore(session, times, *state);
        if (bar.current && before && state->parent != 0)
            bar.text += tr(" · %1 over the step before").arg(ratio(*before, timing));
        bar.toolTip = tr("median %1, 10th to 90th percentile %2 to %3, %4 runs after %5 for warm-up, %6 threads")
                          .arg(formatTime(timing.medianMs), formatTime(timing.lowMs), formatTime(timing.highMs))
                          .arg(timing.runs)
                          .arg(timing.warmups)
                          .arg(timing.threads);
        bars.push_back(std::move(bar));
    }
    return bars;
}

void MainWindow::showTimes()
{
    if (!m_workspace->isOpen())
        return;
    const auto& times = m_workspace->times();
    QString note;
    if (!times.empty())
        note = tr("median of %1 runs, measured in turn · %2 · %3")
                   .arg(times.rbegin()->second.runs)
                   .arg(runtimeNote(), text(machineName()));
    m_timings->setBars(timingBars(), note,
                       tr("Run (F5) times this state against the one before and the untouched model, in turn."));
    m_target->setText(runtimeNote() + QStringLiteral(" ▾"));
    showSession();
    showHeat();
    showRoofline();
}

// Times of calls beside the lines of the library pane, and as heat over the graph.
void MainWindow::showHeat()
{
    const auto calls = m_workspace->callTimes();
    const ShownPtr& shown = m_workspace->shown();
    if (calls.empty() || !shown || !shown->lowered)
        return;
    double sum = 0;
    for (const auto& call : calls)
        sum += call.second;
    std::map<int, QString> notes;
    std::map<int, double> shares;
    std::map<int, QString> tips;
    const GraphPicturePtr& picture = m_graph->picture();
    int rank = 0;
    std::vector<std::pair<double, std::string>> sorted;
    for (const auto& [name, ms] : calls)
        sorted.emplace_back(-ms, name);
    std::sort(sorted.begin(), sorted.end());
    for (const auto& [negative, name] : sorted) {
        ++rank;
        const double ms = -negative;
        const Cursor cursor{shown->entry, NodeKind::Operator, name};
        if (shown->library)
            for (const int line : shown->library->linesOf({cursor}))
                notes[line] = formatTime(ms);
        if (!picture || sum <= 0)
            continue;
        const Lit lit = counterparts({cursor, true}, *shown->after->module, shown->lowered.get());
        for (const int box : picture->boxesOf(lit.inModule)) {
            shares[box] = std::max(shares[box], ms / sum);
            tips[box] = tr("%1 (#%2 of %3), %4 % of the run")
                            .arg(formatTime(ms))
                            .arg(rank)
                            .arg(calls.size())
                            .arg(100 * ms / sum, 0, 'f', 0);
        }
    }
    m_texts[Level::Library]->setMarginNotes(notes);
    m_graph->setHeat(shares, tips);
}

void MainWindow::showRoofline()
{
    const auto& machine = m_workspace->machine();
    if (machine)
        m_roofline->setLimits(machine->flopsPerSecond, machine->bytesPerSecond);
    const ShownPtr& shown = m_workspace->shown();
    if (!shown || !shown->lowered)
        return;
    std::vector<std::pair<QString, double>> calls;
    for (const auto& [name, ms] : m_workspace->callTimes())
        calls.emplace_back(text(name), ms);
    m_roofline->setPoints(rooflinePoints(*shown->lowered, calls), text(shown->function));
}

void MainWindow::showVerdict()
{
    const Verdict* verdict = m_workspace->isOpen() ? m_workspace->verdict() : nullptr;
    m_verdict->setVisible(verdict != nullptr);
    if (!verdict)
        return;
    const Theme& theme = themeOf(palette());
    QPalette colors = m_verdict->palette();
    colors.setColor(QPalette::WindowText, verdict->passed ? theme.right : theme.wrong);
    m_verdict->setPalette(colors);
    m_verdict->setText(QStringLiteral("<b>%1 %2</b>")
                           .arg(verdict->passed ? QStringLiteral("✓") : QStringLiteral("✗"), text(verdict->sentence)));
    m_verdict->setToolTip(text(verdict->detail));
    showLecture();
}

void MainWindow::showPicture(int sample, const std::vector<double>& values)
{
    m_predicted = sample;
    const int expected = m_workspace->pictures()[sample].expected;
    m_picture->setValues(sample, values, expected);
}

void MainWindow::setLecture(bool on)
{
    if (m_lecture == on)
        return;
    m_lecture = on;
    for (auto* bar : findChildren<QToolBar*>())
        bar->setVisible(!on);
    menuBar()->setVisible(!on);
    statusBar()->setVisible(!on);
    m_lectureBar->setVisible(on);
    if (on) {
        m_beforeLecture = m_columns->saveState();
        m_left->hide();
        m_bottom->hide();
        m_panes[Level::Graph]->setVisible(m_workspace->isOpen() && m_workspace->shown()
                                          && !m_workspace->shown()->lowered);
        m_panes[Level::Library]->hide();
    } else {
        for (const Level level : {Level::Graph, Level::Loops, Level::Library, Level::Hardware})
            m_panes[level]->setVisible(m_actions[QStringLiteral("view.") + title(level).toLower()]->isChecked());
        m_left->setVisible(m_actions[QStringLiteral("view.steps")]->isChecked());
        m_bottom->setVisible(m_actions[QStringLiteral("view.bottom")]->isChecked());
        m_columns->restoreState(m_beforeLecture);
    }
    QFont headFont = font();
    headFont.setPointSizeF(headFont.pointSizeF() * (on ? 1.6 : 1));
    for (LevelPane* pane : std::as_const(m_panes))
        pane->setFont(headFont);
    setCodeSize(m_codeSize);
    if (on) {
        const int w = width();
        m_columns->setSizes({w / 5, w * 58 / 100, w * 42 / 100});
    }
    showLecture();
}

void MainWindow::showLecture()
{
    if (!m_lecture || !m_workspace->isOpen())
        return;
    const Session& session = m_workspace->session();
    Session last = session;
    while (last.canRedo())
        last.redo();
    const StatePtr state = session.current();
    LectureText foot;
    foot.step = static_cast<int>(session.path().size()) - 1;
    foot.steps = static_cast<int>(last.path().size()) - 1;
    foot.title = QStringLiteral("%1 · %2").arg(foot.step).arg(
        state->id == 0 ? m_workspace->title() : plain(titleParts(state->step, session.registry())));
    foot.sentence = m_workspace->stepSummary();
    const auto& times = m_workspace->times();
    const auto own = times.find(state->id);
    const Timing* before = timingBefore(session, times, *state);
    QStringList remark;
    if (own != times.end()) {
        foot.figure = before ? QStringLiteral("%1 → %2").arg(formatTime(before->medianMs),
                                                             formatTime(own->second.medianMs))
                             : formatTime(own->second.medianMs);
        if (before)
            remark << ratio(*before, own->second);
    }
    if (const Verdict* verdict = m_workspace->verdict(); verdict && verdict->passed)
        remark << (verdict->sentence.find("bit for bit") != std::string::npos ? tr("equal bit for bit")
                                                                              : tr("within the bound"));
    foot.remark = remark.join(QStringLiteral(", "));
    m_lectureBar->setText(foot);
}

}  // namespace strata
