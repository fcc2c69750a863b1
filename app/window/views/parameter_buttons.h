// What a hand on the mouse finds beside a field of a form: numbers are halved and doubled, names are chosen from those
// that are there, in the order in which they are clicked.
#pragma once

#include "core/transform/transform.h"

#include <QLineEdit>

namespace strata {

// The field with its buttons; the field itself, where its kind needs none.
QWidget* withButtons(QLineEdit* edit, const Parameter& parameter, const QStringList& names);

// "[_, 4]" -> "[_, 8]": the number at the place, else the last one; as it is, if there is none or it is not whole.
QString halved(const QString& text, int place);
QString doubled(const QString& text, int place);
// "[a, b]" with c behind, or without b.
QString withNameToggled(const QString& list, const QString& name);

}  // namespace strata
