#include "backends/libraries/bench/onednn_subject.h"

#include <oneapi/dnnl/dnnl.hpp>

#include <unordered_map>
#include <vector>

namespace strata::bench {

struct OneDnn::Impl {
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
    dnnl::primitive primitive;
    std::unordered_map<int, dnnl::memory> arguments;
    std::string implementation;
    double flops = 0;

    // Memory of a layout, filled with small numbers that are no denormals.
    void add(int role, const dnnl::memory::desc& layout)
    {
        dnnl::memory memory(layout, engine);
        auto* data = static_cast<float*>(memory.get_data_handle());
        for (std::size_t i = 0; i < layout.get_size() / sizeof(float); ++i)
            data[i] = float(int(i * 37 % 255) - 127) / 128;
        arguments.emplace(role, std::move(memory));
    }
};

namespace {

using Format = dnnl::memory::format_tag;

dnnl::memory::desc layout(const dnnl::memory::dims& sizes, Format format)
{
    return {sizes, dnnl::memory::data_type::f32, format};
}

}  // namespace

OneDnn::OneDnn(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl))
{
}
OneDnn::OneDnn(OneDnn&&) noexcept = default;
OneDnn::~OneDnn() = default;

OneDnn OneDnn::matmul(long m, long n, long k)
{
    auto impl = std::make_unique<Impl>();
    const dnnl::matmul::desc operation(layout({m, k}, Format::ab), layout({k, n}, Format::any),
                                       layout({m, n}, Format::ab));
    const dnnl::matmul::primitive_desc description(operation, impl->engine);
    impl->add(DNNL_ARG_SRC, description.src_desc());
    impl->add(DNNL_ARG_WEIGHTS, description.weights_desc());
    impl->add(DNNL_ARG_DST, description.dst_desc());
    impl->primitive = dnnl::matmul(description);
    impl->implementation = description.impl_info_str();
    impl->flops = 2.0 * double(m) * double(n) * double(k);
    return OneDnn(std::move(impl));
}

OneDnn OneDnn::convolution(long channels, long outputs, long height, long width)
{
    auto impl = std::make_unique<Impl>();
    const dnnl::convolution_forward::desc operation(
        dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
        layout({1, channels, height, width}, Format::any), layout({outputs, channels, 3, 3}, Format::any),
        layout({1, outputs, height, width}, Format::any), {1, 1}, {1, 1}, {1, 1});
    const dnnl::convolution_forward::primitive_desc description(operation, impl->engine);
    impl->add(DNNL_ARG_SRC, description.src_desc());
    impl->add(DNNL_ARG_WEIGHTS, description.weights_desc());
    impl->add(DNNL_ARG_DST, description.dst_desc());
    impl->primitive = dnnl::convolution_forward(description);
    impl->implementation = description.impl_info_str();
    impl->flops = 2.0 * 9 * double(channels) * double(outputs) * double(height) * double(width);
    return OneDnn(std::move(impl));
}

void OneDnn::run()
{
    m_impl->primitive.execute(m_impl->stream, m_impl->arguments);
    m_impl->stream.wait();
}

double OneDnn::flops() const { return m_impl->flops; }
const char* OneDnn::implementation() const { return m_impl->implementation.c_str(); }

}  // namespace strata::bench
