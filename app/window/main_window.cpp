#include "app/window/main_window.h"

#include "app/window/theme/theme.h"
#include "app/window/views/graph_view.h"
#include "app/window/views/lecture_bar.h"
#include "app/window/views/memory_view.h"
#include "app/window/views/palette_view.h"
#include "app/window/views/panel.h"
#include "app/window/views/picture_view.h"
#include "app/window/views/roofline_view.h"
#include "app/window/views/step_view.h"
#include "app/window/views/text_view.h"

#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QMenu>
#include <QMenuBar>
#include <QStatusBar>

namespace strata {

namespace {

QTabWidget* makeTabs()
{
    auto* tabs = new QTabWidget;
    tabs->setDocumentMode(true);
    tabs->tabBar()->setExpanding(false);
    tabs->tabBar()->setDrawBase(false);
    return tabs;
}

QSplitter* makeSplitter(Qt::Orientation orientation)
{
    auto* splitter = new QSplitter(orientation);
    splitter->setHandleWidth(1);
    splitter->setChildrenCollapsible(false);
    return splitter;
}

}  // namespace

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent)
    , m_workspace(new Workspace(this))
    , m_stepModel(new StepModel(this))
    , m_paletteModel(new PaletteModel(this))
    , m_inspectorModel(new TableModel({tr("What"), tr("Value")}, {}, this))
    , m_deploymentModel(new TableModel({tr("Part"), tr("Bytes"), tr("Kind"), tr("Brought in by")}, {1}, this))
    , m_problemModel(new TableModel({tr("Kind"), tr("Where"), tr("What")}, {}, this))
{
    setObjectName(QStringLiteral("explorer"));
    setAcceptDrops(true);
    setContextMenuPolicy(Qt::NoContextMenu);
    m_main = makeSplitter(Qt::Vertical);
    m_upper = makeSplitter(Qt::Horizontal);
    m_upper->addWidget(makeLeft());
    m_upper->addWidget(makePanes());
    m_upper->setStretchFactor(1, 1);
    m_main->addWidget(m_upper);
    m_main->addWidget(makeBottom());
    m_main->setStretchFactor(0, 1);
    auto* central = new QWidget;
    auto* layout = new QVBoxLayout(central);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_main, 1);
    m_lectureBar = new LectureBar;
    m_lectureBar->hide();
    layout->addWidget(m_lectureBar);
    setCentralWidget(central);
    makeActions();
    makeToolBar();
    makeStatusBar();
    connectWorkspace();
    fitScreen();
    resetLayout();
    setCodeSize(m_codeSize);
    applyTheme();
    showOpened();
    qApp->installEventFilter(this);
}

MainWindow::~MainWindow()
{
    qApp->removeEventFilter(this);
    disconnect(m_workspace, nullptr, this, nullptr);
    disconnect(&m_workspace->jobs(), nullptr, this, nullptr);
}

QWidget* MainWindow::makeLeft()
{
    m_steps = new StepView;
    m_steps->setStepModel(m_stepModel);
    m_palette = new PaletteView(m_paletteModel);
    m_stepPanel = new Panel(tr("Steps"), m_steps);
    m_palettePanel = new Panel(tr("Transforms"), m_palette);
    m_left = makeSplitter(Qt::Vertical);
    m_left->addWidget(m_stepPanel);
    m_left->addWidget(m_palettePanel);
    m_left->setMinimumWidth(180);
    connect(m_steps, &StepView::stateChosen, m_workspace, &Workspace::select);
    connect(m_steps, &StepView::changeRequested, this, &MainWindow::changeStep);
    connect(m_steps, &StepView::dropRequested, m_workspace, &Workspace::dropSteps);
    connect(m_steps, &StepView::leaveOutRequested, m_workspace, &Workspace::leaveOut);
    connect(m_steps, &StepView::moveRequested, m_workspace, &Workspace::moveSteps);
    connect(m_steps, &StepView::moveBehindRequested, m_workspace, &Workspace::moveBehind);
    connect(m_steps, &StepView::groupRequested, this, &MainWindow::groupSteps);
    connect(m_steps, &StepView::ungroupRequested, this, [this](StepRange steps) { m_workspace->setGroup(steps, {}); });
    connect(m_steps, &StepView::foldRequested, this, &MainWindow::fold);
    connect(m_steps, &StepView::said, this, &MainWindow::say);
    connect(m_stepModel, &StepModel::noteEdited, m_workspace, &Workspace::setNote, Qt::QueuedConnection);
    connect(
        m_stepModel, &StepModel::titleEdited, this,
        [this](StepRange steps, const QString& title) {
            if (!title.trimmed().isEmpty())
                nameGroup(steps, title);
        },
        Qt::QueuedConnection);
    connect(m_steps, &StepView::compareRequested, m_workspace, &Workspace::setBaseline);
    connect(m_steps, &StepView::copyRequested, this, [this](int id) {
        if (id != 0)
            QGuiApplication::clipboard()->setText(
                QString::fromStdString(print(m_workspace->session().state(id)->step, *m_workspace->registry())));
    });
    connect(m_palette, &PaletteView::chosen, this, &MainWindow::openForm);
    return m_left;
}

