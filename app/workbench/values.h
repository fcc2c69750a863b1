// Values that go into a model and come out of it: files of them, and what there is to say of one.
#pragma once

#include "app/workbench/workbench.h"

namespace strata {

// A file for an input: .npy, .pb (as ONNX's test data), or .txt and .csv with its numbers in order. Numbers of another
// type are converted where the type can hold them, dimensions of size 1 may be there or not; anything else is refused.
Result<Tensor> readValue(const std::string& path, const TypedName& input);

// Those that are given, by name; the others as inputsFor has them.
Result<std::vector<Tensor>> inputsWith(const Module& module, const std::vector<onnx::TestData>& data,
                                       const std::map<std::string, Tensor>& given);

// One file a result in a folder: its name with what no file name holds replaced, .npy.
Status writeValues(const std::vector<TypedName>& names, const std::vector<Tensor>& tensors, const std::string& folder);

// What a tensor holds. Numbers that are not finite are counted apart.
struct ValueSummary {
    std::int64_t count = 0, zeros = 0, nans = 0, infinities = 0;
    double least = 0, most = 0, mean = 0, deviation = 0;
    std::vector<std::pair<std::int64_t, double>> top;  // the largest five with their indices, largest first
    std::vector<std::int64_t> histogram;               // of equal bins from least to most
};
ValueSummary summarize(const Tensor& tensor, std::size_t bins = 40);

}  // namespace strata
