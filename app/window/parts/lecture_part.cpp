#include "app/window/parts/lecture_part.h"

#include "app/window/views/lecture_bar.h"

namespace strata {

LecturePart::LecturePart(Workspace& workspace)
    : Part(tr("Lecture"), Aspects(Aspect::Steps) | Aspect::Times | Aspect::Verdict, workspace)
    , m_bar(new LectureBar)
{
}

QWidget* LecturePart::widget() const { return m_bar; }

namespace {

QString summaryOf(const State& state, const Session& session)
{
    const auto transform = session.registry().find(state.step.transform);
    return state.id == 0 || !transform ? LecturePart::tr("The model as it was opened.") : qtext((*transform)->summary);
}

int stepsTo(const Session& session, int state) { return static_cast<int>(session.path(state).size()) - 1; }

// The time of the step's state, from that of the one it is compared with.
void sayTime(LectureText& foot, QStringList& remark, const Scene& scene)
{
    const State& state = *scene.state();
    const Times& times = *scene.times;
    if (!times.count(state.id))
        return;
    foot.figure = formatTime(times.at(state.id).medianMs);
    const int before = measuredBefore(*scene.session, times, state);
    if (before < 0)
        return;
    foot.figure.prepend(formatTime(times.at(before).medianMs) + QStringLiteral(" → "));
    remark << comparison(*scene.session, times, state.id, before);
}

}  // namespace

void LecturePart::show(const Scene& scene, Aspects)
{
    if (!scene.isOpen())
        return;
    const Session& session = *scene.session;
    const State& state = *scene.state();
    LectureText foot;
    foot.step = stepsTo(session, state.id);
    foot.steps = stepsTo(session, session.tip(state.id));
    foot.title = QStringLiteral("%1 · %2").arg(foot.step).arg(
        state.id == 0 ? scene.title : plain(titleParts(state.step, session.registry())));
    foot.sentence = summaryOf(state, session);
    QStringList remark;
    sayTime(foot, remark, scene);
    if (scene.verdict && scene.verdict->passed)
        remark << (scene.verdict->sentence.find("bit for bit") != std::string::npos ? tr("equal bit for bit")
                                                                                    : tr("within the bound"));
    foot.remark = remark.join(QStringLiteral(", "));
    m_bar->setText(foot);
}

}  // namespace strata
