// The part of the workspace that keeps what is shown in step with the session.
#include "app/window/workspace/workspace.h"

namespace strata {

void Workspace::refresh()
{
    refreshShown();
    refreshGraph();
    emit timesChanged();
    emit verdictChanged();
}

void Workspace::refreshShown()
{
    if (!isOpen())
        return;
    const ShowRequest request{std::make_shared<const Session>(*m_session), m_session->current(), compared(),
                              m_function};
    m_jobs->cancel(QStringLiteral("hardware"));
    m_jobs->start(
        QStringLiteral("show"), tr("Lowering"),
        [toolchain = m_toolchain, request](const JobSink& sink) {
            return std::make_shared<const Shown>(show(*toolchain, request, sink));
        },
        [this](ShownPtr shown) {
            m_shown = std::move(shown);
            if (m_place && m_place->lowered
                && !(m_shown->lowered && exists(m_shown->lowered->module(), m_place->cursor)))
                m_place.reset();
            emit shownChanged();
            setLit();
            refreshHardware();
            refreshPalette();
            refreshInspector();
        });
}

void Workspace::refreshHardware()
{
    m_hardwareError.reset();
    if (!m_shown || !m_shown->lowered || m_shown->function.empty()) {
        m_hardware.reset();
        emit hardwareChanged();
        return;
    }
    m_jobs->start(
        QStringLiteral("hardware"), tr("Compiling %1").arg(QString::fromStdString(m_shown->function)),
        [toolchain = m_toolchain, shown = m_shown](const JobSink& sink) {
            return showHardware(*toolchain, *shown, sink);
        },
        [this](Result<HardwareShown> hardware) {
            if (hardware) {
                m_hardware = std::make_shared<const HardwareShown>(std::move(*hardware));
            } else {
                m_hardware.reset();
                m_hardwareError = hardware.error();
                report(hardware.error(), QString::fromStdString(m_shown->function));
            }
            emit hardwareChanged();
            refreshVerdict();
        });
}

void Workspace::refreshGraph()
{
    if (!isOpen())
        return;
    const StatePtr current = m_session->current(), before = compared();
    GraphRequest request{
        current, before, std::make_shared<const Session>(*m_session), {m_graphFunction, m_openGroups}, {}};
    request.step = current->id == 0 ? QString()
                   : m_baseline >= 0
                       ? tr("against step %1").arg(m_session->path(m_baseline).size() - 1)
                       : tr("step %1 · %2").arg(m_session->path().size() - 1).arg(shortId(current->step.transform));
    m_jobs->start(
        QStringLiteral("graph"), tr("Drawing the graph"),
        [layout = m_layout, request](const JobSink& sink) {
            return std::make_shared<const GraphPicture>(drawGraph(*layout, request, sink));
        },
        [this](GraphPicturePtr picture) {
            m_graph = std::move(picture);
            emit graphChanged();
        });
}

void Workspace::refreshPalette()
{
    if (!isOpen())
        return;
    struct Offer {
        std::vector<PaletteEntry> entries;
        Prepared prepared;
    };
    const LoweredStatePtr lowered = m_shown ? m_shown->lowered : nullptr;
    m_jobs->start(
        QStringLiteral("palette"), tr("Looking for transforms"),
        [this, state = m_session->current(), place = m_place, lowered, registry = m_registry, context = m_context,
         toolchain = m_toolchain](const JobSink& sink) {
            Offer offer;
            offer.prepared = prepare(state, place, lowered.get(), *registry, context);
            const auto found = [&](const std::vector<PaletteEntry>& entries) {
                QMetaObject::invokeMethod(this, [this, stop = sink.stop, prepared = offer.prepared, entries] {
                    if (!stop.stop_requested())
                        offerTransforms(prepared, entries);
                });
            };
            offer.entries = checkTransforms(
                {offer.prepared.module, offer.prepared.steps, offer.prepared.selection, registry, context}, sink.stop,
                found);
            return offer;
        },
        [this](const Offer& offer) { offerTransforms(offer.prepared, offer.entries); });
}

void Workspace::offerTransforms(const Prepared& prepared, const std::vector<PaletteEntry>& entries)
{
    m_prepared = prepared.steps;
    QString subject = prepared.selection ? QString::fromStdString(toString(*prepared.selection)) : QString();
    if (!m_prepared.empty())
        subject += tr(" (lowered first)");
    emit paletteChanged(entries, subject);
}

void Workspace::refreshInspector()
{
    if (!isOpen())
        return;
    if (!m_place) {
        emit inspectorChanged({});
        return;
    }
    const LoweredStatePtr lowered = m_shown ? m_shown->lowered : nullptr;
    m_jobs->start(
        QStringLiteral("inspect"), tr("Inspecting"),
        [state = m_session->current(), place = *m_place, lowered](const JobSink&) {
            return inspect(*state, lowered.get(), place);
        },
        [this](const Inspection& inspection) { emit inspectorChanged(inspection); });
}

void Workspace::setLit()
{
    const LoweredState* lowered = m_shown ? m_shown->lowered.get() : nullptr;
    m_lit = m_place ? counterparts(*m_place, *m_session->current()->module, lowered) : Lit{};
    emit litChanged();
}

// A node of the compared state is looked up in the shown one; where it is gone, that is said.
void Workspace::point(const Place& given, bool gone)
{
    if (!isOpen())
        return;
    Place place = given;
    const StatePtr before = compared();
    if (gone && before) {
        if (place.lowered && m_shown && m_shown->lowered && !exists(m_shown->lowered->module(), place.cursor)) {
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
    if (m_place == place)
        return;
    m_place = place;
    setLit();
    if (m_shown && m_shown->lowered) {
        const std::string function = m_lit.function(m_shown->lowered->module());
        if (!function.empty() && function != m_shown->function) {
            m_function = function;
            return refreshShown();
        }
    }
    refreshPalette();
    refreshInspector();
}

void Workspace::clearSelection()
{
    if (!m_place)
        return;
    m_place.reset();
    setLit();
    refreshPalette();
    refreshInspector();
}

void Workspace::setFunction(const std::string& function)
{
    m_function = function;
    m_place = Place{functionCursor(function), true};
    refreshShown();
}

void Workspace::setGraphFunction(const std::string& function)
{
    m_graphFunction = function;
    refreshGraph();
}

void Workspace::toggleGroup(const std::string& group)
{
    if (!m_openGroups.erase(group))
        m_openGroups.insert(group);
    refreshGraph();
}

}  // namespace strata
