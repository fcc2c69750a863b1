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

TableRow tableRow(const ImplementationRow& row)
{
    const QString memory = row.memory ? formatBytes(double(*row.memory)) : QStringLiteral("—");
    const QString runs = row.runs.empty() ? QObject::tr("never") : text(row.runs);
    const QString hint = QObject::tr("Click the circle to run %1 in the place of %2; Edit > Undo takes it back.")
                             .arg(text(row.name), text(row.definition));
    return {{mark(row), text(row.name), QString::fromLatin1(name(row.level)), runs, text(row.claim), memory,
             text(row.needs)},
            hint,
            QStringList{text(row.definition), text(row.name)}};
}

}  // namespace

void MainWindow::makeImplementations()
{
    m_implementationModel = new TableModel(
        {QString(), tr("Implementation"), tr("Level"), tr("Runs"), tr("Claim"), tr("Temporaries"), tr("Needs")}, {5},
        this);
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
    if (!definition || byDefault(*definition) == names[1].toStdString())
        return say(tr("%1 runs in the place of %2 already.").arg(names[1], names[0]));
    Step step;
    step.transform = "any.choose_implementation";
    step.arguments.values = {{"function", names[0].toStdString()}, {"implementation", names[1].toStdString()}};
    m_workspace->apply(text(print(step, *m_workspace->registry())));
}

// Of the shown function's definition, and where that has none, of all.
void MainWindow::showImplementations()
{
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
        table << tableRow(row);
    m_implementationModel->setRows(std::move(table));
    const int tab = m_timingTabs->indexOf(m_implementations);
    m_timingTabs->setTabText(tab, rows.empty() ? tr("Implementations") : tr("Implementations (%1)").arg(rows.size()));
    m_timingTabs->setTabToolTip(
        tab, rows.empty() ? tr("No function has implementations. The transform any.add_implementation makes one.")
                          : tr("How %1 can be computed").arg(text(rows.front().definition)));
}

}  // namespace strata
