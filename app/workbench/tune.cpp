// A search a function, each in a module of its own: an entry that makes the one call, with the constants of the model,
// so that what is packed there is packed here. A generation is a handful of candidates, mutated from the best or drawn;
// the cost model ranks them, and the first ones run in turn with the rules' own choice. Functions take their turns by
// the time that they have, less with every generation that found nothing.
#include "app/workbench/tune.h"

#include "app/workbench/explain.h"
#include "backends/store/store.h"
#include "core/ir/calls.h"
#include "core/ir/cpu.h"
#include "core/text/text.h"
#include "passes/rewrite/function.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

namespace strata {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int candidatesOfAGeneration = 10, measuredOfAGeneration = 3, patience = 3;
constexpr double secondsOfAMeasurement = 0.25, worthIt = 1.02, drawn = 0.3;

std::string textOf(const Decisions& decisions)
{
    std::string text;
    for (const auto& [block, choice] : decisions)
        text += (text.empty() ? "" : "; ") + block + " = " + choice;
    return text;
}

Decisions decisionsOf(const std::string& text)
{
    Decisions decisions;
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, ';');) {
        const std::size_t equals = part.find(" = "), begin = part.find_first_not_of(' ');
        if (equals != std::string::npos && begin < equals)
            decisions[part.substr(begin, equals - begin)] = part.substr(equals + 3);
    }
    return decisions;
}

// How many words of two choices differ: neighbours differ in one.
int distance(const std::string& a, const std::string& b)
{
    std::istringstream x(a), y(b);
    std::string v, w;
    int count = 0;
    for (;;) {
        const bool more = bool(x >> v), other = bool(y >> w);
        if (!more && !other)
            return count;
        count += more != other || v != w;
    }
}

// The function's call alone, of a graph whose other nodes are left out; or the function, where it is the entry.
ModulePtr alone(const Module& module, const std::string& function)
{
    const FunctionPtr entry = module.entryFunction();
    if (entry && entry->loops() && entry->name == function) {
        Module made = module;
        made.functions = {entry};
        return std::make_shared<const Module>(std::move(made));
    }
    if (!entry || !entry->graph())
        return nullptr;
    const OperandTypes types(module, *entry);
    for (const GraphNodePtr& node : entry->graph()->nodes) {
        if (!node->isCall() || node->callee != function)
            continue;
        Function single;
        single.name = entry->name;
        std::set<std::string> params;
        Module made;
        for (const Operand& input : node->inputs) {
            const std::optional<ValueType> type = types.of(input);
            if (input.kind == Operand::Kind::Value && type && params.insert(input.name).second)
                single.params.push_back({input.name, *type});
            if (input.kind == Operand::Kind::Constant)
                made.constants.emplace(input.name, module.constants.find(input.name)->second);
        }
        GraphBody body{{node}, {}};
        for (const TypedName& output : node->outputs) {
            single.results.push_back(output);
            body.returns.push_back(Operand::value(output.name));
        }
        single.body = std::move(body);
        made.name = function;
        made.entry = entry->name;
        made.target = module.target;
        made.intrinsics = module.intrinsics;
        made.functions = {std::make_shared<const Function>(std::move(single)), module.find(function)};
        return std::make_shared<const Module>(std::move(made));
    }
    return nullptr;
}

// One function on its way to its fastest form.
class Search {
public:
    Search(Toolchain& toolchain, ModulePtr alone, const TunedFunction& function, const TuneRequest& request,
           const MachineModel& machine, TuningDatabase& database)
        : m_toolchain(toolchain)
        , m_alone(std::move(alone))
        , m_request(request)
        , m_machine(machine)
        , m_database(database)
        , m_random(17)
        , m_result(function)
    {
        const Session session(m_alone, makeRegistry(), makeContext(toolchain));
        m_choices = decisionsFor(session, m_result.function, request.threads);
        constexpr int countless = 10'000;  // ways to combine what is decided for several blocks
        if (!m_choices.empty())
            m_result.choices = 1;
        for (const auto& [block, choices] : m_choices)
            m_result.choices = int(std::min<std::size_t>(countless, std::size_t(m_result.choices) * choices.size()));
        recall();
    }

