// What the workspace says, put into the views.
#include "app/window/main_window.h"

#include "app/window/theme/theme.h"
#include "app/window/views/graph_view.h"
#include "app/window/views/lecture_bar.h"
#include "app/window/views/level_pane.h"
#include "app/window/views/memory_view.h"
#include "app/window/views/palette_view.h"
#include "app/window/views/panel.h"
#include "app/window/views/parameter_form.h"
#include "app/window/views/picture_view.h"
#include "app/window/views/roofline_view.h"
#include "app/window/views/step_view.h"
#include "app/window/views/text_view.h"

#include <QFileInfo>
#include <QStatusBar>

namespace strata {

namespace {

QString text(const std::string& s) { return QString::fromStdString(s); }

QString refusalHtml(const Refusal& refusal, const Theme& theme)
{
    QString html = QStringLiteral("<b style='color:%1'>✗</b> ").arg(theme.removedMark.name());
    qsizetype at = 0;
    bool second = false;
    for (const RefusedInstance& instance : refusal.instances) {
        if (instance.begin < at)
            continue;
        html += refusal.text.mid(at, instance.begin - at).toHtmlEscaped()
                + QStringLiteral("<b style='color:%1'>%2&nbsp;%3</b>")
                      .arg((second ? theme.removedMark : theme.accent).name(),
                           second ? QStringLiteral("○") : QStringLiteral("■"), instance.instance.toHtmlEscaped());
        at = instance.begin + instance.length;
        second = true;
    }
    html += refusal.text.mid(at).toHtmlEscaped().replace(QLatin1Char('\n'), QLatin1String("<br>"));
    if (!refusal.why.isEmpty())
        html += QStringLiteral("<br>") + refusal.why.toHtmlEscaped();
    if (!refusal.step.isEmpty())
        html += QStringLiteral("<br><code style='color:%1'>%2</code>")
                    .arg(theme.muted.name(), refusal.step.toHtmlEscaped());
    return html;
}

}  // namespace

void MainWindow::connectWorkspace()
{
    connect(m_workspace, &Workspace::opened, this, &MainWindow::showOpened);
    connect(m_workspace, &Workspace::unboundDimensions, this, &MainWindow::bindDimensions, Qt::QueuedConnection);
    connect(m_workspace, &Workspace::sessionChanged, this, &MainWindow::showSession);
    connect(m_workspace, &Workspace::functionsJudged, this, &MainWindow::showImplementations);
    connect(m_workspace, &Workspace::shownChanged, this, &MainWindow::showLoopsAndLibrary);
    connect(m_workspace, &Workspace::hardwareChanged, this, &MainWindow::showHardware);
    connect(m_workspace, &Workspace::graphChanged, this, &MainWindow::showGraph);
    connect(m_workspace, &Workspace::litChanged, this, &MainWindow::showLit);
    connect(m_workspace, &Workspace::paletteChanged, this, &MainWindow::showPalette);
    connect(m_workspace, &Workspace::timesChanged, this, &MainWindow::showTimes);
    connect(m_workspace, &Workspace::verdictChanged, this, &MainWindow::showVerdict);
    connect(m_workspace, &Workspace::deploymentChanged, this, &MainWindow::showDeployment);
    connect(m_workspace, &Workspace::inspectorChanged, this, &MainWindow::showInspection);
    connect(m_workspace, &Workspace::predicted, this, &MainWindow::showPicture);
    connect(m_workspace, &Workspace::exported, this, &MainWindow::showExported);
    connect(m_workspace, &Workspace::problems, this, &MainWindow::addProblems);
    connect(m_workspace, &Workspace::refusalChanged, this, &MainWindow::showRefusal);
    connect(m_workspace, &Workspace::openFailed, this, &MainWindow::showNotOpened);
    connect(m_workspace, &Workspace::said, this, &MainWindow::say);
    connect(m_workspace, &Workspace::lineChecked, this, [this](const QString& line, bool ok, const QString& why) {
        if (m_form)
            m_form->setVerdict(line, ok, why);
    });
    connect(m_workspace, &Workspace::stepRefused, this, [this](const QString& line, const QString& why) {
        if (m_form)
            m_form->setVerdict(line, false, why);
        say(why);
    });
    connect(&m_workspace->jobs(), &JobRunner::changed, this, &MainWindow::showJobs);
    connect(&m_workspace->jobs(), &JobRunner::becameIdle, this, &MainWindow::sayCounterparts);
}

void MainWindow::say(const QString& sentence)
{
    m_said->setText(sentence);
    m_said->setToolTip(sentence);
    m_saidTimer.start();
}

void MainWindow::showOpened()
{
    const bool open = m_workspace->isOpen();
    showTitle();
    closeForm();
    if (!open) {
        const QString how = tr("Open a model with Ctrl+O, drop a file here, or choose File › Samples.");
        m_panes[Level::Graph]->showMessage(tr("The dataflow graph of a model.\n\n%1").arg(how));
        m_panes[Level::Loops]->showMessage(
            tr("The loop nest of one tensor function, with what the last step changed.\n\n%1").arg(how));
        m_panes[Level::Library]->showMessage(tr("The runtime program: calls, buffers, memory."));
        m_panes[Level::Hardware]->showMessage(tr("The instructions of the shown function."));
        m_timings->setBars({}, {},
                           tr("Bars of measured states. Run (F5) times this state against the one before, in turn."));
        return;
    }
    addRecent(text(m_workspace->model().path));
    m_problemModel->setRows({});
    m_timingTabs->setTabText(1, tr("Problems"));
    const ModelInfo& info = m_workspace->info();
    QStringList facts{m_workspace->title()};
    if (info.parameters > 0)
        facts << tr("%1 parameters").arg(QLocale(QLocale::English).toString(static_cast<qlonglong>(info.parameters)));
    if (info.flops)
        facts << formatCount(*info.flops, QStringLiteral("FLOP"));
    int opaque = 0;
    for (const auto& [op, count] : info.opaque)
        opaque += count;
    if (opaque > 0)
        facts << tr("%1 nodes without a definition").arg(opaque);
    m_modelLabel->setText(facts.join(QStringLiteral(" · ")));
    m_predicted = -1;
    std::vector<QImage> pictures;
    for (const SamplePicture& picture : m_workspace->pictures())
        pictures.push_back(picture.image);
    m_rooflineTabs->setCurrentIndex(pictures.empty() ? 0 : m_rooflineTabs->currentIndex());
    const bool any = !pictures.empty();
    m_picture->setPictures(std::move(pictures));
    if (any)
        m_workspace->predictPicture(0);
}

// The model, and the recipe's file where there is one: it is the recipe that is saved or not.
void MainWindow::showTitle()
{
    const QString recipe = QFileInfo(m_workspace->recipePath()).fileName();
    const QString both = recipe.isEmpty() ? m_workspace->title()
                                          : m_workspace->title() + QStringLiteral(" · ") + recipe;
    setWindowTitle(m_workspace->isOpen() ? tr("%1[*] — Strata").arg(both) : tr("Strata[*]"));
    setWindowModified(m_workspace->isModified());
    m_actions[QStringLiteral("file.revert")]->setEnabled(!recipe.isEmpty() && m_workspace->isModified());
}

void MainWindow::showSession()
{
    if (!m_workspace->isOpen())
        return;
    const Session& session = m_workspace->session();
    m_stepModel->setRows(stepRows(session, m_workspace->title(), m_workspace->times(), m_folding));
    m_steps->showCurrent();
    m_stepPanel->setRemark(tr("%1 of %2 · %3")
                               .arg(session.path().size() - 1)
                               .arg(session.path(session.tip(session.current()->id)).size() - 1)
                               .arg(QString::fromLatin1(name(session.effect(*session.current())))));
    m_actions[QStringLiteral("edit.undo")]->setEnabled(m_workspace->canUndo());
    m_actions[QStringLiteral("step.previous")]->setEnabled(session.canUndo());
    m_actions[QStringLiteral("edit.redo")]->setEnabled(m_workspace->canRedo());
    m_actions[QStringLiteral("step.next")]->setEnabled(session.canRedo());
    showTitle();
    m_target->setText(runtimeNote() + QStringLiteral(" ▾"));
    showVerdict();
    showLecture();
}

// Before a model is opened it is not known what code is made for.
QString MainWindow::runtimeNote() const
{
    const int threads = m_workspace->threads();
    const QString note = tr("CPU · %1").arg(threads == 1 ? tr("1 thread") : tr("%1 threads").arg(threads));
    return m_workspace->isOpen() ? note + QStringLiteral(" · ")
                                       + QString::fromLatin1(name(m_workspace->session().current()->module->target.isa))
                                 : note;
}

void MainWindow::showLoopsAndLibrary()
{
    const ShownPtr& shown = m_workspace->shown();
    LevelPane* loops = m_panes[Level::Loops];
    LevelPane* library = m_panes[Level::Library];
    if (!shown->lowered) {
        const QString why = shown->refusal ? text(shown->refusal->text()) : QString();
        for (LevelPane* pane : {loops, library}) {
            pane->setSubtitle({});
            pane->setChoices({}, {});
            pane->showMessage(tr("This state does not lower yet.\n\n%1").arg(why));
        }
        return;
    }
    QStringList names;
    for (const std::string& name : shown->functions)
        names << text(name);
    loops->setChoices(names, text(shown->function));
    if (shown->loops) {
        m_texts[Level::Loops]->setDocument(shown->loops, text(shown->function));
        QStringList parts;
        if (names.size() < 2)
            parts << text(shown->function);
        if (shown->lowered->isPreview(shown->function))
            parts << tr("preview");
        if (shown->before)
            parts << (shown->functionBefore.empty() ? tr("new") : summary(*shown->loops));
        if (shown->loops->differs())
            parts << tr("next change F7");
        loops->setSubtitle(parts.join(QStringLiteral(" · ")));
        loops->showView();
    } else {
        loops->setSubtitle({});
        loops->showMessage(tr("No function has loops: everything is a library call or needs no work."));
    }
    if (shown->library) {
        m_texts[Level::Library]->setDocument(shown->library, text(shown->entry));
        library->setSubtitle(shown->before ? text(shown->entry) + QStringLiteral(" · ") + summary(*shown->library)
                                           : text(shown->entry));
        library->showView();
    } else {
        library->setSubtitle({});
        library->showMessage(tr("No runtime program: the module has no entry function."));
    }
    const FunctionPtr entry = shown->lowered->module().entryFunction();
    m_memory->setPicture(entry ? memoryPicture(*entry) : MemoryPicture{});
    if (m_memoryTabs->currentIndex() == 1)
        m_workspace->refreshDeployment();
    showHeat();
    showImplementations();
}

void MainWindow::showHardware()
{
    LevelPane* pane = m_panes[Level::Hardware];
    const auto& hardware = m_workspace->hardware();
    if (!hardware) {
        pane->setSubtitle({});
        const auto& error = m_workspace->hardwareError();
        return pane->showMessage(error ? tr("No instructions: %1").arg(text(error->text()))
                                       : tr("The instructions of the shown function, once it lowers."));
    }
    m_texts[Level::Hardware]->setDocument(hardware->document, text(hardware->function));
    const ShownPtr& shown = m_workspace->shown();
    const QString isa = QString::fromLatin1(name(hardware->isa));
    QStringList parts{text(hardware->function), isa};
    if (shown && shown->before && !shown->functionBefore.empty())
        parts << summary(*hardware->document);
    parts << tr("%1 of code").arg(formatBytes(static_cast<double>(hardware->codeBytes)));
    pane->setSubtitle(parts.join(QStringLiteral(" · ")));
    pane->showView();
    m_texts[Level::Hardware]->setLit(m_workspace->lit().inLowered);
    std::vector<Problem> remarks;
    for (const Error& remark : hardware->remarks)
        remarks.push_back({Problem::Kind::Note, text(remark.text()), text(hardware->function), remark.nodes});
    addProblems(remarks);
}

void MainWindow::showGraph()
{
    const GraphPicturePtr& picture = m_workspace->graph();
    LevelPane* pane = m_panes[Level::Graph];
    if (picture->boxes.empty())
        return pane->showMessage(tr("The module has no function."));
    QStringList names;
    for (const std::string& name : picture->functions)
        names << text(name);
    pane->setChoices(names, text(picture->function));
    pane->showView();
    m_graph->setPicture(picture);
    m_graph->setLit(m_workspace->lit().inModule);
    showHeat();
}

QString MainWindow::graphSubtitle() const
{
    const GraphPicturePtr& picture = m_graph->picture();
    if (!picture)
        return {};
    QStringList parts;
    if (picture->functions.size() < 2)
        parts << text(picture->function);
    const bool compared = picture->nodesBefore >= 0 && picture->nodesBefore != picture->nodes;
    parts << (compared              ? tr("%1 → %2 nodes").arg(picture->nodesBefore).arg(picture->nodes)
              : picture->nodes == 1 ? tr("1 node")
                                    : tr("%1 nodes").arg(picture->nodes));
    if (!m_graph->heatLegend().isEmpty())
        parts << m_graph->heatLegend();
    return parts.join(QStringLiteral(" · "));
}

void MainWindow::showLit()
{
    const Lit& lit = m_workspace->lit();
    m_graph->setLit(lit.inModule);
    for (TextView* view : std::as_const(m_texts))
        view->setLit(lit.inLowered);
    showRoofline();
}

// Said once all levels are there: silence would leave open whether a pane has no counterpart or is late.
void MainWindow::sayCounterparts()
{
    if (!m_workspace->place() || m_workspace->lit().empty())
        return;
    QStringList none;
    for (const Level level : {Level::Loops, Level::Library, Level::Hardware})
        if (!m_panes[level]->isHidden() && m_texts[level]->litLines().empty() && m_texts[level]->document())
            none << title(level).toLower();
    if (m_graph->litBoxes().empty() && m_graph->picture())
        none.prepend(title(Level::Graph).toLower());
    if (!none.isEmpty())
        say(tr("no counterpart at: %1").arg(none.join(QStringLiteral(", "))));
}

void MainWindow::showPalette(const std::vector<PaletteEntry>& entries, const QString& subject)
{
    m_paletteModel->setEntries(entries);
    m_palettePanel->setRemark(subject.isEmpty() ? QString() : tr("for %1").arg(subject));
}

void MainWindow::showInspection(const Inspection& inspection)
{
    QList<TableRow> rows;
    if (inspection.title.isEmpty()) {
        m_inspectorPanel->setRemark({});
        rows << TableRow{{tr("Select a node, a loop or a line to see what it is and where it comes from.")}, {}, {}};
    } else {
        m_inspectorPanel->setRemark(inspection.title + QStringLiteral("  ") + inspection.kind);
        for (const auto& [what, value] : inspection.rows)
            rows << TableRow{{what, value}, value, {}};
    }
    m_inspectorModel->setRows(rows);
    if (inspection.title.isEmpty())
        m_inspectorTable->setSpan(0, 0, 1, 2);
    else if (!rows.isEmpty())
        m_inspectorTable->clearSpans();
    m_inspectorTable->resizeColumnToContents(0);
    m_inspectorTable->setColumnWidth(0, std::min(m_inspectorTable->columnWidth(0), m_inspectorTable->width() / 2));
}

void MainWindow::showJobs()
{
    const auto running = m_workspace->jobs().running();
    const bool slow = !running.empty() && running.front().elapsedMs > 250;
    m_progress->setVisible(slow);
    m_cancel->setVisible(slow);
    m_jobLabel->setVisible(slow);
    if (!slow)
        return;
    const JobRunner::Running& job = running.front();
    QString line = job.title;
    if (!job.what.isEmpty() && job.what != job.title)
        line += QStringLiteral(": ") + job.what;
    m_jobLabel->setText(QStringLiteral("%1 · %2 s%3")
                            .arg(line.left(70))
                            .arg(job.elapsedMs / 1000.0, 0, 'f', 1)
                            .arg(running.size() > 1 ? tr(" · %1 more").arg(running.size() - 1) : QString()));
    m_progress->setRange(0, job.fraction < 0 ? 0 : 100);
    m_progress->setValue(static_cast<int>(job.fraction * 100));
}

// In one go: a model may come with a thousand warnings.
void MainWindow::addProblems(const std::vector<Problem>& problems)
{
    static const QStringList kinds{tr("refused"), tr("environment"), tr("our bug"), tr("warning"), tr("note")};
    QSet<std::pair<QString, QString>> known;
    for (const TableRow& row : m_problemModel->rows())
        known.insert({row.cells.value(1), row.cells.value(2)});
    QList<TableRow> rows;
    bool urgent = false;
    for (const Problem& problem : problems) {
        urgent = urgent || problem.kind == Problem::Kind::Environment || problem.kind == Problem::Kind::Bug;
        const std::pair key{problem.place, problem.text};
        if (known.contains(key))
            continue;
        known.insert(key);
        rows << TableRow{{kinds.value(static_cast<int>(problem.kind)), problem.place, problem.text}, problem.text, {}};
    }
    if (rows.isEmpty())
        return;
    m_problemModel->append(std::move(rows));
    m_timingTabs->setTabText(m_timingTabs->indexOf(m_problems), tr("Problems (%1)").arg(m_problemModel->rowCount()));
    m_problems->resizeColumnToContents(0);
    m_problems->setColumnWidth(1, 180);
    if (urgent)
        m_timingTabs->setCurrentWidget(m_problems);
}

// In the pane of the step's level, whole; the two instances that would swap are lit in the text.
void MainWindow::showRefusal()
{
    const std::optional<Refusal>& refusal = m_workspace->refusal();
    const auto transform = refusal ? m_workspace->registry()->find(
                               refusal->step.section(QLatin1Char('('), 0, 0).toStdString())
                                   : Result<const Transform*>(nullptr);
    const Level level = transform && *transform ? (*transform)->level : Level::Loops;
    for (LevelPane* pane : std::as_const(m_panes))
        if (refusal && pane->level() == level)
            pane->setBanner(refusalHtml(*refusal, themeOf(palette())), refusal->helpTexts);
        else
            pane->setBanner({});
    m_texts[Level::Loops]->setRefused(refusal ? refusal->instances : std::vector<RefusedInstance>());
}

void MainWindow::reportFault(const QString& what)
{
    addProblems({{Problem::Kind::Bug, tr("A fault of Strata: %1. The steps are as they were.").arg(what), {}, {}}});
}

void MainWindow::showNotOpened(const QString& why)
{
    if (m_workspace->isOpen())
        return;
    showOpened();
    m_panes[Level::Graph]->showMessage(why);
}

void MainWindow::showDeployment()
{
    const auto& built = m_workspace->deployment();
    QList<TableRow> rows;
    if (!built) {
        m_deploymentModel->setRows({});
        return;
    }
    std::map<std::string, std::int64_t> sums;
    for (const Contribution& part : built->contributions)
        sums[part.kind] += part.bytes;
    for (const auto& [kind, bytes] : sums)
        rows << TableRow{
            {tr("all %1").arg(text(kind)), formatBytes(static_cast<double>(bytes)), text(kind), {}}, {}, {}};
    for (const Contribution& part : built->contributions) {
        QStringList by;
        for (const Cursor& cursor : part.neededBy)
            by << text(cursor.name.empty() ? cursor.function : cursor.name);
        rows << TableRow{{text(part.name), formatBytes(static_cast<double>(part.bytes)), text(part.kind),
                          by.mid(0, 4).join(QStringLiteral(", "))},
                         by.join(QStringLiteral(", ")),
                         {}};
    }
    rows << TableRow{
        {tr("the library file"), formatBytes(static_cast<double>(built->fileBytes)), tr("sum"), {}}, {}, {}};
    for (const std::string& name : built->needed)
        rows << TableRow{{text(name), {}, tr("needs"), {}}, {}, {}};
    for (const std::string& name : built->opened)
        rows << TableRow{{text(name), {}, tr("opens"), tr("a step chose a library call")}, {}, {}};
    for (const std::string& name : built->leftOut)
        rows << TableRow{{text(name), QStringLiteral("0"), tr("left out"), tr("nothing needs it")}, {}, {}};
    m_deploymentModel->setRows(rows);
    m_deploymentTable->resizeColumnsToContents();
}

}  // namespace strata
