#include "backends/runner/runner.h"

#include "core/tensor/texts.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace strata {

namespace {

using Json = nlohmann::json;

struct DlpackType {
    int code, bits;
    DType type;
};
constexpr DlpackType dlpackTypes[] = {
    {6, 8, DType::Bool},        {0, 8, DType::I8},        {0, 16, DType::I16},        {0, 32, DType::I32},
    {0, 64, DType::I64},        {1, 8, DType::U8},        {1, 16, DType::U16},        {1, 32, DType::U32},
    {1, 64, DType::U64},        {2, 16, DType::F16},      {4, 16, DType::BF16},       {2, 32, DType::F32},
    {2, 64, DType::F64},        {0, 2, DType::I2},        {0, 4, DType::I4},          {1, 2, DType::U2},
    {1, 4, DType::U4},          {10, 8, DType::F8E4M3FN}, {11, 8, DType::F8E4M3FNUZ}, {12, 8, DType::F8E5M2},
    {13, 8, DType::F8E5M2FNUZ}, {14, 8, DType::F8E8M0},   {17, 4, DType::F4E2M1},     {3, 64, DType::String},
};

// A dimension that is no number is an entry of `sizes`, or follows from them.
Dim readDim(std::int64_t number, const std::vector<std::string>& sizes)
{
    if (number >= 0)
        return Dim(number);
    const auto index = std::size_t(-1 - number);
    return Dim::symbol(index < sizes.size() ? sizes[index] : "derived " + std::to_string(index - sizes.size()));
}

Result<std::vector<std::pair<std::string, TensorType>>> readTypes(const Json& list,
                                                                  const std::vector<std::string>& sizes)
{
    std::vector<std::pair<std::string, TensorType>> types;
    for (const Json& entry : list) {
        const int code = entry.value("code", -1), bits = entry.value("bits", -1);
        const auto found = std::find_if(std::begin(dlpackTypes), std::end(dlpackTypes),
                                        [&](const DlpackType& t) { return t.code == code && t.bits == bits; });
        if (found == std::end(dlpackTypes))
            return bug("An artifact has a tensor of an unknown element type.");
        Shape shape;
        for (const std::int64_t number : entry.value("shape", std::vector<std::int64_t>()))
            shape.push_back(readDim(number, sizes));
        types.push_back({entry.value("name", ""), {found->type, std::move(shape), true}});
    }
    return types;
}

std::size_t padded(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

Result<Bytes> packInputs(const Loaded& loaded, const std::vector<Tensor>& inputs)
{
    if (inputs.size() != loaded.inputs.size())
        return refused(say("The model takes {} inputs, not {}.", loaded.inputs.size(), inputs.size()));
    Bytes blob;
    Texts texts;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const auto& [name, type] = loaded.inputs[i];
        const bool sized = !isConstant(type.shape) && type.shape.size() == inputs[i].type.shape.size()
                           && type.dtype == inputs[i].type.dtype;  // the artifact says whether its sizes fit
        if (inputs[i].type != type && !sized)
            return refused(say("The input {} is {}, not {}.", name, toString(type), toString(inputs[i].type)));
        const std::size_t at = blob.size();
        const Bytes numbers = texts.numbers(inputs[i].strings);
        const Bytes& bytes = inputs[i].type.dtype == DType::String ? numbers : inputs[i].bytes;
        blob.resize(at + padded(bytes.size()));
        if (!bytes.empty())
            std::memcpy(blob.data() + at, bytes.data(), bytes.size());
    }
    const Bytes packed = packStrings(texts.made());
    blob.insert(blob.end(), packed.begin(), packed.end());
    return blob;
}

Json shapesOf(const std::vector<Tensor>& tensors)
{
    Json shapes = Json::array();
    for (const Tensor& tensor : tensors)
        shapes.push_back(constants(tensor.type.shape));
    return shapes;
}

// `textBytes` at the end of the blob: the texts that elements of strings count, from 1 on.
Result<std::vector<Tensor>> unpackOutputs(const Loaded& loaded, const Json& shapes, const Bytes& blob,
                                          std::size_t textBytes)
{
    const auto made = unpackStrings(Bytes(blob.end() - std::ptrdiff_t(std::min(textBytes, blob.size())), blob.end()));
    Texts texts;
    for (const std::string& text : made.value_or(std::vector<std::string>()))
        texts.number(text);
    if (!shapes.is_array() || shapes.size() != loaded.outputs.size())
        return bug("The runner gives another number of outputs than the model has.");
    std::vector<Tensor> outputs;
    std::size_t at = 0;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        TensorType type = loaded.outputs[i].second;
        type.shape = toShape(shapes[i].get<std::vector<std::int64_t>>());
        const auto bytes = std::size_t(byteCount(type).value_or(0));
        if (at + bytes > blob.size())
            return bug("The runner gives fewer bytes than the outputs have.");
        Tensor output{type, Bytes(blob.begin() + std::ptrdiff_t(at), blob.begin() + std::ptrdiff_t(at + bytes)), {}};
        if (type.dtype == DType::String)
            output.strings = texts.strings(std::exchange(output.bytes, {}));
        outputs.push_back(std::move(output));
        at += padded(bytes);
    }
    return outputs;
}

