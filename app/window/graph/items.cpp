#include "app/window/graph/items.h"

#include "app/window/graph/family_colors.h"

#include <QGuiApplication>
#include <QPainter>
#include <QStyleOptionGraphicsItem>
#include <QWidget>

namespace strata {

namespace {

constexpr double detailFrom = 0.55;  // zoom from which all is written; below, titles alone, larger
constexpr double titleFrom = 0.09, readable = 8.5,
                 faint = 2.5;      // zoom below which nothing is written; pixels of a title
constexpr double roundFrom = 0.3;  // zoom from which corners and slants are smooth
constexpr double headHeight = 30, sheetStep = 4, bandWidth = 5;

// Without a widget it is a picture file's, on white.
const Theme& themeFor(const QWidget* widget) { return widget ? themeOf(widget->palette()) : lightTheme(); }

QFont pixelFont(double size, bool bold = false)
{
    QFont font = QGuiApplication::font();
    font.setPixelSize(std::max(1, qRound(size)));
    font.setBold(bold);
    return font;
}

QColor blend(const QColor& a, const QColor& b, double share)
{
    const auto mix = [share](int x, int y) { return qRound(x + (y - x) * share); };
    return {mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue())};
}

// Returns how wide it is.
double paintText(QPainter& painter, const QRectF& where, const QFont& font, const QColor& color, const QString& text)
{
    painter.setFont(font);
    painter.setPen(color);
    const QFontMetricsF metrics(font);
    const QString shown = metrics.elidedText(text, Qt::ElideRight, where.width());
    painter.drawText(where, Qt::AlignLeft | Qt::AlignVCenter, shown);
    return metrics.horizontalAdvance(shown);
}

}  // namespace

// In a box that is seen from afar: as large as it takes to be read and as fits. Widths are guessed, sizes few, and what
// was shaped once is kept, for thousands may be seen.
void BoxItem::paintFarTitle(QPainter& painter, const QRectF& inside, const Theme& theme, const QString& title,
                            double zoom) const
{
    constexpr double step = 4, least = 12, widthOfCharacter = 0.62;
    const double wanted = std::min({readable / zoom, inside.height() * 0.8,
                                    inside.width() / (widthOfCharacter * std::max<qsizetype>(1, title.size()))});
    const double size = std::max(least, std::floor(wanted / step) * step);
    if (size * zoom < faint)
        return;
    const QFont font = pixelFont(size, true);
    painter.setFont(font);
    painter.setPen(theme.text);
    if (m_far.text() != title || m_farSize != size) {
        m_far.setText(title);
        m_far.setTextFormat(Qt::PlainText);
        m_far.setPerformanceHint(QStaticText::AggressiveCaching);
        m_far.prepare(painter.worldTransform(), font);
        m_farSize = size;
    }
    painter.drawStaticText(inside.center() - QPointF(m_far.size().width() / 2, m_far.size().height() / 2), m_far);
}

struct BoxItem::Look {
    QColor fill, border;
    double width = 1;
};

BoxItem::BoxItem(const GraphBox& box, int index, int depth)
    : m_box(box)
    , m_index(index)
{
    setToolTip(box.toolTip);
    setCursor(Qt::PointingHandCursor);
    setZValue(box.kind == GraphBox::Kind::Frame ? -100 + depth : 0);
}

QRectF BoxItem::boundingRect() const
{
    const double sheets = m_box.instances > 1 ? 2 * sheetStep : 0;
    return m_box.rect.adjusted(-4, -8, 4 + sheets, 4 + sheets);
}

QPainterPath BoxItem::shape() const
{
    QPainterPath path;
    QRectF rect = m_box.rect;
    if (m_box.kind == GraphBox::Kind::Frame)
        rect.setHeight(headHeight);
    path.addRect(rect);
    return path;
}

QRectF BoxItem::stepRect(bool forward) const
{
    if (m_box.kind != GraphBox::Kind::Frame || m_box.instances < 2)
        return {};
    return {m_box.rect.right() - (forward ? 26 : 104), m_box.rect.top() + 5, 20, 20};
}

void BoxItem::setLit(bool lit)
{
    if (m_lit == lit)
        return;
    m_lit = lit;
    update();
}

void BoxItem::setFound(int count, bool current)
{
    if (m_found == count && m_current == current)
        return;
    m_found = count;
    m_current = current;
    update();
}

