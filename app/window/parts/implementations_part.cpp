#include "app/window/parts/table_part.h"

#include "app/window/models/function_times.h"
#include "app/window/models/said.h"
#include "app/window/views/panel.h"
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

// The largest error; "" where nothing was judged.
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
    const QString error = QString::number(verdict->error, 'g', 2);
    return verdict->outcome == Outcome::Wrong ? ImplementationsPart::tr("WRONG, %1").arg(error) : error;
}

// Of a call: as it was measured, else as it is predicted where the machine's limits are known.
class CallTimes {
public:
    explicit CallTimes(const Scene& scene)
        : m_scene(scene)
        , m_module(*scene.state()->module)
    {
    }
    QString text(const FunctionPtr& function) const
    {
        const double ms = measured(function);
        if (ms > 0)
            return formatTime(ms);
        const double guess = predicted(*function);
        return guess > 0 ? QStringLiteral("≈ ") + formatTime(guess) : QString();
    }

private:
    // A definition was measured beside each of its implementations.
    double measured(const FunctionPtr& function) const
    {
        if (const FunctionVerdict* verdict = m_scene.verdictOn(function); verdict && verdict->speed)
            return verdict->ms;
        for (const FunctionPtr& other : implementationsOf(m_module, function->name))
            if (const FunctionVerdict* verdict = m_scene.verdictOn(other); verdict && verdict->speed)
                return verdict->againstMs;
        return 0;
    }
    double predicted(const Function& function) const
    {
        return m_scene.machine ? predictedMs(m_module, function, *m_scene.machine) : 0;
    }

    const Scene& m_scene;
    const Module& m_module;
};

// What was found, in full.
QString detail(const FunctionVerdict& verdict)
{
    QStringList lines{ImplementationsPart::tr("%1 against %2: %3")
                          .arg(qtext(verdict.function), qtext(verdict.against), translated(name(verdict.outcome))),
                      ImplementationsPart::tr("%1 of %2 calls, %3 elements")
                          .arg(verdict.seen)
                          .arg(verdict.calls)
                          .arg(verdict.elements)};
    if (!verdict.place.empty())
        lines << ImplementationsPart::tr("worst at %1: %2 of %3 that is allowed")
                     .arg(qtext(verdict.place))
                     .arg(verdict.error, 0, 'g', 2)
                     .arg(verdict.bound, 0, 'g', 2);
    if (!verdict.reason.empty())
        lines << qtext(verdict.reason);
    if (verdict.speed)
        lines << ImplementationsPart::tr("%1 times as fast, %2 to %3, measured in turn")
                     .arg(verdict.speed->value, 0, 'f', 2)
                     .arg(verdict.speed->low, 0, 'f', 2)
                     .arg(verdict.speed->high, 0, 'f', 2);
    return lines.join(QLatin1Char('\n'));
}

// With its condition, if it runs on some machines only.
QString nameText(const ImplementationRow& row)
{
    return row.runs.starts_with("if") || row.runs == "else" ? qtext(row.name + "\n" + row.runs) : qtext(row.name);
}

// "derived, exact": word by word.
QString claimText(const std::string& claim)
{
    QStringList said;
    for (const QString& part : qtext(claim).split(QStringLiteral(", ")))
        said << (part.startsWith(QLatin1String("then "))
                     ? ImplementationsPart::tr("then %1").arg(translated(part.mid(5).toStdString()))
                     : translated(part.toStdString()));
    return said.join(QStringLiteral(", "));
}

TableRow tableRow(const ImplementationRow& row, const FunctionVerdict* verdict, const QString& time)
{
    const QString memory = row.memory ? formatBytes(double(*row.memory)) : QStringLiteral("—");
    QString hint = row.runs.empty() ? ImplementationsPart::tr("Click the circle to run %1 in the place of %2; Edit > "
                                                              "Undo takes it back.")
                                          .arg(qtext(row.name), qtext(row.definition))
                                    : ImplementationsPart::tr("Runs: %1").arg(translated(row.runs));
    if (verdict)
        hint = detail(*verdict) + QLatin1Char('\n') + hint;
    return {{mark(row), nameText(row), time, errorText(verdict), claimText(row.claim), translated(row.needs), memory},
            hint,
            QStringList{qtext(row.definition), qtext(row.name)}};
}

// A function that was scheduled in place.
TableRow tableRow(const FunctionPtr& function, const FunctionVerdict& verdict, const QString& time)
{
    return {{QString(),
             qtext(function->name),
             time,
             errorText(&verdict),
             ImplementationsPart::tr("in place, %1").arg(translated(name(verdict.claim))),
             {},
             {}},
            detail(verdict),
            QStringList{qtext(function->name), qtext(function->name)}};
}

}  // namespace

ImplementationsPart::ImplementationsPart(Workspace& workspace)
    : TablePart(tr("Implementations"),
                {QString(), tr("How"), tr("Time"), tr("Error"), tr("Effect"), tr("Needs"), tr("Memory")},
                {Time, Error, Memory},
                Aspects(Aspect::Model) | Aspect::State | Aspect::Levels | Aspect::Judged | Aspect::Times, workspace)
    , m_panel(new Panel(name(), table()))
{
    table()->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    connect(table(), &QTableView::clicked, this, [this](const QModelIndex& index) {
        if (index.column() == Chosen)
            choose(index.row());
        else if (const QStringList names = namesOf(index.row()); !names.isEmpty())
            this->workspace().panes().setFunction(names.at(1).toStdString());
    });
    connect(table(), &QTableView::activated, this, [this](const QModelIndex& index) { choose(index.row()); });
}

QWidget* ImplementationsPart::widget() const { return m_panel; }

// Definition and implementation; empty: what was clicked is no longer there.
QStringList ImplementationsPart::namesOf(int row) const
{
    const bool isThere = workspace().isOpen() && row >= 0 && row < model()->rowCount();
    return isThere ? model()->rows()[row].data.toStringList() : QStringList();
}

void ImplementationsPart::choose(int row)
{
    const QStringList names = namesOf(row);
    if (names.isEmpty())
        return;
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
        return emit filled(false);
    const Module& module = *scene.state()->module;
    const CallTimes times(scene);
    const auto rows = implementations(module, scene.shown ? module.find(scene.shown->function) : nullptr);
    QList<TableRow> all;
    for (const ImplementationRow& row : rows) {
        const FunctionPtr function = module.find(row.name);
        all << tableRow(row, scene.verdictOn(function), times.text(function));
    }
    for (const FunctionPtr& one : module.functions)
        if (const FunctionVerdict* verdict = one->implements ? nullptr : scene.verdictOn(one))
            all << tableRow(one, *verdict, times.text(one));
    model()->setRows(std::move(all));
    m_panel->setRemark(
        rows.empty()
            ? tr("as they were judged")
            : tr("how %1 can be computed · a circle chooses, undo takes it back").arg(qtext(rows.front().definition)));
    emit filled(model()->rowCount() > 0);
}

}  // namespace strata
