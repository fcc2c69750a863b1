#include "app/window/commands/hand_on.h"

#include "app/window/theme/theme.h"
#include "app/window/window_parts.h"

#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QMainWindow>
#include <QMenu>

namespace strata {

void HandOn::fill(QMenu* menu)
{
    add(menu, QStringLiteral("file.report"), tr("Save a &report…"), QKeySequence(QStringLiteral("Ctrl+Shift+E")),
        [this] { saveReportAs(); });
    QMenu* pictures = menu->addMenu(tr("Save as &picture"));
    for (Part* part : m_layout.parts())
        add(pictures, QStringLiteral("file.picture.") + part->id(), tr("Save %1 as a picture…").arg(part->name()), {},
            [this, part] { savePictureAs(*part); });
    add(menu, QStringLiteral("edit.copyPicture"), tr("Copy the pane as a p&icture"),
        QKeySequence(QStringLiteral("Ctrl+Shift+C")), [this] { copyPicture(); });
}

QString HandOn::savePicture(const Part& part, const QString& path)
{
    m_layout.see(&part);  // some wait until somebody looks
    const Drawing drawing = part.drawing();
    return drawing.size.isEmpty() ? tr("%1 shows nothing yet.").arg(part.name()) : paintToFile(path, drawing);
}

QString HandOn::savePicture(Level level, const QString& path) { return savePicture(*m_parts.levels.at(level), path); }

void HandOn::savePictureAs(const Part& part)
{
    const QString path = QFileDialog::getSaveFileName(&m_window, tr("Save %1 as a picture").arg(part.name()),
                                                      part.id() + QStringLiteral(".svg"),
                                                      tr("Pictures (*.svg *.pdf *.png)"));
    if (path.isEmpty())
        return;
    const QString problem = savePicture(part, path);
    say(problem.isEmpty() ? tr("Written to %1").arg(path) : problem);
}

// Of the part that has the focus, or the one that had it last.
void HandOn::copyPicture()
{
    const Part* part = m_layout.partOf(QApplication::focusWidget());
    if (!part)
        part = m_parts.levels.at(Level::Loops);
    const Drawing drawing = part->drawing();
    if (drawing.size.isEmpty())
        return say(tr("%1 shows nothing yet.").arg(part->name()));
    QGuiApplication::clipboard()->setMimeData(paintToMime(drawing));
    say(tr("%1 is in the clipboard, as a picture.").arg(part->name()));
}

void HandOn::saveReportAs()
{
    if (!m_workspace.isOpen())
        return;
    const QString path = QFileDialog::getSaveFileName(
        &m_window, tr("Save a report"), QString::fromStdString(m_workspace.model().name) + QStringLiteral(".html"),
        tr("Pages (*.html)"));
    if (!path.isEmpty())
        m_workspace.runs().reportTo(path);
}

}  // namespace strata
