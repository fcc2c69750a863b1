#include "app/window/commands/run_menu.h"

#include "app/window/commands/target_menu.h"
#include "app/window/dialogs/ask.h"
#include "app/window/parts/figures_part.h"
#include "app/window/parts/table_part.h"
#include "app/window/window_parts.h"

#include <QMainWindow>
#include <QMenu>

namespace strata {

RunMenu::RunMenu(const Frame& frame, TargetMenu& target)
    : CommandGroup(frame)
{
    QMenu* menu = addMenu(tr("&Run"));
    add(menu, QStringLiteral("run.run"), tr("&Run and time"), QKeySequence(Qt::Key_F5), [this] {
        m_workspace.runs().run();
        m_parts.picture->predict();
        m_workspace.runs().computeOutputs();
    });
    add(menu, QStringLiteral("run.compare"), tr("&Compare…"), QKeySequence(QStringLiteral("Shift+F5")),
        [this] { askCompare(m_workspace, &m_window); });
    add(menu, QStringLiteral("run.judge"), tr("&Judge each function"), QKeySequence(QStringLiteral("Ctrl+F5")),
        [this] { m_workspace.runs().judgeFunctions(); });
    add(menu, QStringLiteral("run.deployment"), tr("Size the &deployment"), {}, [this] {
        m_layout.see(m_parts.deployment);
        m_workspace.runs().sizeDeployment();
    });
    add(menu, QStringLiteral("run.cancel"), tr("Cancel what is running"), QKeySequence(QStringLiteral("Ctrl+.")),
        [this] { m_workspace.jobs().cancelAll(); });
    menu->addSeparator();
    target.fill(menu);
}

void RunMenu::show(const Scene& scene, Aspects)
{
    enable({"run.run", "run.compare", "run.judge", "run.deployment"}, scene.isOpen());
}

}  // namespace strata
