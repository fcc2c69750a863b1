#include "app/window/workspace/lesson_reader.h"

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

LessonReader::LessonReader(Desk& desk, Workspace& workspace)
    : m_desk(desk)
    , m_workspace(workspace)
{
}

namespace {

std::string progressFile(const Lesson& lesson)
{
    return QStandardPaths::writableLocation(QStandardPaths::AppDataLocation).toStdString() + "/lessons/" + lesson.name
           + ".json";
}

}  // namespace

// The lesson's own steps are all there, as the path; the reader begins in front of them, and what the reader takes
// leaves the path as a branch.
void LessonReader::adopt(const std::shared_ptr<const Lesson>& lesson)
{
    LessonShown shown;
    shown.lesson = lesson;
    shown.states = lessonStates(*lesson, *m_desk.session);
    if (Result<LessonProgress> progress = loadProgress(progressFile(*lesson)))
        shown.progress = std::move(*progress);
    else
        m_desk.report(progress.error(), tr("Progress in the lesson"));
    m_desk.scene.lesson = std::make_shared<const LessonShown>(std::move(shown));
    m_desk.session->select(0);
    m_desk.scene.title = QString::fromStdString(lesson->title);
}

void LessonReader::goOn(LessonShown reading)
{
    m_desk.scene.title = QString::fromStdString(reading.lesson->title);
    m_desk.scene.lesson = std::make_shared<const LessonShown>(std::move(reading));
}

void LessonReader::settle(Aspects what)
{
    if (!m_desk.scene.lesson || !m_desk.isOpen())
        return;
    if (what & (Aspects(Aspect::Model) | Aspect::State | Aspect::Lesson)) {
        LessonShown lesson = *m_desk.scene.lesson;
        lesson.attempt.reset();
        if (const LessonStep* step = lesson.current(); step && step->count > 0)
            lesson.attempt = judgeAttempt(*m_desk.session, m_desk.session->current()->id, lesson.behind());
        m_desk.scene.lesson = std::make_shared<const LessonShown>(std::move(lesson));
    }
    if (what & (Aspects(Aspect::State) | Aspect::Lesson | Aspect::Times))
        record();
}

// What its questions are asked of.
void LessonReader::giveInputs()
{
    const FunctionPtr entry = m_desk.session->state(0)->module->entryFunction();
    for (const auto& [name, file] : m_desk.scene.lesson->lesson->inputs) {
        const TypedName* parameter = entry ? findParam(*entry, name) : nullptr;
        if (!parameter)
            continue;
        Result<Tensor> value = strata::readValue(file, *parameter);
        if (value)
            m_workspace.runs().giveInput(name, std::move(*value), QFileInfo(QString::fromStdString(file)).fileName());
        else
            m_desk.report(value.error(), QString::fromStdString(file));
    }
}

void LessonReader::set(LessonShown lesson)
{
    m_desk.scene.lesson = std::make_shared<const LessonShown>(std::move(lesson));
    m_desk.changed(Aspect::Lesson);
}

// What there is to look at first, once it is there.
void LessonReader::look()
{
    const LessonStep* step = m_desk.scene.lesson->current();
    if (!step)
        return;
    for (const LessonLook& look : step->looks)
        if (exists(*m_desk.session->current()->module, look.node))
            return m_workspace.panes().point({look.node, false}, false);
    // What is there only when the step is taken: its function is.
    const Cursor function = step->looks.empty() ? Cursor() : functionCursor(step->looks.front().node.function);
    if (exists(*m_desk.session->current()->module, function)
        && !(m_desk.scene.place && m_desk.scene.place->cursor.function == function.function))
        m_workspace.panes().point({function, false}, false);
}

void LessonReader::goToStep(int step)
{
    if (!m_desk.scene.lesson || step < -1 || step >= static_cast<int>(m_desk.scene.lesson->states.size()))
        return;
    const Desk::Together once(m_desk);
    LessonShown shown = *m_desk.scene.lesson;
    shown.step = step;
    shown.asked = false;
    shown.hints = 0;
    shown.attempt.reset();
    const int before = shown.before();
    set(std::move(shown));
    // A reader who came to the same program by steps of their own goes on from there.
    if (firstDifference(*m_desk.session->current()->module, *m_desk.session->state(before)->module))
        m_workspace.select(before);
    m_desk.changed(Aspect::State);
    look();
}

void LessonReader::next()
{
    if (!m_desk.scene.lesson)
        return;
    if (m_desk.scene.lesson->done())
        return goToStep(m_desk.scene.lesson->step + 1);
    const Desk::Together once(m_desk);
    m_workspace.select(m_desk.scene.lesson->behind());
    look();
}

void LessonReader::previous()
{
    if (!m_desk.scene.lesson)
        return;
    const LessonStep* step = m_desk.scene.lesson->current();
    const bool taken = step && step->count > 0 && m_desk.scene.lesson->done();
    goToStep(taken ? m_desk.scene.lesson->step : m_desk.scene.lesson->step - 1);
}

