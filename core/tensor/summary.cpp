#include "core/tensor/summary.h"

#include <algorithm>
#include <cmath>

namespace strata {

ValueSummary summarize(const Tensor& tensor, std::size_t bins)
{
    ValueSummary summary;
    summary.count = tensor.type.dtype == DType::String ? 0 : tensor.count();
    double sum = 0, squares = 0;
    std::int64_t finite = 0;
    for (std::int64_t i = 0; i < summary.count; ++i) {
        const double value = tensor.at(i);
        summary.zeros += value == 0;
        summary.nans += std::isnan(value);
        summary.infinities += std::isinf(value);
        if (!std::isfinite(value))
            continue;
        summary.least = finite ? std::min(summary.least, value) : value;
        summary.most = finite ? std::max(summary.most, value) : value;
        ++finite;
        sum += value;
        if (summary.top.size() < 5 || value > summary.top.back().second) {
            const auto place = std::upper_bound(summary.top.begin(), summary.top.end(), value,
                                                [](double a, const auto& b) { return a > b.second; });
            summary.top.insert(place, {i, value});
            summary.top.resize(std::min<std::size_t>(summary.top.size(), 5));
        }
    }
    summary.mean = finite ? sum / double(finite) : 0;
    summary.histogram.assign(bins, 0);
    for (std::int64_t i = 0; i < summary.count && bins > 0; ++i) {
        const double value = tensor.at(i);
        if (!std::isfinite(value))
            continue;
        squares += (value - summary.mean) * (value - summary.mean);
        const double share = summary.most > summary.least ? (value - summary.least) / (summary.most - summary.least)
                                                          : 0;
        ++summary.histogram[std::min(bins - 1, std::size_t(share * double(bins)))];
    }
    summary.deviation = finite ? std::sqrt(squares / double(finite)) : 0;
    return summary;
}

}  // namespace strata
