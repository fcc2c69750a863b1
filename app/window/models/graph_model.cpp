#include "app/window/models/graph_model.h"

#include "app/window/models/graph_folding.h"
#include "core/operators/operator.h"

#include <QStringList>

#include <algorithm>

namespace strata {

namespace {

constexpr double titleWidth = 8.4, detailWidth = 6.4,
                 margin = 12;  // pixels a character; the view clips, so that a guess is enough

QString shapeText(const TensorType& type)
{
    QStringList sizes;
    for (const Dim& dim : type.shape)
        sizes << QString::fromStdString(dim.text());
    return QLatin1Char('[') + sizes.join(QStringLiteral("×")) + QLatin1Char(']');
}

QString shortName(const std::string& name)
{
    const QString text = QString::fromStdString(name);
    return text.section(QLatin1Char('/'), -1, -1, QString::SectionSkipEmpty);
}

void measure(GraphBox& box)
{
    const double width = std::max(box.title.size() * titleWidth, box.detail.size() * detailWidth) + 2 * margin;
    const double least = box.kind == GraphBox::Kind::Ghost ? 60 : 80;
    box.rect.setSize({std::clamp(width, least, 260.0), box.detail.isEmpty() ? 26.0 : 40.0});
}

struct Maker {
    const Module& module;
    const GraphOptions& options;
    GraphPicture picture;
    std::map<std::string, int> producer;   // value -> box
    std::map<std::string, QString> types;  // value -> "f32[1, 200]"
    std::map<std::string, int> boxOfNode;
    std::set<std::pair<int, int>> connected;
    std::map<std::string, ValueType>
        constantValues;  // of nodes that read constants alone: drawn inside their readers, as constants are
    std::map<std::string, std::vector<Cursor>> constantNodes;  // that made them

    int add(GraphBox box)
    {
        measure(box);
        picture.boxes.push_back(std::move(box));
        return static_cast<int>(picture.boxes.size()) - 1;
    }

    void addInputs(const Function& function)
    {
        for (const TypedName& param : function.params) {
            GraphBox box;
            box.kind = GraphBox::Kind::Input;
            box.cursor = {function.name, NodeKind::Value, param.name};
            box.title = QString::fromStdString(param.name);
            box.toolTip = QStringLiteral("input %1: %2").arg(box.title, QString::fromStdString(toString(param.type)));
            producer[param.name] = add(std::move(box));
            types[param.name] = QString::fromStdString(toString(param.type));
        }
    }

    void addOutputs(const Function& function, const std::vector<Operand>& returns)
    {
        for (std::size_t i = 0; i < function.results.size(); ++i) {
            GraphBox box;
            box.kind = GraphBox::Kind::Output;
            box.cursor = {function.name, NodeKind::Value,
                          i < returns.size() ? returns[i].name : function.results[i].name};
            box.title = QString::fromStdString(function.results[i].name);
            box.toolTip = QStringLiteral("output %1: %2")
                              .arg(box.title, QString::fromStdString(toString(function.results[i].type)));
            const int at = add(std::move(box));
            if (i < returns.size())
                connect(returns[i], at);
        }
    }

    void connect(const Operand& operand, int to)
    {
        const auto from = operand.kind == Operand::Kind::Value ? producer.find(operand.name) : producer.end();
        if (from == producer.end() || from->second == to)
            return;
        if (!connected.emplace(from->second, to).second)
            return;
        GraphEdge edge;
        edge.from = from->second;
        edge.to = to;
        edge.label = types[operand.name];
        edge.toolTip = QStringLiteral("%1: %2").arg(QString::fromStdString(operand.name), edge.label);
        picture.edges.push_back(std::move(edge));
    }

