#include "app/window/models/timings.h"

#include "backends/devices.h"
#include "core/session/branches.h"

#include <QDateTime>
#include <QLocale>
#include <QObject>

#include <numeric>
#include <set>

namespace strata {

namespace {

int numberOf(const Session& session, int state) { return static_cast<int>(session.path(state).size()) - 1; }

QString threadsText(int threads)
{
    return threads == 1 ? QObject::tr("1 thread") : QObject::tr("%1 threads").arg(threads);
}

// "   of it 12 µs in kernels, 30 µs copies and launches"; empty where all ran on the CPU.
QString shares(const Timing& timing)
{
    const double kernels = deviceMs(timing);
    return kernels > 0 ? QObject::tr("   of it %1 in kernels, %2 copies and launches")
                             .arg(formatTime(kernels), formatTime(std::max(0.0, timing.medianMs - kernels)))
                       : QString();
}

QString details(const State& state, const Timing& timing, const QString& machine)
{
    return QObject::tr("Median %1; the middle eight of ten runs took %2 to %3; %4 after %5 for warm-up.\n%6 · %7 · %8")
        .arg(formatTime(timing.medianMs), formatTime(timing.lowMs), formatTime(timing.highMs),
             timing.runs == 1 ? QObject::tr("1 run") : QObject::tr("%1 runs").arg(timing.runs))
        .arg(timing.warmups)
        .arg(threadsText(timing.threads), QString::fromLatin1(name(state.module->target.isa)), machine);
}

QString barName(const Session& session, const State& state, bool branch, const QString& rootName)
{
    if (state.id == 0)
        return QStringLiteral("0 · %1").arg(rootName);
    QString number = QString::number(numberOf(session, state.id));
    if (const int first = branch ? branchOf(session, state.id) : -1; first >= 0) {
        const QString name = QString::fromStdString(branchName(*session.state(first)));
        number = name.isEmpty() ? QStringLiteral("⎇") : QStringLiteral("⎇ ") + name;
    }
    return QStringLiteral("%1 · %2").arg(number, shortId(state.step.transform));
}

// Of the shown state also the ratio to where it all began.
QString barText(const Session& session, const Times& times, const State& state, bool current)
{
    QString text = formatSpread(times.at(state.id));
    const int before = measuredBefore(session, times, state);
    if (before >= 0)
        text += QStringLiteral("   ") + comparison(session, times, state.id, before);
    if (current && before > 0 && times.count(0))
        text += QStringLiteral(" · ") + comparison(session, times, state.id, 0);
    return text + shares(times.at(state.id));
}

TimingBar barElsewhere(const State& state, const Circumstances& where, const Timing& timing, const Times& here,
                       const QString& machine)
{
    TimingBar bar;
    bar.state = state.id;
    bar.elsewhere = true;
    bar.name = QStringLiteral("    ") + placeName(where);
    bar.text = formatSpread(timing);
    if (const auto own = here.find(state.id); own != here.end())
        bar.text += QStringLiteral("   ≈ ") + formatSpeed(timing, own->second);
    bar.text += shares(timing);
    bar.toolTip = bar.name.trimmed() + QLatin1Char('\n') + bar.text + QLatin1Char('\n')
                  + details(state, timing, machine);
    return bar;
}

void fillTimes(TimingBar& bar, const Timing& timing)
{
    bar.median = timing.medianMs;
    bar.low = timing.lowMs;
    bar.high = timing.highMs;
    bar.device = deviceMs(timing);
}

}  // namespace

QString placeName(const Circumstances& where)
{
    const DeviceBackend* const device = deviceByName(where.target);
    if (where.target == "reference")
        return QObject::tr("Evaluator");
    return (device ? QString::fromStdString(device->title) : QObject::tr("CPU")) + QStringLiteral(" · ")
           + threadsText(where.threads);
}

// Calls are timed in runs of their own, so it is their share of those that says something of the median.
double deviceMs(const Timing& timing)
{
    const double kernels = std::accumulate(timing.deviceMs.begin(), timing.deviceMs.end(), 0.0);
    const double calls = std::accumulate(timing.callMs.begin(), timing.callMs.end(), 0.0);
    return calls > 0 ? timing.medianMs * std::min(1.0, kernels / calls) : 0;
}

int measuredBefore(const Session& session, const Times& times, const State& state)
{
    for (int id = state.parent; id >= 0; id = session.state(id)->parent)
        if (times.count(id))
            return id;
    return -1;
}

QString stateName(const Session& session, int state)
{
    return state == 0 ? QObject::tr("untouched") : QObject::tr("step %1").arg(numberOf(session, state));
}

QString comparison(const Session& session, const Times& times, int own, int other)
{
    const Timing &a = times.at(own), &b = times.at(other);
    const QString result = QObject::tr("%1 vs %2").arg(formatSpeed(a, b), stateName(session, other));
    return a.turn == b.turn ? result : QStringLiteral("≈ ") + result;
}

QString shortComparison(const Session& session, const Times& times, const State& state)
{
    const auto own = times.find(state.id);
    if (own == times.end())
        return {};
    const int before = measuredBefore(session, times, state);
    if (before < 0)
        return formatTime(own->second.medianMs);
    const Timing& other = times.at(before);
    const QString ratio = differ(own->second, other) ? formatRatio(speed(own->second, other).value)
                                                     : QObject::tr("no change");
    return before == state.parent ? ratio : QObject::tr("%1 vs %2").arg(ratio).arg(numberOf(session, before));
}

namespace {

void addElsewhere(std::vector<TimingBar>& bars, const State& state, const Times& here, const QString& machine,
                  const std::map<Circumstances, Times>& elsewhere)
{
    for (const auto& [where, times] : elsewhere)
        if (const auto timing = times.find(state.id); timing != times.end()) {
            bars.push_back(barElsewhere(state, where, timing->second, here, machine));
            fillTimes(bars.back(), timing->second);
        }
}

QString whenText(const TimedRun& run)
{
    return QLocale().toString(QDateTime::fromSecsSinceEpoch(run.when), QLocale::ShortFormat);
}

QString runText(const TimedRun& run)
{
    return QObject::tr("%1: %2 (%3 to %4) · %5")
        .arg(whenText(run), formatTime(run.medianMs), formatTime(run.lowMs), formatTime(run.highMs),
             placeName(run.where));
}

// The last run of a state whose document was opened again.
void fillKept(TimingBar& bar, const TimedRun& run)
{
    bar.kept = true;
    bar.median = run.medianMs;
    bar.low = run.lowMs;
    bar.high = run.highMs;
    bar.text = QObject::tr("%1   measured %2").arg(formatTime(run.medianMs), whenText(run));
    bar.toolTip = bar.name + QLatin1Char('\n') + runText(run);
}

// The runs but the last one here.
void addEarlier(TimingBar& bar, const std::vector<TimedRun>& runs, const TimedRun& last)
{
    if (runs.size() < 2)
        return;
    QStringList lines{QObject::tr("Earlier runs:")};
    for (const TimedRun& run : runs) {
        if (&run == &last)
            continue;
        if (run.where == last.where)
            bar.earlier.push_back(run.medianMs);
        lines << runText(run);
    }
    constexpr qsizetype most = 12;  // in a tool tip
    if (lines.size() > most)
        lines.remove(1, lines.size() - most);
    bar.toolTip += QLatin1Char('\n') + lines.join(QLatin1Char('\n'));
}

const TimedRun* lastRun(const History& history, int state, const Circumstances& here)
{
    const auto found = history.find(state);
    if (found == history.end())
        return nullptr;
    const auto& runs = found->second;
    const auto last = std::find_if(runs.rbegin(), runs.rend(), [&](const TimedRun& run) { return run.where == here; });
    return last == runs.rend() ? nullptr : &*last;
}

}  // namespace

std::vector<TimingBar> timingBars(const Session& session, const BarRequest& request, const QString& rootName,
                                  const QString& machine)
{
    std::set<int> path, states;
    for (const StatePtr& state : session.path())
        path.insert(state->id);
    for (const auto& [id, timing] : request.times)
        states.insert(id);
    for (const auto& [id, runs] : request.history)
        if (lastRun(request.history, id, request.here))
            states.insert(id);
    states.insert(session.current()->id);  // of which there may be times elsewhere
    std::vector<TimingBar> bars;
    for (const int id : states) {
        const StatePtr state = session.state(id);
        const auto own = request.times.find(id);
        const TimedRun* kept = lastRun(request.history, id, request.here);
        TimingBar bar;
        bar.state = id;
        bar.current = state == session.current();
        bar.branch = !path.count(id);
        bar.name = barName(session, *state, bar.branch, rootName);
        if (own != request.times.end()) {
            fillTimes(bar, own->second);
            bar.text = barText(session, request.times, *state, bar.current);
            bar.toolTip = bar.name + QLatin1Char('\n') + bar.text + QLatin1Char('\n')
                          + details(*state, own->second, machine);
        } else if (kept) {
            fillKept(bar, *kept);
        }
        if (kept)
            addEarlier(bar, request.history.at(id), *kept);
        const bool current = bar.current;
        if (own != request.times.end() || kept)
            bars.push_back(std::move(bar));
        if (current)
            addElsewhere(bars, *state, request.times, machine, request.elsewhere);
    }
    return bars;
}

}  // namespace strata
