#include "app/window/window_parts.h"

#include "app/window/parts/access_part.h"
#include "app/window/parts/figures_part.h"
#include "app/window/parts/functions_part.h"
#include "app/window/parts/graph_part.h"
#include "app/window/parts/inputs_part.h"
#include "app/window/parts/lecture_part.h"
#include "app/window/parts/lesson_part.h"
#include "app/window/parts/palette_part.h"
#include "app/window/parts/status_part.h"
#include "app/window/parts/steps_part.h"
#include "app/window/parts/table_part.h"
#include "app/window/parts/text_part.h"
#include "app/window/parts/values_part.h"
#include "app/window/parts/why_part.h"

#include <QStatusBar>

namespace strata {

template<class P>
P* WindowParts::add(WindowLayout::Room room, P* part)
{
    part->setParent(m_parent);
    all.push_back(part);
    m_layout.add(room, part);
    if constexpr (std::is_base_of_v<LevelPart, P>)
        levels[part->level()] = part;
    return part;
}

WindowParts::WindowParts(Workspace& workspace, WindowLayout& layout, QStatusBar& statusBar, QObject* parent)
    : m_layout(layout)
    , m_parent(parent)
{
    using Room = WindowLayout::Room;
    lesson = add(Room::Lesson, new LessonPart(workspace));
    steps = add(Room::Left, new StepsPart(workspace));
    palette = add(Room::Left, new PalettePart(workspace));
    graph = add(Room::Levels, new GraphPart(workspace));
    add(Room::Levels, new LoopsPart(workspace));
    accesses = add(Room::Beside, new AccessPart(workspace));
    implementations = add(Room::Above, new ImplementationsPart(workspace));
    add(Room::LevelsRight, new LibraryPart(workspace));
    add(Room::LevelsRight, new HardwarePart(workspace));
    add(Room::Times, new TimingsPart(workspace));
    add(Room::Times, new FunctionsPart(workspace));
    add(Room::Times, new WhyPart(workspace));
    problems = add(Room::Times, new ProblemsPart(workspace));
    add(Room::Figures, new RooflinePart(workspace));
    picture = add(Room::Figures, new PicturePart(workspace));
    values = add(Room::Figures, new ValuesPart(workspace));
    inputs = add(Room::Figures, new InputsPart(workspace));
    memory = add(Room::Deployment, new MemoryPart(workspace));
    deployment = add(Room::Deployment, new DeploymentPart(workspace));
    add(Room::Inspector, new InspectorPart(workspace));
    lecture = add(Room::Foot, new LecturePart(workspace));
    status = new StatusPart(&statusBar, workspace);
    all.push_back(status);
}

WindowParts::~WindowParts()
{
    for (Part* part : all)
        delete part;
}

void WindowParts::show(const Workspace& workspace, Aspects changed) const
{
    for (Part* part : all) {
        const ScenePtr scene = workspace.scene();
        if (changed & part->concerns())
            part->show(*scene, changed & part->concerns());
    }
}

std::vector<TextPart*> WindowParts::texts() const
{
    std::vector<TextPart*> found;
    for (const auto& [level, part] : levels)
        if (auto* text = qobject_cast<TextPart*>(part))
            found.push_back(text);
    return found;
}

TextView* WindowParts::textView(Level level) const
{
    const auto* part = qobject_cast<TextPart*>(levels.at(level));
    return part ? part->view() : nullptr;
}

GraphView* WindowParts::graphView() const { return graph->view(); }
LevelPane* WindowParts::pane(Level level) const { return levels.at(level)->pane(); }
StepView* WindowParts::stepView() const { return steps->view(); }
PaletteView* WindowParts::paletteView() const { return palette->view(); }
PaletteModel* WindowParts::paletteModel() const { return palette->model(); }
TableModel* WindowParts::problemModel() const { return problems->model(); }
TableModel* WindowParts::implementationModel() const { return implementations->model(); }
QTableView* WindowParts::implementationTable() const { return implementations->table(); }
ParameterForm* WindowParts::form() const { return palette->form(); }

}  // namespace strata
