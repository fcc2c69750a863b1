// Menus, tool bar and status bar. Every command is an action with a stable id; the command palette lists them all.
#include "app/window/main_window.h"

#include "app/window/dialogs/ask.h"
#include "app/window/dialogs/help.h"
#include "app/window/documents/documents.h"
#include "app/window/documents/lessons.h"
#include "app/window/graph/graph_pane.h"
#include "app/window/models/said.h"
#include "app/window/parts/access_part.h"
#include "app/window/parts/figures_part.h"
#include "app/window/parts/graph_part.h"
#include "app/window/parts/palette_part.h"
#include "app/window/parts/steps_part.h"
#include "app/window/parts/table_part.h"
#include "app/window/parts/text_part.h"
#include "app/window/theme/theme.h"
#include "app/window/views/command_palette.h"
#include "app/window/views/palette_view.h"
#include "app/window/views/step_view.h"
#include "app/window/views/text_view.h"

#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <QMenuBar>
#include <QToolBar>
#include <QToolButton>

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

QAction* MainWindow::addToggle(QMenu* menu, const QString& id, const QString& text, const QKeySequence& keys,
                               std::function<void(bool)> toggled)
{
    QAction* action = add(menu, id, text, keys, [] {});
    action->setCheckable(true);
    action->setChecked(true);
    connect(action, &QAction::toggled, this, std::move(toggled));
    return action;
}

void MainWindow::makeActions()
{
    makeFileMenu();
    makeEditMenu();
    makeViewMenu();
    makeStepMenu();
    makeRunMenu();
    makeLessonMenu();
    makeHelpMenu();
}

void MainWindow::makeFileMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&File"));
    add(menu, QStringLiteral("file.open"), tr("&Open model…"), QKeySequence::Open, [this] { m_documents->askModel(); });
    QMenu* recent = menu->addMenu(tr("Open &recent"));
    connect(recent, &QMenu::aboutToShow, this, [this, recent] { m_documents->fillRecent(recent); });
    QMenu* samples = menu->addMenu(tr("&Samples"));
    connect(samples, &QMenu::aboutToShow, this, [this, samples] { m_documents->fillSamples(samples); });
    add(menu, QStringLiteral("file.reload"), tr("Re&load model"), QKeySequence(QStringLiteral("Ctrl+Shift+R")),
        [this] { m_documents->reload(); });
    menu->addSeparator();
    add(menu, QStringLiteral("file.openRecipe"), tr("Open re&cipe…"), QKeySequence(QStringLiteral("Ctrl+Shift+O")),
        [this] { m_documents->askRecipe(); });
    add(menu, QStringLiteral("file.saveRecipe"), tr("&Save recipe"), QKeySequence::Save,
        [this] { m_documents->save(); });
    add(menu, QStringLiteral("file.saveRecipeAs"), tr("Save recipe &as…"), QKeySequence(QStringLiteral("Ctrl+Shift+S")),
        [this] { m_documents->saveAs(); });
    add(menu, QStringLiteral("file.revert"), tr("Re&vert to the saved recipe"), {}, [this] { m_documents->revert(); });
    add(menu, QStringLiteral("file.recover"), tr("Recover lost ste&ps…"), {},
        [this] { m_documents->offerRecovery(true); });
    menu->addSeparator();
    add(menu, QStringLiteral("file.export"), tr("&Export library…"), QKeySequence(QStringLiteral("Ctrl+E")),
        [this] { askExport(*m_workspace, this); });
    makeHandOnMenu(menu);
    menu->addSeparator();
    add(menu, QStringLiteral("file.settings"), tr("Settin&gs…"), QKeySequence(QStringLiteral("Ctrl+,")),
        [this] { askSettings(); });
    menu->addSeparator();
    add(menu, QStringLiteral("file.quit"), tr("&Quit"), QKeySequence(QStringLiteral("Ctrl+Q")), [this] { close(); });
}

