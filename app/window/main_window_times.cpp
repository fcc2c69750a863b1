// Times, verdict, pictures and the lecture's foot.
#include "app/window/main_window.h"

#include "app/window/models/heat.h"
#include "app/window/models/roofline.h"
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

}  // namespace

void MainWindow::showTimes()
{
    if (!m_workspace->isOpen())
        return;
    const Times& times = m_workspace->times();
    const QString where = runtimeNote() + QStringLiteral(" · ") + text(machineName());
    const QString note = times.empty() ? QString()
                                       : tr("median ± what holds it with 95 %; line: 8 of 10 runs · %1").arg(where);
    m_timings->setBars(
        timingBars(m_workspace->session(), times, m_workspace->title(), text(machineName())), note,
        tr("Run (F5) times this state against the one before and the untouched model, in turn, on %1.").arg(where));
    m_target->setText(runtimeNote() + QStringLiteral(" ▾"));
    showSession();
    showHeat();
    showRoofline();
}

// Times of calls beside the lines of the library pane, and as heat over the graph.
void MainWindow::showHeat()
{
    const auto times = m_workspace->callTimes();
    const ShownPtr& shown = m_workspace->shown();
    if (!shown || !shown->lowered)
        return;
    std::map<int, QString> notes;
    std::vector<CallTime> calls;
    for (const auto& [name, ms] : times) {
        const Cursor cursor{shown->entry, NodeKind::Operator, name};
        if (shown->library)
            for (const int line : shown->library->linesOf({cursor}))
                notes[line] = formatTime(ms);
        calls.push_back({name, ms, sourcesOf(cursor, *shown->after->module, *shown->lowered)});
    }
    m_texts[Level::Library]->setMarginNotes(notes);
    const GraphPicturePtr& picture = m_graph->picture();
    m_graph->setHeat(picture ? heatOf(*picture, calls) : Heat{});
    m_panes[Level::Graph]->setSubtitle(graphSubtitle());
}

void MainWindow::showRoofline()
{
    const ShownPtr& shown = m_workspace->shown();
    if (!shown || !shown->lowered)
        return;
    std::vector<std::pair<QString, double>> calls;
    for (const auto& [name, ms] : m_workspace->callTimes())
        calls.emplace_back(text(name), ms);
    m_roofline->setScene({m_workspace->machine() ? std::optional(*m_workspace->machine()) : std::nullopt,
                          rooflinePoints(*shown->lowered, calls), text(shown->function)});
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
    const Times& times = m_workspace->times();
    QStringList remark;
    if (times.count(state->id)) {
        const int before = measuredBefore(session, times, *state);
        foot.figure = formatTime(times.at(state->id).medianMs);
        if (before >= 0) {
            foot.figure.prepend(formatTime(times.at(before).medianMs) + QStringLiteral(" → "));
            remark << comparison(session, times, state->id, before);
        }
    }
    if (const Verdict* verdict = m_workspace->verdict(); verdict && verdict->passed)
        remark << (verdict->sentence.find("bit for bit") != std::string::npos ? tr("equal bit for bit")
                                                                              : tr("within the bound"));
    foot.remark = remark.join(QStringLiteral(", "));
    m_lectureBar->setText(foot);
}

}  // namespace strata
