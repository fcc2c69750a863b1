#include "app/window/models/lecture.h"

#include <QObject>

namespace strata {

namespace {

// "# why" as "why"; the marks of groups and blank lines are no notes.
QStringList notesOf(const State& state)
{
    QStringList notes;
    for (const std::string& remark : state.remarks) {
        const QString text = QString::fromStdString(remark);
        const bool mark = text.startsWith(QLatin1String("#{")) || text.startsWith(QLatin1String("#}"));
        const QString note = text.mid(text.startsWith(QLatin1Char('#')) ? 1 : 0).trimmed();
        if (!mark && !note.isEmpty())
            notes << note;
    }
    if (!state.step.comment.empty())
        notes << QString::fromStdString(state.step.comment);
    return notes;
}

// The time of the step's state, from that of the one it is compared with.
void tellTime(LectureStep& step, const Session& session, const Times& times, const State& state)
{
    if (!times.count(state.id))
        return;
    step.figure = formatTime(times.at(state.id).medianMs);
    const int before = measuredBefore(session, times, state);
    if (before < 0)
        return;
    step.figure.prepend(formatTime(times.at(before).medianMs) + QStringLiteral(" → "));
    step.remark = comparison(session, times, state.id, before);
}

LectureStep tell(const Session& session, const Times& times, const State& state, int number, const QString& model)
{
    const auto transform = session.registry().find(state.step.transform);
    LectureStep step;
    step.state = state.id;
    step.number = number;
    if (transform)
        step.level = (*transform)->level;
    step.title = QStringLiteral("%1 · %2").arg(number).arg(
        state.id == 0 ? model : plain(titleParts(state.step, session.registry())));
    step.sentence = state.id == 0 || !transform ? QObject::tr("The model as it was opened.")
                                                : QString::fromStdString((*transform)->summary);
    step.notes = notesOf(state);
    tellTime(step, session, times, state);
    return step;
}

}  // namespace

std::vector<LectureStep> lectureSteps(const Session& session, const Times& times, const QString& model)
{
    std::vector<LectureStep> steps;
    for (const StatePtr& state : session.path(session.tip(session.current()->id)))
        steps.push_back(tell(session, times, *state, static_cast<int>(steps.size()), model));
    return steps;
}

}  // namespace strata
