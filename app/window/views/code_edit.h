// A text to type into. Qt 6.4's takes the first of the clipboard's formats without asking whether there is one: a
// middle click or Ctrl+V while nothing was ever copied ends the program. All editors of the window are of this class.
#pragma once

#include <QMimeData>
#include <QPlainTextEdit>

namespace strata {

class CodeEdit : public QPlainTextEdit {
public:
    using QPlainTextEdit::QPlainTextEdit;

protected:
    bool canInsertFromMimeData(const QMimeData* source) const override
    {
        return source && !source->formats().isEmpty() && QPlainTextEdit::canInsertFromMimeData(source);
    }
    void insertFromMimeData(const QMimeData* source) override
    {
        if (source && !source->formats().isEmpty())
            QPlainTextEdit::insertFromMimeData(source);
    }
};

}  // namespace strata
