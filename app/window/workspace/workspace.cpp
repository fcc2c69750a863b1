#include "app/window/workspace/workspace.h"

#include "app/window/models/said.h"
#include "core/session/branches.h"

namespace strata {

Workspace::Workspace(QObject* parent)
    : QObject(parent)
    , m_refusals(m_desk)
    , m_panes(m_desk)
    , m_offers(m_desk, m_refusals, m_measurements)
    , m_runs(m_desk, m_measurements)
    , m_lesson(m_desk, *this)
{
    addRefreshes();
    settle(Aspect::Model);
    m_published = std::make_shared<const Scene>(m_desk.scene);
    connect(&m_desk, &Desk::changedTogether, this, &Workspace::publish);
    connect(&m_desk, &Desk::problems, this, &Workspace::problems);
    connect(&m_desk, &Desk::said, this, &Workspace::said);
    connect(&m_refusals, &Refusals::helpTaken, this, [this](const std::vector<Step>& steps) { apply(steps); });
    const JobRunner* jobs = m_desk.jobs.get();
    connect(jobs, &JobRunner::failed, this, [this](const QString& topic, const QString& title, const QString& what) {
        const Error error = bug(title.toStdString() + " fails: " + what.toStdString() + ".");
        m_desk.report(error, title);
        if (topic == QLatin1String("open"))
            emit openFailed(saidText(error));
    });
    connect(jobs, &JobRunner::cancelled, this, [this](const QString& topic) {
        if (topic == QLatin1String("open"))
            emit openFailed(tr("Opening was cancelled."));
        if (topic == QLatin1String("try"))
            m_offers.stopTrying();
    });
}

Workspace::~Workspace()
{
    m_desk.jobs.reset();
    if (!isModified())
        giveUp();
}

// --- the scene
// ----------------------------------------------------------------------------------------------------------------------

// Which job starts when which aspects change. A job that ends changes others, so what depends on it stands here, too,
// and nowhere else.
void Workspace::addRefreshes()
{
    const Aspects panes = Aspects(Aspect::Fitting) | Aspect::Graph | Aspect::Hardware;
    m_refreshes = {
        {Aspects(Aspect::State) | Aspect::Function | Aspect::Target, [this] { m_panes.refreshShown(); }},
        {Aspect::State | Aspect::Groups, [this] { m_panes.refreshGraph(); }},
        {Aspect::Levels, [this] { m_panes.refreshHardware(); }},
        {Aspect::Levels, [this] { m_panes.refreshAccesses(); }},
        {Aspect::Hardware, [this] { m_panes.refreshEstimate(); }},
        {Aspects(Aspect::Hardware) | Aspect::Times, [this] { m_panes.refreshCauses(); }},
        {Aspect::Hardware, [this] { m_panes.refreshIr(); }},
        {Aspect::Levels | Aspect::Place, [this] { m_offers.refreshPalette(); }},
        {Aspect::Levels | Aspect::Place, [this] { m_panes.refreshInspector(); }},
        {panes, [this] { m_offers.refreshPlans(); }},
        {panes, [this] { m_runs.refreshWork(); }},
        {panes | Aspect::Times | Aspect::Inputs | Aspect::Work, [this] { m_runs.refreshVerdict(); }},
        {Aspect::Steps, [this] { autosave(); }},  // last, beside what the others started
    };
}

void Workspace::publish(Aspects what)
{
    Scene& scene = m_desk.scene;
    if (what & (Aspects(Aspect::Levels) | Aspect::Place)) {
        const LoweredState* lowered = scene.shown ? scene.shown->lowered.get() : nullptr;
        scene.lit = scene.place ? counterparts(*scene.place, *session().current()->module, lowered) : Lit{};
        what |= Aspect::Lit;
    }
    what |= m_offers.outdated(what);
    what |= m_runs.outdated(what);
    if (what & Aspect::State)
        what |= Aspects(Aspect::Steps) | Aspect::Times | Aspect::Verdict;
    if (what & Aspect::Target)
        what |= Aspects(Aspect::Times) | Aspect::Verdict | Aspect::Judged;
    if (scene.lesson && what & (Aspects(Aspect::Model) | Aspect::State))
        what |= Aspect::Lesson;
    settle(what);
    m_published = std::make_shared<const Scene>(scene);
    const ScenePtr published = m_published;  // who hears of it may publish another
    emit sceneChanged(published, what);
    if (!isOpen())
        return;
    for (const Refresh& refresh : m_refreshes)
        if (what & refresh.after)
            refresh.start();
}

// What the scene says of the document, of the lesson and of what was measured follows from the session and the shown
// state.
void Workspace::settle(Aspects what)
{
    Scene& scene = m_desk.scene;
    if (what & (Aspects(Aspect::Model) | Aspect::Steps)) {
        scene.session = isOpen() ? std::make_shared<const Session>(session()) : nullptr;
        scene.modified = isModified();
        scene.canUndo = isOpen() && (m_edits.isLast(m_desk.session) || session().canUndo());
        scene.canRedo = isOpen() && (m_edits.isNext(m_desk.session) || session().canRedo());
    }
    m_lesson.settle(what);
    m_runs.settle(what);
}

// --- steps
// ----------------------------------------------------------------------------------------------------------------------

namespace {

int refusedSteps(const Session& session)
{
    const std::vector<StatePtr> path = session.path(session.tip(session.current()->id));
    return static_cast<int>(
        std::count_if(path.begin(), path.end(), [](const StatePtr& s) { return s->refusal.has_value(); }));
}

}  // namespace

// Changes a copy of the session on a thread and takes it over afterwards; whatever moves the session meanwhile cancels
// the change. What was achieved before a refusal is kept: a recipe stops at its first refused line.
void Workspace::edit(const QString& title, Edit change, const QString& line, Undo undo)
{
    auto copy = std::make_shared<Session>(*m_desk.session);
    const int from = m_desk.session->current()->id;
    m_desk.jobs->start(
        QStringLiteral("edit"), title,
        [copy, toolchain = m_desk.toolchain, change = std::move(change)](const JobSink& sink) {
            return change(*copy, sink);
        },
        [this, copy, from, line, undo](Status status) {
            if (!status) {
                m_desk.report(status.error(), line);
                m_refusals.set(status, line, undo == Undo::TakesStepsBack ? copy : nullptr);
                emit stepRefused(line, saidText(status.error()));
            }
            if (copy->all().size() == m_desk.session->all().size() && copy->current() == m_desk.session->current())
                return;
            const bool refusal =
                m_desk.scene.refusal.has_value();  // of the step that was not taken, behind those that were
            const Desk::Together once(m_desk);
            const auto before = std::exchange(m_desk.session, copy);
            const int refused = refusedSteps(*copy) - refusedSteps(*before);
            if (undo == Undo::TakesEditBack)
                m_edits.add(before, m_desk.session);
            carrySelection(from);
            moved();
            if (undo == Undo::TakesEditBack && refused > 0)
                m_desk.say(refused == 1
                               ? tr("A step no longer applies and stays, struck through. Undo takes the edit back.")
                               : tr("%1 steps no longer apply and stay, struck through. Undo takes the edit back.")
                                     .arg(refused));
            if (!status && refusal)
                m_refusals.set(status, line, undo == Undo::TakesStepsBack ? copy : nullptr);
        });
}

void Workspace::apply(const QString& line)
{
    if (!isOpen())
        return;
    const auto step = parseStep(line.toStdString(), *m_desk.registry);
    if (!step) {
        emit stepRefused(line, saidText(step.error()));
        return;
    }
    take(m_offers.prelude(), {*step});
}

namespace {

// The state after `before` on the path to `last`.
int firstAfter(const Session& session, int before, int last)
{
    int at = last;
    while (session.state(at)->parent != before)
        at = session.state(at)->parent;
    return at;
}

}  // namespace

void Workspace::apply(std::vector<Step> steps)
{
    if (isOpen() && !steps.empty())
        take([] { return std::vector<Step>(); }, std::move(steps));
}

void Workspace::take(std::function<std::vector<Step>()> first, std::vector<Step> steps)
{
    const QString line = QString::fromStdString(print(steps.back(), *m_desk.registry));
    const QString title = tr("Applying %1").arg(plain(titleParts(steps.back(), *m_desk.registry)));
    const bool inserting = std::exchange(m_desk.scene.inserting, false);
    const Undo undo = inserting ? Undo::TakesEditBack : Undo::TakesStepsBack;
    edit(
        title,
        [first = std::move(first), steps = std::move(steps), inserting](Session& session,
                                                                        const JobSink& sink) -> Status {
            std::vector<Step> all = first();
            all.insert(all.end(), steps.begin(), steps.end());
            for (const Step& step : all) {
                sink.progress(step.transform, -1);
                if (!inserting) {
                    STRATA_CHECK(session.apply(step));
                    continue;
                }
                const int after = session.current()->id;
                STRATA_TRY(const StatePtr last, session.insert(after, step));
                session.select(firstAfter(session, after, last->id));
            }
            return {};
        },
        line, undo);
}

void Workspace::undo()
{
    if (!isOpen())
        return;
    if (m_edits.isLast(m_desk.session)) {
        const EditHistory::Edited& edited = m_edits.takeBack();
        carrySelection(edited.shownBehind, edited.shownBefore);
        return goTo(edited.before);
    }
    if (!m_desk.session->canUndo())
        return;
    const int from = m_desk.session->current()->id;
    m_desk.jobs->cancel(QStringLiteral("edit"));
    m_desk.session->undo();
    carrySelection(from);
    moved();
}

void Workspace::redo()
{
    if (!isOpen())
        return;
    if (m_edits.isNext(m_desk.session))
        return goTo(m_edits.takeAgain().behind);
    if (!m_desk.session->canRedo())
        return;
    const int from = m_desk.session->current()->id;
    m_desk.jobs->cancel(QStringLiteral("edit"));
    m_desk.session->redo();
    carrySelection(from);
    moved();
}

// States that the other session has not got are no more; their numbers are given again.
void Workspace::goTo(const std::shared_ptr<Session>& session)
{
    const auto left = std::exchange(m_desk.session, session);
    const int states = static_cast<int>(session->all().size()), before = static_cast<int>(left->all().size());
    if (states == before && session->current()->id == left->current()->id) {  // what is said of steps
        m_desk.jobs->cancel(QStringLiteral("edit"));
        return m_desk.changed(Aspect::Steps);
    }
    m_desk.jobs->cancelAll();
    m_measurements.forgetFrom(states);
    if (m_desk.scene.baseline >= states)
        m_desk.scene.baseline = -1;
    if (states >= before)
        carrySelection(left->current()->id);
    moved();
}

void Workspace::select(int state)
{
    if (!isOpen() || state == m_desk.session->current()->id)
        return;
    const int from = m_desk.session->current()->id;
    m_desk.scene.inserting = false;
    m_desk.jobs->cancel(QStringLiteral("edit"));
    m_desk.session->select(state);
    carrySelection(from);
    moved();
}

// Past steps that were refused or left out.
void Workspace::stepBy(int direction)
{
    if (!isOpen())
        return;
    Session walk = *m_desk.session;
    while (direction < 0 ? walk.canUndo() : walk.canRedo()) {
        direction < 0 ? walk.undo() : walk.redo();
        if (!walk.current()->refusal && !walk.current()->disabled)
            break;
    }
    if (direction < 0)
        return select(walk.current()->id);
    const Desk::Together once(m_desk);
    while (m_desk.session->canRedo() && m_desk.session->current()->id != walk.current()->id)
        redo();
}

void Workspace::replaceStep(int state, const Step& step)
{
    if (!isOpen())
        return;
    edit(
        tr("Changing a step and replaying the rest"),
        [state, step](Session& session, const JobSink&) -> Status {
            STRATA_CHECK(session.replace(state, step));
            return {};
        },
        QString::fromStdString(print(step, *m_desk.registry)), Undo::TakesEditBack);
}

void Workspace::dropSteps(StepRange steps)
{
    if (!isOpen())
        return;
    edit(
        tr("Dropping steps and replaying the rest"),
        [steps](Session& session, const JobSink&) -> Status {
            STRATA_CHECK(session.drop(steps));
            return {};
        },
        {}, Undo::TakesEditBack);
}

void Workspace::leaveOut(StepRange steps, bool out)
{
    if (!isOpen())
        return;
    edit(
        out ? tr("Leaving steps out and replaying the rest") : tr("Taking steps again and replaying the rest"),
        [steps, out](Session& session, const JobSink&) -> Status {
            STRATA_CHECK(session.setDisabled(steps, out));
            return {};
        },
        {}, Undo::TakesEditBack);
}

void Workspace::moveBehind(StepRange steps, int after)
{
    if (!isOpen())
        return;
    edit(
        tr("Moving steps and replaying what they pass"),
        [steps, after](Session& session, const JobSink&) -> Status {
            STRATA_CHECK(session.move(steps, after));
            return {};
        },
        {}, Undo::TakesEditBack);
}

// Past a group as a whole, unless the steps are of it.
void Workspace::moveSteps(StepRange steps, int by)
{
    const StatePtr first = isOpen() ? m_desk.session->state(steps.first) : nullptr;
    if (!first || first->parent < 0)
        return;
    const int neighbour = by < 0 ? first->parent : m_desk.session->next(steps.last);
    if (by < 0 ? neighbour == 0 : neighbour < 0)
        return refuse(refused(by < 0 ? "It is the first step." : "It is the last step."));
    const bool own = m_desk.session->state(neighbour)->group == first->group;
    const StepRange passed = own ? StepRange(neighbour) : m_desk.session->groupAround(neighbour);
    moveBehind(steps, by < 0 ? m_desk.session->state(passed.first)->parent : passed.last);
}

void Workspace::refuse(const Error& error)
{
    m_desk.report(error, {});
    m_refusals.set(error, {});
    emit stepRefused({}, saidText(error));
}

// At once: no module changes, so nothing has to be shown anew.
void Workspace::annotate(const std::function<Status(Session&)>& change)
{
    if (!isOpen())
        return;
    auto copy = std::make_shared<Session>(*m_desk.session);
    if (const Status status = change(*copy); !status)
        return refuse(status.error());
    m_desk.jobs->cancel(QStringLiteral("edit"));
    const auto before = std::exchange(m_desk.session, copy);
    m_edits.add(before, m_desk.session);
    m_desk.changed(Aspect::Steps);
}

void Workspace::setNote(int state, const QString& note)
{
    annotate([&](Session& session) { return session.setNote(state, note.toStdString()); });
}

void Workspace::setGroup(StepRange steps, const QString& title)
{
    annotate([&](Session& session) { return session.setGroup(steps, title.toStdString()); });
}

void Workspace::setBranchName(int first, const QString& name)
{
    annotate([&](Session& session) { return nameBranch(session, first, name.toStdString()); });
}

void Workspace::insertNext(bool insert)
{
    m_desk.scene.inserting = insert && isOpen();
    m_desk.changed(Aspect::Steps);
}

void Workspace::setBaseline(int state)
{
    m_desk.scene.baseline = state;
    m_desk.changed(Aspect::State);
}

void Workspace::moved()
{
    const Desk::Together once(m_desk);
    m_refusals.clear();
    m_desk.changed(Aspect::State);
}

void Workspace::carrySelection(int from) { carrySelection(from, m_desk.session->current()->id); }

void Workspace::carrySelection(int from, int to)
{
    if (!m_desk.scene.place || from == to || m_desk.scene.place->lowered)
        return;
    const auto targets = m_desk.session->forwardBetween(from, to, m_desk.scene.place->cursor);
    if (targets.empty()) {
        m_desk.say(tr("%1 has no counterpart in this state").arg(saidText(m_desk.scene.place->cursor)));
        m_desk.scene.place.reset();
    } else {
        m_desk.scene.place->cursor = targets.front();
    }
}

}  // namespace strata
