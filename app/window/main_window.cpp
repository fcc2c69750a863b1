#include "app/window/main_window.h"

#include "app/window/dialogs/ask.h"
#include "app/window/dialogs/dialogs.h"
#include "app/window/documents/documents.h"
#include "app/window/documents/lessons.h"
#include "app/window/graph/graph_view.h"
#include "app/window/parts/access_part.h"
#include "app/window/parts/figures_part.h"
#include "app/window/parts/functions_part.h"
#include "app/window/parts/graph_part.h"
#include "app/window/parts/inputs_part.h"
#include "app/window/parts/lecture_part.h"
#include "app/window/parts/lesson_part.h"
#include "app/window/parts/palette_part.h"
#include "app/window/parts/status_part.h"
#include "app/window/parts/steps_part.h"
#include "app/window/parts/table_part.h"
#include "app/window/parts/text_part.h"
#include "app/window/parts/values_part.h"
#include "app/window/parts/why_part.h"
#include "app/window/start/start_page.h"
#include "app/window/theme/theme.h"
#include "app/window/views/text_view.h"

#include <QApplication>
#include <QCloseEvent>
#include <QFileInfo>
#include <QKeyEvent>
#include <QMenuBar>
#include <QMimeData>
#include <QScreen>
#include <QStackedWidget>
#include <QStatusBar>
#include <QToolBar>
#include <QToolButton>

namespace strata {

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent)
    , m_workspace(new Workspace(this))
    , m_documents(new Documents(*m_workspace, this))
    , m_central(new QStackedWidget)
    , m_start(new StartPage)
    , m_layout(new WindowLayout)
{
    setObjectName(QStringLiteral("explorer"));
    setAcceptDrops(true);
    setContextMenuPolicy(Qt::NoContextMenu);
    addParts();
    m_central->addWidget(m_start);
    m_central->addWidget(m_layout);
    setCentralWidget(m_central);
    makeLecture();
    makeActions();
    makeToolBar();
    connectParts();
    connectWorkspace();
    fitScreen();
    resetLayout();
    setCodeSize(m_codeSize);
    applyTheme();
    showScene(m_workspace->scene(), ~Aspects());
    showStart();
    qApp->installEventFilter(this);
}

MainWindow::~MainWindow()
{
    qApp->removeEventFilter(this);
    disconnect(m_workspace, nullptr, this, nullptr);
    disconnect(&m_workspace->jobs(), nullptr, this, nullptr);
    for (Part* part : m_parts)
        delete part;
}

template<class P>
P* MainWindow::add(WindowLayout::Room room, P* part)
{
    part->setParent(this);
    m_parts.push_back(part);
    m_layout->add(room, part);
    if constexpr (std::is_base_of_v<LevelPart, P>)
        m_levels[part->level()] = part;
    return part;
}

// What there is to see, and where. A new view is a line here.
void MainWindow::addParts()
{
    using Room = WindowLayout::Room;
    Workspace& w = *m_workspace;
    auto* lesson = add(Room::Lesson, new LessonPart(w));
    connect(lesson, &LessonPart::filled, m_layout, &WindowLayout::setLesson);
    connect(lesson, &LessonPart::handInAsked, this, &MainWindow::handInLesson);
    connect(lesson, &LessonPart::handOutAsked, this, &MainWindow::handOutLesson);
    connect(lesson, &LessonPart::resetAsked, this, &MainWindow::resetLesson);
    m_steps = add(Room::Left, new StepsPart(w));
    connect(lesson, &LessonPart::nextLessonAsked, this, &MainWindow::openNextLesson, Qt::QueuedConnection);
    m_palette = add(Room::Left, new PalettePart(w));
    connect(lesson, &LessonPart::stepAsked, m_palette, &PalettePart::fill);
    m_graph = add(Room::Levels, new GraphPart(w));
    add(Room::Levels, new LoopsPart(w));
    m_accesses = add(Room::Beside, new AccessPart(w));
    m_implementations = add(Room::Above, new ImplementationsPart(w));
    add(Room::LevelsRight, new LibraryPart(w));
    add(Room::LevelsRight, new HardwarePart(w));
    add(Room::Times, new TimingsPart(w));
    add(Room::Times, new FunctionsPart(w));
    add(Room::Times, new WhyPart(w));
    m_problems = add(Room::Times, new ProblemsPart(w));
    add(Room::Figures, new RooflinePart(w));
    m_picture = add(Room::Figures, new PicturePart(w));
    m_values = add(Room::Figures, new ValuesPart(w));
    m_inputs = add(Room::Figures, new InputsPart(w));
    connect(add(Room::Deployment, new MemoryPart(w)), &MemoryPart::bufferChosen, this, &MainWindow::selectNode);
    m_deployment = add(Room::Deployment, new DeploymentPart(w));
    add(Room::Inspector, new InspectorPart(w));
    m_lecturePart = add(Room::Foot, new LecturePart(w));
    m_status = new StatusPart(statusBar(), w);
    m_parts.push_back(m_status);
}

