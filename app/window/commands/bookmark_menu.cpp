#include "app/window/commands/bookmark_menu.h"

#include "app/window/graph/graph_view.h"
#include "app/window/window_parts.h"

#include <QAction>
#include <QInputDialog>
#include <QMainWindow>
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

BookmarkMenu::BookmarkMenu(const Frame& frame, QMenu* menu)
    : CommandGroup(frame)
{
    add(menu, QStringLiteral("view.keep"), tr("&Keep this view…"), QKeySequence(QStringLiteral("Ctrl+B")),
        [this] { ask(); });
    add(menu, QStringLiteral("view.forget"), tr("&Forget a view…"), {}, [this] { askForgotten(); });
    menu->addSeparator();
    for (int i = 0; i < mostByKey; ++i)
        add(menu, keptId(i), {}, QKeySequence(QStringLiteral("Ctrl+%1").arg(i + 1)),
            [this, i] { goTo(m_bookmarks[static_cast<std::size_t>(i)]); });
}

void BookmarkMenu::show(const Scene&, Aspects changed)
{
    if (changed & Aspect::Model)
        showKept();
}

// Of the model that is open.
void BookmarkMenu::showKept()
{
    const bool open = m_workspace.isOpen();
    m_bookmarks = open ? keptBookmarks(QSettings(), m_workspace.scene()->path) : std::vector<Bookmark>();
    action(QStringLiteral("view.keep"))->setEnabled(open);
    action(QStringLiteral("view.forget"))->setEnabled(!m_bookmarks.empty());
    for (int i = 0; i < mostByKey; ++i) {
        QAction* own = action(keptId(i));
        const bool kept = i < static_cast<int>(m_bookmarks.size());
        own->setVisible(kept);
        own->setEnabled(kept);
        own->setText(kept ? m_bookmarks[static_cast<std::size_t>(i)].name : tr("View %1").arg(i + 1));
    }
}

Bookmark BookmarkMenu::present(const QString& name) const
{
    const Scene& scene = *m_workspace.scene();
    const GraphView& graph = *m_parts.graphView();
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
        if (action(id)->isChecked())
            bookmark.panes << id;
    return bookmark;
}

void BookmarkMenu::ask()
{
    if (m_bookmarks.size() >= mostByKey)
        return say(tr("Nine views are kept; forget one first."));
    bool taken = false;
    const QString name = QInputDialog::getText(&m_window, tr("Keep this view"), tr("Name of the view"),
                                               QLineEdit::Normal, tr("View %1").arg(m_bookmarks.size() + 1), &taken);
    if (!taken || name.trimmed().isEmpty())
        return;
    m_bookmarks.push_back(present(name.trimmed()));
    keep();
    say(tr("Kept: Ctrl+%1 comes back to it.").arg(m_bookmarks.size()));
}

void BookmarkMenu::askForgotten()
{
    QStringList names;
    for (const Bookmark& bookmark : m_bookmarks)
        names << bookmark.name;
    bool taken = false;
    const QString name = QInputDialog::getItem(&m_window, tr("Forget a view"), tr("View"), names, 0, false, &taken);
    if (!taken || !names.contains(name))
        return;
    m_bookmarks.erase(m_bookmarks.begin() + names.indexOf(name));
    keep();
}

void BookmarkMenu::keep()
{
    QSettings settings;
    keepBookmarks(settings, m_workspace.scene()->path, m_bookmarks);
    showKept();
}

// What the path has not got any more is left as it is.
void BookmarkMenu::goTo(const Bookmark& bookmark)
{
    const Session& session = m_workspace.session();
    const std::vector<StatePtr> path = session.path(session.tip(session.current()->id));
    const std::size_t step = static_cast<std::size_t>(std::max(0, bookmark.step));
    if (step < path.size())
        m_workspace.select(path[step]->id);
    else
        say(tr("The path has no step %1 any more.").arg(step));
    for (const QString& id : paneIds())
        if (action(id)->isChecked() != bookmark.panes.contains(id))
            action(id)->trigger();
    m_workspace.panes().setFunction(bookmark.function);
    m_workspace.panes().setProgram(bookmark.program);
    m_workspace.panes().setGraphFunction(bookmark.graphFunction);
    m_workspace.panes().arrangeGraph(bookmark.arrangement);
    const auto exists = [&](const Module& module) {
        return bookmark.place && strata::exists(module, bookmark.place->cursor);
    };
    if (!bookmark.place || bookmark.place->lowered || exists(*m_workspace.session().current()->module))
        bookmark.place ? m_workspace.panes().point(*bookmark.place, false) : m_workspace.panes().clearSelection();
    // The graph is drawn by a job.
    disconnect(m_seeing);
    m_seeing = connect(&m_workspace.jobs(), &JobRunner::becameIdle, this, [this, bookmark] {
        disconnect(m_seeing);
        GraphView& graph = *m_parts.graphView();
        if (bookmark.zoom > 0)
            graph.zoom(bookmark.zoom / graph.transform().m11());
        graph.centreOn(bookmark.centre);
    });
}

}  // namespace strata
