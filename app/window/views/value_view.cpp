#include "app/window/views/value_view.h"

#include "app/window/theme/theme.h"

#include <QKeyEvent>
#include <QPainter>
#include <QWheelEvent>

#include <cmath>

namespace strata {

namespace {

constexpr int margin = 12;
constexpr std::size_t bins = 48;

QString number(double value) { return QString::number(value, 'g', 5); }

// Rows and columns of a slice: the last two dimensions.
std::pair<std::int64_t, std::int64_t> extentOf(const Tensor& tensor)
{
    const Shape& shape = tensor.type.shape;
    const std::int64_t columns = shape.empty() ? 1 : shape.back().constant();
    return {shape.size() < 2 ? 1 : shape[shape.size() - 2].constant(), columns};
}

// "[0, 3, 17]" of an element.
QString indexText(const Tensor& tensor, std::int64_t index)
{
    QStringList parts;
    for (auto dim = tensor.type.shape.rbegin(); dim != tensor.type.shape.rend(); ++dim) {
        parts.prepend(QString::number(index % std::max<std::int64_t>(1, dim->constant())));
        index /= std::max<std::int64_t>(1, dim->constant());
    }
    return QLatin1Char('[') + parts.join(QStringLiteral(", ")) + QLatin1Char(']');
}

Tensor differenceOf(const Tensor& value, const Tensor& reference)
{
    Tensor difference = makeTensor(DType::F64, [&] {
        std::vector<std::int64_t> sizes;
        for (const Dim& dim : value.type.shape)
            sizes.push_back(dim.constant());
        return sizes;
    }());
    for (std::int64_t i = 0; i < difference.count(); ++i)
        difference.set(i, value.at(i) - reference.at(i));
    return difference;
}

// From the ground over white or black to the accent, by the share of the way.
QColor heat(const Theme& theme, double share, bool negative)
{
    const QColor& end = negative ? theme.removedMark : theme.accent;
    const double t = std::clamp(share, 0.0, 1.0);
    const auto mix = [t](int a, int b) { return static_cast<int>(a + (b - a) * t); };
    return {mix(theme.panel.red(), end.red()), mix(theme.panel.green(), end.green()),
            mix(theme.panel.blue(), end.blue())};
}

}  // namespace

ValueView::ValueView(QWidget* parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMessage(tr("Select a node of the graph: what it computes is shown here, with its distribution and a heat map."));
}

void ValueView::setMessage(const QString& text)
{
    m_message = text;
    m_value.reset();
    m_reference.reset();
    m_lines.clear();
    setAccessibleName(text);
    update();
}

void ValueView::setValue(const QString& name, std::shared_ptr<const Tensor> value,
                         std::shared_ptr<const Tensor> reference)
{
    const bool same = name == m_name && m_value && m_value->type == value->type;
    m_name = name;
    m_message.clear();
    m_value = std::move(value);
    m_reference = reference && reference->type == m_value->type ? std::move(reference) : nullptr;
    m_differences = m_reference && m_value->type.dtype != DType::String ? differenceOf(*m_value, *m_reference)
                                                                        : Tensor();
    m_difference = m_difference && m_reference;
    m_slice = same ? std::min(m_slice, slices() - 1) : 0;
    tell();
}

void ValueView::tell()
{
    m_summary = summarize(shown(), bins);
    const ValueSummary& s = m_summary;
    m_lines = {tr("%1: %2%3")
                   .arg(m_name, QString::fromStdString(toString(m_value->type)),
                        m_difference ? tr(", less the untouched model's") : QString())};
    if (m_value->type.dtype == DType::String)
        m_lines << QString::fromStdString(quoted(*m_value, 20));
    else
        m_lines << tr("%1 to %2, mean %3 ± %4, %5 of %6 are 0")
                       .arg(number(s.least), number(s.most), number(s.mean), number(s.deviation))
                       .arg(s.zeros)
                       .arg(s.count);
    if (s.nans + s.infinities > 0)
        m_lines << tr("%1 NaN, %2 infinite").arg(s.nans).arg(s.infinities);
    QStringList top;
    for (const auto& [index, value] : s.top)
        top << indexText(*m_value, index) + QLatin1Char(' ') + number(value);
    if (!top.isEmpty())
        m_lines << tr("largest: %1").arg(top.join(QStringLiteral("   ")));
    if (m_reference) {
        const Comparison comparison = compare(*m_value, *m_reference, 0, 0);
        m_lines << (comparison.equalBits ? tr("equal to the untouched model's, bit for bit")
                    : m_value->type.dtype == DType::String
                        ? tr("other texts than the untouched model's")
                        : tr("off the untouched model's by at most %1 (D shows where)")
                              .arg(number(comparison.maxAbsolute)));
    }
    setAccessibleName(m_lines.join(QStringLiteral(". ")));
    update();
}

std::int64_t ValueView::slices() const
{
    if (!m_value)
        return 0;
    const auto [rows, columns] = extentOf(*m_value);
    return m_value->count() == 0 ? 0 : m_value->count() / (rows * columns);
}

void ValueView::setSlice(std::int64_t slice)
{
    m_slice = std::clamp<std::int64_t>(slice, 0, std::max<std::int64_t>(0, slices() - 1));
    update();
}

void ValueView::setDifference(bool on)
{
    if (!m_value)
        return;
    m_difference = on && m_reference && m_value->type.dtype != DType::String;
    tell();
}

void ValueView::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Right:
    case Qt::Key_Down: return setSlice(m_slice + 1);
    case Qt::Key_Left:
    case Qt::Key_Up: return setSlice(m_slice - 1);
    case Qt::Key_Home: return setSlice(0);
    case Qt::Key_End: return setSlice(slices() - 1);
    case Qt::Key_D: return setDifference(!m_difference);
    default: QWidget::keyPressEvent(event);
    }
}

