// Lecture mode's foot, of the shown step.
#pragma once

#include "app/window/parts/part.h"

namespace strata {

class LectureBar;

class LecturePart : public Part {
    Q_OBJECT
public:
    explicit LecturePart(Workspace& workspace);
    QWidget* widget() const override;
    void show(const Scene& scene, Aspects changed) override;

private:
    LectureBar* m_bar;
};

}  // namespace strata
