#include "app/window/commands/help_menu.h"

#include "app/window/dialogs/help.h"

#include <QAction>
#include <QMainWindow>
#include <QMenu>

namespace strata {

HelpMenu::HelpMenu(const Frame& frame)
    : CommandGroup(frame)
{
    QMenu* menu = addMenu(tr("&Help"));
    QAction* keys = add(menu, QStringLiteral("help.keys"), tr("&Keys…"), QKeySequence::HelpContents,
                        [this] { m_commands.askKeys(); });
    keys->setShortcuts({QKeySequence(Qt::Key_F1), QKeySequence(QStringLiteral("?"))});
    add(menu, QStringLiteral("help.transforms"), tr("&Transforms"), {},
        [this] { showManual(&m_window, *m_workspace.registry()); });
    add(menu, QStringLiteral("help.about"), tr("&About Strata"), {}, [this] { showAbout(&m_window); });
}

}  // namespace strata
