// Edit: undo, copying, finding in a pane, and the palette of everything.
#pragma once

#include "app/window/commands/commands.h"

namespace strata {

class EditMenu : public CommandGroup {
public:
    explicit EditMenu(const Frame& frame);
    void show(const Scene& scene, Aspects changed) override;

private:
    void openCommandPalette();
    void findInPane();
    void copyCurrent();
};

}  // namespace strata
