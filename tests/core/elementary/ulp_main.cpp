// strata-ulp [STRIDE [FUNCTION...]]: the largest error of each elementary function over every STRIDE-th bit pattern of
// float32 (1: all), and over random f64 arguments; pow over random pairs.
#include "ulp.h"

#include <cstdlib>
#include <iostream>
#include <random>

using namespace strata;

namespace {

struct Worst {
    double error = 0, x = 0, y = 0;
    void see(double e, double at, double at2 = 0)
    {
        if (e > error || (error == 0 && e > 0))
            *this = {e, at, at2};
    }
};

Worst sweepSingle(const Elementary& function, std::uint64_t stride)
{
    Compiled f(function.name, DType::F32, 1);
    const Reference1 reference = referenceOf(function.name);
    Worst worst;
    for (std::uint64_t bits = 0; bits < (std::uint64_t(1) << 32); bits += stride) {
        const float x = std::bit_cast<float>(std::uint32_t(bits));
        worst.see(ulpError(function, DType::F32, f(x), reference(x)), x);
    }
    return worst;
}

Worst sampleDouble(const std::string& name, int count)
{
    Compiled f(name, DType::F64, 1);
    const Reference1 reference = referenceOf(name);
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> exponent(-40, 10), sign(-1, 1);
    Worst worst;
    for (int i = 0; i < count; ++i) {
        const double x = std::copysign(std::exp2(exponent(random)), sign(random));
        worst.see(ulpError(DType::F64, f(x), reference(x)), x);
    }
    return worst;
}

Worst samplePow(DType type, int count)
{
    Compiled f("pow", type, 2);
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> exponent(-8, 8), sign(-1, 1);
    Worst worst;
    for (int i = 0; i < count; ++i) {
        double x = std::exp2(exponent(random)), y = std::copysign(std::exp2(exponent(random)), sign(random));
        if (type == DType::F32)
            x = float(x), y = float(y);
        worst.see(ulpError(type, f(x, y), std::pow((long double)(x), (long double)(y))), x, y);
    }
    return worst;
}

}  // namespace

int main(int argc, char** argv)
{
    const std::uint64_t stride = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 97;
    std::cout.precision(9);
    for (const Elementary& function : elementaryFunctions()) {
        if (argc > 2 && std::find(argv + 2, argv + argc, function.name) == argv + argc)
            continue;
        const Worst single = function.arity == 2 ? samplePow(DType::F32, 2000000) : sweepSingle(function, stride);
        const Worst twice = function.arity == 2 ? samplePow(DType::F64, 2000000) : sampleDouble(function.name, 2000000);
        const std::string exponent = function.arity == 2 ? " ^ " + std::to_string(single.y) : "";
        std::cout << function.name << ": f32 " << single.error << " ulp at " << single.x << exponent << ", f64 "
                  << twice.error << " ulp at " << twice.x << std::endl;
    }
}
