// Lecture mode's foot, of the shown step; and what the lecturer sees on a screen of their own.
#pragma once

#include "app/window/parts/part.h"

namespace strata {

class LectureBar;
class PresenterView;

class LecturePart : public Part {
    Q_OBJECT
public:
    explicit LecturePart(Workspace& workspace);
    ~LecturePart() override;
    QWidget* widget() const override;
    LectureBar* bar() const { return m_bar; }
    PresenterView* presenter() const { return m_presenter.get(); }
    void show(const Scene& scene, Aspects changed) override;
    Level levelOfStep() const;  // that the shown step is one of; of the model as it was opened: the graph's

private:
    LectureBar* m_bar;
    std::unique_ptr<PresenterView> m_presenter;  // a window of its own
};

}  // namespace strata
