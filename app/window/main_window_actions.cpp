// Menus, tool bar and status bar. Every command is an action with a stable id; the command palette lists them all.
#include "app/window/main_window.h"

#include "app/window/dialogs/help.h"
#include "app/window/theme/theme.h"
#include "app/window/views/graph_view.h"
#include "app/window/views/level_pane.h"
#include "app/window/views/palette_view.h"
#include "app/window/views/panel.h"
#include "app/window/views/step_view.h"

#include <QActionGroup>
#include <QApplication>
#include <QFileDialog>
#include <QMenu>
#include <QMenuBar>
#include <QStatusBar>
#include <QThread>
#include <QToolBar>

namespace strata {

QAction* MainWindow::add(QMenu* menu, const QString& id, const QString& text, const QKeySequence& keys,
                         std::function<void()> run)
{
    auto* action = new QAction(text, this);
    action->setObjectName(id);
    action->setShortcut(keys);
    connect(action, &QAction::triggered, this, std::move(run));
    menu->addAction(action);
    addAction(action);  // works while the menu bar is hidden
    m_actions.insert(id, action);
    return action;
}

void MainWindow::makeActions()
{
    makeFileMenu();
    makeEditMenu();
    makeViewMenu();
    makeStepMenu();
    makeRunMenu();
    makeHelpMenu();
}

void MainWindow::makeFileMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&File"));
    add(menu, QStringLiteral("file.open"), tr("&Open model…"), QKeySequence::Open, [this] { openDialog(); });
    m_recentMenu = menu->addMenu(tr("Open &recent"));
    connect(m_recentMenu, &QMenu::aboutToShow, this, &MainWindow::fillRecent);
    QMenu* samples = menu->addMenu(tr("&Samples"));
    connect(samples, &QMenu::aboutToShow, this, [this, samples] { fillSamples(samples); });
    add(menu, QStringLiteral("file.reload"), tr("Re&load model"), QKeySequence(QStringLiteral("Ctrl+Shift+R")),
        [this] { reload(); });
    menu->addSeparator();
    add(menu, QStringLiteral("file.openRecipe"), tr("Open re&cipe…"), QKeySequence(QStringLiteral("Ctrl+Shift+O")),
        [this] { openRecipeDialog(); });
    add(menu, QStringLiteral("file.saveRecipe"), tr("&Save recipe"), QKeySequence::Save, [this] { saveRecipe(); });
    add(menu, QStringLiteral("file.saveRecipeAs"), tr("Save recipe &as…"), QKeySequence(QStringLiteral("Ctrl+Shift+S")),
        [this] { saveRecipeAs(); });
    add(menu, QStringLiteral("file.revert"), tr("Re&vert to the saved recipe"), {}, [this] { revert(); });
    add(menu, QStringLiteral("file.recover"), tr("Recover lost ste&ps…"), {}, [this] { offerRecovery(true); });
    menu->addSeparator();
    add(menu, QStringLiteral("file.export"), tr("&Export library…"), QKeySequence(QStringLiteral("Ctrl+E")),
        [this] { exportDialog(); });
    QMenu* pictures = menu->addMenu(tr("Save as &picture"));
    for (const Level level : {Level::Graph, Level::Loops, Level::Library, Level::Hardware})
        add(pictures, QStringLiteral("file.picture.") + title(level).toLower(),
            tr("Save the %1 pane as a picture…").arg(title(level).toLower()), {},
            [this, level] { savePictureAs(level); });
    menu->addSeparator();
    add(menu, QStringLiteral("file.quit"), tr("&Quit"), QKeySequence(QStringLiteral("Ctrl+Q")), [this] { close(); });
}

