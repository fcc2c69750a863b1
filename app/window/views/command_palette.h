// Ctrl+K: everything by name. Commands of the menus with their shortcuts, nodes of the model, transforms; matched by
// letters in order.
#pragma once

#include <QDialog>

#include <functional>

class QLineEdit;
class QListWidget;

namespace strata {

struct PaletteCommand {
    QString text, detail;  // "Run", "F5"
    std::function<void()> run;
};

// How well the words of `pattern` occur in `text`, each by its letters in order; negative: one does not.
int fuzzyScore(const QString& pattern, const QString& text);

class CommandPalette : public QDialog {
    Q_OBJECT
public:
    explicit CommandPalette(std::vector<PaletteCommand> commands, QWidget* parent = nullptr);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void refill(const QString& pattern);
    void choose();

    std::vector<PaletteCommand> m_commands;
    QLineEdit* m_input;
    QListWidget* m_list;
};

}  // namespace strata
