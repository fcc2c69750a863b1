// Help: keys, the manual of transforms, what this is.
#pragma once

#include "app/window/commands/commands.h"

namespace strata {

class HelpMenu : public CommandGroup {
public:
    explicit HelpMenu(const Frame& frame);
};

}  // namespace strata
