// The form of one transform, made from its parameters. What it edits is a recipe line, shown below the fields as the
// recipe would have it.
#pragma once

#include "app/window/models/format.h"

#include <QFrame>
#include <QLabel>
#include <QPushButton>
#include <QTimer>

namespace strata {

class ParameterForm : public QFrame {
    Q_OBJECT
public:
    // `module` offers the names to choose from.
    // `ids`: transforms that a verdict may name, to become links.
    ParameterForm(const Transform& transform, ModulePtr module, const Arguments& arguments, QStringList ids = {},
                  QWidget* parent = nullptr);
    QString line() const;  // "loops.split(mm_relu, j, factors=[_, 4])"
    void setVerdict(const QString& line, bool ok,
                    const QString& text);  // ignored unless `line` is still what the form says
    void focusFirst();
    QLabel* verdict() const { return m_verdict; }
    QWidget* editor(const QString& parameter) const { return m_editors.value(parameter); }

signals:
    void edited(const QString& line);  // a moment after the last change: asks for a check
    void accepted(const QString& line);
    void closed();
    void transformAsked(const QString& id);  // a link in the verdict: the step that would make this one possible

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* makeEditor(const Parameter& parameter, const QString& value);
    QString linked(const QString& text) const;
    QString valueOf(const Parameter& parameter) const;
    void touched();
    void fitTexts();

    Transform m_transform;
    ModulePtr m_module;
    QString m_function;
    QStringList m_ids;
    QHash<QString, QWidget*> m_editors;
    QLabel* m_summary;
    QLabel* m_line;
    QLabel* m_verdict;
    QPushButton* m_apply;
    QTimer m_delay;
};

}  // namespace strata
