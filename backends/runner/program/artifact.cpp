#include "backends/runner/program/artifact.h"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <numeric>

namespace strata::runner {

namespace {

constexpr int textCode = 3;  // of DLDataType

std::int64_t bytesOf(const DLDataType& type, const std::vector<std::int64_t>& shape)
{
    const std::int64_t bits = std::accumulate(shape.begin(), shape.end(), std::int64_t(type.bits), std::multiplies<>());
    return bits / 8 + (bits % 8 != 0);
}

}  // namespace

Tensors::Tensors(const strata_artifact_tensor* infos, Shapes shapes)
    : m_shapes(std::move(shapes))
{
    const Guard guard = guardAsked();
    m_tensors.resize(m_shapes.size());
    for (std::size_t i = 0; i < m_shapes.size(); ++i) {
        const std::int64_t bytes = bytesOf({infos[i].dtype_code, infos[i].dtype_bits, 1}, m_shapes[i]);
        m_memory.emplace_back(static_cast<std::byte*>(allocateMemory(guard, std::size_t(bytes))), Free{guard});
        m_parts.push_back({m_bytes, bytes});
        m_bytes += (bytes + 63) / 64 * 64;
        DLTensor& tensor = m_tensors[i];
        tensor = {m_memory.back().get(),
                  {1, 0},
                  infos[i].rank,
                  {infos[i].dtype_code, infos[i].dtype_bits, 1},
                  m_shapes[i].data(),
                  nullptr,
                  0};
        m_pointers.push_back(&tensor);
    }
}

void Tensors::write(const Bytes& blob)
{
    for (std::size_t i = 0; i < m_parts.size(); ++i)
        if (m_parts[i].bytes > 0)
            std::memcpy(m_memory[i].get(), blob.data() + m_parts[i].offset, std::size_t(m_parts[i].bytes));
}

Bytes Tensors::read(const Shapes& shapes) const
{
    Bytes blob;
    for (std::size_t i = 0; i < m_parts.size(); ++i) {
        const std::size_t at = blob.size(),
                          bytes = std::size_t(std::min(bytesOf(m_tensors[i].dtype, shapes[i]), m_parts[i].bytes));
        blob.resize(at + (bytes + 63) / 64 * 64);
        if (bytes > 0)
            std::memcpy(blob.data() + at, m_memory[i].get(), bytes);
    }
    return blob;
}

void Tensors::renumber(const std::function<std::int64_t(std::int64_t)>& number)
{
    for (std::size_t i = 0; i < m_parts.size(); ++i)
        for (std::int64_t at = 0; m_tensors[i].dtype.code == textCode && at < m_parts[i].bytes; at += 8) {
            std::int64_t element = 0;
            std::memcpy(&element, m_memory[i].get() + at, sizeof element);
            element = number(element);
            std::memcpy(m_memory[i].get() + at, &element, sizeof element);
        }
}

namespace {

void* allocateForArtifact(void*, std::size_t bytes, std::size_t) { return allocateMemory(guardAsked(), bytes); }
void releaseForArtifact(void*, void* memory) { releaseMemory(guardAsked(), memory); }

}  // namespace

Result<std::unique_ptr<Artifact>> Artifact::load(const std::string& library, const std::string& prefix,
                                                 const std::string& weights)
{
    std::unique_ptr<Artifact> artifact(new Artifact);
    artifact->m_library = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!artifact->m_library)
        return environmentError("The library does not load: " + std::string(dlerror()) + ".");
    STRATA_CHECK(artifact->resolve(prefix));
    strata_artifact_error error{};
    strata_artifact_options options{};
    options.size = sizeof options;
    options.threads = 1;
    options.weights_path = weights.empty() ? nullptr : weights.c_str();
    options.error = &error;
    if (guardAsked() != Guard::None) {
        options.allocate = allocateForArtifact;
        options.release = releaseForArtifact;
    }
    if (artifact->m_create(&options, &artifact->m_instance) != strata_artifact_OK)
        return environmentError(error.message);
    const strata_artifact_description* description = artifact->m_description = artifact->m_describe();
    if (description->size_count > 0)
        return artifact;  // inputs come with their shapes
    Shapes inputs;
    for (int i = 0; i < description->input_count; ++i)
        inputs.emplace_back(description->inputs[i].shape, description->inputs[i].shape + description->inputs[i].rank);
    STRATA_CHECK(artifact->take(inputs));
    return artifact;
}

Status Artifact::take(const Shapes& inputs)
{
    m_inputs = Tensors(m_description->inputs, inputs);
    STRATA_TRY(Shapes shapes, shapesBy([this](DLTensor* const* outputs) {
                   return m_outputShapes(m_instance, m_inputs.pointers(), outputs);
               }));
    m_outputs = Tensors(m_description->outputs, std::move(shapes));
    return {};
}

Result<Shapes> Artifact::shapesBy(const std::function<int(DLTensor* const*)>& tell) const
{
    Shapes shapes;
    std::vector<DLTensor> outputs(std::size_t(m_description->output_count));
    std::vector<DLTensor*> pointers;
    for (std::size_t i = 0; i < outputs.size(); ++i)
        shapes.emplace_back(std::size_t(m_description->outputs[i].rank));
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        outputs[i].shape = shapes[i].data();
        pointers.push_back(&outputs[i]);
    }
    STRATA_CHECK(status(tell(pointers.data())));
    return shapes;
}

Result<Shapes> Artifact::resultShapes()
{
    return shapesBy([this](DLTensor* const* outputs) { return m_resultShapes(m_instance, outputs); });
}

