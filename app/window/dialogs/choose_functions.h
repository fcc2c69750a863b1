// Functions to take steps on, chosen from a list with marks.
#pragma once

#include <QStringList>

class QWidget;

namespace strata {

// `functions`: with whether each is marked at first. Empty: none was chosen.
std::vector<std::string> askFunctions(const std::vector<std::pair<std::string, bool>>& functions, QWidget* window);

}  // namespace strata
