// What is kept from one start to the next: settings, keys, layout, what was open.
#pragma once

#include "app/window/commands/commands.h"

class QSettings;

namespace strata {

class Appearance;
class LectureMode;
class TargetMenu;

class KeptSettings : public CommandGroup {
public:
    KeptSettings(const Frame& frame, Appearance& appearance, TargetMenu& target, const LectureMode& lecture);
    void show(const Scene& scene, Aspects changed) override;
    void ask();
    void save() const;
    void restore();
    bool openLast();  // if that is wanted, and what was open is still there

private:
    void saveSession(QSettings& settings) const;
    void showRestoredStep();

    Appearance& m_appearance;
    TargetMenu& m_target;
    const LectureMode& m_lecture;
    bool m_opensAgain = false;  // what was open when the program ended
    int m_stepToShow = -1;      // of a session that is being restored
};

void fitScreen(QWidget& window);  // as a window that has no size of an earlier start
// By what the screen has for windows.
QSize firstWindowSize(const QSize& available);

}  // namespace strata
