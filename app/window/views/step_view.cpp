#include "app/window/views/step_view.h"

#include "app/window/theme/theme.h"
#include "app/window/views/step_delegate.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>

namespace strata {

StepView::StepView(QWidget* parent)
    : QListView(parent)
{
    setFrameShape(QFrame::NoFrame);
    setItemDelegate(new StepDelegate(this));
    setMouseTracking(true);
    setSelectionMode(QAbstractItemView::ContiguousSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Steps"));
    connect(this, &QListView::clicked, this, [this](const QModelIndex& index) {
        if (!(QApplication::keyboardModifiers() & (Qt::ShiftModifier | Qt::ControlModifier)))  // selects rows
            emit stateChosen(m_model->row(index.row()).state);
    });
    connect(itemDelegate(), &QAbstractItemDelegate::closeEditor, this, [this] {
        m_noted = -1;
        scheduleDelayedItemsLayout();
    });
    m_scroll.setInterval(40);
    connect(&m_scroll, &QTimer::timeout, this, [this] {
        const int by = m_dragAt.y() < 12 ? -1 : m_dragAt.y() > viewport()->height() - 12 ? 1 : 0;
        verticalScrollBar()->setValue(verticalScrollBar()->value() + by * verticalScrollBar()->singleStep());
        drag(m_dragAt);
    });
}

int StepView::numberWidth(const QFontMetrics& metrics, int rows)
{
    const qsizetype digits = std::max<qsizetype>(2, QString::number(rows).size());
    return metrics.horizontalAdvance(QString(digits, QLatin1Char('0'))) + 2;
}

void StepView::setStepModel(StepModel* model)
{
    m_model = model;
    setModel(model);
    connect(model, &StepModel::dataChanged, this, [this] { scheduleDelayedItemsLayout(); });  // heights may differ
}

void StepView::showCurrent()
{
    const int row = m_model->currentRow();
    if (row < 0)
        return;
    selectionModel()->setCurrentIndex(m_model->index(row), QItemSelectionModel::ClearAndSelect);
    scrollTo(m_model->index(row));
}

void StepView::showGroup(int state)
{
    for (int row = 0; row < m_model->rowCount(); ++row)
        if (m_model->row(row).group && m_model->row(row).state == state) {
            selectionModel()->setCurrentIndex(m_model->index(row), QItemSelectionModel::ClearAndSelect);
            scrollTo(m_model->index(row));
        }
}

std::optional<StepRange> StepView::chosen(int row) const
{
    if (row < 0 || m_model->row(row).root)
        return std::nullopt;
    const QModelIndexList selected = selectionModel()->selectedRows();
    if (selected.size() < 2 || !selectionModel()->isSelected(m_model->index(row)))
        return m_model->row(row).steps();
    int from = row, to = row;
    for (const QModelIndex& index : selected) {
        from = std::min(from, index.row());
        to = std::max(to, index.row());
    }
    if (m_model->row(from).root)
        ++from;
    return StepRange(m_model->row(from).first, m_model->row(to).state);
}

std::optional<StepRange> StepView::chosen() const { return m_model ? chosen(currentIndex().row()) : std::nullopt; }

std::optional<StepRow> StepView::currentStep() const
{
    const int row = m_model ? currentIndex().row() : -1;
    return row < 0 || m_model->row(row).root ? std::nullopt : std::optional(m_model->row(row));
}

void StepView::editNote()
{
    if (state() == EditingState && !indexWidget(currentIndex()))
        setFocus();  // the editor of another row hands over its text and closes
    if (!currentStep() || state() == EditingState)
        return;
    const QModelIndex index = currentIndex();
    m_noted = index.row();
    doItemsLayout();  // makes room for the editor before it is placed
    scrollTo(index);
    edit(index);
}

void StepView::keyPressEvent(QKeyEvent* event)
{
    const std::optional<StepRow> row = currentStep();
    if (event->key() == Qt::Key_Escape && isDragging())
        return endDrag();
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentIndex().isValid())
        return emit stateChosen(m_model->row(currentIndex().row()).state);
    if (event->key() == Qt::Key_Delete && row)
        return emit dropRequested(*chosen());
    const bool fold = event->key() == Qt::Key_Left, unfold = event->key() == Qt::Key_Right;
    if (row && row->group && ((fold && !row->folded) || (unfold && row->folded)))
        return emit foldRequested(row->state);
    QListView::keyPressEvent(event);
}

void StepView::contextMenuEvent(QContextMenuEvent* event)
{
    const QModelIndex index = event->reason() == QContextMenuEvent::Keyboard ? currentIndex() : indexAt(event->pos());
    if (!index.isValid() || isDragging())
        return;
    const StepRow row = m_model->row(index.row());
    const int id = row.state;
    QMenu menu(this);
    menu.addAction(tr("Go to this state"), this, [this, id] { emit stateChosen(id); });
    if (const std::optional<StepRange> steps = chosen(index.row())) {
        const bool many = steps->first != steps->last;
        const StepRange range = *steps;
        const bool out = !row.disabled;
        if (!many && !row.group)
            menu.addAction(tr("Change this step…"), this, [this, id] { emit changeRequested(id); });
        menu.addAction(many ? tr("Drop these steps, replay the rest") : tr("Drop this step, replay the rest"), this,
                       [this, range] { emit dropRequested(range); });
        menu.addAction(out ? (many ? tr("Leave these steps out") : tr("Leave this step out"))
                           : (many ? tr("Take these steps again") : tr("Take this step again")),
                       this, [this, range, out] { emit leaveOutRequested(range, out); });
        menu.addAction(many ? tr("Move these steps up") : tr("Move this step up"), this,
                       [this, range] { emit moveRequested(range, -1); });
        menu.addAction(many ? tr("Move these steps down") : tr("Move this step down"), this,
                       [this, range] { emit moveRequested(range, 1); });
        menu.addAction(tr("Take on other functions…"), this, [this, range] { emit othersRequested(range); });
        menu.addSeparator();
        menu.addAction(row.group ? tr("Title…") : tr("Note…"), this, [this, row = QPersistentModelIndex(index)] {
            setCurrentIndex(row);
            editNote();
        });
        if (row.branch)
            menu.addAction(tr("Name the branch…"), this, [this, first = row.first] { emit nameRequested(first); });
        if (row.group) {
            menu.addAction(row.folded ? tr("Unfold") : tr("Fold"), this, [this, id] { emit foldRequested(id); });
            menu.addAction(tr("Ungroup"), this, [this, range] { emit ungroupRequested(range); });
        } else {
            menu.addAction(tr("Group…"), this, [this, range] { emit groupRequested(range); });
        }
    }
    menu.addAction(tr("Branch from here"), this, [this, id] { emit stateChosen(id); })
        ->setToolTip(tr("Go there; the next step starts a branch"));
    menu.addSeparator();
    menu.addAction(tr("Show differences against this state"), this, [this, id] { emit compareRequested(id); });
    if (!row.group)
        menu.addAction(tr("Copy the recipe line"), this, [this, id] { emit copyRequested(id); });
    menu.exec(event->globalPos());
}

// --- dragging
// -----------------------------------------------------------------------------------------------------------------------------

bool StepView::isMark(const QPoint& at) const
{
    const QModelIndex index = indexAt(at);
    if (!index.isValid() || !m_model->row(index.row()).group)
        return false;
    const int left = 6 + m_model->row(index.row()).indent * 14;
    return at.x() >= left - 6 && at.x() < left + numberWidth(fontMetrics(), m_model->rowCount()) + 6;
}

void StepView::mousePressEvent(QMouseEvent* event)
{
    m_pressed.reset();
    const QModelIndex index = indexAt(event->pos());
    m_press = Press::Ours;
    if (event->button() == Qt::LeftButton && isMark(event->pos()))
        return emit foldRequested(m_model->row(index.row()).state);
    if (event->button() == Qt::LeftButton && index.isValid() && !m_model->row(index.row()).root)
        m_pressed = event->pos();
    // Selected rows are dragged together, so the selection stays until the button is let go.
    if (m_pressed && event->modifiers() == Qt::NoModifier && selectionModel()->isSelected(index)
        && selectionModel()->selectedRows().size() > 1)
        return;
    m_press = Press::OfList;
    QListView::mousePressEvent(event);
}

void StepView::mouseMoveEvent(QMouseEvent* event)
{
    const bool held = event->buttons() & Qt::LeftButton;
    if (held && m_pressed && !isDragging()
        && (event->pos() - *m_pressed).manhattanLength() >= QApplication::startDragDistance()) {
        m_dragged = chosen(indexAt(*m_pressed).row());
        if (isDragging())
            m_scroll.start();
    }
    if (isDragging())
        return drag(event->pos());
    if (!held)
        QListView::mouseMoveEvent(event);
}

void StepView::mouseReleaseEvent(QMouseEvent* event)
{
    const bool pressed = std::exchange(m_pressed, std::nullopt).has_value();
    if (!isDragging() && m_press == Press::OfList)
        return QListView::mouseReleaseEvent(event);
    if (!isDragging()) {
        if (const QModelIndex index = indexAt(event->pos()); pressed && index.isValid()) {
            selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect);
            emit stateChosen(m_model->row(index.row()).state);
        }
        return;
    }
    const StepRange steps = *m_dragged;
    if (!rect().contains(viewport()->mapTo(this, event->pos()))) {
        endDrag();
        return emit draggedOut(steps, event->globalPosition().toPoint());
    }
    const int after = placeOf(gapAt(event->pos()));
    const bool moves = after >= 0 && !stays(after);
    endDrag();
    if (after < 0)
        emit said(tr("That place is on another branch. Go to the branch first."));
    else if (moves)
        emit moveBehindRequested(steps, after);
}

