// The dialogs that ask before something is done.
#pragma once

#include "backends/artifact/export.h"
#include "core/base/result.h"
#include "core/text/text.h"

#include <QDialog>

#include <functional>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPainter;
class QPlainTextEdit;
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

// A function's text, parsed as it is typed. `takes` is asked when it is to be taken: what is refused stays here to be
// mended, with the reason, and what was typed is thrown away only if the person says so.
class EditFunctionDialog : public QDialog {
    Q_OBJECT
public:
    using Takes = std::function<Status(const QString& text)>;
    EditFunctionDialog(const Function& function, Form form, double codeSize, Takes takes, QWidget* parent = nullptr);
    QString text() const;
    QString problem() const;  // "parses", or why it is not taken

public slots:
    void accept() override;
    void reject() override;

private:
    void check();

    FunctionPtr m_function;
    Takes m_takes;
    QString m_original;
    QPlainTextEdit* m_text;
    QLabel* m_error;
    QPushButton* m_accept;
};

}  // namespace strata
