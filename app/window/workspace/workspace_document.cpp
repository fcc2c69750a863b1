// The part of the workspace that is a document: opened, saved, kept for the case of a crash.
#include "app/window/workspace/workspace.h"

#include "app/window/models/said.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

namespace strata {

namespace {

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return !path.isEmpty() && file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QString absolute(const QString& path) { return path.isEmpty() ? path : QFileInfo(path).absoluteFilePath(); }

// Models are called model.onnx more often than not: then the folder says what it is.
QString titleOf(const std::string& model)
{
    const QFileInfo file(QString::fromStdString(model));
    const QString folder = file.absoluteDir().dirName();
    const bool named = file.isDir() || file.completeBaseName() != QLatin1String("model") || folder.isEmpty();
    return named ? file.fileName() : folder + QLatin1Char('/') + file.fileName();
}

}  // namespace

// What is asked to be opened. A new document counts as saved as it is opened; one that goes on (`saved`) as before.
struct Workspace::Opening {
    OpenRequest request;
    std::optional<int> shown;      // line of the document; nullopt: the end of the path
    std::optional<QString> saved;  // what the document is compared with
    std::optional<LostDocument> lost;
    std::shared_ptr<const Lesson> lesson = {};
    // A lesson that goes on with the same document: where the reader is, its states told by lines of the document.
    std::optional<LessonShown> reading = {};
};

QString Workspace::documentText() const
{
    return m_desk.session ? QString::fromStdString(print(documentOf(*m_desk.session).recipe, *m_desk.registry))
                          : QString();
}

bool Workspace::isModified() const { return m_desk.session && documentText() != m_saved; }

bool Workspace::changedOutside() const
{
    return !m_desk.scene.recipePath.isEmpty() && QFile::exists(m_desk.scene.recipePath)
           && contentOf(m_desk.scene.recipePath) != m_onDisk;
}

namespace {

// -1: none, as of the untouched model.
int lineOf(const Document& document, int state)
{
    const auto found = std::find(document.states.begin(), document.states.end(), state);
    return found == document.states.end() ? -1 : static_cast<int>(found - document.states.begin());
}

// The untouched model where a step did not apply.
int stateAt(const Document& document, int line)
{
    const auto at = static_cast<std::size_t>(line);  // -1, the model, is beyond all
    return at < document.states.size() ? std::max(0, document.states[at]) : 0;
}

}  // namespace

int Workspace::shownLine() const { return lineOf(documentOf(*m_desk.session), m_desk.session->current()->id); }

// --- opening
// -----------------------------------------------------------------------------------------------------------------------------

void Workspace::open(const QString& path, const std::map<std::string, std::int64_t>& dimensions, const QString& recipe)
{
    start({{absolute(path).toStdString(), dimensions, absolute(recipe).toStdString(), {}, {}}, {}, {}, {}});
}

namespace {

// The steps of a lesson under their titles, which stand as notes; its marks are none.
Recipe notedSteps(const Lesson& lesson)
{
    Recipe recipe;
    int taken = 0;
    for (const RecipeLine& line : lesson.recipe.lines) {
        if (!line.step || line.depth > 0 || line.skipped)
            continue;
        for (const LessonStep& step : lesson.steps)
            if (step.first == taken && step.count > 0)
                recipe.lines.push_back({.step = {}, .comment = "# " + step.title});
        recipe.lines.push_back(line);
        ++taken;
    }
    return recipe;
}

}  // namespace

void Workspace::openLesson(const QString& folder, const QString& language)
{
    const auto lesson = readLesson(absolute(folder).toStdString(), language.toStdString(), *m_desk.registry);
    if (!lesson) {
        m_desk.report(lesson.error(), QFileInfo(folder).fileName());
        m_desk.say(tr("%1 is not opened: %2").arg(QFileInfo(folder).fileName(), saidText(lesson.error())));
        return;
    }
    Opening opening{{lesson->model, {}, {}, print(notedSteps(*lesson), *m_desk.registry), {}}, {}, {}, {}};
    opening.lesson = std::make_shared<const Lesson>(*lesson);
    start(std::move(opening));
}

void Workspace::openRecipe(const QString& path)
{
    if (isOpen())
        start({{m_desk.model.path, m_dimensions, absolute(path).toStdString(), {}, m_desk.model}, {}, {}, {}});
}

void Workspace::reload()
{
    if (!isOpen())
        return;
    if (m_desk.scene.lesson)  // its steps stand in no file
        return bind(m_dimensions);
    const auto shown = isModified() ? std::nullopt : std::optional(shownLine());
    start({{m_desk.model.path, m_dimensions, m_desk.scene.recipePath.toStdString(), {}, {}}, shown, {}, {}});
}

void Workspace::bind(const std::map<std::string, std::int64_t>& dimensions)
{
    if (!isOpen())
        return;
    Opening opening{
        {m_desk.model.path, dimensions, m_desk.scene.recipePath.toStdString(), documentText().toStdString(), {}},
        shownLine(),
        m_saved,
        {}};
    if (m_desk.scene.lesson) {
        opening.reading = *m_desk.scene.lesson;
        for (int& state : opening.reading->states)
            state = lineOf(documentOf(*m_desk.session), state);
    }
    start(std::move(opening));
}

void Workspace::setIsa(std::optional<Target::Isa> isa)
{
    if (std::exchange(m_desk.scene.isa, isa) == isa)
        return;
    m_desk.changed(Aspect::Target);
    bind(m_dimensions);
}

void Workspace::recover(const LostDocument& lost)
{
    const Snapshot& kept = lost.snapshot;
    start({{kept.model.toStdString(), kept.dimensions, kept.recipe.toStdString(), kept.steps.toStdString(), {}},
           kept.shown,
           QString::fromUtf8(contentOf(kept.recipe)),
           lost});
}

void Workspace::start(Opening opening)
{
    opening.request.isa = m_desk.scene.isa;
    const QString name =
        QFileInfo(QString::fromStdString(opening.request.opened ? opening.request.recipe : opening.request.model))
            .fileName();
    // Each model has a toolchain of its own, so that what was lowered and built for the last one goes with it.
    const auto toolchain = opening.request.opened ? m_desk.toolchain : std::make_shared<Toolchain>();
    const QString givenUp = documentText();
    m_desk.jobs->start(
        QStringLiteral("open"), tr("Opening %1").arg(name),
        [toolchain, request = opening.request, registry = m_desk.registry](const JobSink& sink) {
            return openDocument(request, registry, makeContext(*toolchain), sink);
        },
        [this, name, toolchain, opening, givenUp](Result<OpenedDocument> opened) {
            const auto error = !opened                  ? std::optional(opened.error())
                               : opening.request.opened ? opened->recipeError
                                                        : std::nullopt;
            if (error) {
                const QString text = saidText(*error);
                m_desk.report(*error, name);
                m_desk.say(tr("%1 is not opened: %2").arg(name, text));
                emit openFailed(text);
                return;
            }
            // Steps that were taken while the other was opened are not lost: they are offered like those of a crash.
            const bool asAsked = documentText() == givenUp;
            const auto autosaved = std::exchange(m_autosave, std::make_unique<Autosave>());
            m_desk.toolchain = toolchain;
            m_desk.context = makeContext(*m_desk.toolchain);
            adopt(*opened, opening);
            if (asAsked)
                autosaved->discard();
        });
}

void Workspace::adopt(const OpenedDocument& opened, const Opening& opening)
{
    m_dimensions = opening.request.dimensions;
    m_desk.scene.recipePath = opened.recipeError ? QString() : QString::fromStdString(opening.request.recipe);
    m_onDisk = contentOf(m_desk.scene.recipePath);
    if (opening.lost && opening.lost->snapshot.fingerprint != fingerprint(m_onDisk))
        m_onDisk.clear();  // the file has changed since: it is not written over unasked
    if (opening.shown)
        opened.session->select(stateAt(opened.document, *opening.shown));
    reset(opened);
    m_saved = opening.saved.value_or(documentText());
    if (opening.lesson)
        m_lesson.adopt(opening.lesson);
    if (opening.reading) {
        LessonShown reading = *opening.reading;
        for (int& state : reading.states)
            state = stateAt(opened.document, state);
        m_lesson.goOn(std::move(reading));
    }
    m_desk.changed(Aspect::Model);
    reportOpened(opened, opening);
    moved();
    if (m_desk.scene.lesson)
        m_lesson.giveInputs();
    if (opening.lost && m_autosaves)
        discard(*opening.lost);
}

// What was known of the document before goes; what was measured of an untouched model that stays, stays.
void Workspace::reset(const OpenedDocument& opened)
{
    m_desk.jobs->cancelAll();
    const bool same = m_desk.session && m_desk.model.module == opened.model.module;
    m_measurements.forgetDocument(same);
    m_runs.reset(m_desk.model.path == opened.model.path);
    m_panes.reset();
    m_desk.model = opened.model;
    m_desk.session = opened.session;
    m_edits.clear();
    Scene scene;
    scene.path = m_desk.model.path;
    scene.title = titleOf(m_desk.model.path);
    scene.info = std::make_shared<const ModelInfo>(modelInfo(*m_desk.model.module));
    scene.pictures = std::make_shared<const std::vector<SamplePicture>>(
        picturesBeside(QString::fromStdString(m_desk.model.path), *m_desk.model.module));
    scene.hasTestData = !m_desk.model.data.empty();
    scene.labels = labelsBeside(QString::fromStdString(m_desk.model.path));
    scene.recipePath = m_desk.scene.recipePath;
    scene.work = same ? m_desk.scene.work : std::nullopt;
    scene.threads = m_desk.scene.threads;
    scene.target = m_desk.scene.target;
    scene.isa = m_desk.scene.isa;
    scene.form = m_desk.scene.form;
    m_desk.scene = std::move(scene);
}

void Workspace::reportOpened(const OpenedDocument& opened, const Opening& opening)
{
    std::vector<Problem> found;
    for (const std::string& warning : m_desk.model.warnings)
        found.push_back({Problem::Kind::Warning, QString::fromStdString(warning), m_desk.scene.title, {}});
    const QString recipe = QFileInfo(QString::fromStdString(opening.request.recipe)).fileName();
    if (opened.recipeError)
        found.push_back(problemOf(*opened.recipeError, recipe));
    for (const Error& refusal : opened.refusals)
        found.push_back(problemOf(refusal, recipe));
    m_desk.report(std::move(found));
    if (opened.recipeError)
        m_desk.say(tr("%1 is not opened: %2").arg(recipe, QString::fromStdString(opened.recipeError->text())));
    else if (!opened.refusals.empty())
        m_desk.say(opened.refusals.size() == 1
                       ? tr("A step does not apply to this model; it stays, struck out. %1")
                             .arg(QString::fromStdString(opened.refusals.front().text()))
                       : tr("%1 steps do not apply to this model; they stay, struck out.").arg(opened.refusals.size()));
    QStringList open;
    for (const TypedName& input : m_desk.scene.info->inputs)
        for (const Dim& dim : input.type.tensor.shape)
            for (const std::string& symbol : dim.symbols())
                if (const QString name = QString::fromStdString(symbol); !open.contains(name))
                    open << name;
    open.sort();
    if (!open.isEmpty())
        emit unboundDimensions(open);
}

// --- keeping
// -----------------------------------------------------------------------------------------------------------------------------

bool Workspace::saveRecipe(const QString& path)
{
    if (!isOpen())
        return false;
    const QString text = documentText();
    const QByteArray bytes = text.toUtf8();
    QSaveFile file(path);  // a temporary file, renamed when it is whole
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit()) {
        const Error error = environmentError("The recipe is not written to " + path.toStdString() + ": "
                                                 + file.errorString().toStdString() + ".",
                                             "Nothing is lost: all steps are still here.");
        m_desk.report(error, path);
        m_desk.say(saidText(error));
        return false;
    }
    m_desk.scene.recipePath = absolute(path);
    m_runs.saveHistory();
    m_saved = text;
    m_onDisk = bytes;
    m_desk.say(tr("Recipe written to %1").arg(path));
    m_desk.changed(Aspect::Steps);
    return true;
}

// The recipe is tiny: what a crash could lose is the step at hand.
void Workspace::autosave()
{
    const Snapshot snapshot{absolute(QString::fromStdString(m_desk.model.path)),
                            m_dimensions,
                            m_desk.scene.recipePath,
                            m_desk.scene.recipePath.isEmpty() ? QString() : fingerprint(m_onDisk),
                            !isModified(),
                            shownLine(),
                            documentText()};
    if (snapshot.steps.isEmpty())
        return m_autosave->discard();
    const Status status = m_autosave->write(snapshot);
    if (!status && m_autosaves) {
        m_desk.report(status.error(), tr("Autosave"));
        m_desk.say(saidText(status.error()));
    }
    m_autosaves = status.ok();
}

void Workspace::giveUp() { m_autosave->discard(); }

}  // namespace strata