void StepView::mouseDoubleClickEvent(QMouseEvent* event)
{
    const QModelIndex index = indexAt(event->pos());
    if (event->button() == Qt::LeftButton && index.isValid() && m_model->row(index.row()).group)
        return emit foldRequested(m_model->row(index.row()).state);
    QListView::mouseDoubleClickEvent(event);
}

void StepView::focusOutEvent(QFocusEvent* event)
{
    if (isDragging())
        endDrag();
    QListView::focusOutEvent(event);
}

// The row above which a point is: the nearer edge of the one that it is in.
int StepView::gapAt(const QPoint& at) const
{
    for (int row = 1; row < m_model->rowCount(); ++row)
        if (at.y() < visualRect(m_model->index(row)).center().y())
            return row;
    return m_model->rowCount();
}

// The rows of what is dragged; of an unfolded group those of its steps, too.
std::pair<int, int> StepView::draggedRows() const
{
    int from = -1, to = -1;
    for (int row = 0; row < m_model->rowCount(); ++row) {
        if (from < 0 && m_model->row(row).first == m_dragged->first)
            from = row;
        if (m_model->row(row).state == m_dragged->last)
            to = row;
    }
    return {from, to};
}

// Branches are drawn between the steps of the path that they left: where the row below is of the same branch as what is
// dragged, it says the place; else the one above.
int StepView::placeOf(int gap) const
{
    const auto [from, to] = draggedRows();
    if (from < 0 || to < 0)
        return -1;
    const int chain = m_model->row(from).chain;
    if (gap < m_model->rowCount() && m_model->row(gap).chain == chain)
        return m_model->row(gap).after;
    return m_model->row(gap - 1).chain == chain ? m_model->row(gap - 1).state : -1;
}

