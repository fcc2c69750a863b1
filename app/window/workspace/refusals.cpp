#include "app/window/workspace/refusals.h"

#include "app/window/jobs/conflict.h"
#include "app/window/models/said.h"

namespace strata {

Refusals::Refusals(Desk& desk)
    : m_desk(desk)
{
}

void Refusals::set(const Status& status, const QString& line, const std::shared_ptr<const Session>& where)
{
    if (status)
        return clear();
    m_desk.scene.refusal = refusalOf(status.error(), line);
    m_desk.changed(Aspect::Refusal);
    for (const char* topic : {"help", "conflict"})
        m_desk.jobs->cancel(QLatin1String(topic));
    if (!where)
        return;
    draw(status.error(), line, *where);
    seekHelp(status.error(), line, *where);
}

void Refusals::draw(const Error& error, const QString& line, const Session& where)
{
    const auto step = parseStep(line.toStdString(), *m_desk.registry);
    if (!step || !error.conflict)
        return;
    m_desk.jobs->start(
        QStringLiteral("conflict"), tr("Drawing the refusal"),
        [request = ConflictRequest{where.current()->module, *step, *error.conflict, m_desk.registry, m_desk.context}](
            const JobSink& sink) { return drawConflict(request, sink); },
        [this, line](std::shared_ptr<const ConflictPicture> picture) {
            if (!m_desk.scene.refusal || m_desk.scene.refusal->step != line || !picture)
                return;
            m_desk.scene.refusal->picture = std::move(picture);
            m_desk.changed(Aspect::Refusal);
        });
}

// The refusal is shown meanwhile; what would help comes to stand below it. Steps that the preview needs come before.
void Refusals::seekHelp(const Error& error, const QString& line, const Session& where)
{
    const auto step = parseStep(line.toStdString(), *m_desk.registry);
    if (!step || error.kind != ErrorKind::Refused)
        return;
    std::vector<Step> before;
    for (StatePtr at = where.current(); at && at->id >= static_cast<int>(m_desk.session->all().size());
         at = where.state(at->parent))
        before.insert(before.begin(), at->step);
    m_desk.jobs->start(
        QStringLiteral("help"), tr("Looking for what would help"),
        [module = where.current()->module, error, step = *step, registry = m_desk.registry,
         context = m_desk.context](const JobSink& sink) {
            TransformContext seeking = context;
            seeking.stop = sink.stop;
            return helpFor(*module, step, error, *registry, seeking);
        },
        [this, line, before](std::vector<Help> helps) {
            std::optional<Refusal>& refusal = m_desk.scene.refusal;
            if (!refusal || refusal->step != line)
                return;
            refusal->helpTexts.clear();
            for (Help& help : helps) {
                refusal->helpTexts << QString::fromStdString(sentence(help, *m_desk.registry));
                help.steps.insert(help.steps.begin(), before.begin(), before.end());
            }
            refusal->helps = std::move(helps);
            if (!refusal->helps.empty())
                m_desk.changed(Aspect::Refusal);
        });
}

void Refusals::takeHelp(int help)
{
    const std::optional<Refusal>& refusal = m_desk.scene.refusal;
    if (!refusal || help < 0 || help >= static_cast<int>(refusal->helps.size()))
        return;
    const std::vector<Step> steps = refusal->helps[help].steps;
    emit helpTaken(steps);
}

void Refusals::clear()
{
    for (const char* topic : {"help", "conflict"})
        m_desk.jobs->cancel(QLatin1String(topic));
    if (std::exchange(m_desk.scene.refusal, std::nullopt))
        m_desk.changed(Aspect::Refusal);
}

}  // namespace strata
