// Dialogues that gather what an intent needs, and hand it to the workspace.
#pragma once

#include "app/window/workspace/workspace.h"

class QWidget;

namespace strata {

void askExport(Workspace& workspace, QWidget* window);
void askCompare(Workspace& workspace, QWidget* window);
void askTuning(Workspace& workspace, QWidget* window);
void askDimensions(Workspace& workspace, const QStringList& names, QWidget* window);
QStringList openDimensions(const Workspace& workspace);  // those of the model's inputs

}  // namespace strata
