#include "app/window/workspace/runs.h"

#include "app/report/report.h"
#include "app/window/models/format.h"
#include "app/window/models/roofline.h"
#include "app/window/models/said.h"
#include "app/workbench/values.h"
#include "backends/devices.h"

#include <QDateTime>

#include <thread>

namespace strata {

Runs::Runs(Desk& desk, Measurements& measurements)
    : m_desk(desk)
    , m_measurements(measurements)
{
}

Circumstances Runs::circumstances() const { return circumstancesOf(m_desk.scene); }

const Times& Runs::times() const { return m_measurements.times(circumstances()); }

void Runs::reset(bool sameModel)
{
    if (!sameModel)
        m_history = RunHistory();
    const Result<RunHistory> kept = RunHistory::of(m_desk.scene.recipePath);
    if (kept)
        m_history.add(*kept);
    else
        m_desk.report(kept.error(), tr("Timings"));
    m_given.clear();
    m_givenData.clear();
}

Aspects Runs::outdated(Aspects changed)
{
    if (!(changed & (Aspects(Aspect::Model) | Aspect::State)))
        return {};
    m_desk.jobs->cancel(QStringLiteral("outputs"));
    return std::exchange(m_desk.scene.outputs, nullptr) ? Aspects(Aspect::Outputs) : Aspects();
}

void Runs::settle(Aspects what)
{
    Scene& scene = m_desk.scene;
    const StatePtr state = m_desk.isOpen() ? m_desk.session->current() : nullptr;
    if (what & (Aspects(Aspect::Model) | Aspect::Times)) {
        scene.times = std::make_shared<const Times>(times());
        scene.elsewhere = m_measurements.elsewhere(circumstances());
        scene.history = std::make_shared<const History>(state ? m_history.of(*m_desk.session) : History());
        scene.callTimes = m_measurements.callTimes(circumstances(), state ? state->id : -1);
        scene.machine = state ? m_measurements.limits(name(state->module->target.isa), scene.threads) : std::nullopt;
    }
    if (what & (Aspects(Aspect::Model) | Aspect::Verdict)) {
        const Verdict* found = state ? m_measurements.verdict(state->id) : nullptr;
        scene.verdict = found ? std::optional(*found) : std::nullopt;
    }
    if (what & (Aspects(Aspect::Model) | Aspect::Judged))
        scene.judged = std::make_shared<const std::map<FunctionPtr, FunctionVerdict>>(m_measurements.judged());
}

void Runs::setThreads(int threads)
{
    m_desk.scene.threads = threads;
    m_desk.changed(Aspect::Times);
}

// What was found elsewhere says nothing of it: a device rounds in its own way.
void Runs::setTarget(const RunTarget& target)
{
    if (m_desk.scene.target == target)
        return;
    for (const char* topic : {"outputs", "verdict", "judge", "run"})
        m_desk.jobs->cancel(QLatin1String(topic));
    m_desk.scene.target = target;
    m_measurements.forgetVerdicts();
    const Desk::Together once(m_desk);
    if (std::exchange(m_desk.scene.outputs, nullptr))
        m_desk.changed(Aspect::Outputs);
    m_desk.changed(Aspect::Target);
}

// A call that is faster than the machine: before that is called a fault in our counts, the machine is measured again.
bool Runs::limitsAreDoubtful() const
{
    const std::optional<MachineLimits>& limits = m_desk.scene.machine;
    if (!limits || !m_desk.scene.shown || !m_desk.scene.shown->lowered)
        return !limits;
    std::vector<std::pair<QString, double>> calls;
    for (const auto& [name, ms] : m_desk.scene.callTimes)
        calls.emplace_back(QString::fromStdString(name), ms);
    const auto points = rooflinePoints(*m_desk.scene.shown->lowered, calls);
    return std::any_of(points.begin(), points.end(),
                       [&](const RooflinePoint& point) { return isAboveRoof(point, *limits); });
}

void Runs::run(std::vector<int> ids)
{
    if (!m_desk.isOpen())
        return;
    const StatePtr current = m_desk.session->current();
    if (ids.empty() && m_desk.scene.target.evaluator)
        ids = {current->id};  // it takes its time
    if (ids.empty())
        ids = {current->id, current->parent, 0};
    MeasureRequest request;
    std::set<int> taken;
    for (const int id : ids)
        if (id >= 0 && taken.insert(id).second)
            request.states.push_back(m_desk.session->state(id));
    request.data = data();
    request.target = m_desk.scene.target;
    request.threads = m_desk.scene.threads;
    request.limits = limitsAreDoubtful();
    m_desk.jobs->start(
        QStringLiteral("run"), tr("Running"),
        [toolchain = m_desk.toolchain, request](const JobSink& sink) { return measure(*toolchain, request, sink); },
        [this, where = circumstances()](Result<Measured> measured) {
            if (!measured) {
                m_desk.report(measured.error(), tr("Run"));
                m_desk.say(saidText(measured.error()));
                return;
            }
            keep(where, *measured);
            if (measured->limits)
                m_measurements.keepLimits(*measured->limits);
            m_desk.changed(Aspects(Aspect::Times) | Aspect::Steps);
        });
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

void Runs::keep(const Circumstances& where, const Measured& measured)
{
    m_measurements.keep(where, measured);
    for (const auto& [state, timing] : measured.times)
        m_history.add(
            *m_desk.session, state,
            {where, timing.medianMs, timing.lowMs, timing.highMs, timing.runs, QDateTime::currentSecsSinceEpoch()});
    if (!m_desk.scene.recipePath.isEmpty() && !m_desk.scene.modified)
        saveHistory();
}

void Runs::saveHistory()
{
    if (const Status saved = m_history.save(m_desk.scene.recipePath); !saved)
        m_desk.report(saved.error(), tr("Timings"));
}

void Runs::runEverywhere()
{
    if (!m_desk.isOpen())
        return;
    MeasureRequest request;
    request.states = {m_desk.session->current()};
    request.data = data();
    request.seconds = 1;
    std::vector<MeasureRequest> all;
    for (const int threads : threadCounts()) {
        request.threads = threads;
        all.push_back(request);
    }
    request.threads = 1;
    for (const DeviceBackend& device :
         hasDeviceFunctions(*request.states.front()->module) ? devices() : std::vector<DeviceBackend>()) {
        request.target = {false, device.name};
        all.push_back(request);
    }
    m_desk.jobs->start(
        QStringLiteral("run"), tr("Running with other threads and on devices"),
        [toolchain = m_desk.toolchain, all](const JobSink& sink) -> Result<Elsewhere> {
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
                m_desk.report(found.error(), tr("Run"));
                m_desk.say(saidText(found.error()));
                return;
            }
            for (const auto& [where, measured] : *found)
                keep(where, measured);
            m_desk.changed(Aspects(Aspect::Times) | Aspect::Steps);
        });
}

// When the panes are there: each node is lowered for it.
void Runs::refreshWork()
{
    if (m_desk.panesAreComing() || m_counted == m_desk.model.module || m_desk.jobs->isRunning(QStringLiteral("work")))
        return;
    m_desk.jobs->start(
        QStringLiteral("work"), tr("Counting operations"),
        [module = m_desk.model.module](const JobSink& sink) { return workOf(*module, sink.stop); },
        [this, module = m_desk.model.module](const std::optional<ModelWork>& work) {
            m_counted = module;
            m_desk.scene.work = work;
            m_desk.changed(Aspect::Work);
        });
}

void Runs::refreshVerdict()
{
    if (m_desk.panesAreComing() || m_desk.jobs->isRunning(QStringLiteral("verdict")))
        return;
    const StatePtr state = m_desk.session->current();
    const bool asked = times().count(state->id) > 0;
    if (m_measurements.verdict(state->id) || (!asked && !m_desk.scene.isQuick()) || !m_desk.scene.shown
        || !m_desk.scene.shown->lowered)
        return;
    m_desk.jobs->start(
        QStringLiteral("verdict"), tr("Checking against the untouched model"),
        [toolchain = m_desk.toolchain, path = m_desk.session->path(), data = data(),
         target = m_desk.scene.target](const JobSink& sink) { return judge(*toolchain, path, data, target, sink); },
        [this, id = state->id](Result<Verdict> verdict) {
            if (verdict)
                m_measurements.keep(id, std::move(*verdict));
            else
                m_desk.report(verdict.error(), tr("Check"));
            m_desk.changed(Aspect::Verdict);
        });
}

void Runs::judgeFunctions()
{
    if (!m_desk.isOpen())
        return;
    m_desk.jobs->start(
        QStringLiteral("judge"), tr("Judging functions"),
        [toolchain = m_desk.toolchain, path = m_desk.session->path(), data = data(), target = m_desk.scene.target,
         threads = m_desk.scene.threads](const JobSink& sink) {
            return strata::judgeFunctions(*toolchain, path, data, target, threads, sink);
        },
        [this, module = m_desk.session->current()->module](Result<FunctionsReport> found) {
            if (!found) {
                m_desk.report(found.error(), tr("Judge functions"));
                m_desk.say(saidText(found.error()));
                return;
            }
            for (const FunctionVerdict& verdict : found->verdicts)
                if (const FunctionPtr function = module->find(verdict.function))
                    m_measurements.keep(function, verdict);
            const auto wrong = std::count_if(
                found->verdicts.begin(), found->verdicts.end(),
                [](const FunctionVerdict& v) { return v.outcome == FunctionVerdict::Outcome::Wrong; });
            m_desk.changed(Aspect::Judged);
            m_desk.say(found->verdicts.empty() ? tr("Every function is as it first stood.")
                       : wrong > 0 ? tr("%1 of %2 functions are wrong.").arg(wrong).arg(found->verdicts.size())
                                   : tr("%1 functions were judged, and none is wrong.").arg(found->verdicts.size()));
        });
}

void Runs::sizeDeployment()
{
    if (!m_desk.isOpen() || !m_desk.scene.shown || !m_desk.scene.shown->lowered)
        return;
    m_desk.jobs->start(
        QStringLiteral("deployment"), tr("Sizing the deployment"),
        [toolchain = m_desk.toolchain, lowered = m_desk.scene.shown->lowered](const JobSink& sink) {
            return strata::deployment(lowered->module(), toolchain->compiler, toolchain->scratch.path(), sink.stop);
        },
        [this](Result<Built> built) {
            m_desk.scene.deployment.reset();
            if (built)
                m_desk.scene.deployment = std::make_shared<const Built>(std::move(*built));
            else
                m_desk.report(built.error(), tr("Deployment"));
            m_desk.changed(Aspect::Deployment);
        });
}

void Runs::exportTo(ExportOptions options)
{
    if (!m_desk.isOpen())
        return;
    options.recipe = print(recipeOf(*m_desk.session), *m_desk.registry);
    if (hasDeviceFunctions(*m_desk.session->current()->module))
        options.device = m_desk.scene.target.device;
    const QString folder = QString::fromStdString(options.folder);
    m_desk.jobs->start(
        QStringLiteral("export"), tr("Exporting"),
        [toolchain = m_desk.toolchain, state = m_desk.session->current(), options, data = data()](const JobSink& sink) {
            return exportState(*toolchain, state, options, data, sink);
        },
        [this, folder](Result<Exported> result) {
            if (result)
                return emit exported(*result, folder);
            m_desk.report(result.error(), tr("Export"));
            m_desk.say(tr("Nothing is exported: %1").arg(saidText(result.error())));
        });
}

void Runs::reportTo(const QString& path)
{
    if (!m_desk.isOpen())
        return;
    auto session = std::make_shared<Session>(*m_desk.session);
    session->select(session->tip(session->current()->id));
    ReportFigures figures{times(), {}};
    if (const Verdict* verdict = m_measurements.verdict(session->current()->id))
        figures.verdict = verdict->sentence;
    m_desk.jobs->start(
        QStringLiteral("report"), tr("Writing the report"),
        [=, toolchain = m_desk.toolchain, model = m_desk.scene.title.toStdString()](const JobSink& sink) -> Status {
            STRATA_TRY(const Report report, reportOn(*toolchain, *session, model, figures, sink.stop, sink.progress));
            return savePage(page(report), path.toStdString());
        },
        [this, path](const Status& saved) {
            if (!saved)
                m_desk.report(saved.error(), tr("Report"));
            m_desk.say(saved ? tr("Written to %1").arg(path) : saidText(saved.error()));
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
void Runs::readValue()
{
    const StatePtr state = m_desk.isOpen() ? m_desk.session->current() : nullptr;
    const StatePtr root = m_desk.isOpen() ? m_desk.session->state(0) : nullptr;
    const auto show = [this](SeenValue seen) {
        m_desk.scene.value = std::make_shared<const SeenValue>(std::move(seen));
        m_desk.changed(Aspect::Value);
    };
    const FunctionPtr entry = state ? state->module->entryFunction() : nullptr;
    const std::string name = entry && m_desk.scene.place ? valueAt(*entry, m_desk.scene.place->cursor) : std::string();
    if (name.empty() || !entry->graph()) {
        m_desk.jobs->cancel(QStringLiteral("value"));
        return show({{},
                     nullptr,
                     nullptr,
                     tr("Select a node of the graph: what it computes is shown here, with its distribution and a heat "
                        "map.")
                         .toStdString()});
    }
    m_desk.jobs->start(
        QStringLiteral("value"), tr("Computing %1").arg(QString::fromStdString(name)),
        [toolchain = m_desk.toolchain, state, root, name, data = data()](const JobSink& sink) -> SeenValue {
            const Result<std::vector<Tensor>> inputs = inputsFor(*root->module, data, assumedBy(*state->module));
            if (!inputs)
                return {name, nullptr, nullptr, inputs.error().text()};
            return computeValue(*toolchain, *state->module, *root->module, name, *inputs, sink);
        },
        show);
}

void Runs::giveInput(const std::string& name, Tensor value, const QString& from)
{
    if (!m_desk.isOpen())
        return;
    const Module& root = *m_desk.session->state(0)->module;
    std::map<std::string, Tensor> given = m_given;
    given[name] = std::move(value);
    const Result<std::vector<Tensor>> inputs = inputsWith(root, m_desk.model.data, given);
    if (!inputs)
        return m_desk.say(saidText(inputs.error()));
    onnx::TestData all;
    for (std::size_t i = 0; i < inputs->size(); ++i)
        all.inputs.emplace_back(root.entryFunction()->params[i].name, (*inputs)[i]);
    m_given = std::move(given);
    m_givenData = {std::move(all)};
    m_desk.scene.given[name] = from;
    inputsChanged();
    computeOutputs();
}

void Runs::takeBackInputs()
{
    if (m_given.empty())
        return;
    m_given.clear();
    m_givenData.clear();
    m_desk.scene.given.clear();
    inputsChanged();
}

// What was found with others no longer says anything. Times do: what a kernel does follows from shapes.
void Runs::inputsChanged()
{
    for (const char* topic : {"outputs", "verdict", "judge"})
        m_desk.jobs->cancel(QLatin1String(topic));
    m_measurements.forgetVerdicts();
    m_desk.scene.outputs.reset();
    m_desk.changed(Aspects(Aspect::Inputs) | Aspect::Outputs | Aspect::Verdict | Aspect::Judged);
}

void Runs::computeOutputs()
{
    if (!m_desk.isOpen() || m_desk.scene.outputs)
        return;
    m_desk.jobs->start(
        QStringLiteral("outputs"), tr("Computing outputs"),
        [toolchain = m_desk.toolchain, state = m_desk.session->current(), data = data(), target = m_desk.scene.target,
         threads = m_desk.scene.threads](const JobSink& sink) -> Result<std::vector<Tensor>> {
            STRATA_TRY(const std::vector<Tensor> inputs, inputsFor(*state->module, data));
            return runModule(*toolchain, *state->module, targetFor(*state->module, target), inputs, threads, sink.stop,
                             sink.progress);
        },
        [this](Result<std::vector<Tensor>> outputs) {
            if (!outputs)
                return m_desk.report(outputs.error(), tr("Outputs"));
            m_desk.scene.outputs = std::make_shared<const std::vector<Tensor>>(std::move(*outputs));
            m_desk.changed(Aspect::Outputs);
        });
}

void Runs::predictPicture(int sample)
{
    if (!m_desk.isOpen() || sample < 0 || sample >= static_cast<int>(m_desk.scene.pictures->size()))
        return;
    m_desk.jobs->start(
        QStringLiteral("predict"), tr("Predicting"),
        [toolchain = m_desk.toolchain, state = m_desk.session->current(),
         picture = (*m_desk.scene.pictures)[static_cast<std::size_t>(sample)].input](const JobSink& sink) {
            return predict(*toolchain, state, picture, sink);
        },
        [this, sample](Result<std::vector<double>> values) {
            if (!values)
                return m_desk.report(values.error(), tr("Prediction"));
            m_desk.scene.prediction = PicturePrediction{sample, std::move(*values)};
            m_desk.changed(Aspect::Prediction);
        });
}

}  // namespace strata
