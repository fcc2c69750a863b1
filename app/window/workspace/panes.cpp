#include "app/window/workspace/panes.h"

#include "app/window/models/function_times.h"
#include "app/window/models/said.h"
#include "backends/process/worker.h"

#include <set>

namespace strata {

Panes::Panes(Desk& desk)
    : m_desk(desk)
    , m_layout(std::make_shared<Worker>("layout", std::vector<std::string>{siblingProgram("strata-layout")}))
{
    constexpr int quietMs = 300;
    m_quiet.setSingleShot(true);
    m_quiet.setInterval(quietMs);
    connect(&m_quiet, &QTimer::timeout, this, &Panes::startEstimate);
    connect(&m_quiet, &QTimer::timeout, this, &Panes::prepareNext);
}

void Panes::reset()
{
    m_function.clear();
    m_program.clear();
    m_graphFunction.clear();
    m_arrangement = {};
}

// --- what is looked at
// ----------------------------------------------------------------------------------------------------------------------------

// A node of the compared state is looked up in the shown one; where it is gone, that is said.
void Panes::point(const Place& given, bool gone)
{
    if (!m_desk.isOpen())
        return;
    Place place = given;
    const StatePtr before = m_desk.compared();
    if (gone && before) {
        if (place.lowered && m_desk.scene.shown && m_desk.scene.shown->lowered
            && !exists(m_desk.scene.shown->lowered->module(), place.cursor)) {
            m_desk.say(tr("%1: no counterpart, removed by step %2 · %3")
                           .arg(QString::fromStdString(toString(place.cursor)))
                           .arg(m_desk.session->path().size() - 1)
                           .arg(shortId(m_desk.session->current()->step.transform)));
            return;
        }
        if (!place.lowered) {
            const auto targets = m_desk.session->forwardBetween(before->id, m_desk.session->current()->id,
                                                                place.cursor);
            if (targets.empty())
                return m_desk.say(
                    tr("%1: no counterpart in this state").arg(QString::fromStdString(toString(place.cursor))));
            place.cursor = targets.front();
        }
    }
    if (m_desk.scene.place == place)
        return;
    m_desk.scene.place = place;
    // The function that it is in is shown, and the rest follows when that is.
    const LoweredState* lowered = m_desk.scene.shown ? m_desk.scene.shown->lowered.get() : nullptr;
    m_desk.scene.lit = counterparts(place, *m_desk.session->current()->module, lowered);
    if (!lowered) {  // which one that is, is seen when there are levels
        m_function.clear();
        return m_desk.changed(Aspects(Aspect::Function) | Aspect::Lit);
    }
    const std::string function = m_desk.scene.lit.function(lowered->module());
    if (function.empty() || function == m_desk.scene.shown->function)
        return m_desk.changed(Aspect::Place);
    m_function = function;
    m_desk.changed(Aspects(Aspect::Function) | Aspect::Lit);
}

void Panes::clearSelection()
{
    if (!m_desk.scene.place)
        return;
    m_desk.scene.place.reset();
    m_desk.changed(Aspect::Place);
}

void Panes::setFunction(const std::string& function)
{
    if (!m_desk.isOpen())
        return;
    m_function = function;
    m_desk.scene.place = Place{functionCursor(function), true};
    m_desk.changed(Aspect::Function);
}

void Panes::setForm(Form form)
{
    m_desk.scene.form = form;
    m_desk.changed(Aspect::Function);
}

void Panes::setProgram(const std::string& program)
{
    if (std::exchange(m_program, program) != program)
        m_desk.changed(Aspect::Function);
}

void Panes::setGraphFunction(const std::string& function)
{
    m_graphFunction = function;
    m_desk.changed(Aspect::Groups);
}

void Panes::arrangeGraph(GraphArrangement arrangement)
{
    m_arrangement = std::move(arrangement);
    m_desk.changed(Aspect::Groups);
}

void Panes::turnGraph(GraphDirection direction)
{
    if (std::exchange(m_direction, direction) != direction && m_desk.isOpen())
        m_desk.changed(Aspect::Groups);
}

// --- the jobs
// ----------------------------------------------------------------------------------------------------------------------------

void Panes::refreshShown()
{
    const ShowRequest request{m_desk.scene.session, m_desk.session->current(), m_desk.compared(),
                              m_function,           m_desk.scene.form,         m_program,
                              m_desk.scene.place};
    // What was made ready is what is needed now, or nobody needs it.
    if (std::find(m_ahead.begin(), m_ahead.end(), m_desk.session->current()) == m_ahead.end()) {
        m_desk.jobs->cancel(QStringLiteral("ahead"));
        m_ahead.clear();
    }
    for (const char* topic : {"hardware", "plans", "verdict"})
        m_desk.jobs->cancel(QLatin1String(topic));
    m_compiled.reset();
    m_desk.jobs->start(
        QStringLiteral("show"), tr("Lowering"),
        [this, toolchain = m_desk.toolchain, request](const JobSink& sink) {
            const auto found = [&](const Shown& shown) {
                QMetaObject::invokeMethod(this, [this, stop = sink.stop, early = std::make_shared<const Shown>(shown)] {
                    if (!stop.stop_requested())
                        compile(early);
                });
            };
            return std::make_shared<const Shown>(show(*toolchain, request, sink, found));
        },
        [this](ShownPtr shown) {
            const auto& lowered = shown->lowered;
            std::optional<Place>& place = m_desk.scene.place;
            if (place && place->lowered && !(lowered && exists(lowered->module(), place->cursor)))
                place.reset();
            m_desk.scene.shown = std::move(shown);
            m_desk.changed(Aspect::Levels);
        });
}

// While the texts of what is shown are made; what comes of it is shown with them, or after.
void Panes::compile(const ShownPtr& early)
{
    if (early->function.empty())
        return;
    m_desk.jobs->start(
        QStringLiteral("hardware"), tr("Compiling %1").arg(QString::fromStdString(early->function)),
        [toolchain = m_desk.toolchain, early, target = m_desk.scene.target](const JobSink& sink) {
            return showHardware(*toolchain, *early, target, sink);
        },
        [this, early](Result<HardwareShown> hardware) {
            m_compiled = Compiled{early, std::move(hardware)};
            showCompiled();
        });
}

void Panes::refreshHardware()
{
    m_desk.scene.hardwareError.reset();
    if (!m_desk.scene.shown->lowered || m_desk.scene.shown->function.empty()) {
        m_desk.scene.hardware.reset();
        return m_desk.changed(Aspect::Hardware);
    }
    showCompiled();
}

void Panes::showCompiled()
{
    if (!m_compiled || !m_desk.scene.shown || m_compiled->of->lowered != m_desk.scene.shown->lowered)
        return;
    Result<HardwareShown> hardware = std::move(m_compiled->code);
    m_compiled.reset();
    m_desk.scene.hardware.reset();
    if (hardware) {
        m_desk.scene.hardware = std::make_shared<const HardwareShown>(std::move(*hardware));
        std::vector<Problem> remarks;
        const QString function = QString::fromStdString(m_desk.scene.hardware->function);
        for (const Error& remark : m_desk.scene.hardware->remarks)
            remarks.push_back({Problem::Kind::Note, saidText(remark), function, remark.nodes});
        m_desk.report(std::move(remarks));
    } else {
        m_desk.scene.hardwareError = hardware.error();
        m_desk.report(hardware.error(), QString::fromStdString(m_desk.scene.shown->function));
    }
    m_desk.changed(Aspect::Hardware);
}

// When it is quiet: nobody waits for it, and who steps on needs none.
void Panes::refreshEstimate()
{
    m_desk.jobs->cancel(QStringLiteral("estimate"));
    if (std::exchange(m_desk.scene.estimate, std::nullopt))
        m_desk.changed(Aspect::Estimate);
    m_quiet.start();
}

void Panes::startEstimate()
{
    if (!m_desk.isOpen() || !m_desk.scene.hardware || !m_desk.scene.hardware->device.empty())
        return;
    const QStringList lines = m_desk.scene.hardware->document->shownLines();
    const std::vector<LoopMix> loops = innermostLoops(lines);
    const LoopMix* loop = busiest(loops);
    if (!loop)
        return;
    m_desk.jobs->start(
        QStringLiteral("estimate"), tr("Estimating the busiest loop"),
        [lines, loop = *loop, isa = m_desk.scene.hardware->isa](const JobSink& sink) {
            return estimate(lines, loop, isa, sink);
        },
        [this](Result<LoopEstimate> found) {
            m_desk.scene.estimate = std::move(found);
            m_desk.changed(Aspect::Estimate);
        });
}

void Panes::watchCauses(bool on)
{
    if (std::exchange(m_watchesCauses, on) != on && on && m_desk.isOpen())
        refreshCauses();
}

// Only for who asks: what would help is tried step by step.
void Panes::refreshCauses()
{
    m_desk.jobs->cancel(QStringLiteral("causes"));
    if (std::exchange(m_desk.scene.causes, nullptr))
        m_desk.changed(Aspect::Causes);
    const ShownPtr& shown = m_desk.scene.shown;
    if (!m_watchesCauses || !m_desk.scene.machine || !shown || !shown->lowered || shown->function.empty())
        return;
    std::vector<std::pair<QString, double>> calls;
    for (const auto& [name, ms] : m_desk.scene.callTimes)
        calls.emplace_back(QString::fromStdString(name), ms);
    FunctionCost cost;
    cost.function = shown->function;
    for (const FunctionTime& row : functionTimes(*shown->lowered, calls, std::nullopt))
        if (row.function.toStdString() == cost.function) {
            cost.calls = row.calls;
            cost.ms = row.ms;
            cost.share = row.share;
        }
    std::vector<std::string> remarks;
    if (m_desk.scene.hardware && m_desk.scene.hardware->function == cost.function)
        for (const Error& remark : m_desk.scene.hardware->remarks)
            remarks.push_back(saidText(remark).toStdString());
    m_desk.jobs->start(
        QStringLiteral("causes"), tr("Asking why %1 takes its time").arg(QString::fromStdString(cost.function)),
        [toolchain = m_desk.toolchain, state = m_desk.session->current(), lowered = shown->lowered, cost, remarks,
         machine = *m_desk.scene.machine](const JobSink&) {
            return std::make_shared<const FunctionCost>(
                explainFunction(*toolchain, *state, lowered->module(), cost, remarks, machine));
        },
        [this](std::shared_ptr<const FunctionCost> causes) {
            m_desk.scene.causes = std::move(causes);
            m_desk.changed(Aspect::Causes);
        });
}

void Panes::watchIr(bool on)
{
    if (std::exchange(m_watchesIr, on) != on && m_desk.isOpen())
        refreshIr();
}

void Panes::refreshIr()
{
    m_desk.jobs->cancel(QStringLiteral("ir"));
    if (std::exchange(m_desk.scene.ir, std::nullopt))
        m_desk.changed(Aspect::Ir);
    const ShownPtr& shown = m_desk.scene.shown;
    if (!m_watchesIr || !shown || !shown->lowered || !m_desk.scene.hardware || !m_desk.scene.hardware->device.empty())
        return;
    m_desk.jobs->start(
        QStringLiteral("ir"), tr("Making LLVM IR of %1").arg(QString::fromStdString(shown->function)),
        [toolchain = m_desk.toolchain, shown](const JobSink& sink) { return showIr(*toolchain, *shown, sink); },
        [this](Result<IrShown> ir) {
            m_desk.scene.ir = std::move(ir);
            m_desk.changed(Aspect::Ir);
        });
}

// What a lecturer or a reader asks for next is known before: its code is compiled while nobody waits.
void Panes::prepareNext()
{
    if (!m_desk.isOpen() || !m_desk.scene.shown)
        return;
    const int current = m_desk.session->current()->id;
    std::set<int> next{m_desk.session->next(current)};
    if (const std::shared_ptr<const LessonShown>& lesson = m_desk.scene.lesson) {
        const auto at = static_cast<std::size_t>(lesson->step + 1);
        next.insert(!lesson->done() ? lesson->behind() : at < lesson->states.size() ? lesson->states[at] : -1);
    }
    std::vector<ShowRequest> requests;
    std::vector<StatePtr> ahead;
    for (const int id : next)
        if (id > 0 && id != current) {
            ahead.push_back(m_desk.session->state(id));
            requests.push_back({m_desk.scene.session, ahead.back(), m_desk.session->state(ahead.back()->parent),
                                m_function, m_desk.scene.form, m_program});
        }
    if (requests.empty() || (ahead == m_ahead && m_desk.jobs->isRunning(QStringLiteral("ahead"))))
        return;
    m_ahead = std::move(ahead);
    m_desk.jobs->start(
        QStringLiteral("ahead"), tr("Preparing the next step"),
        [toolchain = m_desk.toolchain, requests, target = m_desk.scene.target](const JobSink& sink) {
            for (const ShowRequest& request : requests) {
                const Shown shown = show(*toolchain, request, sink);
                if (shown.lowered && !shown.function.empty() && !sink.stop.stop_requested())
                    (void)showHardware(*toolchain, shown, target, sink);
            }
            return true;
        },
        [](bool) {});
}

void Panes::refreshGraph()
{
    const StatePtr current = m_desk.session->current(), before = m_desk.compared();
    GraphRequest request{current,
                         before,
                         m_desk.scene.session,
                         {m_graphFunction, m_arrangement, m_desk.scene.graph ? m_desk.scene.graph->fold : nullptr},
                         {},
                         m_desk.scene.graph};
    request.options.direction = m_direction;
    request.step =
        current->id == 0 ? QString()
        : m_desk.scene.baseline >= 0
            ? tr("against step %1").arg(m_desk.session->path(m_desk.scene.baseline).size() - 1)
            : tr("step %1 · %2").arg(m_desk.session->path().size() - 1).arg(shortId(current->step.transform));
    m_desk.jobs->start(
        QStringLiteral("graph"), tr("Drawing the graph"),
        [layout = m_layout, request](const JobSink& sink) { return drawGraph(*layout, request, sink); },
        [this](GraphPicturePtr picture) {
            m_desk.scene.graph = std::move(picture);
            m_desk.changed(Aspect::Graph);
        });
}

void Panes::refreshInspector()
{
    if (!m_desk.scene.place) {
        m_desk.jobs->cancel(QStringLiteral("inspect"));
        m_desk.scene.inspection = {};
        return m_desk.changed(Aspect::Inspection);
    }
    const LoweredStatePtr lowered = m_desk.scene.shown ? m_desk.scene.shown->lowered : nullptr;
    m_desk.jobs->start(
        QStringLiteral("inspect"), tr("Inspecting"),
        [state = m_desk.session->current(), place = *m_desk.scene.place, lowered,
         file = NotesOfFile{m_desk.model.nodeNotes, m_desk.scene.session}](const JobSink&) {
            return inspect(*state, lowered.get(), place, file);
        },
        [this](Inspection inspection) {
            m_desk.scene.inspection = std::move(inspection);
            m_desk.changed(Aspect::Inspection);
        });
}

void Panes::refreshAccesses()
{
    m_desk.jobs->cancel(QStringLiteral("accesses"));
    if (!m_watchesAccesses || !m_desk.scene.shown)
        return;
    m_desk.jobs->start(
        QStringLiteral("accesses"),
        tr("Watching what %1 touches").arg(QString::fromStdString(m_desk.scene.shown->function)),
        [request = AccessRequest{m_desk.scene.shown, m_l1Bytes}](const JobSink& sink) {
            return drawAccesses(request, sink);
        },
        [this](Result<AccessPicturePtr> picture) {
            m_desk.scene.accesses.reset();
            m_desk.scene.accessError.reset();
            if (picture)
                m_desk.scene.accesses = *picture;
            else
                m_desk.scene.accessError = picture.error();
            m_desk.changed(Aspect::Accesses);
        });
}

void Panes::watchAccesses(bool on, std::int64_t l1Bytes)
{
    m_watchesAccesses = on;
    m_l1Bytes = l1Bytes;
    if (on && m_desk.isOpen())
        return refreshAccesses();
    m_desk.jobs->cancel(QStringLiteral("accesses"));
    if (std::exchange(m_desk.scene.accesses, nullptr))  // a trace is large
        m_desk.changed(Aspect::Accesses);
}

}  // namespace strata
