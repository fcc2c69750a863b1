#include "app/window/workspace/workspace.h"

#include "app/window/jobs/conflict.h"
#include "app/window/models/said.h"
#include "backends/process/worker.h"

#include <QDir>
#include <QFileInfo>

namespace strata {

Problem problemOf(const Error& error, const QString& place)
{
    const auto kind = error.kind == ErrorKind::Refused       ? Problem::Kind::Refused
                      : error.kind == ErrorKind::Environment ? Problem::Kind::Environment
                                                             : Problem::Kind::Bug;
    return {kind, saidText(error), place, error.nodes};
}

Workspace::Workspace(QObject* parent)
    : QObject(parent)
    , m_toolchain(std::make_shared<Toolchain>())
    , m_registry(makeRegistry())
    , m_context(makeContext(*m_toolchain))
    , m_layout(std::make_shared<Worker>("layout", std::vector<std::string>{siblingProgram("strata-layout")}))
    , m_jobs(new JobRunner(this))
{
    constexpr int quietMs = 300;
    m_quiet.setSingleShot(true);
    m_quiet.setInterval(quietMs);
    connect(&m_quiet, &QTimer::timeout, this, &Workspace::startEstimate);
    connect(&m_quiet, &QTimer::timeout, this, &Workspace::prepareNext);
    m_scene.info = std::make_shared<const ModelInfo>();
    m_scene.pictures = std::make_shared<const std::vector<SamplePicture>>();
    settle(Aspect::Model);
    m_published = std::make_shared<const Scene>(m_scene);
    connect(m_jobs, &JobRunner::failed, this, [this](const QString& topic, const QString& title, const QString& what) {
        const Error error = bug(title.toStdString() + " fails: " + what.toStdString() + ".");
        report(error, title);
        if (topic == QLatin1String("open"))
            emit openFailed(saidText(error));
    });
    connect(m_jobs, &JobRunner::cancelled, this, [this](const QString& topic) {
        if (topic == QLatin1String("open"))
            emit openFailed(tr("Opening was cancelled."));
        if (topic == QLatin1String("try") && std::exchange(m_scene.tried.trying, false))
            changed(Aspect::Gains);
    });
}

Workspace::~Workspace()
{
    delete m_jobs;
    if (!isModified())
        giveUp();
}

Recipe Workspace::recipe() const { return m_session ? recipeOf(*m_session) : Recipe{}; }

// --- steps
// -------------------------------------------------------------------------------------------------------------------------------

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
    auto copy = std::make_shared<Session>(*m_session);
    const int from = m_session->current()->id;
    m_jobs->start(
        QStringLiteral("edit"), title,
        [copy, toolchain = m_toolchain, change = std::move(change)](const JobSink& sink) {
            return change(*copy, sink);
        },
        [this, copy, from, line, undo](Status status) {
            if (!status) {
                report(status.error(), line);
                setRefusal(status, line, undo == Undo::TakesStepsBack ? copy : nullptr);
                emit stepRefused(line, saidText(status.error()));
            }
            if (copy->all().size() == m_session->all().size() && copy->current() == m_session->current())
                return;
            const bool refusal = m_scene.refusal.has_value();  // of the step that was not taken, behind those that were
            const Together once(*this);
            const auto before = std::exchange(m_session, copy);
            const int refused = refusedSteps(*copy) - refusedSteps(*before);
            if (undo == Undo::TakesEditBack)
                remember(before);
            carrySelection(from);
            moved();
            if (undo == Undo::TakesEditBack && refused > 0)
                emit said(refused == 1
                              ? tr("A step no longer applies and stays, struck through. Undo takes the edit back.")
                              : tr("%1 steps no longer apply and stay, struck through. Undo takes the edit back.")
                                    .arg(refused));
            if (!status && refusal)
                setRefusal(status, line, undo == Undo::TakesStepsBack ? copy : nullptr);
        });
}

