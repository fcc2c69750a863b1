#include "app/lesson/play.h"

#include "app/lesson/compare.h"
#include "app/lesson/mistakes.h"
#include "app/workbench/values.h"
#include "core/index/simplify.h"
#include "core/reference/evaluate.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

namespace strata {

namespace {

std::string numberText(double value)
{
    char text[32];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    return error == std::errc() ? std::string(text, end) : std::string();
}

// The loops around a loop, outermost first, and itself.
bool findLoop(const Body& body, const std::string& name, std::vector<const Loop*>& around)
{
    for (const StmtPtr& statement : body)
        if (const Loop* loop = as<Loop>(statement)) {
            around.push_back(loop);
            if (loop->name == name || findLoop(loop->body, name, around))
                return true;
            around.pop_back();
        } else if (const Block* block = as<Block>(statement); block && findLoop(block->body, name, around)) {
            return true;
        }
    return false;
}

Result<std::string> turnsOf(const Function& function, const std::string& name, bool inAll)
{
    std::vector<const Loop*> around;
    if (!function.loops() || !findLoop(function.loops()->body, name, around))
        return refused(say("{} has no loop {}.", function.name, name));
    if (!inAll)
        around = {around.back()};
    double product = 1;
    for (const Loop* loop : around) {
        const std::optional<std::int64_t> extent = number(loop->extent);
        if (!extent)
            return refused(say("How often loop {} turns depends on a size.", loop->name));
        product *= double(*extent);
    }
    return numberText(product);
}

// Of a buffer of loops, of one of a runtime program, or of all of these together (`arena`).
Result<std::string> bytesOf(const Function& function, const std::string& name)
{
    const auto bytes = [](const TensorType& type) -> std::optional<std::string> {
        const std::optional<std::int64_t> count = elementCount(type.shape);
        return count ? std::optional(std::to_string(byteCount(type.dtype, *count))) : std::nullopt;
    };
    if (const LibraryBody* library = function.library()) {
        if (name == "arena")
            return std::to_string(library->arenaBytes);
        for (const LibraryStmtPtr& statement : library->statements)
            if (const auto* buffer = std::get_if<AllocateBuffer>(statement.get()); buffer && buffer->name == name)
                if (const auto found = bytes(buffer->type))
                    return *found;
    }
    for (const Buffer& buffer : buffers(function))
        if (buffer.name == name)
            if (const auto found = bytes(buffer.type))
                return *found;
    return refused(say("{} has no buffer {} of a known size.", function.name, name));
}

Result<std::string> nodesOf(const Function& function)
{
    if (const GraphBody* graph = function.graph())
        return std::to_string(graph->nodes.size());
    if (const LibraryBody* library = function.library())
        return std::to_string(std::count_if(library->statements.begin(), library->statements.end(),
                                            [](const auto& s) { return std::holds_alternative<LibraryCall>(*s); }));
    return refused(say("{} is no graph and no runtime program, so it has no nodes.", function.name));
}

Result<std::string> valueOf(const LessonQuestion& question, const Lesson& lesson, const Module& module)
{
    const FunctionPtr entry = module.entryFunction();
    if (!entry)
        return refused("The model has no entry.");
    STRATA_TRY(const auto given, givenInputs(lesson, module));
    STRATA_TRY(const std::vector<Tensor> inputs, inputsWith(module, {}, given));
    STRATA_TRY(const std::vector<Tensor> outputs, evaluate(module, *entry, inputs));
    for (std::size_t i = 0; i < entry->results.size(); ++i)
        if (entry->results[i].name == question.node.name) {
            const std::vector<std::int64_t> sizes = constants(outputs[i].type.shape);
            std::int64_t at = 0;
            bool inside = sizes.size() == question.index.size();
            for (std::size_t d = 0; inside && d < sizes.size(); ++d) {
                inside = question.index[d] >= 0 && question.index[d] < sizes[d];
                at = at * sizes[d] + question.index[d];
            }
            if (!inside)
                return refused(say("{} has no such element.", question.node.name));
            return numberText(outputs[i].at(at));
        }
    return refused(say("The model has no result {}.", question.node.name));
}

}  // namespace

Result<std::map<std::string, Tensor>> givenInputs(const Lesson& lesson, const Module& module)
{
    const FunctionPtr entry = module.entryFunction();
    std::map<std::string, Tensor> given;
    for (const auto& [name, file] : lesson.inputs) {
        const TypedName* parameter = entry ? findParam(*entry, name) : nullptr;
        if (!parameter)
            return refused(say("The model has no input {}.", name));
        STRATA_TRY(given[name], readValue(file, *parameter));
    }
    return given;
}

std::vector<int> lessonStates(const Lesson& lesson, const Session& session)
{
    // The lesson's own path is the one whose steps were made first.
    const std::vector<StatePtr> path = session.path(session.tip(0));
    std::vector<int> states;
    for (const LessonStep& step : lesson.steps)
        states.push_back(path[std::min(path.size() - 1, std::size_t(step.first + step.count))]->id);
    return states;
}

Result<std::string> answerTo(const LessonQuestion& question, const Lesson& lesson, const Session& session, int state)
{
    using Kind = LessonQuestion::Kind;
    const Module& module = *session.state(state)->module;
    if (question.kind == Kind::Value)
        return valueOf(question, lesson, module);
    if (question.kind == Kind::Legal) {
        const auto transform = session.registry().find(question.step->transform);
        if (!transform)
            return transform.error();
        const auto applied = Session::compute(session.state(state), *question.step, session.registry(), {});
        if (!applied && applied.error().kind != ErrorKind::Refused)
            return applied.error();
        return std::string(applied ? "yes" : "no");
    }
    const FunctionPtr function = module.find(question.node.function);
    if (!function)
        return refused(say("There is no function {}.", question.node.function));
    switch (question.kind) {
    case Kind::Turns: return turnsOf(*function, question.node.name, false);
    case Kind::Runs: return turnsOf(*function, question.node.name, true);
    case Kind::Bytes: return bytesOf(*function, question.node.name);
    case Kind::Nodes: return nodesOf(*function);
    default: break;
    }
    if (!exists(module, question.node))
        return refused(say("There is no {}.", toString(question.node)));
    return question.answer;
}

bool isAnswer(const LessonQuestion& question, const std::string& given)
{
    const auto plainly = [](const std::string& text) {
        std::string plain;
        for (const char c : text)
            if (c != ',' && c != ' ' && c != '\'' && c != '_')
                plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return plain;
    };
    const std::string plain = plainly(given), right = plainly(question.answer);
    if (plain == right)
        return true;
    double one = 0, other = 0;
    const auto number = [](const std::string& text, double& value) {
        return std::from_chars(text.data(), text.data() + text.size(), value).ptr == text.data() + text.size()
               && !text.empty();
    };
    return number(plain, one) && number(right, other) && std::abs(one - other) <= 1e-6 * std::abs(other);
}

Result<PlayedLesson> playLesson(const Lesson& lesson, Toolchain& toolchain)
{
    PlayedLesson played;
    STRATA_TRY(played.model, openModel(lesson.model));
    compileFor(Target::usual(), played.model);  // what a lesson shows is the same on every machine
    played.session = std::make_unique<Session>(played.model.module, makeRegistry(), makeContext(toolchain));
    if (Status replayed = replay(*played.session, lesson.recipe); !replayed) {
        Error error = replayed.error();
        error.message = lesson.folder + "/lesson.recipe: " + error.message;
        return error;
    }
    played.states = lessonStates(lesson, *played.session);
    return played;
}

namespace {

class LessonCheck {
public:
    LessonCheck(const Lesson& lesson, PlayedLesson& played, const TransformContext& context)
        : m_lesson(lesson)
        , m_played(played)
        , m_session(*played.session)
        , m_states(played.states)
        , m_context(context)
    {
    }