Status Artifact::resolve(const std::string& prefix)
{
    const auto find = [&](auto& function, const char* name) -> Status {
        function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(
            dlsym(m_library, (prefix + name).c_str()));
        return function ? Status()
                        : environmentError("The library has no function " + prefix + name + ".",
                                           "Is its prefix another one?");
    };
    STRATA_CHECK(find(m_describe, "_describe"));
    STRATA_CHECK(find(m_create, "_create"));
    STRATA_CHECK(find(m_outputShapes, "_output_shapes"));
    STRATA_CHECK(find(m_run, "_run"));
    STRATA_CHECK(find(m_resultShapes, "_result_shapes"));
    STRATA_CHECK(find(m_lastError, "_last_error"));
    STRATA_CHECK(find(m_setThreads, "_set_threads"));
    STRATA_CHECK(find(m_setProfile, "_set_profile"));
    STRATA_CHECK(find(m_profile, "_profile"));
    if (dlsym(m_library, (prefix + "_text").c_str())) {
        STRATA_CHECK(find(m_textNumber, "_text_number"));
        STRATA_CHECK(find(m_text, "_text"));
        STRATA_CHECK(find(m_forgetTexts, "_forget_texts"));
    }
    return find(m_destroy, "_destroy");
}

Artifact::~Artifact()
{
    if (m_instance)
        m_destroy(m_instance);
    if (m_library)
        dlclose(m_library);
}

Status Artifact::status(int code) const
{
    if (code == strata_artifact_OK)
        return {};
    const strata_artifact_error& error = *m_lastError(m_instance);
    const std::string message = error.message;
    const bool blamesData = code == strata_artifact_ARGUMENT || code == strata_artifact_INDEX;
    return blamesData ? refused(message) : environmentError(message);
}

Status Artifact::setInputs(const Shapes& shapes, const Bytes& blob)
{
    if (int(shapes.size()) != m_description->input_count)
        return bug("The runner gets " + std::to_string(shapes.size()) + " shapes of inputs instead of "
                   + std::to_string(m_description->input_count) + ".");
    if (shapes != m_inputs.shapes())
        STRATA_CHECK(take(shapes));
    const auto texts = unpackStrings(
        std::int64_t(blob.size()) > m_inputs.bytes() ? Bytes(blob.begin() + m_inputs.bytes(), blob.end()) : Bytes());
    if (std::int64_t(blob.size()) < m_inputs.bytes() || !texts || (!texts->empty() && !m_textNumber))
        return bug("The runner gets " + std::to_string(blob.size()) + " bytes of inputs instead of "
                   + std::to_string(m_inputs.bytes()) + ".");
    m_inputs.write(blob);
    return m_textNumber ? number(*texts) : Status();
}

// What the request counts, in the numbers of the instance.
Status Artifact::number(const std::vector<std::string>& texts)
{
    STRATA_CHECK(status(m_forgetTexts(m_instance)));
    std::vector<std::int64_t> numbers{0};
    for (const std::string& text : texts) {
        std::int64_t number = 0;
        STRATA_CHECK(status(m_textNumber(m_instance, text.data(), std::int64_t(text.size()), &number)));
        numbers.push_back(number);
    }
    m_inputs.renumber(
        [&](std::int64_t of) { return of >= 0 && of < std::int64_t(numbers.size()) ? numbers[std::size_t(of)] : 0; });
    return {};
}

Artifact::Results Artifact::results(const Shapes& shapes)
{
    std::map<std::int64_t, std::int64_t> numbers{{0, 0}};
    std::vector<std::string> texts;
    if (m_text)
        m_outputs.renumber([&](std::int64_t of) {
            const auto [known, isNew] = numbers.emplace(of, std::int64_t(numbers.size()));
            const char* text = "";
            std::int64_t size = 0;
            if (isNew && m_text(m_instance, of, &text, &size) != strata_artifact_OK)
                text = "", size = 0;  // an element that holds no text: nobody wrote it
            if (isNew)
                texts.emplace_back(text, std::size_t(size));
            return known->second;
        });
    Results results{m_outputs.read(shapes), 0};
    const Bytes packed = packStrings(texts);
    results.blob.insert(results.blob.end(), packed.begin(), packed.end());
    results.textBytes = packed.size();
    return results;
}

void Artifact::updateInPlace(bool on)
{
    for (int i = 0; m_description->inouts && i < m_description->output_count; ++i)
        if (const int input = m_description->inouts[i]; input >= 0)
            m_outputs.lend(std::size_t(i), on ? m_inputs.pointers()[input]->data : nullptr);
}

Status Artifact::run()
{
    const Status ran = status(m_run(m_instance, m_inputs.pointers(), m_outputs.pointers()));
    checkMemory(guardAsked());
    return ran;
}

Result<Artifact::Profile> Artifact::profiledRun()
{
    m_setProfile(m_instance, 1);
    const Status ran = run();
    m_setProfile(m_instance, 0);
    STRATA_CHECK(ran);
    strata_artifact_profile_data data{};
    STRATA_CHECK(status(m_profile(m_instance, &data)));
    return Profile{{data.nanoseconds, data.nanoseconds + data.count},
                   {data.device_nanoseconds, data.device_nanoseconds + data.count}};
}

std::vector<std::string> Artifact::calls() const
{
    strata_artifact_profile_data data{};
    m_profile(m_instance, &data);
    return std::vector<std::string>(data.names, data.names + data.count);
}

}  // namespace strata::runner
