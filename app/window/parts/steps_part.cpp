#include "app/window/parts/steps_part.h"

#include "app/window/dialogs/choose_functions.h"
#include "app/window/parts/status_part.h"
#include "app/window/views/panel.h"
#include "app/window/views/step_view.h"

#include "core/session/branches.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QInputDialog>
#include <QLineEdit>
#include <QVBoxLayout>

namespace strata {

StepsPart::StepsPart(Workspace& workspace)
    : Part(tr("Steps"), Aspects(Aspect::Model) | Aspect::Steps | Aspect::Times | Aspect::Levels | Aspect::Verdict,
           workspace)
    , m_model(new StepModel(this))
    , m_view(new StepView)
    , m_find(new QLineEdit)
{
    auto* list = new QWidget;
    auto* column = new QVBoxLayout(list);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(8, 0, 8, 2);
    row->addWidget(m_find);
    column->addLayout(row);
    column->addWidget(m_view, 1);
    m_panel = new Panel(Part::name(), list);
    m_view->setAccessibleName(Part::name());
    m_find->setPlaceholderText(tr("Find steps"));
    m_find->setAccessibleName(tr("Find steps"));
    m_find->setClearButtonEnabled(true);
    m_find->hide();
    connect(m_find, &QLineEdit::textChanged, this, &StepsPart::showFound);
    connect(m_view, &StepView::othersRequested, this, [this](StepRange steps) { takeOnOthers(steps); });
    connect(m_view, &StepView::draggedOut, this, &StepsPart::draggedOut);
    m_view->setStepModel(m_model);
    connect(m_view, &StepView::stateChosen, &workspace, &Workspace::select);
    connect(m_view, &StepView::changeRequested, this, &StepsPart::changeRequested);
    connect(m_view, &StepView::dropRequested, &workspace, &Workspace::dropSteps);
    connect(m_view, &StepView::leaveOutRequested, &workspace, &Workspace::leaveOut);
    connect(m_view, &StepView::moveRequested, &workspace, &Workspace::moveSteps);
    connect(m_view, &StepView::moveBehindRequested, &workspace, &Workspace::moveBehind);
    connect(m_view, &StepView::groupRequested, this, [this](StepRange steps) { group(steps); });
    connect(m_view, &StepView::ungroupRequested, this,
            [&workspace](StepRange steps) { workspace.setGroup(steps, {}); });
    connect(m_view, &StepView::nameRequested, this, [this](int state) { nameBranch(state); });
    connect(m_view, &StepView::foldRequested, this, &StepsPart::fold);
    connect(m_view, &StepView::said, this, &Part::said);
    connect(m_view, &StepView::compareRequested, &workspace, &Workspace::setBaseline);
    connect(m_view, &StepView::copyRequested, this, &StepsPart::copy);
    connect(m_model, &StepModel::noteEdited, &workspace, &Workspace::setNote, Qt::QueuedConnection);
    connect(
        m_model, &StepModel::titleEdited, this,
        [this](StepRange steps, const QString& title) {
            if (!title.trimmed().isEmpty())
                name(steps, title);
        },
        Qt::QueuedConnection);
}

QWidget* StepsPart::widget() const { return m_panel; }

void StepsPart::show(const Scene& scene, Aspects changed)
{
    if (!scene.isOpen())
        return;
    learn(scene, changed);
    showRows(scene);
    if (!(changed & (Aspects(Aspect::Model) | Aspect::Steps | Aspect::Times)))
        return;
    m_view->showCurrent();
    const Session& session = *scene.session;
    m_panel->setRemark(tr("%1 of %2 · %3")
                           .arg(session.path().size() - 1)
                           .arg(session.path(session.tip(session.current()->id)).size() - 1)
                           .arg(tr(strata::name(session.effect(*session.current())))));
}

// Which steps change nothing; and what the shown state and the one it is compared with need.
void StepsPart::learn(const Scene& scene, Aspects changed)
{
    if (changed & Aspect::Model) {
        m_facts = {};
        m_known.clear();
        m_costs.clear();
    }
    for (const StatePtr& state : scene.session->all()) {
        if (StatePtr& known = m_known[state->id]; std::exchange(known, state) == state)
            continue;
        m_facts.figures.erase(state->id);
        m_facts.idle.erase(state->id);
        if (state->parent >= 0 && !state->refusal && !state->disabled
            && changesNothing(*scene.session->state(state->parent)->module, *state->module))
            m_facts.idle.insert(state->id);
    }
    const auto learnOf = [this](const StatePtr& state, const LoweredStatePtr& lowered) {
        if (!state || !lowered || m_facts.figures.count(state->id))
            return;
        m_facts.figures[state->id] = figuresOf(lowered->module(),
                                               [this](const FunctionPtr& f) -> const Cost& { return costOf(f); });
    };
    if (scene.shown && changed & Aspect::Levels) {
        learnOf(scene.shown->after, scene.shown->lowered);
        learnOf(scene.shown->before, scene.shown->loweredBefore);
    }
    if (scene.verdict && changed & Aspect::Verdict)
        if (const auto own = m_facts.figures.find(scene.state()->id); own != m_facts.figures.end())
            own->second.verdict = verdictText(*scene.verdict);
}

const Cost& StepsPart::costOf(const FunctionPtr& function)
{
    const auto known = m_costs.find(function);
    return known != m_costs.end() ? known->second : m_costs.emplace(function, cost(*function)).first->second;
}

void StepsPart::showRows(const Scene& scene)
{
    m_model->setRows(stepRows(*scene.session, scene.title, *scene.times, m_folding, m_facts));
    constexpr int many = 8;  // fewer are seen at once
    m_find->setVisible(m_model->rowCount() > many || !m_find->text().isEmpty());
    showFound();
}

void StepsPart::find(const QString& text) { m_find->setText(text); }

// By what a row says, and by its note.
void StepsPart::showFound()
{
    const QString wanted = m_find->text().trimmed();
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const StepRow& step = m_model->row(row);
        m_view->setRowHidden(row, !wanted.isEmpty() && !step.detail.contains(wanted, Qt::CaseInsensitive)
                                      && !step.note.contains(wanted, Qt::CaseInsensitive));
    }
}

