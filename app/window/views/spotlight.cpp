#include "app/window/views/spotlight.h"

#include <QCursor>
#include <QEvent>
#include <QPainter>
#include <QPainterPath>

namespace strata {

namespace {

constexpr int radius = 140, followMs = 16;
const QColor dusk(10, 12, 16, 150);

}  // namespace

Spotlight::Spotlight(QWidget* window)
    : QWidget(window)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
    window->installEventFilter(this);
    m_timer.setInterval(followMs);
    connect(&m_timer, &QTimer::timeout, this, &Spotlight::follow);
    hide();
}

void Spotlight::setMode(Mode mode)
{
    m_mode = mode;
    setVisible(mode != Mode::Off);
    mode == Mode::Pointer ? m_timer.start() : m_timer.stop();
    if (mode == Mode::Off)
        return;
    setGeometry(parentWidget()->rect());
    m_pointer = mapFromGlobal(QCursor::pos());
    raise();
    update();
}

QRect Spotlight::light() const { return {m_pointer - QPoint(radius, radius), QSize(2 * radius, 2 * radius)}; }

void Spotlight::follow()
{
    const QPoint pointer = mapFromGlobal(QCursor::pos());
    if (pointer == m_pointer)
        return;
    const QRect before = light();
    m_pointer = pointer;
    update(before.united(light()).adjusted(-2, -2, 2, 2));
}

void Spotlight::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    if (m_mode == Mode::Blank)
        return painter.fillRect(rect(), Qt::black);
    QPainterPath dark;
    dark.setFillRule(Qt::OddEvenFill);
    dark.addRect(rect());
    dark.addEllipse(light());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillPath(dark, dusk);
}

bool Spotlight::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Resize)
        setGeometry(parentWidget()->rect());
    return QWidget::eventFilter(watched, event);
}

}  // namespace strata
