#include "app/window/graph/legend.h"

#include "app/window/graph/family_colors.h"

#include <QPainter>

namespace strata {

namespace {

constexpr int lineHeight = 19, margin = 10, wide = 164;

}  // namespace

GraphLegend::GraphLegend(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Expanding);
}

void GraphLegend::setFamilies(const GraphPicture& picture)
{
    std::set<Family> families;
    for (const GraphBox& box : picture.boxes)
        if (box.kind == GraphBox::Kind::Operator || box.kind == GraphBox::Kind::Group)
            families.insert(box.family);
    m_families.assign(families.begin(), families.end());
    fitFlat();
    setAccessibleName(tr("Legend: %1").arg(text().replace(QLatin1Char('\n'), QStringLiteral(", "))));
    update();
}

void GraphLegend::setHeat(const Heat& heat)
{
    m_title = heat.title;
    m_most = heat.most;
    m_known = heat.known;
    fitFlat();
    setAccessibleName(tr("Legend: %1").arg(text().replace(QLatin1Char('\n'), QStringLiteral(", "))));
    update();
}

QString GraphLegend::text() const
{
    QStringList lines;
    for (const Family family : m_families)
        lines << familyName(family);
    for (const QString& line : {m_title, m_most, m_known})
        if (!line.isEmpty())
            lines << line;
    return lines.join(QLatin1Char('\n'));
}

void GraphLegend::setFlat(bool flat, int width)
{
    m_flat = flat;
    m_flatWidth = width;
    setSizePolicy(flat ? QSizePolicy::Expanding : QSizePolicy::Fixed, QSizePolicy::Expanding);
    if (flat)
        return fitFlat();
    setFixedWidth(wide);
    setMinimumHeight(0);
    setMaximumHeight(QWIDGETSIZE_MAX);
}

void GraphLegend::fitFlat()
{
    if (!m_flat)
        return;
    setMinimumWidth(0);
    setMaximumWidth(QWIDGETSIZE_MAX);
    setFixedHeight(m_families.empty() ? 0 : flow(m_flatWidth, nullptr));
}

// From left to right, in as many lines as it takes.
int GraphLegend::flow(int width, QPainter* painter) const
{
    const Theme& theme = themeOf(palette());
    int x = margin, y = 3;
    const auto room = [&](int wanted) {
        if (x > margin && x + wanted > width - 4) {
            x = margin;
            y += lineHeight;
        }
    };
    const auto word = [&](const QString& text, const QColor& color, int gap) {
        const int wanted = fontMetrics().horizontalAdvance(text);
        room(wanted);
        if (painter) {
            painter->setPen(color);
            painter->drawText(QRect(x, y, wanted + 2, lineHeight), Qt::AlignVCenter, text);
        }
        x += wanted + gap;
    };
    for (const Family family : m_families) {
        room(9 + fontMetrics().horizontalAdvance(familyName(family)));
        if (painter)
            painter->fillRect(QRectF(x, y + 3, 5, lineHeight - 6), familyColor(family, theme));
        x += 9;
        word(familyName(family), theme.text, 10);
    }
    if (!m_title.isEmpty()) {
        constexpr int bar = 48;
        const QString zero = m_title + QStringLiteral("  0");
        if (!m_most.isEmpty()) {
            room(fontMetrics().horizontalAdvance(zero + m_most) + bar + 12);
            word(zero, theme.text, 6);
            if (painter)
                paintShades(*painter, QRectF(x, y + 4, bar, lineHeight - 8));
            x += bar + 6;
            word(m_most, theme.text, 10);
        }
        // A sentence goes on in further rows where it has to.
        room(fontMetrics().horizontalAdvance(m_known));
        const QRect rest = fontMetrics().boundingRect(QRect(x, y, std::max(1, width - 4 - x), 1000),
                                                      Qt::AlignLeft | Qt::TextWordWrap, m_known);
        if (painter) {
            painter->setPen(theme.muted);
            painter->drawText(rest.adjusted(0, 2, 2, 2), Qt::AlignLeft | Qt::TextWordWrap, m_known);
        }
        y += std::max(0, rest.height() - fontMetrics().lineSpacing());
    }
    return y + lineHeight + 3;
}

void GraphLegend::paintShades(QPainter& painter, const QRectF& bar) const
{
    QLinearGradient shades(bar.topLeft(), bar.topRight());
    QColor from = themeOf(palette()).wrong, to = from;
    from.setAlphaF(0.08f);
    to.setAlphaF(0.68f);
    shades.setColorAt(0, from);
    shades.setColorAt(1, to);
    painter.fillRect(bar, shades);
}

QSize GraphLegend::sizeHint() const { return {wide, 200}; }

void GraphLegend::paintEvent(QPaintEvent*)
{
    const Theme& theme = themeOf(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_flat) {
        flow(width(), &painter);
        return;
    }
    QFont bold = font();
    bold.setBold(true);
    int y = margin;
    const auto line = [&](const QString& text, const QFont& font, const QColor& color, int x = margin,
                          int height = lineHeight) {
        painter.setFont(font);
        painter.setPen(color);
        painter.drawText(QRect(x, y, width() - x - 4, height), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap,
                         text);
        y += height;
    };
    line(tr("Operators"), bold, theme.text);
    for (const Family family : m_families) {
        painter.fillRect(QRectF(margin, y + 3, 5, lineHeight - 6), familyColor(family, theme));
        line(familyName(family), font(), theme.text, margin + 12);
    }
    if (m_title.isEmpty())
        return;
    y += lineHeight / 2;
    line(m_title, bold, theme.text);
    if (!m_most.isEmpty()) {
        const QRectF bar(margin, y + 2, width() - 2 * margin, 12);
        paintShades(painter, bar);
        y += 16;
        painter.setFont(font());
        painter.setPen(theme.muted);
        painter.drawText(QRect(margin, y, width() - 2 * margin, lineHeight), Qt::AlignRight, m_most);
        line(QStringLiteral("0"), font(), theme.muted);
    }
    line(m_known, font(), theme.muted, margin, 3 * lineHeight);
}

}  // namespace strata
