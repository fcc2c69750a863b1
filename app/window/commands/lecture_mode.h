// Lecture mode: what is explained alone, in large type; and the presenter view on a screen of its own.
#pragma once

#include "app/window/commands/commands.h"

#include <QPointF>

#include <set>

class QKeyEvent;

namespace strata {

class PresenterView;
class Spotlight;

class LectureMode : public CommandGroup {
    Q_OBJECT
public:
    explicit LectureMode(const Frame& frame);
    void show(const Scene& scene, Aspects changed) override;
    void set(bool on);
    bool isOn() const { return m_on; }
    void choosePane(Level level, bool on);  // of those that are seen in this mode
    bool key(const QKeyEvent& key);         // true: it means something here
    void setPresenter(bool on);             // lecture mode, with the presenter view
    bool presenting() const { return m_before.has_value(); }
    PresenterView* presenter() const;
    Spotlight* spotlight() const { return m_spotlight; }

signals:
    void toggled(bool on);

private:
    std::set<Level> panes() const;
    void showPanes();
    void showChosen();
    void toggleBlank();
    void toggleSpotlight();

    bool m_on = false;
    std::set<Level> m_chosen{Level::Loops, Level::Hardware}, m_shown;
    QPointF m_graphCentre;  // before
    Spotlight* m_spotlight;
    // The window as it was before the presenter view moved it; nullopt: that is closed.
    struct Place {
        QByteArray geometry;
        bool lecture = false;
    };
    std::optional<Place> m_before;
};

}  // namespace strata
