#include "app/window/models/function_times.h"

#include "app/window/models/format.h"
#include "passes/automatic/cost_model.h"

#include <QHash>
#include <QObject>

#include <algorithm>

namespace strata {

namespace {

MachineModel modelOf(const MachineLimits& limits)
{
    MachineModel model{limits.flopsPerSecond, limits.threads, {}};
    for (const MemoryLevel& level : limits.levels)
        model.levels.push_back({level.name, level.bytes, level.bytesPerSecond});
    return model;
}

// What the cost model says of a function beside its time.
void addPrediction(FunctionTime& row, const Module& module, const MachineModel& machine)
{
    const FunctionPtr function = module.find(row.function.toStdString());
    if (!function || !function->loops())
        return;
    const Prediction prediction = predict(module, *function, machine);
    row.predictedMs = 1000 * prediction.seconds * row.calls;
    if (prediction.wastes.empty() || prediction.wastes[0].seconds < 0.05 * prediction.seconds)
        return;
    const double share = std::min(1.0, prediction.wastes[0].seconds / prediction.seconds);
    row.cause = QObject::tr("%1, up to %2")
                    .arg(QObject::tr(name(prediction.wastes[0].kind)),
                         formatTime(share * (row.ms > 0 ? row.ms : row.predictedMs)));
}

}  // namespace

double predictedMs(const Module& module, const Function& function, const MachineLimits& machine)
{
    return function.loops() ? 1e3 * predict(module, function, modelOf(machine)).seconds : 0;
}

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
    for (FunctionTime& row : rows) {
        row.share = sum > 0 ? row.ms / sum : 0;
        if (machine)
            addPrediction(row, lowered.module(), modelOf(*machine));
    }
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
        case FunctionColumn::Predicted: return a.predictedMs < b.predictedMs;
        case FunctionColumn::Cause: return a.cause < b.cause;
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
    QString text = QStringLiteral("function,calls,ms,share,flop,bytes,bound by,predicted ms,costs most\n");
    for (const FunctionTime& row : rows) {
        QString name = row.function;
        name.replace(QLatin1Char('"'), QLatin1String("\"\""));
        text += QStringLiteral("\"%1\",%2,%3,%4,%5,%6,%7,%8,\"%9\"\n")
                    .arg(name)
                    .arg(row.calls)
                    .arg(row.ms, 0, 'g', 6)
                    .arg(row.share, 0, 'f', 4)
                    .arg(row.flops, 0, 'f', 0)
                    .arg(row.bytes, 0, 'f', 0)
                    .arg(row.boundBy)
                    .arg(row.predictedMs, 0, 'g', 6)
                    .arg(row.cause);
    }
    return text;
}

}  // namespace strata
