#include "app/window/models/pictures.h"

#include <QDir>
#include <QFileInfo>
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

}  // namespace strata
