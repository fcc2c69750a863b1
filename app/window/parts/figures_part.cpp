#include "app/window/parts/figures_part.h"

#include "app/window/models/memory_model.h"
#include "app/window/models/roofline.h"
#include "app/window/views/memory_view.h"
#include "app/window/views/picture_view.h"
#include "app/window/views/roofline_view.h"
#include "app/window/views/timings_view.h"

namespace strata {

// --- times
// -------------------------------------------------------------------------------------------------------------------------------

TimingsPart::TimingsPart(Workspace& workspace)
    : Part(tr("Timings"), Aspect::Times, workspace)
    , m_view(new TimingsView)
{
    connect(m_view, &TimingsView::stateChosen, &workspace, &Workspace::select);
}

QWidget* TimingsPart::widget() const { return m_view; }

void TimingsPart::show(const Scene& scene, Aspects)
{
    if (!scene.isOpen())
        return m_view->setBars(
            {}, {}, tr("Bars of measured states. Run (F5) times this state against the one before, in turn."));
    const QString machine = qtext(machineName());
    const QString where = runtimeNote(scene) + QStringLiteral(" · ") + machine;
    std::vector<TimingBar> bars = timingBars(
        *scene.session, {*scene.times, circumstancesOf(scene), scene.elsewhere, *scene.history}, scene.title, machine);
    const bool repeated = std::any_of(bars.begin(), bars.end(), [](const TimingBar& b) { return !b.earlier.empty(); });
    const QString note =
        bars.empty() ? QString()
        : repeated   ? tr("median ± what holds it with 95 %; line: 8 of 10 runs; ◇ earlier runs · %1").arg(where)
                     : tr("median ± what holds it with 95 %; line: 8 of 10 runs · %1").arg(where);
    m_view->setBars(
        std::move(bars), note,
        tr("Run (F5) times this state against the one before and the untouched model, in turn, on %1.").arg(where));
}

// --- roofline
// ----------------------------------------------------------------------------------------------------------------------------

RooflinePart::RooflinePart(Workspace& workspace)
    : Part(tr("Roofline"), Aspects(Aspect::Model) | Aspect::Levels | Aspect::Times, workspace)
    , m_view(new RooflineView)
{
}

QWidget* RooflinePart::widget() const { return m_view; }

void RooflinePart::show(const Scene& scene, Aspects changed)
{
    if (changed & Aspect::Model && scene.pictures->empty())
        emit raised();  // its neighbour has nothing to show
    const ShownPtr& shown = scene.shown;
    if (!shown || !shown->lowered)
        return;
    std::vector<std::pair<QString, double>> calls;
    for (const auto& [name, ms] : scene.callTimes)
        calls.emplace_back(qtext(name), ms);
    m_view->setScene({scene.machine, rooflinePoints(*shown->lowered, calls), qtext(shown->function)});
}

// --- memory
// ------------------------------------------------------------------------------------------------------------------------------

MemoryPart::MemoryPart(Workspace& workspace)
    : Part(tr("Memory"), Aspect::Levels, workspace)
    , m_view(new MemoryView)
{
    connect(m_view, &MemoryView::bufferChosen, this, &MemoryPart::bufferChosen);
}

QWidget* MemoryPart::widget() const { return m_view; }

void MemoryPart::show(const Scene& scene, Aspects)
{
    const ShownPtr& shown = scene.shown;
    if (!shown || !shown->lowered)
        return;
    const FunctionPtr entry = shown->lowered->module().entryFunction();
    m_view->setPicture(entry ? memoryPicture(*entry) : MemoryPicture{});
}

// --- picture
// -----------------------------------------------------------------------------------------------------------------------------

PicturePart::PicturePart(Workspace& workspace)
    : Part(tr("Picture"), Aspects(Aspect::Model) | Aspect::Prediction, workspace)
    , m_view(new PictureView)
{
    connect(m_view, &PictureView::asked, &workspace.runs(), &Runs::predictPicture);
}

QWidget* PicturePart::widget() const { return m_view; }

void PicturePart::show(const Scene& scene, Aspects changed)
{
    if (changed & Aspect::Model) {
        std::vector<QImage> images;
        for (const SamplePicture& picture : *scene.pictures)
            images.push_back(picture.image);
        m_view->setPictures(std::move(images));
        predict();
    }
    if (changed & Aspect::Prediction && scene.prediction) {
        const auto& [sample, values] = *scene.prediction;
        m_view->setValues(sample, values, (*scene.pictures)[static_cast<std::size_t>(sample)].expected);
    }
}

void PicturePart::predict() { workspace().runs().predictPicture(m_view->sample()); }

}  // namespace strata