    LessonReport run()
    {
        for (std::size_t i = 0; i < m_lesson.steps.size(); ++i) {
            m_step = &m_lesson.steps[i];
            m_before = stateBefore(m_states, i);
            m_after = m_states[i];
            ++m_report.steps;
            looks();
            choices();
            questions();
            target();
            if (m_step->count > 0)
                mistakes(i);
            m_report.hints += static_cast<int>(m_step->hints.size());
        }
        reset();
        return std::move(m_report);
    }

private:
    void fault(const std::string& what)
    {
        m_report.faults.push_back(m_lesson.name + " (" + m_lesson.language + "), step " + m_step->name + ": " + what);
    }

    void looks()
    {
        for (const LessonLook& look : m_step->looks)
            if (!exists(*m_session.state(m_after)->module, look.node))
                fault("there is no " + toString(look.node) + " to look at.");
    }

    void choices()
    {
        for (const LessonChoice& choice : m_step->choices) {
            ++m_report.choices;
            const auto taken = Session::compute(m_session.state(m_before), choice.step, m_session.registry(),
                                                m_context);
            if (choice.refusal.empty() && !taken)
                fault("the choice " + choice.name + " is refused: " + taken.error().text());
            else if (!choice.refusal.empty() && taken)
                fault("the choice " + choice.name + " is legal.");
            else if (!taken && taken.error().text().find(choice.refusal) == std::string::npos)
                fault("the choice " + choice.name + " is refused in other words: " + taken.error().text());
        }
    }

