#include "app/window/parts/lesson_page.h"

#include "app/lesson/markdown.h"
#include "app/lesson/play.h"
#include "app/lesson/published.h"
#include "app/window/models/said.h"
#include "app/window/parts/part.h"

#include <QCoreApplication>

namespace strata {

namespace {

std::string codeStyle(const Theme& theme) { return "color:" + theme.number.name().toStdString(); }

class LessonPage {
    Q_DECLARE_TR_FUNCTIONS(LessonPage)
public:
    LessonPage(const Scene& scene, const Theme& theme)
        : m_scene(scene)
        , m_shown(*scene.lesson)
        , m_lesson(*scene.lesson->lesson)
        , m_theme(theme)
    {
    }

    QString html()
    {
        m_html = QStringLiteral("<p style='color:%1'>%2 · %3</p>")
                     .arg(m_theme.muted.name(), escaped(m_lesson.chapter), escaped(m_lesson.title));
        if (const LessonStep* step = m_shown.current())
            this->step(*step);
        else
            introduction();
        return m_html;
    }

private:
    static QString escaped(const std::string& text) { return qtext(text).toHtmlEscaped(); }
    QString text(const std::string& text) const { return qtext(markdownLine(text, codeStyle(m_theme))); }
    QString colored(const QString& text, const QColor& color) const
    {
        return QStringLiteral("<span style='color:%1'>%2</span>").arg(color.name(), text);
    }
    QString link(const QString& target, const QString& text) const
    {
        return QStringLiteral("<a style='color:%1' href='strata:%2'>%3</a>").arg(m_theme.accent.name(), target, text);
    }
    void heading(const QString& text) { m_html += QStringLiteral("<h4>%1</h4>").arg(text); }

    void introduction()
    {
        m_html += QStringLiteral("<h2>%1</h2>").arg(escaped(m_lesson.title)) + lessonHtml(m_lesson.text, m_theme)
                  + QStringLiteral("<ol>");
        for (std::size_t i = 0; i < m_lesson.steps.size(); ++i)
            m_html += QStringLiteral("<li>%1 %2</li>")
                          .arg(link(QStringLiteral("step/%1").arg(i), escaped(m_lesson.steps[i].title)),
                               mark(m_lesson.steps[i]));
        m_html += QStringLiteral("</ol>");
        progress();
    }

    // Whether the reader did it, or had it shown.
    QString mark(const LessonStep& step) const
    {
        const auto done = m_shown.progress.exercises.find(step.name);
        if (done == m_shown.progress.exercises.end())
            return {};
        return done->second.shown ? colored(tr("shown"), m_theme.muted) : colored(QStringLiteral("✓"), m_theme.right);
    }

    void progress()
    {
        int exercises = 0, own = 0, questions = 0, right = 0;
        for (const LessonStep& step : m_lesson.steps) {
            exercises += step.count > 0;
            const auto done = m_shown.progress.exercises.find(step.name);
            own += done != m_shown.progress.exercises.end() && !done->second.shown;
            for (const LessonQuestion& question : step.questions) {
                ++questions;
                const auto given = m_shown.progress.answers.find(step.name + "/" + question.name);
                right += given != m_shown.progress.answers.end() && isAnswer(question, given->second);
            }
        }
        heading(tr("So far"));
        m_html += QStringLiteral("<p>%1<br>%2</p>")
                      .arg(tr("%1 of %2 exercises by steps of your own").arg(own).arg(exercises),
                           tr("%1 of %2 questions answered rightly").arg(right).arg(questions));
        m_html += QStringLiteral("<p>%1 &nbsp; %2 &nbsp; %3</p>")
                      .arg(link(QStringLiteral("handin"), tr("Report to hand in…")),
                           link(QStringLiteral("handout"), tr("Handout…")),
                           m_shown.progress.empty() ? QString() : link(QStringLiteral("reset"), tr("Start afresh")));
    }

