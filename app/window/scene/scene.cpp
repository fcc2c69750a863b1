#include "app/window/scene/scene.h"

#include <QCoreApplication>

namespace strata {

QString runtimeNote(const Scene& scene)
{
    const auto tr = [](const char* text) { return QCoreApplication::translate("strata::Scene", text); };
    const QString threads = scene.threads == 1 ? tr("1 thread") : tr("%1 threads").arg(scene.threads);
    const QString note = tr("CPU · %1").arg(threads);
    return scene.isOpen() ? note + QStringLiteral(" · ") + QString::fromLatin1(name(scene.state()->module->target.isa))
                          : note;
}

}  // namespace strata
