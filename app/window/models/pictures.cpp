#include "app/window/models/pictures.h"

#include <QDir>
#include <QFileInfo>
#include <QImageReader>
#include <QRegularExpression>

namespace strata {

namespace {

QImage grey(const QString& path) { return QImage(path).convertToFormat(QImage::Format_Grayscale8); }

int classOf(const QString& fileName)
{
    static const QRegularExpression pattern(QStringLiteral("-is-(\\d+)\\."));
    const auto match = pattern.match(fileName);
    return match.hasMatch() ? match.captured(1).toInt() : -1;
}

Tensor inputOf(const QImage& image, const std::vector<std::int64_t>& shape)
{
    Tensor tensor = makeTensor(DType::F32, shape);
    const std::int64_t pixels = std::int64_t(image.width()) * image.height();
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
        const std::int64_t pixel = i % pixels;
        tensor.set(i, image.constScanLine(static_cast<int>(pixel / image.width()))[pixel % image.width()] / 255.0);
    }
    return tensor;
}

}  // namespace

std::vector<SamplePicture> picturesBeside(const QString& model, const Module& module)
{
    std::vector<SamplePicture> pictures;
    const FunctionPtr entry = module.entryFunction();
    if (!entry || entry->params.size() != 1)
        return pictures;
    const TensorType& type = entry->params.front().type.tensor;
    if (type.dtype != DType::F32 || !type.ranked || !isConstant(type.shape) || type.shape.size() < 2)
        return pictures;
    const std::vector<std::int64_t> shape = constants(type.shape);
    const QFileInfo info(model);
    const QDir folder((info.isDir() ? info.absoluteFilePath() : info.absolutePath()) + QStringLiteral("/pictures"));
    for (const QString& name : folder.entryList({QStringLiteral("*.png")}, QDir::Files, QDir::Name)) {
        const QImage image = grey(folder.filePath(name));
        if (image.height() == shape[shape.size() - 2] && image.width() == shape.back())
            pictures.push_back({image, classOf(name), inputOf(image, shape)});
    }
    return pictures;
}

QStringList labelsBeside(const QString& model)
{
    const QFileInfo info(model);
    const QDir folder(info.isDir() ? info.absoluteFilePath() : info.absolutePath());
    for (const char* name : {"labels.txt", "classes.txt", "synset.txt"}) {
        QFile file(folder.filePath(QLatin1String(name)));
        if (file.open(QIODevice::ReadOnly | QIODevice::Text))
            return QString::fromUtf8(file.readAll()).trimmed().split(QLatin1Char('\n'));
    }
    return {};
}

std::optional<PictureShape> pictureShape(const TensorType& type)
{
    constexpr std::int64_t least = 4, most = 1 << 14;
    if (!type.ranked || !isConstant(type.shape) || type.shape.size() < 2 || type.dtype == DType::String
        || type.dtype == DType::Bool || isPacked(type.dtype))
        return std::nullopt;
    const std::vector<std::int64_t> shape = constants(type.shape);
    const auto fromEnd = [&](std::size_t i) { return shape.size() > i ? shape[shape.size() - 1 - i] : 0; };
    const auto isSide = [](std::int64_t size) { return size >= least && size <= most; };
    const auto isChannels = [](std::int64_t size) { return size == 1 || size == 3; };
    if (isChannels(fromEnd(0)) && isSide(fromEnd(1)) && isSide(fromEnd(2)))
        return PictureShape{int(fromEnd(1)), int(fromEnd(2)), int(fromEnd(0)), true};
    if (!isSide(fromEnd(0)) || !isSide(fromEnd(1)))
        return std::nullopt;
    const bool channels = shape.size() > 2 && isChannels(fromEnd(2));
    return PictureShape{int(fromEnd(0)), int(fromEnd(1)), channels ? int(fromEnd(2)) : 1, false};
}

namespace {

// Of a pixel, from 0 to 255.
int channelOf(QRgb pixel, int channel, int channels)
{
    return channels == 1 ? qGray(pixel) : channel == 0 ? qRed(pixel) : channel == 1 ? qGreen(pixel) : qBlue(pixel);
}

}  // namespace

Tensor tensorOf(const QImage& picture, const TensorType& type, const PictureShape& shape)
{
    const QImage scaled = picture.convertToFormat(QImage::Format_RGB32)
                              .scaled(shape.width, shape.height, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    const double unit = isFloat(type.dtype) ? 1 / 255.0 : type.dtype == DType::I8 ? 0.5 : 1;
    Tensor tensor = makeTensor(type.dtype, constants(type.shape));
    const std::int64_t pixels = std::int64_t(shape.width) * shape.height;
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
        const std::int64_t pixel = shape.channelsLast ? i / shape.channels % pixels : i % pixels;
        const auto channel = int(shape.channelsLast ? i % shape.channels : i / pixels % shape.channels);
        const QRgb color = scaled.pixel(int(pixel % shape.width), int(pixel / shape.width));
        tensor.set(i, channelOf(color, channel, shape.channels) * unit);
    }
    return tensor;
}

QList<QByteArray> readablePictures() { return QImageReader::supportedImageFormats(); }

}  // namespace strata
