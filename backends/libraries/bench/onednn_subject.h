// One oneDNN primitive with its memory, ready to be run again and again. Weights are in the library's layout
// beforehand.
#pragma once

#include <memory>

namespace strata::bench {

class OneDnn {
public:
    // c[m, n] = a[m, k] b[k, n]; a and c row-major.
    static OneDnn matmul(long m, long n, long k);
    // 3x3, padding 1, stride 1; input and output in the library's blocked layout, padding done by the primitive.
    static OneDnn convolution(long channels, long outputs, long height, long width);

    void run();
    double flops() const;
    const char* implementation() const;  // as oneDNN calls it: "brgemm:avx2", "jit:avx2"

    OneDnn(OneDnn&&) noexcept;
    ~OneDnn();

private:
    struct Impl;
    explicit OneDnn(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace strata::bench
