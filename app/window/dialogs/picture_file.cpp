#include "app/window/dialogs/picture_file.h"

#include <QFile>
#include <QGuiApplication>
#include <QImage>
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

QString paintSvg(const QString& path, const QSize& size, const std::function<void(QPainter&)>& paint)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return unwritable(path);
    QSvgGenerator generator;
    generator.setOutputDevice(&file);
    generator.setResolution(screenResolution());
    generator.setSize(size);
    generator.setViewBox(QRect(QPoint(), size));
    QPainter painter(&generator);
    paint(painter);
    return {};
}

QString paintPdf(const QString& path, const QSize& size, const std::function<void(QPainter&)>& paint)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return unwritable(path);
    QPdfWriter writer(&file);
    writer.setResolution(screenResolution());
    const QSizeF points = QSizeF(size) * 72 / screenResolution();
    const double scale = std::min(1.0, mostPoints / std::max(points.width(), points.height()));
    writer.setPageSize(QPageSize(points * scale, QPageSize::Point, QString(), QPageSize::ExactMatch));
    writer.setPageMargins({});
    QPainter painter(&writer);
    painter.scale(scale, scale);
    paint(painter);
    return {};
}

QString paintPng(const QString& path, const QSize& size, const std::function<void(QPainter&)>& paint)
{
    const double scale = std::min(sharpness, mostPixels / std::max(size.width(), size.height()));
    if (scale < 1)
        return QObject::tr("The picture would be %1 × %2 pixels, more than programs open; save it as .svg or .pdf.")
            .arg(size.width())
            .arg(size.height());
    QImage image((QSizeF(size) * scale).toSize(), QImage::Format_RGB32);
    image.setDevicePixelRatio(scale);
    image.fill(Qt::white);
    QPainter painter(&image);
    paint(painter);
    painter.end();
    return image.save(path) ? QString() : unwritable(path);
}

}  // namespace

QString paintToFile(const QString& path, const QSize& content, const std::function<void(QPainter&)>& paint)
{
    const QSize size = (QSizeF(content) + QSizeF(2 * margin, 2 * margin)).toSize();
    const auto inside = [&](QPainter& painter) {
        painter.translate(margin, margin);
        paint(painter);
    };
    if (path.endsWith(QLatin1String(".svg"), Qt::CaseInsensitive))
        return paintSvg(path, size, inside);
    if (path.endsWith(QLatin1String(".pdf"), Qt::CaseInsensitive))
        return paintPdf(path, size, inside);
    if (path.endsWith(QLatin1String(".png"), Qt::CaseInsensitive))
        return paintPng(path, size, inside);
    return QObject::tr("A picture is written as .svg, .pdf or .png, not as %1.").arg(path);
}

}  // namespace strata