void Workspace::apply(const QString& line)
{
    if (!isOpen())
        return;
    const auto step = parseStep(line.toStdString(), *m_registry);
    if (!step) {
        emit stepRefused(line, saidText(step.error()));
        return;
    }
    take(prelude(), {*step});
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
    const QString line = QString::fromStdString(print(steps.back(), *m_registry));
    const QString title = tr("Applying %1").arg(plain(titleParts(steps.back(), *m_registry)));
    const bool inserting = std::exchange(m_scene.inserting, false);
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

// A step is checked where it would stand: behind the shown state and what a preview needs, or in place of the one that
// it changes.
namespace {

Status applies(Session& session, const std::vector<Step>& first, const Step& step)
{
    for (const Step& before : first)
        STRATA_CHECK(session.apply(before));
    STRATA_CHECK(session.compute(step));  // the plan is kept: taking the step asks no more
    return {};
}

Checked checkedLine(const QString& line, const Status& status)
{
    return {line, status.ok(), status.ok() ? Workspace::tr("applies") : saidText(status.error())};
}

}  // namespace

void Workspace::checkTyped(const QString& line)
{
    const auto parsed = parseStep(line.toStdString(), *m_registry);
    if (!isOpen() || !parsed)
        return;
    m_jobs->start(
        QStringLiteral("check"), tr("Checking"),
        [copy = std::make_shared<Session>(*m_session), toolchain = m_toolchain, step = *parsed,
         first = prelude()](const JobSink&) { return applies(*copy, first(), step); },
        [this, line](const Status& status) {
            m_scene.checked = checkedLine(line, status);
            changed(Aspect::Check);
        });
}

void Workspace::checkLine(const QString& line, int changed)
{
    const StatePtr old = isOpen() ? m_session->state(changed) : nullptr;
    if (!isOpen() || (changed >= 0 && (!old || old->parent < 0)))
        return;
    const auto parsed = parseStep(line.toStdString(), *m_registry);
    if (!parsed) {
        m_jobs->cancel(QStringLiteral("check"));
        const Together once(*this);
        clearRefusal();
        m_scene.checked = Checked{line, false, saidText(parsed.error())};
        return this->changed(Aspect::Check);
    }
    auto copy = std::make_shared<Session>(*m_session);
    if (old)
        copy->select(old->parent);
    m_jobs->start(
        QStringLiteral("check"), tr("Checking"),
        [copy, toolchain = m_toolchain, step = *parsed, first = old ? [] { return std::vector<Step>(); } : prelude()](
            const JobSink&) { return applies(*copy, first(), step); },
        [this, line, copy, changed](const Status& status) {
            const Together once(*this);
            setRefusal(status, line, changed < 0 ? copy : nullptr);
            m_scene.checked = checkedLine(line, status);
            this->changed(Aspect::Check);
        });
}

bool Workspace::canUndo() const { return isOpen() && (lastEdit() || m_session->canUndo()); }
bool Workspace::canRedo() const { return isOpen() && (nextEdit() || m_session->canRedo()); }

void Workspace::undo()
{
    if (!canUndo())
        return;
    if (lastEdit()) {
        m_takenBack.push_back(m_edits.back());
        m_edits.pop_back();
        carrySelection(m_takenBack.back().shownBehind, m_takenBack.back().shownBefore);
        return goTo(m_takenBack.back().before);
    }
    const int from = m_session->current()->id;
    m_jobs->cancel(QStringLiteral("edit"));
    m_session->undo();
    carrySelection(from);
    moved();
}

void Workspace::redo()
{
    if (!canRedo())
        return;
    if (nextEdit()) {
        m_edits.push_back(m_takenBack.back());
        m_takenBack.pop_back();
        return goTo(m_edits.back().behind);
    }
    const int from = m_session->current()->id;
    m_jobs->cancel(QStringLiteral("edit"));
    m_session->redo();
    carrySelection(from);
    moved();
}

// --- edits of the document are taken back as they were made
// -----------------------------------------------------------------------------------------------------------------

bool Workspace::lastEdit() const
{
    return !m_edits.empty() && m_edits.back().behind == m_session
           && m_edits.back().shownBehind == m_session->current()->id;
}

bool Workspace::nextEdit() const
{
    return !m_takenBack.empty() && m_takenBack.back().before == m_session
           && m_takenBack.back().shownBefore == m_session->current()->id;
}

void Workspace::remember(const std::shared_ptr<Session>& before)
{
    m_edits.push_back({before, m_session, before->current()->id, m_session->current()->id});
    m_takenBack.clear();
}

// States that the other session has not got are no more; their numbers are given again.
void Workspace::goTo(const std::shared_ptr<Session>& session)
{
    const auto left = std::exchange(m_session, session);
    const int states = static_cast<int>(session->all().size()), before = static_cast<int>(left->all().size());
    if (states == before && session->current()->id == left->current()->id) {  // what is said of steps
        m_jobs->cancel(QStringLiteral("edit"));
        return changed(Aspect::Steps);
    }
    m_jobs->cancelAll();
    forgetFrom(states);
    if (states >= before)
        carrySelection(left->current()->id);
    moved();
}

void Workspace::forgetFrom(int state)
{
    const auto forget = [state](auto& byState) {
        std::erase_if(byState, [state](const auto& entry) { return entry.first >= state; });
    };
    for (auto& [circumstances, kept] : m_kept) {
        forget(kept.times);
        forget(kept.calls);
    }
    forget(m_verdicts);
    if (m_scene.baseline >= state)
        m_scene.baseline = -1;
}

void Workspace::select(int state)
{
    if (!isOpen() || state == m_session->current()->id)
        return;
    const int from = m_session->current()->id;
    m_scene.inserting = false;
    m_jobs->cancel(QStringLiteral("edit"));
    m_session->select(state);
    carrySelection(from);
    moved();
}

// Past steps that were refused or left out.
void Workspace::stepBy(int direction)
{
    if (!isOpen())
        return;
    Session walk = *m_session;
    while (direction < 0 ? walk.canUndo() : walk.canRedo()) {
        direction < 0 ? walk.undo() : walk.redo();
        if (!walk.current()->refusal && !walk.current()->disabled)
            break;
    }
    if (direction < 0)
        return select(walk.current()->id);
    const Together once(*this);
    while (m_session->canRedo() && m_session->current()->id != walk.current()->id)
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
        QString::fromStdString(print(step, *m_registry)), Undo::TakesEditBack);
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
    const StatePtr first = isOpen() ? m_session->state(steps.first) : nullptr;
    if (!first || first->parent < 0)
        return;
    const int neighbour = by < 0 ? first->parent : m_session->next(steps.last);
    if (by < 0 ? neighbour == 0 : neighbour < 0)
        return refuse(refused(by < 0 ? "It is the first step." : "It is the last step."));
    const bool own = m_session->state(neighbour)->group == first->group;
    const StepRange passed = own ? StepRange(neighbour) : m_session->groupAround(neighbour);
    moveBehind(steps, by < 0 ? m_session->state(passed.first)->parent : passed.last);
}

