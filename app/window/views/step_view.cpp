#include "app/window/views/step_view.h"

#include "app/window/theme/theme.h"
#include "app/window/views/level_pane.h"

#include <QContextMenuEvent>
#include <QMenu>
#include <QPainter>
#include <QStyledItemDelegate>

namespace strata {

namespace {

class StepDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override
    {
        return {120, option.fontMetrics.height() + 9};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const StepRow& row = static_cast<const StepModel*>(index.model())->row(index.row());
        const Theme& theme = themeOf(option.palette);
        painter->save();
        painter->setFont(option.font);
        if (row.current) {
            painter->fillRect(option.rect, theme.selectedGround);
            painter->fillRect(QRect(option.rect.topLeft(), QSize(3, option.rect.height())), theme.selectedMark);
        } else if (option.state & QStyle::State_MouseOver) {
            painter->fillRect(option.rect, theme.ground);
        }
        if (option.state & QStyle::State_HasFocus) {
            painter->setPen(theme.accent);
            painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
        }
        painter->setOpacity(row.refused || !row.done ? 0.6 : 1);
        QRect rest = drawLead(*painter, option, row, theme,
                              StepView::numberWidth(option.fontMetrics, index.model()->rowCount()));
        rest.setRight(drawDelta(*painter, option, row, theme) - 6);
        drawTitle(*painter, rest, option, row, theme);
        painter->restore();
    }

private:
    static QRect drawLead(QPainter& painter, const QStyleOptionViewItem& option, const StepRow& row, const Theme& theme,
                          int width)
    {
        QRect rect = option.rect.adjusted(6 + row.indent * 14, 0, -8, 0);
        painter.setPen(theme.muted);
        painter.drawText(QRect(rect.left(), rect.top(), width, rect.height()), Qt::AlignRight | Qt::AlignVCenter,
                         row.branch ? QStringLiteral("⎇") : QString::number(row.number));
        const QRect badge(rect.left() + width + 6, rect.center().y() - 7, 16, 16);
        if (row.root) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(theme.muted);
            painter.setRenderHint(QPainter::Antialiasing);
            painter.drawRoundedRect(badge, 3, 3);
            painter.setBrush(theme.panel);
            painter.drawEllipse(QRectF(badge).center(), 2.5, 2.5);
        } else {
            BadgeLabel::paint(painter, badge, row.level, option.palette, painter.opacity());
        }
        rect.setLeft(badge.right() + 8);
        return rect;
    }

    // Returns where the text to its left has to end.
    static int drawDelta(QPainter& painter, const QStyleOptionViewItem& option, const StepRow& row, const Theme& theme)
    {
        const QRect rect = option.rect.adjusted(0, 0, -10, 0);
        painter.setPen(theme.muted);
        painter.drawText(rect, Qt::AlignRight | Qt::AlignVCenter, row.delta);
        int left = rect.right() - option.fontMetrics.horizontalAdvance(row.delta);
        if (row.automatic.isEmpty())
            return left;
        QFont small = option.font;
        small.setPointSizeF(small.pointSizeF() * 0.8);
        painter.setFont(small);
        const QSize size = QFontMetrics(small).size(0, QStringLiteral("auto")) + QSize(8, 2);
        const QRect tag(QPoint(left - size.width() - 8, option.rect.center().y() - size.height() / 2), size);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(theme.line);
        painter.drawRoundedRect(tag, 3, 3);
        painter.setPen(theme.muted);
        painter.drawText(tag, Qt::AlignCenter, QStringLiteral("auto"));
        painter.setFont(option.font);
        return tag.left();
    }

    static void drawTitle(QPainter& painter, QRect rect, const QStyleOptionViewItem& option, const StepRow& row,
                          const Theme& theme)
    {
        painter.setPen(theme.text);
        for (const TitlePart& part : row.title) {
            QFont font = option.font;
            font.setBold(part.bold);
            font.setStrikeOut(row.refused || row.disabled);
            painter.setFont(font);
            const QFontMetrics metrics(font);
            const QString text = metrics.elidedText(part.text, Qt::ElideRight, rect.width());
            painter.drawText(rect, Qt::AlignVCenter | Qt::AlignLeft, text);
            rect.setLeft(rect.left() + metrics.horizontalAdvance(part.text));
            if (text != part.text || rect.width() < 12)
                break;
        }
    }
};

}  // namespace

StepView::StepView(QWidget* parent)
    : QListView(parent)
{
    setFrameShape(QFrame::NoFrame);
    setItemDelegate(new StepDelegate(this));
    setMouseTracking(true);
    setUniformItemSizes(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Steps"));
    connect(this, &QListView::clicked, this,
            [this](const QModelIndex& index) { emit stateChosen(m_model->row(index.row()).state); });
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
}

void StepView::showCurrent()
{
    const int row = m_model->currentRow();
    if (row < 0)
        return;
    setCurrentIndex(m_model->index(row));
    scrollTo(m_model->index(row));
}

void StepView::keyPressEvent(QKeyEvent* event)
{
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentIndex().isValid())
        return emit stateChosen(m_model->row(currentIndex().row()).state);
    if (event->key() == Qt::Key_Delete && currentIndex().row() > 0)
        return emit dropRequested(m_model->row(currentIndex().row()).state);
    QListView::keyPressEvent(event);
}

void StepView::contextMenuEvent(QContextMenuEvent* event)
{
    const QModelIndex index = event->reason() == QContextMenuEvent::Keyboard ? currentIndex() : indexAt(event->pos());
    if (!index.isValid())
        return;
    const StepRow& row = m_model->row(index.row());
    const int id = row.state;
    QMenu menu(this);
    menu.addAction(tr("Go to this state"), this, [this, id] { emit stateChosen(id); });
    if (!row.root) {
        menu.addAction(tr("Change this step…"), this, [this, id] { emit changeRequested(id); });
        menu.addAction(tr("Drop this step, replay the rest"), this, [this, id] { emit dropRequested(id); });
        const bool out = !row.disabled;
        menu.addAction(out ? tr("Leave this step out") : tr("Take this step again"), this,
                       [this, id, out] { emit leaveOutRequested(id, out); });
        menu.addAction(tr("Move this step up"), this, [this, id] { emit moveRequested(id, -1); });
        menu.addAction(tr("Move this step down"), this, [this, id] { emit moveRequested(id, 1); });
    }
    menu.addAction(tr("Branch from here"), this, [this, id] { emit stateChosen(id); })
        ->setToolTip(tr("Go there; the next step starts a branch"));
    menu.addSeparator();
    menu.addAction(tr("Show differences against this state"), this, [this, id] { emit compareRequested(id); });
    menu.addAction(tr("Copy the recipe line"), this, [this, id] { emit copyRequested(id); });
    menu.exec(event->globalPos());
}

}  // namespace strata