double quantile(const std::vector<double>& sorted, double q)
{
    return sorted[std::size_t(q * double(sorted.size() - 1) + 0.5)];
}

Result<Timing> readTiming(const Json& entry, int threads)
{
    Timing timing;
    timing.samplesMs = entry.value("ms", std::vector<double>());
    timing.callMs = entry.value("callMs", std::vector<double>());
    timing.quickestMs = entry.value("quickestMs", std::vector<double>());
    timing.deviceMs = entry.value("deviceMs", std::vector<double>());
    timing.warmups = entry.value("warmups", 0);
    timing.runs = int(timing.samplesMs.size()) * entry.value("batch", 1);
    timing.threads = threads;
    if (timing.samplesMs.empty())
        return bug("The runner gives a timing without samples.");
    std::vector<double> sorted = timing.samplesMs;
    std::sort(sorted.begin(), sorted.end());
    timing.medianMs = quantile(sorted, 0.5);
    timing.lowMs = quantile(sorted, 0.1);
    timing.highMs = quantile(sorted, 0.9);
    return timing;
}

CallOptions named(CallOptions options, const std::string& what)
{
    if (options.what.empty())
        options.what = what;
    return options;
}

}  // namespace

Interval speed(const Timing& own, const Timing& other)
{
    if (own.turn == other.turn)
        return speedInterval(own.samplesMs, other.samplesMs);
    return speedInterval(medianInterval(own.samplesMs), medianInterval(other.samplesMs));
}

bool differ(const Timing& own, const Timing& other)
{
    const Interval ratio = speed(own, other);
    return !ratio.holds(1) && std::abs(ratio.value - 1) > 0.01;
}

struct Runner::Impl {
    struct Source {
        std::string library, prefix, weights;
        Loaded loaded;
    };
    explicit Impl(std::vector<std::string> command)
        : worker("runner", std::move(command))
    {
    }

    Result<Json> ask(const Json& request, const CallOptions& options, Bytes blob = {}, Bytes* answerBlob = nullptr);
    Result<Loaded> loadInto(int handle, const Source& source, const CallOptions& options);
    Result<const Loaded*> ensureLoaded(int handle, const CallOptions& options);

    Worker worker;
    std::mutex mutex;
    std::map<int, Source> sources;  // all that callers loaded and did not unload
    std::set<int> present;          // of these, what the present process holds
    int lastHandle = 0, lastTurn = 0;
};

Result<Json> Runner::Impl::ask(const Json& request, const CallOptions& options, Bytes blob, Bytes* answerBlob)
{
    STRATA_TRY(Message message,
               worker.call({request.dump(-1, ' ', false, Json::error_handler_t::replace), std::move(blob)}, options));
    Json answer = Json::parse(message.json, nullptr, false);
    if (!answer.is_object())
        return bug("The runner gives an answer that is no JSON object.");
    if (answerBlob)
        *answerBlob = std::move(message.blob);
    return answer;
}

Result<Loaded> Runner::Impl::loadInto(int handle, const Source& source, const CallOptions& options)
{
    if (worker.fresh())
        present.clear();
    const Json request = {{"op", "load"},
                          {"handle", handle},
                          {"library", source.library},
                          {"prefix", source.prefix},
                          {"weights", source.weights}};
    STRATA_TRY(const Json answer, ask(request, options));
    Loaded loaded;
    loaded.handle = handle;
    const auto sizes = answer.value("sizes", std::vector<std::string>());
    STRATA_TRY(loaded.inputs, readTypes(answer.value("inputs", Json::array()), sizes));
    STRATA_TRY(loaded.outputs, readTypes(answer.value("outputs", Json::array()), sizes));
    loaded.calls = answer.value("calls", std::vector<std::string>());
    loaded.devices = answer.value("devices", std::vector<std::string>());
    present.insert(handle);
    return loaded;
}

// What a process that ended held is loaded again into the next.
Result<const Loaded*> Runner::Impl::ensureLoaded(int handle, const CallOptions& options)
{
    const auto found = sources.find(handle);
    if (found == sources.end())
        return bug("There is no loaded artifact " + std::to_string(handle) + ".");
    if (worker.fresh())
        present.clear();
    if (!present.count(handle)) {
        STRATA_TRY(found->second.loaded, loadInto(handle, found->second, options));
    }
    return &found->second.loaded;
}

