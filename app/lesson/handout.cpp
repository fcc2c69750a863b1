#include "app/lesson/handout.h"

#include "app/lesson/markdown.h"
#include "app/lesson/published.h"
#include "app/report/graph_svg.h"
#include "app/report/sheet.h"
#include "app/workbench/place.h"
#include "app/workbench/values.h"

#include <algorithm>

namespace strata {

namespace {

class Handout {
public:
    Handout(Toolchain& toolchain, const Lesson& lesson, const Session& session, const std::vector<int>& states,
            const std::map<int, Timing>& times)
        : m_toolchain(toolchain)
        , m_lesson(lesson)
        , m_session(session)
        , m_states(states)
        , m_times(times)
        , m_context(makeContext(toolchain))
    {
        if (Result<Catalogue> catalogue = catalogueOf(lesson.language))
            m_catalogue = std::move(*catalogue);
    }

    Result<std::string> page(std::stop_token stop, const Progress& progress)
    {
        Sheet sheet;
        sheet.language = m_lesson.language;
        sheet.title = sheet.head = m_lesson.title;
        sheet.sentence = m_catalogue.translated(say("{}, made by Strata on {}", m_lesson.chapter, machineName()));
        sheet.stepByStep = said("step by step");
        sheet.allBelow = said("all below each other");
        sheet.sections.push_back({"about", "", said("What it is about"), "", "", false, introduction()});
        for (std::size_t i = 0; i < m_lesson.steps.size(); ++i) {
            if (stop.stop_requested())
                return refused("The page is cancelled.");
            if (progress)
                progress("step " + std::to_string(i + 1), double(i) / double(m_lesson.steps.size()));
            const auto time = m_times.find(m_states[i]);
            sheet.sections.push_back({"s" + std::to_string(i + 1), std::to_string(i + 1), m_lesson.steps[i].title,
                                      time == m_times.end() ? "" : timeText(time->second.medianMs), "", false,
                                      step(i, stop)});
        }
        if (const std::string table = times(); !table.empty())
            sheet.sections.push_back({"times", "✓", said("All times"), "", "", false, table});
        return sheetPage(sheet);
    }

private:
    // In the lesson's language, whichever the window speaks.
    std::string said(const char* text) const { return m_catalogue.translated(text); }
    std::string heading(const std::string& text) const { return element("h3", text); }

    std::string introduction() const
    {
        return element("h2", m_lesson.title) + element("p class=\"sentence\"", m_lesson.summary)
               + markdownHtml(m_lesson.text);
    }

    std::string step(std::size_t at, std::stop_token stop)
    {
        const LessonStep& step = m_lesson.steps[at];
        std::string html = element("h2", std::to_string(at + 1) + " · " + step.title) + markdownHtml(step.text);
        for (const Step& taken : m_lesson.stepsOf(step))
            html += "<p class=\"facts\"><code class=\"step\">" + escapeXml(print(taken, m_session.registry()))
                    + "</code></p>\n";
        if (!step.looks.empty())
            html += heading(said("What to look at")) + looks(step);
        html += change(at, stop);
        if (!step.changed.empty())
            html += heading(said("What changed")) + markdownHtml(step.changed);
        if (!step.choices.empty())
            html += heading(said("What if")) + choices(step, stateBefore(m_states, at));
        if (!step.questions.empty())
            html += heading(said("Questions")) + questions(step);
        return html + published(at);
    }

    static std::string looks(const LessonStep& step)
    {
        std::string html = "<ul>";
        for (const LessonLook& look : step.looks)
            html += "<li>" + markdownLine(look.text) + "</li>";
        return html + "</ul>\n";
    }

    // What all its steps together changed; of the first, how the program begins.
    std::string change(std::size_t at, std::stop_token stop)
    {
        const int before = stateBefore(m_states, at), after = m_states[at];
        const bool first = at == 0;
        if (before == after && !first)
            return {};
        Forwarding forwarding = m_session.state(after)->forwarding;
        for (int id = m_session.state(after)->parent; id > before; id = m_session.state(id)->parent)
            forwarding = compose(m_session.state(id)->forwarding, forwarding);
        const Result<ReportedChange> change = changeBetween(
            m_toolchain, first ? nullptr : m_session.state(before)->module.get(), *m_session.state(after)->module,
            first ? Forwarding() : forwarding, stop);
        if (!change)
            return element("p class=\"facts\"", m_catalogue.translated(change.error()).text());
        std::string html;
        if (!change->graph.empty())
            html += heading(said("Graph")) + "<div class=\"figure\">" + change->graph + "</div>\n";
        if (!change->functions.empty())
            html += heading(said("Loops"));
        constexpr std::size_t mostShown = 4;
        for (std::size_t i = 0; i < change->functions.size(); ++i) {
            const ReportedFunction& function = change->functions[i];
            html += "<details class=\"function\"" + std::string(i < mostShown ? " open=\"open\"" : "") + "><summary><b>"
                    + escapeXml(function.name) + "</b></summary>"
                    + (function.before.empty() ? codeLines(function.after)
                                               : codeDiff(function, said("{} lines as before")))
                    + "</details>\n";
        }
        return html;
    }

    std::string choices(const LessonStep& step, int before) const
    {
        std::string html = "<ul>";
        for (const LessonChoice& choice : step.choices) {
            const auto taken = Session::compute(m_session.state(before), choice.step, m_session.registry(), m_context);
            html += "<li class=\"choice\"><b>" + escapeXml(taken ? said("legal") : said("refused")) + "</b> <code>"
                    + escapeXml(print(choice.step, m_session.registry())) + "</code><br/>" + markdownLine(choice.text);
            if (!taken)
                html += "<br/>" + element("i", m_catalogue.translated(taken.error()).message);
            html += "</li>";
        }
        return html + "</ul>\n";
    }