void MainWindow::makeEditMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Edit"));
    add(menu, QStringLiteral("edit.undo"), tr("&Undo"), QKeySequence::Undo, [this] { m_workspace->undo(); });
    add(menu, QStringLiteral("edit.redo"), tr("&Redo"), QKeySequence(QStringLiteral("Ctrl+Shift+Z")),
        [this] { m_workspace->redo(); });
    menu->addSeparator();
    add(menu, QStringLiteral("edit.copy"), tr("&Copy"), {}, [this] { copyCurrent(); });
    add(menu, QStringLiteral("edit.find"), tr("&Find in pane…"), QKeySequence::Find, [this] { findInPane(); });
    add(menu, QStringLiteral("edit.palette"), tr("Find a node, a transform, a command…"),
        QKeySequence(QStringLiteral("Ctrl+K")), [this] { openCommandPalette(); });
    add(menu, QStringLiteral("edit.clear"), tr("Clear the selection"), QKeySequence(QStringLiteral("Ctrl+D")),
        [this] { m_workspace->clearSelection(); });
}

void MainWindow::makeViewMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&View"));
    int key = 1;
    for (const Level level : {Level::Graph, Level::Loops, Level::Library, Level::Hardware}) {
        QAction* action = add(menu, QStringLiteral("view.") + title(level).toLower(), tr("%1 pane").arg(title(level)),
                              QKeySequence(QStringLiteral("Alt+%1").arg(key++)), [] {});
        action->setCheckable(true);
        action->setChecked(true);
        connect(action, &QAction::toggled, this, [this, level](bool on) {
            m_panes[level]->setMaximized(false);
            m_panes[level]->setVisible(on);
            m_right->setVisible(!m_panes[Level::Library]->isHidden() || !m_panes[Level::Hardware]->isHidden());
        });
    }
    const auto part = [&](const char* id, const QString& text, const char* keys, QWidget* widget) {
        QAction* action = add(menu, QString::fromLatin1(id), text, QKeySequence(QString::fromLatin1(keys)), [] {});
        action->setCheckable(true);
        action->setChecked(true);
        connect(action, &QAction::toggled, widget, &QWidget::setVisible);
    };
    part("view.steps", tr("Steps and transforms"), "Alt+5", m_left);
    part("view.bottom", tr("Timings, memory, inspector"), "Alt+6", m_bottom);
    menu->addSeparator();
    add(menu, QStringLiteral("view.nextChange"), tr("Next change"), QKeySequence(Qt::Key_F7),
        [this] { nextChange(true); });
    add(menu, QStringLiteral("view.previousChange"), tr("Previous change"), QKeySequence(QStringLiteral("Shift+F7")),
        [this] { nextChange(false); });
    add(menu, QStringLiteral("view.compareParent"), tr("Show differences against the step before"), {},
        [this] { m_workspace->setBaseline(-1); });
    add(menu, QStringLiteral("view.compareRoot"), tr("Show differences against the untouched model"), {},
        [this] { m_workspace->setBaseline(0); });
    menu->addSeparator();
    add(menu, QStringLiteral("view.larger"), tr("Larger text"), QKeySequence::ZoomIn, [this] { zoomText(1); });
    add(menu, QStringLiteral("view.smaller"), tr("Smaller text"), QKeySequence::ZoomOut, [this] { zoomText(-1); });
    add(menu, QStringLiteral("view.fitGraph"), tr("Fit the graph"), QKeySequence(QStringLiteral("Ctrl+0")),
        [this] { m_graph->fit(); });
    menu->addSeparator();
    QMenu* themes = menu->addMenu(tr("Theme"));
    auto* group = new QActionGroup(this);
    const std::pair<QString, ThemeChoice> choices[] = {
        {tr("As the system"), ThemeChoice::System}, {tr("Light"), ThemeChoice::Light}, {tr("Dark"), ThemeChoice::Dark}};
    for (const auto& [text, choice] : choices) {
        QAction* action = add(themes, QStringLiteral("view.theme%1").arg(static_cast<int>(choice)), text, {},
                              [this, choice = choice] { setThemeChoice(choice); });
        action->setCheckable(true);
        group->addAction(action);
    }
    add(menu, QStringLiteral("view.lecture"), tr("Lecture mode"), QKeySequence(Qt::Key_F11),
        [this] { setLecture(!m_lecture); });
    add(menu, QStringLiteral("view.reset"), tr("Reset the layout"), {}, [this] { resetLayout(); });
}