void BoxItem::setHeat(double share, const QString& note, const QString& value)
{
    m_heat = share;
    m_note = note;
    m_value = value;
    setToolTip(note.isEmpty() ? m_box.toolTip : m_box.toolTip + QLatin1Char('\n') + note);
    update();
}

BoxItem::Look BoxItem::look(const Theme& theme) const
{
    const bool port = m_box.kind == GraphBox::Kind::Input || m_box.kind == GraphBox::Kind::Output;
    Look look{port || m_box.kind == GraphBox::Kind::Frame ? theme.panel : theme.node,
              blend(theme.muted, theme.line, 0.4)};
    if (m_heat >= 0)
        look.fill = blend(look.fill, theme.wrong, 0.08 + 0.6 * m_heat);
    if (m_box.change == DiffKind::Added || m_box.change == DiffKind::Changed) {
        look.fill = theme.addedGround;
        look.border = theme.addedMark;
        look.width = 1.6;
    }
    if (m_found > 0) {
        look.border = theme.accent;
        look.width = m_current ? 3 : 1.8;
    }
    if (m_lit) {
        look.fill = theme.selectedGround;
        look.border = m_found > 0 ? look.border : theme.selectedMark;
        look.width = std::max(look.width, 2.4);
    }
    return look;
}

void BoxItem::paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget)
{
    const Theme& theme = themeFor(widget);
    const double zoom = option->levelOfDetailFromTransform(painter->worldTransform());
    const bool ghost = m_box.kind == GraphBox::Kind::Ghost;
    painter->setRenderHint(QPainter::Antialiasing, zoom > roundFrom);
    if (ghost && !m_lit)
        painter->setOpacity(0.55 * painter->opacity());
    if (m_box.kind == GraphBox::Kind::Frame)
        paintFrame(*painter, theme, zoom);
    else
        paintBox(*painter, theme, zoom);
    if (m_found > 0 && (m_current || m_found > 1))
        paintFound(*painter, theme);
}

// A stack of sheets: the instances that are not shown.
void BoxItem::paintSheets(QPainter& painter) const
{
    if (m_box.instances < 2)
        return;
    for (const int sheet : {2, 1})
        painter.drawRoundedRect(m_box.rect.translated(sheet * sheetStep, sheet * sheetStep), 5, 5);
}

void BoxItem::paintFrame(QPainter& painter, const Theme& theme, double zoom) const
{
    Look frame = look(theme);
    if (m_heat < 0 && !m_lit)
        frame.fill = blend(theme.panel, theme.muted, theme.dark ? 0.10 : 0.06);
    painter.setPen(QPen(frame.border, zoom > roundFrom ? frame.width : 0));
    painter.setBrush(frame.fill);
    paintSheets(painter);
    painter.drawRoundedRect(m_box.rect, 5, 5);
    if (zoom < titleFrom)
        return;
    const QRectF head(m_box.rect.left() + 8, m_box.rect.top(), m_box.rect.width() - 16, headHeight);
    const QString title = QStringLiteral("▾ ") + m_box.title;
    if (zoom < detailFrom)
        return paintFarTitle(painter, head, theme, title, zoom);
    const double steps = m_box.instances > 1 ? 100 : 0;
    QRectF rest = head.adjusted(0, 0, -steps, 0);
    rest.setLeft(rest.left() + paintText(painter, rest, pixelFont(12.5, true), theme.text, title) + 10);
    if (!m_value.isEmpty())
        paintText(painter, rest, pixelFont(11, true), theme.text, m_value);
    if (steps == 0)
        return;
    painter.setFont(pixelFont(10.5));
    painter.setPen(theme.muted);
    const QRectF between(stepRect(false).right(), head.top(), stepRect(true).left() - stepRect(false).right(),
                         headHeight);
    painter.drawText(between, Qt::AlignCenter, QStringLiteral("%1 of %2").arg(m_box.shown + 1).arg(m_box.instances));
    painter.setPen(theme.accent);
    painter.drawText(stepRect(false), Qt::AlignCenter, QStringLiteral("◂"));
    painter.drawText(stepRect(true), Qt::AlignCenter, QStringLiteral("▸"));
}