void MainWindow::connectParts()
{
    for (Part* part : m_parts)
        connect(part, &Part::said, this, &MainWindow::say);
    connect(m_steps, &StepsPart::changeRequested, m_palette, &PalettePart::change);
    connect(m_steps, &StepsPart::draggedOut, this, &MainWindow::takeOnFunctionAt);
    connect(m_palette, &PalettePart::textRequested, this, &MainWindow::editText);
    connect(m_implementations, &ImplementationsPart::filled, m_layout, &WindowLayout::setAbove);
    connect(m_inputs, &InputsPart::valueChosen, this, &MainWindow::showOutput);
    connect(m_layout, &WindowLayout::tabSeen, m_deployment,
            [this] { m_deployment->setLookedAt(m_layout->isSeen(m_deployment)); });
    for (const auto& [level, part] : m_levels)
        connect(part->pane(), &LevelPane::closeRequested,
                m_actions[QStringLiteral("view.") + QLatin1String(name(level))], &QAction::toggle);
    for (TextPart* part : texts()) {
        part->setMenu({m_actions[QStringLiteral("edit.find")], m_actions[QStringLiteral("view.nextChange")],
                       m_actions[QStringLiteral("step.edit")]});
        connect(part, &TextPart::zoomRequested, this, &MainWindow::zoomText);
    }
}

void MainWindow::connectWorkspace()
{
    connect(m_workspace, &Workspace::sceneChanged, this, &MainWindow::showScene);
    connect(
        m_workspace, &Workspace::unboundDimensions, this,
        [this](const QStringList& names) { askDimensions(*m_workspace, names, this); }, Qt::QueuedConnection);
    connect(m_workspace, &Workspace::exported, this,
            [this](const Exported& exported, const QString& folder) { showExportResult(exported, folder, this); });
    connect(&m_workspace->jobs(), &JobRunner::becameIdle, this, &MainWindow::sayCounterparts);
    connect(m_documents, &Documents::said, this, &MainWindow::say);
    connect(m_start, &StartPage::openAsked, m_documents, &Documents::askModel);
    connect(m_start, &StartPage::chosen, m_documents, &Documents::open, Qt::QueuedConnection);
    connect(m_start, &StartPage::lessonChosen, this, &MainWindow::openLesson, Qt::QueuedConnection);
    connect(
        m_start, &StartPage::forgotten, this,
        [this](const QString& path) {
            m_documents->forget(path);
            showStart();
        },
        Qt::QueuedConnection);
    connect(m_documents, &Documents::opening, this, [this](const QString& path) {
        m_central->setCurrentWidget(m_layout);
        for (const auto& [level, part] : m_levels)
            if (!m_workspace->isOpen())
                part->pane()->showMessage(tr("Opening %1…").arg(path));
    });
}

// --- showing
// -----------------------------------------------------------------------------------------------------------------------------

void MainWindow::showScene(const ScenePtr& scene, Aspects changed)
{
    for (Part* part : m_parts)
        if (changed & part->concerns())
            part->show(*scene, changed & part->concerns());
    if (changed & (Aspects(Aspect::Model) | Aspect::Steps | Aspect::Times))
        showFrame(*scene);
    if (changed & (Aspects(Aspect::Model) | Aspect::State))
        followLecture();
    if (changed & Aspect::Model)
        showBookmarks();
    if (changed & Aspect::Model)
        QMetaObject::invokeMethod(this, &MainWindow::showRestoredStep, Qt::QueuedConnection);
}

void MainWindow::showStart()
{
    std::vector<RecentFile> recent;
    for (const QString& path : m_documents->recent())
        recent.push_back({path, QFileInfo::exists(path)});
    m_start->setRecent(std::move(recent));
    m_start->setSamples(samples());
    m_start->setLessons(lessons(lessonLanguage()));
    m_central->setCurrentWidget(m_start);
    m_start->setFocus();
}

