#include "app/window/main_window.h"

#include "app/window/commands/appearance.h"
#include "app/window/commands/command_bar.h"
#include "app/window/commands/edit_menu.h"
#include "app/window/commands/file_menu.h"
#include "app/window/commands/hand_on.h"
#include "app/window/commands/help_menu.h"
#include "app/window/commands/kept_settings.h"
#include "app/window/commands/lecture_mode.h"
#include "app/window/commands/lesson_menu.h"
#include "app/window/commands/run_menu.h"
#include "app/window/commands/step_menu.h"
#include "app/window/commands/target_menu.h"
#include "app/window/commands/view_menu.h"
#include "app/window/dialogs/ask.h"
#include "app/window/dialogs/dialogs.h"
#include "app/window/documents/documents.h"
#include "app/window/documents/lessons.h"
#include "app/window/documents/samples.h"
#include "app/window/parts/figures_part.h"
#include "app/window/parts/inputs_part.h"
#include "app/window/parts/lesson_part.h"
#include "app/window/parts/palette_part.h"
#include "app/window/parts/status_part.h"
#include "app/window/parts/steps_part.h"
#include "app/window/parts/table_part.h"
#include "app/window/parts/text_part.h"
#include "app/window/parts/values_part.h"
#include "app/window/start/start_page.h"

#include <QAction>
#include <QApplication>
#include <QCloseEvent>
#include <QFileInfo>
#include <QKeyEvent>
#include <QMimeData>
#include <QStackedWidget>
#include <QStatusBar>

namespace strata {

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent)
    , m_workspace(new Workspace(this))
    , m_documents(new Documents(*m_workspace, this))
    , m_central(new QStackedWidget)
    , m_start(new StartPage)
    , m_layout(new WindowLayout)
    , m_commands(*this)
    , m_parts(new WindowParts(*m_workspace, *m_layout, *statusBar(), this))
{
    setObjectName(QStringLiteral("explorer"));
    setAcceptDrops(true);
    setContextMenuPolicy(Qt::NoContextMenu);
    m_central->addWidget(m_start);
    m_central->addWidget(m_layout);
    setCentralWidget(m_central);
    m_appearance = std::make_unique<Appearance>(*m_parts);
    addCommands();
    connectParts();
    connectLesson();
    connectWorkspace();
    connectStart();
    fitScreen(*this);
    m_layout->reset(size());
    showScene(~Aspects());
    showStart();
    qApp->installEventFilter(this);
}

MainWindow::~MainWindow()
{
    qApp->removeEventFilter(this);
    disconnect(m_workspace, nullptr, this, nullptr);
    disconnect(&m_workspace->jobs(), nullptr, this, nullptr);
    m_groups.clear();
    m_parts.reset();
}

template<class G, class... More>
G* MainWindow::addGroup(More&... more)
{
    const Frame frame{*this, *m_workspace, *m_documents, *m_layout, *m_parts, m_commands};
    auto group = std::make_unique<G>(frame, more...);
    G* const added = group.get();
    m_groups.push_back(std::move(group));
    return added;
}

// In the order of the menu bar.
void MainWindow::addCommands()
{
    m_lecture = addGroup<LectureMode>();
    m_handOn = addGroup<HandOn>();
    m_target = addGroup<TargetMenu>();
    m_settings = addGroup<KeptSettings>(*m_appearance, *m_target, *m_lecture);
    addGroup<FileMenu>(*m_handOn, *m_settings);
    addGroup<EditMenu>();
    addGroup<ViewMenu>(*m_lecture, *m_appearance);
    m_steps = addGroup<StepMenu>();
    addGroup<RunMenu>(*m_target);
    m_lessons = addGroup<LessonMenu>();
    addGroup<HelpMenu>();
    m_bar = addGroup<CommandBar>(*m_target);
}

