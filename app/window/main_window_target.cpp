// The menu that says where code runs: the place, the instructions, the threads.
#include "app/window/main_window.h"

#include "app/window/models/said.h"

#include "core/ir/cpu.h"

#include <QActionGroup>
#include <QMenu>
#include <QSettings>
#include <QThread>

namespace strata {

namespace {

QString meaning(const RunTarget& place)
{
    if (place.evaluator)
        return MainWindow::tr("Each operation as its definition says, one after the other: it judges, it is not fast.");
    return place.device.empty()
               ? MainWindow::tr("Machine code on the processor of this machine.")
               : MainWindow::tr("Functions whose loops are bound to its axes run as kernels of the device, the others "
                                "on the processor.");
}

}  // namespace

void MainWindow::makeTargetMenu(QMenu* menu)
{
    m_targetMenu = menu->addMenu(tr("&Target"));
    m_targetMenu->setToolTipsVisible(true);
    m_targetMenu->addSection(tr("Where it runs"));
    makePlaces(m_targetMenu);
    m_targetMenu->addSection(tr("Instructions"));
    makeIsas(m_targetMenu);
    m_targetMenu->addSection(tr("Threads"));
    makeThreads(m_targetMenu);
    m_targetMenu->addSeparator();
    add(m_targetMenu, QStringLiteral("run.everywhere"), tr("Compare threads and &devices"),
        QKeySequence(QStringLiteral("Ctrl+Shift+F5")), [this] { m_workspace->runEverywhere(); })
        ->setToolTip(tr("Times the shown state on each number of threads, and on each device that it is made for."));
}

void MainWindow::addChoice(QActionGroup* group, QAction* action, const QString& meaning)
{
    action->setCheckable(true);
    action->setToolTip(meaning);
    group->addAction(action);
}

void MainWindow::makePlaces(QMenu* menu)
{
    auto* group = new QActionGroup(menu);
    for (const std::string& name : placesToRun())
        if (const Result<ChosenTarget> target = targetByName(name))
            addChoice(group,
                      add(menu, QStringLiteral("run.on.") + QString::fromStdString(name), placeTitle(target->where), {},
                          [this, where = target->where] { m_workspace->setTarget(where); }),
                      meaning(target->where));
}

void MainWindow::makeIsas(QMenu* menu)
{
    auto* group = new QActionGroup(menu);
    addChoice(group,
              add(menu, QStringLiteral("run.isa.native"),
                  tr("This machine's (%1)").arg(QString::fromLatin1(name(machineIsa()))), {},
                  [this] { m_workspace->setIsa(std::nullopt); }),
              tr("Unless the model's text or a step names another."));
    for (const Target::Isa isa : knownIsas())
        addChoice(group,
                  add(menu, QStringLiteral("run.isa.") + QString::fromLatin1(name(isa)),
                      QString::fromLatin1(name(isa)), {}, [this, isa] { m_workspace->setIsa(isa); }),
                  translated(cpuOf(isa).about));
}

void MainWindow::makeThreads(QMenu* menu)
{
    auto* group = new QActionGroup(menu);
    const int most = std::max(1, QThread::idealThreadCount());
    for (int threads = 1; threads <= most; threads = threads * 2 > most && threads != most ? most : threads * 2)
        addChoice(group,
                  add(menu, QStringLiteral("run.threads%1").arg(threads),
                      threads == 1 ? tr("1 thread") : tr("%1 threads").arg(threads), {},
                      [this, threads] { m_workspace->setThreads(threads); }),
                  tr("Of a run; steps decide what they share."));
}

void MainWindow::showTarget(const Scene& scene)
{
    m_target->setText(runtimeNote(scene) + QStringLiteral(" ▾"));
    const QString isa = scene.isa ? QString::fromLatin1(name(*scene.isa)) : QStringLiteral("native");
    for (const QString& id : {QStringLiteral("run.on.") + QString::fromStdString(nameOf(scene.target)),
                              QStringLiteral("run.isa.") + isa, QStringLiteral("run.threads%1").arg(scene.threads)})
        if (QAction* chosen = m_actions.value(id))
            chosen->setChecked(true);
    m_actions[QStringLiteral("run.everywhere")]->setEnabled(scene.isOpen());
}

void MainWindow::chooseTarget(const ChosenTarget& target)
{
    m_workspace->setTarget(target.where);
    m_workspace->setIsa(target.isa);
}

void MainWindow::saveTarget(QSettings& settings) const
{
    const Scene& scene = *m_workspace->scene();
    settings.setValue(QStringLiteral("session/target"), QString::fromStdString(nameOf(scene.target)));
    settings.setValue(QStringLiteral("session/isa"),
                      scene.isa ? QString::fromLatin1(name(*scene.isa)) : QString());
}

// What this build does not have any more is as it would be without settings.
void MainWindow::restoreTarget(const QSettings& settings)
{
    const QString place = settings.value(QStringLiteral("session/target")).toString(),
                  isa = settings.value(QStringLiteral("session/isa")).toString();
    const Result<ChosenTarget> target = targetByName(place.toStdString());
    chooseTarget({target ? target->where : RunTarget::Cpu, isaByName(isa.toStdString())});
}

}  // namespace strata
