// The dialogs that ask before something is done.
#pragma once

#include "backends/artifact/export.h"

#include <QDialog>

class QCheckBox;
class QComboBox;
class QLineEdit;
class QListWidget;
class QPushButton;
class QSpinBox;

namespace strata {

class ExportDialog : public QDialog {
    Q_OBJECT
public:
    explicit ExportDialog(const QString& name, QWidget* parent = nullptr);
    ExportOptions options() const;

private:
    QLineEdit *m_name, *m_folder;
    QComboBox* m_weights;
};
void showExportResult(const Exported& exported, const QString& folder, QWidget* parent);

// States to show differences against, and to measure in turn with the shown one.
class CompareDialog : public QDialog {
    Q_OBJECT
public:
    CompareDialog(const std::vector<std::pair<int, QString>>& states, int current, int baseline,
                  QWidget* parent = nullptr);
    int baseline() const;  // -1: the step before
    bool measures() const;
    std::vector<int> chosen() const;

private:
    QComboBox* m_baseline;
    QCheckBox* m_measure;
    QListWidget* m_states;
};

class DimensionsDialog : public QDialog {
    Q_OBJECT
public:
    explicit DimensionsDialog(const QStringList& names, QWidget* parent = nullptr);
    std::map<std::string, std::int64_t> sizes() const;

private:
    std::map<std::string, QSpinBox*> m_sizes;
};

}  // namespace strata
