#include "app/window/commands/target_menu.h"

#include "app/window/models/said.h"

#include "core/ir/cpu.h"

#include <QActionGroup>
#include <QMainWindow>
#include <QMenu>
#include <QSettings>
#include <QThread>
#include <QToolButton>

namespace strata {

namespace {

QString meaning(const RunTarget& place)
{
    if (place.evaluator)
        return TargetMenu::tr("Each operation as its definition says, one after the other: it judges, it is not fast.");
    return place.device.empty()
               ? TargetMenu::tr("Machine code on the processor of this machine.")
               : TargetMenu::tr("Functions whose loops are bound to its axes run as kernels of the device, the others "
                                "on the processor.");
}

void addChoice(QActionGroup* group, QAction* action, const QString& meaning)
{
    action->setCheckable(true);
    action->setToolTip(meaning);
    group->addAction(action);
}

}  // namespace

TargetMenu::TargetMenu(const Frame& frame)
    : CommandGroup(frame)
    , m_button(new QToolButton(&frame.window))
{
    m_button->setPopupMode(QToolButton::InstantPopup);
    m_button->setAccessibleName(tr("Target"));
    m_button->setToolTip(tr("Where the code runs, for which instructions, and with how many threads"));
}

void TargetMenu::fill(QMenu* around)
{
    QMenu* menu = around->addMenu(tr("&Target"));
    menu->setToolTipsVisible(true);
    menu->addSection(tr("Where it runs"));
    addPlaces(menu);
    menu->addSection(tr("Instructions"));
    addIsas(menu);
    menu->addSection(tr("Threads"));
    addThreads(menu);
    menu->addSeparator();
    add(menu, QStringLiteral("run.everywhere"), tr("Compare threads and &devices"),
        QKeySequence(QStringLiteral("Ctrl+Shift+F5")), [this] { m_workspace.runs().runEverywhere(); })
        ->setToolTip(tr("Times the shown state on each number of threads, and on each device that it is made for."));
    m_button->setMenu(menu);
}

void TargetMenu::addPlaces(QMenu* menu)
{
    auto* group = new QActionGroup(menu);
    for (const std::string& name : placesToRun())
        if (const Result<ChosenTarget> target = targetByName(name))
            addChoice(group,
                      add(menu, QStringLiteral("run.on.") + QString::fromStdString(name), placeTitle(target->where), {},
                          [this, where = target->where] { m_workspace.runs().setTarget(where); }),
                      meaning(target->where));
}

void TargetMenu::addIsas(QMenu* menu)
{
    auto* group = new QActionGroup(menu);
    addChoice(group,
              add(menu, QStringLiteral("run.isa.native"),
                  tr("This machine's (%1)").arg(QString::fromLatin1(name(machineIsa()))), {},
                  [this] { m_workspace.setIsa(std::nullopt); }),
              tr("Unless the model's text or a step names another."));
    for (const Target::Isa isa : knownIsas())
        addChoice(group,
                  add(menu, QStringLiteral("run.isa.") + QString::fromLatin1(name(isa)), QString::fromLatin1(name(isa)),
                      {}, [this, isa] { m_workspace.setIsa(isa); }),
                  translated(cpuOf(isa).about));
}

void TargetMenu::addThreads(QMenu* menu)
{
    auto* group = new QActionGroup(menu);
    const int most = std::max(1, QThread::idealThreadCount());
    for (int threads = 1; threads <= most; threads = threads * 2 > most && threads != most ? most : threads * 2)
        addChoice(group,
                  add(menu, QStringLiteral("run.threads%1").arg(threads),
                      threads == 1 ? tr("1 thread") : tr("%1 threads").arg(threads), {},
                      [this, threads] { m_workspace.runs().setThreads(threads); }),
                  tr("Of a run; steps decide what they share."));
}

void TargetMenu::show(const Scene& scene, Aspects)
{
    m_button->setText(runtimeNote(scene) + QStringLiteral(" ▾"));
    const QString isa = scene.isa ? QString::fromLatin1(name(*scene.isa)) : QStringLiteral("native");
    for (const QString& id : {QStringLiteral("run.on.") + QString::fromStdString(nameOf(scene.target)),
                              QStringLiteral("run.isa.") + isa, QStringLiteral("run.threads%1").arg(scene.threads)})
        if (QAction* chosen = action(id))
            chosen->setChecked(true);
    enable({"run.everywhere"}, scene.isOpen());
}

void TargetMenu::choose(const ChosenTarget& target)
{
    m_workspace.runs().setTarget(target.where);
    m_workspace.setIsa(target.isa);
}

void TargetMenu::save(QSettings& settings) const
{
    const Scene& scene = *m_workspace.scene();
    settings.setValue(QStringLiteral("session/target"), QString::fromStdString(nameOf(scene.target)));
    settings.setValue(QStringLiteral("session/isa"), scene.isa ? QString::fromLatin1(name(*scene.isa)) : QString());
}

// What this build does not have any more is as it would be without settings.
void TargetMenu::restore(const QSettings& settings)
{
    const QString place = settings.value(QStringLiteral("session/target")).toString(),
                  isa = settings.value(QStringLiteral("session/isa")).toString();
    const Result<ChosenTarget> target = targetByName(place.toStdString());
    choose({target ? target->where : RunTarget::Cpu, isaByName(isa.toStdString())});
}

}  // namespace strata
