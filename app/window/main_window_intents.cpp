// What the person asks for, handed to the workspace.
#include "app/window/main_window.h"

#include "app/window/dialogs/dialogs.h"
#include "app/window/dialogs/picture_file.h"
#include "app/window/theme/theme.h"
#include "app/window/views/command_palette.h"
#include "app/window/views/graph_view.h"
#include "app/window/views/level_pane.h"
#include "app/window/views/palette_view.h"
#include "app/window/views/panel.h"
#include "app/window/views/parameter_form.h"
#include "app/window/views/step_view.h"
#include "app/window/views/text_view.h"

#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QFileDialog>
#include <QInputDialog>
#include <QKeyEvent>
#include <QMessageBox>
#include <QMimeData>
#include <QPainter>
#include <QStatusBar>

namespace strata {

namespace {

QString text(const std::string& s) { return QString::fromStdString(s); }

}  // namespace

// --- steps
// -------------------------------------------------------------------------------------------------------------------------------

void MainWindow::openForm(const PaletteEntry& entry)
{
    const auto transform = m_workspace->registry()->find(entry.id);
    if (!transform || !m_workspace->isOpen())
        return;
    if (entry.title == QLatin1String("replace_text"))
        return editFunction();
    Arguments arguments = entry.arguments;
    const auto& parameters = (*transform)->parameters;
    const std::string function = m_workspace->place() ? m_workspace->place()->cursor.function : std::string();
    if (!function.empty() && !parameters.empty() && parameters.front().kind == ParameterKind::Function)
        arguments.values.try_emplace(parameters.front().name, function);  // where the rest cannot be proposed
    openFormFor(**transform, m_workspace->session().current()->module, arguments, -1);
}

void MainWindow::changeStep(int id)
{
    const Session& session = m_workspace->session();
    const StatePtr state = session.state(id);
    const auto transform = m_workspace->registry()->find(state->step.transform);
    if (id == 0)
        return say(tr("The model was made by no step; choose a step to change."));
    if (!transform)
        return say(text(transform.error().text()));
    openFormFor(**transform, session.state(state->parent)->module, state->step.arguments, id);
}

void MainWindow::groupSteps(StepRange steps)
{
    bool named = false;
    const QString title = QInputDialog::getText(this, tr("Group steps"), tr("Title of the group"), QLineEdit::Normal,
                                                {}, &named);
    if (named && !title.trimmed().isEmpty())
        nameGroup(steps, title);
}

// A new group is made of rows that are seen, and stays so; one that is named anew stays as it is.
void MainWindow::nameGroup(StepRange steps, const QString& title)
{
    const StepGroup before = m_workspace->session().state(steps.last)->group;
    m_workspace->setGroup(steps, title);
    const StepGroup made = m_workspace->session().state(steps.last)->group;
    if (m_folding.folded.count(before))
        m_folding.folded.insert(made);
    else if (!before || m_folding.unfolded.count(before))
        m_folding.unfolded.insert(made);
    showSession();
}

void MainWindow::fold(int id)
{
    const StatePtr state = m_workspace->session().state(id);
    if (!state || !state->group)
        return;
    bool folded = false;
    for (int row = 0; row < m_stepModel->rowCount(); ++row)
        folded = folded || (m_stepModel->row(row).state == id && m_stepModel->row(row).folded);
    (folded ? m_folding.folded : m_folding.unfolded).erase(state->group);
    (folded ? m_folding.unfolded : m_folding.folded).insert(state->group);
    showSession();
    m_steps->showGroup(id);  // not the shown state, which may be far away
}

void MainWindow::acceptForm(const QString& line, int changed)
{
    if (changed < 0)
        return m_workspace->apply(line);
    const auto step = parseStep(line.toStdString(), *m_workspace->registry());
    if (!step)
        return say(text(step.error().text()));
    Step replacement = *step;
    replacement.comment = m_workspace->session().state(changed)->step.comment;  // no field of the form, so it stays
    m_workspace->replaceStep(changed, replacement);
}

// `changed`: the state whose step the form changes; -1: it takes a new one.
void MainWindow::openFormFor(const Transform& transform, ModulePtr module, const Arguments& arguments, int changed)
{
    const ShownPtr& shown = m_workspace->shown();
    ModulePtr names = module;
    if (shown && shown->lowered && transform.level == Level::Loops && !transform.parameters.empty()
        && arguments.has(transform.parameters.front().name)) {
        const Argument& function = arguments.values.at(transform.parameters.front().name);
        if (const auto* name = std::get_if<std::string>(&function); name && !module->find(*name))
            names = shown->lowered->lowered.module;  // a preview: its names are those of the lowered module
    }
    QStringList ids;
    for (const Transform& other : m_workspace->registry()->all())
        ids << text(other.id);
    m_form = new ParameterForm(transform, names, arguments, ids);
    m_palette->setForm(m_form);
    connect(m_form, &ParameterForm::edited, m_workspace,
            [this, changed](const QString& line) { m_workspace->checkLine(line, changed); });
    connect(m_form, &ParameterForm::closed, this, &MainWindow::closeForm);
    connect(
        m_form, &ParameterForm::transformAsked, this,
        [this](const QString& id) {
            for (const PaletteEntry& entry : m_paletteModel->entries())
                if (text(entry.id) == id)
                    return openForm(PaletteEntry(entry));
        },
        Qt::QueuedConnection);
    connect(m_form, &ParameterForm::accepted, this, [this, changed](const QString& line) {
        closeForm();
        acceptForm(line, changed);
    });
    m_form->focusFirst();
}

void MainWindow::closeForm()
{
    m_form = nullptr;
    m_palette->setForm(nullptr);
    m_workspace->clearRefusal();
}

void MainWindow::takeHelp(int help)
{
    m_form = nullptr;
    m_palette->setForm(nullptr);  // its step is taken, or another in its place
    m_workspace->takeHelp(help);
}

void MainWindow::stepBy(int direction)
{
    if (!m_workspace->isOpen())
        return;
    Session walk = m_workspace->session();
    while (direction < 0 ? walk.canUndo() : walk.canRedo()) {
        direction < 0 ? walk.undo() : walk.redo();
        if (!walk.current()->refusal && !walk.current()->disabled)
            break;
    }
    if (direction < 0)
        return m_workspace->select(walk.current()->id);
    while (m_workspace->session().canRedo() && m_workspace->session().current()->id != walk.current()->id)
        m_workspace->redo();
}

QStringList MainWindow::functionsOf(Level level) const
{
    QStringList names;
    for (const FunctionPtr& function : m_workspace->session().current()->module->functions)
        if (function->level() == level)
            names << text(function->name);
    return names;
}

void MainWindow::editFunction()
{
    const ShownPtr& shown = m_workspace->shown();
    if (!m_workspace->isOpen() || !shown || !shown->lowered)
        return;
    const FunctionPtr function = shown->lowered->module().find(shown->function);
    const FunctionPtr held = m_workspace->session().current()->module->find(shown->function);
    if (!function || !held)
        return say(tr("%1 is a preview: lower it by a step first, then edit its text.").arg(text(shown->function)));
    const auto transform = m_workspace->registry()->find("replace_text");
    if (!transform)
        return m_workspace->report(transform.error(), tr("Edit"));
    const auto stepWith = [&](const QString& typed) {
        Step step{(*transform)->id, {}, {}, {}};
        for (const Parameter& parameter : (*transform)->parameters) {
            if (parameter.kind == ParameterKind::Function)
                step.arguments.values[parameter.name] = held->name;
            else if (parameter.kind == ParameterKind::Text)
                step.arguments.values[parameter.name] = typed.toStdString();
        }
        return step;
    };
    const auto takes = [&](const QString& typed) -> Status {
        const auto computed = m_workspace->session().compute(stepWith(typed));
        return computed ? Status() : computed.error();
    };
    EditFunctionDialog dialog(*held, m_codeSize, takes, this);
    if (dialog.exec() == QDialog::Accepted)
        m_workspace->apply({stepWith(dialog.text())});
}

// --- run
// ---------------------------------------------------------------------------------------------------------------------------------

void MainWindow::exportDialog()
{
    if (!m_workspace->isOpen())
        return;
    ExportDialog dialog(text(m_workspace->model().name), this);
    if (dialog.exec() == QDialog::Accepted)
        m_workspace->exportTo(dialog.options());
}

void MainWindow::showExported(const Exported& exported, const QString& folder)
{
    showExportResult(exported, folder, this);
}

void MainWindow::compareDialog()
{
    if (!m_workspace->isOpen())
        return;
    std::vector<std::pair<int, QString>> states;
    Folding all;
    for (const StatePtr& state : m_workspace->session().all())
        all.unfolded.insert(state->group);
    for (const StepRow& r : stepRows(m_workspace->session(), m_workspace->title(), {}, all)) {
        if (!r.refused && !r.group)
            states.emplace_back(
                r.state, QStringLiteral("%1 · %2").arg(r.branch ? QStringLiteral("⎇") : QString::number(r.number),
                                                       plain(r.title)));
    }
    CompareDialog dialog(states, m_workspace->session().current()->id, m_workspace->baseline(), this);
    if (dialog.exec() != QDialog::Accepted)
        return;
    m_workspace->setBaseline(dialog.baseline());
    if (dialog.measures())
        m_workspace->run(dialog.chosen());
}

void MainWindow::bindDimensions(const QStringList& names)
{
    if (QApplication::platformName() == QLatin1String("offscreen") && !isActiveWindow())
        return;  // nobody is there to ask
    DimensionsDialog dialog(names, this);
    if (dialog.exec() == QDialog::Accepted)
        m_workspace->bind(dialog.sizes());
}

// --- finding
// -----------------------------------------------------------------------------------------------------------------------------

void MainWindow::openCommandPalette()
{
    std::vector<PaletteCommand> commands;
    QStringList ids = m_actions.keys();
    ids.sort();
    for (const QString& id : ids) {
        QAction* action = m_actions[id];
        if (action->isEnabled())
            commands.push_back({action->text().remove(QLatin1Char('&')),
                                action->shortcut().toString(QKeySequence::NativeText),
                                [action] { action->trigger(); }});
    }
    for (const PaletteEntry& entry : m_paletteModel->entries())
        commands.push_back({tr("transform %1").arg(entry.title), entry.applies ? entry.detail.left(60) : tr("not now"),
                            [this, entry] { openForm(entry); }});
    if (m_workspace->isOpen()) {
        const ShownPtr& shown = m_workspace->shown();
        const auto nodes = [&](const Module& module, bool lowered) {
            for (const Cursor& cursor : cursors(module))
                if (cursor.kind == NodeKind::Operator || cursor.kind == NodeKind::Block || cursor.kind == NodeKind::Loop
                    || cursor.kind == NodeKind::Function)
                    commands.push_back({text(cursor.name.empty() ? cursor.function : cursor.name),
                                        text(toString(cursor)), [this, cursor, lowered] {
                                            m_workspace->point({cursor, lowered}, false);
                                        }});
        };
        nodes(*m_workspace->session().current()->module, false);
        if (shown && shown->lowered)
            nodes(shown->lowered->module(), true);
    }
    CommandPalette(std::move(commands), this).exec();
}

void MainWindow::selectNode(const QString& name)
{
    if (!m_workspace->isOpen())
        return;
    const std::string wanted = name.toStdString();
    const auto search = [&](const Module& module, bool lowered) {
        for (const Cursor& cursor : cursors(module))
            if (cursor.name == wanted || (cursor.name.empty() && cursor.function == wanted)) {
                m_workspace->point({cursor, lowered}, false);
                return true;
            }
        return false;
    };
    const ShownPtr& shown = m_workspace->shown();
    if (!search(*m_workspace->session().current()->module, false) && shown && shown->lowered)
        search(shown->lowered->module(), true);
}

void MainWindow::nextChange(bool forward)
{
    for (const Level level : {Level::Loops, Level::Hardware, Level::Library}) {
        TextView* view = m_texts[level];
        if (view->hasFocus() && view->isVisible()) {
            if (!view->goToChange(forward))
                say(forward ? tr("No further change in this pane.") : tr("No earlier change in this pane."));
            return;
        }
    }
    TextView* view = m_texts[Level::Loops];
    view->setFocus();
    if (!view->goToChange(forward))
        say(tr("No change in the loops pane."));
}

void MainWindow::findInPane()
{
    for (LevelPane* pane : std::as_const(m_panes))
        if (pane->view()->hasFocus())
            return pane->openFind();
    m_panes[Level::Loops]->openFind();
}

void MainWindow::copyCurrent()
{
    for (TextView* view : std::as_const(m_texts))
        if (view->hasFocus())
            return view->copy();
    for (const auto& [table, model] : {std::pair{m_problems, m_problemModel},
                                       {m_inspectorTable, m_inspectorModel},
                                       {m_deploymentTable, m_deploymentModel}})
        if (table->hasFocus())
            return QGuiApplication::clipboard()->setText(model->toText());
}

QString MainWindow::savePicture(Level level, const QString& path)
{
    if (auto* text = textView(level))
        return text->document() ? paintToFile(path, text->fullSize(), [=](QPainter& p) { text->renderAll(p); })
                                : tr("The %1 pane shows nothing yet.").arg(title(level).toLower());
    return m_graph->picture() ? paintToFile(path, m_graph->fullSize(), [this](QPainter& p) { m_graph->renderAll(p); })
                              : tr("The graph pane shows nothing yet.");
}

void MainWindow::savePictureAs(Level level)
{
    const QString name = title(level).toLower();
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Save the %1 pane").arg(name), name + QStringLiteral(".svg"), tr("Pictures (*.svg *.pdf *.png)"));
    if (path.isEmpty())
        return;
    const QString problem = savePicture(level, path);
    say(problem.isEmpty() ? tr("Written to %1").arg(path) : problem);
}

// --- events
// ------------------------------------------------------------------------------------------------------------------------------

bool MainWindow::eventFilter(QObject* watched, QEvent* event)
{
    if (!m_lecture || event->type() != QEvent::KeyPress || !isActiveWindow() || QApplication::activeModalWidget())
        return QMainWindow::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    if (key->modifiers() & ~Qt::KeypadModifier)
        return QMainWindow::eventFilter(watched, event);
    switch (key->key()) {
    case Qt::Key_Right:
    case Qt::Key_PageDown:
    case Qt::Key_Space: stepBy(1); return true;
    case Qt::Key_Left:
    case Qt::Key_PageUp: stepBy(-1); return true;
    case Qt::Key_Escape: setLecture(false); return true;
    default: return QMainWindow::eventFilter(watched, event);
    }
}

void MainWindow::changeEvent(QEvent* event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_verdict)
        showVerdict();
}

}  // namespace strata