void MainWindow::makeStepMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Step"));
    add(menu, QStringLiteral("step.previous"), tr("&Previous step"), QKeySequence(QStringLiteral("Alt+Left")),
        [this] { stepBy(-1); });
    add(menu, QStringLiteral("step.next"), tr("&Next step"), QKeySequence(QStringLiteral("Alt+Right")),
        [this] { stepBy(1); });
    add(menu, QStringLiteral("step.root"), tr("Back to the untouched model"), QKeySequence(QStringLiteral("Alt+Home")),
        [this] {
            if (m_workspace->isOpen())
                m_workspace->select(0);
        });
    menu->addSeparator();
    add(menu, QStringLiteral("step.transform"), tr("Take a step…"), QKeySequence(QStringLiteral("Ctrl+T")),
        [this] { m_palette->focusFilter(); });
    add(menu, QStringLiteral("step.change"), tr("&Change this step…"), QKeySequence(Qt::Key_F2), [this] {
        if (m_workspace->isOpen())
            changeStep(m_workspace->session().current()->id);
    });
    // What is selected in the list of steps, else the shown step; a folded group is all its steps.
    const auto onSteps = [this](const std::function<void(StepRange)>& act) {
        return [this, act] {
            const std::optional<StepRange> steps = m_steps->chosen();
            if (m_workspace->isOpen() && steps)
                act(*steps);
        };
    };
    add(menu, QStringLiteral("step.drop"), tr("&Drop steps, replay the rest"), {},
        onSteps([this](StepRange steps) { m_workspace->dropSteps(steps); }));
    add(menu, QStringLiteral("step.leaveOut"), tr("&Leave steps out, or take them again"),
        QKeySequence(QStringLiteral("Ctrl+/")),
        onSteps([this](StepRange steps) { m_workspace->leaveOut(steps, !m_steps->currentStep()->disabled); }));
    add(menu, QStringLiteral("step.up"), tr("Move steps &up"), QKeySequence(QStringLiteral("Alt+Shift+Up")),
        onSteps([this](StepRange steps) { m_workspace->moveSteps(steps, -1); }));
    add(menu, QStringLiteral("step.down"), tr("Move steps d&own"), QKeySequence(QStringLiteral("Alt+Shift+Down")),
        onSteps([this](StepRange steps) { m_workspace->moveSteps(steps, 1); }));
    add(menu, QStringLiteral("step.note"), tr("N&ote…"), QKeySequence(Qt::Key_F4), [this] { m_steps->editNote(); });
    add(menu, QStringLiteral("step.group"), tr("&Group steps…"), QKeySequence(QStringLiteral("Ctrl+G")),
        onSteps([this](StepRange steps) { groupSteps(steps); }));
    add(menu, QStringLiteral("step.ungroup"), tr("Ungro&up"), QKeySequence(QStringLiteral("Ctrl+Shift+G")),
        onSteps([this](StepRange steps) {
            const bool one = steps.first == steps.last;
            m_workspace->setGroup(one ? m_workspace->session().groupAround(steps.last) : steps, {});
        }));
    add(menu, QStringLiteral("step.insert"), tr("&Insert the next step here"),
        QKeySequence(QStringLiteral("Ctrl+Shift+T")), [this] {
            if (!m_workspace->isOpen())
                return;
            m_workspace->insertNext(true);
            say(tr("The next step that you take is inserted here, and what follows is replayed."));
            m_palette->focusFilter();
        });
    add(menu, QStringLiteral("step.edit"), tr("&Edit a function's text…"), QKeySequence(QStringLiteral("Ctrl+Return")),
        [this] { editFunction(); });
    menu->addSeparator();
    add(menu, QStringLiteral("step.auto"), tr("Schedule &automatically"), QKeySequence(QStringLiteral("Ctrl+Shift+A")),
        [this] { m_workspace->scheduleAutomatically({}); });
    add(menu, QStringLiteral("step.autoFunction"), tr("Schedule the shown &function automatically"), {}, [this] {
        if (m_workspace->shown())
            m_workspace->scheduleAutomatically(m_workspace->shown()->function);
    });
    add(menu, QStringLiteral("step.bind"), tr("&Bind dimensions…"), {}, [this] {
        QStringList names;
        for (const TypedName& input : m_workspace->info().inputs)
            for (const Dim& dim : input.type.tensor.shape)
                for (const std::string& symbol : dim.symbols())
                    names << QString::fromStdString(symbol);
        names.removeDuplicates();
        names.isEmpty() ? say(tr("The model has no symbolic dimension.")) : bindDimensions(names);
    });
}

