#include "app/window/views/picture_view.h"

#include "app/window/theme/theme.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>

#include <algorithm>

namespace strata {

PictureView::PictureView(QWidget* parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Picture and predicted class"));
    m_previous = new QPushButton(tr("Previous"));
    m_next = new QPushButton(tr("Next picture"));
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_previous);
    buttons->addWidget(m_next);
    buttons->addStretch();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 4, 12, 6);
    layout->addStretch();
    layout->addLayout(buttons);
    connect(m_previous, &QPushButton::clicked, this, [this] { step(-1); });
    connect(m_next, &QPushButton::clicked, this, [this] { step(1); });
    setPictures({});
    setMinimumSize(160, 110);
}

void PictureView::setPictures(std::vector<QImage> pictures)
{
    m_pictures = std::move(pictures);
    m_sample = 0;
    m_values.clear();
    m_previous->setVisible(m_pictures.size() > 1);
    m_next->setVisible(m_pictures.size() > 1);
    update();
}

void PictureView::setValues(int sample, const std::vector<double>& values, int expected)
{
    m_sample = sample;
    m_values = values;
    m_expected = expected;
    update();
}

void PictureView::step(int by)
{
    const int count = static_cast<int>(m_pictures.size());
    emit asked(((m_sample + by) % count + count) % count);
}

void PictureView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Theme& theme = themeOf(palette());
    painter.fillRect(rect(), theme.panel);
    painter.setPen(theme.muted);
    if (m_pictures.empty()) {
        painter.drawText(
            rect().adjusted(16, 8, -16, -8), Qt::AlignCenter | Qt::TextWordWrap,
            tr("A picture and its predicted class, for a model that comes with pictures (Samples › MLP on digits)."));
        return;
    }
    const int side = std::max(24, std::min(height() - 50, width() / 2 - 20));
    const QRect frame(12, 8, side, side);
    painter.drawImage(frame, m_pictures[std::min<std::size_t>(m_sample, m_pictures.size() - 1)]);
    painter.setPen(theme.line);
    painter.drawRect(frame);
    if (m_values.empty())
        return;
    const auto best = std::max_element(m_values.begin(), m_values.end());
    const int predicted = static_cast<int>(best - m_values.begin());
    QFont large = font();
    large.setPointSizeF(large.pointSizeF() * 1.8);
    large.setBold(true);
    painter.setFont(large);
    const int x = frame.right() + 16;
    painter.setPen(m_expected < 0 || m_expected == predicted ? theme.right : theme.wrong);
    painter.drawText(QRect(x, frame.top(), width() - x, 34), Qt::AlignVCenter, QString::number(predicted));
    painter.setFont(font());
    painter.setPen(theme.muted);
    const QString truth = m_expected < 0            ? QString()
                          : m_expected == predicted ? tr("as expected")
                                                    : tr("expected %1").arg(m_expected);
    painter.drawText(QRect(x, frame.top() + 34, width() - x, 18), Qt::AlignVCenter, truth);
    const int rows = static_cast<int>(std::min<std::size_t>(m_values.size(), 10));
    const double most = std::max(1e-9, *best),
                 rowHeight = std::min(14.0, (height() - frame.top() - 62.0) / std::max(1, rows));
    QFont small = font();
    small.setPixelSize(std::clamp(static_cast<int>(rowHeight) - 1, 6, 11));
    painter.setFont(small);
    for (int i = 0; i < rows; ++i) {
        const double top = frame.top() + 56 + i * rowHeight;
        painter.setPen(theme.muted);
        painter.drawText(QRectF(x, top, 12, rowHeight), Qt::AlignVCenter, QString::number(i));
        painter.fillRect(QRectF(x + 14, top + 1, std::max(0.0, m_values[i] / most) * (width() - x - 30),
                                std::max(2.0, rowHeight - 3)),
                         i == predicted ? theme.accent : theme.line);
    }
}

}  // namespace strata
