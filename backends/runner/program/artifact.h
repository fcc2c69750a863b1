// A loaded artifact with one instance, and tensors for it.
#pragma once

#include "backends/runner/program/memory.h"
#include "core/ir/constant.h"

#include "strata_artifact.h"

#include <functional>

namespace strata::runner {

using Shapes = std::vector<std::vector<std::int64_t>>;

// Tensors of one side of an artifact, each in memory of its own; in a message's blob one after the other, each at a
// multiple of 64 bytes.
class Tensors {
public:
    Tensors() = default;
    Tensors(const strata_artifact_tensor* infos, Shapes shapes);
    const Shapes& shapes() const { return m_shapes; }
    std::int64_t bytes() const { return m_bytes; }  // of the blob
    void write(const Bytes& blob);                  // of bytes() bytes, or more
    // With tensors of these shapes at the beginning of their memory.
    Bytes read(const Shapes& shapes) const;
    // Gives each text another number.
    void renumber(const std::function<std::int64_t(std::int64_t)>& number);
    DLTensor* const* pointers() { return m_pointers.data(); }
    // The memory of another tensor for one of these; nullptr: its own.
    void lend(std::size_t tensor, void* memory) { m_tensors[tensor].data = memory ? memory : m_memory[tensor].get(); }

private:
    struct Free {
        Guard guard = Guard::None;
        void operator()(std::byte* memory) const { releaseMemory(guard, memory); }
    };
    struct Part {
        std::int64_t offset, bytes;
    };
    Shapes m_shapes;
    std::vector<std::unique_ptr<std::byte, Free>> m_memory;
    std::vector<Part> m_parts;
    std::int64_t m_bytes = 0;
    std::vector<DLTensor> m_tensors;
    std::vector<DLTensor*> m_pointers;
};

class Artifact {
public:
    static Result<std::unique_ptr<Artifact>> load(const std::string& library, const std::string& prefix,
                                                  const std::string& weights);
    ~Artifact();

    const strata_artifact_description& description() const { return *m_description; }
    Tensors& inputs() { return m_inputs; }
    Tensors& outputs() { return m_outputs; }
    // Inputs of other shapes than before bring outputs of others. Behind them in the blob: the texts that elements of
    // texts count, from 1 on.
    Status setInputs(const Shapes& shapes, const Bytes& blob);
    // The outputs and behind them, likewise, the texts in them, of so many bytes. The tensors hold no numbers of the
    // instance any more.
    struct Results {
        Bytes blob;
        std::size_t textBytes = 0;
    };
    Results results(const Shapes& shapes);
    // Outputs that update an input are written in its memory, as a caller would have it, or beside it, so that a run
    // can be repeated and looked at.
    void updateInPlace(bool on);
    Status setThreads(int threads) { return status(m_setThreads(m_instance, threads)); }
    Status run();
    // Of what the last run gave.
    Result<Shapes> resultShapes();
    // A run with profiling: nanoseconds by call, and of these inside a device's kernels.
    struct Profile {
        std::vector<std::int64_t> nanoseconds, deviceNanoseconds;
    };
    Result<Profile> profiledRun();
    std::vector<std::string> calls() const;

private:
    Artifact() = default;
    Status resolve(const std::string& prefix);
    Status status(int code) const;
    Status take(const Shapes& inputs);
    Status number(const std::vector<std::string>& texts);
    Result<Shapes> shapesBy(const std::function<int(DLTensor* const*)>& tell) const;

    void* m_library = nullptr;
    strata_artifact_instance* m_instance = nullptr;
    const strata_artifact_description* m_description = nullptr;
    decltype(&strata_artifact_describe) m_describe = nullptr;
    decltype(&strata_artifact_create) m_create = nullptr;
    decltype(&strata_artifact_output_shapes) m_outputShapes = nullptr;
    decltype(&strata_artifact_run) m_run = nullptr;
    decltype(&strata_artifact_result_shapes) m_resultShapes = nullptr;
    decltype(&strata_artifact_last_error) m_lastError = nullptr;
    decltype(&strata_artifact_set_threads) m_setThreads = nullptr;
    decltype(&strata_artifact_set_profile) m_setProfile = nullptr;
    decltype(&strata_artifact_profile) m_profile = nullptr;
    decltype(&strata_artifact_destroy) m_destroy = nullptr;
    // Of a model with texts only.
    decltype(&strata_artifact_text_number) m_textNumber = nullptr;
    decltype(&strata_artifact_text) m_text = nullptr;
    decltype(&strata_artifact_forget_texts) m_forgetTexts = nullptr;
    Tensors m_inputs, m_outputs;
};

}  // namespace strata::runner
