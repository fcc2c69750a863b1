#include "app/window/documents/documents.h"

#include "app/window/dialogs/recovery.h"
#include "app/window/documents/samples.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QMessageBox>
#include <QSettings>
#include <QUrl>

namespace strata {

namespace {

constexpr int mostRecent = 9;

}  // namespace

Documents::Documents(Workspace& workspace, QWidget* window)
    : QObject(window)
    , m_workspace(workspace)
    , m_window(window)
{
    connect(&workspace, &Workspace::sceneChanged, this, [this](const ScenePtr& scene, Aspects changed) {
        if (changed & Aspect::Model && scene->isOpen())
            addRecent(QString::fromStdString(scene->path));
    });
}

bool Documents::mayLeave(const QString& before)
{
    if (!m_workspace.isModified())
        return true;
    const QString name = m_workspace.scene()->recipePath.isEmpty()
                             ? m_workspace.scene()->title
                             : QFileInfo(m_workspace.scene()->recipePath).fileName();
    QMessageBox box(QMessageBox::Question, tr("Save the recipe?"),
                    tr("The steps of %1 have changed since they were saved. Save them before %2?").arg(name, before),
                    QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, m_window);
    box.setDefaultButton(QMessageBox::Save);
    switch (box.exec()) {
    case QMessageBox::Save: return save();
    case QMessageBox::Discard: return true;
    default: return false;
    }
}

void Documents::open(const QString& path, const QString& recipe)
{
    if (!mayLeave(tr("opening %1").arg(QFileInfo(path).fileName())))
        return;
    emit opening(path);
    m_workspace.open(path, {}, recipe);
}

void Documents::openLesson(const QString& folder, const QString& language, Kept kept)
{
    if (kept == Kept::No && !mayLeave(tr("opening %1").arg(QFileInfo(folder).fileName())))
        return;
    const std::vector<std::string> languages = lessonLanguages(folder.toStdString());
    const bool there = std::find(languages.begin(), languages.end(), language.toStdString()) != languages.end();
    emit opening(folder);
    m_workspace.openLesson(folder, there || languages.empty() ? language : QString::fromStdString(languages.front()));
}

void Documents::askLesson(const QString& language)
{
    const QString folder = QFileDialog::getExistingDirectory(m_window, tr("Open the folder of a lesson"));
    if (!folder.isEmpty())
        openLesson(folder, language);
}

// Where what belongs together lies: beside the recipe, else beside the model.
QString Documents::folder() const
{
    const QString model = QString::fromStdString(m_workspace.isOpen() ? m_workspace.model().path : std::string());
    const QString file = m_workspace.scene()->recipePath.isEmpty() ? model : m_workspace.scene()->recipePath;
    return file.isEmpty() ? QDir::currentPath() : QFileInfo(file).absolutePath();
}

void Documents::askModel()
{
    const QString path = QFileDialog::getOpenFileName(m_window, tr("Open model"), folder(),
                                                      tr("Models (*.onnx *.strata);;All files (*)"));
    if (!path.isEmpty())
        open(path);
}

void Documents::askRecipe()
{
    const QString path = QFileDialog::getOpenFileName(m_window, tr("Open recipe"), folder(),
                                                      tr("Recipes (*.recipe);;All files (*)"));
    if (!path.isEmpty())
        openRecipe(path);
}

void Documents::openRecipe(const QString& path)
{
    if (!m_workspace.isOpen())
        return emit said(tr("Open a model first; %1 holds steps to take on it.").arg(QFileInfo(path).fileName()));
    if (mayLeave(tr("opening %1").arg(QFileInfo(path).fileName())))
        m_workspace.openRecipe(path);
}

bool Documents::save()
{
    return m_workspace.scene()->recipePath.isEmpty() ? saveAs() : saveTo(m_workspace.scene()->recipePath);
}

bool Documents::saveAs()
{
    if (!m_workspace.isOpen())
        return false;
    const QString proposed = m_workspace.scene()->recipePath.isEmpty() ? QDir(folder()).filePath(
                                 QString::fromStdString(m_workspace.model().name) + QStringLiteral(".recipe"))
                                                                       : m_workspace.scene()->recipePath;
    const QString path = QFileDialog::getSaveFileName(m_window, tr("Save recipe"), proposed, tr("Recipes (*.recipe)"));
    return !path.isEmpty() && saveTo(path);
}

// The dialog has asked before it gives the path of another file that exists.
bool Documents::saveTo(const QString& path)
{
    if (path == m_workspace.scene()->recipePath && m_workspace.changedOutside()) {
        QMessageBox box(QMessageBox::Warning, tr("Write over it?"),
                        tr("%1 was changed by another program since it was opened here. Write over that change?")
                            .arg(QFileInfo(path).fileName()),
                        QMessageBox::Save | QMessageBox::Cancel, m_window);
        box.setDefaultButton(QMessageBox::Cancel);
        if (box.exec() != QMessageBox::Save)
            return false;
    }
    return m_workspace.saveRecipe(path);
}

void Documents::revert()
{
    if (m_workspace.scene()->recipePath.isEmpty())
        return emit said(tr("The recipe was never saved: there is nothing to revert to."));
    QMessageBox box(QMessageBox::Question, tr("Revert?"),
                    tr("Go back to %1 as it was saved? The steps taken since are lost.")
                        .arg(QFileInfo(m_workspace.scene()->recipePath).fileName()),
                    QMessageBox::Discard | QMessageBox::Cancel, m_window);
    box.setDefaultButton(QMessageBox::Cancel);
    if (!m_workspace.isModified() || box.exec() == QMessageBox::Discard)
        m_workspace.openRecipe(m_workspace.scene()->recipePath);
}

void Documents::reload()
{
    const bool keepsSteps = m_workspace.scene()->lesson != nullptr;
    if (m_workspace.isOpen() && (keepsSteps || mayLeave(tr("reading model and recipe again"))))
        m_workspace.reload();
}

void Documents::offerRecovery(bool asked)
{
    std::vector<LostDocument> lost = lostDocuments();
    if (lost.empty()) {
        if (asked)
            emit said(tr("No steps were lost: every document was saved or given up."));
        return;
    }
    auto* dialog = new RecoveryDialog(std::move(lost), m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &RecoveryDialog::recovered, this, [this](const LostDocument& document) {
        if (mayLeave(tr("recovering %1").arg(QFileInfo(document.snapshot.model).fileName())))
            m_workspace.recover(document);
    });
    dialog->open();
}

void Documents::drop(const QList<QUrl>& files)
{
    for (const QUrl& url : files) {
        const QString path = url.toLocalFile();
        if (path.endsWith(QLatin1String(".recipe")))
            openRecipe(path);
        else if (!path.isEmpty())
            open(path);
    }
}

void Documents::addRecent(const QString& path)
{
    QSettings settings;
    QStringList files = settings.value(QStringLiteral("recent")).toStringList();
    const QString full = QFileInfo(path).absoluteFilePath();
    files.removeAll(full);
    files.prepend(full);
    settings.setValue(QStringLiteral("recent"), QStringList(files.mid(0, mostRecent)));
}

QStringList Documents::recent() const { return QSettings().value(QStringLiteral("recent")).toStringList(); }

void Documents::forget(const QString& path)
{
    QStringList files = recent();
    files.removeAll(path);
    QSettings().setValue(QStringLiteral("recent"), files);
}

void Documents::fillRecent(QMenu* menu)
{
    menu->clear();
    int number = 1;
    for (const QString& path : recent()) {
        QAction* action = menu->addAction(QStringLiteral("&%1  %2").arg(number++).arg(path), this,
                                          [this, path] { open(path); });
        action->setEnabled(QFileInfo::exists(path));
    }
    if (menu->isEmpty())
        menu->addAction(tr("None yet"))->setEnabled(false);
}

void Documents::fillSamples(QMenu* menu)
{
    menu->clear();
    for (const Sample& sample : samples()) {
        if (sample.recipe.isEmpty()) {
            menu->addAction(sample.name, this, [this, sample] { open(sample.model); });
            continue;
        }
        QMenu* both = menu->addMenu(sample.name);
        both->addAction(tr("Untouched"), this, [this, sample] { open(sample.model); });
        both->addAction(tr("With its recipe"), this, [this, sample] { open(sample.model, sample.recipe); });
    }
    if (menu->isEmpty())
        menu->addAction(tr("No samples beside this program"))->setEnabled(false);
}

}  // namespace strata
