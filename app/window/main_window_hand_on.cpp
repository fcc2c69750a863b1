// What is handed on: pictures of parts, and the session as a page.
#include "app/window/main_window.h"

#include "app/window/parts/level_part.h"
#include "app/window/theme/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QMenu>
#include <QMessageBox>

namespace strata {

void MainWindow::makeHandOnMenu(QMenu* menu)
{
    add(menu, QStringLiteral("file.report"), tr("Save a &report…"), QKeySequence(QStringLiteral("Ctrl+Shift+E")),
        [this] { saveReportAs(); });
    QMenu* pictures = menu->addMenu(tr("Save as &picture"));
    for (Part* part : m_layout->parts())
        add(pictures, QStringLiteral("file.picture.") + part->id(), tr("Save %1 as a picture…").arg(part->name()), {},
            [this, part] { savePictureAs(*part); });
    add(menu, QStringLiteral("edit.copyPicture"), tr("Copy the pane as a p&icture"),
        QKeySequence(QStringLiteral("Ctrl+Shift+C")), [this] { copyPicture(); });
}

QString MainWindow::savePicture(const Part& part, const QString& path)
{
    m_layout->see(&part);  // some wait until somebody looks
    const Drawing drawing = part.drawing();
    return drawing.size.isEmpty() ? tr("%1 shows nothing yet.").arg(part.name()) : paintToFile(path, drawing);
}

QString MainWindow::savePicture(Level level, const QString& path) { return savePicture(*m_levels.at(level), path); }

void MainWindow::savePictureAs(const Part& part)
{
    const QString path = QFileDialog::getSaveFileName(this, tr("Save %1 as a picture").arg(part.name()),
                                                      part.id() + QStringLiteral(".svg"),
                                                      tr("Pictures (*.svg *.pdf *.png)"));
    if (path.isEmpty())
        return;
    const QString problem = savePicture(part, path);
    say(problem.isEmpty() ? tr("Written to %1").arg(path) : problem);
}

// Of the part that has the focus, or the one that had it last.
void MainWindow::copyPicture()
{
    const Part* part = m_layout->partOf(QApplication::focusWidget());
    if (!part)
        part = m_levels.at(Level::Loops);
    const Drawing drawing = part->drawing();
    if (drawing.size.isEmpty())
        return say(tr("%1 shows nothing yet.").arg(part->name()));
    QGuiApplication::clipboard()->setMimeData(paintToMime(drawing));
    say(tr("%1 is in the clipboard, as a picture.").arg(part->name()));
}

void MainWindow::handInLesson()
{
    const auto& lesson = m_workspace->scene()->lesson;
    if (!lesson)
        return;
    const QString path = QFileDialog::getSaveFileName(this, tr("Save the report to hand in"),
                                                      QString::fromStdString(lesson->lesson->name) + QStringLiteral(".json"),
                                                      tr("Reports (*.json)"));
    if (!path.isEmpty())
        m_workspace->handIn(path);
}

void MainWindow::handOutLesson()
{
    const auto& lesson = m_workspace->scene()->lesson;
    if (!lesson)
        return;
    const QString path = QFileDialog::getSaveFileName(this, tr("Save the handout"),
                                                      QString::fromStdString(lesson->lesson->name) + QStringLiteral(".html"),
                                                      tr("Pages and paper (*.html *.pdf)"));
    if (!path.isEmpty())
        m_workspace->handOut(path);
}

void MainWindow::resetLesson()
{
    if (m_workspace->scene()->lesson
        && QMessageBox::question(this, tr("Start afresh"),
                                 tr("Your steps and answers of this lesson are forgotten. Go on?"))
               == QMessageBox::Yes)
        m_workspace->resetLesson();
}

void MainWindow::saveReportAs()
{
    if (!m_workspace->isOpen())
        return;
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Save a report"), QString::fromStdString(m_workspace->model().name) + QStringLiteral(".html"),
        tr("Pages (*.html)"));
    if (!path.isEmpty())
        m_workspace->reportTo(path);
}

}  // namespace strata
