// The colour of each family and its name, for boxes and the legend.
#pragma once

#include "app/graph/family.h"
#include "app/window/theme/theme.h"

namespace strata {

QColor familyColor(Family family, const Theme& theme);
QString familyName(Family family);  // "matrix products"

}  // namespace strata
