#include "app/lesson/mistakes.h"

#include "app/lesson/compare.h"

#include <algorithm>

namespace strata {

namespace {

using Kind = MistakeKind;

std::vector<Step> joined(std::vector<Step> steps, const std::vector<Step>& more)
{
    steps.insert(steps.end(), more.begin(), more.end());
    return steps;
}

class Mistakes {
public:
    Mistakes(const Lesson& lesson, const PlayedLesson& played, std::size_t exercise)
        : m_lesson(lesson)
        , m_session(*played.session)
        , m_states(played.states)
        , m_at(exercise)
        , m_right(lesson.stepsOf(lesson.steps[exercise]))
    {
    }

    std::vector<AnsweredMistake> all()
    {
        argument();
        order();
        missing();
        extra();
        illegal();
        return std::move(m_found);
    }

private:
    int before() const { return stateBefore(m_states, m_at); }
    int target() const { return m_states[m_at]; }
    const Module& moduleAt(int state) const { return *m_session.state(state)->module; }
    // The exercise before this one, or after it, by its index.
    std::optional<std::size_t> neighbour(int way) const
    {
        for (std::size_t i = m_at + way; i < m_lesson.steps.size(); i += way)
            if (m_lesson.steps[i].count > 0)
                return i;
        return {};
    }

    // Takes the steps from a state: nothing, if it comes to the right program all the same.
    std::optional<AnsweredMistake> taken(Kind kind, int from, const std::vector<Step>& steps)
    {
        m_session.select(from);
        AnsweredMistake answer{kind, {}, false, {}};
        for (const Step& step : steps) {
            answer.steps.push_back(step);
            if (const auto state = m_session.apply(step); !state) {
                if (state.error().kind != ErrorKind::Refused)
                    return {};
                answer.refused = true;
                answer.said = state.error().text();
                return answer;
            }
        }
        const Attempt attempt = judgeAttempt(m_session, m_session.current()->id, target());
        if (attempt.right() || attempt.steps.empty())
            return {};
        answer.said = attempt.where->said.text();
        for (const StepDifference& step : attempt.steps)
            answer.said += "\n" + step.said.text();
        return answer;
    }

    // One of each kind; and one too many once more for each kind that nobody can make here, so that there are five.
    bool has(Kind kind) const
    {
        const auto found = static_cast<std::size_t>(std::count_if(
            m_found.begin(), m_found.end(), [&](const AnsweredMistake& mistake) { return mistake.kind == kind; }));
        return found >= (kind == Kind::Extra ? 1 + m_lesson.steps[m_at].without.size() : 1);
    }
    bool isFound(Kind kind, const std::vector<Step>& steps) const
    {
        return std::any_of(m_found.begin(), m_found.end(), [&](const AnsweredMistake& mistake) {
            return mistake.kind == kind && mistake.steps == steps;
        });
    }

    // Keeps the first that comes to an end, and is told by a step that `names`; else the first that is refused.
    void attempt(Kind kind, int from, const std::vector<Step>& steps, const std::string& names = {})
    {
        if (has(kind) || isFound(kind, steps))
            return;
        std::optional<AnsweredMistake> answer = taken(kind, from, steps);
        if (!answer)
            return;
        if (answer->refused != (kind == Kind::Illegal)) {
            if (answer->refused && !m_second)
                m_second = std::move(answer);
            return;
        }
        if (answer->said.find(names) != std::string::npos)
            m_found.push_back(std::move(*answer));
    }
    // What is told by a refusal, where nothing else is.
    void settle(Kind kind)
    {
        if (!has(kind) && kind != Kind::Illegal && m_second)
            m_found.push_back(std::move(*m_second));
        m_second.reset();
    }

    // --- another number, loop, name or choice in one of the steps, the others as they should be
    void argument()
    {
        for (const LessonChoice& choice : m_lesson.steps[m_at].choices)
            if (choice.refusal.empty() && choice.step != m_right.front())
                attempt(Kind::Argument, before(), {choice.step}, title(choice.step, m_session.registry()));
        m_session.select(before());
        for (std::size_t s = 0; s < m_right.size() && !has(Kind::Argument); ++s) {
            const std::vector<Step> prefix(m_right.begin(), m_right.begin() + static_cast<std::ptrdiff_t>(s));
            const std::vector<Step> rest(m_right.begin() + static_cast<std::ptrdiff_t>(s) + 1, m_right.end());
            for (const Step& other : variants(m_right[s], s == 0 ? moduleAt(before()) : moduleAt(target()))) {
                const std::string names = title(other, m_session.registry());
                attempt(Kind::Argument, before(), joined(joined(prefix, {other}), rest), names);
                attempt(Kind::Argument, before(), joined(prefix, {other}), names);
            }
        }
        settle(Kind::Argument);
    }