QWidget* MainWindow::makePanes()
{
    makeGraphPane();
    m_columns = makeSplitter(Qt::Horizontal);
    m_right = makeSplitter(Qt::Vertical);
    m_columns->addWidget(m_panes[Level::Graph]);
    m_columns->addWidget(makeTextPane(Level::Loops));
    m_right->addWidget(makeTextPane(Level::Library));
    m_right->addWidget(makeTextPane(Level::Hardware));
    m_columns->addWidget(m_right);
    for (LevelPane* pane : std::as_const(m_panes)) {
        connect(pane, &LevelPane::bannerClosed, m_workspace, &Workspace::clearRefusal);
        connect(pane, &LevelPane::bannerAction, this, &MainWindow::takeHelp, Qt::QueuedConnection);
        connect(pane, &LevelPane::maximizeToggled, this, [this, pane](bool on) { maximize(pane, on); });
        connect(pane, &LevelPane::closeRequested, this, [this, pane] {
            m_actions[QStringLiteral("view.") + title(pane->level()).toLower()]->setChecked(false);
        });
    }
    return m_columns;
}

void MainWindow::makeGraphPane()
{
    m_graph = new GraphView;
    m_graph->setAccessibleName(tr("Graph"));
    auto* pane = new LevelPane(Level::Graph, m_graph);
    m_panes[Level::Graph] = pane;
    connect(m_graph, &GraphView::pointed, this, [this](const Cursor& cursor, bool gone) {
        m_workspace->point({cursor, false}, gone);
    });
    connect(m_graph, &GraphView::cleared, m_workspace, &Workspace::clearSelection);
    connect(m_graph, &GraphView::opened, this, [this](const Cursor& cursor, const QString& group) {
        if (!group.isEmpty())
            return m_workspace->toggleGroup(group.toStdString());
        const FunctionPtr function = m_workspace->session().current()->module->find(cursor.function);
        if (!function || !function->graph())
            return;
        for (const GraphNodePtr& node : function->graph()->nodes)
            if (node->name == cursor.name && node->isCall())
                m_workspace->setGraphFunction(node->callee);
    });
    connect(pane, &LevelPane::chosen, this,
            [this](const QString& name) { m_workspace->setGraphFunction(name.toStdString()); });
    connect(pane, &LevelPane::findRequested, this,
            [this](const QString& text, bool forward) { m_graph->find(text, forward); });
}

LevelPane* MainWindow::makeTextPane(Level level)
{
    auto* text = new TextView(level == Level::Hardware ? Syntax::Assembly : Syntax::Strata);
    text->setAccessibleName(title(level));
    auto* pane = new LevelPane(level, text);
    m_panes[level] = pane;
    m_texts[level] = text;
    connect(text, &TextView::pointed, this, [this](const Cursor& cursor, bool gone) {
        m_workspace->point({cursor, true}, gone);
    });
    connect(text, &TextView::zoomRequested, this, &MainWindow::zoomText);
    connect(text, &TextView::menuRequested, this, [this, text](int, const QPoint& at) {
        QMenu menu(this);
        menu.addAction(tr("Copy"), text, &TextView::copy);
        menu.addActions({m_actions[QStringLiteral("edit.find")], m_actions[QStringLiteral("view.nextChange")],
                         m_actions[QStringLiteral("step.edit")]});
        menu.exec(at);
    });
    connect(pane, &LevelPane::findRequested, this,
            [text](const QString& what, bool forward) { text->find(what, forward); });
    if (level == Level::Loops)
        connect(pane, &LevelPane::chosen, this,
                [this](const QString& name) { m_workspace->setFunction(name.toStdString()); });
    return pane;
}