void MainWindow::makeLessonMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Lesson"));
    QMenu* open = menu->addMenu(tr("&Open"));
    connect(open, &QMenu::aboutToShow, this, [this, open] {
        open->clear();
        for (const LessonEntry& lesson : lessons(lessonLanguage()))
            open->addAction(lesson.title, this, [this, lesson] { openLesson(lesson.folder); })
                ->setToolTip(lesson.summary);
    });
    add(menu, QStringLiteral("lesson.folder"), tr("Open a &folder…"), {}, [this] { m_documents->askLesson(lessonLanguage()); });
    menu->addSeparator();
    add(menu, QStringLiteral("lesson.next"), tr("&Next"), QKeySequence(QStringLiteral("Alt+PgDown")),
        [this] { m_workspace->lessonNext(); });
    add(menu, QStringLiteral("lesson.previous"), tr("&Back"), QKeySequence(QStringLiteral("Alt+PgUp")),
        [this] { m_workspace->lessonPrevious(); });
    add(menu, QStringLiteral("lesson.contents"), tr("From the &beginning"), {},
        [this] { m_workspace->goToLessonStep(-1); });
    menu->addSeparator();
    add(menu, QStringLiteral("lesson.check"), tr("&Check my step"), QKeySequence(QStringLiteral("Alt+Return")),
        [this] { m_workspace->checkLessonStep(); });
    add(menu, QStringLiteral("lesson.hint"), tr("&Hint"), QKeySequence(QStringLiteral("Alt+Shift+Return")),
        [this] { m_workspace->openHint(); });
    menu->addSeparator();
    add(menu, QStringLiteral("lesson.handIn"), tr("&Report to hand in…"), {}, [this] { handInLesson(); });
    add(menu, QStringLiteral("lesson.handOut"), tr("Hand&out…"), {}, [this] { handOutLesson(); });
    add(menu, QStringLiteral("lesson.reset"), tr("&Start afresh…"), {}, [this] { resetLesson(); });
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
        addToggle(menu, QStringLiteral("view.") + QLatin1String(name(level)), tr("%1 pane").arg(title(level)),
                  QKeySequence(QStringLiteral("Alt+%1").arg(key++)), [this, level](bool on) { choosePane(level, on); });
    }
    addToggle(menu, QStringLiteral("view.steps"), tr("Steps and transforms"), QKeySequence(QStringLiteral("Alt+5")),
              [this](bool on) { m_layout->left()->setVisible(on); });
    addToggle(menu, QStringLiteral("view.bottom"), tr("Timings, memory, inspector"),
              QKeySequence(QStringLiteral("Alt+6")), [this](bool on) { m_layout->bottom()->setVisible(on); });
    QAction* accesses = addToggle(menu, QStringLiteral("view.accesses"), tr("Picture of accesses beside the loops"),
                                  QKeySequence(Qt::Key_F6), [this](bool on) {
                                      m_layout->setBeside(on);
                                      m_accesses->setWanted(on);
                                  });
    accesses->setChecked(false);
    pane(Level::Loops)->addTool(accesses, tr("Accesses"));
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
    QAction* full = addToggle(menu, QStringLiteral("view.fullForm"), tr("Loops in full form"), QKeySequence(Qt::Key_F8),
                              [this](bool on) { m_workspace->setForm(on ? Form::Full : Form::Short); });
    full->setChecked(false);
    pane(Level::Loops)->addTool(full, tr("Full"));
    QAction* interleaved = addToggle(
        menu, QStringLiteral("view.interleaved"), tr("Instructions under their loop lines"), QKeySequence(Qt::Key_F9),
        [this](bool on) { qobject_cast<HardwarePart*>(m_levels.at(Level::Hardware))->setInterleaved(on); });
    interleaved->setChecked(false);
    pane(Level::Hardware)->addTool(interleaved, tr("Interleaved"));
    QAction* sides = addToggle(menu, QStringLiteral("view.sideBySide"), tr("Differences side by side"),
                               QKeySequence(QStringLiteral("Ctrl+Alt+S")), [this](bool on) {
                                   for (const Level level : {Level::Loops, Level::Library})
                                       textView(level)->setSideBySide(on);
                               });
    sides->setChecked(false);
    QAction* ir = addToggle(menu, QStringLiteral("view.ir"), tr("LLVM IR instead of instructions"),
                            QKeySequence(QStringLiteral("Shift+F9")), [this](bool on) {
                                qobject_cast<HardwarePart*>(m_levels.at(Level::Hardware))->setIr(on);
                            });
    ir->setChecked(false);
    pane(Level::Hardware)->addTool(ir, QStringLiteral("IR"));
    addToggle(menu, QStringLiteral("view.wrap"), tr("Long lines go on in further rows"), QKeySequence(QStringLiteral("Alt+Z")),
              [this](bool on) {
                  for (TextPart* part : texts())
                      part->view()->setWraps(on);
              });
    add(menu, QStringLiteral("view.larger"), tr("Larger text"), QKeySequence::ZoomIn, [this] { zoomText(1); });
    add(menu, QStringLiteral("view.smaller"), tr("Smaller text"), QKeySequence::ZoomOut, [this] { zoomText(-1); });
    add(menu, QStringLiteral("view.fitGraph"), tr("Fit the graph"), QKeySequence(QStringLiteral("Ctrl+0")),
        [this] { m_graph->view()->fit(); });
    makeGraphMenu(menu->addMenu(tr("Graph")));
    makeBookmarkMenu(menu->addMenu(tr("&Bookmarks")));
    menu->addSeparator();
    makeThemes(menu->addMenu(tr("Theme")));
    add(menu, QStringLiteral("view.lecture"), tr("Lecture mode"), QKeySequence(Qt::Key_F11),
        [this] { setLecture(!m_lecture); });
    add(menu, QStringLiteral("view.presenter"), tr("Presenter view"), QKeySequence(QStringLiteral("Shift+F11")),
        [this] { setPresenter(!presenting()); });
    add(menu, QStringLiteral("view.reset"), tr("Reset the layout"), {}, [this] { resetLayout(); });
}

