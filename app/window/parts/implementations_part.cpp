#include "app/window/parts/table_part.h"

#include "app/workbench/implementations.h"
#include "core/ir/implementations.h"

namespace strata {

namespace {

// Chosen for all machines, for some, or not.
QString mark(const ImplementationRow& row)
{
    return row.runs.empty()             ? QStringLiteral("○")
           : row.runs.starts_with("if") ? QStringLiteral("◐")
                                        : QStringLiteral("●");
}

// The largest error and what would be allowed there; "" where nothing was judged.
QString errorText(const FunctionVerdict* verdict)
{
    using Outcome = FunctionVerdict::Outcome;
    if (!verdict)
        return {};
    switch (verdict->outcome) {
    case Outcome::Exact: return QStringLiteral("0");
    case Outcome::Unjudged: return ImplementationsPart::tr("unjudged");
    default: break;
    }
    const QString both = QStringLiteral("%1 of %2").arg(verdict->error, 0, 'g', 2).arg(verdict->bound, 0, 'g', 2);
    return verdict->outcome == Outcome::Wrong ? ImplementationsPart::tr("WRONG, %1").arg(both) : both;
}

QString speedText(const FunctionVerdict* verdict)
{
    return verdict && verdict->speed ? QStringLiteral("%1×").arg(verdict->speed->value, 0, 'f', 2) : QString();
}

// What was found, in full.
QString detail(const FunctionVerdict& verdict)
{
    QStringList lines{
        ImplementationsPart::tr("%1 against %2: %3")
            .arg(qtext(verdict.function), qtext(verdict.against), QString::fromLatin1(name(verdict.outcome))),
        ImplementationsPart::tr("%1 of %2 calls, %3 elements")
            .arg(verdict.seen)
            .arg(verdict.calls)
            .arg(verdict.elements)};
    if (!verdict.place.empty())
        lines << ImplementationsPart::tr("worst at %1").arg(qtext(verdict.place));
    if (!verdict.reason.empty())
        lines << qtext(verdict.reason);
    if (verdict.speed)
        lines << ImplementationsPart::tr("%1 times as fast, %2 to %3, measured in turn")
                     .arg(verdict.speed->value, 0, 'f', 2)
                     .arg(verdict.speed->low, 0, 'f', 2)
                     .arg(verdict.speed->high, 0, 'f', 2);
    return lines.join(QLatin1Char('\n'));
}

TableRow tableRow(const ImplementationRow& row, const FunctionVerdict* verdict)
{
    const QString memory = row.memory ? formatBytes(double(*row.memory)) : QStringLiteral("—");
    const QString runs = row.runs.empty() ? ImplementationsPart::tr("never") : qtext(row.runs);
    QString hint = ImplementationsPart::tr("Click the circle to run %1 in the place of %2; Edit > Undo takes it back.")
                       .arg(qtext(row.name), qtext(row.definition));
    if (verdict)
        hint = detail(*verdict) + QLatin1Char('\n') + hint;
    return {{mark(row), qtext(row.name), runs, speedText(verdict), errorText(verdict), qtext(row.claim),
             qtext(row.needs), memory},
            hint,
            QStringList{qtext(row.definition), qtext(row.name)}};
}

// A function that was scheduled in place.
TableRow tableRow(const FunctionPtr& function, const FunctionVerdict& verdict)
{
    return {{QString(),
             qtext(function->name),
             ImplementationsPart::tr("in place"),
             speedText(&verdict),
             errorText(&verdict),
             QString::fromLatin1(name(verdict.claim)),
             {},
             {}},
            detail(verdict),
            QStringList{qtext(function->name), qtext(function->name)}};
}

}  // namespace

ImplementationsPart::ImplementationsPart(Workspace& workspace)
    : TablePart(tr("Implementations"),
                {QString(), tr("Implementation"), tr("Runs"), tr("Speed"), tr("Error"), tr("Claim"), tr("Needs"),
                 tr("Temporaries")},
                {3, 4, 7}, Aspects(Aspect::State) | Aspect::Levels | Aspect::Judged, workspace)
{
    table()->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    connect(table(), &QTableView::clicked, this, [this](const QModelIndex& index) {
        if (index.column() == 0)
            choose(index.row());
        else
            this->workspace().setFunction(model()->rows()[index.row()].data.toStringList().at(1).toStdString());
    });
    connect(table(), &QTableView::activated, this, [this](const QModelIndex& index) { choose(index.row()); });
}

void ImplementationsPart::choose(int row)
{
    const QStringList names = model()->rows()[row].data.toStringList();
    const Module& module = *workspace().session().current()->module;
    const FunctionPtr definition = module.find(names[0].toStdString());
    if (!definition || !hasImplementations(module, definition->name))
        return;
    if (byDefault(*definition) == names[1].toStdString())
        return emit said(tr("%1 runs in the place of %2 already.").arg(names[1], names[0]));
    Step step;
    step.transform = "any.choose_implementation";
    step.arguments.values = {{"function", names[0].toStdString()}, {"implementation", names[1].toStdString()}};
    workspace().apply(qtext(print(step, *workspace().registry())));
}

namespace {

// Of the shown function's definition, and where that has none, of all.
std::vector<ImplementationRow> implementations(const Module& module, const FunctionPtr& shown)
{
    const std::string definition = !shown              ? std::string()
                                   : shown->implements ? shown->implements->definition
                                                       : shown->name;
    return !definition.empty() && hasImplementations(module, definition) ? implementationTable(module, definition)
                                                                         : implementationTable(module);
}

}  // namespace

void ImplementationsPart::show(const Scene& scene, Aspects)
{
    if (!scene.isOpen())
        return;
    const Module& module = *scene.state()->module;
    const auto rows = implementations(module, scene.shown ? module.find(scene.shown->function) : nullptr);
    QList<TableRow> all;
    for (const ImplementationRow& row : rows)
        all << tableRow(row, scene.verdictOn(module.find(row.name)));
    for (const FunctionPtr& one : module.functions)
        if (const FunctionVerdict* verdict = one->implements ? nullptr : scene.verdictOn(one))
            all << tableRow(one, *verdict);
    model()->setRows(std::move(all));
    if (rows.empty())
        emit renamed(name(), tr("No function has implementations. The transform any.add_implementation makes one."));
    else
        emit renamed(tr("Implementations (%1)").arg(rows.size()),
                     tr("How %1 can be computed").arg(qtext(rows.front().definition)));
}

}  // namespace strata
