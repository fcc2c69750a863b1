// Pictures that come with a model: pictures/K-is-CLASS.png beside it, and the inputs that they are.
#pragma once

#include "core/ir/module.h"
#include "core/tensor/tensor.h"

#include <QImage>
#include <QString>

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

}  // namespace strata