    void step(const LessonStep& step)
    {
        m_html += QStringLiteral("<h2>%1 · %2</h2>").arg(m_shown.step + 1).arg(escaped(step.title));
        m_html += lessonHtml(step.text, m_theme);
        looks(step);
        if (step.count > 0)
            task(step);
        choices(step);
        questions(step);
        times(step);
        const bool last = m_shown.step + 1 == static_cast<int>(m_lesson.steps.size());
        if (last && (step.count == 0 || m_shown.done()))
            m_html += QStringLiteral("<p><b>%1</b></p>").arg(link(QStringLiteral("lesson"), tr("The next lesson ▶")));
    }

    void looks(const LessonStep& step)
    {
        if (step.looks.empty())
            return;
        heading(tr("What to look at"));
        for (std::size_t i = 0; i < step.looks.size(); ++i) {
            const LessonLook& look = step.looks[i];
            const bool there = m_scene.session && exists(*m_scene.state()->module, look.node);
            const QString level =
                QStringLiteral("<b>%1</b>")
                    .arg(colored(letter(look.level) + QLatin1Char(' ') + title(look.level), m_theme.level(look.level)));
            m_html += QStringLiteral("<p style='margin-left:4px'>%1 &nbsp;%2</p>")
                          .arg(there ? QStringLiteral("<a style='text-decoration:none' href='strata:look/%1'>%2</a>")
                                           .arg(i)
                                           .arg(level)
                                     : level,
                               text(look.text));
        }
    }

    void task(const LessonStep& step)
    {
        const bool done = m_shown.done();
        heading(tr("Now you"));
        m_html += lessonHtml(step.task, m_theme);
        if (done) {
            m_html +=
                QStringLiteral("<p><b>%1</b></p>").arg(colored(tr("✓ It is the program of this step."), m_theme.right));
            m_html += lessonHtml(step.changed, m_theme);
            return;
        }
        if (m_shown.asked)
            differences();
        m_html += QStringLiteral("<p>%1 &nbsp; %2 &nbsp; %3</p>")
                      .arg(link(QStringLiteral("check"), tr("Check")),
                           m_shown.hints < static_cast<int>(step.hints.size())
                               ? link(QStringLiteral("hint"), tr("Hint %1").arg(m_shown.hints + 1))
                               : QString(),
                           link(QStringLiteral("next"), tr("Show it")));
        for (int i = 0; i < m_shown.hints; ++i)
            m_html += QStringLiteral("<p style='margin-left:8px'><b>%1</b> %2</p>")
                          .arg(i + 1)
                          .arg(i + 1 == static_cast<int>(step.hints.size())
                                   ? steps(step)
                                   : text(step.hints[static_cast<std::size_t>(i)]));
    }

    // The last hint: a click fills in the form of the step.
    QString steps(const LessonStep& step) const
    {
        QStringList links;
        const std::vector<Step> steps = m_lesson.stepsOf(step);
        for (std::size_t i = 0; i < steps.size(); ++i)
            links << link(QStringLiteral("fill/%1").arg(i),
                          qtext(print(steps[i], m_scene.session->registry())).toHtmlEscaped());
        return links.join(QStringLiteral("<br>"));
    }

    void differences()
    {
        if (!m_shown.attempt || m_shown.attempt->right())
            return;
        if (m_scene.state() && m_scene.state()->id == m_shown.before()) {
            m_html += QStringLiteral("<p>%1</p>").arg(colored(tr("No step is taken yet."), m_theme.wrong));
            return;
        }
        m_html += QStringLiteral("<p>%1</p>")
                      .arg(colored(QStringLiteral("≠ ") + saidText(m_shown.attempt->where->said).toHtmlEscaped(),
                                   m_theme.wrong));
        for (const StepDifference& step : m_shown.attempt->steps)
            m_html += QStringLiteral("<p><b>%1</b></p>").arg(saidText(step.said).toHtmlEscaped());
    }

    void choices(const LessonStep& step)
    {
        if (step.choices.empty())
            return;
        heading(tr("What if …"));
        for (const LessonChoice& choice : step.choices) {
            const bool legal = choice.refusal.empty();
            m_html += QStringLiteral("<p>%1 %2<br>%3</p>")
                          .arg(colored(legal ? QStringLiteral("✓") : QStringLiteral("✕"),
                                       legal ? m_theme.right : m_theme.wrong),
                               link(QStringLiteral("whatif/") + qtext(choice.name),
                                    qtext(title(choice.step, m_scene.session->registry())).toHtmlEscaped()),
                               text(choice.text));
        }
    }

