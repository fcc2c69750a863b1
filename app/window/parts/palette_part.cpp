#include "app/window/parts/palette_part.h"

#include "app/window/models/said.h"
#include "app/window/views/palette_view.h"
#include "app/window/views/panel.h"
#include "app/window/views/parameter_form.h"

namespace strata {

PalettePart::PalettePart(Workspace& workspace)
    : Part(tr("Transforms"), Aspects(Aspect::Model) | Aspect::Palette | Aspect::Check | Aspect::Gains, workspace)
    , m_model(new PaletteModel(this))
    , m_view(new PaletteView(m_model))
    , m_panel(new Panel(name(), m_view))
{
    connect(m_view, &PaletteView::chosen, this, &PalettePart::open);
    connect(m_view, &PaletteView::previewed, this, [this](const PaletteEntry& entry) {
        Step step;
        step.transform = entry.id;
        step.arguments = entry.arguments;
        this->workspace().offers().preview(qtext(print(step, *this->workspace().registry())));
    });
    connect(m_view, &PaletteView::previewEnded, &workspace.offers(), &Offers::endPreview);
    connect(m_view, &PaletteView::tryAsked, &workspace.offers(), &Offers::tryPromising);
    connect(&workspace.refusals(), &Refusals::helpTaken, this, &PalettePart::dropForm);
    connect(&workspace, &Workspace::stepRefused, this, [this](const QString& line, const QString& why) {
        if (m_form)
            m_form->setVerdict(line, false, why);
        emit said(why);
    });
}

QWidget* PalettePart::widget() const { return m_panel; }

namespace {

bool canTry(const Scene& scene)
{
    const auto tried = [](const PaletteEntry& entry) {
        return entry.applies && entry.planned && !entry.typed && entry.level == Level::Loops;
    };
    return scene.offer && std::any_of(scene.offer->entries.begin(), scene.offer->entries.end(), tried);
}

}  // namespace

void PalettePart::show(const Scene& scene, Aspects changed)
{
    if (changed & Aspect::Model)
        closeForm();
    if (changed & Aspect::Check && m_form && scene.checked)
        m_form->setVerdict(scene.checked->line, scene.checked->applies, scene.checked->text);
    if (changed & Aspect::Gains)
        m_model->setGains(scene.tried.byId);
    if (changed & (Aspects(Aspect::Gains) | Aspect::Palette | Aspect::Model))
        m_view->setTrying(scene.tried.trying, canTry(scene));
    if (!(changed & Aspect::Palette) || !scene.offer)
        return;
    m_model->setEntries(scene.offer->entries);
    const QString& subject = scene.offer->subject;
    m_panel->setRemark(subject.isEmpty() ? QString() : tr("for %1").arg(subject));
}

void PalettePart::open(const PaletteEntry& entry)
{
    const auto transform = workspace().registry()->find(entry.id);
    if (!transform || !workspace().isOpen())
        return;
    if (entry.title == QLatin1String("replace_text"))
        return emit textRequested();
    Arguments arguments = entry.arguments;
    const auto& parameters = (*transform)->parameters;
    const std::optional<Place>& place = workspace().place();
    const std::string function = place ? place->cursor.function : std::string();
    if (!function.empty() && !parameters.empty() && parameters.front().kind == ParameterKind::Function)
        arguments.values.try_emplace(parameters.front().name, function);  // where the rest cannot be proposed
    openForm(**transform, workspace().session().current()->module, arguments, -1);
}

void PalettePart::change(int id)
{
    const Session& session = workspace().session();
    const StatePtr state = session.state(id);
    const auto transform = workspace().registry()->find(state->step.transform);
    if (id == 0)
        return emit said(tr("The model was made by no step; choose a step to change."));
    if (!transform)
        return emit said(saidText(transform.error()));
    openForm(**transform, session.state(state->parent)->module, state->step.arguments, id);
}

void PalettePart::fill(const Step& step)
{
    const auto transform = workspace().registry()->find(step.transform);
    if (!workspace().isOpen() || !transform)
        return;
    openForm(**transform, workspace().session().current()->module, step.arguments, -1);
}

namespace {

// Whose names a form offers: a preview's are those of the lowered module.
ModulePtr namesFor(const Transform& transform, const ModulePtr& module, const Arguments& arguments,
                   const ShownPtr& shown)
{
    if (!shown || !shown->lowered || transform.level != Level::Loops || transform.parameters.empty()
        || !arguments.has(transform.parameters.front().name))
        return module;
    const Argument& function = arguments.values.at(transform.parameters.front().name);
    const auto* name = std::get_if<std::string>(&function);
    return name && !module->find(*name) ? shown->lowered->lowered.module : module;
}

}  // namespace

void PalettePart::openForm(const Transform& transform, ModulePtr module, const Arguments& arguments, int changed)
{
    QStringList ids;
    for (const Transform& other : workspace().registry()->all())
        ids << qtext(other.id);
    m_form = new ParameterForm(transform, namesFor(transform, module, arguments, workspace().shown()), arguments, ids);
    m_view->setForm(m_form);
    connect(m_form, &ParameterForm::edited, &workspace(),
            [this, changed](const QString& line) { workspace().offers().checkLine(line, changed); });
    connect(m_form, &ParameterForm::closed, this, &PalettePart::closeForm);
    connect(
        m_form, &ParameterForm::transformAsked, this,
        [this](const QString& id) {
            for (const PaletteEntry& entry : m_model->entries())
                if (qtext(entry.id) == id)
                    return open(PaletteEntry(entry));
        },
        Qt::QueuedConnection);
    connect(m_form, &ParameterForm::accepted, this, [this, changed](const QString& line) {
        closeForm();
        accept(line, changed);
    });
    m_form->focusFirst();
}

void PalettePart::accept(const QString& line, int changed)
{
    if (changed < 0)
        return workspace().apply(line);
    const auto step = parseStep(line.toStdString(), *workspace().registry());
    if (!step)
        return emit said(saidText(step.error()));
    Step replacement = *step;
    replacement.comment = workspace().session().state(changed)->step.comment;  // no field of the form, so it stays
    workspace().replaceStep(changed, replacement);
}

void PalettePart::closeForm()
{
    dropForm();
    workspace().refusals().clear();
}

// Its step is taken, or another in its place.
void PalettePart::dropForm()
{
    m_form = nullptr;
    m_view->setForm(nullptr);
}

}  // namespace strata
