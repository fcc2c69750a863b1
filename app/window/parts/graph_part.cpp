#include "app/window/parts/graph_part.h"

#include "app/window/dialogs/picture_file.h"
#include "app/window/models/heat.h"
#include "app/window/views/graph_view.h"

namespace strata {

GraphPart::GraphPart(Workspace& workspace)
    : LevelPart(Level::Graph, new GraphView, Aspects(Aspect::Graph) | Aspect::Lit | Aspect::Times | Aspect::Levels,
                workspace)
{
    connect(view(), &GraphView::pointed, this, [&workspace](const Cursor& cursor, bool gone) {
        workspace.point({cursor, false}, gone);
    });
    connect(view(), &GraphView::cleared, &workspace, &Workspace::clearSelection);
    connect(view(), &GraphView::opened, this, &GraphPart::open);
    connect(pane(), &LevelPane::chosen, this,
            [&workspace](const QString& name) { workspace.setGraphFunction(name.toStdString()); });
    connect(pane(), &LevelPane::findRequested, this,
            [this](const QString& text, bool forward) { view()->find(text, forward); });
}

GraphView* GraphPart::view() const { return static_cast<GraphView*>(pane()->view()); }

// A group opens in place, a call shows the function that it calls.
void GraphPart::open(const Cursor& cursor, const QString& group)
{
    if (!group.isEmpty())
        return workspace().toggleGroup(group.toStdString());
    const FunctionPtr function = workspace().session().current()->module->find(cursor.function);
    if (!function || !function->graph())
        return;
    for (const GraphNodePtr& node : function->graph()->nodes)
        if (node->name == cursor.name && node->isCall())
            workspace().setGraphFunction(node->callee);
}

QString GraphPart::hint() const
{
    return tr(
        "The dataflow graph of a model.\n\nOpen a model with Ctrl+O, drop a file here, or choose File › Samples.");
}

void GraphPart::showLevel(const Scene& scene, Aspects changed)
{
    if (changed & Aspect::Graph)
        showGraph(scene);
    if (changed & (Aspects(Aspect::Graph) | Aspect::Lit))
        view()->setLit(scene.lit.inModule);
    if (changed & (Aspects(Aspect::Graph) | Aspect::Times | Aspect::Levels))
        showHeat(scene);
}

void GraphPart::showGraph(const Scene& scene)
{
    const GraphPicturePtr& picture = scene.graph;
    if (picture->boxes.empty())
        return pane()->showMessage(tr("The module has no function."));
    QStringList names;
    for (const std::string& name : picture->functions)
        names << qtext(name);
    pane()->setChoices(names, qtext(picture->function));
    pane()->showView();
    view()->setPicture(picture);
}

void GraphPart::showHeat(const Scene& scene)
{
    const ShownPtr& shown = scene.shown;
    const GraphPicturePtr& picture = view()->picture();
    std::vector<CallTime> calls;
    if (shown && shown->lowered)
        for (const auto& [name, ms] : scene.callTimes)
            calls.push_back(
                {name, ms,
                 sourcesOf({shown->entry, NodeKind::Operator, name}, *shown->after->module, *shown->lowered)});
    view()->setHeat(picture ? heatOf(*picture, calls) : Heat{});
    pane()->setSubtitle(subtitle());
}

QString GraphPart::subtitle() const
{
    const GraphPicturePtr& picture = view()->picture();
    if (!picture)
        return {};
    QStringList parts;
    if (picture->functions.size() < 2)
        parts << qtext(picture->function);
    const bool compared = picture->nodesBefore >= 0 && picture->nodesBefore != picture->nodes;
    parts << (compared              ? tr("%1 → %2 nodes").arg(picture->nodesBefore).arg(picture->nodes)
              : picture->nodes == 1 ? tr("1 node")
                                    : tr("%1 nodes").arg(picture->nodes));
    if (!view()->heatLegend().isEmpty())
        parts << view()->heatLegend();
    return parts.join(QStringLiteral(" · "));
}

bool GraphPart::isLit() const { return !view()->picture() || !view()->litBoxes().empty(); }

QString GraphPart::savePicture(const QString& path)
{
    return view()->picture() ? paintToFile(path, view()->fullSize(), [this](QPainter& p) { view()->renderAll(p); })
                             : notYet();
}

}  // namespace strata
