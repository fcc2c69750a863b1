#include "app/window/views/wrapped_label.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QMenu>
#include <QPainter>

namespace strata {

namespace {

constexpr int margin = 6;
constexpr int flags = int(Qt::AlignTop) | int(Qt::AlignLeft) | int(Qt::TextWordWrap);

}  // namespace

WrappedLabel::WrappedLabel(QWidget* parent)
    : QWidget(parent)
{
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    setForegroundRole(QPalette::PlaceholderText);
}

void WrappedLabel::setText(const QString& text)
{
    if (text == m_text)
        return;
    const int before = heightForWidth(width());
    m_text = text;
    setAccessibleName(text);
    if (heightForWidth(width()) != before)
        updateGeometry();
    update();
}

int WrappedLabel::heightForWidth(int width) const
{
    const QRect room(0, 0, std::max(1, width - 2 * margin), QWIDGETSIZE_MAX);
    return fontMetrics().boundingRect(room, flags, m_text).height() + 2 * margin;
}

QSize WrappedLabel::sizeHint() const { return {100, heightForWidth(std::max(100, width()))}; }

QSize WrappedLabel::minimumSizeHint() const { return {20, fontMetrics().height() + 2 * margin}; }

void WrappedLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setPen(palette().color(foregroundRole()));
    painter.drawText(rect().adjusted(margin, margin, -margin, -margin), flags, m_text);
}

void WrappedLabel::contextMenuEvent(QContextMenuEvent* event)
{
    QMenu menu;
    const QAction* copy = menu.addAction(tr("Copy"));
    if (menu.exec(event->globalPos()) == copy)
        QApplication::clipboard()->setText(m_text);
}

}  // namespace strata