    // The step with one argument another one.
    std::vector<Step> variants(const Step& step, const Module& module) const
    {
        std::vector<Step> all;
        const auto transform = m_session.registry().find(step.transform);
        if (!transform)
            return all;
        for (const Parameter& parameter : (*transform)->parameters)
            for (Argument& other : others(step, parameter, module)) {
                Step one = step;
                one.arguments.values[parameter.name] = std::move(other);
                all.push_back(std::move(one));
            }
        return all;
    }

    static std::vector<Argument> others(const Step& step, const Parameter& parameter, const Module& module)
    {
        std::vector<Argument> all;
        const auto given = step.arguments.values.find(parameter.name);
        if (given == step.arguments.values.end())
            return all;
        if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&given->second)) {
            for (std::size_t i = 0; i < numbers->size(); ++i)
                for (const std::int64_t number : {(*numbers)[i] / 2, (*numbers)[i] * 2})
                    if ((*numbers)[i] != inferred && number > 0) {
                        std::vector<std::int64_t> changed = *numbers;
                        changed[i] = number;
                        all.emplace_back(std::move(changed));
                    }
        } else if (const auto* number = std::get_if<std::int64_t>(&given->second)) {
            all.emplace_back(*number * 2);
        } else if (const auto* flag = std::get_if<bool>(&given->second)) {
            all.emplace_back(!*flag);
        } else if (const auto* list = std::get_if<std::vector<std::string>>(&given->second)) {
            if (list->size() > 1)
                all.emplace_back(std::vector<std::string>(list->begin(), list->end() - 1));
        } else if (const auto* text = std::get_if<std::string>(&given->second)) {
            for (std::string& name : otherNames(*text, step, parameter, module))
                all.emplace_back(std::move(name));
        }
        return all;
    }

    static std::vector<std::string> otherNames(const std::string& text, const Step& step, const Parameter& parameter,
                                               const Module& module)
    {
        switch (parameter.kind) {
        case ParameterKind::Function: {
            std::vector<std::string> names;
            for (const FunctionPtr& function : module.functions)
                if (function->name != text)
                    names.push_back(function->name);
            return names;
        }
        case ParameterKind::Loop: return nodesLike(NodeKind::Loop, text, step, module);
        case ParameterKind::Block: return nodesLike(NodeKind::Block, text, step, module);
        case ParameterKind::Buffer: return nodesLike(NodeKind::Buffer, text, step, module);
        case ParameterKind::Node: return nodesLike(NodeKind::Operator, text, step, module);
        case ParameterKind::Choice: {
            std::vector<std::string> names = parameter.choices;
            std::erase(names, text);
            return names;
        }
        case ParameterKind::Name: return {"other"};
        default: return otherNumbers(text);
        }
    }

    // "n == 784": of a text that holds a number, the half of it.
    static std::vector<std::string> otherNumbers(const std::string& text)
    {
        const auto digit = [](char c) { return c >= '0' && c <= '9'; };
        const auto first = std::find_if(text.begin(), text.end(), digit);
        const auto last = std::find_if_not(first, text.end(), digit);
        const std::string number(first, last);
        if (number.empty() || number.size() > 9 || number == "0")
            return {};
        std::string changed = text;
        const std::string other = std::to_string(std::max(1, std::stoi(number) / 2));
        for (std::size_t at = changed.find(number); at != std::string::npos;
             at = changed.find(number, at + other.size()))
            changed.replace(at, number.size(), other);
        return {changed};
    }

    static std::vector<std::string> nodesLike(NodeKind kind, const std::string& text, const Step& step,
                                              const Module& module)
    {
        std::vector<std::string> names;
        const auto* name = step.arguments.values.empty() ? nullptr : functionOf(step);
        if (const FunctionPtr function = name ? module.find(*name) : nullptr)
            for (const Cursor& cursor : cursors(*function))
                if (cursor.kind == kind && cursor.name != text)
                    names.push_back(cursor.name);
        return names;
    }
    static const std::string* functionOf(const Step& step)
    {
        const auto found = step.arguments.values.find("function");
        return found == step.arguments.values.end() ? nullptr : std::get_if<std::string>(&found->second);
    }

