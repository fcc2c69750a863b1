#include "app/window/jobs/trials.h"

#include "app/workbench/draw.h"
#include "app/workbench/explain.h"
#include "core/ir/implementations.h"

#include <algorithm>
#include <numeric>

namespace strata {

namespace {

// What runs when the function is called, in a module of its own; nullptr: it has no loops here.
ModulePtr alone(const Toolchain& toolchain, const Module& module, const std::string& name)
{
    const Result<LoweredModule> lowered = lowerByDefault(module, toolchain.lowering.get());
    const FunctionPtr called = lowered ? lowered->module->find(name) : nullptr;
    const FunctionPtr function = called ? chosen(*lowered->module, called, module.target.isa) : nullptr;
    if (!function || !function->loops())
        return nullptr;
    Module single;
    single.name = name;
    single.functions = {std::make_shared<const Function>(withoutStanding(*function))};
    single.entry = function->name;
    single.target = module.target;
    single.intrinsics = module.intrinsics;
    return std::make_shared<const Module>(std::move(single));
}

double seconds(const Module& alone, const MachineModel& machine)
{
    return predict(alone, *alone.entryFunction(), machine).seconds;
}

class Trying {
public:
    Trying(Toolchain& toolchain, const TrialRequest& request, const JobSink& sink)
        : m_toolchain(toolchain)
        , m_request(request)
        , m_sink(sink)
    {
        m_trials.gains.resize(request.steps.size());
    }

    Result<Trials> run(const std::function<void(const Trials&)>& tell)
    {
        STRATA_CHECK(prepare());
        for (std::size_t i = 0; i < m_request.steps.size() && !m_sink.stop.stop_requested(); ++i)
            predictOne(i);
        if (tell)
            tell(m_trials);
        STRATA_CHECK(measure(promising()));
        return std::move(m_trials);
    }

private:
    Status prepare()
    {
        m_session = std::make_unique<Session>(*m_request.session);
        for (const Step& step : m_request.first())
            STRATA_CHECK(m_session->apply(step));
        m_before = alone(m_toolchain, *m_session->current()->module, m_request.function);
        if (!m_before)
            return refused(say("{} is no function of loops, so that nothing can be timed alone.", m_request.function));
        if (m_request.machine) {
            m_trials.machine = *m_request.machine;
        } else {
            m_sink.progress("measuring the machine", 0);
            CallOptions call;
            call.stop = m_sink.stop;
            STRATA_TRY(m_trials.machine,
                       m_toolchain.runner.limits(name(m_before->target.isa), m_request.threads, call));
        }
        m_machine = modelOf(m_trials.machine);
        m_was = seconds(*m_before, m_machine);
        return {};
    }

    // A step that is refused, or leaves nothing to compare here, has no gain.
    void predictOne(std::size_t i)
    {
        m_sink.progress(m_request.steps[i].transform, 0.2 * double(i) / double(m_request.steps.size()));
        Session session(*m_session);
        if (!session.apply(m_request.steps[i]))
            return;
        const ModulePtr after = alone(m_toolchain, *session.current()->module, m_request.function);
        if (!after || hasDeviceFunctions(*after) || !sameSignature(*after->entryFunction(), *m_before->entryFunction()))
            return;
        m_after[i] = after;
        if (m_was > 0)
            m_trials.gains[i].predicted = seconds(*after, m_machine) / m_was;
    }

    // The best by their prediction. What leaves the code as it is, is not worth a measurement.
    std::vector<std::size_t> promising() const
    {
        std::vector<std::size_t> all;
        for (const auto& [i, after] : m_after)
            if (!equal(*after->entryFunction(), *m_before->entryFunction()))
                all.push_back(i);
        const auto gain = [this](std::size_t i) { return m_trials.gains[i].predicted.value_or(1); };
        std::stable_sort(all.begin(), all.end(), [&](std::size_t a, std::size_t b) { return gain(a) < gain(b); });
        all.resize(std::min(all.size(), std::size_t(m_request.most)));
        return all;
    }

    Status measure(const std::vector<std::size_t>& tried)
    {
        if (tried.empty())
            return {};
        MeasureInTurn request;
        request.modules.push_back(m_before);
        for (const std::size_t i : tried)
            request.modules.push_back(m_after[i]);
        request.inputs = drawInputs(*m_before);
        request.threads = m_request.threads;
        request.seconds = m_request.seconds;
        const auto progress = [this](const std::string& what, double part) { m_sink.progress(what, 0.2 + 0.8 * part); };
        STRATA_TRY(const std::vector<MeasuredModule> measured,
                   measureInTurn(m_toolchain, request, m_sink.stop, progress));
        for (std::size_t k = 0; k < tried.size(); ++k) {
            const Timing &own = measured[k + 1].timing, &other = measured[0].timing;
            m_trials.gains[tried[k]].measured = own.medianMs / other.medianMs;
            m_trials.gains[tried[k]].isNoise = !differ(own, other);
        }
        m_trials.measured = int(tried.size());
        return {};
    }

    Toolchain& m_toolchain;
    const TrialRequest& m_request;
    const JobSink& m_sink;
    Trials m_trials;
    std::unique_ptr<Session> m_session;
    MachineModel m_machine;
    ModulePtr m_before;
    std::map<std::size_t, ModulePtr> m_after;
    double m_was = 0;
};

}  // namespace

Result<Trials> tryPromising(Toolchain& toolchain, const TrialRequest& request, const JobSink& sink,
                            const std::function<void(const Trials&)>& tell)
{
    return Trying(toolchain, request, sink).run(tell);
}

}  // namespace strata
