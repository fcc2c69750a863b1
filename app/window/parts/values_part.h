// What the selected node of the graph computes, in the shown state and in the untouched model. Computed when it is
// looked at.
#pragma once

#include "app/window/parts/part.h"

namespace strata {

class ValueView;

class ValuesPart : public Part {
    Q_OBJECT
public:
    explicit ValuesPart(Workspace& workspace);
    QWidget* widget() const override;
    ValueView* view() const { return m_view; }
    void show(const Scene& scene, Aspects changed) override;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    ValueView* m_view;
};

}  // namespace strata