void LessonReader::checkStep()
{
    if (!m_desk.scene.lesson || !m_desk.scene.lesson->current())
        return;
    LessonShown shown = *m_desk.scene.lesson;
    shown.asked = true;
    if (shown.attempt && shown.attempt->where && !shown.attempt->where->here.empty()
        && exists(*m_desk.session->current()->module, shown.attempt->where->here.front()))
        m_workspace.panes().point({shown.attempt->where->here.front(), false}, false);
    set(std::move(shown));
}

void LessonReader::openHint()
{
    if (!m_desk.scene.lesson || !m_desk.scene.lesson->current())
        return;
    LessonShown shown = *m_desk.scene.lesson;
    shown.hints = std::min<int>(shown.hints + 1, static_cast<int>(shown.current()->hints.size()));
    set(std::move(shown));
}

void LessonReader::answer(const std::string& question, const std::string& answer)
{
    if (!m_desk.scene.lesson)
        return;
    LessonShown shown = *m_desk.scene.lesson;
    LessonProgress progress = shown.progress;
    progress.answers[shown.keyOf(question)] = answer;
    keepProgress(shown, std::move(progress));
    set(std::move(shown));
}

void LessonReader::keepProgress(LessonShown& lesson, LessonProgress progress)
{
    lesson.progress = std::move(progress);
    if (const Status saved = saveProgress(lesson.progress, progressFile(*lesson.lesson)); !saved)
        m_desk.report(saved.error(), tr("Progress in the lesson"));
}

// The step is right now: by steps of the reader's own, or because it was shown; and what was measured of it.
void LessonReader::record()
{
    const LessonShown& shown = *m_desk.scene.lesson;
    const LessonStep* step = shown.current();
    if (!step || !shown.done())
        return;
    LessonProgress progress = shown.progress;
    if (step->count > 0) {
        const bool own = m_desk.session->current()->id != shown.behind();
        const auto before = progress.exercises.find(step->name);
        if (before == progress.exercises.end() || (own && before->second.shown))
            progress.exercises[step->name] = {!own, shown.hints,
                                              own ? print(recipeOf(*m_desk.session), *m_desk.registry) : std::string()};
    }
    if (const auto time = m_workspace.runs().times().find(m_desk.session->current()->id);
        time != m_workspace.runs().times().end())
        progress.times[step->name] = time->second.medianMs;
    if (progress == shown.progress)
        return;
    LessonShown recorded = shown;
    keepProgress(recorded, std::move(progress));
    m_desk.scene.lesson = std::make_shared<const LessonShown>(std::move(recorded));
}

void LessonReader::startAfresh()
{
    if (!m_desk.scene.lesson)
        return;
    const Desk::Together once(m_desk);
    LessonShown shown = *m_desk.scene.lesson;
    keepProgress(shown, {});
    set(std::move(shown));
    goToStep(-1);
}

void LessonReader::handIn(const QString& path)
{
    if (!m_desk.scene.lesson)
        return;
    const Status saved = saveHandIn(*m_desk.scene.lesson->lesson, m_desk.scene.lesson->progress, path.toStdString());
    if (!saved)
        m_desk.report(saved.error(), tr("Report"));
    m_desk.say(saved ? tr("Written to %1").arg(path) : saidText(saved.error()));
}

void LessonReader::handOut(const QString& path)
{
    if (!m_desk.scene.lesson)
        return;
    m_desk.jobs->start(
        QStringLiteral("handout"), tr("Writing the handout"),
        [path, toolchain = m_desk.toolchain, session = std::make_shared<Session>(*m_desk.session),
         shown = m_desk.scene.lesson, measured = m_workspace.runs().times()](const JobSink& sink) -> Status {
            STRATA_TRY(const std::string page, handoutPage(*toolchain, *shown->lesson, *session, shown->states,
                                                           measured, sink.stop, sink.progress));
            return path.endsWith(QLatin1String(".pdf"), Qt::CaseInsensitive) ? printPage(page, path)
                                                                             : savePage(page, path.toStdString());
        },
        [this, path](const Status& saved) {
            if (!saved)
                m_desk.report(saved.error(), tr("Handout"));
            m_desk.say(saved ? tr("Written to %1").arg(path) : saidText(saved.error()));
        });
}

void LessonReader::choose(const std::string& name)
{
    const LessonStep* step = m_desk.scene.lesson ? m_desk.scene.lesson->current() : nullptr;
    if (!step)
        return;
    for (const LessonChoice& choice : step->choices)
        if (choice.name == name) {
            const Desk::Together once(m_desk);
            m_workspace.select(m_desk.scene.lesson->before());
            m_workspace.apply(std::vector<Step>{choice.step});
        }
}

}  // namespace strata