    QString constants(const std::vector<Operand>& inputs) const
    {
        QStringList chips;
        for (const Operand& input : inputs) {
            const auto found = input.kind == Operand::Kind::Constant ? module.constants.find(input.name)
                                                                     : module.constants.end();
            const auto made = input.kind == Operand::Kind::Value ? constantValues.find(input.name)
                                                                 : constantValues.end();
            if (found != module.constants.end())
                chips << shortName(input.name).right(16) + QLatin1Char(' ') + shapeText(found->second->type());
            else if (made != constantValues.end())
                chips << shortName(input.name).right(16) + QLatin1Char(' ') + shapeText(made->second.tensor);
        }
        if (chips.size() > 3)
            chips = chips.mid(0, 2) << QStringLiteral("+%1").arg(chips.size() - 2);
        return chips.join(QLatin1Char(' '));
    }

    GraphBox boxFor(const Function& function, const GraphNode& node) const
    {
        GraphBox box;
        box.cursor = {function.name, NodeKind::Operator, node.name};
        const QString op = QString::fromStdString(node.isCall() ? node.callee : node.op), name = shortName(node.name);
        const QString scope = QString::fromStdString(node.name).section(QLatin1Char('/'), -2, -2,
                                                                        QString::SectionSkipEmpty);
        if (name == op && !scope.isEmpty() && scope != name)
            box.title = scope.right(18) + QStringLiteral(" · ")
                        + op;  // "/layer1/conv1/Conv" is known by the part before
        else
            box.title = name.contains(op, Qt::CaseInsensitive) && name.size() <= 26 ? name : op;
        box.detail = constants(node.inputs);
        box.opaque = !node.isCall() && findOperator(node) == nullptr;
        box.toolTip = QStringLiteral("%1\n%2").arg(QString::fromStdString(node.name), op);
        if (box.opaque)
            box.toolTip += QStringLiteral("\nno definition: drawn, but neither lowered nor run");
        return box;
    }

    GraphBox boxFor(const Function& function, const GraphBody& body, const NodeRun& run) const
    {
        GraphBox box;
        box.kind = GraphBox::Kind::Group;
        box.group = QString::fromStdString(run.key);
        box.title = QString::fromStdString(run.title).section(QLatin1Char('/'), -2, -1, QString::SectionSkipEmpty);
        if (box.title.startsWith(QLatin1Char('/')))
            box.title.remove(0, 1);
        std::map<std::string, int> ops;
        for (int i = run.first; i < run.first + run.count; ++i) {
            box.members.push_back({function.name, NodeKind::Operator, body.nodes[i]->name});
            ++ops[body.nodes[i]->isCall() ? body.nodes[i]->callee : body.nodes[i]->op];
        }
        box.cursor = box.members.front();
        std::vector<std::pair<int, std::string>> sorted;
        for (const auto& [op, count] : ops)
            sorted.emplace_back(-count, op);
        std::sort(sorted.begin(), sorted.end());
        QStringList parts;
        for (std::size_t i = 0; i < sorted.size() && i < 3; ++i)
            parts << QStringLiteral("%1 %2").arg(-sorted[i].first).arg(QString::fromStdString(sorted[i].second));
        box.detail = QStringLiteral("%1 nodes: %2%3")
                         .arg(run.count)
                         .arg(parts.join(QStringLiteral(", ")), sorted.size() > 3 ? QStringLiteral(", …") : QString());
        box.toolTip = box.group + QStringLiteral("\ndouble-click opens it");
        return box;
    }

    bool isConstant(const GraphNode& node) const
    {
        return !node.isCall() && std::all_of(node.inputs.begin(), node.inputs.end(), [this](const Operand& input) {
            return input.kind != Operand::Kind::Value || constantValues.count(input.name);
        });
    }

    void findConstantNodes(const Function& function, const GraphBody& body)
    {
        std::set<std::string> returned;
        for (const Operand& operand : body.returns)
            returned.insert(operand.name);
        for (const GraphNodePtr& node : body.nodes) {
            const bool leaves = std::any_of(node->outputs.begin(), node->outputs.end(),
                                            [&](const TypedName& output) { return returned.count(output.name) > 0; });
            if (leaves || !isConstant(*node))
                continue;
            std::vector<Cursor> made{{function.name, NodeKind::Operator, node->name}};
            for (const Operand& input : node->inputs)
                if (const auto before = constantNodes.find(input.name);
                    before != constantNodes.end() && made.size() < 16)
                    made.insert(made.end(), before->second.begin(), before->second.end());
            for (const TypedName& output : node->outputs) {
                constantValues[output.name] = output.type;
                constantNodes[output.name] = made;
            }
        }
    }

