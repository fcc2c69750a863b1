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
    setAccessibleName(tr("Legend: %1").arg(text().replace(QLatin1Char('\n'), QStringLiteral(", "))));
    update();
}

void GraphLegend::setHeat(const Heat& heat)
{
    m_title = heat.title;
    m_most = heat.most;
    m_known = heat.known;
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

QSize GraphLegend::sizeHint() const { return {wide, 200}; }

void GraphLegend::paintEvent(QPaintEvent*)
{
    const Theme& theme = themeOf(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
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
        QLinearGradient shades(bar.topLeft(), bar.topRight());
        QColor from = theme.wrong, to = theme.wrong;
        from.setAlphaF(0.08f);
        to.setAlphaF(0.68f);
        shades.setColorAt(0, from);
        shades.setColorAt(1, to);
        painter.fillRect(bar, shades);
        y += 16;
        painter.setFont(font());
        painter.setPen(theme.muted);
        painter.drawText(QRect(margin, y, width() - 2 * margin, lineHeight), Qt::AlignRight, m_most);
        line(QStringLiteral("0"), font(), theme.muted);
    }
    line(m_known, font(), theme.muted, margin, 3 * lineHeight);
}

}  // namespace strata
