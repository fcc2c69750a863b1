// A picture of a pane as a file: of all that it shows, not of what is in sight, on white as paper is.
#pragma once

#include <QSize>
#include <QString>

#include <functional>

class QPainter;

namespace strata {

// Draws `size` (in pixels of a screen) into a .svg, .pdf or .png, by the file's name; returns what went wrong, or
// nothing. A .png has two pixels for one of a screen, or as many as make a file that programs still open.
QString paintToFile(const QString& path, const QSize& size, const std::function<void(QPainter&)>& paint);

}  // namespace strata