    const TunedFunction& result() const { return m_result; }
    bool isDone() const { return m_choices.empty() || m_fruitless >= patience || m_result.tried >= m_result.choices; }
    double urgency() const { return m_result.share / double(1 + m_fruitless + m_generations / 2); }
    Status generation(std::stop_token stop);

private:
    struct Candidate {
        Decisions decisions;
        ModulePtr module;
        double predicted = 0;
    };
    std::string key() const;
    void recall();
    Decisions mutated();
    std::optional<Candidate> made(const Decisions& decisions);
    Status measure(const Candidate& candidate, std::stop_token stop);

    Toolchain& m_toolchain;
    ModulePtr m_alone;
    const TuneRequest& m_request;
    const MachineModel& m_machine;
    TuningDatabase& m_database;
    std::mt19937 m_random;
    std::map<std::string, std::vector<std::string>> m_choices;
    std::set<std::string> m_tried;
    std::vector<Tensor> m_inputs;
    ModulePtr m_rule;
    TunedFunction m_result;
    int m_fruitless = 0, m_generations = 0;
};

// The function under a name that says nothing, and what it runs on.
std::string Search::key() const
{
    const Function plain = renamed(*m_alone->find(m_result.function), "f");
    return BuildStore::keyOf(print(plain) + name(m_alone->target.isa) + " " + std::to_string(m_request.threads))
        .substr(0, 16);
}

void Search::recall()
{
    for (const TuningDatabase::Entry& entry : m_database.of(key())) {
        m_tried.insert(textOf(entry.decisions));
        if (entry.low > 1 && entry.speed > std::max(worthIt, m_result.speed)) {
            m_result.speed = entry.speed;
            m_result.decisions = entry.decisions;
        }
    }
    m_result.tried = int(m_tried.size());
}

// The best with another choice for one block: a neighbour, or now and then any.
Decisions Search::mutated()
{
    Decisions decisions = m_result.decisions;
    auto block = m_choices.begin();
    std::advance(block, std::uniform_int_distribution<std::size_t>(0, m_choices.size() - 1)(m_random));
    const std::vector<std::string>& choices = block->second;
    const std::string now = decisions.count(block->first) ? decisions[block->first] : choices.front();
    std::vector<std::string> near;
    for (const std::string& choice : choices)
        if (const int words = distance(choice, now); words > 0 && words <= 2)
            near.push_back(choice);
    const bool any = near.empty() || std::uniform_real_distribution<>(0, 1)(m_random) < drawn;
    const std::vector<std::string>& from = any ? choices : near;
    decisions[block->first] = from[std::uniform_int_distribution<std::size_t>(0, from.size() - 1)(m_random)];
    return decisions;
}

std::optional<Search::Candidate> Search::made(const Decisions& decisions)
{
    Session session(m_alone, makeRegistry(), makeContext(m_toolchain));
    const Result<AutomaticReport> report = autoSchedule(session, m_result.function, {}, decisions);
    if (!report)
        return std::nullopt;
    const ModulePtr module = session.current()->module;
    return Candidate{decisions, module, predict(*module, *module->find(m_result.function), m_machine).seconds};
}

Status Search::measure(const Candidate& candidate, std::stop_token stop)
{
    MeasureInTurn request;
    request.modules = {m_rule, candidate.module};
    request.inputs = m_inputs;
    request.threads = m_request.threads;
    request.seconds = secondsOfAMeasurement;
    STRATA_TRY(const std::vector<MeasuredModule> measured, measureInTurn(m_toolchain, request, stop));
    const Interval ratio = speed(measured[1].timing, measured[0].timing);
    m_result.trials.push_back(m_result.ms / ratio.value);
    STRATA_CHECK(m_database.add({key(), candidate.decisions, ratio.value, ratio.low, m_result.function}));
    if (ratio.low > 1 && ratio.value > std::max(worthIt, 1.01 * m_result.speed)) {
        m_result.speed = ratio.value;
        m_result.decisions = candidate.decisions;
        m_fruitless = -1;
    }
    return {};
}

