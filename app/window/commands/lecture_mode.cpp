#include "app/window/commands/lecture_mode.h"

#include "app/window/graph/graph_view.h"
#include "app/window/parts/lecture_part.h"
#include "app/window/parts/level_part.h"
#include "app/window/views/lecture_bar.h"
#include "app/window/views/presenter_view.h"
#include "app/window/views/spotlight.h"
#include "app/window/window_parts.h"

#include <QAction>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMainWindow>
#include <QMenuBar>
#include <QScreen>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>
#include <QWindow>

namespace strata {

namespace {

constexpr double largeHead = 1.6, largeGraph = 1.5;

// Of all that a pane holds but its view. A style sheet keeps fonts from being inherited, so each gets its own.
void setHeadScale(LevelPane& pane, double scale)
{
    QFont font = pane.window()->font();
    font.setPointSizeF(font.pointSizeF() * scale);
    pane.setFont(scale == 1 ? QFont() : font);
    for (QWidget* inside : pane.findChildren<QWidget*>())
        if (inside != pane.view() && !pane.view()->isAncestorOf(inside))
            inside->setFont(scale == 1 ? QFont() : font);
}

}  // namespace

LectureMode::LectureMode(const Frame& frame)
    : CommandGroup(frame)
    , m_spotlight(new Spotlight(&frame.window))
{
    PresenterView* presenter = m_parts.lecture->presenter();
    connect(presenter, &PresenterView::closed, this, [this] { setPresenter(false); });
    connect(presenter, &PresenterView::blankAsked, this, &LectureMode::toggleBlank);
    connect(presenter, &PresenterView::spotlightAsked, this, &LectureMode::toggleSpotlight);
}

void LectureMode::set(bool on)
{
    if (m_on == on)
        return;
    GraphView& graph = *m_parts.graphView();
    if (on)
        m_graphCentre = graph.seen().center();
    m_on = on;
    for (auto* bar : m_window.findChildren<QToolBar*>())
        bar->setVisible(!on);
    m_window.menuBar()->setVisible(!on);
    m_window.statusBar()->setVisible(!on);
    m_parts.lecture->widget()->setVisible(on);
    for (const auto& [level, part] : m_parts.levels)
        setHeadScale(*part->pane(), on ? largeHead : 1);
    emit toggled(on);
    m_spotlight->setMode(Spotlight::Mode::Off);
    if (on)
        showPanes();
    else
        m_layout.setLecture(std::nullopt);
    graph.setTextScale(on ? largeGraph : 1);
    if (!on)  // once it has its size again
        QTimer::singleShot(0, &graph, [&graph, centre = m_graphCentre] { graph.returnTo(centre); });
    showChosen();
}

// The graph, too, while the step is one of the graph's.
std::set<Level> LectureMode::panes() const
{
    std::set<Level> panes = m_chosen;
    const StatePtr state = m_workspace.isOpen() ? m_workspace.session().current() : nullptr;
    const FunctionPtr entry = state ? state->module->entryFunction() : nullptr;
    if (entry && entry->graph() && m_parts.lecture->levelOfStep() == Level::Graph)
        panes.insert(Level::Graph);
    return panes;
}

void LectureMode::choosePane(Level level, bool on)
{
    if (!m_on)
        return m_layout.setLevel(level, on);
    std::set<Level>& chosen = m_chosen;
    on ? void(chosen.insert(level)) : void(chosen.erase(level));
    if (chosen.empty())
        chosen.insert(level);  // something is to be seen
    showPanes();
}

// The View menu's marks, of the panes that are wanted in this mode.
void LectureMode::showChosen()
{
    for (const auto& [level, part] : m_parts.levels) {
        QAction* pane = action(QStringLiteral("view.") + part->id());
        const QSignalBlocker quiet(pane);
        pane->setChecked(m_on ? m_chosen.count(level) > 0 : m_layout.isWanted(level));
    }
}

void LectureMode::show(const Scene&, Aspects changed)
{
    if (changed & (Aspects(Aspect::Model) | Aspect::State) && m_on && m_shown != panes())
        showPanes();
}

void LectureMode::showPanes()
{
    m_shown = panes();
    m_layout.setLecture(m_shown);
}

bool LectureMode::key(const QKeyEvent& key)
{
    switch (key.key()) {
    case Qt::Key_Right:
    case Qt::Key_PageDown:
    case Qt::Key_Space: m_workspace.stepBy(1); return true;
    case Qt::Key_Left:
    case Qt::Key_PageUp: m_workspace.stepBy(-1); return true;
    case Qt::Key_B: toggleBlank(); return true;
    case Qt::Key_S: toggleSpotlight(); return true;
    case Qt::Key_Escape: presenting() ? void(m_parts.lecture->presenter()->close()) : set(false); return true;
    default: return false;
    }
}

void LectureMode::toggleBlank()
{
    Spotlight& light = *m_spotlight;
    light.setMode(light.mode() == Spotlight::Mode::Blank ? Spotlight::Mode::Off : Spotlight::Mode::Blank);
}

void LectureMode::toggleSpotlight()
{
    Spotlight& light = *m_spotlight;
    light.setMode(light.mode() == Spotlight::Mode::Pointer ? Spotlight::Mode::Off : Spotlight::Mode::Pointer);
}

// The lecturer stays where the window is; the window goes to another screen, as large as that is.
void LectureMode::setPresenter(bool on)
{
    PresenterView* presenter = m_parts.lecture->presenter();
    if (on == presenting())
        return;
    m_parts.lecture->bar()->setNotesShown(!on);
    if (!on) {
        const auto before = *std::exchange(m_before, std::nullopt);
        presenter->close();
        set(before.lecture);
        m_window.showNormal();
        m_window.restoreGeometry(before.geometry);
        return;
    }
    m_before = {m_window.saveGeometry(), m_on};
    QScreen* const own = m_window.screen();
    presenter->setGeometry(own->availableGeometry().adjusted(40, 60, -40, -40));
    const QList<QScreen*> screens = QGuiApplication::screens();
    const auto other = std::find_if(screens.begin(), screens.end(), [own](const QScreen* s) { return s != own; });
    if (other != screens.end()) {
        m_window.move((*other)->geometry().topLeft());
        m_window.windowHandle()->setScreen(*other);
        m_window.showFullScreen();
    }
    set(true);
    other != screens.end() ? presenter->showMaximized() : presenter->show();
    presenter->raise();
    presenter->activateWindow();
    presenter->startClock();
}

PresenterView* LectureMode::presenter() const { return m_parts.lecture->presenter(); }

}  // namespace strata
