// Parts that draw what was measured: times, roofline, memory, and a picture with what the model makes of it.
#pragma once

#include "app/window/parts/part.h"

namespace strata {

class MemoryView;
class PictureView;
class RooflineView;
class TimingsView;

class TimingsPart : public Part {
    Q_OBJECT
public:
    explicit TimingsPart(Workspace& workspace);
    QWidget* widget() const override;
    void show(const Scene& scene, Aspects changed) override;

private:
    TimingsView* m_view;
};

class RooflinePart : public Part {
    Q_OBJECT
public:
    explicit RooflinePart(Workspace& workspace);
    QWidget* widget() const override;
    void show(const Scene& scene, Aspects changed) override;

private:
    RooflineView* m_view;
};

class MemoryPart : public Part {
    Q_OBJECT
public:
    explicit MemoryPart(Workspace& workspace);
    QWidget* widget() const override;
    void show(const Scene& scene, Aspects changed) override;

signals:
    void bufferChosen(const QString& name);

private:
    MemoryView* m_view;
};

class PicturePart : public Part {
    Q_OBJECT
public:
    explicit PicturePart(Workspace& workspace);
    QWidget* widget() const override;
    void show(const Scene& scene, Aspects changed) override;
    void predict();  // the picture that is shown, by the shown state

private:
    PictureView* m_view;
};

}  // namespace strata
