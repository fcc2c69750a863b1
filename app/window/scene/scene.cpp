#include "app/window/scene/scene.h"

#include "backends/devices.h"
#include "core/analysis/sites.h"
#include "core/index/sizes.h"

#include <QCoreApplication>

namespace strata {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("strata::Scene", text); }

}  // namespace

QString placeTitle(const RunTarget& target)
{
    if (target.evaluator)
        return tr("Evaluator");
    const DeviceBackend* const device = deviceByName(target.device);
    return device ? QString::fromStdString(device->title) : tr("CPU");
}

Circumstances circumstancesOf(const Scene& scene) { return {scene.threads, nameOf(scene.target), machineName()}; }

QString runtimeNote(const Scene& scene)
{
    if (scene.target.evaluator)
        return placeTitle(scene.target);
    const QString threads = scene.threads == 1 ? tr("1 thread") : tr("%1 threads").arg(scene.threads);
    const QString note = placeTitle(scene.target) + QStringLiteral(" · ") + threads;
    if (!scene.isOpen())
        return note;
    const Module& module = *scene.state()->module;
    const QString isa = note + QStringLiteral(" · ") + QString::fromLatin1(name(module.target.isa));
    const FunctionPtr entry = module.entryFunction();
    const bool draws = entry && hasSizes(*entry) && scene.given.empty();  // else the person knows what is given
    return draws ? isa + tr(" · any size") + QString::fromStdString(sizesText(drawnSizes(*entry))) : isa;
}

}  // namespace strata