void ValueView::wheelEvent(QWheelEvent* event) { setSlice(m_slice + (event->angleDelta().y() < 0 ? 1 : -1)); }

void ValueView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Theme& theme = themeOf(palette());
    painter.fillRect(rect(), theme.panel);
    const QRect inside = rect().adjusted(margin, 8, -margin, -8);
    if (!m_value) {
        painter.setPen(theme.muted);
        painter.drawText(inside, Qt::AlignCenter | Qt::TextWordWrap, m_message);
        return;
    }
    int y = inside.top();
    for (int i = 0; i < m_lines.size(); ++i) {
        painter.setPen(i == 0 ? theme.text : theme.muted);
        painter.drawText(QRect(inside.left(), y, inside.width(), fontMetrics().height()), Qt::AlignLeft,
                         fontMetrics().elidedText(m_lines[i], Qt::ElideRight, inside.width()));
        y += fontMetrics().lineSpacing();
    }
    const QRect below(inside.left(), y + 6, inside.width(), inside.bottom() - y - 6);
    if (below.height() < 40 || m_summary.count == 0)
        return;
    const int half = below.width() * 2 / 5;
    paintHistogram(painter, QRect(below.left(), below.top(), half - margin, below.height()));
    paintMap(painter, QRect(below.left() + half, below.top(), below.width() - half, below.height()));
}

void ValueView::paintHistogram(QPainter& painter, const QRect& rect) const
{
    const Theme& theme = themeOf(palette());
    const int text = fontMetrics().height();
    const std::int64_t most = *std::max_element(m_summary.histogram.begin(), m_summary.histogram.end());
    const double width = double(rect.width()) / double(bins), height = rect.height() - text - 2;
    for (std::size_t i = 0; i < m_summary.histogram.size() && most > 0; ++i) {
        const std::int64_t count = m_summary.histogram[i];
        const double bar = count ? std::max(1.0, height * double(count) / double(most)) : 0;
        painter.fillRect(
            QRectF(rect.left() + double(i) * width, rect.top() + height - bar, std::max(1.0, width - 1), bar),
            theme.accent);
    }
    painter.setPen(theme.muted);
    const QRect foot(rect.left(), rect.bottom() - text, rect.width(), text);
    painter.drawText(foot, Qt::AlignLeft | Qt::AlignBottom, number(m_summary.least));
    painter.drawText(foot, Qt::AlignRight | Qt::AlignBottom, number(m_summary.most));
}

// The slice, by elements in as many cells as there are pixels for: of those that share one, the farthest from 0.
QImage ValueView::map(int columns, int rows) const
{
    const Theme& theme = themeOf(palette());
    const auto [height, width] = extentOf(*m_value);
    const double scale = std::max(std::abs(m_summary.least), std::abs(m_summary.most));
    std::vector<double> cells(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows), 0);
    for (std::int64_t i = 0; i < height * width; ++i) {
        const double value = shown().at(m_slice * height * width + i);
        const auto at = static_cast<std::size_t>((i / width) * rows / height) * static_cast<std::size_t>(columns)
                        + static_cast<std::size_t>((i % width) * columns / width);
        if (!(std::abs(value) < std::abs(cells[at])))
            cells[at] = value;
    }
    QImage image(columns, rows, QImage::Format_RGB32);
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) {
            const double value = cells[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns)
                                       + static_cast<std::size_t>(column)];
            image.setPixelColor(column, row,
                                std::isfinite(value) ? heat(theme, scale > 0 ? std::abs(value) / scale : 0, value < 0)
                                                     : theme.wrong);
        }
    return image;
}

void ValueView::paintMap(QPainter& painter, const QRect& rect) const
{
    const Theme& theme = themeOf(palette());
    const auto [height, width] = extentOf(*m_value);
    const int text = fontMetrics().height();
    const QSize room(rect.width(), rect.height() - text - 2);
    const QImage image = map(static_cast<int>(std::min<std::int64_t>(width, std::max(1, room.width()))),
                             static_cast<int>(std::min<std::int64_t>(height, std::max(1, room.height()))));
    const bool flat = height * 8 < width || width * 8 < height;  // else squares stay squares
    const QSize size = QSize(static_cast<int>(std::min<std::int64_t>(width, 1'000'000)),
                             static_cast<int>(std::min<std::int64_t>(height, 1'000'000)))
                           .scaled(room, flat ? Qt::IgnoreAspectRatio : Qt::KeepAspectRatio);
    const QRect frame(rect.topLeft(), size.expandedTo({1, 1}));
    painter.drawImage(frame, image);
    painter.setPen(theme.line);
    painter.drawRect(frame);
    painter.setPen(theme.muted);
    painter.drawText(QRect(rect.left(), rect.bottom() - text, rect.width(), text), Qt::AlignLeft | Qt::AlignBottom,
                     slices() > 1 ? tr("slice %1 of %2: arrows, wheel").arg(m_slice + 1).arg(slices())
                                  : tr("%1 × %2").arg(height).arg(width));
}

}  // namespace strata
