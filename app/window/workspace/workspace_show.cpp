// The part of the workspace that keeps what is shown in step with the session.
#include "app/window/workspace/workspace.h"

#include "app/window/jobs/trials.h"
#include "app/window/models/function_times.h"
#include "app/window/models/said.h"

#include <algorithm>
#include <set>

namespace strata {

// --- the scene
// ---------------------------------------------------------------------------------------------------------------------------

void Workspace::changed(Aspects what)
{
    const Together once(*this);
    m_changed |= what;
}

// Which job starts when which aspects change. A job that ends changes others, so what depends on it stands here, too,
// and nowhere else.
const std::vector<Workspace::Refresh>& Workspace::refreshes()
{
    static const std::vector<Refresh> all{
        {Aspects(Aspect::State) | Aspect::Function | Aspect::Target, &Workspace::refreshShown},
        {Aspect::State | Aspect::Groups, &Workspace::refreshGraph},
        {Aspect::Levels, &Workspace::refreshHardware},
        {Aspect::Levels, &Workspace::refreshAccesses},
        {Aspect::Hardware, &Workspace::refreshEstimate},
        {Aspects(Aspect::Hardware) | Aspect::Times, &Workspace::refreshCauses},
        {Aspect::Levels | Aspect::Place, &Workspace::refreshPalette},
        {Aspect::Levels | Aspect::Place, &Workspace::refreshInspector},
        {Aspects(Aspect::Fitting) | Aspect::Graph | Aspect::Hardware, &Workspace::refreshPlans},
        {Aspects(Aspect::Fitting) | Aspect::Graph | Aspect::Hardware, &Workspace::refreshWork},
        {Aspects(Aspect::Fitting) | Aspect::Graph | Aspect::Hardware | Aspect::Times | Aspect::Inputs | Aspect::Work,
         &Workspace::refreshVerdict},
        {Aspect::Steps, &Workspace::autosave},  // last, beside what the others started
    };
    return all;
}

void Workspace::publish(Aspects what)
{
    if (what & (Aspects(Aspect::Levels) | Aspect::Place)) {
        const LoweredState* lowered = m_scene.shown ? m_scene.shown->lowered.get() : nullptr;
        m_scene.lit = m_scene.place ? counterparts(*m_scene.place, *m_session->current()->module, lowered) : Lit{};
        what |= Aspect::Lit;
    }
    if (what & (Aspects(Aspect::Model) | Aspect::State | Aspect::Function | Aspect::Levels | Aspect::Place)) {
        m_jobs->cancel(QStringLiteral("preview"));
        if (std::exchange(m_scene.ghost, nullptr))
            what |= Aspect::Ghost;
    }
    if (what & (Aspects(Aspect::Model) | Aspect::State | Aspect::Function | Aspect::Place)) {
        m_jobs->cancel(QStringLiteral("try"));
        if (m_scene.tried.trying || !m_scene.tried.byId.empty())  // a palette that is sorted again loses its place
            what |= Aspect::Gains;
        m_scene.tried = {};
    }
    if (what & (Aspects(Aspect::Model) | Aspect::State)) {
        m_jobs->cancel(QStringLiteral("outputs"));
        if (std::exchange(m_scene.outputs, nullptr))
            what |= Aspect::Outputs;
    }
    if (what & Aspect::State)
        what |= Aspects(Aspect::Steps) | Aspect::Times | Aspect::Verdict;
    if (what & Aspect::Target)
        what |= Aspects(Aspect::Times) | Aspect::Verdict | Aspect::Judged;
    if (m_scene.lesson && what & (Aspects(Aspect::Model) | Aspect::State))
        what |= Aspect::Lesson;
    settle(what);
    m_published = std::make_shared<const Scene>(m_scene);
    emit sceneChanged(m_published, what);
    if (!isOpen())
        return;
    for (const Refresh& refresh : refreshes())
        if (what & refresh.after)
            (this->*refresh.start)();
}

// What the scene says of the document, of the lesson and of what was measured follows from the session and the shown
// state.
void Workspace::settle(Aspects what)
{
    if (what & (Aspects(Aspect::Model) | Aspect::Steps)) {
        m_scene.session = m_session ? std::make_shared<const Session>(*m_session) : nullptr;
        m_scene.modified = isModified();
        m_scene.canUndo = canUndo();
        m_scene.canRedo = canRedo();
    }
    if (m_scene.lesson && m_session && what & (Aspects(Aspect::Model) | Aspect::State | Aspect::Lesson)) {
        LessonShown lesson = *m_scene.lesson;
        lesson.attempt.reset();
        if (const LessonStep* step = lesson.current(); step && step->count > 0)
            lesson.attempt = judgeAttempt(*m_session, m_session->current()->id, lesson.behind());
        m_scene.lesson = std::make_shared<const LessonShown>(std::move(lesson));
    }
    if (m_scene.lesson && m_session && what & (Aspects(Aspect::State) | Aspect::Lesson | Aspect::Times))
        recordLesson();
    if (what & (Aspects(Aspect::Model) | Aspect::Times)) {
        const auto limits = m_session ? m_limits.find({name(m_session->current()->module->target.isa), m_scene.threads})
                                      : m_limits.end();
        m_scene.times = std::make_shared<const Times>(times());
        m_scene.elsewhere.clear();
        for (const auto& [circumstances, kept] : m_kept)
            if (circumstances != this->circumstances())
                m_scene.elsewhere[circumstances] = kept.times;
        m_scene.callTimes = callTimes();
        m_scene.machine = limits == m_limits.end() ? std::nullopt : std::optional(limits->second);
    }
    if (what & (Aspects(Aspect::Model) | Aspect::Verdict)) {
        const auto found = m_session ? m_verdicts.find(m_session->current()->id) : m_verdicts.end();
        m_scene.verdict = found == m_verdicts.end() ? std::nullopt : std::optional(found->second);
    }
    if (what & (Aspects(Aspect::Model) | Aspect::Judged))
        m_scene.judged = std::make_shared<const std::map<FunctionPtr, FunctionVerdict>>(m_judged);
}

// --- the jobs
// ----------------------------------------------------------------------------------------------------------------------------

void Workspace::refreshShown()
{
    const ShowRequest request{m_scene.session, m_session->current(), compared(),   m_function,
                              m_scene.form,    m_program,            m_scene.place};
    // What was made ready is what is needed now, or nobody needs it.
    if (std::find(m_ahead.begin(), m_ahead.end(), m_session->current()) == m_ahead.end()) {
        m_jobs->cancel(QStringLiteral("ahead"));
        m_ahead.clear();
    }
    for (const char* topic : {"hardware", "plans", "verdict"})
        m_jobs->cancel(QLatin1String(topic));
    m_compiled.reset();
    m_jobs->start(
        QStringLiteral("show"), tr("Lowering"),
        [this, toolchain = m_toolchain, request](const JobSink& sink) {
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
            std::optional<Place>& place = m_scene.place;
            if (place && place->lowered && !(lowered && exists(lowered->module(), place->cursor)))
                place.reset();
            m_scene.shown = std::move(shown);
            changed(Aspect::Levels);
        });
}

// While the texts of what is shown are made; what comes of it is shown with them, or after.
void Workspace::compile(const ShownPtr& early)
{
    if (early->function.empty())
        return;
    m_jobs->start(
        QStringLiteral("hardware"), tr("Compiling %1").arg(QString::fromStdString(early->function)),
        [toolchain = m_toolchain, early, target = m_scene.target](const JobSink& sink) {
            return showHardware(*toolchain, *early, target, sink);
        },
        [this, early](Result<HardwareShown> hardware) {
            m_compiled = Compiled{early, std::move(hardware)};
            showCompiled();
        });
}

void Workspace::refreshHardware()
{
    m_scene.hardwareError.reset();
    if (!m_scene.shown->lowered || m_scene.shown->function.empty()) {
        m_scene.hardware.reset();
        return changed(Aspect::Hardware);
    }
    showCompiled();
}

void Workspace::showCompiled()
{
    if (!m_compiled || !m_scene.shown || m_compiled->of->lowered != m_scene.shown->lowered)
        return;
    Result<HardwareShown> hardware = std::move(m_compiled->code);
    m_compiled.reset();
    m_scene.hardware.reset();
    if (hardware) {
        m_scene.hardware = std::make_shared<const HardwareShown>(std::move(*hardware));
        std::vector<Problem> remarks;
        const QString function = QString::fromStdString(m_scene.hardware->function);
        for (const Error& remark : m_scene.hardware->remarks)
            remarks.push_back({Problem::Kind::Note, saidText(remark), function, remark.nodes});
        report(std::move(remarks));
    } else {
        m_scene.hardwareError = hardware.error();
        report(hardware.error(), QString::fromStdString(m_scene.shown->function));
    }
    changed(Aspect::Hardware);
}

// When it is quiet: nobody waits for it, and who steps on needs none.
void Workspace::refreshEstimate()
{
    m_jobs->cancel(QStringLiteral("estimate"));
    if (std::exchange(m_scene.estimate, std::nullopt))
        changed(Aspect::Estimate);
    m_quiet.start();
}

void Workspace::startEstimate()
{
    if (!isOpen() || !m_scene.hardware || !m_scene.hardware->device.empty())
        return;
    const QStringList lines = m_scene.hardware->document->shownLines();
    const std::vector<LoopMix> loops = innermostLoops(lines);
    const LoopMix* loop = busiest(loops);
    if (!loop)
        return;
    m_jobs->start(
        QStringLiteral("estimate"), tr("Estimating the busiest loop"),
        [lines, loop = *loop, isa = m_scene.hardware->isa](const JobSink& sink) {
            return estimate(lines, loop, isa, sink);
        },
        [this](Result<LoopEstimate> found) {
            m_scene.estimate = std::move(found);
            changed(Aspect::Estimate);
        });
}

void Workspace::watchCauses(bool on)
{
    if (std::exchange(m_watchesCauses, on) != on && on && isOpen())
        refreshCauses();
}

// Only for who asks: what would help is tried step by step.
void Workspace::refreshCauses()
{
    m_jobs->cancel(QStringLiteral("causes"));
    if (std::exchange(m_scene.causes, nullptr))
        changed(Aspect::Causes);
    const ShownPtr& shown = m_scene.shown;
    if (!m_watchesCauses || !m_scene.machine || !shown || !shown->lowered || shown->function.empty())
        return;
    std::vector<std::pair<QString, double>> calls;
    for (const auto& [name, ms] : m_scene.callTimes)
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
    if (m_scene.hardware && m_scene.hardware->function == cost.function)
        for (const Error& remark : m_scene.hardware->remarks)
            remarks.push_back(saidText(remark).toStdString());
    m_jobs->start(
        QStringLiteral("causes"), tr("Asking why %1 takes its time").arg(QString::fromStdString(cost.function)),
        [toolchain = m_toolchain, state = m_session->current(), lowered = shown->lowered, cost, remarks,
         machine = *m_scene.machine](const JobSink&) {
            return std::make_shared<const FunctionCost>(
                explainFunction(*toolchain, *state, lowered->module(), cost, remarks, machine));
        },
        [this](std::shared_ptr<const FunctionCost> causes) {
            m_scene.causes = std::move(causes);
            changed(Aspect::Causes);
        });
}

// What a lecturer or a reader asks for next is known before: its code is compiled while nobody waits.
void Workspace::prepareNext()
{
    if (!isOpen() || !m_scene.shown)
        return;
    const int current = m_session->current()->id;
    std::set<int> next{m_session->next(current)};
    if (const std::shared_ptr<const LessonShown>& lesson = m_scene.lesson) {
        const auto at = static_cast<std::size_t>(lesson->step + 1);
        next.insert(!lesson->done() ? lesson->behind() : at < lesson->states.size() ? lesson->states[at] : -1);
    }
    std::vector<ShowRequest> requests;
    std::vector<StatePtr> ahead;
    for (const int id : next)
        if (id > 0 && id != current) {
            ahead.push_back(m_session->state(id));
            requests.push_back({m_scene.session, ahead.back(), m_session->state(ahead.back()->parent), m_function,
                                m_scene.form, m_program});
        }
    if (requests.empty() || (ahead == m_ahead && m_jobs->isRunning(QStringLiteral("ahead"))))
        return;
    m_ahead = std::move(ahead);
    m_jobs->start(
        QStringLiteral("ahead"), tr("Preparing the next step"),
        [toolchain = m_toolchain, requests, target = m_scene.target](const JobSink& sink) {
            for (const ShowRequest& request : requests) {
                const Shown shown = show(*toolchain, request, sink);
                if (shown.lowered && !shown.function.empty() && !sink.stop.stop_requested())
                    (void)showHardware(*toolchain, shown, target, sink);
            }
            return true;
        },
        [](bool) {});
}

void Workspace::refreshGraph()
{
    const StatePtr current = m_session->current(), before = compared();
    GraphRequest request{current,
                         before,
                         m_scene.session,
                         {m_graphFunction, m_arrangement, m_scene.graph ? m_scene.graph->fold : nullptr},
                         {},
                         m_scene.graph};
    request.step = current->id == 0 ? QString()
                   : m_scene.baseline >= 0
                       ? tr("against step %1").arg(m_session->path(m_scene.baseline).size() - 1)
                       : tr("step %1 · %2").arg(m_session->path().size() - 1).arg(shortId(current->step.transform));
    m_jobs->start(
        QStringLiteral("graph"), tr("Drawing the graph"),
        [layout = m_layout, request](const JobSink& sink) { return drawGraph(*layout, request, sink); },
        [this](GraphPicturePtr picture) {
            m_scene.graph = std::move(picture);
            changed(Aspect::Graph);
        });
}

namespace {

QString subjectOf(const Prepared& prepared)
{
    const QString subject = prepared.selection ? saidText(*prepared.selection) : QString();
    return prepared.steps.empty() ? subject : subject + Workspace::tr(" (lowered first)");
}

}  // namespace

// What fits by its form is offered at once.
void Workspace::refreshPalette()
{
    m_jobs->cancel(QStringLiteral("plans"));
    const LoweredStatePtr lowered = m_scene.shown ? m_scene.shown->lowered : nullptr;
    m_jobs->start(
        QStringLiteral("palette"), tr("Looking for transforms"),
        [state = m_session->current(), place = m_scene.place, lowered, registry = m_registry, context = m_context,
         toolchain = m_toolchain](const JobSink&) {
            const Prepared prepared = prepare(state, place, lowered.get(), *registry, context);
            const PaletteRequest request{prepared.module, prepared.steps, prepared.selection, registry, context};
            return Offer{state,
                         place,
                         prepared.steps,
                         prepared.module,
                         prepared.selection,
                         subjectOf(prepared),
                         fittingTransforms(request)};
        },
        [this](Offer offer) {
            m_scene.offer = std::make_shared<const Offer>(std::move(offer));
            changed(Aspects(Aspect::Palette) | Aspect::Fitting);
        });
}

// They are what a person waits for: what else is found out of a state waits for them.
bool Workspace::panesAreComing() const
{
    for (const char* topic : {"show", "graph", "hardware", "palette"})
        if (m_jobs->isRunning(QLatin1String(topic)))
            return true;
    return false;
}

// What of the palette is legal.
void Workspace::refreshPlans()
{
    if (panesAreComing())
        return;
    const std::shared_ptr<const Offer> offer = m_scene.offer;
    const auto planned = [](const PaletteEntry& entry) { return entry.planned; };
    if (!offer || offer->state != m_session->current()
        || std::all_of(offer->entries.begin(), offer->entries.end(), planned))
        return;
    const auto tell = [this, offer](const std::vector<PaletteEntry>& entries) {
        Offer told = *offer;
        told.entries = entries;
        m_scene.offer = std::make_shared<const Offer>(std::move(told));
        changed(Aspect::Palette);
    };
    m_jobs->start(
        QStringLiteral("plans"), tr("Planning transforms"),
        [this, offer, tell, registry = m_registry, context = m_context, toolchain = m_toolchain](const JobSink& sink) {
            const auto found = [&](const std::vector<PaletteEntry>& entries) {
                QMetaObject::invokeMethod(this, [tell, stop = sink.stop, entries] {
                    if (!stop.stop_requested())
                        tell(entries);
                });
            };
            return planTransforms(offer->entries, {offer->module, offer->prelude, offer->selection, registry, context},
                                  sink.stop, found);
        },
        tell);
}

std::function<std::vector<Step>()> Workspace::prelude() const
{
    const StatePtr state = m_session->current();
    const std::shared_ptr<const Offer>& offer = m_scene.offer;
    if (offer && offer->state == state && offer->place == m_scene.place)
        return [steps = offer->prelude] { return steps; };
    const LoweredStatePtr lowered = m_scene.shown && m_scene.shown->after == state ? m_scene.shown->lowered : nullptr;
    return [state, place = m_scene.place, lowered, registry = m_registry, context = m_context,
            toolchain = m_toolchain] { return prepare(state, place, lowered.get(), *registry, context).steps; };
}

void Workspace::refreshInspector()
{
    if (!m_scene.place) {
        m_jobs->cancel(QStringLiteral("inspect"));
        m_scene.inspection = {};
        return changed(Aspect::Inspection);
    }
    const LoweredStatePtr lowered = m_scene.shown ? m_scene.shown->lowered : nullptr;
    m_jobs->start(
        QStringLiteral("inspect"), tr("Inspecting"),
        [state = m_session->current(), place = *m_scene.place, lowered,
         file = NotesOfFile{m_model.nodeNotes, m_scene.session}](const JobSink&) {
            return inspect(*state, lowered.get(), place, file);
        },
        [this](Inspection inspection) {
            m_scene.inspection = std::move(inspection);
            changed(Aspect::Inspection);
        });
}

void Workspace::preview(const QString& line)
{
    const auto step = parseStep(line.toStdString(), *m_registry);
    if (!isOpen() || !step || !m_scene.shown)
        return;
    m_jobs->start(
        QStringLiteral("preview"), tr("Previewing"),
        [toolchain = m_toolchain, request = GhostRequest{std::make_shared<Session>(*m_session), prelude(), *step,
                                                         m_scene.shown->function, m_scene.form, m_scene.machine}](
            const JobSink& sink) { return makeGhost(*toolchain, request, sink); },
        [this](GhostPtr ghost) {
            if (!ghost->shown)
                return emit said(saidText(*ghost->refusal));
            m_scene.ghost = std::move(ghost);
            changed(Aspect::Ghost);
        });
}

void Workspace::endPreview()
{
    m_jobs->cancel(QStringLiteral("preview"));
    if (std::exchange(m_scene.ghost, nullptr))
        changed(Aspect::Ghost);
}

namespace {

// Of an offer, what can be taken as it stands, and changes code.
std::vector<Step> stepsToTry(const Offer& offer)
{
    std::vector<Step> steps;
    for (const PaletteEntry& entry : offer.entries)
        if (entry.applies && !entry.typed && entry.level == Level::Loops)
            steps.push_back({entry.id, entry.arguments, {}, {}});
    return steps;
}

Gains gainsOf(const std::vector<Step>& steps, const Trials& trials)
{
    Gains gains;
    for (std::size_t i = 0; i < steps.size(); ++i)
        gains[steps[i].transform] = trials.gains[i];
    return gains;
}

}  // namespace

void Workspace::tryPromising()
{
    if (m_jobs->isRunning(QStringLiteral("try")))
        return m_jobs->cancel(QStringLiteral("try"));
    const std::shared_ptr<const Offer>& offer = m_scene.offer;
    if (!isOpen() || !offer || offer->state != m_session->current() || !m_scene.shown)
        return;
    TrialRequest request{m_scene.session, [first = offer->prelude] { return first; }, stepsToTry(*offer),
                         offer->selection ? offer->selection->function : m_scene.shown->function, m_scene.machine};
    request.threads = m_scene.threads;
    if (request.steps.empty())
        return emit said(tr("Nothing that applies changes loops; select a loop or a block."));
    m_scene.tried.trying = true;
    changed(Aspect::Gains);
    const auto show = [this, steps = request.steps](const Trials& trials, bool trying) {
        m_scene.tried = {gainsOf(steps, trials), trying};
        changed(Aspect::Gains);
    };
    m_jobs->start(
        QStringLiteral("try"), tr("Trying the most promising steps"),
        [this, toolchain = m_toolchain, request, show](const JobSink& sink) {
            const auto tell = [&](const Trials& trials) {
                QMetaObject::invokeMethod(this, [show, stop = sink.stop, trials] {
                    if (!stop.stop_requested())
                        show(trials, true);
                });
            };
            return strata::tryPromising(*toolchain, request, sink, tell);
        },
        [this, show](Result<Trials> trials) {
            if (trials) {
                const Together once(*this);
                keepLimits(trials->machine);
                changed(Aspect::Times);
                show(*trials, false);
                return emit said(tr("%1 steps were measured, in turn with %2 as it is; the best stands on top.")
                                     .arg(trials->measured)
                                     .arg(QString::fromStdString(m_scene.shown->function)));
            }
            m_scene.tried.trying = false;
            changed(Aspect::Gains);
            report(trials.error(), tr("Try the most promising"));
            emit said(saidText(trials.error()));
        });
}

void Workspace::refreshAccesses()
{
    m_jobs->cancel(QStringLiteral("accesses"));
    if (!m_watchesAccesses || !m_scene.shown)
        return;
    m_jobs->start(
        QStringLiteral("accesses"), tr("Watching what %1 touches").arg(QString::fromStdString(m_scene.shown->function)),
        [request = AccessRequest{m_scene.shown, m_l1Bytes}](const JobSink& sink) {
            return drawAccesses(request, sink);
        },
        [this](Result<AccessPicturePtr> picture) {
            m_scene.accesses.reset();
            m_scene.accessError.reset();
            if (picture)
                m_scene.accesses = *picture;
            else
                m_scene.accessError = picture.error();
            changed(Aspect::Accesses);
        });
}

void Workspace::watchAccesses(bool on, std::int64_t l1Bytes)
{
    m_watchesAccesses = on;
    m_l1Bytes = l1Bytes;
    if (on && isOpen())
        return refreshAccesses();
    m_jobs->cancel(QStringLiteral("accesses"));
    if (std::exchange(m_scene.accesses, nullptr))  // a trace is large
        changed(Aspect::Accesses);
}

// --- what is looked at
// ----------------------------------------------------------------------------------------------------------------------------

// A node of the compared state is looked up in the shown one; where it is gone, that is said.
void Workspace::point(const Place& given, bool gone)
{
    if (!isOpen())
        return;
    Place place = given;
    const StatePtr before = compared();
    if (gone && before) {
        if (place.lowered && m_scene.shown && m_scene.shown->lowered
            && !exists(m_scene.shown->lowered->module(), place.cursor)) {
            emit said(tr("%1: no counterpart, removed by step %2 · %3")
                          .arg(QString::fromStdString(toString(place.cursor)))
                          .arg(m_session->path().size() - 1)
                          .arg(shortId(m_session->current()->step.transform)));
            return;
        }
        if (!place.lowered) {
            const auto targets = m_session->forwardBetween(before->id, m_session->current()->id, place.cursor);
            if (targets.empty())
                return emit said(
                    tr("%1: no counterpart in this state").arg(QString::fromStdString(toString(place.cursor))));
            place.cursor = targets.front();
        }
    }
    if (m_scene.place == place)
        return;
    m_scene.place = place;
    // The function that it is in is shown, and the rest follows when that is.
    const LoweredState* lowered = m_scene.shown ? m_scene.shown->lowered.get() : nullptr;
    m_scene.lit = counterparts(place, *m_session->current()->module, lowered);
    if (!lowered) {  // which one that is, is seen when there are levels
        m_function.clear();
        return changed(Aspects(Aspect::Function) | Aspect::Lit);
    }
    const std::string function = m_scene.lit.function(lowered->module());
    if (function.empty() || function == m_scene.shown->function)
        return changed(Aspect::Place);
    m_function = function;
    changed(Aspects(Aspect::Function) | Aspect::Lit);
}

void Workspace::clearSelection()
{
    if (!m_scene.place)
        return;
    m_scene.place.reset();
    changed(Aspect::Place);
}

void Workspace::setFunction(const std::string& function)
{
    if (!isOpen())
        return;
    m_function = function;
    m_scene.place = Place{functionCursor(function), true};
    changed(Aspect::Function);
}

void Workspace::setForm(Form form)
{
    m_scene.form = form;
    changed(Aspect::Function);
}

void Workspace::setProgram(const std::string& program)
{
    if (std::exchange(m_program, program) != program)
        changed(Aspect::Function);
}

void Workspace::setGraphFunction(const std::string& function)
{
    m_graphFunction = function;
    changed(Aspect::Groups);
}

void Workspace::arrangeGraph(GraphArrangement arrangement)
{
    m_arrangement = std::move(arrangement);
    changed(Aspect::Groups);
}

}  // namespace strata
