#include "app/window/workspace/run_history.h"

#include "core/base/write_whole.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>

#include <nlohmann/json.hpp>

namespace strata {

namespace {

using RunJson = nlohmann::json;

constexpr int historyFormat = 1;
constexpr std::size_t mostRuns = 50;  // of a state

QString historyFile(const QString& document)
{
    const QByteArray name = QCryptographicHash::hash(QFileInfo(document).absoluteFilePath().toUtf8(),
                                                     QCryptographicHash::Sha1);
    return QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + QStringLiteral("/times/")
           + QString::fromLatin1(name.toHex()) + QStringLiteral(".json");
}

RunJson runToJson(const TimedRun& run)
{
    return {{"threads", run.where.threads},
            {"target", run.where.target},
            {"machine", run.where.machine},
            {"median", run.medianMs},
            {"low", run.lowMs},
            {"high", run.highMs},
            {"runs", run.runs},
            {"when", run.when}};
}

TimedRun timedRunFrom(const RunJson& json)
{
    TimedRun run;
    json.at("threads").get_to(run.where.threads);
    json.at("target").get_to(run.where.target);
    json.at("machine").get_to(run.where.machine);
    json.at("median").get_to(run.medianMs);
    json.at("low").get_to(run.lowMs);
    json.at("high").get_to(run.highMs);
    json.at("runs").get_to(run.runs);
    json.at("when").get_to(run.when);
    return run;
}

}  // namespace

Result<RunHistory> RunHistory::of(const QString& document)
{
    RunHistory history;
    QFile file(document.isEmpty() ? QString() : historyFile(document));
    if (document.isEmpty() || !file.open(QIODevice::ReadOnly))
        return history;
    try {
        const RunJson json = RunJson::parse(file.readAll().toStdString());
        if (json.at("format").get<int>() != historyFormat)
            return history;  // of another program
        for (const auto& [key, runs] : json.at("states").items())
            for (const RunJson& run : runs)
                history.m_runs[QByteArray::fromStdString(key)].push_back(timedRunFrom(run));
    } catch (const RunJson::exception& problem) {
        return environmentError(std::string("The times that were kept are not read: ") + problem.what() + ".",
                                "The next run that is saved replaces them.");
    }
    return history;
}

Status RunHistory::save(const QString& document) const
{
    const QString path = historyFile(document);
    QDir().mkpath(QFileInfo(path).absolutePath());
    RunJson states = RunJson::object();
    for (const auto& [key, runs] : m_runs)
        for (const TimedRun& run : runs)
            states[key.toStdString()].push_back(runToJson(run));
    const RunJson json{{"format", historyFormat}, {"states", states}};
    return writeWhole(json.dump(1, ' ', false, RunJson::error_handler_t::replace) + "\n", path.toStdString(),
                      "The history of times");
}

void RunHistory::add(const Session& session, int state, const TimedRun& run)
{
    std::vector<TimedRun>& runs = m_runs[keyOf(session, state)];
    runs.push_back(run);
    if (runs.size() > mostRuns)
        runs.erase(runs.begin());
}

void RunHistory::add(const RunHistory& saved) { m_runs.insert(saved.m_runs.begin(), saved.m_runs.end()); }

History RunHistory::of(const Session& session) const
{
    History history;
    if (m_runs.empty())
        return history;
    const std::vector<bool> gone = session.gone();
    for (const StatePtr& state : session.all())
        if (const auto runs = m_runs.find(keyOf(session, state->id)); runs != m_runs.end() && !gone[state->id])
            history[state->id] = runs->second;
    return history;
}

// The model's instruction set; then of the parent's key and of the step, without its note; a step that is not taken
// changes nothing.
QByteArray RunHistory::keyOf(const Session& session, int id) const
{
    const StatePtr state = session.state(id);
    if (m_keys.size() <= static_cast<std::size_t>(id))
        m_keys.resize(static_cast<std::size_t>(id) + 1);
    if (m_keys[id].first == state)
        return m_keys[id].second;
    QByteArray key(name(state->module->target.isa));
    if (state->parent >= 0) {
        key = keyOf(session, state->parent);
        Step step = state->step;
        step.comment.clear();
        if (!state->disabled && !state->refusal)
            key = QCryptographicHash::hash(key + QByteArray::fromStdString(print(step, session.registry())),
                                           QCryptographicHash::Sha1)
                      .toHex();
    }
    m_keys[id] = {state, key};
    return key;
}

}  // namespace strata
