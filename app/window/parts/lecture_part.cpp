#include "app/window/parts/lecture_part.h"

#include "app/window/views/lecture_bar.h"
#include "app/window/views/presenter_view.h"

namespace strata {

LecturePart::LecturePart(Workspace& workspace)
    : Part(tr("Lecture"), Aspects(Aspect::Steps) | Aspect::State | Aspect::Times | Aspect::Verdict, workspace)
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

}  // namespace

void LecturePart::show(const Scene& scene, Aspects)
{
    if (!scene.isOpen())
        return;
    std::vector<LectureStep> steps = lectureSteps(*scene.session, *scene.times, scene.title);
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
