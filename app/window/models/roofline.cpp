#include "app/window/models/roofline.h"

#include "app/window/models/format.h"
#include "core/operators/operator.h"

#include <QObject>

#include <algorithm>

namespace strata {

namespace {

constexpr double tolerance = 1.1;  // clocks of cores vary by so much with heat and neighbours

QString text(const std::string& s) { return QString::fromStdString(s); }

// How many elements of the narrowest type stand where one f32 does: a loop over bytes may do four times as many.
double lanesOf(const Function& function)
{
    int narrowest = 32;
    for (const auto* list : {&function.params, &function.results})
        for (const TypedName& tensor : *list)
            if (const int bits = bitSize(tensor.type.tensor.dtype); bits > 0)
                narrowest = std::min(narrowest, bits);
    return 32.0 / narrowest;
}

struct Traffic {
    double seconds = 0;
    std::string slowest;  // the level that takes most of them
};

Traffic traffic(const RooflinePoint& point, const MachineLimits& machine)
{
    Traffic result;
    double left = point.bytes, held = 0, most = 0;
    for (const MemoryLevel& level : machine.levels) {
        const double part = level.bytes > 0 ? std::min(left, std::max(0.0, level.bytes - held)) : left;
        const double seconds = part / level.bytesPerSecond;
        if (seconds > most) {
            most = seconds;
            result.slowest = level.name;
        }
        result.seconds += seconds;
        left -= part;
        held = std::max(held, level.bytes);
    }
    return result;
}

double workSeconds(const RooflinePoint& point, const MachineLimits& machine)
{
    return point.flops / (machine.flopsPerSecond * point.lanes);
}

}  // namespace

std::vector<RooflinePoint> rooflinePoints(const LoweredState& lowered,
                                          const std::vector<std::pair<QString, double>>& callMs)
{
    std::vector<RooflinePoint> points;
    const FunctionPtr entry = lowered.module().entryFunction();
    if (!entry || !entry->library())
        return points;
    for (const LibraryStmtPtr& stmt : entry->library()->statements) {
        const auto* call = std::get_if<LibraryCall>(stmt.get());
        const FunctionPtr callee = call ? lowered.module().find(call->callee) : nullptr;
        if (!callee || !callee->loops())
            continue;
        const Cost c = cost(*callee);
        RooflinePoint point{text(call->name), text(call->callee), c.flops, c.readBytes + c.writtenBytes, 0,
                            lanesOf(*callee)};
        for (const auto& [name, ms] : callMs)
            if (name == point.call)
                point.seconds = ms / 1000;
        if (point.flops > 0 && point.bytes > 0)
            points.push_back(std::move(point));
    }
    return points;
}

double roofOver(const RooflinePoint& point, const MachineLimits& machine)
{
    return point.flops / std::max(workSeconds(point, machine), traffic(point, machine).seconds);
}

QString boundBy(const RooflinePoint& point, const MachineLimits& machine)
{
    const Traffic moved = traffic(point, machine);
    return workSeconds(point, machine) >= moved.seconds ? QObject::tr("multiply-adds") : text(moved.slowest);
}

bool isAboveRoof(const RooflinePoint& point, const MachineLimits& machine)
{
    return point.seconds > 0 && point.flopsPerSecond() > tolerance * roofOver(point, machine);
}

QString explain(const RooflinePoint& point, const MachineLimits* machine)
{
    QString result = QObject::tr("%1: %2 on %3, %4 FLOP per byte.")
                         .arg(point.function, formatCount(point.flops, QStringLiteral("FLOP")),
                              formatBytes(point.bytes))
                         .arg(point.intensity(), 0, 'g', 3);
    if (!machine)
        return result;
    const double roof = roofOver(point, *machine);
    const QString most = formatCount(roof, QStringLiteral("FLOP/s"));
    if (point.seconds <= 0)
        return result + QObject::tr("\nNot measured. At most %1, bound by %2.").arg(most, boundBy(point, *machine));
    result += QObject::tr("\n%1 in %2: %3 % of the %4 that this machine does at most here, bound by %5.")
                  .arg(formatCount(point.flopsPerSecond(), QStringLiteral("FLOP/s")), formatTime(point.seconds * 1000))
                  .arg(100 * point.flopsPerSecond() / roof, 0, 'f', 0)
                  .arg(most, boundBy(point, *machine));
    if (isAboveRoof(point, *machine))
        result += QObject::tr(
            "\nMore than the machine can do: our count of its work or bytes is wrong. Please report it.");
    return result;
}

QString describe(const MachineLimits& machine)
{
    return QObject::tr("%1 in f32, %2/s from memory · %3 · %4")
        .arg(formatCount(machine.flopsPerSecond, QStringLiteral("FLOP/s")),
             formatBytes(machine.levels.back().bytesPerSecond),
             machine.threads == 1 ? QObject::tr("1 thread") : QObject::tr("%1 threads").arg(machine.threads),
             text(machine.isa));
}

}  // namespace strata
