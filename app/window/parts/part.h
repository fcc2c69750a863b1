// A part of the window: shows some aspects of the scene in a widget, and hands what a person does there to the
// workspace. Parts do not know each other; where one stands says parts.cpp.
#pragma once

#include "app/window/dialogs/picture_file.h"
#include "app/window/workspace/workspace.h"

#include <QWidget>

namespace strata {

class Part : public QObject {
    Q_OBJECT
public:
    // `concerns`: the aspects that it shows. The widget goes to who lays the window out.
    Part(QString name, Aspects concerns, Workspace& workspace);
    const QString& name() const { return m_name; }  // of its tab
    QString id() const;                             // the same in any language: "timings"
    Aspects concerns() const { return m_concerns; }
    virtual QWidget* widget() const = 0;
    // Called when an aspect that it concerns itself with has changed, and once before anything is open.
    virtual void show(const Scene& scene, Aspects changed) = 0;
    // What Edit > Copy takes while the part has the focus; empty: nothing.
    virtual QString copied() const { return {}; }
    // All that it shows, as on paper; else what is in sight.
    virtual Drawing drawing() const;

signals:
    void said(const QString& sentence);                           // for the status bar
    void renamed(const QString& name, const QString& hint = {});  // the text of its tab, and its tool tip
    void raised();                                                // it should be seen

protected:
    Workspace& workspace() const { return m_workspace; }

private:
    QString m_name;
    Aspects m_concerns;
    Workspace& m_workspace;
};

inline QString qtext(const std::string& text) { return QString::fromStdString(text); }

}  // namespace strata
