#include "harness.h"

#include "backends/artifact/weights.h"
#include "core/analysis/sites.h"
#include "core/base/rounding.h"
#include "core/ir/cpu.h"
#include "core/reference/evaluate.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <random>
#include <unistd.h>

namespace strata {

namespace {

double randomFloat(DType type, std::mt19937& random)
{
    const bool shortType = isShortFloat(type);
    switch (random() % 24) {
    case 0: return 0.0;
    case 1: return -0.0;
    case 2: return std::numeric_limits<double>::infinity();
    case 3: return -std::numeric_limits<double>::infinity();
    case 4: return std::nan("");
    case 5: return type == DType::F64 ? 5e-310 : type == DType::F16 ? 3e-6 : 1e-40;
    case 6: return shortType ? 6e4 : 3e38;
    case 7: return double(int(random() % 64)) - 31.5;
    case 8: return std::ldexp(1.0, int(random() % 70)) + 1;
    case 9: return -std::ldexp(1.5, int(random() % 12) - 20);
    default: return std::uniform_real_distribution<double>(-9, 9)(random);
    }
}

}  // namespace

Tensor randomTensor(const TensorType& type, int seed)
{
    Tensor tensor = makeTensor(type.dtype, constants(type.shape));
    std::mt19937 random{unsigned(seed)};
    const auto size = unsigned(bitSize(type.dtype));
    for (std::int64_t i = 0; i < tensor.count(); ++i) {
        if (isFloat(type.dtype) && size <= 8 && random() % 2) {  // any code
            writeBits(type.dtype, tensor.bytes.data(), i, random());
            continue;
        }
        if (isFloat(type.dtype)) {
            tensor.set(i, randomFloat(type.dtype, random));
            continue;
        }
        std::uint64_t bits = std::uint64_t(random()) << 32 | random();
        const int kind = int(random() % 8);
        if (kind < 4)
            bits = std::uint64_t(std::int64_t(random() % 40) - 12);
        else if (kind == 4)
            bits = std::uint64_t(1) << (size - 1);  // the smallest of a signed type
        if (type.dtype == DType::Bool)
            bits &= 1;
        writeBits(type.dtype, tensor.bytes.data(), i, bits);
    }
    return tensor;
}

bool runsHere(Target::Isa isa)
{
    const std::string name = cpuOf(isa).name;
    if (name == "x86-64-v1")
        return true;
    if (name == "x86-64-v2")
        return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
    if (name == "x86-64-v3")
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    return name == "x86-64-v4" && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
           && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

Harness::Harness()
{
    std::string pattern = (std::filesystem::temp_directory_path() / "strata-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()))
        m_folder = pattern;
}

Harness::~Harness()
{
    std::error_code ignored;
    if (!m_folder.empty())
        std::filesystem::remove_all(m_folder, ignored);
}

Result<Loaded> Harness::load(const Module& module)
{
    BuildOptions options;
    options.output = file("m" + std::to_string(m_count++) + ".so");
    options.prefix = "m";
    STRATA_TRY(const Weights weights, writeWeights(module, options.output + ".weights"));
    options.weightsFile = weights.path;
    options.weightOffsets = weights.offsets;
    options.weightsBytes = weights.bytes;
    options.weightsHash = weights.hash;
    STRATA_TRY(const Built built, m_compiler.build(module, options));
    return m_runner.load(built.path, "m", built.weightsFile);
}

Result<std::vector<Tensor>> Harness::run(const Loaded& loaded, const std::vector<Tensor>& inputs, int threads)
{
    CallOptions patience;
    patience.timeout = std::chrono::seconds(60);
    return m_runner.run(loaded.handle, inputs, threads, patience);
}

Result<std::vector<Tensor>> Harness::run(const Module& module, const std::vector<Tensor>& inputs, int threads)
{
    STRATA_TRY(const Loaded loaded, load(module));
    auto outputs = run(loaded, inputs, threads);
    if (outputs)
        STRATA_CHECK(m_runner.unload(loaded.handle));
    return outputs;
}

std::string Harness::difference(const Module& module, int seed, int threads)
{
    const Function& entry = *module.entryFunction();
    const std::vector<std::string> names = [&entry] {
        const auto sizes = sizesOf(entry);
        return std::vector<std::string>(sizes.begin(), sizes.end());
    }();
    if (names.empty())
        return difference(module, {{}}, seed, threads);
    std::vector<SizeValues> all;
    for (const std::vector<std::int64_t>& numbers :
         std::vector<std::vector<std::int64_t>>{{1, 1, 1}, {4, 32, 8}, {3, 5, 7}, {41, 70, 33}, {1, 64, 9}}) {
        SizeValues& sizes = all.emplace_back();
        for (std::size_t i = 0; i < names.size(); ++i)
            sizes[names[i]] = numbers[i % numbers.size()];
    }
    return difference(module, all, seed, threads);
}

std::string Harness::difference(const Module& module, const std::vector<SizeValues>& sizes, int seed, int threads)
{
    const auto loaded = load(module);
    if (!loaded)
        return loaded.error().text();
    for (const SizeValues& values : sizes)
        if (const std::string text = differenceAt(module, *loaded, values, seed, threads); !text.empty())
            return text + "at" + sizesText(values);
    const Status unloaded = m_runner.unload(loaded->handle);
    return unloaded ? std::string() : unloaded.error().text();
}

std::string Harness::differenceAt(const Module& module, const Loaded& loaded, const SizeValues& sizes, int seed,
                                  int threads)
{
    const Function& entry = *module.entryFunction();
    std::vector<Tensor> inputs;
    const FunctionPtr bound = withSizes(module.entryFunction(), sizes);
    for (const auto& param : bound->params)
        inputs.push_back(m_draw(param.type.tensor, seed++));
    const auto expected = evaluate(module, entry, inputs);
    const auto actual = run(loaded, inputs, threads);
    if (!expected && expected.error().kind == ErrorKind::Refused && !actual)
        return {};
    if (!expected)
        return "evaluator: " + expected.error().text();
    if (!actual)
        return actual.error().text();
    std::string text;
    for (std::size_t i = 0; i < expected->size(); ++i) {
        const Tensor &a = (*actual)[i], &e = (*expected)[i];
        for (std::int64_t j = 0; j < e.count(); ++j) {
            const bool floats = isFloat(e.type.dtype);
            const bool bothNan = floats && std::isnan(a.at(j)) && std::isnan(e.at(j));
            if (bothNan || readBits(e.type.dtype, a.bytes.data(), j) == readBits(e.type.dtype, e.bytes.data(), j))
                continue;
            const auto number = [&](const Tensor& t) {
                return floats ? std::to_string(t.at(j)) : std::to_string(t.integerAt(j));
            };
            text += entry.results[i].name + "[" + std::to_string(j) + "] is " + number(a) + ", the evaluator says "
                    + number(e) + "\n";
            break;
        }
    }
    return text;
}

}  // namespace strata