void BoxItem::paintBox(QPainter& painter, const Theme& theme, double zoom) const
{
    const bool port = m_box.kind == GraphBox::Kind::Input || m_box.kind == GraphBox::Kind::Output;
    const Look box = look(theme);
    QPen pen(box.border, zoom > roundFrom ? box.width : 0);  // of 0: a pixel
    if (m_box.kind == GraphBox::Kind::Ghost || m_box.opaque)
        pen.setStyle(Qt::DashLine);
    painter.setPen(pen);
    painter.setBrush(box.fill);
    paintSheets(painter);
    const double radius = port ? m_box.rect.height() / 2 : 4;
    if (zoom > roundFrom)
        painter.drawRoundedRect(m_box.rect, radius, radius);
    else
        painter.drawRect(m_box.rect);
    const bool banded = m_box.kind == GraphBox::Kind::Operator || m_box.kind == GraphBox::Kind::Group;
    if (banded)
        painter.fillRect(QRectF(m_box.rect.left() + 1, m_box.rect.top() + 3, bandWidth, m_box.rect.height() - 6),
                         familyColor(m_box.family, theme));
    if (zoom < titleFrom)
        return;
    const QRectF inside = textRect();
    if (zoom < detailFrom)
        return paintFarTitle(painter, inside, theme,
                             m_box.kind == GraphBox::Kind::Group ? QStringLiteral("▸ ") + m_box.title : m_box.title,
                             zoom);
    paintTexts(painter, theme, inside);
}

void BoxItem::paintTexts(QPainter& painter, const Theme& theme, const QRectF& inside) const
{
    const bool strong = m_box.kind == GraphBox::Kind::Operator || m_box.kind == GraphBox::Kind::Group;
    const bool two = !m_box.detail.isEmpty() || !m_box.chips.empty();
    QRectF first = inside;
    if (two)
        first.setHeight(inside.height() / 2);
    const QString title = m_box.kind == GraphBox::Kind::Group ? QStringLiteral("▸ ") + m_box.title : m_box.title;
    const QColor color = m_box.kind == GraphBox::Kind::Ghost ? theme.muted : theme.text;
    if (!two && !strong) {
        painter.setFont(pixelFont(12.5));
        painter.setPen(color);
        return painter.drawText(inside, Qt::AlignCenter,
                                QFontMetricsF(painter.font()).elidedText(title, Qt::ElideRight, inside.width()));
    }
    const double used = paintText(painter, first, pixelFont(12.5, strong), color, title);
    // As much of "2.57 ms  100.0 %" as there is room for.
    painter.setFont(pixelFont(10.5, true));
    constexpr double gap = 6;
    for (const QString& value : {m_value, m_value.section(QStringLiteral("  "), 0, 0)})
        if (QFontMetricsF(painter.font()).horizontalAdvance(value) <= first.width() - used - gap) {
            painter.drawText(first, Qt::AlignRight | Qt::AlignVCenter, value);
            break;
        }
    if (!two)
        return;
    const QRectF second(inside.left(), inside.center().y(), inside.width(), inside.height() / 2);
    paintText(painter, second, pixelFont(10.5), m_heat > 0.3 ? theme.text : blend(theme.text, theme.muted, 0.8),
              m_box.detail);
    paintChips(painter, theme);
}

QRectF BoxItem::textRect() const
{
    const bool banded = m_box.kind == GraphBox::Kind::Operator || m_box.kind == GraphBox::Kind::Group;
    return m_box.rect.adjusted(banded ? bandWidth + 7 : 10, 3, -8, -3);
}

// In the second line, from the right.
std::vector<QRectF> BoxItem::chipRects() const
{
    const QRectF inside = textRect();
    const QFontMetricsF metrics(pixelFont(10));
    std::vector<QRectF> rects(m_box.chips.size());
    double right = inside.right();
    for (std::size_t i = rects.size(); i-- > 0;) {
        const double width = metrics.horizontalAdvance(m_box.chips[i].text) + 10;
        rects[i] = QRectF(right - width, inside.center().y() + 1, width, inside.height() / 2 - 2);
        right = rects[i].left() - 4;
    }
    return rects;
}

std::string BoxItem::constantAt(const QPointF& position) const
{
    const std::vector<QRectF> rects = chipRects();
    for (std::size_t i = 0; i < rects.size(); ++i)
        if (rects[i].contains(position))
            return m_box.chips[i].constant;
    return {};
}

void BoxItem::paintChips(QPainter& painter, const Theme& theme) const
{
    const std::vector<QRectF> rects = chipRects();
    painter.setFont(pixelFont(10));
    for (std::size_t i = 0; i < rects.size(); ++i) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.dark ? blend(theme.line, theme.muted, 0.25) : blend(theme.line, theme.panel, 0.3));
        painter.drawRoundedRect(rects[i], rects[i].height() / 2, rects[i].height() / 2);
        painter.setPen(theme.text);
        painter.drawText(rects[i], Qt::AlignCenter, m_box.chips[i].text);
    }
}