void MainWindow::makeRunMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Run"));
    add(menu, QStringLiteral("run.run"), tr("&Run and time"), QKeySequence(Qt::Key_F5), [this] {
        m_workspace->run();
        m_workspace->predictPicture(std::max(0, m_predicted));
    });
    add(menu, QStringLiteral("run.compare"), tr("&Compare…"), QKeySequence(QStringLiteral("Shift+F5")),
        [this] { compareDialog(); });
    add(menu, QStringLiteral("run.judge"), tr("&Judge each function"), QKeySequence(QStringLiteral("Ctrl+F5")), [this] {
        m_timingTabs->setCurrentWidget(m_implementations);
        m_workspace->judgeFunctions();
    });
    add(menu, QStringLiteral("run.deployment"), tr("Size the &deployment"), {}, [this] {
        m_memoryTabs->setCurrentIndex(1);
        m_workspace->refreshDeployment();
    });
    add(menu, QStringLiteral("run.cancel"), tr("Cancel what is running"), QKeySequence(QStringLiteral("Ctrl+.")),
        [this] { m_workspace->jobs().cancelAll(); });
    menu->addSeparator();
    m_threadMenu = menu->addMenu(tr("&Threads"));
    auto* group = new QActionGroup(this);
    const int most = std::max(1, QThread::idealThreadCount());
    for (int threads = 1; threads <= most; threads = threads * 2 > most && threads != most ? most : threads * 2) {
        QAction* action = add(m_threadMenu, QStringLiteral("run.threads%1").arg(threads),
                              threads == 1 ? tr("1 thread") : tr("%1 threads").arg(threads), {}, [this, threads] {
                                  m_workspace->setThreads(threads);
                                  showTimes();
                              });
        action->setCheckable(true);
        action->setChecked(threads == 1);
        group->addAction(action);
    }
}

void MainWindow::makeHelpMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Help"));
    QAction* keys = add(menu, QStringLiteral("help.keys"), tr("&Keys"), QKeySequence::HelpContents,
                        [this] { showKeys(this, m_actions.values()); });
    keys->setShortcuts({QKeySequence(Qt::Key_F1), QKeySequence(QStringLiteral("?"))});
    add(menu, QStringLiteral("help.transforms"), tr("&Transforms"), {},
        [this] { showManual(this, *m_workspace->registry()); });
    add(menu, QStringLiteral("help.about"), tr("&About Strata"), {}, [this] { showAbout(this); });
}