QTableView* MainWindow::makeTable(TableModel* model)
{
    auto* table = new QTableView;
    table->setModel(model);
    table->setFrameShape(QFrame::NoFrame);
    table->setShowGrid(false);
    table->setWordWrap(true);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->verticalHeader()->hide();
    table->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table->horizontalHeader()->setStretchLastSection(true);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table->horizontalHeader()->setHighlightSections(false);
    table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    return table;
}

QWidget* MainWindow::makeBottom()
{
    m_timings = new TimingsView;
    m_problems = makeTable(m_problemModel);
    m_problems->setAccessibleName(tr("Problems"));
    makeImplementations();
    m_roofline = new RooflineView;
    m_picture = new PictureView;
    m_memory = new MemoryView;
    m_deploymentTable = makeTable(m_deploymentModel);
    m_deploymentTable->setAccessibleName(tr("Deployment"));
    m_inspectorTable = makeTable(m_inspectorModel);
    m_inspectorTable->horizontalHeader()->hide();
    m_timingTabs = makeTabs();
    m_timingTabs->addTab(m_timings, tr("Timings"));
    m_timingTabs->addTab(m_implementations, tr("Implementations"));
    m_timingTabs->addTab(m_problems, tr("Problems"));
    m_rooflineTabs = makeTabs();
    m_rooflineTabs->addTab(m_roofline, tr("Roofline"));
    m_rooflineTabs->addTab(m_picture, tr("Picture"));
    m_memoryTabs = makeTabs();
    m_memoryTabs->addTab(m_memory, tr("Memory"));
    m_memoryTabs->addTab(m_deploymentTable, tr("Deployment"));
    m_inspectorPanel = new Panel(tr("Inspector"), m_inspectorTable);
    m_bottom = makeSplitter(Qt::Horizontal);
    for (QWidget* part : std::initializer_list<QWidget*>{m_timingTabs, m_rooflineTabs, m_memoryTabs, m_inspectorPanel})
        m_bottom->addWidget(part);
    m_bottom->setMinimumHeight(120);
    connect(m_timings, &TimingsView::stateChosen, m_workspace, &Workspace::select);
    connect(m_picture, &PictureView::asked, m_workspace, &Workspace::predictPicture);
    connect(m_memory, &MemoryView::bufferChosen, this, &MainWindow::selectNode);
    connect(m_memoryTabs, &QTabWidget::currentChanged, this, [this](int index) {
        if (index == 1)
            m_workspace->refreshDeployment();
    });
    return m_bottom;
}

// The tool bar says what can be found, where there is room for it.
void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    constexpr int roomy = 1250;
    m_search->setText(width() < roomy ? tr("Find…") : tr("Find a node, a transform, a command   Ctrl+K"));
}

void MainWindow::resetLayout()
{
    for (LevelPane* pane : std::as_const(m_panes))
        pane->setMaximized(false);
    const int w = std::max(width(), 1000), h = std::max(height(), 700);
    m_main->setSizes({h * 74 / 100, h * 22 / 100});
    m_upper->setSizes({std::clamp(w * 20 / 100, 230, 330), w * 80 / 100});
    m_columns->setSizes({w * 19 / 100, w * 33 / 100, w * 28 / 100});
    m_right->setSizes({h * 22 / 100, h * 52 / 100});
    m_left->setSizes({h * 36 / 100, h * 38 / 100});
    m_bottom->setSizes({w * 40 / 100, w * 21 / 100, w * 17 / 100, w * 22 / 100});
}

void MainWindow::maximize(LevelPane* pane, bool on)
{
    for (LevelPane* other : std::as_const(m_panes)) {
        QAction* shown = m_actions[QStringLiteral("view.") + title(other->level()).toLower()];
        other->setVisible(on ? other == pane : shown->isChecked());
    }
    m_right->setVisible(!m_panes[Level::Library]->isHidden() || !m_panes[Level::Hardware]->isHidden());
    m_left->setVisible(!on && m_actions[QStringLiteral("view.steps")]->isChecked());
    m_bottom->setVisible(!on && m_actions[QStringLiteral("view.bottom")]->isChecked());
}

void MainWindow::setCodeSize(double size)
{
    m_codeSize = std::clamp(size, 6.0, 30.0);
    for (TextView* text : std::as_const(m_texts))
        text->setCodeSize(m_lecture ? m_codeSize * 1.7 : m_codeSize);
}

void MainWindow::zoomText(int steps) { setCodeSize(m_codeSize + steps); }

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
    showVerdict();
}

}  // namespace strata
