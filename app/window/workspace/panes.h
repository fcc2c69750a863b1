// What the panes show: which function, which program, which part of the graph, what is selected; and the jobs that find
// it out.
#pragma once

#include "app/window/workspace/desk.h"

#include <QTimer>

namespace strata {

class Panes : public QObject {
    Q_OBJECT
public:
    explicit Panes(Desk& desk);

    void point(const Place& place, bool gone);  // gone: the node is one of the compared state
    void clearSelection();
    void setFunction(const std::string& function);  // of the loops pane
    void setProgram(const std::string& program);    // of the library pane
    void setForm(Form form);                        // of its text
    void setGraphFunction(const std::string& function);
    void arrangeGraph(GraphArrangement arrangement);
    void turnGraph(GraphDirection direction);
    // The picture of accesses is made for each function that is shown, or no more. `l1Bytes`: of another cache than the
    // target's; 0: of that.
    void watchAccesses(bool on, std::int64_t l1Bytes = 0);
    // Why the shown function takes its time is found out for each that is shown, or no more.
    void watchCauses(bool on);
    void watchIr(bool on);  // the same of LLVM IR
    void reset();           // another document is there

    // Jobs; what starts them is in Workspace::refreshes.
    void refreshShown();
    void refreshGraph();
    void refreshHardware();
    void refreshAccesses();
    void refreshEstimate();
    void refreshCauses();
    void refreshIr();
    void refreshInspector();

private:
    void compile(const ShownPtr& early);
    void showCompiled();
    void startEstimate();
    void prepareNext();

    Desk& m_desk;
    std::string m_function, m_program, m_graphFunction;
    GraphArrangement m_arrangement;  // of the graph
    GraphDirection m_direction = GraphDirection::Down;
    std::vector<StatePtr> m_ahead;  // whose code is made ready, or was
    bool m_watchesAccesses = false, m_watchesCauses = false, m_watchesIr = false;
    std::int64_t m_l1Bytes = 0;
    std::shared_ptr<Worker> m_layout;
    QTimer m_quiet;  // since the instructions are there
    struct Compiled {
        ShownPtr of;  // without its texts
        Result<HardwareShown> code;
    };
    std::optional<Compiled> m_compiled;  // that waits for the texts
};

}  // namespace strata