    std::string questions(const LessonStep& step) const
    {
        std::string html;
        for (const LessonQuestion& question : step.questions)
            html += "<p>" + markdownLine(question.text) + "</p><details class=\"answer\"><summary>"
                    + escapeXml(said("answer")) + "</summary><p>" + escapeXml(answer(question)) + "</p></details>\n";
        return html;
    }

    // "16", "yes", "loop j1": words of it in the lesson's language.
    std::string answer(const LessonQuestion& question) const
    {
        const std::size_t word = question.kind == LessonQuestion::Kind::Node    ? question.answer.find(' ')
                                 : question.kind == LessonQuestion::Kind::Legal ? question.answer.size()
                                                                                : 0;
        return word == 0 || word == std::string::npos
                   ? question.answer
                   : said(question.answer.substr(0, word).c_str()) + question.answer.substr(word);
    }

    // What was published beside what it takes here.
    std::string published(std::size_t at) const
    {
        const LessonStep& step = m_lesson.steps[at];
        if (step.published.empty())
            return {};
        std::string html = heading(said("Time")) + "<table class=\"times\"><tr><th>" + escapeXml(said("here"))
                           + "</th><td class=\"n\">" + escapeXml(own(at)) + "</td><td>" + escapeXml(machineName())
                           + "</td></tr>\n";
        for (const PublishedTime& time : step.published) {
            const std::optional<double> faster = timesAsFast(m_lesson, at, time);
            html += "<tr><th>" + escapeXml(said("published")) + "</th><td class=\"n\">"
                    + escapeXml(number("%g ", time.value) + time.unit + (faster ? ", " + asFast(*faster) : ""))
                    + "</td><td>" + escapeXml(m_lesson.sources.at(time.source)) + "</td></tr>\n";
        }
        return html + "</table>\n<p>" + escapeXml(said("Why they differ:")) + " " + markdownLine(m_lesson.differ)
               + "</p>\n";
    }

    // What the step takes here, in the terms in which others published it.
    std::string own(std::size_t at) const
    {
        const auto measured = [&](std::size_t step) {
            const auto found = m_times.find(m_states[step]);
            return found == m_times.end() ? 0.0 : found->second.medianMs;
        };
        const double ms = measured(at);
        if (ms <= 0)
            return said("not measured");
        const PublishedTime& figure = m_lesson.steps[at].published.front();
        std::string text = timeText(ms);
        if (isSpeed(figure))
            if (const std::optional<ModelWork> work = workOf(*m_session.state(0)->module))
                text += number(", %.3g GFLOPS", work->flops / ms / 1e6);
        const std::size_t begin = sourceBegins(m_lesson, at, figure);
        return begin < at && measured(begin) > 0 ? text + ", " + asFast(measured(begin) / ms) : text;
    }

    std::string asFast(double times) const
    {
        return m_catalogue.translated(say("{} times as fast as at first", number("%.3g", times)));
    }
    static std::string number(const char* form, double value)
    {
        char text[48];
        std::snprintf(text, sizeof text, form, value);
        return text;
    }

    std::string times() const
    {
        std::string rows;
        for (std::size_t i = 0; i < m_lesson.steps.size(); ++i)
            if (const auto time = m_times.find(m_states[i]); time != m_times.end())
                rows += "<tr><td>" + escapeXml(std::to_string(i + 1) + " · " + m_lesson.steps[i].title)
                        + "</td><td class=\"n\">" + timeText(time->second.medianMs) + "</td></tr>\n";
        if (rows.empty())
            return {};
        return element("h2", said("All times")) + "<table id=\"timings\"><tr><th>" + escapeXml(said("step"))
               + "</th><th>" + escapeXml(said("here")) + "</th></tr>\n" + rows + "</table>\n"
               + element("p class=\"facts\"", machineName());
    }

    Toolchain& m_toolchain;
    const Lesson& m_lesson;
    const Session& m_session;
    const std::vector<int>& m_states;
    const std::map<int, Timing>& m_times;
    TransformContext m_context;
    Catalogue m_catalogue;
};

}  // namespace

Result<std::map<int, Timing>> measureLesson(Toolchain& toolchain, const Lesson& lesson, const PlayedLesson& played,
                                            double seconds, std::stop_token stop, const Progress& progress)
{
    std::vector<int> states = played.states;
    states.erase(std::unique(states.begin(), states.end()), states.end());
    const Module& root = *played.session->state(0)->module;
    STRATA_TRY(const auto given, givenInputs(lesson, root));
    STRATA_TRY(const std::vector<Tensor> inputs, inputsWith(root, played.model.data, given));
    MeasureInTurn request{{}, inputs, RunTarget::Cpu, 1, seconds};
    for (const int state : states)
        request.modules.push_back(played.session->state(state)->module);
    STRATA_TRY(const std::vector<MeasuredModule> measured, measureInTurn(toolchain, request, stop, progress));
    std::map<int, Timing> times;
    for (std::size_t i = 0; i < states.size(); ++i)
        times[states[i]] = measured[i].timing;
    return times;
}

Result<std::string> handoutPage(Toolchain& toolchain, const Lesson& lesson, const Session& session,
                                const std::vector<int>& states, const std::map<int, Timing>& times,
                                std::stop_token stop, const Progress& progress)
{
    return Handout(toolchain, lesson, session, states, times).page(stop, progress);
}

}  // namespace strata
