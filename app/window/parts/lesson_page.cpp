#include "app/window/parts/lesson_page.h"

#include "app/lesson/play.h"
#include "app/window/models/said.h"
#include "app/window/parts/part.h"

#include <QCoreApplication>
#include <QRegularExpression>

namespace strata {

namespace {

QString inline_(const QString& text, const Theme& theme)
{
    static const QRegularExpression code(QStringLiteral("`([^`]+)`")), strong(QStringLiteral("\\*\\*([^*]+)\\*\\*")),
        emphasis(QStringLiteral("\\*([^*\\s][^*]*)\\*"));
    // What is code stays as it is: it may hold stars.
    QString html;
    qsizetype at = 0;
    const auto plain = [&](const QString& piece) {
        QString escaped = piece.toHtmlEscaped();
        escaped.replace(strong, QStringLiteral("<b>\\1</b>"));
        return escaped.replace(emphasis, QStringLiteral("<i>\\1</i>"));
    };
    for (auto found = code.globalMatch(text); found.hasNext();) {
        const QRegularExpressionMatch match = found.next();
        html += plain(text.mid(at, match.capturedStart() - at));
        html += QStringLiteral("<code style='color:%1'>%2</code>")
                    .arg(theme.number.name(), match.captured(1).toHtmlEscaped());
        at = match.capturedEnd();
    }
    return html + plain(text.mid(at));
}

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
    QString text(const std::string& text) const { return inline_(qtext(text), m_theme); }
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
            m_html += QStringLiteral("<li>%1</li>")
                          .arg(link(QStringLiteral("step/%1").arg(i), escaped(m_lesson.steps[i].title)));
        m_html += QStringLiteral("</ol>");
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
    }

    void looks(const LessonStep& step)
    {
        if (step.looks.empty())
            return;
        heading(tr("What to look at"));
        for (std::size_t i = 0; i < step.looks.size(); ++i) {
            const LessonLook& look = step.looks[i];
            const bool there = m_scene.session && exists(*m_scene.state()->module, look.node);
            const QString level = QStringLiteral("<b>%1</b>")
                                      .arg(colored(letter(look.level) + QLatin1Char(' ') + title(look.level),
                                                   m_theme.level(look.level)));
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
            m_html += QStringLiteral("<p><b>%1</b></p>").arg(colored(tr("✓ It is the program of this step."), m_theme.right));
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
                          .arg(text(step.hints[static_cast<std::size_t>(i)]));
    }

    void differences()
    {
        if (!m_shown.attempt || m_shown.attempt->right())
            return;
        if (m_scene.state() && m_scene.state()->id == m_shown.before()) {
            m_html += QStringLiteral("<p>%1</p>").arg(colored(tr("No step is taken yet."), m_theme.wrong));
            return;
        }
        m_html += QStringLiteral("<p>%1</p>").arg(
            colored(QStringLiteral("≠ ") + saidText(m_shown.attempt->where->said).toHtmlEscaped(), m_theme.wrong));
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
            if (const auto given = m_shown.answers.find(question.name); given != m_shown.answers.end()) {
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
        const auto own = m_scene.times->find(m_shown.behind());
        m_html += QStringLiteral("<p>%1 &nbsp; ").arg(tr("here"));
        m_html += own == m_scene.times->end()
                      ? tr("not measured yet") + QStringLiteral(" &nbsp; ") + link(QStringLiteral("run"), tr("measure"))
                      : QStringLiteral("<b>%1</b>").arg(formatSpread(own->second).toHtmlEscaped());
        m_html += QStringLiteral("<br>%1</p>").arg(colored(qtext(machineName()).toHtmlEscaped(), m_theme.muted));
        for (const PublishedTime& time : step.published)
            m_html += QStringLiteral("<p>%1 &nbsp; %2 %3<br>%4</p>")
                          .arg(tr("published"))
                          .arg(time.value)
                          .arg(qtext(time.unit).toHtmlEscaped(), colored(escaped(m_lesson.sources.at(time.source)), m_theme.muted));
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
    QString html, paragraph;
    bool list = false;
    const auto close = [&] {
        if (!paragraph.isEmpty())
            html += (list ? QStringLiteral("<li>%1</li>") : QStringLiteral("<p>%1</p>")).arg(inline_(paragraph, theme));
        paragraph.clear();
    };
    const auto endList = [&] {
        if (std::exchange(list, false))
            html += QStringLiteral("</ul>");
    };
    // Lines of Chinese text are joined without a space.
    const auto join = [&](const QString& line) {
        const bool wide = !paragraph.isEmpty() && paragraph.back().unicode() >= 0x2e80;
        paragraph += (paragraph.isEmpty() || wide ? QString() : QStringLiteral(" ")) + line;
    };
    for (const QString& line : qtext(markdown).split(QLatin1Char('\n'))) {
        if (line.trimmed().isEmpty()) {
            close();
            endList();
        } else if (line.startsWith(QLatin1String("- "))) {
            close();
            if (!std::exchange(list, true))
                html += QStringLiteral("<ul>");
            paragraph = line.mid(2);
        } else {
            join(line.trimmed());
        }
    }
    close();
    endList();
    return html;
}

QString lessonPage(const Scene& scene, const Theme& theme) { return LessonPage(scene, theme).html(); }

}  // namespace strata
