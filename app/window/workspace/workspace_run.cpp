// The part of the workspace that runs code: times, verdicts, deployment, export.
#include "app/window/workspace/workspace.h"

#include "app/report/report.h"
#include "app/window/models/format.h"
#include "app/window/models/roofline.h"
#include "app/window/models/said.h"
#include "app/workbench/values.h"
#include "backends/devices.h"
#include "passes/automatic/automatic.h"

#include <thread>

namespace strata {

void Workspace::setThreads(int threads)
{
    m_scene.threads = threads;
    changed(Aspect::Times);
}

// What was found elsewhere says nothing of it: a device rounds in its own way.
void Workspace::setTarget(const RunTarget& target)
{
    if (m_scene.target == target)
        return;
    for (const char* topic : {"outputs", "verdict", "judge", "run"})
        m_jobs->cancel(QLatin1String(topic));
    m_scene.target = target;
    m_verdicts.clear();
    m_judged.clear();
    const Together once(*this);
    if (std::exchange(m_scene.outputs, nullptr))
        changed(Aspect::Outputs);
    changed(Aspect::Target);
}

const Times& Workspace::times() const
{
    static const Times none;
    const auto kept = m_kept.find(circumstances());
    return kept == m_kept.end() ? none : kept->second.times;
}

// A call that is faster than the machine: before that is called a fault in our counts, the machine is measured again.
bool Workspace::limitsAreDoubtful() const
{
    const std::optional<MachineLimits>& limits = m_scene.machine;
    if (!limits || !m_scene.shown || !m_scene.shown->lowered)
        return !limits;
    std::vector<std::pair<QString, double>> calls;
    for (const auto& [name, ms] : callTimes())
        calls.emplace_back(QString::fromStdString(name), ms);
    const auto points = rooflinePoints(*m_scene.shown->lowered, calls);
    return std::any_of(points.begin(), points.end(),
                       [&](const RooflinePoint& point) { return isAboveRoof(point, *limits); });
}

// The best that was ever seen: a busy machine only ever shows less than it can.
void Workspace::keepLimits(const MachineLimits& limits)
{
    const auto [kept, isNew] = m_limits.emplace(std::pair{limits.isa, limits.threads}, limits);
    if (isNew)
        return;
    MachineLimits& best = kept->second;
    best.flopsPerSecond = std::max(best.flopsPerSecond, limits.flopsPerSecond);
    for (std::size_t i = 0; i < std::min(best.levels.size(), limits.levels.size()); ++i)
        best.levels[i].bytesPerSecond = std::max(best.levels[i].bytesPerSecond, limits.levels[i].bytesPerSecond);
}

void Workspace::run(std::vector<int> ids)
{
    if (!isOpen())
        return;
    const StatePtr current = m_session->current();
    if (ids.empty() && m_scene.target.evaluator)
        ids = {current->id};  // it takes its time
    if (ids.empty())
        ids = {current->id, current->parent, 0};
    MeasureRequest request;
    std::set<int> taken;
    for (const int id : ids)
        if (id >= 0 && taken.insert(id).second)
            request.states.push_back(m_session->state(id));
    request.data = data();
    request.target = m_scene.target;
    request.threads = m_scene.threads;
    request.limits = limitsAreDoubtful();
    m_jobs->start(
        QStringLiteral("run"), tr("Running"),
        [toolchain = m_toolchain, request](const JobSink& sink) { return measure(*toolchain, request, sink); },
        [this, where = circumstances()](Result<Measured> measured) {
            if (!measured) {
                report(measured.error(), tr("Run"));
                emit said(saidText(measured.error()));
                return;
            }
            keepTimes(where, *measured);
            if (measured->limits)
                keepLimits(*measured->limits);
            changed(Aspects(Aspect::Times) | Aspect::Steps);
        });
}

void Workspace::keepTimes(const Circumstances& where, const Measured& measured)
{
    Kept& kept = m_kept[where];
    for (const auto& [id, timing] : measured.times)
        kept.times[id] = timing;
    for (const auto& [id, calls] : measured.calls)
        kept.calls[id] = calls;
}

namespace {

// 1, 2, 4 and so on, and all that there are.
std::vector<int> threadCounts()
{
    const int most = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    std::vector<int> counts;
    for (int threads = 1; threads < most; threads *= 2)
        counts.push_back(threads);
    counts.push_back(most);
    return counts;
}

using Elsewhere = std::vector<std::pair<Circumstances, Measured>>;

}  // namespace

void Workspace::runEverywhere()
{
    if (!isOpen())
        return;
    MeasureRequest request;
    request.states = {m_session->current()};
    request.data = data();
    request.seconds = 1;
    std::vector<MeasureRequest> all;
    for (const int threads : threadCounts()) {
        request.threads = threads;
        all.push_back(request);
    }
    request.threads = 1;
    for (const DeviceBackend& device : hasDeviceFunctions(*request.states.front()->module) ? devices()
                                                                                           : std::vector<DeviceBackend>()) {
        request.target = {false, device.name};
        all.push_back(request);
    }
    m_jobs->start(
        QStringLiteral("run"), tr("Running with other threads and on devices"),
        [toolchain = m_toolchain, all](const JobSink& sink) -> Result<Elsewhere> {
            Elsewhere found;
            for (std::size_t i = 0; i < all.size(); ++i) {
                sink.progress(nameOf(all[i].target), double(i) / double(all.size()));
                STRATA_TRY(Measured measured, measure(*toolchain, all[i], sink));
                found.emplace_back(Circumstances{all[i].threads, nameOf(all[i].target), machineName()},
                                   std::move(measured));
            }
            return found;
        },
        [this](const Result<Elsewhere>& found) {
            if (!found) {
                report(found.error(), tr("Run"));
                emit said(saidText(found.error()));
                return;
            }
            for (const auto& [where, measured] : *found)
                keepTimes(where, measured);
            changed(Aspects(Aspect::Times) | Aspect::Steps);
        });
}

std::vector<std::pair<std::string, double>> Workspace::callTimes() const
{
    std::vector<std::pair<std::string, double>> list;
    const int id = m_session ? m_session->current()->id : -1;
    const auto kept = m_kept.find(circumstances());
    if (kept == m_kept.end() || !kept->second.times.count(id))
        return list;
    const std::vector<double>& ms = kept->second.times.at(id).callMs;
    const std::vector<std::string>& names = kept->second.calls.at(id);
    for (std::size_t i = 0; i < std::min(ms.size(), names.size()); ++i)
        list.emplace_back(names[i], ms[i]);
    return list;
}

// When the panes are there: each node is lowered for it.
void Workspace::refreshWork()
{
    if (panesAreComing() || m_counted == m_model.module || m_jobs->isRunning(QStringLiteral("work")))
        return;
    m_jobs->start(
        QStringLiteral("work"), tr("Counting operations"),
        [module = m_model.module](const JobSink& sink) { return workOf(*module, sink.stop); },
        [this, module = m_model.module](const std::optional<ModelWork>& work) {
            m_counted = module;
            m_scene.work = work;
            changed(Aspect::Work);
        });
}

void Workspace::refreshVerdict()
{
    if (panesAreComing() || m_jobs->isRunning(QStringLiteral("verdict")))
        return;
    const StatePtr state = m_session->current();
    const bool asked = times().count(state->id) > 0;
    if (m_verdicts.count(state->id) || (!asked && !m_scene.isQuick()) || !m_scene.shown || !m_scene.shown->lowered)
        return;
    m_jobs->start(
        QStringLiteral("verdict"), tr("Checking against the untouched model"),
        [toolchain = m_toolchain, path = m_session->path(), data = data(), target = m_scene.target](const JobSink& sink) {
            return judge(*toolchain, path, data, target, sink);
        },
        [this, id = state->id](Result<Verdict> verdict) {
            if (verdict)
                m_verdicts[id] = std::move(*verdict);
            else
                report(verdict.error(), tr("Check"));
            changed(Aspect::Verdict);
        });
}

void Workspace::judgeFunctions()
{
    if (!isOpen())
        return;
    m_jobs->start(
        QStringLiteral("judge"), tr("Judging functions"),
        [toolchain = m_toolchain, path = m_session->path(), data = data(), target = m_scene.target,
         threads = m_scene.threads](const JobSink& sink) {
            return strata::judgeFunctions(*toolchain, path, data, target, threads, sink);
        },
        [this, module = m_session->current()->module](Result<FunctionsReport> found) {
            if (!found) {
                report(found.error(), tr("Judge functions"));
                emit said(saidText(found.error()));
                return;
            }
            for (const FunctionVerdict& verdict : found->verdicts)
                if (const FunctionPtr function = module->find(verdict.function))
                    m_judged[function] = verdict;
            const auto wrong = std::count_if(
                found->verdicts.begin(), found->verdicts.end(),
                [](const FunctionVerdict& v) { return v.outcome == FunctionVerdict::Outcome::Wrong; });
            changed(Aspect::Judged);
            emit said(found->verdicts.empty() ? tr("Every function is as it first stood.")
                      : wrong > 0 ? tr("%1 of %2 functions are wrong.").arg(wrong).arg(found->verdicts.size())
                                  : tr("%1 functions were judged, and none is wrong.").arg(found->verdicts.size()));
        });
}

void Workspace::scheduleAutomatically(const std::string& function)
{
    if (!isOpen())
        return;
    const MadeFor target = m_scene.target.device.empty() ? MadeFor::Cpu : MadeFor::Device;
    edit(tr("Scheduling automatically"), [function, target](Session& session, const JobSink& sink) -> Status {
        if (function.empty()) {
            STRATA_CHECK(autoScheduleAll(session, sink.stop, sink.progress, Effect::Reassociated, target));
        } else {
            STRATA_CHECK(autoSchedule(session, function, sink.stop, {}, target));
        }
        return {};
    });
}

namespace {

QString sentenceOf(const Result<Tuning>& tuning)
{
    if (!tuning)
        return saidText(tuning.error());
    if (!tuning->holds)
        return Workspace::tr("What was found for functions by themselves does not hold in the model (%1 as fast): the "
                             "rules' own choices are taken.")
            .arg(formatSpeed(tuning->speed));
    return Workspace::tr("%1 as fast as by the rules' own choices: %2 instead of %3. Why it ended: %4.")
        .arg(formatSpeed(tuning->speed), formatTime(tuning->tunedMs), formatTime(tuning->ruleMs),
             QString::fromStdString(tuning->ended));
}

}  // namespace

void Workspace::tune(double seconds, int threads, std::stop_token enough)
{
    if (!isOpen())
        return;
    TuneRequest request;
    request.seconds = seconds;
    request.threads = threads;
    request.database = TuningDatabase::defaultPath(*m_toolchain);
    // From the job's thread to this one; what is still on its way when the workspace goes is dropped.
    request.found = [this](const std::vector<TunedFunction>& found) {
        QMetaObject::invokeMethod(
            this, [this, found] { emit tuning(found); }, Qt::QueuedConnection);
    };
    edit(tr("Tuning"),
         [this, toolchain = m_toolchain, model = m_model, request, enough](Session& session,
                                                                           const JobSink& sink) mutable -> Status {
             std::stop_source end;
             const auto stop = [&] { end.request_stop(); };
             const std::stop_callback onEnough(enough, stop), onCancel(sink.stop, stop);
             STRATA_TRY(request.inputs,
                        inputsFor(*model.module, model.data, assumedBy(*session.current()->module)));
             const Result<Tuning> tuning = strata::tune(*toolchain, session, request, end.get_token(), sink.progress);
             QMetaObject::invokeMethod(
                 this, [this, sentence = sentenceOf(tuning)] { emit tuned(sentence); }, Qt::QueuedConnection);
             return tuning ? Status() : tuning.error();
         });
}

void Workspace::refreshDeployment()
{
    if (!isOpen() || !m_scene.shown || !m_scene.shown->lowered)
        return;
    m_jobs->start(
        QStringLiteral("deployment"), tr("Sizing the deployment"),
        [toolchain = m_toolchain, lowered = m_scene.shown->lowered](const JobSink& sink) {
            return strata::deployment(lowered->module(), toolchain->compiler, toolchain->scratch.path(), sink.stop);
        },
        [this](Result<Built> built) {
            m_scene.deployment.reset();
            if (built)
                m_scene.deployment = std::make_shared<const Built>(std::move(*built));
            else
                report(built.error(), tr("Deployment"));
            changed(Aspect::Deployment);
        });
}

void Workspace::exportTo(ExportOptions options)
{
    if (!isOpen())
        return;
    options.recipe = print(recipe(), *m_registry);
    if (hasDeviceFunctions(*m_session->current()->module))
        options.device = m_scene.target.device;
    const QString folder = QString::fromStdString(options.folder);
    m_jobs->start(
        QStringLiteral("export"), tr("Exporting"),
        [toolchain = m_toolchain, state = m_session->current(), options, data = data()](const JobSink& sink) {
            return exportState(*toolchain, state, options, data, sink);
        },
        [this, folder](Result<Exported> result) {
            if (result)
                return emit exported(*result, folder);
            report(result.error(), tr("Export"));
            emit said(tr("Nothing is exported: %1").arg(saidText(result.error())));
        });
}

void Workspace::reportTo(const QString& path)
{
    if (!isOpen())
        return;
    auto session = std::make_shared<Session>(*m_session);
    session->select(session->tip(session->current()->id));
    ReportFigures figures{times(), {}};
    if (const auto verdict = m_verdicts.find(session->current()->id); verdict != m_verdicts.end())
        figures.verdict = verdict->second.sentence;
    m_jobs->start(
        QStringLiteral("report"), tr("Writing the report"),
        [=, toolchain = m_toolchain, model = m_scene.title.toStdString()](const JobSink& sink) -> Status {
            STRATA_TRY(const Report report, reportOn(*toolchain, *session, model, figures, sink.stop, sink.progress));
            return savePage(page(report), path.toStdString());
        },
        [this, path](const Status& saved) {
            if (!saved)
                report(saved.error(), tr("Report"));
            emit said(saved ? tr("Written to %1").arg(path) : saidText(saved.error()));
        });
}

namespace {

// What a place in the entry computes, by name: the value itself, or the first that a node makes; empty: nothing.
std::string valueAt(const Function& entry, const Cursor& cursor)
{
    if (cursor.function != entry.name)
        return {};
    if (cursor.kind == NodeKind::Value)
        return cursor.name;
    for (const GraphNodePtr& node : entry.graph() ? entry.graph()->nodes : std::vector<GraphNodePtr>())
        if (cursor.kind == NodeKind::Operator && node->name == cursor.name && !node->outputs.empty())
            return node->outputs.front().name;
    return {};
}

SeenValue computeValue(Toolchain& toolchain, const Module& module, const Module& root, const std::string& name,
                       const std::vector<Tensor>& inputs, const JobSink& sink)
{
    SeenValue seen{name, nullptr, nullptr, {}};
    Result<Tensor> value = valueIn(toolchain, module, name, inputs, sink.stop, sink.progress);
    if (!value) {
        seen.why = saidText(value.error()).toStdString();
        return seen;
    }
    seen.value = std::make_shared<const Tensor>(std::move(*value));
    if (&module != &root)
        if (Result<Tensor> reference = valueIn(toolchain, root, name, inputs, sink.stop, sink.progress))
            seen.reference = std::make_shared<const Tensor>(std::move(*reference));
    return seen;
}

}  // namespace

// Lowered nodes keep their names, so that a call shows what the node of the untouched graph computes.
void Workspace::readValue()
{
    const StatePtr state = isOpen() ? m_session->current() : nullptr;
    const StatePtr root = isOpen() ? m_session->state(0) : nullptr;
    const auto show = [this](SeenValue seen) {
        m_scene.value = std::make_shared<const SeenValue>(std::move(seen));
        changed(Aspect::Value);
    };
    const FunctionPtr entry = state ? state->module->entryFunction() : nullptr;
    const std::string name = entry && m_scene.place ? valueAt(*entry, m_scene.place->cursor) : std::string();
    if (name.empty() || !entry->graph()) {
        m_jobs->cancel(QStringLiteral("value"));
        return show({{},
                     nullptr,
                     nullptr,
                     tr("Select a node of the graph: what it computes is shown here, with its distribution and a heat "
                        "map.")
                         .toStdString()});
    }
    m_jobs->start(
        QStringLiteral("value"), tr("Computing %1").arg(QString::fromStdString(name)),
        [toolchain = m_toolchain, state, root, name, data = data()](const JobSink& sink) -> SeenValue {
            const Result<std::vector<Tensor>> inputs = inputsFor(*root->module, data,
                                                                  assumedBy(*state->module));
            if (!inputs)
                return {name, nullptr, nullptr, inputs.error().text()};
            return computeValue(*toolchain, *state->module, *root->module, name, *inputs, sink);
        },
        show);
}

void Workspace::giveInput(const std::string& name, Tensor value, const QString& from)
{
    if (!isOpen())
        return;
    const Module& root = *m_session->state(0)->module;
    std::map<std::string, Tensor> given = m_given;
    given[name] = std::move(value);
    const Result<std::vector<Tensor>> inputs = inputsWith(root, m_model.data, given);
    if (!inputs)
        return emit said(saidText(inputs.error()));
    onnx::TestData all;
    for (std::size_t i = 0; i < inputs->size(); ++i)
        all.inputs.emplace_back(root.entryFunction()->params[i].name, (*inputs)[i]);
    m_given = std::move(given);
    m_givenData = {std::move(all)};
    m_scene.given[name] = from;
    inputsChanged();
    computeOutputs();
}

void Workspace::takeBackInputs()
{
    if (m_given.empty())
        return;
    m_given.clear();
    m_givenData.clear();
    m_scene.given.clear();
    inputsChanged();
}

// What was found with others no longer says anything. Times do: what a kernel does follows from shapes.
void Workspace::inputsChanged()
{
    for (const char* topic : {"outputs", "verdict", "judge"})
        m_jobs->cancel(QLatin1String(topic));
    m_verdicts.clear();
    m_judged.clear();
    m_scene.outputs.reset();
    changed(Aspects(Aspect::Inputs) | Aspect::Outputs | Aspect::Verdict | Aspect::Judged);
}

void Workspace::computeOutputs()
{
    if (!isOpen() || m_scene.outputs)
        return;
    m_jobs->start(
        QStringLiteral("outputs"), tr("Computing outputs"),
        [toolchain = m_toolchain, state = m_session->current(), data = data(),
         target = m_scene.target, threads = m_scene.threads](const JobSink& sink) -> Result<std::vector<Tensor>> {
            STRATA_TRY(const std::vector<Tensor> inputs, inputsFor(*state->module, data));
            return runModule(*toolchain, *state->module, targetFor(*state->module, target), inputs, threads, sink.stop,
                             sink.progress);
        },
        [this](Result<std::vector<Tensor>> outputs) {
            if (!outputs)
                return report(outputs.error(), tr("Outputs"));
            m_scene.outputs = std::make_shared<const std::vector<Tensor>>(std::move(*outputs));
            changed(Aspect::Outputs);
        });
}

void Workspace::predictPicture(int sample)
{
    if (!isOpen() || sample < 0 || sample >= static_cast<int>(pictures().size()))
        return;
    m_jobs->start(
        QStringLiteral("predict"), tr("Predicting"),
        [toolchain = m_toolchain, state = m_session->current(),
         picture = pictures()[sample].input](const JobSink& sink) { return predict(*toolchain, state, picture, sink); },
        [this, sample](Result<std::vector<double>> values) {
            if (!values)
                return report(values.error(), tr("Prediction"));
            m_scene.prediction = PicturePrediction{sample, std::move(*values)};
            changed(Aspect::Prediction);
        });
}

}  // namespace strata