void MainWindow::makeGraphMenu(QMenu* menu)
{
    const auto addFor = [&](const char* id, const QString& text, const char* keys,
                            std::function<void(GraphView&)> run) {
        add(menu, QString::fromLatin1(id), text, QKeySequence(QString::fromLatin1(keys)),
            [this, run = std::move(run)] { run(*m_graph->view()); });
    };
    addFor("graph.openAll", tr("Open all groups"), "Ctrl+Alt+Down", [](GraphView& view) { view.openLevels(1000); });
    addFor("graph.closeAll", tr("Close all groups"), "Ctrl+Alt+Up", [](GraphView& view) { view.openLevels(0); });
    addFor("graph.openLevel", tr("Open one level more"), "Ctrl+Alt+Right",
           [](GraphView& view) { view.openLevels(view.openDepth() + 1); });
    addFor("graph.closeLevel", tr("Close the deepest level"), "Ctrl+Alt+Left",
           [](GraphView& view) { view.openLevels(std::max(0, view.openDepth() - 1)); });
    addFor("graph.closeAround", tr("Close the group around the selection"), "Ctrl+Alt+Backspace",
           [](GraphView& view) { view.closeAround(); });
    menu->addSeparator();
    QAction* outline = addToggle(menu, QStringLiteral("graph.outline"), tr("Outline beside the graph"),
                                 QKeySequence(QStringLiteral("Ctrl+Alt+O")),
                                 [this](bool on) { m_graph->graphPane()->setOutline(on); });
    outline->setChecked(false);
    menu->addSeparator();
    for (const Overlay overlay : {Overlay::None, Overlay::Time, Overlay::Flops, Overlay::Bytes, Overlay::Changed})
        add(menu, QStringLiteral("graph.overlay%1").arg(static_cast<int>(overlay)),
            tr("Overlay: %1").arg(overlayName(overlay)), {},
            [this, overlay] { m_graph->graphPane()->setOverlay(overlay); });
}

void MainWindow::makeThemes(QMenu* themes)
{
    auto* group = new QActionGroup(this);
    const std::pair<QString, ThemeChoice> choices[] = {
        {tr("As the system"), ThemeChoice::System}, {tr("Light"), ThemeChoice::Light}, {tr("Dark"), ThemeChoice::Dark}};
    for (const auto& [text, choice] : choices) {
        QAction* action = add(themes, QStringLiteral("view.theme%1").arg(static_cast<int>(choice)), text, {},
                              [this, choice = choice] { setThemeChoice(choice); });
        action->setCheckable(true);
        group->addAction(action);
    }
}

