// What the layers below say, in the language of the window: refusals, sentences, the manual of transforms.
#pragma once

#include "core/base/cursor.h"
#include "core/base/result.h"

#include <QString>

namespace strata {

QString translated(const std::string& text);  // the text itself, where there is no translation
QString saidText(const Sentence& sentence);
QString saidText(const Error& error);  // message and hint
QString saidText(const Cursor& cursor);  // "loop j of linear_relu"

}  // namespace strata
