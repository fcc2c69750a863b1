// The part of the workspace that runs code: times, verdicts, deployment, export.
#include "app/window/workspace/workspace.h"

#include "passes/automatic/automatic.h"

namespace strata {

namespace {

constexpr double quickWork = 2e8;  // FLOP of a model whose states are checked without being asked

}  // namespace

void Workspace::setThreads(int threads)
{
    m_threads = threads;
    m_times.clear();
    emit timesChanged();
}

void Workspace::run(std::vector<int> ids)
{
    if (!isOpen())
        return;
    const StatePtr current = m_session->current();
    if (ids.empty())
        ids = {current->id, current->parent, 0};
    MeasureRequest request;
    std::set<int> taken;
    for (const int id : ids)
        if (id >= 0 && taken.insert(id).second)
            request.states.push_back(m_session->state(id));
    request.data = m_model.data;
    request.threads = m_threads;
    m_jobs->start(
        QStringLiteral("run"), tr("Running"),
        [toolchain = m_toolchain, request](const JobSink& sink) { return measure(*toolchain, request, sink); },
        [this](Result<Measured> measured) {
            if (!measured) {
                report(measured.error(), tr("Run"));
                emit said(QString::fromStdString(measured.error().text()));
                return;
            }
            for (const auto& [id, timing] : measured->times)
                m_times[id] = timing;
            for (const auto& [id, calls] : measured->calls)
                m_calls[id] = calls;
            emit timesChanged();
            emit sessionChanged();
            refreshVerdict();
        });
}

std::vector<std::pair<std::string, double>> Workspace::callTimes() const
{
    std::vector<std::pair<std::string, double>> list;
    const int id = m_session ? m_session->current()->id : -1;
    const auto timing = m_times.find(id);
    const auto names = m_calls.find(id);
    if (timing == m_times.end() || names == m_calls.end() || timing->second.callMs.size() != names->second.size())
        return list;
    for (std::size_t i = 0; i < names->second.size(); ++i)
        list.emplace_back(names->second[i], timing->second.callMs[i]);
    return list;
}

const Verdict* Workspace::verdict() const
{
    const auto found = m_session ? m_verdicts.find(m_session->current()->id) : m_verdicts.end();
    return found == m_verdicts.end() ? nullptr : &found->second;
}

void Workspace::refreshVerdict()
{
    const StatePtr state = m_session->current();
    const bool asked = m_times.count(state->id) > 0;
    const bool quick = m_info.flops && *m_info.flops < quickWork;
    if (m_verdicts.count(state->id) || (!asked && !quick) || !m_shown || !m_shown->lowered)
        return;
    m_jobs->start(
        QStringLiteral("verdict"), tr("Checking against the untouched model"),
        [toolchain = m_toolchain, root = m_session->state(0), state, data = m_model.data](const JobSink& sink) {
            return judge(*toolchain, root, state, data, sink);
        },
        [this, id = state->id](Result<Verdict> verdict) {
            if (verdict)
                m_verdicts[id] = std::move(*verdict);
            else
                report(verdict.error(), tr("Check"));
            emit verdictChanged();
        });
}

void Workspace::scheduleAutomatically(const std::string& function)
{
    if (!isOpen())
        return;
    edit(tr("Scheduling automatically"), [function](Session& session, const JobSink& sink) -> Status {
        if (function.empty()) {
            STRATA_CHECK(autoScheduleAll(session, sink.stop, sink.progress));
        } else {
            STRATA_CHECK(autoSchedule(session, function, sink.stop));
        }
        return {};
    });
}

void Workspace::refreshDeployment()
{
    if (!isOpen() || !m_shown || !m_shown->lowered)
        return;
    m_jobs->start(
        QStringLiteral("deployment"), tr("Sizing the deployment"),
        [toolchain = m_toolchain, lowered = m_shown->lowered](const JobSink& sink) {
            return strata::deployment(lowered->module(), toolchain->compiler, toolchain->scratch.path(), sink.stop);
        },
        [this](Result<Built> built) {
            m_deployment.reset();
            if (built)
                m_deployment = std::move(*built);
            else
                report(built.error(), tr("Deployment"));
            emit deploymentChanged();
        });
}

void Workspace::exportTo(ExportOptions options)
{
    if (!isOpen())
        return;
    options.recipe = print(recipe(), *m_registry);
    const QString folder = QString::fromStdString(options.folder);
    m_jobs->start(
        QStringLiteral("export"), tr("Exporting"),
        [toolchain = m_toolchain, state = m_session->current(), options, data = m_model.data](const JobSink& sink) {
            return exportState(*toolchain, state, options, data, sink);
        },
        [this, folder](Result<Exported> result) {
            if (result)
                return emit exported(*result, folder);
            report(result.error(), tr("Export"));
            emit said(tr("Nothing is exported: %1").arg(QString::fromStdString(result.error().text())));
        });
}

void Workspace::predictPicture(int sample)
{
    if (!isOpen() || sample < 0 || sample >= static_cast<int>(m_pictures.size()))
        return;
    m_jobs->start(
        QStringLiteral("predict"), tr("Predicting"),
        [toolchain = m_toolchain, state = m_session->current(),
         picture = m_pictures[sample].input](const JobSink& sink) { return predict(*toolchain, state, picture, sink); },
        [this, sample](Result<std::vector<double>> values) {
            if (values)
                emit predicted(sample, *values);
            else
                report(values.error(), tr("Prediction"));
        });
}

void Workspace::measureLimits()
{
    if (m_machine)
        return;
    m_jobs->start(
        QStringLiteral("machine"), tr("Measuring this machine"),
        [](const JobSink& sink) { return measureMachine(sink.stop); },
        [this](MachineLimits limits) {
            m_machine = limits;
            emit machineChanged();
        });
}

}  // namespace strata
