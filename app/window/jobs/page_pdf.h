// A page of Strata (app/report/sheet.h) on paper: all its sections below each other, drawings as pictures.
#pragma once

#include "core/base/result.h"

#include <QString>

namespace strata {

// What stands in the page's body as rich text, without what is there for keys and clicks; answers come last.
QString onPaper(const std::string& page);
// Touches no widget, so a job may do it.
Status printPage(const std::string& page, const QString& path);

}  // namespace strata
