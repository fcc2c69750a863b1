#include "app/window/commands/commands.h"

#include "app/window/dialogs/keys.h"
#include "app/window/parts/status_part.h"
#include "app/window/window_parts.h"

#include <QAction>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>

namespace strata {

QAction* Commands::add(QMenu* menu, const QString& id, const QString& text, const QKeySequence& keys,
                       std::function<void()> run)
{
    auto* action = new QAction(text, &m_window);
    action->setObjectName(id);
    action->setShortcut(keys);
    QObject::connect(action, &QAction::triggered, &m_window, std::move(run));
    menu->addAction(action);
    m_window.addAction(action);  // works while the menu bar is hidden
    m_actions.insert(id, action);
    return action;
}

QAction* Commands::addToggle(QMenu* menu, const QString& id, const QString& text, const QKeySequence& keys,
                             std::function<void(bool)> toggled)
{
    QAction* action = add(menu, id, text, keys, [] {});
    action->setCheckable(true);
    action->setChecked(true);
    QObject::connect(action, &QAction::toggled, &m_window, std::move(toggled));
    return action;
}

QList<QAction*> Commands::sorted() const
{
    QStringList ids = m_actions.keys();
    ids.sort();
    QList<QAction*> actions;
    for (const QString& id : ids)
        actions << m_actions[id];
    return actions;
}

void Commands::askKeys() const { KeysDialog(all(), &m_window).exec(); }

CommandGroup::CommandGroup(const Frame& frame)
    : m_window(frame.window)
    , m_workspace(frame.workspace)
    , m_documents(frame.documents)
    , m_layout(frame.layout)
    , m_parts(frame.parts)
    , m_commands(frame.commands)
{
}

QMenu* CommandGroup::addMenu(const QString& title) const { return m_window.menuBar()->addMenu(title); }

void CommandGroup::enable(std::initializer_list<const char*> ids, bool on) const
{
    for (const char* id : ids)
        action(QLatin1String(id))->setEnabled(on);
}

void CommandGroup::say(const QString& sentence) const { m_parts.status->say(sentence); }

}  // namespace strata
