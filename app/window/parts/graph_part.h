// The graph's pane: what is found in it, and figures of calls as an overlay on its boxes.
#pragma once

#include "app/window/graph/find.h"
#include "app/window/graph/heat.h"
#include "core/operators/operator.h"

#include "app/window/parts/level_part.h"

namespace strata {

class GraphPane;
class GraphView;

class GraphPart : public LevelPart {
    Q_OBJECT
public:
    explicit GraphPart(Workspace& workspace);
    GraphPane* graphPane() const;
    GraphView* view() const;
    void openFind() override;
    bool isLit() const override;
    Drawing drawing() const override;

protected:
    QString hint() const override;
    void showLevel(const Scene& scene, Aspects changed) override;

private:
    void open(const Cursor& cursor);
    void showGraph(const Scene& scene);
    void showOverlay(const Scene& scene);
    void find(const FindQuery& query);
    std::vector<CallFigure> figures(const Scene& scene, Overlay overlay);
    const Cost& costOf(const FunctionPtr& function);
    QString subtitle() const;

    std::map<FunctionPtr, Cost> m_costs;
};

}  // namespace strata