void MainWindow::makeStepMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Step"));
    add(menu, QStringLiteral("step.previous"), tr("&Previous step"), QKeySequence(QStringLiteral("Alt+Left")),
        [this] { m_workspace->stepBy(-1); });
    add(menu, QStringLiteral("step.next"), tr("&Next step"), QKeySequence(QStringLiteral("Alt+Right")),
        [this] { m_workspace->stepBy(1); });
    add(menu, QStringLiteral("step.root"), tr("Back to the untouched model"), QKeySequence(QStringLiteral("Alt+Home")),
        [this] {
            if (m_workspace->isOpen())
                m_workspace->select(0);
        });
    menu->addSeparator();
    add(menu, QStringLiteral("step.transform"), tr("Take a step…"), QKeySequence(QStringLiteral("Ctrl+T")),
        [this] { m_palette->view()->focusFilter(); });
    add(menu, QStringLiteral("step.try"), tr("Try the 5 most promising"), QKeySequence(QStringLiteral("Ctrl+Alt+T")),
        [this] { m_workspace->tryPromising(); });
    add(menu, QStringLiteral("step.change"), tr("&Change this step…"), QKeySequence(Qt::Key_F2), [this] {
        if (m_workspace->isOpen())
            m_palette->change(m_workspace->session().current()->id);
    });
    makeStepEdits(menu);
    add(menu, QStringLiteral("step.others"), tr("Take on other functions…"), {}, [this] { m_steps->takeOnOthers(); });
    add(menu, QStringLiteral("step.insert"), tr("&Insert the next step here"),
        QKeySequence(QStringLiteral("Ctrl+Shift+T")), [this] {
            if (!m_workspace->isOpen())
                return;
            m_workspace->insertNext(true);
            say(tr("The next step that you take is inserted here, and what follows is replayed."));
            m_palette->view()->focusFilter();
        });
    add(menu, QStringLiteral("step.edit"), tr("&Edit the shown function's text"),
        QKeySequence(QStringLiteral("Ctrl+Return")), [this] { editText(); });
    menu->addSeparator();
    add(menu, QStringLiteral("step.auto"), tr("Schedule &automatically"), QKeySequence(QStringLiteral("Ctrl+Shift+A")),
        [this] { m_workspace->scheduleAutomatically({}); });
    add(menu, QStringLiteral("step.autoFunction"), tr("Schedule the shown &function automatically"), {}, [this] {
        if (m_workspace->shown())
            m_workspace->scheduleAutomatically(m_workspace->shown()->function);
    });
    add(menu, QStringLiteral("step.tune"), tr("&Tune by measuring…"), {}, [this] { askTuning(*m_workspace, this); });
    add(menu, QStringLiteral("step.bind"), tr("&Bind dimensions…"), {}, [this] {
        const QStringList names = m_workspace->isOpen() ? openDimensions(*m_workspace) : QStringList();
        names.isEmpty() ? say(tr("The model has no symbolic dimension.")) : askDimensions(*m_workspace, names, this);
    });
}

// What is done with steps that were taken: those chosen in the list.
void MainWindow::makeStepEdits(QMenu* menu)
{
    const auto onSteps = [this](const std::function<void(StepRange)>& act) {
        return [this, act] {
            if (const auto steps = m_steps->chosen())
                act(*steps);
        };
    };
    add(menu, QStringLiteral("step.drop"), tr("&Drop steps, replay the rest"), {},
        onSteps([this](StepRange steps) { m_workspace->dropSteps(steps); }));
    add(menu, QStringLiteral("step.leaveOut"), tr("&Leave steps out, or take them again"),
        QKeySequence(QStringLiteral("Ctrl+/")), [this] { m_steps->leaveOut(); });
    add(menu, QStringLiteral("step.up"), tr("Move steps &up"), QKeySequence(QStringLiteral("Alt+Shift+Up")),
        onSteps([this](StepRange steps) { m_workspace->moveSteps(steps, -1); }));
    add(menu, QStringLiteral("step.down"), tr("Move steps d&own"), QKeySequence(QStringLiteral("Alt+Shift+Down")),
        onSteps([this](StepRange steps) { m_workspace->moveSteps(steps, 1); }));
    add(menu, QStringLiteral("step.note"), tr("N&ote…"), QKeySequence(Qt::Key_F4),
        [this] { m_steps->view()->editNote(); });
    add(menu, QStringLiteral("step.group"), tr("&Group steps…"), QKeySequence(QStringLiteral("Ctrl+G")),
        [this] { m_steps->group(); });
    add(menu, QStringLiteral("step.ungroup"), tr("Ungro&up"), QKeySequence(QStringLiteral("Ctrl+Shift+G")),
        [this] { m_steps->ungroup(); });
}

void MainWindow::makeRunMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Run"));
    add(menu, QStringLiteral("run.run"), tr("&Run and time"), QKeySequence(Qt::Key_F5), [this] {
        m_workspace->run();
        m_picture->predict();
        m_workspace->computeOutputs();
    });
    add(menu, QStringLiteral("run.compare"), tr("&Compare…"), QKeySequence(QStringLiteral("Shift+F5")),
        [this] { askCompare(*m_workspace, this); });
    add(menu, QStringLiteral("run.judge"), tr("&Judge each function"), QKeySequence(QStringLiteral("Ctrl+F5")),
        [this] { m_workspace->judgeFunctions(); });
    add(menu, QStringLiteral("run.deployment"), tr("Size the &deployment"), {}, [this] {
        m_layout->see(m_deployment);
        m_workspace->refreshDeployment();
    });
    add(menu, QStringLiteral("run.cancel"), tr("Cancel what is running"), QKeySequence(QStringLiteral("Ctrl+.")),
        [this] { m_workspace->jobs().cancelAll(); });
    menu->addSeparator();
    makeTargetMenu(menu);
}

