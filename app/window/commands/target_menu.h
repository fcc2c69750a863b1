// Where code runs: the place, the instructions, the threads; a menu, and a button that says what is chosen.
#pragma once

#include "app/window/commands/commands.h"

class QSettings;
class QToolButton;

namespace strata {

class TargetMenu : public CommandGroup {
public:
    explicit TargetMenu(const Frame& frame);
    void fill(QMenu* menu);  // with one of its own
    QToolButton* button() const { return m_button; }
    void show(const Scene& scene, Aspects changed) override;
    void choose(const ChosenTarget& target);
    void save(QSettings& settings) const;
    void restore(const QSettings& settings);

private:
    void addPlaces(QMenu* menu);
    void addIsas(QMenu* menu);
    void addThreads(QMenu* menu);

    QToolButton* m_button;
};

}  // namespace strata
