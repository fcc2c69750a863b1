// The language of the window: a catalogue for all that is said, one for Qt's own dialogs, and how numbers are written.
#pragma once

#include <QString>

namespace strata {

// "en" or "zh": what is asked for ("" or "system": what the system speaks, where there is a catalogue for it).
QString languageFor(const QString& asked);
// From now on what is said is said in that language; what is shown already stays as it is, so it comes before the
// first window. Without its catalogue: false, and English.
bool speak(const QString& language);

}  // namespace strata