void BoxItem::paintFound(QPainter& painter, const Theme& theme) const
{
    const QString text = QString::number(m_found);
    const QFont font = pixelFont(10.5, true);
    const double width = std::max(18.0, QFontMetricsF(font).horizontalAdvance(text) + 12);
    const QRectF tag(m_box.rect.right() - width - 10, m_box.rect.top() - 6, width, 15);
    painter.setPen(QPen(theme.accent, 1));
    painter.setBrush(m_current ? theme.accent : theme.panel);
    painter.drawRoundedRect(tag, 7, 7);
    painter.setFont(font);
    painter.setPen(m_current ? theme.onAccent : theme.accent);
    painter.drawText(tag, Qt::AlignCenter, text);
}

LineItem::LineItem(const GraphLine& line)
    : m_line(line)
{
    setZValue(-1);
    setAcceptedMouseButtons(Qt::NoButton);
    setToolTip(line.toolTip);
    const auto& points = line.curve;
    if (points.size() < 2)
        return;
    m_path.moveTo(points[0].x, points[0].y);
    m_corners << m_path.currentPosition();
    for (std::size_t i = 1; i + 2 < points.size(); i += 3) {
        m_path.cubicTo(points[i].x, points[i].y, points[i + 1].x, points[i + 1].y, points[i + 2].x, points[i + 2].y);
        m_corners << m_path.currentPosition();
    }
    const QRectF extent = m_path.boundingRect();
    m_tip = {points.back().x, points.back().y};
    const Point& before = points[points.size() - 2];
    const QPointF along = m_tip - QPointF(before.x, before.y);
    m_unit = along / qMax(0.01, std::hypot(along.x(), along.y()));
    m_bounds = extent.adjusted(-6, -6, 6, 6).united(line.labelRect);
}

QPainterPath LineItem::shape() const
{
    constexpr double reach = 8;
    if (m_near.isEmpty() && !m_path.isEmpty()) {
        QPainterPathStroker stroker;
        stroker.setWidth(reach);
        m_near = stroker.createStroke(m_path);
        m_near.addRect(m_line.labelRect);
        m_near.setFillRule(Qt::WindingFill);
    }
    return m_near;
}

void LineItem::setLit(bool lit)
{
    if (std::exchange(m_lit, lit) == lit)
        return;
    setZValue(lit ? -0.5 : -1);
    update();
}

void LineItem::paintArrow(QPainter& painter, const QColor& color) const
{
    const QPointF across(-m_unit.y() * 4, m_unit.x() * 4);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawPolygon(QPolygonF{m_tip, m_tip - m_unit * 8 + across, m_tip - m_unit * 8 - across});
}

void LineItem::paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget)
{
    if (m_path.isEmpty())
        return;
    const Theme& theme = themeFor(widget);
    const QColor color = m_lit ? theme.selectedMark : blend(theme.muted, theme.panel, 0.25);
    const double zoom = option->levelOfDetailFromTransform(painter->worldTransform());
    const bool smooth = zoom > roundFrom;
    painter->setRenderHint(QPainter::Antialiasing, smooth);
    painter->setPen(QPen(color, m_lit ? 2.4 : smooth ? 1.2 : 0));
    painter->setBrush(Qt::NoBrush);
    if (smooth)
        painter->drawPath(m_path);
    else
        painter->drawPolyline(m_corners);
    if (m_line.arrow && zoom > 0.2)
        paintArrow(*painter, color);
    if (zoom >= detailFrom && !m_line.labelRect.isNull())
        paintText(*painter, m_line.labelRect, pixelFont(10), theme.muted, m_line.label);
}

void HullItem::paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget)
{
    const Theme& theme = themeFor(widget);
    QColor line = theme.addedMark;
    line.setAlpha(170);
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(line, 1.2, Qt::DashLine));
    painter->setBrush(Qt::NoBrush);
    painter->drawRoundedRect(m_hull.rect, 5, 5);
    if (option->levelOfDetailFromTransform(painter->worldTransform()) < detailFrom)
        return;
    painter->setFont(pixelFont(10.5));
    painter->setPen(theme.addedMark);
    painter->drawText(m_hull.rect.adjusted(10, 5, -6, 0), Qt::AlignLeft | Qt::AlignTop, m_hull.label);
}

}  // namespace strata
