#include "app/window/scene/scene.h"

#include "core/analysis/sites.h"
#include "core/index/sizes.h"

#include <QCoreApplication>

namespace strata {

QString runtimeNote(const Scene& scene)
{
    const auto tr = [](const char* text) { return QCoreApplication::translate("strata::Scene", text); };
    const QString threads = scene.threads == 1 ? tr("1 thread") : tr("%1 threads").arg(scene.threads);
    const QString note = tr("CPU · %1").arg(threads);
    if (!scene.isOpen())
        return note;
    const Module& module = *scene.state()->module;
    const QString isa = note + QStringLiteral(" · ") + QString::fromLatin1(name(module.target.isa));
    const FunctionPtr entry = module.entryFunction();
    const bool draws = entry && hasSizes(*entry) && scene.given.empty();  // else the person knows what is given
    return draws ? isa + tr(" · any size") + QString::fromStdString(sizesText(drawnSizes(*entry))) : isa;
}

}  // namespace strata
