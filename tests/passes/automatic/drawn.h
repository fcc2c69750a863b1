// Modules in text whose constants and inputs are drawn, the same every time.
#pragma once

#include "core/reference/evaluate.h"
#include "core/text/text.h"

#include <QtGlobal>

#include <random>

namespace strata {

inline Tensor randomTensor(const TensorType& type, unsigned seed)
{
    std::mt19937 random(seed);
    Tensor tensor = makeTensor(type.dtype, constants(type.shape));
    if (byteSize(type.dtype) == 1)
        for (std::byte& byte : tensor.bytes)
            byte = std::byte(random());
    for (std::size_t i = 0; i < tensor.bytes.size() / 4 && type.dtype == DType::F32; ++i)
        reinterpret_cast<float*>(tensor.bytes.data())[i] = float(int(random() % 2001) - 1000) / 512.0f;
    return tensor;
}

inline ModulePtr parse(const std::string& text)
{
    unsigned seed = 1;
    auto module = parseModule(text, [&](const std::string&, const TensorType& type) {
        return Constant::fromBytes(type, std::make_shared<const Bytes>(randomTensor(type, ++seed).bytes));
    });
    if (!module)
        qFatal("%s", module.error().text().c_str());
    return *module;
}

inline std::vector<Tensor> inputsOf(const Function& function)
{
    std::vector<Tensor> inputs;
    for (const TypedName& param : function.params)
        inputs.push_back(randomTensor(param.type.tensor, unsigned(100 + inputs.size())));
    return inputs;
}

}  // namespace strata
