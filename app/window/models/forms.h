// A model as it came beside what an export of it holds: the parts of each, with their bytes.
#pragma once

#include "backends/llvm/compiler.h"

#include <QString>

namespace strata {

struct ModelPart {
    QString name;
    std::int64_t bytes = 0;
    int color = 0;  // the same for what is the same in both forms
    friend bool operator==(const ModelPart&, const ModelPart&) = default;
};

struct ModelForm {
    QString title, needs;  // "development: mlp.onnx"; what has to be there to run it
    std::vector<ModelPart> parts;

    std::int64_t bytes() const;
    friend bool operator==(const ModelForm&, const ModelForm&) = default;
};

// A model's file, which may hold its weights or not.
struct ModelFile {
    QString name;
    std::int64_t bytes = 0, weights = 0;    // of the file; of all weights
    std::int64_t nodes = 0, operators = 0;  // kinds of them
};
ModelForm developmentForm(const ModelFile& file);
ModelForm deploymentForm(const Built& built);

}  // namespace strata
