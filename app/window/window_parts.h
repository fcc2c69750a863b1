// All parts of the window, and where each stands. A new view is a line in the constructor.
#pragma once

#include "app/window/models/table_model.h"
#include "app/window/window_layout.h"

class QStatusBar;
class QTableView;

namespace strata {

class AccessPart;
class DeploymentPart;
class GraphPart;
class GraphView;
class ImplementationsPart;
class InputsPart;
class LecturePart;
class LessonPart;
class MemoryPart;
class PaletteModel;
class PalettePart;
class PaletteView;
class ParameterForm;
class PicturePart;
class ProblemsPart;
class StatusPart;
class StepsPart;
class StepView;
class TextPart;
class TextView;
class ValuesPart;

class WindowParts {
public:
    WindowParts(Workspace& workspace, WindowLayout& layout, QStatusBar& status, QObject* parent);
    ~WindowParts();
    WindowParts(const WindowParts&) = delete;
    WindowParts& operator=(const WindowParts&) = delete;

    // What a part does with one scene may make another: each is shown the newest.
    void show(const Workspace& workspace, Aspects changed) const;
    const std::vector<Part*>& inLayout() const { return m_layout.parts(); }  // all but foot and status bar
    std::vector<TextPart*> texts() const;
    TextView* textView(Level level) const;  // nullptr: it is no text
    GraphView* graphView() const;
    LevelPane* pane(Level level) const;
    StepView* stepView() const;
    PaletteView* paletteView() const;
    PaletteModel* paletteModel() const;
    TableModel* problemModel() const;
    TableModel* implementationModel() const;
    QTableView* implementationTable() const;
    ParameterForm* form() const;

    std::vector<Part*> all;
    std::map<Level, LevelPart*> levels;
    LessonPart* lesson;
    StepsPart* steps;
    PalettePart* palette;
    GraphPart* graph;
    AccessPart* accesses;
    ImplementationsPart* implementations;
    ProblemsPart* problems;
    PicturePart* picture;
    ValuesPart* values;
    InputsPart* inputs;
    MemoryPart* memory;
    DeploymentPart* deployment;
    LecturePart* lecture;
    StatusPart* status;

private:
    template<class P>
    P* add(WindowLayout::Room room, P* part);

    WindowLayout& m_layout;
    QObject* m_parent;
};

}  // namespace strata
