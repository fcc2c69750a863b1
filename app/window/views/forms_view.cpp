#include "app/window/views/forms_view.h"

#include "app/window/models/format.h"
#include "app/window/theme/theme.h"

#include <QHelpEvent>
#include <QPainter>

namespace strata {

namespace {

constexpr int margin = 10, barHeight = 13, between = 6;

QString sized(const ModelPart& part)
{
    return part.name + QLatin1Char(' ') + formatBytes(static_cast<double>(part.bytes));
}

}  // namespace

FormsView::FormsView(QWidget* parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Development and deployment form"));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void FormsView::setForms(std::vector<ModelForm> forms)
{
    m_forms = std::move(forms);
    QStringList texts;
    for (const ModelForm& form : m_forms)
        texts << textOf(form);
    setAccessibleDescription(texts.join(QStringLiteral("; ")));
    setToolTip(texts.join(QLatin1Char('\n')));
    updateGeometry();
    update();
}

// "Deployment form: a library, 1.2 MB: weights 1.1 MB, code 43 KB, ... · needs libc.so.6"
QString FormsView::textOf(const ModelForm& form) const
{
    QStringList parts;
    for (const ModelPart& part : form.parts)
        parts << sized(part);
    const QString text = QStringLiteral("%1, %2: %3")
                             .arg(form.title, formatBytes(static_cast<double>(form.bytes())),
                                  parts.join(QStringLiteral(", ")));
    return form.needs.isEmpty() ? text : text + QStringLiteral(" · ") + form.needs;
}

int FormsView::rowHeight() const { return fontMetrics().height() + 2 + barHeight + between; }

QSize FormsView::sizeHint() const
{
    return {300, m_forms.empty() ? 0 : rowHeight() * static_cast<int>(m_forms.size()) + 6};
}

QRectF FormsView::barOf(int form, int part) const
{
    std::int64_t most = 1, before = 0;
    for (const ModelForm& one : m_forms)
        most = std::max(most, one.bytes());
    const auto& parts = m_forms[std::size_t(form)].parts;
    for (int i = 0; i < part; ++i)
        before += parts[std::size_t(i)].bytes;
    const double scale = (width() - 2.0 * margin) / static_cast<double>(most);
    const int top = 4 + form * rowHeight() + fontMetrics().height() + 2;
    return {margin + before * scale, double(top), std::max(1.0, parts[std::size_t(part)].bytes * scale),
            double(barHeight)};
}

void FormsView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Theme& theme = themeOf(palette());
    painter.fillRect(rect(), theme.panel);
    for (int i = 0; i < static_cast<int>(m_forms.size()); ++i) {
        const ModelForm& form = m_forms[std::size_t(i)];
        const QRect line(margin, 4 + i * rowHeight(), width() - 2 * margin, fontMetrics().height());
        painter.setPen(theme.text);
        painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter,
                         fontMetrics().elidedText(textOf(form), Qt::ElideRight, line.width()));
        for (int part = 0; part < static_cast<int>(form.parts.size()); ++part) {
            const QRectF bar = barOf(i, part);
            QColor color = theme.levels[form.parts[std::size_t(part)].color % 4];
            color.setAlpha(theme.dark ? 170 : 150);
            painter.fillRect(bar, color);
            const QString name = sized(form.parts[std::size_t(part)]);
            if (fontMetrics().horizontalAdvance(name) + 8 < bar.width() && fontMetrics().height() <= bar.height() + 6)
                painter.drawText(bar.adjusted(4, -4, -4, 4), Qt::AlignLeft | Qt::AlignVCenter, name);
        }
    }
}

}  // namespace strata