    bool isHidden(const GraphNode& node) const
    {
        return !node.outputs.empty() && constantNodes.count(node.outputs.front().name) > 0;
    }

    void addMembers(int box, const GraphNode& node)
    {
        for (const Operand& input : node.inputs)
            if (const auto made = constantNodes.find(input.name);
                input.kind == Operand::Kind::Value && made != constantNodes.end())
                picture.boxes[box].members.insert(picture.boxes[box].members.end(), made->second.begin(),
                                                  made->second.end());
    }

    void addNodes(const Function& function, const GraphBody& body)
    {
        findConstantNodes(function, body);
        std::vector<NodeRun> runs;
        if (static_cast<int>(body.nodes.size()) > options.foldAbove)
            runs = foldNodes(body);
        else
            for (int i = 0; i < static_cast<int>(body.nodes.size()); ++i)
                runs.push_back({i, 1, {}, {}});
        for (const NodeRun& run : runs) {
            const bool hidden = std::all_of(body.nodes.begin() + run.first, body.nodes.begin() + run.first + run.count,
                                            [this](const GraphNodePtr& node) { return isHidden(*node); });
            const bool folded = !run.key.empty() && !options.openGroups.count(run.key) && !hidden;
            int at = folded ? add(boxFor(function, body, run)) : -1;
            for (int i = run.first; i < run.first + run.count; ++i) {
                const GraphNode& node = *body.nodes[i];
                if (isHidden(node))
                    continue;
                if (!folded) {
                    at = add(boxFor(function, node));
                    picture.boxes[at].group = QString::fromStdString(run.key);
                }
                boxOfNode[node.name] = at;
                addMembers(at, node);
                for (const Operand& input : node.inputs)
                    connect(input, at);
                for (const TypedName& output : node.outputs) {
                    producer[output.name] = at;
                    types[output.name] = QString::fromStdString(toString(output.type));
                }
            }
        }
    }

    void graph(const Function& function)
    {
        addInputs(function);
        addNodes(function, *function.graph());
        addOutputs(function, function.graph()->returns);
        picture.nodes = static_cast<int>(function.graph()->nodes.size());
    }

    void library(const Function& function)
    {
        addInputs(function);
        for (const LibraryStmtPtr& stmt : function.library()->statements) {
            if (const auto* view = std::get_if<ViewBuffer>(stmt.get()); view && producer.count(view->source.name))
                producer[view->name] = producer[view->source.name];
            const auto* call = std::get_if<LibraryCall>(stmt.get());
            if (!call)
                continue;
            GraphBox box;
            box.cursor = {function.name, NodeKind::Operator, call->name};
            box.title = QString::fromStdString(call->callee);
            box.detail = constants(call->inputs);
            const int at = add(std::move(box));
            for (const Operand& input : call->inputs)
                connect(input, at);
            for (const std::string& output : call->outputs)
                producer[output] = at;
            ++picture.nodes;
        }
        for (const TypedName& result : function.results)
            addOutput(function, result);
    }

    void addOutput(const Function& function, const TypedName& result)
    {
        GraphBox box;
        box.kind = GraphBox::Kind::Output;
        box.cursor = {function.name, NodeKind::Value, result.name};
        box.title = QString::fromStdString(result.name);
        types[result.name] = QString::fromStdString(toString(result.type));
        const int at = add(std::move(box));
        connect(Operand::value(result.name), at);
    }

