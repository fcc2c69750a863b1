// The colours of the window: one table for light, one for dark. A view takes them at paint time from the palette it
// has, so that a change of theme needs no message to anybody.
#pragma once

#include "app/window/models/highlighter.h"
#include "core/ir/module.h"

#include <QColor>
#include <QFont>
#include <QPalette>

namespace strata {

struct Theme {
    bool dark = false;
    QColor ground, panel, line, text, muted, accent, onAccent;
    QColor levels[4];  // graph, loops, library, hardware
    QColor addedGround, addedMark, removedGround, removedMark, selectedGround, selectedMark, right, wrong;
    QColor node, keyword, number, string;  // boxes of the graph; syntax of text

    const QColor& level(Level level) const { return levels[static_cast<int>(level)]; }
};

const Theme& lightTheme();
const Theme& darkTheme();
// The table that belongs to a palette: dark if its windows are.
const Theme& themeOf(const QPalette& palette);
QPalette paletteOf(const Theme& theme);
QColor colorOf(Token token, const Theme& theme);
// Lines between parts and flat tool buttons; everything else is the Fusion style's.
QString styleSheetOf(const Theme& theme);

// "G", "L", "C", "H": the letter of a level, the same everywhere.
QString letter(Level level);
QString title(Level level);
QFont codeFont(double pointSize);

}  // namespace strata