void MainWindow::makeToolBar()
{
    auto* bar = new QToolBar(tr("Commands"));
    bar->setObjectName(QStringLiteral("commands"));
    bar->setMovable(false);
    bar->setToolButtonStyle(Qt::ToolButtonTextOnly);
    addToolBar(bar);
    const auto button = [&](const QString& id, const QString& text) {
        auto* tool = new QToolButton;
        tool->setDefaultAction(m_actions[id]);
        tool->setText(text);
        tool->setAccessibleName(m_actions[id]->text().remove(QLatin1Char('&')));
        tool->setToolTip(m_actions[id]->text().remove(QLatin1Char('&')) + QStringLiteral("  ")
                         + m_actions[id]->shortcut().toString(QKeySequence::NativeText));
        bar->addWidget(tool);
        connect(m_actions[id], &QAction::changed, tool, [tool, text] { tool->setText(text); });
        return tool;
    };
    const auto stretch = [bar] {
        auto* space = new QWidget;
        space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
        bar->addWidget(space);
    };
    button(QStringLiteral("edit.undo"), tr("↶ Undo"));
    button(QStringLiteral("edit.redo"), tr("↷ Redo"));
    button(QStringLiteral("step.previous"), tr("◀ Step"));
    button(QStringLiteral("step.next"), tr("Step ▶"));
    for (const char* id : {"edit.undo", "edit.redo", "step.previous", "step.next"})
        m_actions[QLatin1String(id)]->setEnabled(false);  // until there is a step
    stretch();
    m_target = new QToolButton;
    m_target->setPopupMode(QToolButton::InstantPopup);
    m_target->setMenu(m_threadMenu);
    m_target->setAccessibleName(tr("Target"));
    m_target->setToolTip(tr("Where the code runs, and with how many threads"));
    m_target->setText(runtimeNote() + QStringLiteral(" ▾"));
    bar->addWidget(m_target);
    button(QStringLiteral("run.run"), tr("▶ Run"))->setObjectName(QStringLiteral("run"));
    button(QStringLiteral("run.compare"), tr("Compare…"));
    button(QStringLiteral("file.export"), tr("Export…"));
    button(QStringLiteral("step.auto"), tr("Auto"));
    stretch();
    m_search = button(QStringLiteral("edit.palette"), tr("Find…"));
}

void MainWindow::makeStatusBar()
{
    m_verdict = new QLabel;
    m_modelLabel = new QLabel;
    m_said = new ElidedLabel;
    m_saidTimer.setSingleShot(true);
    m_saidTimer.setInterval(8000);
    connect(&m_saidTimer, &QTimer::timeout, this, [this] { m_said->setText({}); });
    m_jobLabel = new QLabel;
    m_machineLabel = new QLabel;
    m_modelLabel->setForegroundRole(QPalette::PlaceholderText);
    m_machineLabel->setForegroundRole(QPalette::PlaceholderText);
    m_jobLabel->setForegroundRole(QPalette::PlaceholderText);
    m_verdict->setAccessibleName(tr("Verdict"));
    m_jobLabel->setAccessibleName(tr("What is running"));
    m_progress = new QProgressBar;
    m_progress->setFixedWidth(110);
    m_progress->setMaximumHeight(12);
    m_progress->setTextVisible(false);
    m_progress->setAccessibleName(tr("Progress"));
    m_cancel = new QPushButton(tr("Cancel"));
    m_cancel->setFlat(true);
    m_cancel->setMaximumHeight(20);
    connect(m_cancel, &QPushButton::clicked, this, [this] { m_workspace->jobs().cancelAll(); });
    statusBar()->addWidget(m_verdict);
    statusBar()->addWidget(m_modelLabel);
    statusBar()->addWidget(m_said, 1);
    statusBar()->addPermanentWidget(m_jobLabel);
    statusBar()->addPermanentWidget(m_progress);
    statusBar()->addPermanentWidget(m_cancel);
    statusBar()->addPermanentWidget(m_machineLabel);
    statusBar()->setSizeGripEnabled(false);
    statusBar()->setContentsMargins(8, 0, 8, 0);
    m_machineLabel->setText(QString::fromStdString(machineName()));
    showJobs();
}

}  // namespace strata