void MainWindow::connectParts()
{
    for (Part* part : m_parts->all)
        connect(part, &Part::said, this, &MainWindow::say);
    connect(m_parts->steps, &StepsPart::changeRequested, m_parts->palette, &PalettePart::change);
    connect(m_parts->steps, &StepsPart::draggedOut, m_steps, &StepMenu::takeOnFunctionAt);
    connect(m_parts->palette, &PalettePart::textRequested, m_steps, &StepMenu::editText);
    connect(m_parts->implementations, &ImplementationsPart::filled, m_layout, &WindowLayout::setAbove);
    connect(m_parts->inputs, &InputsPart::valueChosen, this, &MainWindow::showOutput);
    connect(m_parts->memory, &MemoryPart::bufferChosen, this, &MainWindow::selectNode);
    connect(m_layout, &WindowLayout::tabSeen, m_parts->deployment,
            [this] { m_parts->deployment->setLookedAt(m_layout->isSeen(m_parts->deployment)); });
    connect(m_lecture, &LectureMode::toggled, this, [this](bool on) { m_appearance->setLarge(on); });
    for (const auto& [level, part] : m_parts->levels)
        connect(part->pane(), &LevelPane::closeRequested, action(QStringLiteral("view.") + QLatin1String(name(level))),
                &QAction::toggle);
    for (TextPart* part : m_parts->texts()) {
        part->setMenu({action(QStringLiteral("edit.find")), action(QStringLiteral("view.nextChange")),
                       action(QStringLiteral("step.edit"))});
        connect(part, &TextPart::zoomRequested, this, [this](int steps) { m_appearance->zoom(steps); });
    }
}

void MainWindow::connectLesson()
{
    LessonPart* const lesson = m_parts->lesson;
    connect(lesson, &LessonPart::filled, m_layout, &WindowLayout::setLesson);
    connect(lesson, &LessonPart::stepAsked, m_parts->palette, &PalettePart::fill);
    connect(lesson, &LessonPart::handInAsked, action(QStringLiteral("lesson.handIn")), &QAction::trigger);
    connect(lesson, &LessonPart::handOutAsked, action(QStringLiteral("lesson.handOut")), &QAction::trigger);
    connect(lesson, &LessonPart::resetAsked, action(QStringLiteral("lesson.reset")), &QAction::trigger);
    connect(lesson, &LessonPart::nextLessonAsked, m_lessons, &LessonMenu::openNext, Qt::QueuedConnection);
    connect(m_lessons, &LessonMenu::startAsked, this, &MainWindow::showStart);
}

void MainWindow::connectWorkspace()
{
    connect(m_workspace, &Workspace::sceneChanged, this,
            [this](const ScenePtr&, Aspects changed) { showScene(changed); });
    connect(
        m_workspace, &Workspace::unboundDimensions, this,
        [this](const QStringList& names) { askDimensions(*m_workspace, names, this); }, Qt::QueuedConnection);
    connect(&m_workspace->runs(), &Runs::exported, this,
            [this](const Exported& exported, const QString& folder) { showExportResult(exported, folder, this); });
    connect(&m_workspace->jobs(), &JobRunner::becameIdle, this, &MainWindow::sayCounterparts);
}

void MainWindow::connectStart()
{
    connect(m_documents, &Documents::said, this, &MainWindow::say);
    connect(m_start, &StartPage::openAsked, m_documents, &Documents::askModel);
    connect(m_start, &StartPage::chosen, m_documents, &Documents::open, Qt::QueuedConnection);
    connect(m_start, &StartPage::lessonChosen, m_lessons, &LessonMenu::open, Qt::QueuedConnection);
    connect(
        m_start, &StartPage::forgotten, this,
        [this](const QString& path) {
            m_documents->forget(path);
            showStart();
        },
        Qt::QueuedConnection);
    connect(m_documents, &Documents::opening, this, [this](const QString& path) {
        m_central->setCurrentWidget(m_layout);
        for (const auto& [level, part] : m_parts->levels)
            if (!m_workspace->isOpen())
                part->pane()->showMessage(tr("Opening %1…").arg(path));
    });
}

// --- showing
// -----------------------------------------------------------------------------------------------------------------------------

