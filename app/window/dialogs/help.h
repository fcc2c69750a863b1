// Help: keys, the manual of transforms from the registry, and what this program is.
#pragma once

#include "core/transform/transform.h"

#include <QList>

class QAction;
class QWidget;

namespace strata {

void showManual(QWidget* parent, const Registry& registry);
void showAbout(QWidget* parent);

}  // namespace strata
