// Lecture mode: what is explained alone, in large type; and the presenter view on a screen of its own.
#include "app/window/main_window.h"

#include "app/window/graph/graph_view.h"
#include "app/window/parts/graph_part.h"
#include "app/window/parts/lecture_part.h"
#include "app/window/parts/text_part.h"
#include "app/window/views/lecture_bar.h"
#include "app/window/views/presenter_view.h"
#include "app/window/views/spotlight.h"

#include <QGuiApplication>
#include <QKeyEvent>
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

struct MainWindow::LectureState {
    std::set<Level> chosen{Level::Loops, Level::Hardware}, shown;
    QPointF graphCentre;
    Spotlight* spotlight = nullptr;
    // The window as it was before the presenter view moved it; none: that is closed.
    struct Place {
        QByteArray geometry;
        bool lecture = false;
    };
    std::optional<Place> before;
};

void MainWindow::LectureDeleter::operator()(LectureState* state) const { delete state; }

void MainWindow::makeLecture()
{
    m_lectureState.reset(new LectureState);
    m_lectureState->spotlight = new Spotlight(this);
    PresenterView* presenter = m_lecturePart->presenter();
    connect(presenter, &PresenterView::closed, this, [this] { setPresenter(false); });
    connect(presenter, &PresenterView::blankAsked, this, &MainWindow::toggleBlank);
    connect(presenter, &PresenterView::spotlightAsked, this, &MainWindow::toggleSpotlight);
}

void MainWindow::setLecture(bool on)
{
    if (m_lecture == on)
        return;
    GraphView& graph = *m_graph->view();
    if (on)
        m_lectureState->graphCentre = graph.seen().center();
    m_lecture = on;
    for (auto* bar : findChildren<QToolBar*>())
        bar->setVisible(!on);
    menuBar()->setVisible(!on);
    statusBar()->setVisible(!on);
    m_lecturePart->widget()->setVisible(on);
    for (const auto& [level, part] : m_levels)
        setHeadScale(*part->pane(), on ? largeHead : 1);
    setCodeSize(m_codeSize);
    m_lectureState->spotlight->setMode(Spotlight::Mode::Off);
    if (on)
        showLecturePanes();
    else
        m_layout->setLecture(std::nullopt);
    graph.setTextScale(on ? largeGraph : 1);
    if (!on)  // once it has its size again
        QTimer::singleShot(0, &graph, [&graph, centre = m_lectureState->graphCentre] { graph.returnTo(centre); });
    showChosenPanes();
}

// The graph, too, while the step is one of the graph's.
std::set<Level> MainWindow::lecturePanes() const
{
    std::set<Level> panes = m_lectureState->chosen;
    const StatePtr state = m_workspace->isOpen() ? m_workspace->session().current() : nullptr;
    const FunctionPtr entry = state ? state->module->entryFunction() : nullptr;
    if (entry && entry->graph() && m_lecturePart->levelOfStep() == Level::Graph)
        panes.insert(Level::Graph);
    return panes;
}

void MainWindow::choosePane(Level level, bool on)
{
    if (!m_lecture)
        return m_layout->setLevel(level, on);
    std::set<Level>& chosen = m_lectureState->chosen;
    on ? void(chosen.insert(level)) : void(chosen.erase(level));
    if (chosen.empty())
        chosen.insert(level);  // something is to be seen
    showLecturePanes();
}

// The View menu's marks, of the panes that are wanted in this mode.
void MainWindow::showChosenPanes()
{
    for (const auto& [level, part] : m_levels) {
        QAction* action = m_actions[QStringLiteral("view.") + part->id()];
        const QSignalBlocker quiet(action);
        action->setChecked(m_lecture ? m_lectureState->chosen.count(level) > 0 : m_layout->isWanted(level));
    }
}

void MainWindow::followLecture()
{
    if (m_lecture && m_lectureState->shown != lecturePanes())
        showLecturePanes();
}

void MainWindow::showLecturePanes()
{
    m_lectureState->shown = lecturePanes();
    m_layout->setLecture(m_lectureState->shown);
}

bool MainWindow::lectureKey(const QKeyEvent& key)
{
    switch (key.key()) {
    case Qt::Key_Right:
    case Qt::Key_PageDown:
    case Qt::Key_Space: m_workspace->stepBy(1); return true;
    case Qt::Key_Left:
    case Qt::Key_PageUp: m_workspace->stepBy(-1); return true;
    case Qt::Key_B: toggleBlank(); return true;
    case Qt::Key_S: toggleSpotlight(); return true;
    case Qt::Key_Escape: presenting() ? void(m_lecturePart->presenter()->close()) : setLecture(false); return true;
    default: return false;
    }
}

void MainWindow::toggleBlank()
{
    Spotlight& light = *m_lectureState->spotlight;
    light.setMode(light.mode() == Spotlight::Mode::Blank ? Spotlight::Mode::Off : Spotlight::Mode::Blank);
}

void MainWindow::toggleSpotlight()
{
    Spotlight& light = *m_lectureState->spotlight;
    light.setMode(light.mode() == Spotlight::Mode::Pointer ? Spotlight::Mode::Off : Spotlight::Mode::Pointer);
}

// The lecturer stays where the window is; the window goes to another screen, as large as that is.
void MainWindow::setPresenter(bool on)
{
    PresenterView* presenter = m_lecturePart->presenter();
    if (on == presenting())
        return;
    m_lecturePart->bar()->setNotesShown(!on);
    if (!on) {
        const auto before = *std::exchange(m_lectureState->before, std::nullopt);
        presenter->close();
        setLecture(before.lecture);
        showNormal();
        restoreGeometry(before.geometry);
        return;
    }
    m_lectureState->before = {saveGeometry(), m_lecture};
    QScreen* const own = screen();
    presenter->setGeometry(own->availableGeometry().adjusted(40, 60, -40, -40));
    const QList<QScreen*> screens = QGuiApplication::screens();
    const auto other = std::find_if(screens.begin(), screens.end(), [own](const QScreen* s) { return s != own; });
    if (other != screens.end()) {
        move((*other)->geometry().topLeft());
        windowHandle()->setScreen(*other);
        showFullScreen();
    }
    setLecture(true);
    other != screens.end() ? presenter->showMaximized() : presenter->show();
    presenter->raise();
    presenter->activateWindow();
    presenter->startClock();
}

bool MainWindow::presenting() const { return m_lectureState->before.has_value(); }
PresenterView* MainWindow::presenter() const { return m_lecturePart->presenter(); }
QWidget* MainWindow::presenterWindow() const { return presenter(); }
Spotlight* MainWindow::spotlight() const { return m_lectureState->spotlight; }

}  // namespace strata
