// The table of implementations: what the shown function means, and how it can be computed; a click chooses.
#include "app/window/main_window.h"
#include "app/window/models/format.h"
#include "app/window/models/table_model.h"
#include "app/window/workspace/workspace.h"
#include "app/workbench/implementations.h"
#include "core/ir/implementations.h"

#include <QHeaderView>
#include <QTabWidget>
#include <QTableView>

namespace strata {

namespace {

QString text(const std::string& s) { return QString::fromStdString(s); }

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
    case Outcome::Unjudged: return QObject::tr("unjudged");
    default: break;
    }
    const QString both = QStringLiteral("%1 of %2").arg(verdict->error, 0, 'g', 2).arg(verdict->bound, 0, 'g', 2);
    return verdict->outcome == Outcome::Wrong ? QObject::tr("WRONG, %1").arg(both) : both;
}

QString speedText(const FunctionVerdict* verdict)
{
    return verdict && verdict->speed ? QStringLiteral("%1×").arg(verdict->speed->value, 0, 'f', 2) : QString();
}

// What was found, in full.
QString detail(const FunctionVerdict& verdict)
{
    QStringList lines{
        QObject::tr("%1 against %2: %3")
            .arg(text(verdict.function), text(verdict.against), QString::fromLatin1(name(verdict.outcome))),
        QObject::tr("%1 of %2 calls, %3 elements").arg(verdict.seen).arg(verdict.calls).arg(verdict.elements)};
    if (!verdict.place.empty())
        lines << QObject::tr("worst at %1").arg(text(verdict.place));
    if (!verdict.reason.empty())
        lines << text(verdict.reason);
    if (verdict.speed)
        lines << QObject::tr("%1 times as fast, %2 to %3, measured in turn")
                     .arg(verdict.speed->value, 0, 'f', 2)
                     .arg(verdict.speed->low, 0, 'f', 2)
                     .arg(verdict.speed->high, 0, 'f', 2);
    return lines.join(QLatin1Char('\n'));
}

TableRow tableRow(const ImplementationRow& row, const FunctionVerdict* verdict)
{
    const QString memory = row.memory ? formatBytes(double(*row.memory)) : QStringLiteral("—");
    const QString runs = row.runs.empty() ? QObject::tr("never") : text(row.runs);
    QString hint = QObject::tr("Click the circle to run %1 in the place of %2; Edit > Undo takes it back.")
                       .arg(text(row.name), text(row.definition));
    if (verdict)
        hint = detail(*verdict) + QLatin1Char('\n') + hint;
    return {{mark(row), text(row.name), runs, speedText(verdict), errorText(verdict), text(row.claim), text(row.needs),
             memory},
            hint,
            QStringList{text(row.definition), text(row.name)}};
}

// A function that was scheduled in place.
TableRow tableRow(const FunctionPtr& function, const FunctionVerdict& verdict)
{
    return {{QString(),
             text(function->name),
             QObject::tr("in place"),
             speedText(&verdict),
             errorText(&verdict),
             QString::fromLatin1(name(verdict.claim)),
             {},
             {}},
            detail(verdict),
            QStringList{text(function->name), text(function->name)}};
}

}  // namespace

void MainWindow::makeImplementations()
{
    m_implementationModel = new TableModel({QString(), tr("Implementation"), tr("Runs"), tr("Speed"), tr("Error"),
                                            tr("Claim"), tr("Needs"), tr("Temporaries")},
                                           {3, 4, 7}, this);
    m_implementations = makeTable(m_implementationModel);
    m_implementations->setAccessibleName(tr("Implementations"));
    m_implementations->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    connect(m_implementations, &QTableView::clicked, this, [this](const QModelIndex& index) {
        if (index.column() == 0)
            chooseImplementation(index.row());
        else
            m_workspace->setFunction(
                m_implementationModel->rows()[index.row()].data.toStringList().at(1).toStdString());
    });
    connect(m_implementations, &QTableView::activated, this,
            [this](const QModelIndex& index) { chooseImplementation(index.row()); });
}

void MainWindow::chooseImplementation(int row)
{
    const QStringList names = m_implementationModel->rows()[row].data.toStringList();
    const Module& module = *m_workspace->session().current()->module;
    const FunctionPtr definition = module.find(names[0].toStdString());
    if (!definition || !hasImplementations(module, definition->name))
        return;
    if (byDefault(*definition) == names[1].toStdString())
        return say(tr("%1 runs in the place of %2 already.").arg(names[1], names[0]));
    Step step;
    step.transform = "any.choose_implementation";
    step.arguments.values = {{"function", names[0].toStdString()}, {"implementation", names[1].toStdString()}};
    m_workspace->apply(text(print(step, *m_workspace->registry())));
}

// Of the shown function's definition, and where that has none, of all.
void MainWindow::showImplementations()
{
    if (!m_workspace->isOpen())
        return;
    const Module& module = *m_workspace->session().current()->module;
    const ShownPtr& shown = m_workspace->shown();
    const FunctionPtr function = shown ? module.find(shown->function) : nullptr;
    const std::string definition = !function              ? std::string()
                                   : function->implements ? function->implements->definition
                                                          : function->name;
    std::vector<ImplementationRow> rows;
    if (!definition.empty() && hasImplementations(module, definition))
        rows = strata::implementationTable(module, definition);
    else
        rows = strata::implementationTable(module);
    QList<TableRow> table;
    for (const ImplementationRow& row : rows)
        table << tableRow(row, m_workspace->judged(module.find(row.name)));
    for (const FunctionPtr& one : module.functions)
        if (const FunctionVerdict* verdict = one->implements ? nullptr : m_workspace->judged(one))
            table << tableRow(one, *verdict);
    m_implementationModel->setRows(std::move(table));
    const int tab = m_timingTabs->indexOf(m_implementations);
    m_timingTabs->setTabText(tab, rows.empty() ? tr("Implementations") : tr("Implementations (%1)").arg(rows.size()));
    m_timingTabs->setTabToolTip(
        tab, rows.empty() ? tr("No function has implementations. The transform any.add_implementation makes one.")
                          : tr("How %1 can be computed").arg(text(rows.front().definition)));
}

}  // namespace strata
