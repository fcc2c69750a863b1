// Run: timing, comparing, judging.
#pragma once

#include "app/window/commands/commands.h"

namespace strata {

class TargetMenu;

class RunMenu : public CommandGroup {
public:
    RunMenu(const Frame& frame, TargetMenu& target);
    void show(const Scene& scene, Aspects changed) override;
};

}  // namespace strata
