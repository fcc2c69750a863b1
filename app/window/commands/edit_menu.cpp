#include "app/window/commands/edit_menu.h"

#include "app/window/models/said.h"
#include "app/window/parts/palette_part.h"
#include "app/window/parts/text_part.h"
#include "app/window/views/command_palette.h"
#include "app/window/views/text_view.h"
#include "app/window/window_parts.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QMainWindow>
#include <QMenu>

namespace strata {

EditMenu::EditMenu(const Frame& frame)
    : CommandGroup(frame)
{
    QMenu* menu = addMenu(tr("&Edit"));
    add(menu, QStringLiteral("edit.undo"), tr("&Undo"), QKeySequence::Undo, [this] { m_workspace.undo(); });
    add(menu, QStringLiteral("edit.redo"), tr("&Redo"), QKeySequence(QStringLiteral("Ctrl+Shift+Z")),
        [this] { m_workspace.redo(); });
    menu->addSeparator();
    add(menu, QStringLiteral("edit.copy"), tr("&Copy"), {}, [this] { copyCurrent(); });
    add(menu, QStringLiteral("edit.find"), tr("&Find in pane…"), QKeySequence::Find, [this] { findInPane(); });
    add(menu, QStringLiteral("edit.palette"), tr("Find a node, a transform, a command…"),
        QKeySequence(QStringLiteral("Ctrl+K")), [this] { openCommandPalette(); });
    add(menu, QStringLiteral("edit.clear"), tr("Clear the selection"), QKeySequence(QStringLiteral("Ctrl+D")),
        [this] { m_workspace.panes().clearSelection(); });
}

void EditMenu::show(const Scene& scene, Aspects)
{
    enable({"edit.undo"}, scene.canUndo);
    enable({"edit.redo"}, scene.canRedo);
}

void EditMenu::openCommandPalette()
{
    std::vector<PaletteCommand> commands;
    for (QAction* action : m_commands.sorted())
        if (action->isEnabled())
            commands.push_back({action->text().remove(QLatin1Char('&')),
                                action->shortcut().toString(QKeySequence::NativeText),
                                [action] { action->trigger(); }});
    for (const PaletteEntry& entry : m_parts.palette->model()->entries())
        commands.push_back({tr("transform %1").arg(entry.title), entry.applies ? entry.detail.left(60) : tr("not now"),
                            [this, entry] { m_parts.palette->open(entry); }});
    if (m_workspace.isOpen()) {
        const ShownPtr& shown = m_workspace.shown();
        const auto nodes = [&](const Module& module, bool lowered) {
            for (const Cursor& cursor : cursors(module))
                if (cursor.kind == NodeKind::Operator || cursor.kind == NodeKind::Block || cursor.kind == NodeKind::Loop
                    || cursor.kind == NodeKind::Function)
                    commands.push_back({qtext(cursor.name.empty() ? cursor.function : cursor.name), saidText(cursor),
                                        [this, cursor, lowered] {
                                            m_workspace.panes().point({cursor, lowered}, false);
                                        }});
        };
        nodes(*m_workspace.session().current()->module, false);
        if (shown && shown->lowered)
            nodes(shown->lowered->module(), true);
    }
    CommandPalette(std::move(commands), &m_window).exec();
}

void EditMenu::findInPane()
{
    for (const auto& [level, part] : m_parts.levels)
        if (part->pane()->view()->hasFocus())
            return part->openFind();
    m_parts.pane(Level::Loops)->openFind();
}

void EditMenu::copyCurrent()
{
    for (TextPart* part : m_parts.texts())
        if (part->view()->hasFocus())
            return part->view()->copy();
    const QWidget* focus = QApplication::focusWidget();
    for (const Part* part : m_parts.all)
        if (focus && (part->widget() == focus || part->widget()->isAncestorOf(focus)))
            if (const QString copied = part->copied(); !copied.isEmpty())
                return QGuiApplication::clipboard()->setText(copied);
}

}  // namespace strata
