#include "app/window/graph/graph_pane.h"

#include "app/window/graph/legend.h"
#include "app/window/graph/minimap.h"
#include "app/window/graph/outline.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMenu>
#include <QShortcut>
#include <QSplitter>

namespace strata {

namespace {

constexpr int legendFrom = 640, wideBar = 230;  // a pane's width
constexpr Overlay overlays[] = {Overlay::None,  Overlay::Time,  Overlay::Flops,
                                Overlay::Bytes, Overlay::Error, Overlay::Changed};

}  // namespace

GraphPane::GraphPane(QWidget* parent)
    : QWidget(parent)
    , m_view(new GraphView)
    , m_legend(new GraphLegend)
    , m_outline(new GraphOutline)
{
    m_outline->hide();
    connect(m_outline, &GraphOutline::boxChosen, m_view, &GraphView::goTo);
    connect(m_outline, &GraphOutline::nodeChosen, this, &GraphPane::nodeChosen);
    connect(m_view, &GraphView::currentChanged, m_outline, &GraphOutline::setCurrentBox);
    setFocusProxy(m_view);
    m_view->setAccessibleName(tr("Graph"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeBar());
    column->addWidget(makeFindBar());
    auto* row = new QBoxLayout(QBoxLayout::LeftToRight);
    m_row = row;
    row->setSpacing(0);
    m_canvas = new QSplitter(Qt::Horizontal);
    m_canvas->setHandleWidth(1);
    m_canvas->setChildrenCollapsible(false);
    m_canvas->addWidget(m_outline);
    m_canvas->addWidget(m_view);
    m_canvas->setStretchFactor(1, 1);
    row->addWidget(m_canvas, 1);
    row->addWidget(m_legend);
    column->addLayout(row, 1);
    m_map = new Minimap(m_view);
    connect(m_view, &GraphView::moved, m_map, &Minimap::update);
    connect(m_view, &GraphView::currentChanged, this, &GraphPane::showPath);
}

QToolButton* GraphPane::addButton(QLayout* row, const QString& text, const QString& toolTip, std::function<void()> run)
{
    auto* button = new QToolButton;
    button->setAutoRaise(true);
    button->setText(text);
    button->setToolTip(toolTip);
    button->setAccessibleName(toolTip);
    button->setFocusPolicy(Qt::TabFocus);
    connect(button, &QToolButton::clicked, this, std::move(run));
    row->addWidget(button);
    return button;
}

QWidget* GraphPane::makeBar()
{
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(8, 1, 4, 1);
    row->setSpacing(2);
    m_path = new QLabel;
    m_path->setTextFormat(Qt::RichText);
    m_path->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_path->setAccessibleName(tr("Groups around the selected box"));
    connect(m_path, &QLabel::linkActivated, this, [this](const QString& box) {
        m_view->setFocus();
        m_view->goTo(box.toInt());
    });
    row->addWidget(m_path, 1);
    m_levels = {addButton(row, QStringLiteral("⊞"), tr("Open all groups"), [this] { m_view->openLevels(1000); }),
                addButton(row, QStringLiteral("⊟"), tr("Close all groups"), [this] { m_view->openLevels(0); })};
    QToolButton* levels = addButton(row, QStringLiteral("≡"), tr("Open groups by level"), [] {});
    levels->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(levels);
    for (int depth = 1; depth <= 4; ++depth)
        menu->addAction(tr("%n level(s)", nullptr, depth), this, [this, depth] { m_view->openLevels(depth); });
    for (QToolButton* all : m_levels)
        menu->addAction(all->toolTip(), all, &QToolButton::click);
    levels->setMenu(menu);
    addButton(row, tr("Fit"), tr("Fit the graph"), [this] { m_view->fit(); });
    addButton(row, QStringLiteral("⌕"), tr("Find in the graph"), [this] { openFind(); });
    m_overlay = new QComboBox;
    for (const Overlay overlay : overlays)
        m_overlay->addItem(overlayName(overlay), static_cast<int>(overlay));
    m_overlay->setCurrentIndex(1);
    m_overlay->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_overlay->setMinimumContentsLength(5);
    m_overlay->setToolTip(tr("What the colours of the boxes show"));
    m_overlay->setAccessibleName(m_overlay->toolTip());
    connect(m_overlay, &QComboBox::activated, this, &GraphPane::overlayChosen);
    row->addWidget(m_overlay);
    return bar;
}

QWidget* GraphPane::makeFindBar()
{
    m_findBar = new QWidget;
    auto* row = new QHBoxLayout(m_findBar);
    row->setContentsMargins(8, 1, 4, 3);
    row->setSpacing(2);
    m_find = new QLineEdit;
    m_find->setPlaceholderText(tr("Operator, name, shape, attribute"));
    m_find->setAccessibleName(tr("Find in the graph"));
    m_find->setToolTip(tr("F3 or Enter: the next; Shift+F3: the one before; Esc closes"));
    m_find->installEventFilter(this);
    row->addWidget(m_find, 1);
    m_pattern = addButton(row, QStringLiteral(".*"), tr("Regular expression"), [this] { emit queried(query()); });
    m_pattern->setCheckable(true);
    m_status = new QLabel;
    m_status->setForegroundRole(QPalette::PlaceholderText);
    row->addWidget(m_status);
    addButton(row, QStringLiteral("↑"), tr("The one before"), [this] { goToFound(false); });
    addButton(row, QStringLiteral("↓"), tr("The next"), [this] { goToFound(true); });
    addButton(row, QStringLiteral("×"), tr("Close"), [this] {
        m_findBar->hide();
        m_find->clear();
        m_view->setFocus();
    });
    connect(m_find, &QLineEdit::textChanged, this, [this] { emit queried(query()); });
    for (const bool forward : {true, false}) {
        auto* key = new QShortcut(QKeySequence(forward ? Qt::Key_F3 : Qt::SHIFT | Qt::Key_F3), this);
        key->setContext(Qt::WidgetWithChildrenShortcut);
        connect(key, &QShortcut::activated, this, [this, forward] { goToFound(forward); });
    }
    m_findBar->hide();
    return m_findBar;
}

bool GraphPane::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != m_find || event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    if (key->key() == Qt::Key_Escape) {
        m_findBar->hide();
        m_find->clear();
        m_view->setFocus();
        return true;
    }
    if (key->key() != Qt::Key_Return && key->key() != Qt::Key_Enter)
        return QWidget::eventFilter(watched, event);
    goToFound(!(key->modifiers() & Qt::ShiftModifier));
    return true;
}

void GraphPane::setOutline(bool on)
{
    const bool narrow = width() < legendFrom;
    m_canvas->setOrientation(narrow ? Qt::Vertical : Qt::Horizontal);
    m_outline->setVisible(on);
    const int all = narrow ? m_canvas->height() : m_canvas->width();
    m_canvas->setSizes({all * 2 / 5, all * 3 / 5});
}

void GraphPane::openFind()
{
    m_findBar->show();
    m_find->setFocus();
    m_find->selectAll();
}

FindQuery GraphPane::query() const { return {m_find->text(), m_pattern->isChecked()}; }

void GraphPane::setFound(std::vector<Cursor> found)
{
    const Cursor now = m_at >= 0 ? m_found[m_at] : Cursor{};
    m_found = std::move(found);
    const auto kept = std::find(m_found.begin(), m_found.end(), now);
    m_at = kept == m_found.end() ? -1 : static_cast<int>(kept - m_found.begin());
    m_view->setFound(m_found, -1);
    showStatus();
}

void GraphPane::goToFound(bool forward)
{
    const int count = static_cast<int>(m_found.size());
    if (count == 0)
        return;
    m_at = m_at < 0 ? (forward ? 0 : count - 1) : (m_at + (forward ? 1 : count - 1)) % count;
    m_view->setFound(m_found, m_at);
    showStatus();
}

void GraphPane::showStatus()
{
    const QString fault = query().fault();
    m_status->setToolTip(fault);
    if (query().isEmpty())
        m_status->clear();
    else if (!fault.isEmpty())
        m_status->setText(tr("no regular expression"));
    else if (m_at >= 0)
        m_status->setText(tr("%1 of %2").arg(m_at + 1).arg(m_found.size()));
    else
        m_status->setText(m_found.empty() ? tr("not found") : tr("%1 found").arg(m_found.size()));
}

// "main › 12 × encoder layer › attention"
void GraphPane::showPath(int box)
{
    const GraphPicturePtr& picture = m_view->picture();
    QStringList parts;
    for (int at = box; picture && at >= 0; at = picture->boxes[at].frame) {
        const QString title = picture->boxes[at].title.toHtmlEscaped();
        parts.prepend(at == box ? title : QStringLiteral("<a href='%1'>%2</a>").arg(at).arg(title));
    }
    if (picture)
        parts.prepend(QString::fromStdString(picture->function).toHtmlEscaped());
    m_path->setText(parts.join(QStringLiteral(" › ")));
}

void GraphPane::setPicture(GraphPicturePtr picture)
{
    m_view->setPicture(std::move(picture));
    m_outline->setPicture(m_view->picture());
    m_legend->setFamilies(*m_view->picture());
    m_view->setFound(m_found, -1);
}

void GraphPane::setHeat(const Heat& heat)
{
    m_view->setHeat(heat);
    m_view->setDimmed(overlay() == Overlay::Changed);
    m_legend->setHeat(heat);
}

Overlay GraphPane::overlay() const { return static_cast<Overlay>(m_overlay->currentData().toInt()); }

void GraphPane::setOverlay(Overlay overlay)
{
    m_overlay->setCurrentIndex(m_overlay->findData(static_cast<int>(overlay)));
    emit overlayChosen();
}

QString GraphPane::legendText() const { return m_legend->text(); }

void GraphPane::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const bool flat = width() < legendFrom;
    m_row->setDirection(flat ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
    m_legend->setFlat(flat, width());
    for (QToolButton* all : m_levels)  // what the menu beside them has, too
        all->setVisible(width() >= wideBar);
    m_legend->setVisible(height() > 200);
    m_map->update();
}

}  // namespace strata
