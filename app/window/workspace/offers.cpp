#include "app/window/workspace/offers.h"

#include "app/window/jobs/trials.h"
#include "app/window/models/said.h"

namespace strata {

Offers::Offers(Desk& desk, Refusals& refusals, Measurements& measurements)
    : m_desk(desk)
    , m_refusals(refusals)
    , m_measurements(measurements)
{
}

Aspects Offers::outdated(Aspects changed)
{
    Aspects gone;
    const Aspects other = Aspects(Aspect::Model) | Aspect::State | Aspect::Function | Aspect::Place;
    if (changed & (other | Aspect::Levels)) {
        m_desk.jobs->cancel(QStringLiteral("preview"));
        if (std::exchange(m_desk.scene.ghost, nullptr))
            gone |= Aspect::Ghost;
    }
    if (changed & other) {
        m_desk.jobs->cancel(QStringLiteral("try"));
        if (m_desk.scene.tried.trying
            || !m_desk.scene.tried.byId.empty())  // a palette that is sorted again loses its place
            gone |= Aspect::Gains;
        m_desk.scene.tried = {};
    }
    return gone;
}

namespace {

QString subjectOf(const Prepared& prepared)
{
    const QString subject = prepared.selection ? saidText(*prepared.selection) : QString();
    return prepared.steps.empty() ? subject : subject + Offers::tr(" (lowered first)");
}

}  // namespace

// What fits by its form is offered at once.
void Offers::refreshPalette()
{
    m_desk.jobs->cancel(QStringLiteral("plans"));
    const LoweredStatePtr lowered = m_desk.scene.shown ? m_desk.scene.shown->lowered : nullptr;
    m_desk.jobs->start(
        QStringLiteral("palette"), tr("Looking for transforms"),
        [state = m_desk.session->current(), place = m_desk.scene.place, lowered, registry = m_desk.registry,
         context = m_desk.context, toolchain = m_desk.toolchain](const JobSink&) {
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
            m_desk.scene.offer = std::make_shared<const Offer>(std::move(offer));
            m_desk.changed(Aspects(Aspect::Palette) | Aspect::Fitting);
        });
}

// What of the palette is legal.
void Offers::refreshPlans()
{
    if (m_desk.panesAreComing())
        return;
    const std::shared_ptr<const Offer> offer = m_desk.scene.offer;
    const auto planned = [](const PaletteEntry& entry) { return entry.planned; };
    if (!offer || offer->state != m_desk.session->current()
        || std::all_of(offer->entries.begin(), offer->entries.end(), planned))
        return;
    const auto tell = [this, offer](const std::vector<PaletteEntry>& entries) {
        Offer told = *offer;
        told.entries = entries;
        m_desk.scene.offer = std::make_shared<const Offer>(std::move(told));
        m_desk.changed(Aspect::Palette);
    };
    m_desk.jobs->start(
        QStringLiteral("plans"), tr("Planning transforms"),
        [this, offer, tell, registry = m_desk.registry, context = m_desk.context,
         toolchain = m_desk.toolchain](const JobSink& sink) {
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

std::function<std::vector<Step>()> Offers::prelude() const
{
    const StatePtr state = m_desk.session->current();
    const std::shared_ptr<const Offer>& offer = m_desk.scene.offer;
    if (offer && offer->state == state && offer->place == m_desk.scene.place)
        return [steps = offer->prelude] { return steps; };
    const LoweredStatePtr lowered = m_desk.scene.shown && m_desk.scene.shown->after == state
                                        ? m_desk.scene.shown->lowered
                                        : nullptr;
    return [state, place = m_desk.scene.place, lowered, registry = m_desk.registry, context = m_desk.context,
            toolchain = m_desk.toolchain] { return prepare(state, place, lowered.get(), *registry, context).steps; };
}

void Offers::preview(const QString& line)
{
    const auto step = parseStep(line.toStdString(), *m_desk.registry);
    if (!m_desk.isOpen() || !step || !m_desk.scene.shown)
        return;
    m_desk.jobs->start(
        QStringLiteral("preview"), tr("Previewing"),
        [toolchain = m_desk.toolchain, request = GhostRequest{std::make_shared<Session>(*m_desk.session), prelude(),
                                                              *step, m_desk.scene.shown->function, m_desk.scene.form,
                                                              m_desk.scene.machine}](const JobSink& sink) {
            return makeGhost(*toolchain, request, sink);
        },
        [this](GhostPtr ghost) {
            if (!ghost->shown)
                return m_desk.say(saidText(*ghost->refusal));
            m_desk.scene.ghost = std::move(ghost);
            m_desk.changed(Aspect::Ghost);
        });
}

void Offers::endPreview()
{
    m_desk.jobs->cancel(QStringLiteral("preview"));
    if (std::exchange(m_desk.scene.ghost, nullptr))
        m_desk.changed(Aspect::Ghost);
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

void Offers::tryPromising()
{
    if (m_desk.jobs->isRunning(QStringLiteral("try")))
        return m_desk.jobs->cancel(QStringLiteral("try"));
    const std::shared_ptr<const Offer>& offer = m_desk.scene.offer;
    if (!m_desk.isOpen() || !offer || offer->state != m_desk.session->current() || !m_desk.scene.shown)
        return;
    TrialRequest request{m_desk.scene.session, [first = offer->prelude] { return first; }, stepsToTry(*offer),
                         offer->selection ? offer->selection->function : m_desk.scene.shown->function,
                         m_desk.scene.machine};
    request.threads = m_desk.scene.threads;
    if (request.steps.empty())
        return m_desk.say(tr("Nothing that applies changes loops; select a loop or a block."));
    m_desk.scene.tried.trying = true;
    m_desk.changed(Aspect::Gains);
    const auto show = [this, steps = request.steps](const Trials& trials, bool trying) {
        m_desk.scene.tried = {gainsOf(steps, trials), trying};
        m_desk.changed(Aspect::Gains);
    };
    m_desk.jobs->start(
        QStringLiteral("try"), tr("Trying the most promising steps"),
        [this, toolchain = m_desk.toolchain, request, show](const JobSink& sink) {
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
                const Desk::Together once(m_desk);
                m_measurements.keepLimits(trials->machine);
                m_desk.changed(Aspect::Times);
                show(*trials, false);
                return m_desk.say(tr("%1 steps were measured, in turn with %2 as it is; the best stands on top.")
                                      .arg(trials->measured)
                                      .arg(QString::fromStdString(m_desk.scene.shown->function)));
            }
            m_desk.scene.tried.trying = false;
            m_desk.changed(Aspect::Gains);
            m_desk.report(trials.error(), tr("Try the most promising"));
            m_desk.say(saidText(trials.error()));
        });
}

void Offers::stopTrying()
{
    if (std::exchange(m_desk.scene.tried.trying, false))
        m_desk.changed(Aspect::Gains);
}

// --- checking
// ----------------------------------------------------------------------------------------------------------------------

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
    return {line, status.ok(), status.ok() ? Offers::tr("applies") : saidText(status.error())};
}

}  // namespace

void Offers::checkTyped(const QString& line)
{
    const auto parsed = parseStep(line.toStdString(), *m_desk.registry);
    if (!m_desk.isOpen() || !parsed)
        return;
    m_desk.jobs->start(
        QStringLiteral("check"), tr("Checking"),
        [copy = std::make_shared<Session>(*m_desk.session), toolchain = m_desk.toolchain, step = *parsed,
         first = prelude()](const JobSink&) { return applies(*copy, first(), step); },
        [this, line](const Status& status) {
            m_desk.scene.checked = checkedLine(line, status);
            m_desk.changed(Aspect::Check);
        });
}

void Offers::checkLine(const QString& line, int changed)
{
    const StatePtr old = m_desk.isOpen() ? m_desk.session->state(changed) : nullptr;
    if (!m_desk.isOpen() || (changed >= 0 && (!old || old->parent < 0)))
        return;
    const auto parsed = parseStep(line.toStdString(), *m_desk.registry);
    if (!parsed) {
        m_desk.jobs->cancel(QStringLiteral("check"));
        const Desk::Together once(m_desk);
        m_refusals.clear();
        m_desk.scene.checked = Checked{line, false, saidText(parsed.error())};
        return m_desk.changed(Aspect::Check);
    }
    auto copy = std::make_shared<Session>(*m_desk.session);
    if (old)
        copy->select(old->parent);
    m_desk.jobs->start(
        QStringLiteral("check"), tr("Checking"),
        [copy, toolchain = m_desk.toolchain, step = *parsed,
         first = old ? [] { return std::vector<Step>(); } : prelude()](const JobSink&) {
            return applies(*copy, first(), step);
        },
        [this, line, copy, changed](const Status& status) {
            const Desk::Together once(m_desk);
            m_refusals.set(status, line, changed < 0 ? copy : nullptr);
            m_desk.scene.checked = checkedLine(line, status);
            m_desk.changed(Aspect::Check);
        });
}

}  // namespace strata
