// A picture of a pane as a file: of all that it shows, not of what is in sight, on white as paper is.
#pragma once

#include <QSize>
#include <QString>

#include <functional>

class QMimeData;
class QPainter;

namespace strata {

// What there is to paint of a pane, in pixels of a screen; no size: it shows nothing yet.
struct Drawing {
    QSize size = {};
    std::function<void(QPainter&)> paint = {};
};

// Draws it into a .svg, .pdf or .png, by the file's name; returns what went wrong, or
// nothing. A .png has two pixels for one of a screen, or as many as make a file that programs still open.
QString paintToFile(const QString& path, const Drawing& drawing);
// The same for the clipboard, as SVG and as pixels: who pastes takes what they can.
QMimeData* paintToMime(const Drawing& drawing);

}  // namespace strata
