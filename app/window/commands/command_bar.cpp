#include "app/window/commands/command_bar.h"

#include "app/window/commands/target_menu.h"

#include <QAction>
#include <QMainWindow>
#include <QToolBar>
#include <QToolButton>

namespace strata {

CommandBar::CommandBar(const Frame& frame, const TargetMenu& target)
    : CommandGroup(frame)
    , m_bar(new QToolBar(tr("Commands")))
{
    m_bar->setObjectName(QStringLiteral("commands"));
    m_bar->setMovable(false);
    m_bar->setToolButtonStyle(Qt::ToolButtonTextOnly);
    m_window.addToolBar(m_bar);
    addButton(QStringLiteral("edit.undo"), tr("↶ Undo"));
    addButton(QStringLiteral("edit.redo"), tr("↷ Redo"));
    addButton(QStringLiteral("step.previous"), tr("◀ Step"));
    addButton(QStringLiteral("step.next"), tr("Step ▶"));
    enable({"edit.undo", "edit.redo", "step.previous", "step.next"}, false);  // until there is a step
    addStretch();
    m_bar->addWidget(target.button());
    addButton(QStringLiteral("run.run"), tr("▶ Run"))->setObjectName(QStringLiteral("run"));
    addButton(QStringLiteral("run.compare"), tr("Compare…"));
    addButton(QStringLiteral("file.export"), tr("Export…"));
    addButton(QStringLiteral("step.auto"), tr("Auto"));
    addStretch();
    m_find = addButton(QStringLiteral("edit.palette"), tr("Find…"));
}

QToolButton* CommandBar::addButton(const QString& id, const QString& text)
{
    QAction* const command = action(id);
    auto* button = new QToolButton;
    button->setDefaultAction(command);
    button->setText(text);
    const QString name = command->text().remove(QLatin1Char('&'));
    button->setAccessibleName(name);
    button->setToolTip(name + QStringLiteral("  ") + command->shortcut().toString(QKeySequence::NativeText));
    m_bar->addWidget(button);
    connect(command, &QAction::changed, button, [button, text] { button->setText(text); });
    return button;
}

void CommandBar::addStretch()
{
    auto* space = new QWidget;
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_bar->addWidget(space);
}

void CommandBar::fit(int width)
{
    constexpr int roomy = 1250;
    m_find->setText(width < roomy ? tr("Find…") : tr("Find a node, a transform, a command   Ctrl+K"));
}

}  // namespace strata
