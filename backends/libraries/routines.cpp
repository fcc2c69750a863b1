#include "backends/libraries/routines.h"

#include <array>

namespace strata {

namespace {

constexpr int transposeA = 1, transposeB = 2, relu = 4;

struct Provider {
    const char *name, *library;
};
constexpr std::array providers = {Provider{"onednn", "libdnnl.so.2"}, Provider{"openblas", "libopenblas.so.0"}};

using Sizes = std::vector<std::int64_t>;

template<class T>
T attribute(const LibraryCall& call, const std::string& name, T fallback)
{
    const auto found = call.attributes.find(name);
    const T* value = found == call.attributes.end() ? nullptr : std::get_if<T>(&found->second);
    return value ? *value : fallback;
}

bool isSet(const LibraryCall& call, const char* name) { return attribute(call, name, std::int64_t(0)) != 0; }

int flagsOf(const LibraryCall& call)
{
    return (isSet(call, "transA") ? transposeA : 0) | (isSet(call, "transB") ? transposeB : 0)
           | (attribute(call, "epilogue", std::string()) == "relu" ? relu : 0);
}

std::int64_t product(const Sizes& values, std::size_t begin, std::size_t end)
{
    std::int64_t result = 1;
    for (std::size_t i = begin; i < end; ++i)
        result *= values[i];
    return result;
}

// c[..., m, n] = a[..., m, k] b[..., k, n] as m, n, k, batch and the elements between two matrices of a and of b. With
// one matrix b, the rows of all matrices a are rows of one.
Result<Sizes> matmulSizes(const LibraryCall& call, const Sizes& a, const Sizes& b, const Sizes& c)
{
    if (a.size() < 2 || b.size() < 2 || c.size() < 2)
        return refused("the routine multiplies matrices.");
    const bool oneMatrix = b.size() == 2;
    const std::int64_t n = c.back(), k = a[a.size() - (isSet(call, "transA") ? 2 : 1)];
    const std::int64_t batch = oneMatrix ? 1 : product(c, 0, c.size() - 2);
    const std::int64_t m = oneMatrix ? product(c, 0, c.size() - 1) : c[c.size() - 2];
    return Sizes{m, n, k, batch, batch > 1 ? m * k : 0, batch > 1 ? k * n : 0};
}

// n c h w o kh kw oh ow, strides, pads (top, left, bottom, right), dilations, groups.
Result<Sizes> convolutionSizes(const LibraryCall& call, const Sizes& x, const Sizes& w, const Sizes& y)
{
    if (x.size() != 4 || w.size() != 4 || y.size() != 4)
        return refused("the routine convolves two dimensions.");
    Sizes sizes{x[0], x[1], x[2], x[3], w[0], w[2], w[3], y[2], y[3]};
    for (const Sizes& more :
         {attribute(call, "strides", Sizes{1, 1}), attribute(call, "pads", Sizes{0, 0, 0, 0}),
          attribute(call, "dilations", Sizes{1, 1}), Sizes{attribute(call, "group", std::int64_t(1))}})
        sizes.insert(sizes.end(), more.begin(), more.end());
    return sizes;
}

struct Routine {
    const char *name, *symbol;
    Result<Sizes> (*sizes)(const LibraryCall& call, const Sizes& a, const Sizes& b, const Sizes& c);
};
constexpr std::array routines = {Routine{"onednn.conv", "strata_rt_onednn_conv", convolutionSizes},
                                 Routine{"onednn.matmul", "strata_rt_onednn_matmul", matmulSizes},
                                 Routine{"openblas.matmul", "strata_rt_openblas_matmul", matmulSizes}};

}  // namespace

std::string libraryOf(const std::string& routine)
{
    for (const Provider& provider : providers)
        if (routine.starts_with(std::string(provider.name) + "."))
            return provider.library;
    return {};
}

std::string libraryOfSymbol(const std::string& symbol)
{
    for (const Provider& provider : providers)
        if (symbol.find("_" + std::string(provider.name) + "_") != std::string::npos)
            return provider.library;
    return {};
}

Result<RoutineCall> routineCall(const LibraryCall& call, const std::vector<TensorType>& inputs,
                                const TensorType& output)
{
    for (const Routine& routine : routines)
        if (call.callee == routine.name) {
            if (inputs.size() < 2)
                return refused("the routine takes two tensors, perhaps a bias, and one result.");
            STRATA_TRY(Sizes sizes, routine.sizes(call, constants(inputs[0].shape), constants(inputs[1].shape),
                                                  constants(output.shape)));
            return RoutineCall{routine.symbol, std::move(sizes), flagsOf(call)};
        }
    return refused(say("nobody provides the routine {}.", call.callee));
}

}  // namespace strata