void MainWindow::showScene(Aspects changed)
{
    m_parts->show(*m_workspace, changed);
    if (!(changed & (Aspects(Aspect::Model) | Aspect::Steps | Aspect::State | Aspect::Times)))
        return;
    const ScenePtr now = m_workspace->scene();
    showTitle(*now);
    for (const auto& group : m_groups)
        group->show(*now, changed);
}

void MainWindow::showStart()
{
    std::vector<RecentFile> recent;
    for (const QString& path : m_documents->recent())
        recent.push_back({path, QFileInfo::exists(path)});
    m_start->setRecent(std::move(recent));
    m_start->setSamples(samples());
    m_start->setLessons(strata::lessons(m_lessons->language()));
    m_central->setCurrentWidget(m_start);
    m_start->setFocus();
}

// The title names the model, and the recipe's file where there is one: it is the recipe that is saved or not.
void MainWindow::showTitle(const Scene& scene)
{
    const QString recipe = QFileInfo(scene.recipePath).fileName();
    const QString both = recipe.isEmpty() ? scene.title : scene.title + QStringLiteral(" · ") + recipe;
    setWindowTitle(scene.isOpen() ? tr("%1[*] — Strata").arg(both) : tr("Strata[*]"));
    setWindowModified(scene.modified);
}

// Said once all levels are there: silence would leave open whether a pane has no counterpart or is late.
void MainWindow::sayCounterparts()
{
    if (!m_workspace->place() || m_workspace->scene()->lit.empty())
        return;
    QStringList none;
    for (const auto& [level, part] : m_parts->levels)
        if (!part->isLit())
            none << title(level).toLower();
    if (!none.isEmpty())
        say(tr("no counterpart at: %1").arg(none.join(QStringLiteral(", "))));
}

void MainWindow::say(const QString& sentence) { m_parts->status->say(sentence); }

// Whole, among the values.
void MainWindow::showOutput(const QString& name)
{
    const FunctionPtr entry = m_workspace->session().current()->module->entryFunction();
    if (!entry || !entry->graph())
        return say(tr("The shown state is no graph, so that its values have no place there."));
    m_workspace->panes().point({{entry->name, NodeKind::Value, name.toStdString()}, false}, false);
    m_layout->see(m_parts->values);
}

void MainWindow::reportFault(const QString& what)
{
    m_parts->problems->add(
        {{Problem::Kind::Bug, tr("A fault of Strata: %1. The steps are as they were.").arg(what), {}, {}}});
}

void MainWindow::openFile(const QString& path, const QString& recipe) { m_documents->open(path, recipe); }

void MainWindow::selectNode(const QString& name)
{
    if (!m_workspace->isOpen())
        return;
    const std::string wanted = name.toStdString();
    const auto search = [&](const Module& module, bool lowered) {
        for (const Cursor& cursor : cursors(module))
            if (cursor.name == wanted || (cursor.name.empty() && cursor.function == wanted)) {
                m_workspace->panes().point({cursor, lowered}, false);
                return true;
            }
        return false;
    };
    const ShownPtr& shown = m_workspace->shown();
    if (!search(*m_workspace->session().current()->module, false) && shown && shown->lowered)
        search(shown->lowered->module(), true);
}

// --- events
// ----------------------------------------------------------------------------------------------------------------------

// The tool bar says what can be found, where there is room for it.
void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    if (m_bar)
        m_bar->fit(width());
}

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
    m_lecture->setPresenter(false);
    m_settings->save();
    m_workspace->giveUp();
    event->accept();
}

bool MainWindow::eventFilter(QObject* watched, QEvent* event)
{
    if (!m_lecture->isOn() || event->type() != QEvent::KeyPress || !isActiveWindow()
        || QApplication::activeModalWidget())
        return QMainWindow::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    if (key->modifiers() & ~Qt::KeypadModifier)
        return QMainWindow::eventFilter(watched, event);
    return m_lecture->key(*key) || QMainWindow::eventFilter(watched, event);
}

}  // namespace strata
