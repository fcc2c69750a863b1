#include "app/window/window_layout.h"

#include <QSettings>
#include <QTabBar>
#include <QVBoxLayout>

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

WindowLayout::WindowLayout(QWidget* parent)
    : QWidget(parent)
    , m_main(makeSplitter(Qt::Vertical))
    , m_upper(makeSplitter(Qt::Horizontal))
    , m_left(makeSplitter(Qt::Vertical))
    , m_columns(makeSplitter(Qt::Horizontal))
    , m_right(makeSplitter(Qt::Vertical))
    , m_bottom(makeSplitter(Qt::Horizontal))
{
    m_left->setMinimumWidth(180);
    m_bottom->setMinimumHeight(120);
    m_upper->addWidget(m_left);
    m_upper->addWidget(m_columns);
    m_upper->setStretchFactor(1, 1);
    m_main->addWidget(m_upper);
    m_main->addWidget(m_bottom);
    m_main->setStretchFactor(0, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_main, 1);
}

void WindowLayout::add(Room room, Part* part)
{
    if (room != Room::Foot)
        m_parts.push_back(part);
    auto* level = qobject_cast<LevelPart*>(part);
    if (level) {
        m_levels.push_back(level);
        connect(level->pane(), &LevelPane::maximizeToggled, this, [this, level](bool on) { maximize(level, on); });
    }
    switch (room) {
    case Room::Lesson:
        m_lesson = part->widget();
        m_lesson->hide();
        m_upper->insertWidget(0, m_lesson);
        m_upper->setStretchFactor(0, 0);
        m_upper->setStretchFactor(m_upper->indexOf(m_columns), 1);
        break;
    case Room::Left: m_left->addWidget(part->widget()); break;
    case Room::Levels: m_columns->addWidget(part->widget()); break;
    case Room::Beside:
        m_beside = part->widget();
        m_beside->hide();
        m_columns->addWidget(m_beside);
        break;
    case Room::Above:
        m_above = part->widget();
        m_above->hide();
        m_right->insertWidget(0, m_above);
        break;
    case Room::LevelsRight:
        m_right->addWidget(part->widget());
        m_columns->addWidget(m_right);
        break;
    case Room::Inspector: m_bottom->addWidget(part->widget()); break;
    case Room::Foot:
        part->widget()->hide();
        layout()->addWidget(part->widget());
        break;
    default: addTab(room, part);
    }
}

void WindowLayout::addTab(Room room, Part* part)
{
    QTabWidget*& tabs = m_tabs[room];
    if (!tabs) {
        tabs = makeTabs();
        tabs->setAccessibleName(part->name());  // its first says what the others are like
        m_bottom->addWidget(tabs);
        connect(tabs, &QTabWidget::currentChanged, this,
                [this, tabs] { emit tabSeen(tabs->currentWidget()->property("part").value<Part*>()); });
    }
    QWidget* widget = part->widget();
    widget->setProperty("part", QVariant::fromValue(part));
    tabs->addTab(widget, part->name());
    connect(part, &Part::renamed, this, [tabs, widget](const QString& name, const QString& hint) {
        tabs->setTabText(tabs->indexOf(widget), name);
        tabs->setTabToolTip(tabs->indexOf(widget), hint);
    });
    connect(part, &Part::raised, this, [this, part] { see(part); });
}

Part* WindowLayout::partOf(const QWidget* inside) const
{
    for (Part* part : m_parts)
        if (inside && (part->widget() == inside || part->widget()->isAncestorOf(inside)))
            return part;
    return nullptr;
}

QTabWidget* WindowLayout::tabsOf(const Part* part) const
{
    for (const auto& [room, tabs] : m_tabs)
        if (tabs->indexOf(part->widget()) >= 0)
            return tabs;
    return nullptr;
}

void WindowLayout::see(const Part* part)
{
    if (QTabWidget* tabs = tabsOf(part))
        tabs->setCurrentWidget(part->widget());
}

bool WindowLayout::isSeen(const Part* part) const
{
    const QTabWidget* tabs = tabsOf(part);
    return tabs && tabs->currentWidget() == part->widget();
}

// --- sizes
// -------------------------------------------------------------------------------------------------------------------------------

void WindowLayout::reset(const QSize& window)
{
    for (LevelPart* part : m_levels)
        part->pane()->setMaximized(false);
    const int w = std::max(window.width(), 1000), h = std::max(window.height(), 700);
    m_main->setSizes({h * 74 / 100, h * 22 / 100});
    m_upper->setSizes({std::clamp(w * 22 / 100, 260, 420), std::clamp(w * 20 / 100, 230, 330), w * 80 / 100});
    m_columns->setSizes({w * 19 / 100, w * 33 / 100, w * 30 / 100, w * 28 / 100});
    m_right->setSizes({h * 21 / 100, h * 18 / 100, h * 35 / 100});
    m_left->setSizes({h * 36 / 100, h * 38 / 100});
    m_bottom->setSizes({w * 40 / 100, w * 21 / 100, w * 17 / 100, w * 22 / 100});
}

