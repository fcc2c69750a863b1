#include "app/window/jobs/estimate.h"

#include "app/workbench/workbench.h"
#include "core/ir/cpu.h"

#include <QCoreApplication>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>

namespace strata {

namespace {

QString program()
{
    for (const char* name : {"llvm-mca-19", "llvm-mca"})
        for (const QStringList& folders : {QStringList(), QStringList(QStringLiteral("/usr/lib/llvm-19/bin"))})
            if (const QString found = QStandardPaths::findExecutable(QLatin1String(name), folders); !found.isEmpty())
                return found;
    return {};
}

std::optional<double> numberAfter(const QString& report, const QString& name)
{
    const QRegularExpression pattern(QRegularExpression::escape(name) + QStringLiteral(":\\s*([0-9.]+)"));
    const QRegularExpressionMatch match = pattern.match(report);
    return match.hasMatch() ? std::optional(match.captured(1).toDouble()) : std::nullopt;
}

// What its report says holds the loop up most.
QString boundOf(const QString& report)
{
    const auto percent = [&](const char* name) {
        const QRegularExpression pattern(QLatin1String(name) + QStringLiteral("\\s*\\[\\s*([0-9.]+)%"));
        return pattern.match(report).captured(1).toDouble();
    };
    const auto tr = [](const char* text) { return QCoreApplication::translate("LoopEstimate", text); };
    const std::pair<double, QString> all[] = {
        {percent("Resource Pressure"), tr("its execution units")},
        {percent("Register Dependencies"), tr("results it waits for")},
        {percent("Memory Dependencies"), tr("memory it waits for")},
    };
    const auto& most = *std::max_element(std::begin(all), std::end(all),
                                         [](const auto& a, const auto& b) { return a.first < b.first; });
    return most.first > 0 ? most.second : QString();
}

// Rows of "uops latency throughput ...", below a head that ends with "Instructions:".
std::vector<InstructionCost> costsIn(const QString& report)
{
    static const QRegularExpression row(QStringLiteral("^\\s*\\d+\\s+(\\d+)\\s+([0-9.]+)\\s"));
    std::vector<InstructionCost> costs;
    bool inTable = false;
    for (const QString& line : report.split(QLatin1Char('\n'))) {
        const QRegularExpressionMatch match = inTable ? row.match(line) : QRegularExpressionMatch();
        if (inTable && !match.hasMatch())
            break;
        if (inTable)
            costs.push_back({match.captured(1).toInt(), match.captured(2).toDouble()});
        inTable = inTable || (line.startsWith(QLatin1String("[1]")) && line.endsWith(QLatin1String("Instructions:")));
    }
    return costs;
}

}  // namespace

std::optional<LoopEstimate> parseEstimate(const QString& report)
{
    const auto iterations = numberAfter(report, QStringLiteral("Iterations")),
               cycles = numberAfter(report, QStringLiteral("Total Cycles")),
               throughput = numberAfter(report, QStringLiteral("Block RThroughput"));
    if (!iterations || *iterations <= 0 || !cycles || !throughput)
        return std::nullopt;
    return LoopEstimate{*cycles / *iterations, *throughput, boundOf(report), costsIn(report)};
}

Result<LoopEstimate> estimate(const QStringList& lines, const LoopMix& loop, Target::Isa isa, const JobSink& sink)
{
    constexpr int patienceMs = 10'000, roundMs = 50;
    const QString tool = program();
    if (tool.isEmpty())
        return environmentError("llvm-mca is not installed, so that there is no estimate.",
                                "Debian's package llvm-19 has it.");
    const Cpu& cpu = cpuOf(isa);
    // On this machine's architecture the tool asks the machine which processor it is.
    const QString processor = cpu.architecture == cpuOf(machineIsa()).architecture
                                  ? QStringLiteral("native")
                                  : QString::fromStdString(cpu.llvmCpu);
    QProcess process;
    process.start(tool, {QStringLiteral("-mtriple=") + QString::fromStdString(cpu.llvmTriple),
                         QStringLiteral("-mcpu=") + processor, QStringLiteral("-iterations=200"),
                         QStringLiteral("-resource-pressure=false"), QStringLiteral("-bottleneck-analysis")});
    const QStringList body = lines.mid(loop.first, loop.last - loop.first + 1);
    const QString syntax = cpu.architecture == "x86-64" ? QStringLiteral(".intel_syntax noprefix\n") : QString();
    process.write((syntax + body.join(QLatin1Char('\n')) + QLatin1Char('\n')).toUtf8());
    process.closeWriteChannel();
    for (int waited = 0; !process.waitForFinished(roundMs); waited += roundMs)
        if (process.state() == QProcess::NotRunning || sink.stop.stop_requested() || waited > patienceMs)
            break;
    if (process.state() != QProcess::NotRunning) {
        process.kill();
        process.waitForFinished();
        return environmentError("llvm-mca does not answer.");
    }
    const QString report = QString::fromUtf8(process.readAllStandardOutput());
    if (const std::optional<LoopEstimate> found = parseEstimate(report); found && process.exitCode() == 0)
        return *found;
    const QString why = QString::fromUtf8(process.readAllStandardError()).section(QLatin1Char('\n'), 0, 0);
    return environmentError("llvm-mca cannot read the loop: " + why.toStdString());
}

QString describe(const InstructionCost& cost)
{
    return QCoreApplication::translate("LoopEstimate", "llvm-mca: latency %1 cycles, one every %2")
        .arg(cost.latency)
        .arg(cost.throughput, 0, 'g', 3);
}

QString describe(const LoopEstimate& estimate)
{
    const auto tr = [](const char* text) { return QCoreApplication::translate("LoopEstimate", text); };
    const QString text = tr("llvm-mca: %1 cycles an iteration, %2 at best")
                             .arg(estimate.cycles, 0, 'f', 1)
                             .arg(estimate.throughput, 0, 'f', 1);
    return estimate.bound.isEmpty() ? text : text + tr("; bound by %1").arg(estimate.bound);
}

}  // namespace strata
