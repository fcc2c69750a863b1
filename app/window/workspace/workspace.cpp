#include "app/window/workspace/workspace.h"

#include "backends/process/worker.h"

#include <QFile>
#include <QFileInfo>

namespace strata {

Workspace::Workspace(QObject* parent)
    : QObject(parent)
    , m_toolchain(std::make_shared<Toolchain>())
    , m_registry(makeRegistry())
    , m_context(makeContext(*m_toolchain))
    , m_layout(std::make_shared<Worker>("layout", std::vector<std::string>{siblingProgram("strata-layout")}))
    , m_jobs(new JobRunner(this))
{
}

Workspace::~Workspace() { delete m_jobs; }

QString Workspace::title() const { return QFileInfo(QString::fromStdString(m_model.path)).fileName(); }

Recipe Workspace::recipe() const { return m_session ? recipeOf(*m_session) : Recipe{}; }

bool Workspace::isModified() const
{
    return m_session && QString::fromStdString(print(recipe(), *m_registry)) != m_savedRecipe;
}

// --- opening
// -----------------------------------------------------------------------------------------------------------------------------

void Workspace::open(const QString& path, const std::map<std::string, std::int64_t>& dimensions, const QString& recipe)
{
    m_dimensions = dimensions;
    const QString name = QFileInfo(path).fileName();
    m_jobs->start(
        QStringLiteral("open"), tr("Opening %1").arg(name),
        [file = path.toStdString(), dimensions](const JobSink& sink) {
            return openModel(file, {dimensions, {}}, sink.progress, sink.stop);
        },
        [this, name, recipe](Result<OpenedModel> model) {
            if (model)
                return adopt(std::move(*model), recipe);
            report(model.error(), name);
            emit said(tr("%1 is not opened: %2").arg(name, QString::fromStdString(model.error().message)));
        });
}

void Workspace::reload()
{
    if (!isOpen())
        return;
    const std::string text = print(recipe(), *m_registry);
    const QString file = QString::fromStdString(m_toolchain->scratch.path() + "/reload.recipe");
    QFile out(file);
    if (out.open(QIODevice::WriteOnly))
        out.write(text.c_str(), static_cast<qint64>(text.size()));
    out.close();
    open(QString::fromStdString(m_model.path), m_dimensions, text.empty() ? QString() : file);
}

void Workspace::adopt(OpenedModel model, const QString& recipe)
{
    m_jobs->cancelAll();
    m_model = std::move(model);
    m_info = modelInfo(*m_model.module);
    m_pictures = picturesBeside(QString::fromStdString(m_model.path), *m_model.module);
    m_session = std::make_shared<Session>(m_model.module, m_registry, m_context);
    m_function.clear();
    m_graphFunction.clear();
    m_openGroups.clear();
    m_place.reset();
    m_lit = {};
    m_times.clear();
    m_calls.clear();
    m_verdicts.clear();
    m_deployment.reset();
    m_shown.reset();
    m_hardware.reset();
    m_hardwareError.reset();
    m_baseline = -1;
    m_recipePath.clear();
    m_savedRecipe = QString::fromStdString(print(Recipe{}, *m_registry));
    emit opened();
    for (const std::string& warning : m_model.warnings)
        report({Problem::Kind::Warning, QString::fromStdString(warning), title(), {}});
    std::set<std::string> symbols;
    for (const TypedName& input : m_info.inputs)
        for (const Dim& dim : input.type.tensor.shape)
            for (const std::string& symbol : dim.symbols())
                symbols.insert(symbol);
    moved();
    if (!recipe.isEmpty())
        openRecipe(recipe);
    if (symbols.empty())
        return;
    QStringList names;
    for (const std::string& symbol : symbols)
        names << QString::fromStdString(symbol);
    emit unboundDimensions(names);
}

void Workspace::openRecipe(const QString& path)
{
    if (!isOpen())
        return;
    auto recipe = loadRecipe(path.toStdString(), *m_registry);
    if (!recipe)
        return report(recipe.error(), QFileInfo(path).fileName());
    m_recipePath = path;
    edit(tr("Replaying %1").arg(QFileInfo(path).fileName()), [recipe = *recipe](Session& session, const JobSink&) {
        session.select(0);
        return replay(session, recipe);
    });
}

void Workspace::saveRecipe(const QString& path)
{
    const Status status = strata::saveRecipe(recipe(), *m_registry, path.toStdString());
    if (!status)
        return report(status.error(), path);
    m_recipePath = path;
    m_savedRecipe = QString::fromStdString(print(recipe(), *m_registry));
    emit said(tr("Recipe written to %1").arg(path));
    emit sessionChanged();
}

// --- steps
// -------------------------------------------------------------------------------------------------------------------------------

// Changes a copy of the session on a thread and takes it over afterwards; whatever moves the session meanwhile cancels
// the change. What was achieved before a refusal is kept: a recipe stops at its first refused line.
void Workspace::edit(const QString& title, Edit change, const QString& line)
{
    auto copy = std::make_shared<Session>(*m_session);
    const int from = m_session->current()->id;
    m_jobs->start(
        QStringLiteral("edit"), title,
        [copy, change = std::move(change)](const JobSink& sink) { return change(*copy, sink); },
        [this, copy, from, line](Status status) {
            if (!status) {
                report(status.error(), line);
                emit stepRefused(line, QString::fromStdString(status.error().text()));
            }
            if (copy->all().size() == m_session->all().size() && copy->current() == m_session->current())
                return;
            m_session = copy;
            carrySelection(from);
            moved();
        });
}

void Workspace::apply(const QString& line)
{
    const auto step = parseStep(line.toStdString(), *m_registry);
    if (!step) {
        emit stepRefused(line, QString::fromStdString(step.error().text()));
        return;
    }
    std::vector<Step> steps = m_prepared;
    steps.push_back(*step);
    apply(std::move(steps));
}

void Workspace::apply(std::vector<Step> steps)
{
    if (!isOpen() || steps.empty())
        return;
    const QString line = QString::fromStdString(print(steps.back(), *m_registry));
    const QString title = tr("Applying %1").arg(plain(titleParts(steps.back(), *m_registry)));
    edit(
        title,
        [steps = std::move(steps)](Session& session, const JobSink& sink) -> Status {
            for (const Step& step : steps) {
                sink.progress(step.transform, -1);
                STRATA_CHECK(session.apply(step));
            }
            return {};
        },
        line);
}

void Workspace::checkLine(const QString& line)
{
    if (!isOpen())
        return;
    auto copy = std::make_shared<Session>(*m_session);
    m_jobs->start(
        QStringLiteral("check"), tr("Checking"),
        [copy, line = line.toStdString(), first = m_prepared](const JobSink&) -> Status {
            for (const Step& step : first)
                STRATA_CHECK(copy->apply(step));
            STRATA_TRY(const Step step, parseStep(line, copy->registry()));
            STRATA_TRY(const Transform* transform, copy->registry().find(step.transform));
            return transform->check(*copy->current()->module, step.arguments);
        },
        [this, line](const Status& status) {
            emit lineChecked(line, status.ok(),
                             status.ok() ? tr("applies") : QString::fromStdString(status.error().text()));
        });
}

void Workspace::undo()
{
    if (!isOpen() || !m_session->canUndo())
        return;
    const int from = m_session->current()->id;
    m_jobs->cancel(QStringLiteral("edit"));
    m_session->undo();
    carrySelection(from);
    moved();
}

void Workspace::redo()
{
    if (!isOpen() || !m_session->canRedo())
        return;
    const int from = m_session->current()->id;
    m_jobs->cancel(QStringLiteral("edit"));
    m_session->redo();
    carrySelection(from);
    moved();
}

void Workspace::select(int state)
{
    if (!isOpen() || state == m_session->current()->id)
        return;
    const int from = m_session->current()->id;
    m_jobs->cancel(QStringLiteral("edit"));
    m_session->select(state);
    carrySelection(from);
    moved();
}

void Workspace::replaceStep(int state, const std::optional<Step>& step)
{
    edit(
        step ? tr("Changing a step and replaying the rest") : tr("Dropping a step and replaying the rest"),
        [state, step](Session& session, const JobSink&) -> Status {
            STRATA_CHECK(session.replace(state, step));
            return {};
        },
        step ? QString::fromStdString(print(*step, *m_registry)) : QString());
}

void Workspace::setBaseline(int state)
{
    m_baseline = state;
    emit sessionChanged();
    refreshShown();
    refreshGraph();
}

StatePtr Workspace::compared() const
{
    if (m_baseline >= 0 && m_baseline < static_cast<int>(m_session->all().size()))
        return m_session->state(m_baseline);
    const int parent = m_session->current()->parent;
    return parent < 0 ? nullptr : m_session->state(parent);
}

QString Workspace::stepSummary() const
{
    const StatePtr state = m_session->current();
    const auto transform = m_registry->find(state->step.transform);
    return state->id == 0 || !transform ? tr("The model as it was opened.")
                                        : QString::fromStdString((*transform)->summary);
}

void Workspace::moved()
{
    emit sessionChanged();
    refresh();
    autosave();
}

void Workspace::carrySelection(int from)
{
    const int to = m_session->current()->id;
    if (!m_place || from == to || m_place->lowered)
        return;
    const auto targets = m_session->forwardBetween(from, to, m_place->cursor);
    if (targets.empty()) {
        emit said(tr("%1 has no counterpart in this state").arg(QString::fromStdString(toString(m_place->cursor))));
        m_place.reset();
    } else {
        m_place->cursor = targets.front();
    }
}

void Workspace::report(Problem entry) { emit problem(entry); }

void Workspace::report(const Error& error, const QString& place)
{
    const auto kind = error.kind == ErrorKind::Refused       ? Problem::Kind::Refused
                      : error.kind == ErrorKind::Environment ? Problem::Kind::Environment
                                                             : Problem::Kind::Bug;
    report({kind, QString::fromStdString(error.text()), place, error.nodes});
}

}  // namespace strata