std::vector<std::pair<const char*, QSplitter*>> WindowLayout::splitters() const
{
    return {{"main", m_main},   {"panes", m_upper}, {"columns", m_columns},
            {"right", m_right}, {"left", m_left},   {"bottom", m_bottom}};
}

void WindowLayout::save(QSettings& settings) const
{
    for (const auto& [name, splitter] : splitters())
        settings.setValue(QStringLiteral("splitter/") + QLatin1String(name), splitter->saveState());
}

void WindowLayout::restore(const QSettings& settings)
{
    for (const auto& [name, splitter] : splitters())
        if (const QByteArray state = settings.value(QStringLiteral("splitter/") + QLatin1String(name)).toByteArray();
            !state.isEmpty())
            splitter->restoreState(state);
}

// --- which panes are there
// -------------------------------------------------------------------------------------------------------------------------------

void WindowLayout::setLevel(Level level, bool on)
{
    if (on)
        m_wanted.insert(level);
    else
        m_wanted.erase(level);
    for (LevelPart* part : m_levels)
        if (part->level() == level)
            part->pane()->setMaximized(false);
    showWanted();
}

void WindowLayout::setBeside(bool on)
{
    m_besideWanted = on;
    m_beside->setVisible(on);
}

void WindowLayout::setAbove(bool on)
{
    if (std::exchange(m_aboveWanted, on) != on && !m_maximized && !m_beforeLecture)
        showWanted();
}

void WindowLayout::setLesson(bool on)
{
    if (std::exchange(m_lessonWanted, on) == on || m_maximized || m_beforeLecture)
        return;
    m_lesson->setVisible(on);
    if (!on)
        return;
    // Beside its text a lesson speaks of loops and instructions: their lines are to be read without scrolling.
    const int w = width();
    m_upper->setSizes({std::clamp(w * 22 / 100, 260, 420), std::clamp(w * 16 / 100, 230, 300), w * 62 / 100});
    m_columns->setSizes({w * 14 / 100, w * 33 / 100, w * 30 / 100, w * 20 / 100});
}

void WindowLayout::showWanted() { showOnly(m_wanted); }

void WindowLayout::showOnly(const std::set<Level>& levels)
{
    m_beside->setVisible(m_besideWanted);
    m_lesson->setVisible(m_lessonWanted && !m_maximized && !m_beforeLecture);
    bool right = m_aboveWanted && !m_maximized && !m_beforeLecture;
    m_above->setVisible(right);
    for (const LevelPart* part : m_levels) {
        const bool wanted = levels.count(part->level()) > 0;
        part->widget()->setVisible(wanted);
        right = right || (wanted && m_right->indexOf(part->widget()) >= 0);
    }
    m_right->setVisible(right);
}

void WindowLayout::maximize(const LevelPart* one, bool on)
{
    if (m_beforeLecture)
        return;  // which panes are there, the lecture says
    m_maximized = on ? one : nullptr;
    if (!on) {
        showWanted();
        m_left->setVisible(m_leftBefore);
        m_bottom->setVisible(m_bottomBefore);
        return;
    }
    m_leftBefore = !m_left->isHidden();
    m_bottomBefore = !m_bottom->isHidden();
    showOnly({one->level()});
    m_left->hide();
    m_bottom->hide();
    m_beside->hide();
}

void WindowLayout::setLecture(const std::optional<std::set<Level>>& panes)
{
    if (panes) {
        if (!m_beforeLecture) {
            Before before{{}, m_maximized, !m_left->isHidden(), !m_bottom->isHidden()};
            for (const auto& [name, splitter] : splitters())
                before.splitters.push_back(splitter->saveState());
            m_beforeLecture = std::move(before);
        }
        m_left->hide();
        m_bottom->hide();
        showOnly(*panes);
        m_columns->setSizes({width() * 28 / 100, width() * 58 / 100, width() * 42 / 100, width() * 42 / 100});
        return;
    }
    if (!m_beforeLecture)
        return;
    const Before before = *std::exchange(m_beforeLecture, std::nullopt);
    if (before.maximized)
        showOnly({before.maximized->level()});
    else
        showWanted();
    m_left->setVisible(before.left);
    m_bottom->setVisible(before.bottom);
    const auto all = splitters();
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i].second->restoreState(before.splitters[i]);
}

}  // namespace strata
