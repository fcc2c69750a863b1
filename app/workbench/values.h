// Values that go into a model and come out of it: files of them, and what there is to say of one.
#pragma once

#include "app/workbench/workbench.h"
#include "core/tensor/summary.h"

namespace strata {

// A file for an input: .npy, .npz (the array of its name, or the only one), .pb (as ONNX's test data), or .txt and .csv
// with its numbers in order. Numbers of another type are converted where the type can hold them, dimensions of size 1
// may be there or not; anything else is refused. Where the input has sizes, those of the file are taken.
Result<Tensor> readValue(const std::string& path, const TypedName& input);

// Those that are given, by name; the others as inputsFor has them.
Result<std::vector<Tensor>> inputsWith(const Module& module, const std::vector<onnx::TestData>& data,
                                       const std::map<std::string, Tensor>& given);

// A value of the entry, a graph, by its name: computed by compiled code, as the model computes it.
Result<Tensor> valueIn(Toolchain& toolchain, const Module& module, const std::string& name,
                       const std::vector<Tensor>& inputs, std::stop_token stop = {}, const Progress& progress = {});

// One file a result in a folder: its name with what no file name holds replaced, .npy.
Status writeValues(const std::vector<TypedName>& names, const std::vector<Tensor>& tensors, const std::string& folder);

}  // namespace strata
