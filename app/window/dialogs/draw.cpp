#include "app/window/dialogs/draw.h"

#include "app/window/theme/theme.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

namespace strata {

namespace {

constexpr int side = 320;

}  // namespace

Canvas::Canvas(const QSize& size, QWidget* parent)
    : QWidget(parent)
    , m_image(size, QImage::Format_Grayscale8)
{
    m_image.fill(Qt::black);
    setFixedSize(size.scaled(side, side, Qt::KeepAspectRatio));
    setCursor(Qt::CrossCursor);
    setAccessibleName(tr("Canvas: draw with the left button, erase with the right"));
}

void Canvas::clear()
{
    m_image.fill(Qt::black);
    update();
    emit changed();
}

void Canvas::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.drawImage(rect(), m_image);
    painter.setPen(themeOf(palette()).line);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

QPointF Canvas::place(const QPointF& at) const
{
    return {at.x() * m_image.width() / width(), at.y() * m_image.height() / height()};
}

void Canvas::stroke(const QPointF& from, const QPointF& to, bool erase)
{
    const double pen = std::max(1.5, std::min(m_image.width(), m_image.height()) / 12.0);
    QPainter painter(&m_image);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(erase ? Qt::black : Qt::white, erase ? 2 * pen : pen, Qt::SolidLine, Qt::RoundCap));
    painter.drawLine(from, to + QPointF(0.01, 0));  // a point is a short line
    painter.end();
    update();
    emit changed();
}

void Canvas::mousePressEvent(QMouseEvent* event)
{
    m_last = place(event->position());
    stroke(m_last, m_last, event->buttons() & Qt::RightButton);
}

void Canvas::mouseMoveEvent(QMouseEvent* event)
{
    if (!event->buttons())
        return;
    const QPointF at = place(event->position());
    stroke(m_last, at, event->buttons() & Qt::RightButton);
    m_last = at;
}

DrawDialog::DrawDialog(const QSize& size, QWidget* parent)
    : QDialog(parent)
    , m_canvas(new Canvas(size))
    , m_answer(new QLabel)
{
    auto* hint = new QLabel(tr("Left button draws, right button erases."));
    hint->setForegroundRole(QPalette::PlaceholderText);
    m_answer->setWordWrap(true);
    m_answer->setMinimumHeight(m_answer->fontMetrics().lineSpacing() * 2);
    m_answer->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    QPushButton* clear = buttons->addButton(tr("Clear"), QDialogButtonBox::ResetRole);
    for (QAbstractButton* button : buttons->buttons())
        button->setIcon({});
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(hint);
    layout->addWidget(m_canvas, 0, Qt::AlignHCenter);
    layout->addWidget(m_answer);
    layout->addWidget(buttons);
    m_rest.setSingleShot(true);
    m_rest.setInterval(80);  // a stroke is many small ones
    connect(m_canvas, &Canvas::changed, &m_rest, qOverload<>(&QTimer::start));
    connect(&m_rest, &QTimer::timeout, this, [this] { emit drawn(m_canvas->image()); });
    connect(clear, &QPushButton::clicked, m_canvas, &Canvas::clear);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
}

void DrawDialog::setAnswer(const QString& text) { m_answer->setText(text); }

}  // namespace strata