// Title, and what can be done now. The title names the model, and the recipe's file where there is one: it is the
// recipe that is saved or not.
void MainWindow::showFrame(const Scene& scene)
{
    const QString recipe = QFileInfo(scene.recipePath).fileName();
    const QString both = recipe.isEmpty() ? scene.title : scene.title + QStringLiteral(" · ") + recipe;
    setWindowTitle(scene.isOpen() ? tr("%1[*] — Strata").arg(both) : tr("Strata[*]"));
    setWindowModified(scene.modified);
    for (const char* id : {"run.run", "run.compare", "run.judge", "run.deployment", "file.export", "step.auto",
                           "step.try", "step.autoFunction", "step.transform", "step.edit", "step.bind", "step.root",
                           "file.saveRecipe", "file.saveRecipeAs", "file.openRecipe", "file.reload"})
        m_actions[QLatin1String(id)]->setEnabled(scene.isOpen());
    for (const char* id : {"lesson.next", "lesson.previous", "lesson.check", "lesson.hint", "lesson.contents",
                           "lesson.handIn", "lesson.handOut", "lesson.reset"})
        m_actions[QLatin1String(id)]->setEnabled(scene.lesson != nullptr);
    m_actions[QStringLiteral("file.revert")]->setEnabled(!recipe.isEmpty() && scene.modified);
    m_actions[QStringLiteral("edit.undo")]->setEnabled(scene.canUndo);
    m_actions[QStringLiteral("edit.redo")]->setEnabled(scene.canRedo);
    m_actions[QStringLiteral("step.previous")]->setEnabled(scene.isOpen() && scene.session->canUndo());
    m_actions[QStringLiteral("step.next")]->setEnabled(scene.isOpen() && scene.session->canRedo());
    showTarget(scene);
}

// Said once all levels are there: silence would leave open whether a pane has no counterpart or is late.
void MainWindow::sayCounterparts()
{
    if (!m_workspace->place() || m_workspace->lit().empty())
        return;
    QStringList none;
    for (const auto& [level, part] : m_levels)
        if (!part->isLit())
            none << title(level).toLower();
    if (!none.isEmpty())
        say(tr("no counterpart at: %1").arg(none.join(QStringLiteral(", "))));
}

void MainWindow::say(const QString& sentence) { m_status->say(sentence); }

// Steps that were dragged out of their list are taken on the function that they are let go over: the shown one, or what
// a node of the graph became.
void MainWindow::takeOnFunctionAt(StepRange steps, const QPoint& global)
{
    const ShownPtr& shown = m_workspace->shown();
    const auto over = [&](const QWidget* widget) {
        return widget->isVisible() && widget->rect().contains(widget->mapFromGlobal(global));
    };
    if (!shown || !shown->lowered)
        return;
    if (over(pane(Level::Loops)))
        return m_workspace->applyTo(steps, {shown->function});
    const GraphView* view = graphView();
    const int box = over(view) ? view->boxAt(view->viewport()->mapFromGlobal(global)) : -1;
    std::set<std::string> functions;
    if (box >= 0)
        for (const Cursor& node :
             counterparts({view->picture()->boxes[box].cursor, false}, *m_workspace->session().current()->module,
                          shown->lowered.get())
                 .inLowered)
            if (std::find(shown->functions.begin(), shown->functions.end(), node.function) != shown->functions.end())
                functions.insert(node.function);
    if (functions.empty())
        return say(tr("Let steps go over the loops of another function, or over a node of the graph that has loops."));
    m_workspace->applyTo(steps, {functions.begin(), functions.end()});
}

// Whole, among the values.
void MainWindow::showOutput(const QString& name)
{
    const FunctionPtr entry = m_workspace->session().current()->module->entryFunction();
    if (!entry || !entry->graph())
        return say(tr("The shown state is no graph, so that its values have no place there."));
    m_workspace->point({{entry->name, NodeKind::Value, name.toStdString()}, false}, false);
    m_layout->see(m_values);
}

void MainWindow::reportFault(const QString& what)
{
    m_problems->add({{Problem::Kind::Bug, tr("A fault of Strata: %1. The steps are as they were.").arg(what), {}, {}}});
}

// --- what the window itself has
// -----------------------------------------------------------------------------------------------------------------------------

void MainWindow::openFile(const QString& path, const QString& recipe) { m_documents->open(path, recipe); }

QString MainWindow::lessonLanguage() const
{
    return locale().language() == QLocale::Chinese ? QStringLiteral("zh") : QStringLiteral("en");
}

void MainWindow::openLesson(const QString& folder) { m_documents->openLesson(folder, lessonLanguage()); }

