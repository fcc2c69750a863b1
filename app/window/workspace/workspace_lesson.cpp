// The part of the workspace that is a lesson: which step is read, and what the reader makes of it.
#include "app/lesson/hand_in.h"
#include "app/lesson/handout.h"
#include "app/lesson/play.h"
#include "app/window/jobs/page_pdf.h"
#include "app/window/models/said.h"
#include "app/window/workspace/workspace.h"
#include "app/workbench/values.h"

#include <QFileInfo>
#include <QStandardPaths>

namespace strata {

namespace {

std::string progressFile(const Lesson& lesson)
{
    return QStandardPaths::writableLocation(QStandardPaths::AppDataLocation).toStdString() + "/lessons/" + lesson.name
           + ".json";
}

}  // namespace

// The lesson's own steps are all there, as the path; the reader begins in front of them, and what the reader takes
// leaves the path as a branch.
void Workspace::adoptLesson(const std::shared_ptr<const Lesson>& lesson)
{
    LessonShown shown;
    shown.lesson = lesson;
    shown.states = lessonStates(*lesson, *m_session);
    if (Result<LessonProgress> progress = loadProgress(progressFile(*lesson)))
        shown.progress = std::move(*progress);
    else
        report(progress.error(), tr("Progress in the lesson"));
    m_scene.lesson = std::make_shared<const LessonShown>(std::move(shown));
    m_session->select(0);
    m_scene.title = QString::fromStdString(lesson->title);
}

// What its questions are asked of.
void Workspace::giveLessonInputs()
{
    const FunctionPtr entry = m_session->state(0)->module->entryFunction();
    for (const auto& [name, file] : m_scene.lesson->lesson->inputs) {
        const TypedName* parameter = entry ? findParam(*entry, name) : nullptr;
        if (!parameter)
            continue;
        Result<Tensor> value = strata::readValue(file, *parameter);
        if (value)
            giveInput(name, std::move(*value), QFileInfo(QString::fromStdString(file)).fileName());
        else
            report(value.error(), QString::fromStdString(file));
    }
}

void Workspace::setLesson(LessonShown lesson)
{
    m_scene.lesson = std::make_shared<const LessonShown>(std::move(lesson));
    changed(Aspect::Lesson);
}

// What there is to look at first, once it is there.
void Workspace::lookInLesson()
{
    const LessonStep* step = m_scene.lesson->current();
    if (!step)
        return;
    for (const LessonLook& look : step->looks)
        if (exists(*m_session->current()->module, look.node))
            return point({look.node, false}, false);
    // What is there only when the step is taken: its function is.
    const Cursor function = step->looks.empty() ? Cursor() : functionCursor(step->looks.front().node.function);
    if (exists(*m_session->current()->module, function)
        && !(m_scene.place && m_scene.place->cursor.function == function.function))
        point({function, false}, false);
}

void Workspace::goToLessonStep(int step)
{
    if (!m_scene.lesson || step < -1 || step >= static_cast<int>(m_scene.lesson->states.size()))
        return;
    const Together once(*this);
    LessonShown shown = *m_scene.lesson;
    shown.step = step;
    shown.asked = false;
    shown.hints = 0;
    shown.attempt.reset();
    const int before = shown.before();
    setLesson(std::move(shown));
    // A reader who came to the same program by steps of their own goes on from there.
    if (firstDifference(*m_session->current()->module, *m_session->state(before)->module))
        select(before);
    changed(Aspect::State);
    lookInLesson();
}

void Workspace::lessonNext()
{
    if (!m_scene.lesson)
        return;
    if (m_scene.lesson->done())
        return goToLessonStep(m_scene.lesson->step + 1);
    const Together once(*this);
    select(m_scene.lesson->behind());
    lookInLesson();
}

void Workspace::lessonPrevious()
{
    if (!m_scene.lesson)
        return;
    const LessonStep* step = m_scene.lesson->current();
    const bool taken = step && step->count > 0 && m_scene.lesson->done();
    goToLessonStep(taken ? m_scene.lesson->step : m_scene.lesson->step - 1);
}

void Workspace::checkLessonStep()
{
    if (!m_scene.lesson || !m_scene.lesson->current())
        return;
    LessonShown shown = *m_scene.lesson;
    shown.asked = true;
    if (shown.attempt && shown.attempt->where && !shown.attempt->where->here.empty()
        && exists(*m_session->current()->module, shown.attempt->where->here.front()))
        point({shown.attempt->where->here.front(), false}, false);
    setLesson(std::move(shown));
}

void Workspace::openHint()
{
    if (!m_scene.lesson || !m_scene.lesson->current())
        return;
    LessonShown shown = *m_scene.lesson;
    shown.hints = std::min<int>(shown.hints + 1, static_cast<int>(shown.current()->hints.size()));
    setLesson(std::move(shown));
}

void Workspace::answerLesson(const std::string& question, const std::string& answer)
{
    if (!m_scene.lesson)
        return;
    LessonShown shown = *m_scene.lesson;
    LessonProgress progress = shown.progress;
    progress.answers[shown.keyOf(question)] = answer;
    keepProgress(shown, std::move(progress));
    setLesson(std::move(shown));
}

void Workspace::keepProgress(LessonShown& lesson, LessonProgress progress)
{
    lesson.progress = std::move(progress);
    if (const Status saved = saveProgress(lesson.progress, progressFile(*lesson.lesson)); !saved)
        report(saved.error(), tr("Progress in the lesson"));
}

// The step is right now: by steps of the reader's own, or because it was shown; and what was measured of it.
void Workspace::recordLesson()
{
    const LessonShown& shown = *m_scene.lesson;
    const LessonStep* step = shown.current();
    if (!step || !shown.done())
        return;
    LessonProgress progress = shown.progress;
    if (step->count > 0) {
        const bool own = m_session->current()->id != shown.behind();
        const auto before = progress.exercises.find(step->name);
        if (before == progress.exercises.end() || (own && before->second.shown))
            progress.exercises[step->name] = {!own, shown.hints,
                                              own ? print(recipeOf(*m_session), *m_registry) : std::string()};
    }
    if (const auto time = times().find(m_session->current()->id); time != times().end())
        progress.times[step->name] = time->second.medianMs;
    if (progress == shown.progress)
        return;
    LessonShown recorded = shown;
    keepProgress(recorded, std::move(progress));
    m_scene.lesson = std::make_shared<const LessonShown>(std::move(recorded));
}

void Workspace::resetLesson()
{
    if (!m_scene.lesson)
        return;
    const Together once(*this);
    LessonShown shown = *m_scene.lesson;
    keepProgress(shown, {});
    setLesson(std::move(shown));
    goToLessonStep(-1);
}

void Workspace::handIn(const QString& path)
{
    if (!m_scene.lesson)
        return;
    const Status saved = saveHandIn(*m_scene.lesson->lesson, m_scene.lesson->progress, path.toStdString());
    if (!saved)
        report(saved.error(), tr("Report"));
    emit said(saved ? tr("Written to %1").arg(path) : saidText(saved.error()));
}

void Workspace::handOut(const QString& path)
{
    if (!m_scene.lesson)
        return;
    m_jobs->start(
        QStringLiteral("handout"), tr("Writing the handout"),
        [path, toolchain = m_toolchain, session = std::make_shared<Session>(*m_session), shown = m_scene.lesson,
         measured = times()](const JobSink& sink) -> Status {
            STRATA_TRY(const std::string page, handoutPage(*toolchain, *shown->lesson, *session, shown->states,
                                                           measured, sink.stop, sink.progress));
            return path.endsWith(QLatin1String(".pdf"), Qt::CaseInsensitive) ? printPage(page, path)
                                                                             : savePage(page, path.toStdString());
        },
        [this, path](const Status& saved) {
            if (!saved)
                report(saved.error(), tr("Handout"));
            emit said(saved ? tr("Written to %1").arg(path) : saidText(saved.error()));
        });
}

void Workspace::chooseInLesson(const std::string& name)
{
    const LessonStep* step = m_scene.lesson ? m_scene.lesson->current() : nullptr;
    if (!step)
        return;
    for (const LessonChoice& choice : step->choices)
        if (choice.name == name) {
            const Together once(*this);
            select(m_scene.lesson->before());
            apply(std::vector<Step>{choice.step});
        }
}

}  // namespace strata
