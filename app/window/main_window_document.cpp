// The recipe as a document: open, save, revert, recover; and nothing is left before the person has said what becomes of
// it.
#include "app/window/dialogs/recovery.h"
#include "app/window/main_window.h"
#include "app/window/views/level_pane.h"

#include <QCloseEvent>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QMimeData>

namespace strata {

// Asks where there is something to lose; false: stay.
bool MainWindow::mayLeave(const QString& before)
{
    if (!m_workspace->isModified())
        return true;
    const QString name = m_workspace->recipePath().isEmpty() ? m_workspace->title()
                                                             : QFileInfo(m_workspace->recipePath()).fileName();
    QMessageBox box(QMessageBox::Question, tr("Save the recipe?"),
                    tr("The steps of %1 have changed since they were saved. Save them before %2?").arg(name, before),
                    QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, this);
    box.setDefaultButton(QMessageBox::Save);
    switch (box.exec()) {
    case QMessageBox::Save: return saveRecipe();
    case QMessageBox::Discard: return true;
    default: return false;
    }
}

void MainWindow::openFile(const QString& path, const QString& recipe)
{
    if (!mayLeave(tr("opening %1").arg(QFileInfo(path).fileName())))
        return;
    for (LevelPane* pane : std::as_const(m_panes))
        if (!m_workspace->isOpen())
            pane->showMessage(tr("Opening %1…").arg(path));
    m_workspace->open(path, {}, recipe);
}

// Where what belongs together lies: beside the recipe, else beside the model.
QString MainWindow::documentFolder() const
{
    const QString model = QString::fromStdString(m_workspace->isOpen() ? m_workspace->model().path : std::string());
    const QString file = m_workspace->recipePath().isEmpty() ? model : m_workspace->recipePath();
    return file.isEmpty() ? QDir::currentPath() : QFileInfo(file).absolutePath();
}

void MainWindow::openDialog()
{
    const QString path = QFileDialog::getOpenFileName(this, tr("Open model"), documentFolder(),
                                                      tr("Models (*.onnx *.strata);;All files (*)"));
    if (!path.isEmpty())
        openFile(path);
}

void MainWindow::openRecipeDialog()
{
    const QString path = QFileDialog::getOpenFileName(this, tr("Open recipe"), documentFolder(),
                                                      tr("Recipes (*.recipe);;All files (*)"));
    if (!path.isEmpty())
        openRecipe(path);
}

void MainWindow::openRecipe(const QString& path)
{
    if (!m_workspace->isOpen())
        return say(tr("Open a model first; %1 holds steps to take on it.").arg(QFileInfo(path).fileName()));
    if (mayLeave(tr("opening %1").arg(QFileInfo(path).fileName())))
        m_workspace->openRecipe(path);
}

bool MainWindow::saveRecipe()
{
    return m_workspace->recipePath().isEmpty() ? saveRecipeAs() : saveRecipeTo(m_workspace->recipePath());
}

bool MainWindow::saveRecipeAs()
{
    if (!m_workspace->isOpen())
        return false;
    const QString proposed = m_workspace->recipePath().isEmpty()
                                 ? QDir(documentFolder())
                                       .filePath(QString::fromStdString(m_workspace->model().name)
                                                 + QStringLiteral(".recipe"))
                                 : m_workspace->recipePath();
    const QString path = QFileDialog::getSaveFileName(this, tr("Save recipe"), proposed, tr("Recipes (*.recipe)"));
    return !path.isEmpty() && saveRecipeTo(path);
}

// The dialog has asked before it gives the path of another file that exists.
bool MainWindow::saveRecipeTo(const QString& path)
{
    if (path == m_workspace->recipePath() && m_workspace->changedOutside()) {
        QMessageBox box(QMessageBox::Warning, tr("Write over it?"),
                        tr("%1 was changed by another program since it was opened here. Write over that change?")
                            .arg(QFileInfo(path).fileName()),
                        QMessageBox::Save | QMessageBox::Cancel, this);
        box.setDefaultButton(QMessageBox::Cancel);
        if (box.exec() != QMessageBox::Save)
            return false;
    }
    return m_workspace->saveRecipe(path);
}

void MainWindow::revert()
{
    if (m_workspace->recipePath().isEmpty())
        return say(tr("The recipe was never saved: there is nothing to revert to."));
    QMessageBox box(QMessageBox::Question, tr("Revert?"),
                    tr("Go back to %1 as it was saved? The steps taken since are lost.")
                        .arg(QFileInfo(m_workspace->recipePath()).fileName()),
                    QMessageBox::Discard | QMessageBox::Cancel, this);
    box.setDefaultButton(QMessageBox::Cancel);
    if (!m_workspace->isModified() || box.exec() == QMessageBox::Discard)
        m_workspace->openRecipe(m_workspace->recipePath());
}

void MainWindow::reload()
{
    if (m_workspace->isOpen() && mayLeave(tr("reading model and recipe again")))
        m_workspace->reload();
}

void MainWindow::offerRecovery(bool asked)
{
    std::vector<LostDocument> lost = lostDocuments();
    if (lost.empty()) {
        if (asked)
            say(tr("No steps were lost: every document was saved or given up."));
        return;
    }
    auto* dialog = new RecoveryDialog(std::move(lost), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &RecoveryDialog::recovered, this, [this](const LostDocument& document) {
        if (mayLeave(tr("recovering %1").arg(QFileInfo(document.snapshot.model).fileName())))
            m_workspace->recover(document);
    });
    dialog->open();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    for (const QUrl& url : event->mimeData()->urls()) {
        const QString path = url.toLocalFile();
        if (path.endsWith(QLatin1String(".recipe")))
            openRecipe(path);
        else if (!path.isEmpty())
            openFile(path);
    }
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!mayLeave(tr("closing")))
        return event->ignore();
    saveSettings();
    m_workspace->giveUp();
    event->accept();
}

}  // namespace strata
