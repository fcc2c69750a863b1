// What there is to say of a tensor's elements.
#pragma once

#include "core/tensor/tensor.h"

namespace strata {

// Numbers that are not finite are counted apart.
struct ValueSummary {
    std::int64_t count = 0, zeros = 0, nans = 0, infinities = 0;
    double least = 0, most = 0, mean = 0, deviation = 0;
    std::vector<std::pair<std::int64_t, double>> top;  // the largest five with their indices, largest first
    std::vector<std::int64_t> histogram;               // of equal bins from least to most
};
ValueSummary summarize(const Tensor& tensor, std::size_t bins = 40);

}  // namespace strata