void Workspace::refuse(const Error& error)
{
    report(error, {});
    setRefusal(error, {});
    emit stepRefused({}, saidText(error));
}

// At once: no module changes, so nothing has to be shown anew.
void Workspace::annotate(const std::function<Status(Session&)>& change)
{
    if (!isOpen())
        return;
    auto copy = std::make_shared<Session>(*m_session);
    if (const Status status = change(*copy); !status)
        return refuse(status.error());
    m_jobs->cancel(QStringLiteral("edit"));
    const auto before = std::exchange(m_session, copy);
    remember(before);
    changed(Aspect::Steps);
}

void Workspace::setNote(int state, const QString& note)
{
    annotate([&](Session& session) { return session.setNote(state, note.toStdString()); });
}

void Workspace::setGroup(StepRange steps, const QString& title)
{
    annotate([&](Session& session) { return session.setGroup(steps, title.toStdString()); });
}

void Workspace::insertNext(bool insert)
{
    m_scene.inserting = insert && isOpen();
    changed(Aspect::Steps);
}

void Workspace::setBaseline(int state)
{
    m_scene.baseline = state;
    changed(Aspect::State);
}

StatePtr Workspace::compared() const
{
    if (m_scene.baseline >= 0 && m_scene.baseline < static_cast<int>(m_session->all().size()))
        return m_session->state(m_scene.baseline);
    const int parent = m_session->current()->parent;
    return parent < 0 ? nullptr : m_session->state(parent);
}