void MainWindow::makeHelpMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Help"));
    QAction* keys = add(menu, QStringLiteral("help.keys"), tr("&Keys…"), QKeySequence::HelpContents,
                        [this] { askKeys(); });
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
    m_target->setMenu(m_targetMenu);
    m_target->setAccessibleName(tr("Target"));
    m_target->setToolTip(tr("Where the code runs, for which instructions, and with how many threads"));
    showTarget(*m_workspace->scene());
    bar->addWidget(m_target);
    button(QStringLiteral("run.run"), tr("▶ Run"))->setObjectName(QStringLiteral("run"));
    button(QStringLiteral("run.compare"), tr("Compare…"));
    button(QStringLiteral("file.export"), tr("Export…"));
    button(QStringLiteral("step.auto"), tr("Auto"));
    stretch();
    m_search = button(QStringLiteral("edit.palette"), tr("Find…"));
}

// --- what commands do that no part does alone
// ----------------------------------------------------------------------------------------------------------------------------

void MainWindow::openCommandPalette()
{
    std::vector<PaletteCommand> commands;
    QStringList ids = m_actions.keys();
    ids.sort();
    for (const QString& id : ids) {
        QAction* action = m_actions[id];
        if (action->isEnabled())
            commands.push_back({action->text().remove(QLatin1Char('&')),
                                action->shortcut().toString(QKeySequence::NativeText),
                                [action] { action->trigger(); }});
    }
    for (const PaletteEntry& entry : m_palette->model()->entries())
        commands.push_back({tr("transform %1").arg(entry.title), entry.applies ? entry.detail.left(60) : tr("not now"),
                            [this, entry] { m_palette->open(entry); }});
    if (m_workspace->isOpen()) {
        const ShownPtr& shown = m_workspace->shown();
        const auto nodes = [&](const Module& module, bool lowered) {
            for (const Cursor& cursor : cursors(module))
                if (cursor.kind == NodeKind::Operator || cursor.kind == NodeKind::Block || cursor.kind == NodeKind::Loop
                    || cursor.kind == NodeKind::Function)
                    commands.push_back({qtext(cursor.name.empty() ? cursor.function : cursor.name),
                                        saidText(cursor), [this, cursor, lowered] {
                                            m_workspace->point({cursor, lowered}, false);
                                        }});
        };
        nodes(*m_workspace->session().current()->module, false);
        if (shown && shown->lowered)
            nodes(shown->lowered->module(), true);
    }
    CommandPalette(std::move(commands), this).exec();
}

void MainWindow::selectNode(const QString& name)
{
    if (!m_workspace->isOpen())
        return;
    const std::string wanted = name.toStdString();
    const auto search = [&](const Module& module, bool lowered) {
        for (const Cursor& cursor : cursors(module))
            if (cursor.name == wanted || (cursor.name.empty() && cursor.function == wanted)) {
                m_workspace->point({cursor, lowered}, false);
                return true;
            }
        return false;
    };
    const ShownPtr& shown = m_workspace->shown();
    if (!search(*m_workspace->session().current()->module, false) && shown && shown->lowered)
        search(shown->lowered->module(), true);
}

void MainWindow::nextChange(bool forward)
{
    for (TextPart* part : texts()) {
        TextView* view = part->view();
        if (!view->hasFocus() || !view->isVisible())
            continue;
        if (!view->goToChange(forward))
            say(forward ? tr("No further change in this pane.") : tr("No earlier change in this pane."));
        return;
    }
    TextView* view = textView(Level::Loops);
    view->setFocus();
    if (!view->goToChange(forward))
        say(tr("No change in the loops pane."));
}

void MainWindow::findInPane()
{
    for (const auto& [level, part] : m_levels)
        if (part->pane()->view()->hasFocus())
            return part->openFind();
    pane(Level::Loops)->openFind();
}

void MainWindow::copyCurrent()
{
    for (TextPart* part : texts())
        if (part->view()->hasFocus())
            return part->view()->copy();
    const QWidget* focus = QApplication::focusWidget();
    for (const Part* part : m_parts)
        if (focus && (part->widget() == focus || part->widget()->isAncestorOf(focus)))
            if (const QString copied = part->copied(); !copied.isEmpty())
                return QGuiApplication::clipboard()->setText(copied);
}

}  // namespace strata
