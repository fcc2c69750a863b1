#include "app/window/models/function_times.h"

#include <QHash>

#include <algorithm>

namespace strata {

std::vector<FunctionTime> functionTimes(const LoweredState& lowered,
                                        const std::vector<std::pair<QString, double>>& callMs,
                                        const std::optional<MachineLimits>& machine)
{
    QHash<QString, double> times;
    for (const auto& [name, ms] : callMs)
        times[name] += ms;
    QHash<QString, RooflinePoint> points;
    for (const RooflinePoint& point : rooflinePoints(lowered, callMs))
        points[point.call] = point;
    std::map<QString, FunctionTime> byFunction;
    const FunctionPtr entry = lowered.module().entryFunction();
    for (const LibraryStmtPtr& stmt :
         entry && entry->library() ? entry->library()->statements : std::vector<LibraryStmtPtr>()) {
        const auto* call = std::get_if<LibraryCall>(stmt.get());
        if (!call)
            continue;
        const QString name = QString::fromStdString(call->callee);
        FunctionTime& row = byFunction[name];
        row.function = name;
        ++row.calls;
        row.ms += times.value(QString::fromStdString(call->name));
        if (const auto point = points.constFind(QString::fromStdString(call->name)); point != points.constEnd()) {
            row.flops += point->flops;
            row.bytes += point->bytes;
            if (machine)
                row.boundBy = boundBy(*point, *machine);
        }
    }
    std::vector<FunctionTime> rows;
    double sum = 0;
    for (auto& [name, row] : byFunction) {
        sum += row.ms;
        rows.push_back(std::move(row));
    }
    for (FunctionTime& row : rows)
        row.share = sum > 0 ? row.ms / sum : 0;
    sortBy(rows, FunctionColumn::Time, true);
    return rows;
}

void sortBy(std::vector<FunctionTime>& rows, FunctionColumn column, bool descending)
{
    const auto less = [column](const FunctionTime& a, const FunctionTime& b) {
        switch (column) {
        case FunctionColumn::Function: return a.function < b.function;
        case FunctionColumn::Calls: return a.calls < b.calls;
        case FunctionColumn::Time:
        case FunctionColumn::Share: return a.ms < b.ms || (a.ms == b.ms && a.flops < b.flops);
        case FunctionColumn::Flops: return a.gflopsPerSecond() < b.gflopsPerSecond();
        case FunctionColumn::Bytes: return a.gbytesPerSecond() < b.gbytesPerSecond();
        case FunctionColumn::Bound: return a.boundBy < b.boundBy;
        }
        return false;
    };
    std::stable_sort(rows.begin(), rows.end(), [&](const FunctionTime& a, const FunctionTime& b) {
        return descending ? less(b, a) : less(a, b);
    });
}

QString csv(const std::vector<FunctionTime>& rows)
{
    QString text = QStringLiteral("function,calls,ms,share,flop,bytes,bound by\n");
    for (const FunctionTime& row : rows) {
        QString name = row.function;
        name.replace(QLatin1Char('"'), QLatin1String("\"\""));
        text += QStringLiteral("\"%1\",%2,%3,%4,%5,%6,%7\n")
                    .arg(name)
                    .arg(row.calls)
                    .arg(row.ms, 0, 'g', 6)
                    .arg(row.share, 0, 'f', 4)
                    .arg(row.flops, 0, 'f', 0)
                    .arg(row.bytes, 0, 'f', 0)
                    .arg(row.boundBy);
    }
    return text;
}

}  // namespace strata
