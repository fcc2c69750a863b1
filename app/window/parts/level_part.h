// A level's pane: its head, its view, and the refusal of a step of that level above the view.
#pragma once

#include "app/window/parts/part.h"
#include "app/window/views/level_pane.h"

namespace strata {

class LevelPart : public Part {
    Q_OBJECT
public:
    LevelPart(Level level, QWidget* view, Aspects concerns, Workspace& workspace);
    Level level() const { return m_pane->level(); }
    LevelPane* pane() const { return m_pane; }
    QWidget* widget() const override { return m_pane; }
    void show(const Scene& scene, Aspects changed) final;
    virtual bool isLit() const = 0;  // something is, or nothing could be
    virtual void openFind() { m_pane->openFind(); }

protected:
    virtual QString hint() const = 0;  // what would be here, before anything is open
    virtual void showLevel(const Scene& scene, Aspects changed) = 0;

private:
    void showRefusal(const Scene& scene);

    LevelPane* m_pane;
};

}  // namespace strata
