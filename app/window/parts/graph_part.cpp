#include "app/window/parts/graph_part.h"

#include "app/window/graph/graph_pane.h"
#include "app/window/graph/heat.h"
#include "core/ir/implementations.h"

namespace strata {

GraphPart::GraphPart(Workspace& workspace)
    : LevelPart(Level::Graph, new GraphPane,
                Aspects(Aspect::Graph) | Aspect::Lit | Aspect::Times | Aspect::Levels | Aspect::Judged, workspace)
{
    connect(view(), &GraphView::pointed, this, [&workspace](const Cursor& cursor, bool gone) {
        workspace.panes().point({cursor, false}, gone);
    });
    connect(view(), &GraphView::cleared, &workspace.panes(), &Panes::clearSelection);
    connect(view(), &GraphView::opened, this, &GraphPart::open);
    connect(view(), &GraphView::arranged, &workspace.panes(), &Panes::arrangeGraph);
    connect(pane(), &LevelPane::chosen, this,
            [&workspace](const QString& name) { workspace.panes().setGraphFunction(name.toStdString()); });
    connect(graphPane(), &GraphPane::queried, this, &GraphPart::find);
    connect(graphPane(), &GraphPane::nodeChosen, this, [&workspace](const Cursor& cursor) {
        workspace.panes().point({cursor, false}, false);
    });
    connect(graphPane(), &GraphPane::overlayChosen, this, [this] {
        if (const ScenePtr scene = this->workspace().scene())
            showOverlay(*scene);
    });
}

GraphPane* GraphPart::graphPane() const { return static_cast<GraphPane*>(pane()->view()); }

GraphView* GraphPart::view() const { return graphPane()->view(); }

void GraphPart::openFind() { graphPane()->openFind(); }

void GraphPart::find(const FindQuery& query)
{
    const ScenePtr scene = workspace().scene();
    const GraphPicturePtr& picture = view()->picture();
    const ModulePtr module = scene && scene->isOpen() ? scene->state()->module : nullptr;
    const FunctionPtr function = module && picture ? module->find(picture->function) : nullptr;
    graphPane()->setFound(function ? findInGraph(*module, *function, query) : std::vector<Cursor>());
}

// A call shows the function that it calls, control flow the first that it runs: its body, or what it does where the
// condition holds.
void GraphPart::open(const Cursor& cursor)
{
    const FunctionPtr function = workspace().session().current()->module->find(cursor.function);
    if (!function || !function->graph())
        return;
    for (const GraphNodePtr& node : function->graph()->nodes) {
        if (node->name != cursor.name)
            continue;
        if (node->isCall())
            return workspace().panes().setGraphFunction(node->callee);
        for (const char* region : {"then_branch", "body"})
            if (const auto found = node->attributes.find(region); found != node->attributes.end())
                if (const auto* inner = std::get_if<FunctionRef>(&found->second))
                    return workspace().panes().setGraphFunction(inner->name);
    }
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
    if (changed & (Aspects(Aspect::Graph) | Aspect::Times | Aspect::Levels | Aspect::Judged))
        showOverlay(scene);
}

void GraphPart::showGraph(const Scene& scene)
{
    const GraphPicturePtr& picture = scene.graph;
    if (picture->boxes.empty())
        return pane()->showMessage(tr("The module has no function."));
    if (picture == view()->picture() && pane()->message().isEmpty())
        return;  // as after most steps on loops
    QStringList names;
    for (const std::string& name : picture->functions)
        names << qtext(name);
    pane()->setChoices(names, qtext(picture->function));
    pane()->showView();
    graphPane()->setPicture(picture);
    find(graphPane()->query());
}

void GraphPart::showOverlay(const Scene& scene)
{
    const GraphPicturePtr& picture = view()->picture();
    const Overlay overlay = graphPane()->overlay();
    graphPane()->setHeat(picture ? heatOf(*picture, figures(scene, overlay), overlay) : Heat{});
    pane()->setSubtitle(subtitle());
}

namespace {

// The largest error of what runs when the function is called, as part of what is allowed; nullopt: it was not judged.
std::optional<double> errorOf(const Scene& scene, const Module& module, const FunctionPtr& called)
{
    const FunctionPtr runs = called ? chosen(module, called, module.target.isa) : nullptr;
    const FunctionVerdict* verdict = runs ? scene.verdictOn(runs) : nullptr;
    if (!verdict || verdict->outcome == FunctionVerdict::Outcome::Unjudged)
        return std::nullopt;
    return verdict->bound > 0 ? verdict->error / verdict->bound : verdict->error;
}

}  // namespace

// Of each call of the lowered entry; times once the state has been run.
std::vector<CallFigure> GraphPart::figures(const Scene& scene, Overlay overlay)
{
    const ShownPtr& shown = scene.shown;
    std::vector<CallFigure> figures;
    if (!shown || !shown->lowered || shown->after != scene.state())
        return figures;
    const Module& module = shown->lowered->module();
    const FunctionPtr entry = module.find(shown->entry);
    const auto add = [&](const std::string& name, double amount) {
        std::set<Cursor> nodes = sourcesOf({shown->entry, NodeKind::Operator, name}, *shown->after->module,
                                           *shown->lowered);
        if (nodes.empty() && entry && entry->library())  // the model is one function: its box stands for it
            for (const LibraryStmtPtr& stmt : entry->library()->statements)
                if (const auto* call = std::get_if<LibraryCall>(stmt.get()); call && call->name == name)
                    nodes.insert(functionCursor(call->callee));
        figures.push_back({name, amount, std::move(nodes)});
    };
    if (overlay == Overlay::Time)
        for (const auto& [name, ms] : scene.callTimes)
            add(name, ms);
    if (overlay == Overlay::Error && entry && entry->library())
        for (const LibraryStmtPtr& stmt : entry->library()->statements)
            if (const auto* call = std::get_if<LibraryCall>(stmt.get()))
                if (const auto error = errorOf(scene, module, module.find(call->callee)))
                    add(call->name, *error);
    if ((overlay == Overlay::Flops || overlay == Overlay::Bytes) && entry && entry->library())
        for (const LibraryStmtPtr& stmt : entry->library()->statements)
            if (const auto* call = std::get_if<LibraryCall>(stmt.get()))
                if (const FunctionPtr callee = shown->lowered->module().find(call->callee); callee && callee->loops()) {
                    const Cost& cost = costOf(callee);
                    add(call->name, overlay == Overlay::Flops ? cost.flops : cost.readBytes + cost.writtenBytes);
                }
    return figures;
}

// Many calls share a function, and many states do.
const Cost& GraphPart::costOf(const FunctionPtr& function)
{
    const auto known = m_costs.find(function);
    return known != m_costs.end() ? known->second : m_costs.emplace(function, cost(*function)).first->second;
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

Drawing GraphPart::drawing() const
{
    return view()->picture() ? Drawing{view()->fullSize(), [this](QPainter& painter) { view()->renderAll(painter); }}
                             : Drawing();
}

}  // namespace strata
