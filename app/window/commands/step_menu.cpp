#include "app/window/commands/step_menu.h"

#include "app/window/dialogs/ask.h"
#include "app/window/graph/graph_view.h"
#include "app/window/parts/palette_part.h"
#include "app/window/parts/steps_part.h"
#include "app/window/parts/text_part.h"
#include "app/window/views/palette_view.h"
#include "app/window/views/step_view.h"
#include "app/window/window_parts.h"

#include <QAction>
#include <QMainWindow>
#include <QMenu>

namespace strata {

StepMenu::StepMenu(const Frame& frame)
    : CommandGroup(frame)
{
    QMenu* menu = addMenu(tr("&Step"));
    addWalk(menu);
    menu->addSeparator();
    addTaking(menu);
    menu->addSeparator();
    addAutomatic(menu);
}

void StepMenu::addWalk(QMenu* menu)
{
    add(menu, QStringLiteral("step.previous"), tr("&Previous step"), QKeySequence(QStringLiteral("Alt+Left")),
        [this] { m_workspace.stepBy(-1); });
    add(menu, QStringLiteral("step.next"), tr("&Next step"), QKeySequence(QStringLiteral("Alt+Right")),
        [this] { m_workspace.stepBy(1); });
    add(menu, QStringLiteral("step.root"), tr("Back to the untouched model"), QKeySequence(QStringLiteral("Alt+Home")),
        [this] {
            if (m_workspace.isOpen())
                m_workspace.select(0);
        });
}

void StepMenu::addTaking(QMenu* menu)
{
    add(menu, QStringLiteral("step.transform"), tr("Take a step…"), QKeySequence(QStringLiteral("Ctrl+T")),
        [this] { m_parts.palette->view()->focusFilter(); });
    add(menu, QStringLiteral("step.try"), tr("Try the 5 most promising"), QKeySequence(QStringLiteral("Ctrl+Alt+T")),
        [this] { m_workspace.offers().tryPromising(); });
    add(menu, QStringLiteral("step.change"), tr("&Change this step…"), QKeySequence(Qt::Key_F2), [this] {
        if (m_workspace.isOpen() && !m_parts.steps->renamesBranch())
            m_parts.palette->change(m_workspace.session().current()->id);
    });
    addEdits(menu);
    add(menu, QStringLiteral("step.others"), tr("Take on other functions…"), {},
        [this] { m_parts.steps->takeOnOthers(); });
    add(menu, QStringLiteral("step.insert"), tr("&Insert the next step here"),
        QKeySequence(QStringLiteral("Ctrl+Shift+T")), [this] {
            if (!m_workspace.isOpen())
                return;
            m_workspace.insertNext(true);
            say(tr("The next step that you take is inserted here, and what follows is replayed."));
            m_parts.palette->view()->focusFilter();
        });
    add(menu, QStringLiteral("step.edit"), tr("&Edit the shown function's text"),
        QKeySequence(QStringLiteral("Ctrl+Return")), [this] { editText(); });
}

void StepMenu::addAutomatic(QMenu* menu)
{
    add(menu, QStringLiteral("step.auto"), tr("Schedule &automatically"), QKeySequence(QStringLiteral("Ctrl+Shift+A")),
        [this] { m_workspace.scheduleAutomatically({}); });
    add(menu, QStringLiteral("step.autoFunction"), tr("Schedule the shown &function automatically"), {}, [this] {
        if (m_workspace.shown())
            m_workspace.scheduleAutomatically(m_workspace.shown()->function);
    });
    add(menu, QStringLiteral("step.tune"), tr("&Tune by measuring…"), {},
        [this] { askTuning(m_workspace, &m_window); });
    add(menu, QStringLiteral("step.bind"), tr("&Bind dimensions…"), {}, [this] {
        const QStringList names = m_workspace.isOpen() ? openDimensions(m_workspace) : QStringList();
        names.isEmpty() ? say(tr("The model has no symbolic dimension."))
                        : askDimensions(m_workspace, names, &m_window);
    });
}

// What is done with steps that were taken: those chosen in the list.
void StepMenu::addEdits(QMenu* menu)
{
    const auto onSteps = [this](const std::function<void(StepRange)>& act) {
        return [this, act] {
            if (const auto steps = m_parts.steps->chosen())
                act(*steps);
        };
    };
    add(menu, QStringLiteral("step.drop"), tr("&Drop steps, replay the rest"), {},
        onSteps([this](StepRange steps) { m_workspace.dropSteps(steps); }));
    add(menu, QStringLiteral("step.leaveOut"), tr("&Leave steps out, or take them again"),
        QKeySequence(QStringLiteral("Ctrl+/")), [this] { m_parts.steps->leaveOut(); });
    add(menu, QStringLiteral("step.up"), tr("Move steps &up"), QKeySequence(QStringLiteral("Alt+Shift+Up")),
        onSteps([this](StepRange steps) { m_workspace.moveSteps(steps, -1); }));
    add(menu, QStringLiteral("step.down"), tr("Move steps d&own"), QKeySequence(QStringLiteral("Alt+Shift+Down")),
        onSteps([this](StepRange steps) { m_workspace.moveSteps(steps, 1); }));
    add(menu, QStringLiteral("step.note"), tr("N&ote…"), QKeySequence(Qt::Key_F4),
        [this] { m_parts.steps->view()->editNote(); });
    add(menu, QStringLiteral("step.branch"), tr("Name the bra&nch…"), {}, [this] { m_parts.steps->nameBranch(); });
    add(menu, QStringLiteral("step.group"), tr("&Group steps…"), QKeySequence(QStringLiteral("Ctrl+G")),
        [this] { m_parts.steps->group(); });
    add(menu, QStringLiteral("step.ungroup"), tr("Ungro&up"), QKeySequence(QStringLiteral("Ctrl+Shift+G")),
        [this] { m_parts.steps->ungroup(); });
}

// Steps that were dragged out of their list are taken on the function that they are let go over: the shown one, or what
// a node of the graph became.
void StepMenu::takeOnFunctionAt(StepRange steps, const QPoint& global)
{
    const ShownPtr& shown = m_workspace.shown();
    const auto over = [&](const QWidget* widget) {
        return widget->isVisible() && widget->rect().contains(widget->mapFromGlobal(global));
    };
    if (!shown || !shown->lowered)
        return;
    if (over(m_parts.pane(Level::Loops)))
        return m_workspace.applyTo(steps, {shown->function});
    const GraphView* view = m_parts.graphView();
    const int box = over(view) ? view->boxAt(view->viewport()->mapFromGlobal(global)) : -1;
    std::set<std::string> functions;
    if (box >= 0)
        for (const Cursor& node : counterparts({view->picture()->boxes[box].cursor, false},
                                               *m_workspace.session().current()->module, shown->lowered.get())
                                      .inLowered)
            if (std::find(shown->functions.begin(), shown->functions.end(), node.function) != shown->functions.end())
                functions.insert(node.function);
    if (functions.empty())
        return say(tr("Let steps go over the loops of another function, or over a node of the graph that has loops."));
    m_workspace.applyTo(steps, {functions.begin(), functions.end()});
}

void StepMenu::show(const Scene& scene, Aspects)
{
    enable({"step.auto", "step.try", "step.autoFunction", "step.transform", "step.edit", "step.bind", "step.root"},
           scene.isOpen());
    enable({"step.previous"}, scene.isOpen() && scene.session->canUndo());
    enable({"step.next"}, scene.isOpen() && scene.session->canRedo());
}

void StepMenu::editText()
{
    QAction* pane = action(QStringLiteral("view.loops"));
    if (!pane->isChecked())
        pane->trigger();
    qobject_cast<LoopsPart*>(m_parts.levels.at(Level::Loops))->edit();
}

}  // namespace strata
