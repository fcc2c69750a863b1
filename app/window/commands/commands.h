// Every command is an action with a stable id: menus, tool bar, keys and the command palette all find it here. A group
// is a class that makes some of them, mostly a menu, and says when they can be given; what it acts on is a Frame.
#pragma once

#include "app/window/workspace/workspace.h"

#include <QHash>
#include <QKeySequence>
#include <QList>
#include <QObject>

#include <functional>

class QAction;
class QMainWindow;
class QMenu;

namespace strata {

class Documents;
class WindowLayout;
class WindowParts;

class Commands {
public:
    explicit Commands(QMainWindow& window)
        : m_window(window)
    {
    }
    QAction* add(QMenu* menu, const QString& id, const QString& text, const QKeySequence& keys,
                 std::function<void()> run);
    QAction* addToggle(QMenu* menu, const QString& id, const QString& text, const QKeySequence& keys,
                       std::function<void(bool)> toggled);  // it is on
    QAction* action(const QString& id) const { return m_actions.value(id); }
    QList<QAction*> all() const { return m_actions.values(); }
    QList<QAction*> sorted() const;  // by their ids
    void askKeys() const;            // what each is given by

private:
    QMainWindow& m_window;
    QHash<QString, QAction*> m_actions;
};

// What commands act on.
struct Frame {
    QMainWindow& window;
    Workspace& workspace;
    Documents& documents;
    WindowLayout& layout;
    WindowParts& parts;
    Commands& commands;
};

class CommandGroup : public QObject {
    Q_OBJECT
public:
    explicit CommandGroup(const Frame& frame);
    virtual void show(const Scene&, Aspects) { }  // what can be done now

protected:
    QMenu* addMenu(const QString& title) const;  // to the menu bar
    QAction* add(QMenu* menu, const QString& id, const QString& text, const QKeySequence& keys,
                 std::function<void()> run) const
    {
        return m_commands.add(menu, id, text, keys, std::move(run));
    }
    QAction* addToggle(QMenu* menu, const QString& id, const QString& text, const QKeySequence& keys,
                       std::function<void(bool)> toggled) const
    {
        return m_commands.addToggle(menu, id, text, keys, std::move(toggled));
    }
    QAction* action(const QString& id) const { return m_commands.action(id); }
    void enable(std::initializer_list<const char*> ids, bool on) const;
    void say(const QString& sentence) const;

    QMainWindow& m_window;
    Workspace& m_workspace;
    Documents& m_documents;
    WindowLayout& m_layout;
    WindowParts& m_parts;
    Commands& m_commands;
};

}  // namespace strata
