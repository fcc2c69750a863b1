// Views that are kept under a name, and gone back to by a key.
#include "app/window/main_window.h"

#include "app/window/graph/graph_view.h"
#include "app/window/parts/graph_part.h"

#include <QInputDialog>
#include <QMenu>
#include <QSettings>

namespace strata {

namespace {

constexpr int mostByKey = 9;

QString keptId(int i) { return QStringLiteral("view.kept%1").arg(i + 1); }

// What of the View menu says which panes are seen.
const QStringList& paneIds()
{
    static const QStringList ids{QStringLiteral("view.graph"),    QStringLiteral("view.loops"),
                                 QStringLiteral("view.library"),  QStringLiteral("view.hardware"),
                                 QStringLiteral("view.steps"),    QStringLiteral("view.bottom"),
                                 QStringLiteral("view.accesses"), QStringLiteral("view.fullForm")};
    return ids;
}

}  // namespace

void MainWindow::makeBookmarkMenu(QMenu* menu)
{
    add(menu, QStringLiteral("view.keep"), tr("&Keep this view…"), QKeySequence(QStringLiteral("Ctrl+B")),
        [this] { askBookmark(); });
    add(menu, QStringLiteral("view.forget"), tr("&Forget a view…"), {}, [this] { askForgotten(); });
    menu->addSeparator();
    for (int i = 0; i < mostByKey; ++i)
        add(menu, keptId(i), {}, QKeySequence(QStringLiteral("Ctrl+%1").arg(i + 1)),
            [this, i] { goToBookmark(m_bookmarks[static_cast<std::size_t>(i)]); });
}

// Of the model that is open.
void MainWindow::showBookmarks()
{
    const bool open = m_workspace->isOpen();
    m_bookmarks = open ? keptBookmarks(QSettings(), m_workspace->scene()->path) : std::vector<Bookmark>();
    m_actions[QStringLiteral("view.keep")]->setEnabled(open);
    m_actions[QStringLiteral("view.forget")]->setEnabled(!m_bookmarks.empty());
    for (int i = 0; i < mostByKey; ++i) {
        QAction* action = m_actions[keptId(i)];
        const bool kept = i < static_cast<int>(m_bookmarks.size());
        action->setVisible(kept);
        action->setEnabled(kept);
        action->setText(kept ? m_bookmarks[static_cast<std::size_t>(i)].name : tr("View %1").arg(i + 1));
    }
}

Bookmark MainWindow::presentView(const QString& name) const
{
    const Scene& scene = *m_workspace->scene();
    const GraphView& graph = *m_graph->view();
    Bookmark bookmark;
    bookmark.name = name;
    bookmark.step = static_cast<int>(scene.session->path().size()) - 1;
    bookmark.place = scene.place;
    if (scene.shown) {
        bookmark.function = scene.shown->function;
        bookmark.program = scene.shown->entry;
    }
    if (scene.graph)
        bookmark.graphFunction = scene.graph->function;
    bookmark.arrangement = graph.arrangement();
    bookmark.zoom = graph.transform().m11();
    bookmark.centre = graph.seen().center();
    for (const QString& id : paneIds())
        if (m_actions[id]->isChecked())
            bookmark.panes << id;
    return bookmark;
}

void MainWindow::askBookmark()
{
    if (m_bookmarks.size() >= mostByKey)
        return say(tr("Nine views are kept; forget one first."));
    bool taken = false;
    const QString name = QInputDialog::getText(this, tr("Keep this view"), tr("Name of the view"), QLineEdit::Normal,
                                               tr("View %1").arg(m_bookmarks.size() + 1), &taken);
    if (!taken || name.trimmed().isEmpty())
        return;
    m_bookmarks.push_back(presentView(name.trimmed()));
    QSettings settings;
    keepBookmarks(settings, m_workspace->scene()->path, m_bookmarks);
    showBookmarks();
    say(tr("Kept: Ctrl+%1 comes back to it.").arg(m_bookmarks.size()));
}

void MainWindow::askForgotten()
{
    QStringList names;
    for (const Bookmark& bookmark : m_bookmarks)
        names << bookmark.name;
    bool taken = false;
    const QString name = QInputDialog::getItem(this, tr("Forget a view"), tr("View"), names, 0, false, &taken);
    if (!taken || !names.contains(name))
        return;
    m_bookmarks.erase(m_bookmarks.begin() + names.indexOf(name));
    QSettings settings;
    keepBookmarks(settings, m_workspace->scene()->path, m_bookmarks);
    showBookmarks();
}

// What the path has not got any more is left as it is.
void MainWindow::goToBookmark(const Bookmark& bookmark)
{
    const Session& session = m_workspace->session();
    const std::vector<StatePtr> path = session.path(session.tip(session.current()->id));
    const std::size_t step = static_cast<std::size_t>(std::max(0, bookmark.step));
    if (step < path.size())
        m_workspace->select(path[step]->id);
    else
        say(tr("The path has no step %1 any more.").arg(step));
    for (const QString& id : paneIds())
        if (m_actions[id]->isChecked() != bookmark.panes.contains(id))
            m_actions[id]->trigger();
    m_workspace->setFunction(bookmark.function);
    m_workspace->setProgram(bookmark.program);
    m_workspace->setGraphFunction(bookmark.graphFunction);
    m_workspace->arrangeGraph(bookmark.arrangement);
    const auto exists = [&](const Module& module) { return bookmark.place && strata::exists(module, bookmark.place->cursor); };
    if (!bookmark.place || bookmark.place->lowered || exists(*m_workspace->session().current()->module))
        bookmark.place ? m_workspace->point(*bookmark.place, false) : m_workspace->clearSelection();
    // The graph is drawn by a job.
    disconnect(m_seeing);
    m_seeing = connect(&m_workspace->jobs(), &JobRunner::becameIdle, this, [this, bookmark] {
        disconnect(m_seeing);
        GraphView& graph = *m_graph->view();
        if (bookmark.zoom > 0)
            graph.zoom(bookmark.zoom / graph.transform().m11());
        graph.centreOn(bookmark.centre);
    });
}

}  // namespace strata