void Workspace::setRefusal(const Status& status, const QString& line, const std::shared_ptr<const Session>& where)
{
    if (status)
        return clearRefusal();
    m_scene.refusal = refusalOf(status.error(), line);
    changed(Aspect::Refusal);
    for (const char* topic : {"help", "conflict"})
        m_jobs->cancel(QLatin1String(topic));
    if (!where)
        return;
    drawRefusal(status.error(), line, *where);
    seekHelp(status.error(), line, *where);
}

void Workspace::drawRefusal(const Error& error, const QString& line, const Session& where)
{
    const auto step = parseStep(line.toStdString(), *m_registry);
    if (!step || !error.conflict)
        return;
    m_jobs->start(
        QStringLiteral("conflict"), tr("Drawing the refusal"),
        [request = ConflictRequest{where.current()->module, *step, *error.conflict, m_registry, m_context}](
            const JobSink& sink) { return drawConflict(request, sink); },
        [this, line](std::shared_ptr<const ConflictPicture> picture) {
            if (!m_scene.refusal || m_scene.refusal->step != line || !picture)
                return;
            m_scene.refusal->picture = std::move(picture);
            changed(Aspect::Refusal);
        });
}

// The refusal is shown meanwhile; what would help comes to stand below it. Steps that the preview needs come before.
void Workspace::seekHelp(const Error& error, const QString& line, const Session& where)
{
    const auto step = parseStep(line.toStdString(), *m_registry);
    if (!step || error.kind != ErrorKind::Refused)
        return;
    std::vector<Step> before;
    for (StatePtr at = where.current(); at && at->id >= static_cast<int>(m_session->all().size());
         at = where.state(at->parent))
        before.insert(before.begin(), at->step);
    m_jobs->start(
        QStringLiteral("help"), tr("Looking for what would help"),
        [module = where.current()->module, error, step = *step, registry = m_registry,
         context = m_context](const JobSink& sink) {
            TransformContext seeking = context;
            seeking.stop = sink.stop;
            return helpFor(*module, step, error, *registry, seeking);
        },
        [this, line, before](std::vector<Help> helps) {
            std::optional<Refusal>& refusal = m_scene.refusal;
            if (!refusal || refusal->step != line)
                return;
            refusal->helpTexts.clear();
            for (Help& help : helps) {
                refusal->helpTexts << QString::fromStdString(sentence(help, *m_registry));
                help.steps.insert(help.steps.begin(), before.begin(), before.end());
            }
            refusal->helps = std::move(helps);
            if (!refusal->helps.empty())
                changed(Aspect::Refusal);
        });
}

void Workspace::takeHelp(int help)
{
    const std::optional<Refusal>& refusal = m_scene.refusal;
    if (!refusal || help < 0 || help >= static_cast<int>(refusal->helps.size()))
        return;
    const std::vector<Step> steps = refusal->helps[help].steps;
    emit helpTaken();
    apply(steps);
}

void Workspace::clearRefusal()
{
    for (const char* topic : {"help", "conflict"})
        m_jobs->cancel(QLatin1String(topic));
    if (std::exchange(m_scene.refusal, std::nullopt))
        changed(Aspect::Refusal);
}

void Workspace::moved()
{
    const Together once(*this);
    clearRefusal();
    changed(Aspect::State);
}

void Workspace::carrySelection(int from) { carrySelection(from, m_session->current()->id); }

void Workspace::carrySelection(int from, int to)
{
    if (!m_scene.place || from == to || m_scene.place->lowered)
        return;
    const auto targets = m_session->forwardBetween(from, to, m_scene.place->cursor);
    if (targets.empty()) {
        emit said(
            tr("%1 has no counterpart in this state").arg(saidText(m_scene.place->cursor)));
        m_scene.place.reset();
    } else {
        m_scene.place->cursor = targets.front();
    }
}

void Workspace::report(std::vector<Problem> entries)
{
    if (!entries.empty())
        emit problems(entries);
}

void Workspace::report(const Error& error, const QString& place) { report({problemOf(error, place)}); }

}  // namespace strata