    // A function below the graph level: one box between its parameters and results.
    void kernel(const Function& function)
    {
        addInputs(function);
        GraphBox box;
        box.cursor = functionCursor(function.name);
        box.title = QString::fromStdString(function.name);
        box.detail = QStringLiteral("at the %1 level").arg(QString::fromLatin1(name(function.level())));
        const int at = add(std::move(box));
        boxOfNode[function.name] = at;
        for (const TypedName& param : function.params)
            connect(Operand::value(param.name), at);
        for (const TypedName& result : function.results) {
            producer[result.name] = at;
            addOutput(function, result);
        }
        ++picture.nodes;
    }
};

void addGhosts(Maker& maker, const Function& before, const Function& after, const Forwarding& forwarding,
               const QString& step)
{
    maker.picture.nodesBefore = static_cast<int>(before.graph()->nodes.size());
    for (const GraphChange& change : diffGraphs(before, after, forwarding)) {
        if (change.change == DiffKind::Same)
            continue;
        std::set<int> boxes;
        for (const std::string& name : change.after)
            if (const auto box = maker.boxOfNode.find(name); box != maker.boxOfNode.end()) {
                boxes.insert(box->second);
                maker.picture.boxes[box->second].change = change.before.empty() ? DiffKind::Added : DiffKind::Changed;
            }
        const bool renamed = change.before != change.after && !change.before.empty();
        if (boxes.empty() || !renamed || change.before.size() > 8 || boxes.size() > 4)
            continue;
        GraphHull hull{{boxes.begin(), boxes.end()}, {}, {}, {}};
        hull.label = QStringLiteral("%1 → %2  %3").arg(change.before.size()).arg(change.after.size()).arg(step);
        for (const std::string& name : change.before) {
            GraphBox ghost;
            ghost.kind = GraphBox::Kind::Ghost;
            ghost.cursor = {before.name, NodeKind::Operator, name};
            ghost.title = shortName(name);
            ghost.change = DiffKind::Removed;
            ghost.toolTip = QStringLiteral("%1, before %2").arg(QString::fromStdString(name), step);
            hull.ghosts.push_back(maker.add(std::move(ghost)));
        }
        maker.picture.hulls.push_back(std::move(hull));
    }
}

FunctionPtr chosen(const Module& module, const std::string& name)
{
    if (const FunctionPtr function = module.find(name))
        return function;
    if (const FunctionPtr entry = module.entryFunction())
        return entry;
    return module.functions.empty() ? nullptr : module.functions.front();
}

}  // namespace

std::set<int> GraphPicture::boxesOf(const std::set<Cursor>& cursors) const
{
    std::set<int> found;
    for (int i = 0; i < static_cast<int>(boxes.size()); ++i) {
        const GraphBox& box = boxes[i];
        const bool member = std::any_of(box.members.begin(), box.members.end(),
                                        [&](const Cursor& cursor) { return cursors.count(cursor) > 0; });
        if (box.kind != GraphBox::Kind::Ghost && (member || cursors.count(box.cursor)))
            found.insert(i);
    }
    return found;
}

GraphPicture makePicture(const Module& module, const GraphOptions& options, const Module* before,
                         const Forwarding& forwarding, const QString& step)
{
    Maker maker{module, options, {}, {}, {}, {}, {}, {}, {}};
    for (const FunctionPtr& function : module.functions)
        if (function->graph())
            maker.picture.functions.push_back(function->name);
    const FunctionPtr function = chosen(module, options.function);
    if (!function)
        return std::move(maker.picture);
    maker.picture.function = function->name;
    if (function->graph())
        maker.graph(*function);
    else if (function->library())
        maker.library(*function);
    else
        maker.kernel(*function);
    const FunctionPtr old = before ? before->find(function->name) : nullptr;
    if (old && old->graph() && function->graph() && old != function)
        addGhosts(maker, *old, *function, forwarding, step);
    else if (old && old->graph())
        maker.picture.nodesBefore = static_cast<int>(old->graph()->nodes.size());
    return std::move(maker.picture);
}

}  // namespace strata
