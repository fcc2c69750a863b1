// The graph's pane, with the times of calls as heat over its boxes.
#pragma once

#include "app/window/parts/level_part.h"

namespace strata {

class GraphView;

class GraphPart : public LevelPart {
    Q_OBJECT
public:
    explicit GraphPart(Workspace& workspace);
    GraphView* view() const;
    bool isLit() const override;
    QString savePicture(const QString& path) override;

protected:
    QString hint() const override;
    void showLevel(const Scene& scene, Aspects changed) override;

private:
    void open(const Cursor& cursor, const QString& group);
    void showGraph(const Scene& scene);
    void showHeat(const Scene& scene);
    QString subtitle() const;
};

}  // namespace strata
