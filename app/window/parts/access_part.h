// The picture of accesses with its controls: a slider through the run, play, steps, and the size of the cache. Made
// while it is to be seen.
#pragma once

#include "app/window/parts/part.h"

#include <QTimer>

class QComboBox;
class QSlider;
class QToolButton;

namespace strata {

class AccessView;
class ThreadView;
class Panel;

class AccessPart : public Part {
    Q_OBJECT
public:
    explicit AccessPart(Workspace& workspace);
    QWidget* widget() const override;
    void show(const Scene& scene, Aspects changed) override;
    QString copied() const override;
    AccessView* view() const { return m_view; }
    ThreadView* threads() const { return m_threads; }
    void setWanted(bool on);  // whether it is to be seen
    void play(bool on);
    bool isPlaying() const { return m_timer.isActive(); }

private:
    QWidget* pictures();
    QWidget* makeControls();
    QToolButton* makeButton(const QString& sign, const QString& name);
    void fillCaches(const Scene& scene);
    void moveSlider();
    void tick();

    AccessView* m_view;
    ThreadView* m_threads;  // of a function that is bound to some
    QSlider* m_slider;
    QComboBox *m_speed, *m_cache;
    QToolButton* m_play;
    Panel* m_panel;
    QTimer m_timer;
};

}  // namespace strata
