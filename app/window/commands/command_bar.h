// The tool bar: the commands that are given all the time.
#pragma once

#include "app/window/commands/commands.h"

class QToolBar;
class QToolButton;

namespace strata {

class TargetMenu;

class CommandBar : public CommandGroup {
public:
    CommandBar(const Frame& frame, const TargetMenu& target);
    void fit(int width);  // of the window: what can be found is said where there is room for it

private:
    QToolButton* addButton(const QString& id, const QString& text);
    void addStretch();

    QToolBar* m_bar;
    QToolButton* m_find;
};

}  // namespace strata
