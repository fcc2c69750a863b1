#include "app/window/commands/view_menu.h"

#include "app/window/commands/appearance.h"
#include "app/window/commands/bookmark_menu.h"
#include "app/window/commands/lecture_mode.h"
#include "app/window/graph/graph_pane.h"
#include "app/window/graph/graph_view.h"
#include "app/window/parts/access_part.h"
#include "app/window/parts/graph_part.h"
#include "app/window/parts/text_part.h"
#include "app/window/views/text_view.h"
#include "app/window/window_parts.h"

#include <QActionGroup>
#include <QMainWindow>
#include <QMenu>

#include <algorithm>

namespace strata {

ViewMenu::ViewMenu(const Frame& frame, LectureMode& lecture, Appearance& appearance)
    : CommandGroup(frame)
{
    QMenu* menu = addMenu(tr("&View"));
    addPanes(menu, lecture);
    menu->addSeparator();
    addDifferences(menu);
    menu->addSeparator();
    addForms(menu);
    add(menu, QStringLiteral("view.larger"), tr("Larger text"), QKeySequence::ZoomIn,
        [&appearance] { appearance.zoom(1); });
    add(menu, QStringLiteral("view.smaller"), tr("Smaller text"), QKeySequence::ZoomOut,
        [&appearance] { appearance.zoom(-1); });
    add(menu, QStringLiteral("view.fitGraph"), tr("Fit the graph"), QKeySequence(QStringLiteral("Ctrl+0")),
        [this] { m_parts.graphView()->fit(); });
    addGraph(menu->addMenu(tr("Graph")));
    m_bookmarks = std::make_unique<BookmarkMenu>(frame, menu->addMenu(tr("&Bookmarks")));
    menu->addSeparator();
    addThemes(menu->addMenu(tr("Theme")), appearance);
    add(menu, QStringLiteral("view.lecture"), tr("Lecture mode"), QKeySequence(Qt::Key_F11),
        [&lecture] { lecture.set(!lecture.isOn()); });
    add(menu, QStringLiteral("view.presenter"), tr("Presenter view"), QKeySequence(QStringLiteral("Shift+F11")),
        [&lecture] { lecture.setPresenter(!lecture.presenting()); });
    add(menu, QStringLiteral("view.reset"), tr("Reset the layout"), {}, [this] { m_layout.reset(m_window.size()); });
}

ViewMenu::~ViewMenu() = default;

void ViewMenu::show(const Scene& scene, Aspects changed) { m_bookmarks->show(scene, changed); }

void ViewMenu::addPanes(QMenu* menu, LectureMode& lecture)
{
    int key = 1;
    for (const Level level : {Level::Graph, Level::Loops, Level::Library, Level::Hardware}) {
        addToggle(menu, QStringLiteral("view.") + QLatin1String(name(level)), tr("%1 pane").arg(title(level)),
                  QKeySequence(QStringLiteral("Alt+%1").arg(key++)),
                  [&lecture, level](bool on) { lecture.choosePane(level, on); });
    }
    addToggle(menu, QStringLiteral("view.steps"), tr("Steps and transforms"), QKeySequence(QStringLiteral("Alt+5")),
              [this](bool on) { m_layout.left()->setVisible(on); });
    addToggle(menu, QStringLiteral("view.bottom"), tr("Timings, memory, inspector"),
              QKeySequence(QStringLiteral("Alt+6")), [this](bool on) { m_layout.bottom()->setVisible(on); });
    QAction* accesses = addToggle(menu, QStringLiteral("view.accesses"), tr("Picture of accesses beside the loops"),
                                  QKeySequence(Qt::Key_F6), [this](bool on) {
                                      m_layout.setBeside(on);
                                      m_parts.accesses->setWanted(on);
                                  });
    accesses->setChecked(false);
    m_parts.pane(Level::Loops)->addTool(accesses, tr("Accesses"));
}

void ViewMenu::addDifferences(QMenu* menu)
{
    add(menu, QStringLiteral("view.nextChange"), tr("Next change"), QKeySequence(Qt::Key_F7),
        [this] { nextChange(true); });
    add(menu, QStringLiteral("view.previousChange"), tr("Previous change"), QKeySequence(QStringLiteral("Shift+F7")),
        [this] { nextChange(false); });
    add(menu, QStringLiteral("view.compareParent"), tr("Show differences against the step before"), {},
        [this] { m_workspace.setBaseline(-1); });
    add(menu, QStringLiteral("view.compareRoot"), tr("Show differences against the untouched model"), {},
        [this] { m_workspace.setBaseline(0); });
}

void ViewMenu::addForms(QMenu* menu)
{
    QAction* full = addToggle(menu, QStringLiteral("view.fullForm"), tr("Loops in full form"), QKeySequence(Qt::Key_F8),
                              [this](bool on) { m_workspace.panes().setForm(on ? Form::Full : Form::Short); });
    full->setChecked(false);
    m_parts.pane(Level::Loops)->addTool(full, tr("Full"));
    QAction* interleaved = addToggle(
        menu, QStringLiteral("view.interleaved"), tr("Instructions under their loop lines"), QKeySequence(Qt::Key_F9),
        [this](bool on) { qobject_cast<HardwarePart*>(m_parts.levels.at(Level::Hardware))->setInterleaved(on); });
    interleaved->setChecked(false);
    m_parts.pane(Level::Hardware)->addTool(interleaved, tr("Interleaved"));
    addInstructions(menu);
    QAction* sides = addToggle(menu, QStringLiteral("view.sideBySide"), tr("Differences side by side"),
                               QKeySequence(QStringLiteral("Ctrl+Alt+S")), [this](bool on) {
                                   for (const Level level : {Level::Loops, Level::Library})
                                       m_parts.textView(level)->setSideBySide(on);
                               });
    sides->setChecked(false);
    addIr(menu);
    addToggle(menu, QStringLiteral("view.wrap"), tr("Long lines go on in further rows"),
              QKeySequence(QStringLiteral("Alt+Z")), [this](bool on) {
                  for (const Level level : {Level::Loops, Level::Library})
                      m_parts.textView(level)->setWraps(on);
              });
    addToggle(menu, QStringLiteral("view.wrapInstructions"), tr("Long instructions go on in further rows"),
              QKeySequence(QStringLiteral("Alt+Shift+Z")),
              [this](bool on) { m_parts.textView(Level::Hardware)->setWraps(on); })
        ->setChecked(false);
}

// What stands before instructions.
void ViewMenu::addInstructions(QMenu* menu)
{
    auto* hardware = qobject_cast<HardwarePart*>(m_parts.levels.at(Level::Hardware));
    QAction* bytes = addToggle(menu, QStringLiteral("view.bytes"), tr("Addresses and bytes of instructions"),
                               QKeySequence(QStringLiteral("Ctrl+Alt+B")),
                               [hardware](bool on) { hardware->setBytes(on); });
    bytes->setChecked(false);
    m_parts.pane(Level::Hardware)->addTool(bytes, tr("Bytes"));
    addToggle(menu, QStringLiteral("view.jumps"), tr("Arrows of jumps beside instructions"),
              QKeySequence(QStringLiteral("Ctrl+Alt+J")), [hardware](bool on) { hardware->setJumps(on); });
}

// One of them, or neither.
void ViewMenu::addIr(QMenu* menu)
{
    auto* choices = new QActionGroup(this);
    choices->setExclusionPolicy(QActionGroup::ExclusionPolicy::ExclusiveOptional);
    const auto addChoice = [&](const char* id, const QString& text, const char* keys) {
        QAction* choice = add(menu, QString::fromLatin1(id), text, QKeySequence(QString::fromLatin1(keys)), [] {});
        choice->setCheckable(true);
        choices->addAction(choice);
        return choice;
    };
    QAction* after = addChoice("view.ir", tr("LLVM IR instead of instructions"), "Shift+F9");
    QAction* before = addChoice("view.irBefore", tr("LLVM IR before its passes"), "Ctrl+F9");
    const auto show = [this, before, after] {
        using Ir = HardwarePart::Ir;
        qobject_cast<HardwarePart*>(m_parts.levels.at(Level::Hardware))
            ->setIr(before->isChecked()  ? Ir::Before
                    : after->isChecked() ? Ir::After
                                         : Ir::None);
    };
    for (QAction* choice : {before, after})
        connect(choice, &QAction::toggled, this, show);
    m_parts.pane(Level::Hardware)->addTool(after, QStringLiteral("IR"));
}

void ViewMenu::addGraph(QMenu* menu)
{
    const auto addFor = [&](const char* id, const QString& text, const char* keys,
                            std::function<void(GraphView&)> run) {
        add(menu, QString::fromLatin1(id), text, QKeySequence(QString::fromLatin1(keys)),
            [this, run = std::move(run)] { run(*m_parts.graph->view()); });
    };
    addFor("graph.openAll", tr("Open all groups"), "Ctrl+Alt+Down", [](GraphView& view) { view.openLevels(1000); });
    addFor("graph.closeAll", tr("Close all groups"), "Ctrl+Alt+Up", [](GraphView& view) { view.openLevels(0); });
    addFor("graph.openLevel", tr("Open one level more"), "Ctrl+Alt+Gight",
           [](GraphView& view) { view.openLevels(view.openDepth() + 1); });
    addFor("graph.closeLevel", tr("Close the deepest level"), "Ctrl+Alt+Left",
           [](GraphView& view) { view.openLevels(std::max(0, view.openDepth() - 1)); });
    addFor("graph.closeAround", tr("Close the group around the selection"), "Ctrl+Alt+Backspace",
           [](GraphView& view) { view.closeAround(); });
    menu->addSeparator();
    QAction* sideways = addToggle(menu, QStringLiteral("graph.leftToRight"), tr("Graph from left to right"),
                                  QKeySequence(QStringLiteral("Ctrl+Alt+G")), [this](bool on) {
                                      m_workspace.panes().turnGraph(on ? GraphDirection::Right : GraphDirection::Down);
                                  });
    sideways->setChecked(false);
    m_parts.pane(Level::Graph)->addTool(sideways, QStringLiteral("→"));
    QAction* outline = addToggle(menu, QStringLiteral("graph.outline"), tr("Outline beside the graph"),
                                 QKeySequence(QStringLiteral("Ctrl+Alt+O")),
                                 [this](bool on) { m_parts.graph->graphPane()->setOutline(on); });
    outline->setChecked(false);
    menu->addSeparator();
    for (const Overlay overlay :
         {Overlay::None, Overlay::Time, Overlay::Flops, Overlay::Bytes, Overlay::Error, Overlay::Changed})
        add(menu, QStringLiteral("graph.overlay%1").arg(static_cast<int>(overlay)),
            tr("Overlay: %1").arg(overlayName(overlay)), {},
            [this, overlay] { m_parts.graph->graphPane()->setOverlay(overlay); });
}

void ViewMenu::addThemes(QMenu* themes, Appearance& appearance)
{
    auto* group = new QActionGroup(this);
    const std::pair<QString, Appearance::Theme> choices[] = {{tr("As the system"), Appearance::Theme::System},
                                                             {tr("Light"), Appearance::Theme::Light},
                                                             {tr("Dark"), Appearance::Theme::Dark}};
    for (const auto& [text, choice] : choices) {
        QAction* action = add(themes, QStringLiteral("view.theme%1").arg(static_cast<int>(choice)), text, {},
                              [&appearance, choice = choice] { appearance.setTheme(choice); });
        action->setCheckable(true);
        group->addAction(action);
    }
}

// In the pane that has the focus, then in those behind it (before it), each from its beginning (end).
void ViewMenu::nextChange(bool forward)
{
    struct Stop {
        QWidget* view;
        std::function<bool(bool afresh)> go;
    };
    std::vector<Stop> stops;
    GraphView* graph = m_parts.graphView();
    stops.push_back({graph, [graph, forward](bool afresh) { return graph->goToChange(forward, afresh); }});
    for (const Level level : {Level::Loops, Level::Library, Level::Hardware}) {
        TextView* view = m_parts.textView(level);
        stops.push_back({view, [view, forward](bool afresh) { return view->goToChange(forward, afresh); }});
    }
    std::erase_if(stops, [](const Stop& stop) { return !stop.view->isVisible(); });
    if (!forward)
        std::reverse(stops.begin(), stops.end());
    auto at = std::find_if(stops.begin(), stops.end(), [](const Stop& stop) { return stop.view->hasFocus(); });
    const bool within = at != stops.end();
    if (!within)
        at = stops.begin();
    for (bool afresh = !within; at != stops.end(); ++at, afresh = true)
        if (at->go(afresh))
            return at->view->setFocus();
    say(!within   ? tr("Nothing changed in the panes.")
        : forward ? tr("No further change in the panes.")
                  : tr("No earlier change in the panes."));
}

}  // namespace strata