void MainWindow::openNextLesson()
{
    const std::shared_ptr<const LessonShown>& shown = m_workspace->scene()->lesson;
    const std::vector<LessonEntry> all = lessons(lessonLanguage());
    const auto here = std::find_if(all.begin(), all.end(), [&](const LessonEntry& entry) {
        return shown && entry.folder == QString::fromStdString(shown->lesson->folder);
    });
    if (here == all.end() || here + 1 == all.end())
        return showStart();
    m_documents->openLesson((here + 1)->folder, lessonLanguage(), Documents::Kept::Yes);
}

void MainWindow::offerRecovery() { m_documents->offerRecovery(false); }

void MainWindow::editText()
{
    QAction* pane = m_actions[QStringLiteral("view.loops")];
    if (!pane->isChecked())
        pane->trigger();
    qobject_cast<LoopsPart*>(m_levels.at(Level::Loops))->edit();
}

std::vector<TextPart*> MainWindow::texts() const
{
    std::vector<TextPart*> all;
    for (const auto& [level, part] : m_levels)
        if (auto* text = qobject_cast<TextPart*>(part))
            all.push_back(text);
    return all;
}

void MainWindow::zoomText(int steps) { setCodeSize(m_codeSize + steps); }

void MainWindow::setCodeSize(double size)
{
    m_codeSize = std::clamp(size, 6.0, 30.0);
    for (TextPart* part : texts())
        part->view()->setCodeSize(m_lecture ? m_codeSize * 1.7 : m_codeSize);
}

void MainWindow::setThemeChoice(ThemeChoice choice)
{
    m_themeChoice = choice;
    applyTheme();
}

void MainWindow::applyTheme()
{
    static const bool systemDark = themeOf(QApplication::palette()).dark;  // as it was before we touched it
    const bool dark = m_themeChoice == ThemeChoice::Dark || (m_themeChoice == ThemeChoice::System && systemDark);
    const Theme& theme = dark ? darkTheme() : lightTheme();
    QApplication::setPalette(paletteOf(theme));
    qApp->setStyleSheet(styleSheetOf(theme));
}

// --- size and settings
// ---------------------------------------------------------------------------------------------------------------------------

QSize firstWindowSize(const QSize& available)
{
    constexpr int small = 1400;  // a screen on which the window needs all there is, its frame apart
    const double share = available.width() < small ? 0.97 : 0.9;
    return QSize(qRound(available.width() * share), available.height() * 9 / 10).boundedTo({2400, 1500});
}

void MainWindow::fitScreen()
{
    const QRect available = screen()->availableGeometry();
    resize(firstWindowSize(available.size()));
    move(available.topLeft() + QPoint((available.width() - width()) / 2, (available.height() - height()) / 2));
}

void MainWindow::resetLayout() { m_layout->reset(size()); }

// The tool bar says what can be found, where there is room for it.
void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    constexpr int roomy = 1250;
    m_search->setText(width() < roomy ? tr("Find…") : tr("Find a node, a transform, a command   Ctrl+K"));
}

// --- events
// ------------------------------------------------------------------------------------------------------------------------------

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) { m_documents->drop(event->mimeData()->urls()); }

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!m_documents->mayLeave(tr("closing")))
        return event->ignore();
    setPresenter(false);
    saveSettings();
    m_workspace->giveUp();
    event->accept();
}

bool MainWindow::eventFilter(QObject* watched, QEvent* event)
{
    if (!m_lecture || event->type() != QEvent::KeyPress || !isActiveWindow() || QApplication::activeModalWidget())
        return QMainWindow::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    if (key->modifiers() & ~Qt::KeypadModifier)
        return QMainWindow::eventFilter(watched, event);
    return lectureKey(*key) || QMainWindow::eventFilter(watched, event);
}

// --- parts, for tests and the command line
// ------------------------------------------------------------------------------------------------------------------------------

TextView* MainWindow::textView(Level level) const
{
    const auto* part = qobject_cast<TextPart*>(m_levels.at(level));
    return part ? part->view() : nullptr;
}

GraphView* MainWindow::graphView() const { return m_graph->view(); }
LevelPane* MainWindow::pane(Level level) const { return m_levels.at(level)->pane(); }
StepView* MainWindow::stepView() const { return m_steps->view(); }
PaletteView* MainWindow::paletteView() const { return m_palette->view(); }
PaletteModel* MainWindow::paletteModel() const { return m_palette->model(); }
TableModel* MainWindow::problemModel() const { return m_problems->model(); }
TableModel* MainWindow::implementationModel() const { return m_implementations->model(); }
QTableView* MainWindow::implementationTable() const { return m_implementations->table(); }
ParameterForm* MainWindow::form() const { return m_palette->form(); }

}  // namespace strata
