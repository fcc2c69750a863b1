#include "app/window/views/step_delegate.h"

#include "app/window/theme/theme.h"
#include "app/window/views/level_pane.h"
#include "app/window/views/step_view.h"

#include <QLineEdit>
#include <QPainter>

namespace strata {

namespace {

const StepRow& rowOf(const QModelIndex& index)
{
    return static_cast<const StepModel*>(index.model())->row(index.row());
}

QFont noteFont(QFont font)
{
    font.setPointSizeF(font.pointSizeF() * 0.88);
    font.setItalic(true);
    return font;
}

int noteHeight(const QStyleOptionViewItem& option) { return QFontMetrics(noteFont(option.font)).height() + 4; }

void drawNote(QPainter& painter, const QRect& rect, const QStyleOptionViewItem& option, const StepRow& row,
              const Theme& theme)
{
    const QFont font = noteFont(option.font);
    painter.setFont(font);
    painter.setPen(theme.muted);
    const QString text = QFontMetrics(font).elidedText(row.note, Qt::ElideRight, rect.width());
    painter.drawText(rect.adjusted(0, 0, 0, -4), Qt::AlignLeft | Qt::AlignBottom, text);
}

// Points right where a group is folded, down where it is not.
void drawFold(QPainter& painter, const QRect& rect, const StepRow& row, const Theme& theme)
{
    const QPointF c = QRectF(rect).center();
    const qreal d = 3.5;
    QPolygonF mark{{c.x() - d * 0.7, c.y() - d}, {c.x() + d, c.y()}, {c.x() - d * 0.7, c.y() + d}};
    if (!row.folded)
        mark = QPolygonF{{c.x() - d, c.y() - d * 0.7}, {c.x() + d, c.y() - d * 0.7}, {c.x(), c.y() + d}};
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.muted);
    painter.drawPolygon(mark);
}

QRect drawLead(QPainter& painter, const QStyleOptionViewItem& option, const StepRow& row, const Theme& theme, int width)
{
    QRect rect = option.rect.adjusted(6 + row.indent * 14, 0, -8, 0);
    painter.setPen(theme.muted);
    if (row.group) {
        drawFold(painter, QRect(rect.left(), rect.top(), width, rect.height()), row, theme);
        rect.setLeft(rect.left() + width + 6);
        return rect;
    }
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
int drawDelta(QPainter& painter, const QStyleOptionViewItem& option, const StepRow& row, const Theme& theme)
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

void drawTitle(QPainter& painter, QRect rect, const QStyleOptionViewItem& option, const StepRow& row,
               const Theme& theme)
{
    painter.setPen(theme.text);
    const auto fontOf = [&](const TitlePart& part) {
        QFont font = option.font;
        font.setBold(part.bold);
        font.setStrikeOut(row.refused || row.disabled);
        return font;
    };
    const auto advance = [&](const TitlePart& part) { return QFontMetrics(fontOf(part)).horizontalAdvance(part.text); };
    for (const TitlePart& part : elided(row.title, rect.width(), advance)) {
        painter.setFont(fontOf(part));
        painter.drawText(rect, Qt::AlignVCenter | Qt::AlignLeft, part.text);
        rect.setLeft(rect.left() + advance(part));
    }
}

}  // namespace

StepDelegate::StepDelegate(StepView* view)
    : QStyledItemDelegate(view)
    , m_view(view)
{
}

// A note, or its editor, has a line of its own.
QSize StepDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const bool noted = !rowOf(index).note.isEmpty() || (!rowOf(index).group && m_view->notedRow() == index.row());
    return {120, option.fontMetrics.height() + 9 + (noted ? noteHeight(option) : 0)};
}

QWidget* StepDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const bool group = rowOf(index).group;
    auto* editor = new QLineEdit(parent);
    editor->setFont(group ? option.font : noteFont(option.font));
    editor->setPlaceholderText(group ? StepView::tr("Title of the group") : StepView::tr("Why this step?"));
    editor->setAccessibleName(group ? StepView::tr("Title of the group") : StepView::tr("Note"));
    editor->setTextMargins(0, 0, 0, 0);
    return editor;
}

void StepDelegate::setEditorData(QWidget* editor, const QModelIndex& index) const
{
    auto* line = static_cast<QLineEdit*>(editor);
    line->setText(index.data(Qt::EditRole).toString());
    line->selectAll();
}

void StepDelegate::setModelData(QWidget* editor, QAbstractItemModel* model, const QModelIndex& index) const
{
    model->setData(index, static_cast<QLineEdit*>(editor)->text(), Qt::EditRole);
}

void StepDelegate::updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                                        const QModelIndex& index) const
{
    const QRect rect = textRect(option, rowOf(index));
    editor->setGeometry(rowOf(index).group ? rect : rect.adjusted(0, rect.height() - noteHeight(option) - 2, 0, 0));
}

void StepDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const StepRow& row = rowOf(index);
    const Theme& theme = themeOf(option.palette);
    painter->save();
    painter->setFont(option.font);
    if (row.current) {
        painter->fillRect(option.rect, theme.selectedGround);
        painter->fillRect(QRect(option.rect.topLeft(), QSize(3, option.rect.height())), theme.selectedMark);
    } else if ((option.state & QStyle::State_MouseOver)
               || ((option.state & QStyle::State_Selected) && !(option.state & QStyle::State_HasFocus))) {
        painter->fillRect(option.rect, theme.ground);
    }
    if (option.state & QStyle::State_HasFocus) {
        painter->setPen(theme.accent);
        painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
    }
    painter->setOpacity(row.refused || row.idle || !row.done ? 0.6 : 1);
    QStyleOptionViewItem top = option;
    top.rect.setHeight(option.fontMetrics.height() + 9);
    QRect rest = drawLead(*painter, top, row, theme,
                          StepView::numberWidth(option.fontMetrics, index.model()->rowCount()));
    rest.setRight(drawDelta(*painter, top, row, theme) - 6);
    drawTitle(*painter, rest, top, row, theme);
    if (!row.note.isEmpty() && m_view->notedRow() != index.row())
        drawNote(*painter, textRect(option, row), option, row, theme);
    painter->restore();
}

QRect StepDelegate::textRect(const QStyleOptionViewItem& option, const StepRow& row) const
{
    const int width = StepView::numberWidth(option.fontMetrics, m_view->model()->rowCount());
    return option.rect.adjusted(6 + row.indent * 14 + width + 6 + (row.group ? 0 : 24), 0, -8, 0);
}

}  // namespace strata
