// File: models, recipes, what is handed on, settings.
#pragma once

#include "app/window/commands/commands.h"

namespace strata {

class HandOn;
class KeptSettings;

class FileMenu : public CommandGroup {
public:
    FileMenu(const Frame& frame, HandOn& handOn, KeptSettings& settings);
    void show(const Scene& scene, Aspects changed) override;
};

}  // namespace strata
