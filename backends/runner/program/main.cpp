// strata-runner: loads artifacts, runs and times them, for whoever holds the other end of its pipes. See
// backends/runner/runner.h.
#include "backends/process/worker.h"
#include "backends/runner/program/limits.h"
#include "backends/runner/program/timing.h"

#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace strata::runner {

namespace {

using Json = nlohmann::json;
using Progress = std::function<void(const std::string&, double)>;

Json describe(const strata_artifact_tensor* tensors, int count)
{
    Json list = Json::array();
    for (int i = 0; i < count; ++i)
        list.push_back({{"name", tensors[i].name},
                        {"code", tensors[i].dtype_code},
                        {"bits", tensors[i].dtype_bits},
                        {"shape", std::vector<std::int64_t>(tensors[i].shape, tensors[i].shape + tensors[i].rank)}});
    return list;
}

Json sizeNames(const strata_artifact_description& description)
{
    Json names = Json::array();
    for (int i = 0; i < description.size_count; ++i)
        names.push_back(description.sizes[i].name);
    return names;
}

class Server {
public:
    Result<Message> answer(const Message& message, const Progress& progress)
    {
        const Json request = Json::parse(message.json, nullptr, false);
        if (!request.is_object())
            return bug("The runner gets a request that is no JSON object.");
        const std::string op = request.value("op", "");
        if (op == "load")
            return load(request);
        if (op == "run")
            return run(request, message.blob);
        if (op == "time")
            return time(request, message.blob, progress);
        if (op == "limits")
            return limits(request);
        if (op == "unload") {
            m_artifacts.erase(request.value("handle", 0));
            return Message{"{}", {}};
        }
        return bug("The runner knows no request \"" + op + "\".");
    }

private:
    Result<Message> load(const Json& request)
    {
        STRATA_TRY(auto artifact, Artifact::load(request.value("library", ""), request.value("prefix", ""),
                                                 request.value("weights", "")));
        const strata_artifact_description& description = artifact->description();
        std::vector<std::string> devices;
        for (int i = 1; i < description.device_count; ++i)  // the first is the CPU
            devices.emplace_back(description.devices[i].kind);
        const Json answer = {{"inputs", describe(description.inputs, description.input_count)},
                             {"outputs", describe(description.outputs, description.output_count)},
                             {"sizes", sizeNames(description)},
                             {"calls", artifact->calls()},
                             {"devices", devices}};
        m_artifacts[request.value("handle", 0)] = std::move(artifact);
        return Message{answer.dump(), {}};
    }

    Result<Artifact*> prepare(int handle, const Json& request, const Bytes& inputs)
    {
        const auto found = m_artifacts.find(handle);
        if (found == m_artifacts.end())
            return bug("The runner holds no artifact " + std::to_string(handle) + ".");
        STRATA_CHECK(found->second->setThreads(request.value("threads", 1)));
        STRATA_CHECK(found->second->setInputs(request.value("shapes", Shapes()), inputs));
        return found->second.get();
    }

    Result<Message> run(const Json& request, const Bytes& inputs)
    {
        STRATA_TRY(Artifact * artifact, prepare(request.value("handle", 0), request, inputs));
        STRATA_CHECK(artifact->run());
        STRATA_TRY(const Shapes shapes, artifact->resultShapes());
        Artifact::Results results = artifact->results(shapes);
        return Message{Json{{"shapes", shapes}, {"texts", results.textBytes}}.dump(), std::move(results.blob)};
    }

    Result<Message> time(const Json& request, const Bytes& inputs, const Progress& progress)
    {
        std::vector<Artifact*> artifacts;
        for (const int handle : request.value("handles", std::vector<int>())) {
            STRATA_TRY(Artifact * artifact, prepare(handle, request, inputs));
            artifacts.push_back(artifact);
        }
        const TurnPlan plan{request.value("seconds", 1.0), request.value("precision", 0.01),
                            request.value("minSamples", 5), request.value("maxSamples", 10000),
                            request.value("firstRunBuilds", false)};
        STRATA_TRY(const std::vector<Times> all,
                   timeInTurn(artifacts, plan, [&](double fraction) { progress("timing in turn", fraction); }));
        Json answer = Json::array();
        for (const Times& times : all)
            answer.push_back({{"ms", times.ms},
                              {"batch", times.batch},
                              {"warmups", times.warmups},
                              {"callMs", times.callMs},
                              {"quickestMs", times.quickestMs},
                              {"deviceMs", times.deviceMs}});
        return Message{Json{{"timings", answer}}.dump(), {}};
    }

    Result<Message> limits(const Json& request)
    {
        STRATA_TRY(const Limits limits, measureLimits(request.value("isa", ""), request.value("threads", 1)));
        Json levels = Json::array();
        for (const MemoryLevel& level : limits.levels)
            levels.push_back({{"name", level.name}, {"bytes", level.bytes}, {"bytesPerSecond", level.bytesPerSecond}});
        return Message{Json{{"flopsPerSecond", limits.flopsPerSecond}, {"levels", levels}}.dump(), {}};
    }

    std::map<int, std::unique_ptr<Artifact>> m_artifacts;
};

}  // namespace

}  // namespace strata::runner

int main(int argc, char** argv)
{
    if (argc > 1 || isatty(0)) {
        std::puts(
            "strata-runner loads and times compiled models for strata and strata-explorer, which start it themselves.\n"
            "It speaks over standard input and output; \"ssh HOST strata-runner\" is the same runner on another machine.");
        return argc > 1 && std::strcmp(argv[1], "--help") != 0 ? 2 : 0;
    }
    strata::runner::Server server;
    return strata::WorkerServer::serve(
        [&](const strata::Message& request, const auto& progress) { return server.answer(request, progress); });
}
