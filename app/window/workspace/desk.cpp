#include "app/window/workspace/desk.h"

#include "app/window/models/said.h"

namespace strata {

Problem problemOf(const Error& error, const QString& place)
{
    const auto kind = error.kind == ErrorKind::Refused       ? Problem::Kind::Refused
                      : error.kind == ErrorKind::Environment ? Problem::Kind::Environment
                                                             : Problem::Kind::Bug;
    return {kind, saidText(error), place, error.nodes};
}

Desk::Desk()
    : toolchain(std::make_shared<Toolchain>())
    , registry(makeRegistry())
    , context(makeContext(*toolchain))
    , jobs(std::make_unique<JobRunner>())
{
    scene.info = std::make_shared<const ModelInfo>();
    scene.pictures = std::make_shared<const std::vector<SamplePicture>>();
}

StatePtr Desk::compared() const
{
    if (scene.baseline >= 0 && scene.baseline < static_cast<int>(session->all().size()))
        return session->state(scene.baseline);
    const int parent = session->current()->parent;
    return parent < 0 ? nullptr : session->state(parent);
}

bool Desk::panesAreComing() const
{
    for (const char* topic : {"show", "graph", "hardware", "palette"})
        if (jobs->isRunning(QLatin1String(topic)))
            return true;
    return false;
}

void Desk::changed(Aspects what)
{
    const Together once(*this);
    m_changed |= what;
}

void Desk::report(std::vector<Problem> entries)
{
    if (!entries.empty())
        emit problems(entries);
}

void Desk::report(const Error& error, const QString& place) { report({problemOf(error, place)}); }

}  // namespace strata