    void questions(const LessonStep& step)
    {
        if (step.questions.empty())
            return;
        heading(tr("Questions"));
        for (const LessonQuestion& question : step.questions) {
            const QString name = qtext(question.name);
            m_html += QStringLiteral("<p>%1<br>").arg(text(question.text));
            if (question.kind == LessonQuestion::Kind::Legal)
                m_html += link(QStringLiteral("yes/") + name, tr("yes")) + QStringLiteral(" &nbsp; ")
                          + link(QStringLiteral("no/") + name, tr("no"));
            else if (question.kind == LessonQuestion::Kind::Node)
                m_html += link(QStringLiteral("this/") + name, tr("the selected one"));
            else
                m_html += link(QStringLiteral("answer/") + name, tr("answer…"));
            const auto& answers = m_shown.progress.answers;
            if (const auto given = answers.find(m_shown.keyOf(question.name)); given != answers.end()) {
                const bool right = isAnswer(question, given->second);
                m_html += QStringLiteral(" &nbsp; ")
                          + colored((right ? tr("✓ right: %1") : tr("✕ not %1")).arg(escaped(given->second)),
                                    right ? m_theme.right : m_theme.wrong);
            }
            m_html += QStringLiteral("</p>");
        }
    }

    // What was published, and what it takes here: never the same kind of number.
    void times(const LessonStep& step)
    {
        if (step.published.empty())
            return;
        heading(tr("Time"));
        m_html += QStringLiteral("<p>%1 &nbsp; ").arg(tr("here"));
        const Timing* own = measured(m_shown.behind());
        if (!own) {
            m_html += tr("not measured yet") + QStringLiteral(" &nbsp; ") + link(QStringLiteral("run"), tr("measure"));
        } else {
            m_html += QStringLiteral("<b>%1</b>").arg(formatSpread(*own).toHtmlEscaped());
            if (isSpeed(step.published.front()) && m_scene.work)
                m_html += QStringLiteral(", %1 GFLOPS").arg(m_scene.work->flops / own->medianMs / 1e6, 0, 'g', 3);
            const int begin = m_shown.states[sourceBegins(m_lesson, at(), step.published.front())];
            if (const Timing* first = measured(begin); first && begin != m_shown.behind())
                m_html += asFast(first->medianMs / own->medianMs);
        }
        m_html += QStringLiteral("<br>%1</p>").arg(colored(qtext(machineName()).toHtmlEscaped(), m_theme.muted));
        for (const PublishedTime& time : step.published) {
            const std::optional<double> faster = timesAsFast(m_lesson, at(), time);
            m_html += QStringLiteral("<p>%1 &nbsp; %2 %3%4<br>%5</p>")
                          .arg(tr("published"))
                          .arg(time.value)
                          .arg(qtext(time.unit).toHtmlEscaped(), faster ? asFast(*faster) : QString(),
                               colored(escaped(m_lesson.sources.at(time.source)), m_theme.muted));
        }
        m_html += QStringLiteral("<p>%1 %2</p>").arg(tr("Why they differ:"), text(m_lesson.differ));
    }
    std::size_t at() const { return static_cast<std::size_t>(m_shown.step); }
    const Timing* measured(int state) const
    {
        const auto found = m_scene.times->find(state);
        return found == m_scene.times->end() ? nullptr : &found->second;
    }
    static QString asFast(double times)
    {
        return QStringLiteral(", ") + tr("%1 times as fast as at first").arg(times, 0, 'g', 3);
    }

    const Scene& m_scene;
    const LessonShown& m_shown;
    const Lesson& m_lesson;
    const Theme& m_theme;
    QString m_html;
};

}  // namespace

QString lessonHtml(const std::string& markdown, const Theme& theme)
{
    return qtext(markdownHtml(markdown, codeStyle(theme)));
}

QString lessonPage(const Scene& scene, const Theme& theme) { return LessonPage(scene, theme).html(); }

}  // namespace strata
