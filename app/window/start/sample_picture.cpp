#include "app/window/start/sample_picture.h"

#include "app/window/theme/theme.h"

#include <QHash>
#include <QPainter>

namespace strata {

namespace {

// Pictures are drawn on a field of 160 by 80.
constexpr QSizeF field(160, 80);

using Fill = std::function<QColor(int row, int column)>;

void grid(QPainter& painter, const QPointF& at, int rows, int columns, double cell, const Fill& fill)
{
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column)
            painter.fillRect(QRectF(at.x() + column * cell, at.y() + row * cell, cell - 1.2, cell - 1.2),
                             fill(row, column));
}

void frame(QPainter& painter, const QRectF& rect, const QColor& color)
{
    painter.setPen(QPen(color, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect);
}

void arrow(QPainter& painter, const QPointF& from, const QPointF& to, const QColor& color)
{
    const QLineF line(from, to);
    const QPointF along = (to - from) / std::max(line.length(), 1.0), across(-along.y(), along.x());
    painter.setPen(QPen(color, 1.4));
    painter.drawLine(line);
    painter.drawLine(to, to - along * 4 + across * 2.5);
    painter.drawLine(to, to - along * 4 - across * 2.5);
}

QColor faded(QColor color, double alpha)
{
    color.setAlphaF(alpha);
    return color;
}

// A seven.
bool isInk(int row, int column)
{
    static const char* const rows[] = {".......", ".#####.", ".....#.", "....#..",
                                       "....#..", "...#...", "...#...", "......."};
    return row < 8 && column < 7 && rows[row][column] == '#';
}

Fill digit(const Theme& theme)
{
    return [&theme](int row, int column) { return isInk(row, column) ? theme.text : theme.line; };
}

void paintLayers(QPainter& painter, const Theme& theme)
{
    grid(painter, {4, 8}, 8, 7, 8, digit(theme));
    const double xs[] = {84, 114};
    for (int i = 0; i < 5; ++i)
        for (int j = 0; j < 4; ++j) {
            painter.setPen(QPen(faded(theme.muted, 0.4), 0.8));
            painter.drawLine(QPointF(xs[0], 12 + i * 14), QPointF(xs[1], 19 + j * 14));
        }
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.level(Level::Graph));
    for (int i = 0; i < 5; ++i)
        painter.drawEllipse(QPointF(xs[0], 12 + i * 14), 4.5, 4.5);
    painter.setBrush(theme.level(Level::Loops));
    for (int i = 0; i < 4; ++i)
        painter.drawEllipse(QPointF(xs[1], 19 + i * 14), 4.5, 4.5);
    const double bars[] = {3, 5, 2, 28, 4};
    for (int i = 0; i < 5; ++i)
        painter.fillRect(QRectF(128, 14 + i * 12, bars[i], 6), i == 3 ? theme.accent : theme.line);
}

void paintDigits(QPainter& painter, const Theme& theme)
{
    grid(painter, {4, 8}, 8, 7, 8, digit(theme));
    frame(painter, QRectF(11, 15, 25, 25), theme.selectedMark);
    for (int sheet = 0; sheet < 4; ++sheet) {
        const QRectF rect(78 + sheet * 8, 28 - sheet * 6, 34, 34);
        painter.setPen(QPen(theme.level(Level::Graph), 1.2));
        painter.setBrush(sheet == 3 ? theme.addedGround : theme.panel);
        painter.drawRect(rect);
    }
    for (int i = 0; i < 5; ++i)
        painter.fillRect(QRectF(148, 12 + i * 12, 8, 8), i == 3 ? theme.accent : theme.line);
}

void paintMatmul(QPainter& painter, const Theme& theme)
{
    const QColor a = theme.level(Level::Graph), b = theme.level(Level::Loops), c = theme.level(Level::Library);
    grid(painter, {1, 19}, 6, 6, 7, [&](int row, int) { return row == 2 ? faded(a, 0.7) : theme.line; });
    grid(painter, {58, 19}, 6, 6, 7, [&](int, int column) { return column == 3 ? faded(b, 0.7) : theme.line; });
    grid(painter, {116, 19}, 6, 6, 7, [&](int row, int column) { return row == 2 && column == 3 ? c : faded(c, 0.2); });
    painter.setPen(theme.muted);
    painter.drawText(QRectF(43, 19, 14, 41), Qt::AlignCenter, QStringLiteral("×"));
    painter.drawText(QRectF(101, 19, 14, 41), Qt::AlignCenter, QStringLiteral("="));
}

void paintWindow(QPainter& painter, const Theme& theme)
{
    const QColor c = theme.level(Level::Library);
    grid(painter, {4, 8}, 8, 8, 8, [&](int row, int column) {
        return row >= 2 && row < 5 && column >= 3 && column < 6 ? theme.selectedGround : theme.line;
    });
    frame(painter, QRectF(27, 23, 25, 25), theme.selectedMark);
    arrow(painter, {54, 34}, {98, 34}, theme.selectedMark);
    grid(painter, {102, 14}, 6, 6, 8, [&](int row, int column) {
        return row == 2 && column == 3 ? c : faded(c, row * 6 + column < 15 ? 0.3 : 0.1);
    });
}

void paintStencil(QPainter& painter, const Theme& theme)
{
    for (int row = 0; row < 4; ++row)
        for (int column = 0; column < 8; ++column) {
            const QRectF cell(4 + column * 19, 4 + row * 19, 14, 14);
            painter.setPen(QPen(theme.muted, 1));
            painter.setBrush(row == 1 && column == 4   ? theme.addedGround
                             : row == 2 && column == 3 ? theme.removedGround
                                                       : theme.panel);
            painter.drawRoundedRect(cell, 2, 2);
            if (row > 0 && column < 7)
                arrow(painter, QPointF(cell.right() + 6, cell.top() - 6), QPointF(cell.right() - 1, cell.top() + 1),
                      row == 2 && column == 3 ? theme.accent : faded(theme.muted, 0.6));
        }
}

void paintThreads(QPainter& painter, const Theme& theme)
{
    const QColor color = theme.level(Level::Hardware);
    for (int block = 0; block < 8; ++block) {
        const QRectF rect(2 + (block % 4) * 40, 6 + (block / 4) * 36, 34, 30);
        painter.setPen(QPen(color, 1.4));
        painter.setBrush(faded(color, 0.08));
        painter.drawRoundedRect(rect, 3, 3);
        for (int thread = 0; thread < 4; ++thread)
            painter.fillRect(QRectF(rect.left() + 6 + thread * 7, rect.top() + 6, 2, 18),
                             faded(color, 0.35 + 0.2 * ((block + thread) % 4)));
    }
}

}  // namespace

void paintSample(QPainter& painter, const QRectF& rect, const QString& kind, const Theme& theme)
{
    static const QHash<QString, void (*)(QPainter&, const Theme&)> kinds{
        {QStringLiteral("layers"), paintLayers},   {QStringLiteral("digits"), paintDigits},
        {QStringLiteral("matmul"), paintMatmul},   {QStringLiteral("window"), paintWindow},
        {QStringLiteral("stencil"), paintStencil}, {QStringLiteral("threads"), paintThreads}};
    const auto paint = kinds.value(kind);
    if (!paint)
        return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const double scale = std::min(rect.width() / field.width(), rect.height() / field.height());
    painter.translate(rect.center() - QPointF(field.width(), field.height()) * scale / 2);
    painter.scale(scale, scale);
    paint(painter, theme);
    painter.restore();
}

}  // namespace strata
