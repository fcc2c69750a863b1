#include "app/window/dialogs/ask.h"

#include "app/window/dialogs/dialogs.h"
#include "app/window/dialogs/tune_dialog.h"
#include "app/window/models/step_model.h"

#include <QApplication>

namespace strata {

void askExport(Workspace& workspace, QWidget* window)
{
    if (!workspace.isOpen())
        return;
    ExportDialog dialog(QString::fromStdString(workspace.model().name), window);
    if (dialog.exec() == QDialog::Accepted)
        workspace.runs().exportTo(dialog.options());
}

void askCompare(Workspace& workspace, QWidget* window)
{
    if (!workspace.isOpen())
        return;
    std::vector<std::pair<int, QString>> states;
    Folding all;
    for (const StatePtr& state : workspace.session().all())
        all.unfolded.insert(state->group);
    for (const StepRow& r : stepRows(workspace.session(), workspace.scene()->title, {}, all)) {
        if (!r.refused && !r.group)
            states.emplace_back(
                r.state, QStringLiteral("%1 · %2").arg(r.branch ? QStringLiteral("⎇") : QString::number(r.number),
                                                       plain(r.title)));
    }
    CompareDialog dialog(states, workspace.session().current()->id, workspace.scene()->baseline, window);
    if (dialog.exec() != QDialog::Accepted)
        return;
    workspace.setBaseline(dialog.baseline());
    if (dialog.measures())
        workspace.runs().run(dialog.chosen());
}

void askTuning(Workspace& workspace, QWidget* window)
{
    if (!workspace.isOpen())
        return;
    TuneDialog dialog(workspace.scene()->threads, window);
    std::stop_source enough;
    QObject::connect(&dialog, &TuneDialog::searchAsked, &dialog,
                     [&] { workspace.tune(dialog.seconds(), dialog.threads(), enough.get_token()); });
    QObject::connect(&dialog, &TuneDialog::enoughAsked, &dialog, [&] { enough.request_stop(); });
    QObject::connect(&dialog, &TuneDialog::cancelAsked, &dialog,
                     [&] { workspace.jobs().cancel(QStringLiteral("edit")); });
    QObject::connect(&workspace, &Workspace::tuning, &dialog, &TuneDialog::showFunctions);
    QObject::connect(&workspace, &Workspace::tuned, &dialog, &TuneDialog::end);
    QObject::connect(&workspace.jobs(), &JobRunner::cancelled, &dialog, [&] {
        if (dialog.isSearching() && !workspace.jobs().isRunning(QStringLiteral("edit")))
            dialog.end(TuneDialog::tr("It was cancelled, and nothing was taken."));
    });
    QObject::connect(&workspace.jobs(), &JobRunner::changed, &dialog, [&] {
        for (const JobRunner::Running& job : workspace.jobs().running())
            if (job.topic == QLatin1String("edit"))
                dialog.showProgress(job.what, job.fraction);
    });
    dialog.exec();
}

void askDimensions(Workspace& workspace, const QStringList& names, QWidget* window)
{
    if (QApplication::platformName() == QLatin1String("offscreen") && !window->isActiveWindow())
        return;  // nobody is there to ask
    DimensionsDialog dialog(names, window);
    if (dialog.exec() == QDialog::Accepted)
        workspace.bind(dialog.sizes());
}

QStringList openDimensions(const Workspace& workspace)
{
    QStringList names;
    for (const TypedName& input : workspace.scene()->info->inputs)
        for (const Dim& dim : input.type.tensor.shape)
            for (const std::string& symbol : dim.symbols())
                names << QString::fromStdString(symbol);
    names.removeDuplicates();
    return names;
}

}  // namespace strata