bool StepView::stays(int after) const
{
    const auto [from, to] = draggedRows();
    bool within = from >= 0 && after == m_model->row(from).after;
    for (int row = std::max(0, from); row <= to; ++row)
        within = within || m_model->row(row).state == after;
    return within;
}

void StepView::drag(const QPoint& at)
{
    m_dragAt = at;
    const bool outside = !rect().contains(viewport()->mapTo(this, at));  // over a function, perhaps
    const int gap = gapAt(at), after = placeOf(gap);
    m_dropRow = !outside && after >= 0 && !stays(after) ? gap : -1;
    viewport()->setCursor(outside ? Qt::DragCopyCursor : after < 0 ? Qt::ForbiddenCursor : Qt::ClosedHandCursor);
    viewport()->update();
}

void StepView::endDrag()
{
    m_dragged.reset();
    m_pressed.reset();
    m_dropRow = -1;
    m_scroll.stop();
    viewport()->unsetCursor();
    viewport()->update();
}

void StepView::paintEvent(QPaintEvent* event)
{
    QListView::paintEvent(event);
    if (!isDragging())
        return;
    QPainter painter(viewport());
    const Theme& theme = themeOf(palette());
    const auto [from, to] = draggedRows();
    QColor veil = palette().color(QPalette::Base);
    veil.setAlphaF(0.6F);
    for (int row = std::max(0, from); row <= to; ++row)
        painter.fillRect(visualRect(m_model->index(row)), veil);
    if (m_dropRow < 0)
        return;
    const QRect above = visualRect(m_model->index(m_dropRow - 1));
    const int y = above.bottom() + 1, left = 6 + m_model->row(std::max(0, from)).indent * 14;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.accent, 2));
    painter.setBrush(theme.panel);
    painter.drawLine(left + 6, y, viewport()->width() - 6, y);
    painter.drawEllipse(QPointF(left + 3, y), 3, 3);
}

}  // namespace strata