Runner::Runner(std::vector<std::string> command)
    : m_impl(
        std::make_unique<Impl>(command.empty() ? std::vector{siblingProgram("strata-runner")} : std::move(command)))
{
}
Runner::~Runner() = default;

Worker& Runner::worker() { return m_impl->worker; }

Result<Loaded> Runner::load(const std::string& library, const std::string& prefix, const std::string& weightsFile,
                            std::stop_token stop)
{
    const std::lock_guard lock(m_impl->mutex);
    Impl::Source source{library, prefix, weightsFile, {}};
    const int handle = ++m_impl->lastHandle;
    CallOptions options;
    options.what = "loading " + library;
    options.stop = std::move(stop);
    STRATA_TRY(source.loaded, m_impl->loadInto(handle, source, options));
    return m_impl->sources.emplace(handle, std::move(source)).first->second.loaded;
}

Result<std::vector<Tensor>> Runner::run(int handle, const std::vector<Tensor>& inputs, int threads,
                                        const CallOptions& given)
{
    const CallOptions options = named(given, "running the model");
    const std::lock_guard lock(m_impl->mutex);
    STRATA_TRY(const Loaded* loaded, m_impl->ensureLoaded(handle, options));
    STRATA_TRY(Bytes blob, packInputs(*loaded, inputs));
    Bytes outputs;
    const Json request = {{"op", "run"}, {"handle", handle}, {"threads", threads}, {"shapes", shapesOf(inputs)}};
    STRATA_TRY(const Json answer, m_impl->ask(request, options, std::move(blob), &outputs));
    return unpackOutputs(*loaded, answer.value("shapes", Json()), outputs, answer.value("texts", std::size_t(0)));
}

Result<Timing> Runner::time(int handle, const std::vector<Tensor>& inputs, const TimingOptions& timing,
                            const CallOptions& options)
{
    STRATA_TRY(std::vector<Timing> timings, timeInTurn({handle}, inputs, timing, options));
    return std::move(timings.front());
}

Result<std::vector<Timing>> Runner::timeInTurn(const std::vector<int>& handles, const std::vector<Tensor>& inputs,
                                               const TimingOptions& timing, const CallOptions& given)
{
    const CallOptions options = named(given, "timing the model");
    const std::lock_guard lock(m_impl->mutex);
    Bytes blob;
    for (const int handle : handles) {
        STRATA_TRY(const Loaded* loaded, m_impl->ensureLoaded(handle, options));
        STRATA_TRY(blob, packInputs(*loaded, inputs));
    }
    const Json request = {{"op", "time"},
                          {"handles", handles},
                          {"threads", timing.threads},
                          {"shapes", shapesOf(inputs)},
                          {"seconds", timing.plan.seconds},
                          {"precision", timing.plan.precision},
                          {"minSamples", timing.plan.minSamples},
                          {"maxSamples", timing.plan.maxSamples},
                          {"firstRunBuilds", timing.plan.firstRunBuilds}};
    STRATA_TRY(const Json answer, m_impl->ask(request, options, std::move(blob)));
    std::vector<Timing> timings;
    ++m_impl->lastTurn;
    for (const Json& entry : answer.value("timings", Json::array())) {
        STRATA_TRY(Timing one, readTiming(entry, timing.threads));
        one.turn = m_impl->lastTurn;
        timings.push_back(std::move(one));
    }
    if (timings.size() != handles.size())
        return bug("The runner does not time every artifact that it is asked for.");
    return timings;
}

Result<MachineLimits> Runner::limits(const std::string& isa, int threads, const CallOptions& given)
{
    const CallOptions options = named(given, "measuring the machine");
    const std::lock_guard lock(m_impl->mutex);
    STRATA_TRY(const Json answer, m_impl->ask({{"op", "limits"}, {"isa", isa}, {"threads", threads}}, options));
    MachineLimits limits{isa, threads, answer.value("flopsPerSecond", 0.0), {}};
    for (const Json& level : answer.value("levels", Json::array()))
        limits.levels.push_back(
            {level.value("name", ""), level.value("bytes", 0.0), level.value("bytesPerSecond", 0.0)});
    if (limits.flopsPerSecond <= 0 || limits.levels.empty())
        return bug("The runner gives no limits of the machine.");
    return limits;
}

Status Runner::unload(int handle)
{
    const std::lock_guard lock(m_impl->mutex);
    m_impl->sources.erase(handle);
    if (m_impl->worker.fresh() || !m_impl->present.erase(handle))
        return {};
    CallOptions options;
    options.what = "unloading a model";
    STRATA_CHECK(m_impl->ask({{"op", "unload"}, {"handle", handle}}, options));
    return {};
}

}  // namespace strata