    // --- steps or loops the other way round, or one before its time
    void order()
    {
        for (std::size_t s = 0; s + 1 < m_right.size(); ++s) {
            std::vector<Step> steps = m_right;
            std::swap(steps[s], steps[s + 1]);
            attempt(Kind::Order, before(), steps);
        }
        for (std::size_t s = 0; s < m_right.size(); ++s)
            for (const auto& [name, value] : m_right[s].arguments.values)
                if (const auto* list = std::get_if<std::vector<std::string>>(&value); list && list->size() > 1) {
                    std::vector<Step> steps = m_right;
                    steps[s].arguments.values[name] = std::vector<std::string>(list->rbegin(), list->rend());
                    attempt(Kind::Order, before(), steps);
                }
        if (const auto earlier = neighbour(-1)) {
            std::vector<Step> steps = m_lesson.stepsOf(m_lesson.steps[*earlier]);
            steps.insert(steps.end() - 1, m_right.front());
            attempt(Kind::Order, stateBefore(m_states, *earlier),
                    joined(std::move(steps), {m_right.begin() + 1, m_right.end()}));
        }
        if (const auto later = neighbour(1))
            attempt(Kind::Order, before(), joined({m_lesson.stepsOf(m_lesson.steps[*later]).front()}, m_right));
        settle(Kind::Order);
    }

    void missing()
    {
        for (std::size_t s = m_right.size(); s-- > 0;) {
            std::vector<Step> steps = m_right;
            steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(s));
            attempt(Kind::Missing, before(), steps, title(m_right[s], m_session.registry()));
        }
        settle(Kind::Missing);
    }

    // --- one too many: what comes next, else whatever can be done to a node
    void extra()
    {
        if (const auto later = neighbour(1))
            extraStep(m_lesson.stepsOf(m_lesson.steps[*later]).front());
        for (const LessonStep& step : m_lesson.steps)
            for (const LessonChoice& choice : step.choices)
                if (choice.refusal.empty())
                    extraStep(choice.step);
        const Module module = moduleAt(target());
        for (const Cursor& cursor : cursors(module))
            for (const Transform& transform : m_session.registry().all()) {
                if (has(Kind::Extra))
                    return;
                if (std::count(transform.appliesTo.begin(), transform.appliesTo.end(), cursor.kind) == 0)
                    continue;
                if (const auto arguments = suggestArguments(transform, module, cursor))
                    extraStep({transform.id, *arguments, {}, {}});
            }
        m_second.reset();
    }
    void extraStep(const Step& step)
    {
        attempt(Kind::Extra, before(), joined(m_right, {step}), title(step, m_session.registry()));
    }

    // --- one that is refused: those of the lesson, else the exercise's own where it is not yet, or no longer, legal
    void illegal()
    {
        for (const LessonChoice& choice : m_lesson.steps[m_at].choices)
            if (!choice.refusal.empty())
                attempt(Kind::Illegal, before(), {choice.step});
        for (const Step& step : m_right)
            attempt(Kind::Illegal, before(), joined(m_right, {step}));
        for (std::size_t s = 1; s < m_right.size(); ++s)
            attempt(Kind::Illegal, before(), {m_right[s]});
        for (const LessonStep& step : m_lesson.steps)
            for (const LessonChoice& choice : step.choices)
                if (!choice.refusal.empty())
                    attempt(Kind::Illegal, before(), {choice.step});
        for (const Step& step : m_right)
            for (const Step& other : variants(step, moduleAt(before())))
                attempt(Kind::Illegal, before(), {other});
        m_second.reset();
    }

    const Lesson& m_lesson;
    Session m_session;  // its own: what is tried leaves no branch
    const std::vector<int>& m_states;
    std::size_t m_at;
    std::vector<Step> m_right;
    std::vector<AnsweredMistake> m_found;
    std::optional<AnsweredMistake> m_second;  // refused where it should have come to an end
};

}  // namespace

std::vector<AnsweredMistake> answeredMistakes(const Lesson& lesson, const PlayedLesson& played, std::size_t exercise)
{
    return Mistakes(lesson, played, exercise).all();
}

}  // namespace strata