Status Search::generation(std::stop_token stop)
{
    if (!m_rule) {
        const std::optional<Candidate> rule = made({});
        if (!rule)
            return refused(say("The rules do not schedule {}.", m_result.function));
        m_rule = rule->module;
        STRATA_TRY(m_inputs, inputsFor(*m_alone));
    }
    std::vector<Candidate> candidates;
    for (int draw = 0; draw < 4 * candidatesOfAGeneration && int(candidates.size()) < candidatesOfAGeneration; ++draw) {
        const Decisions decisions = mutated();
        if (stop.stop_requested() || !m_tried.insert(textOf(decisions)).second)
            continue;
        ++m_result.tried;
        if (std::optional<Candidate> candidate = made(decisions); candidate && !equal(*candidate->module, *m_rule))
            candidates.push_back(std::move(*candidate));
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.predicted < b.predicted; });
    candidates.resize(std::min<std::size_t>(candidates.size(), measuredOfAGeneration));
    for (const Candidate& candidate : candidates) {
        if (stop.stop_requested())
            break;
        STRATA_CHECK(measure(candidate, stop));
    }
    ++m_generations;
    m_fruitless = candidates.empty() ? patience : m_fruitless + 1;
    return {};
}

// The largest share first.
std::vector<TunedFunction> resultsOf(const std::vector<Search>& searches)
{
    std::vector<TunedFunction> results;
    for (const Search& search : searches)
        results.push_back(search.result());
    std::stable_sort(results.begin(), results.end(),
                     [](const TunedFunction& a, const TunedFunction& b) { return a.share > b.share; });
    return results;
}

// Time by function, of the model as the rules have it.
Result<std::map<std::string, double>> timesOf(Toolchain& toolchain, const Module& module, const TuneRequest& request,
                                              std::stop_token stop)
{
    STRATA_TRY(const LoweredModule lowered, lowerByDefault(module, toolchain.lowering.get()));
    MeasureInTurn measure;
    measure.modules = {std::make_shared<const Module>(module)};
    measure.inputs = request.inputs;
    measure.threads = request.threads;
    measure.seconds = 0.5;
    STRATA_TRY(const std::vector<MeasuredModule> measured, measureInTurn(toolchain, measure, stop));
    std::map<std::string, double> byCall, byFunction;
    for (std::size_t i = 0; i < measured[0].timing.callMs.size(); ++i)
        byCall[measured[0].artifact.loaded.calls[i]] = measured[0].timing.callMs[i];
    forEachCall(*lowered.module->entryFunction(),
                [&](const Call& call) { byFunction[call.callee] += byCall[call.name]; });
    return byFunction;
}

}  // namespace

std::string choiceText(const TunedFunction& function)
{
    std::string text;
    for (const auto& [block, choice] : function.decisions)
        text += (text.empty() ? "" : "; ") + block + ": " + choice;
    return text.empty() ? "the rules' own" : text;
}

TuningDatabase TuningDatabase::load(const std::string& path)
{
    TuningDatabase database;
    database.m_path = path;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        std::string key, speed, low, function, decisions;
        if (!line.starts_with("#") && std::getline(fields, key, '\t') && std::getline(fields, speed, '\t')
            && std::getline(fields, low, '\t') && std::getline(fields, function, '\t')
            && std::getline(fields, decisions))
            database.m_entries.push_back({key, decisionsOf(decisions), std::strtod(speed.c_str(), nullptr),
                                          std::strtod(low.c_str(), nullptr), function});
    }
    return database;
}

std::string TuningDatabase::defaultPath(const Toolchain& toolchain)
{
    if (!toolchain.store)
        return "";
    std::string machine = machineName();
    for (char& c : machine)
        c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    return toolchain.store->folder() + "/tuned/" + machine + ".tsv";
}

std::vector<TuningDatabase::Entry> TuningDatabase::of(const std::string& key) const
{
    std::vector<Entry> found;
    std::copy_if(m_entries.begin(), m_entries.end(), std::back_inserter(found),
                 [&](const Entry& entry) { return entry.key == key; });
    return found;
}

