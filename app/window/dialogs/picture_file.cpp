#include "app/window/dialogs/picture_file.h"

#include <QBuffer>
#include <QFile>
#include <QGuiApplication>
#include <QImage>
#include <QMimeData>
#include <QObject>
#include <QPainter>
#include <QPdfWriter>
#include <QScreen>
#include <QSvgGenerator>

namespace strata {

namespace {

constexpr double sharpness = 2, mostPixels = 16000;  // a side of a .png
constexpr double mostPoints = 14400;                 // a side of a page in PDF
constexpr double margin = 12;

// Texts are set in points: a device of another resolution than the screen's would set them in another size than the
// places that were measured for them.
int screenResolution() { return qRound(QGuiApplication::primaryScreen()->logicalDotsPerInch()); }

QString unwritable(const QString& path) { return QObject::tr("%1 cannot be written.").arg(path); }

void paintSvg(QIODevice& device, const Drawing& drawing)
{
    QSvgGenerator generator;
    generator.setOutputDevice(&device);
    generator.setResolution(screenResolution());
    generator.setSize(drawing.size);
    generator.setViewBox(QRect(QPoint(), drawing.size));
    QPainter painter(&generator);
    drawing.paint(painter);
}

void paintPdf(QIODevice& device, const Drawing& drawing)
{
    QPdfWriter writer(&device);
    writer.setResolution(screenResolution());
    const QSizeF points = QSizeF(drawing.size) * 72 / screenResolution();
    const double scale = std::min(1.0, mostPoints / std::max(points.width(), points.height()));
    writer.setPageSize(QPageSize(points * scale, QPageSize::Point, QString(), QPageSize::ExactMatch));
    writer.setPageMargins({});
    QPainter painter(&writer);
    painter.scale(scale, scale);
    drawing.paint(painter);
}

// Null where it would be larger than programs open.
QImage paintImage(const Drawing& drawing)
{
    const double scale = std::min(sharpness, mostPixels / std::max(drawing.size.width(), drawing.size.height()));
    if (scale < 1)
        return {};
    QImage image((QSizeF(drawing.size) * scale).toSize(), QImage::Format_RGB32);
    image.setDevicePixelRatio(scale);
    image.fill(Qt::white);
    QPainter painter(&image);
    drawing.paint(painter);
    return image;
}

QString paintPng(const QString& path, const Drawing& drawing)
{
    const QImage image = paintImage(drawing);
    if (image.isNull())
        return QObject::tr("The picture would be %1 × %2 pixels, more than programs open; save it as .svg or .pdf.")
            .arg(drawing.size.width())
            .arg(drawing.size.height());
    return image.save(path) ? QString() : unwritable(path);
}

Drawing withMargin(const Drawing& drawing)
{
    return {(QSizeF(drawing.size) + QSizeF(2 * margin, 2 * margin)).toSize(), [&drawing](QPainter& painter) {
                painter.translate(margin, margin);
                drawing.paint(painter);
            }};
}

}  // namespace

QString paintToFile(const QString& path, const Drawing& content)
{
    const Drawing drawing = withMargin(content);
    const auto is = [&](const char* suffix) { return path.endsWith(QLatin1String(suffix), Qt::CaseInsensitive); };
    if (is(".png"))
        return paintPng(path, drawing);
    if (!is(".svg") && !is(".pdf"))
        return QObject::tr("A picture is written as .svg, .pdf or .png, not as %1.").arg(path);
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return unwritable(path);
    is(".svg") ? paintSvg(file, drawing) : paintPdf(file, drawing);
    return {};
}

QMimeData* paintToMime(const Drawing& content)
{
    const Drawing drawing = withMargin(content);
    auto* data = new QMimeData;
    QBuffer svg;
    svg.open(QIODevice::WriteOnly);
    paintSvg(svg, drawing);
    data->setData(QStringLiteral("image/svg+xml"), svg.data());
    if (const QImage image = paintImage(drawing); !image.isNull())
        data->setImageData(image);
    return data;
}

}  // namespace strata
