#include "app/window/models/step_facts.h"

#include "app/window/models/format.h"
#include "app/window/models/memory_model.h"

#include <QCoreApplication>

#include <cmath>

namespace strata {

bool changesNothing(const Module& before, const Module& after)
{
    if (before.functions.size() != after.functions.size() || before.constants.size() != after.constants.size()
        || before.entry != after.entry || !(before.target == after.target))
        return false;
    for (std::size_t i = 0; i < after.functions.size(); ++i)
        if (before.functions[i] != after.functions[i] && !equal(*before.functions[i], *after.functions[i]))
            return false;
    return true;
}

StepFigures figuresOf(const Module& lowered, const std::function<const Cost&(const FunctionPtr&)>& costOf)
{
    StepFigures figures;
    const FunctionPtr entry = lowered.entryFunction();
    if (!entry || !entry->library())
        return figures;
    figures.memory = memoryPicture(*entry).arenaBytes;
    for (const LibraryStmtPtr& stmt : entry->library()->statements)
        if (const auto* call = std::get_if<LibraryCall>(stmt.get()))
            if (const FunctionPtr callee = lowered.find(call->callee); callee && callee->loops()) {
                const Cost& cost = costOf(callee);
                figures.movedBytes += cost.readBytes + cost.writtenBytes;
                figures.flops += cost.flops;
            }
    return figures;
}

namespace {

struct FigureChange {
    QString name, before, after, percent;
};

QString percentText(double before, double after)
{
    if (before <= 0)
        return {};
    const double percent = 100 * (after - before) / before;
    return std::abs(percent) < 0.05 ? QString()
                                    : QStringLiteral("%1%2 %")
                                          .arg(percent < 0 ? QStringLiteral("−") : QStringLiteral("+"))
                                          .arg(std::abs(percent), 0, 'f', std::abs(percent) < 10 ? 1 : 0);
}

std::vector<FigureChange> changed(const StepFigures& before, const StepFigures& after)
{
    const auto tr = [](const char* text) { return QCoreApplication::translate("StepFacts", text); };
    std::vector<FigureChange> changes;
    const auto add = [&](const QString& name, double a, double b, const QString& textA, const QString& textB) {
        if (a != b)
            changes.push_back({name, textA, textB, percentText(a, b)});
    };
    const auto memory = [](const StepFigures& f) { return static_cast<double>(f.memory); };
    add(tr("memory"), memory(before), memory(after), formatBytes(memory(before)), formatBytes(memory(after)));
    add(tr("moved"), before.movedBytes, after.movedBytes, formatBytes(before.movedBytes),
        formatBytes(after.movedBytes));
    const QString flop = QStringLiteral("FLOP");
    add(tr("computed"), before.flops, after.flops, formatCount(before.flops, flop), formatCount(after.flops, flop));
    return changes;
}

}  // namespace

QStringList changes(const StepFigures& before, const StepFigures& after)
{
    QStringList lines;
    for (const FigureChange& change : changed(before, after))
        lines << QStringLiteral("%1: %2 → %3%4")
                     .arg(change.name, change.before, change.after,
                          change.percent.isEmpty() ? QString() : QStringLiteral(" (%1)").arg(change.percent));
    return lines;
}

QString shortChange(const StepFigures& before, const StepFigures& after)
{
    const std::vector<FigureChange> all = changed(before, after);
    if (all.empty())
        return {};
    const FigureChange& first = all.front();
    return (first.percent.isEmpty() ? first.after : first.percent) + QLatin1Char(' ') + first.name;
}

}  // namespace strata
