// A text that is typed in the place of the one that is shown: same font, same rows, line numbers. What is wrong with it
// stands under its line. Enter takes it, Shift+Enter begins a line, Escape leaves it; once more if something was typed.
#pragma once

#include "app/window/models/highlighter.h"
#include "app/window/views/code_edit.h"

#include <optional>

namespace strata {

// What is wrong with a text. `line` and `column` are from 0; a fault of no line stands under the first.
struct TextFault {
    int line = 0, column = 0;
    QString text;
    friend bool operator==(const TextFault&, const TextFault&) = default;
};
// Of an error that names its place, "text:3:7: Expected a name.", followed by the line, a caret and a hint.
TextFault faultOf(const QString& error);

class TextEditor : public CodeEdit {
    Q_OBJECT
public:
    explicit TextEditor(Syntax syntax, QWidget* parent = nullptr);
    ~TextEditor() override;

    void begin(const QString& text, int line, int column);
    bool isChanged() const { return toPlainText() != m_original; }
    void setFault(const std::optional<TextFault>& fault);
    const std::optional<TextFault>& fault() const { return m_fault; }
    QRect faultRect() const;  // in the viewport; null: there is none
    void setCodeSize(double pointSize);

signals:
    void typed();
    void taken();
    void left();
    void warned();  // Escape would throw away what was typed: the next one does

protected:
    void keyPressEvent(QKeyEvent*) override;
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;

private:
    class Layout;
    class Gutter;
    void paintGutter(QPainter& painter) const;
    void layOutFault();
    void beginLine();
    void leave();

    QString m_original;
    std::optional<TextFault> m_fault;
    Layout* m_layout;
    Gutter* m_gutter;
    bool m_warned = false;
};

}  // namespace strata
