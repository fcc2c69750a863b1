// A page of Strata (app/report/sheet.h) on paper: all its sections below each other, drawings as pictures.
#pragma once

#include "core/base/result.h"

#include <QString>

namespace strata {

// Touches no widget, so a job may do it.
Status printPage(const std::string& page, const QString& path);

}  // namespace strata