void StepsPart::takeOnOthers()
{
    if (const auto steps = chosen())
        takeOnOthers(*steps);
}

void StepsPart::takeOnOthers(StepRange steps)
{
    const auto others = workspace().othersFor(steps);
    if (others.empty())
        return emit said(tr("There is no other function with loops."));
    if (std::vector<std::string> functions = askFunctions(others, m_panel->window()); !functions.empty())
        workspace().applyTo(steps, std::move(functions));
}

std::optional<StepRange> StepsPart::chosen() const { return workspace().isOpen() ? m_view->chosen() : std::nullopt; }

void StepsPart::leaveOut()
{
    if (const auto steps = chosen())
        workspace().leaveOut(*steps, !m_view->currentStep()->disabled);
}

void StepsPart::group()
{
    if (const auto steps = chosen())
        group(*steps);
}

void StepsPart::ungroup()
{
    if (const auto steps = chosen())
        workspace().setGroup(steps->first == steps->last ? workspace().session().groupAround(steps->last) : *steps, {});
}

void StepsPart::nameBranch()
{
    if (const auto steps = chosen())
        nameBranch(steps->first);
}

void StepsPart::nameBranch(int state)
{
    const Session& session = workspace().session();
    const int first = branchOf(session, state);
    if (first < 0)
        return emit said(tr("That step is on no branch."));
    bool named = false;
    const QString name = QInputDialog::getText(m_panel->window(), tr("Name the branch"), tr("Name of the branch"),
                                               QLineEdit::Normal, qtext(branchName(*session.state(first))), &named);
    if (named)
        workspace().setBranchName(first, name);
}

bool StepsPart::renamesBranch()
{
    const std::optional<StepRow> row = m_view->hasFocus() ? m_view->currentStep() : std::nullopt;
    if (!row || !row->branch)
        return false;
    nameBranch(row->first);
    return true;
}

void StepsPart::group(StepRange steps)
{
    bool named = false;
    const QString title = QInputDialog::getText(m_panel->window(), tr("Group steps"), tr("Title of the group"),
                                                QLineEdit::Normal, {}, &named);
    if (named && !title.trimmed().isEmpty())
        name(steps, title);
}

// A new group is made of rows that are seen, and stays so; one that is named anew stays as it is.
void StepsPart::name(StepRange steps, const QString& title)
{
    const StepGroup before = workspace().session().state(steps.last)->group;
    workspace().setGroup(steps, title);
    const StepGroup made = workspace().session().state(steps.last)->group;
    if (m_folding.folded.count(before))
        m_folding.folded.insert(made);
    else if (!before || m_folding.unfolded.count(before))
        m_folding.unfolded.insert(made);
    showRows(*workspace().scene());
}

void StepsPart::fold(int id)
{
    const StatePtr state = workspace().session().state(id);
    if (!state || !state->group)
        return;
    bool folded = false;
    for (int row = 0; row < m_model->rowCount(); ++row)
        folded = folded || (m_model->row(row).state == id && m_model->row(row).folded);
    (folded ? m_folding.folded : m_folding.unfolded).erase(state->group);
    (folded ? m_folding.unfolded : m_folding.folded).insert(state->group);
    showRows(*workspace().scene());
    m_view->showGroup(id);  // not the shown state, which may be far away
}

void StepsPart::copy(int id)
{
    if (id != 0)
        QGuiApplication::clipboard()->setText(
            qtext(print(workspace().session().state(id)->step, *workspace().registry())));
}

}  // namespace strata
