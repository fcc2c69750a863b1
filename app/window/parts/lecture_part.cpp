#include "app/window/parts/lecture_part.h"

#include "app/window/views/lecture_bar.h"
#include "app/window/views/presenter_view.h"

namespace strata {

LecturePart::LecturePart(Workspace& workspace)
    : Part(tr("Lecture"), Aspects(Aspect::Steps) | Aspect::State | Aspect::Times | Aspect::Verdict | Aspect::Lesson,
           workspace)
    , m_bar(new LectureBar)
    , m_presenter(std::make_unique<PresenterView>())
{
    connect(m_bar, &LectureBar::chosen, &workspace, &Workspace::select);
    connect(m_presenter.get(), &PresenterView::chosen, &workspace, &Workspace::select);
}

LecturePart::~LecturePart() = default;

QWidget* LecturePart::widget() const { return m_bar; }

namespace {

QString saidOf(const std::optional<Verdict>& verdict)
{
    if (!verdict || !verdict->passed)
        return {};
    return verdict->sentence.find("bit for bit") != std::string::npos ? LecturePart::tr("equal bit for bit")
                                                                      : LecturePart::tr("within the bound");
}

// A lesson's words without the marks of their form.
QString spoken(const std::string& markdown)
{
    QString text = QString::fromStdString(markdown);
    return text.remove(QLatin1Char('`')).remove(QLatin1String("**")).replace(QLatin1Char('\n'), QLatin1Char(' '));
}

// What a lesson says of its step is what its lecturer wants to read: why, where to look, what else might be tried.
QStringList notesOf(const LessonStep& step, bool isTaken)
{
    QStringList notes{QString::fromStdString(step.title), spoken(step.text)};
    for (const LessonLook& look : step.looks)
        notes << QStringLiteral("→ ") + spoken(look.text);
    for (const LessonChoice& choice : step.choices)
        notes << (choice.refusal.empty() ? QStringLiteral("? ") : QStringLiteral("✕ ")) + spoken(choice.text);
    if (isTaken && !step.changed.empty())
        notes << spoken(step.changed);
    return notes;
}

void addNotes(std::vector<LectureStep>& steps, const LessonShown& lesson)
{
    const LessonStep* within = nullptr;  // whose steps are not yet all taken
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        QStringList notes;
        const LessonStep* reached = nullptr;
        for (std::size_t i = 0; i < lesson.states.size(); ++i)
            if (lesson.states[i] == step->state) {
                notes << notesOf(lesson.lesson->steps[i], true);
                reached = reached ? reached : &lesson.lesson->steps[i];
            }
        within = reached ? reached : within;
        if (!reached && within)
            notes = notesOf(*within, false);
        if (!notes.isEmpty())
            step->notes = notes;
    }
}

}  // namespace

void LecturePart::show(const Scene& scene, Aspects)
{
    if (!scene.isOpen())
        return;
    std::vector<LectureStep> steps = lectureSteps(*scene.session, *scene.times, scene.title);
    if (scene.lesson)
        addNotes(steps, *scene.lesson);
    const auto current = std::find_if(steps.begin(), steps.end(), [&](const LectureStep& step) {
        return step.state == scene.session->current()->id;
    });
    const int at = static_cast<int>(current - steps.begin());
    m_presenter->setSteps(steps, at, saidOf(scene.verdict));
    m_bar->setSteps(std::move(steps), at, saidOf(scene.verdict));
}

Level LecturePart::levelOfStep() const
{
    const StatePtr state = workspace().isOpen() ? workspace().session().current() : nullptr;
    const auto transform = workspace().registry()->find(state ? state->step.transform : std::string());
    return transform ? (*transform)->level : Level::Graph;
}

}  // namespace strata
