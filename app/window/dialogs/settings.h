// What a person sets once: looks, threads, and how the program begins.
#pragma once

#include <QDialog>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QSpinBox;

namespace strata {

struct Preferences {
    int theme = 0;  // as the system, light, dark
    double codeSize = 10;
    int threads = 1;
    bool fullForm = false;    // of loops
    bool opensAgain = false;  // what was open when the program ended
    QString language = {};    // "en", "zh"; empty: as the system. From the next start on
    friend bool operator==(const Preferences&, const Preferences&) = default;
};

class SettingsDialog : public QDialog {
    Q_OBJECT
public:
    explicit SettingsDialog(const Preferences& preferences, QWidget* parent = nullptr);
    Preferences preferences() const;

signals:
    void keysAsked();

private:
    QComboBox *m_theme, *m_language;
    QDoubleSpinBox* m_codeSize;
    QSpinBox* m_threads;
    QCheckBox *m_fullForm, *m_opensAgain;
};

}  // namespace strata