    void questions()
    {
        for (const LessonQuestion& question : m_step->questions) {
            ++m_report.questions;
            const Result<std::string> answer = answerTo(question, m_lesson, m_session, m_after);
            if (!answer)
                fault("the question " + question.name + " has no answer: " + answer.error().text());
            else if (!isAnswer(question, *answer))
                fault("the answer to " + question.name + " is " + *answer + ", not " + question.answer + ".");
        }
    }

    void target()
    {
        if (m_step->target.empty())
            return;
        ++m_report.targets;
        const ModulePtr actual = m_session.state(m_after)->module;
        const Result<ModulePtr> expected = loadText(m_step->target);
        if (!expected)
            return fault(expected.error().text());
        if (const auto difference = firstDifference(*actual, **expected))
            fault("it is not the program of " + m_step->target + ". " + difference->said.text());
    }

    void mistakes(std::size_t exercise)
    {
        ++m_report.exercises;
        const std::vector<AnsweredMistake> answered = answeredMistakes(m_lesson, m_played, exercise);
        m_report.mistakes += static_cast<int>(answered.size());
        for (const MistakeKind kind : allMistakes) {
            const auto made = std::find_if(answered.begin(), answered.end(),
                                           [&](const AnsweredMistake& one) { return one.kind == kind; });
            const bool excused = m_step->without.count(kind) > 0;
            if (made == answered.end() && !excused)
                fault(std::string("no mistake of the kind ") + name(kind) + " is answered here.");
            else if (made != answered.end() && excused)
                fault(std::string("it is said to be without ") + name(kind) + ", but this is one: " + made->said);
        }
    }

    void reset()
    {
        const ModulePtr root = m_session.state(0)->module;
        m_session.select(0);
        if (m_session.current()->module != root || m_session.canUndo())
            fault("the way back to the beginning does not lead there.");
    }

    const Lesson& m_lesson;
    const PlayedLesson& m_played;
    Session& m_session;
    const std::vector<int>& m_states;
    const TransformContext& m_context;
    const LessonStep* m_step = nullptr;
    int m_before = 0, m_after = 0;
    LessonReport m_report;
};

}  // namespace

Result<LessonReport> checkLesson(const Lesson& lesson, Toolchain& toolchain)
{
    STRATA_TRY(PlayedLesson played, playLesson(lesson, toolchain));
    const TransformContext context = makeContext(toolchain);
    return LessonCheck(lesson, played, context).run();
}

}  // namespace strata
