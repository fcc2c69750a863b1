// A module through the compiler and the runner, beside the evaluator.
#pragma once

#include "backends/llvm/compiler.h"
#include "backends/runner/runner.h"
#include "core/index/sizes.h"

namespace strata {

// Values that find mistakes: small and large, zeros of both signs, infinities, NaN, denormals, limits.
Tensor randomTensor(const TensorType& type, int seed);

class Harness {
public:
    Harness();
    ~Harness();
    // Compiles, loads, runs and unloads a module.
    Result<std::vector<Tensor>> run(const Module& module, const std::vector<Tensor>& inputs, int threads = 1);
    // Compiled code against the evaluator on the same inputs: "" if every bit agrees (any NaN is one), else where they
    // differ.
    // A module with sizes at several of them, by the same code.
    std::string difference(const Module& module, int seed, int threads = 1);
    std::string difference(const Module& module, const std::vector<SizeValues>& sizes, int seed, int threads = 1);
    // By other inputs. Where the evaluator says that the data lead outside, the code has to say so, too.
    using Draw = std::function<Tensor(const TensorType& type, int seed)>;
    void drawBy(Draw draw) { m_draw = std::move(draw); }
    Compiler& compiler() { return m_compiler; }
    Runner& runner() { return m_runner; }
    std::string file(const std::string& name) const { return m_folder + "/" + name; }

private:
    Result<Loaded> load(const Module& module);
    Result<std::vector<Tensor>> run(const Loaded& loaded, const std::vector<Tensor>& inputs, int threads);
    std::string differenceAt(const Module& module, const Loaded& loaded, const SizeValues& sizes, int seed,
                             int threads);

    std::string m_folder;
    Compiler m_compiler;
    Runner m_runner;
    Draw m_draw = randomTensor;
    int m_count = 0;
};

// The machine has the instructions.
bool runsHere(Target::Isa isa);

}  // namespace strata
