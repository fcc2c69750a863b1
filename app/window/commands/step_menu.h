// Step: along the path, taking steps, and editing those that were taken.
#pragma once

#include "app/window/commands/commands.h"

namespace strata {

class StepMenu : public CommandGroup {
public:
    explicit StepMenu(const Frame& frame);
    void show(const Scene& scene, Aspects changed) override;
    void editText();  // of the shown function
    void takeOnFunctionAt(StepRange steps, const QPoint& global);

private:
    void addWalk(QMenu* menu);
    void addTaking(QMenu* menu);
    void addEdits(QMenu* menu);
    void addAutomatic(QMenu* menu);
};

}  // namespace strata
