// The keys of all commands: a sheet to read, to search, and to change. What was changed is kept in the settings.
#pragma once

#include <QDialog>
#include <QList>

class QAction;
class QKeySequenceEdit;
class QLabel;
class QLineEdit;
class QTableWidget;

namespace strata {

// Keys as the program comes with them are noted first; then those that a person chose are set.
void restoreKeys(const QList<QAction*>& actions);

class KeysDialog : public QDialog {
    Q_OBJECT
public:
    explicit KeysDialog(QList<QAction*> actions, QWidget* parent = nullptr);
    // Gives the command these keys, unless another one has them: then nothing changes, and it is said who.
    bool give(const QString& id, const QKeySequence& keys);
    QString said() const;

private:
    void fill();
    void filter(const QString& words);
    QAction* chosen() const;
    void resetAll();

    QList<QAction*> m_actions;
    QLineEdit* m_filter;
    QTableWidget* m_table;
    QKeySequenceEdit* m_keys;
    QLabel* m_said;
};

}  // namespace strata
