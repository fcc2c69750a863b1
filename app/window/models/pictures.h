// Pictures that come with a model: pictures/K-is-CLASS.png beside it, and the inputs that they are.
#pragma once

#include "core/ir/module.h"
#include "core/tensor/tensor.h"

#include <QImage>
#include <QStringList>

#include <optional>
#include <vector>

namespace strata {

struct SamplePicture {
    QImage image;
    int expected = -1;  // class, from the file's name; -1: not said
    Tensor input;       // grey values in [0, 1], repeated for each picture of a batch
};
// Those that fit the only input of the entry: f32 of constant shape whose last two sizes are the picture's. `model` is
// a file or folder.
std::vector<SamplePicture> picturesBeside(const QString& model, const Module& module);

// Names of classes, a line each: labels.txt, classes.txt or synset.txt beside the model.
QStringList labelsBeside(const QString& model);

// How an input holds a picture: [.., H, W], [.., C, H, W] or [.., H, W, C] with 1 or 3 channels, of numbers.
struct PictureShape {
    int width = 0, height = 0, channels = 1;
    bool channelsLast = false;
};
std::optional<PictureShape> pictureShape(const TensorType& type);  // nullopt: it holds none
// A picture as it: scaled, grey or in colour, from 0 to 1, or to 255 in integers; the same for each of a batch.
Tensor tensorOf(const QImage& picture, const TensorType& type, const PictureShape& shape);
QList<QByteArray> readablePictures();  // suffixes

}  // namespace strata