Status TuningDatabase::add(const Entry& entry)
{
    m_entries.push_back(entry);
    if (m_path.empty())
        return {};
    std::error_code ignored;
    fs::create_directories(fs::path(m_path).parent_path(), ignored);
    const bool isNew = !fs::exists(m_path);
    std::ofstream file(m_path, std::ios::app);
    if (isNew)
        file << "# measured by strata tune on " << machineName()
             << "\n# function and what it runs on, times as fast as by the rules, at least, name, choices\n";
    file << entry.key << '\t' << entry.speed << '\t' << entry.low << '\t' << entry.function << '\t'
         << textOf(entry.decisions) << '\n';
    file.flush();
    if (file)
        return {};
    Error error;
    error.kind = ErrorKind::Environment;
    error.message = "The tuning database " + m_path + " cannot be written.";
    error.hint = "--database names another file.";
    return error;
}

Result<Tuning> tune(Toolchain& toolchain, Session& session, const TuneRequest& request, std::stop_token stop,
                    const Progress& progress)
{
    const auto begin = Clock::now();
    const auto left = [&] { return request.seconds - std::chrono::duration<double>(Clock::now() - begin).count(); };
    const auto say = [&](const std::string& what) {
        if (progress)
            progress(what, std::clamp(1 - left() / request.seconds, 0.0, 1.0));
    };
    AutomaticReport report;
    STRATA_TRY(const std::vector<std::string> names, autoLower(session, report));
    Session rules = session;
    for (const std::string& name : names)
        STRATA_CHECK(autoSchedule(rules, name));
    say("measuring the rules' own choices");
    STRATA_TRY(auto times, timesOf(toolchain, *rules.current()->module, request, stop));
    STRATA_TRY(const MachineLimits limits,
               toolchain.runner.limits(cpuOf(session.current()->module->target.isa).needs, request.threads));
    const MachineModel machine = modelOf(limits);
    TuningDatabase database = TuningDatabase::load(request.database);
    double sum = 0;
    for (const auto& [name, ms] : times)
        sum += ms;
    std::vector<Search> searches;
    searches.reserve(names.size());
    for (const std::string& name : names)
        if (const ModulePtr single = alone(*session.current()->module, name))
            searches.emplace_back(toolchain, single,
                                  TunedFunction{name, times[name], sum > 0 ? times[name] / sum : 0, 0, 0, 1, {}},
                                  request, machine, database);
    Tuning tuning;
    const auto tell = [&] {
        if (request.found)
            request.found(resultsOf(searches));
    };
    tell();
    for (;;) {
        Search* next = nullptr;
        for (Search& search : searches)
            if (!search.isDone() && (!next || search.urgency() > next->urgency()))
                next = &search;
        tuning.ended = stop.stop_requested() ? "it was stopped" : !next ? "nothing promising is left" : "time is up";
        if (stop.stop_requested() || !next || left() <= 0)
            break;
        say("tuning " + next->result().function);
        STRATA_CHECK(next->generation(stop));
        tell();
    }
    Decisions none;
    for (const std::string& name : names) {
        const auto search = std::find_if(searches.begin(), searches.end(),
                                         [&](const Search& one) { return one.result().function == name; });
        STRATA_CHECK(autoSchedule(session, name, {}, search == searches.end() ? none : search->result().decisions));
    }
    tuning.functions = resultsOf(searches);
    say("measuring the model");
    MeasureInTurn both;
    both.modules = {rules.current()->module, session.current()->module};
    both.inputs = request.inputs;
    both.threads = request.threads;
    STRATA_TRY(const std::vector<MeasuredModule> measured, measureInTurn(toolchain, both));
    tuning.ruleMs = measured[0].timing.medianMs;
    tuning.tunedMs = measured[1].timing.medianMs;
    tuning.speed = speed(measured[1].timing, measured[0].timing);
    // Functions are measured alone, where data lie nearer and other work comes between others.
    const bool isOther = std::any_of(tuning.functions.begin(), tuning.functions.end(),
                                     [](const TunedFunction& f) { return !f.decisions.empty(); });
    tuning.holds = !isOther || tuning.speed.high >= 1;
    if (!tuning.holds)
        session = rules;
    return tuning;
}

}  // namespace strata
