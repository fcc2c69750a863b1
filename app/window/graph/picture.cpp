#include "app/window/graph/picture.h"

#include "app/window/graph/boxes.h"

#include <QCoreApplication>

#include <algorithm>
#include <unordered_map>

namespace strata {

namespace {

constexpr std::size_t mostChips = 3;
constexpr int mostMembersOfConstant = 16, mostGhosts = 8, mostFused = 4, mostValuesTold = 5;

struct Maker {
    const Module& module;
    const GraphOptions& options;
    GraphPicture picture = {};
    std::unordered_map<std::string, int> producer = {};  // value -> box
    std::unordered_map<std::string, const ValueType*> types = {};
    std::unordered_map<std::string, int> boxOfNode = {};
    // Of a node in an instance that is not shown: the node in its place in the shown one, and the same for values.
    std::unordered_map<std::string, const GraphNode*> shownNode = {};
    std::unordered_map<std::string, std::string> shownValue = {};
    std::map<std::tuple<int, int, std::string, std::string>, int> connected = {};
    // Of nodes that read constants alone: drawn inside their readers, as constants are; and who made them.
    std::unordered_map<std::string, ValueType> constantValues = {};
    std::unordered_map<std::string, std::vector<Cursor>> constantNodes = {};

    int add(GraphBox box)
    {
        measure(box);
        picture.boxes.push_back(std::move(box));
        return static_cast<int>(picture.boxes.size()) - 1;
    }

    void addInputs(const Function& function)
    {
        for (const TypedName& param : function.params) {
            producer[param.name] = add(inputBox(function, param));
            types[param.name] = &param.type;
        }
    }

    bool isFrame(int box) const { return picture.boxes[box].kind == GraphBox::Kind::Frame; }

    // `toPort`: the value that the shown instance reads in this place, if the reader's is not shown.
    void connect(const Operand& operand, int to, const std::string& toPort = {})
    {
        const auto from = operand.kind == Operand::Kind::Value ? producer.find(operand.name) : producer.end();
        if (from == producer.end() || from->second == to)
            return;
        std::string fromPort;
        if (isFrame(from->second))
            if (const auto shown = shownValue.find(operand.name); shown != shownValue.end())
                fromPort = shown->second;
        const auto [known, isNew] = connected.emplace(std::tuple{from->second, to, fromPort, toPort},
                                                      static_cast<int>(picture.edges.size()));
        if (!isNew && picture.edges[known->second].toolTip.count(QLatin1Char('\n')) >= mostValuesTold)
            return;
        const auto type = types.find(operand.name);
        const QString label = type == types.end() ? QString() : typeText(*type->second);
        const QString toolTip = QStringLiteral("%1: %2").arg(QString::fromStdString(operand.name), label);
        if (isNew)
            picture.edges.push_back({from->second, to, label, toolTip, operand.name, fromPort, toPort});
        else
            picture.edges[known->second].toolTip += QLatin1Char('\n') + toolTip;
    }

    std::vector<GraphChip> chips(const std::vector<Operand>& inputs) const
    {
        std::vector<GraphChip> chips;
        for (const Operand& input : inputs) {
            const auto found = input.kind == Operand::Kind::Constant ? module.constants.find(input.name)
                                                                     : module.constants.end();
            const auto made = input.kind == Operand::Kind::Value ? constantValues.find(input.name)
                                                                 : constantValues.end();
            const TensorType* type = found != module.constants.end() ? &found->second->type()
                                     : made != constantValues.end()  ? &made->second.tensor
                                                                     : nullptr;
            if (!type)
                continue;
            const QString name = shortName(input.name).section(QLatin1Char('.'), -1);
            chips.push_back({name.size() > 10 ? shapeText(*type) : name + QLatin1Char(' ') + shapeText(*type),
                             found != module.constants.end() ? input.name : std::string()});
        }
        if (const std::size_t count = chips.size(); count > mostChips) {
            chips.resize(mostChips - 1);
            chips.push_back({QStringLiteral("+%1").arg(count - mostChips + 1), {}});
        }
        return chips;
    }

    void findConstantNodes(const Function& function, const GraphBody& body)
    {
        const std::vector<bool> ofConstants = nodesOfConstants(body);
        for (std::size_t i = 0; i < body.nodes.size(); ++i) {
            const GraphNode& node = *body.nodes[i];
            if (!ofConstants[i])
                continue;
            std::vector<Cursor> made{{function.name, NodeKind::Operator, node.name}};
            for (const Operand& input : node.inputs)
                if (const auto before = constantNodes.find(input.name);
                    before != constantNodes.end() && made.size() < mostMembersOfConstant)
                    made.insert(made.end(), before->second.begin(), before->second.end());
            for (const TypedName& output : node.outputs) {
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

    void putInto(int box, const Function& function, const GraphNode& node)
    {
        boxOfNode[node.name] = box;
        if (picture.boxes[box].isGroup())
            picture.boxes[box].members.push_back({function.name, NodeKind::Operator, node.name});
        addMembers(box, node);
        for (const TypedName& output : node.outputs) {
            producer[output.name] = box;
            types[output.name] = &output.type;
        }
    }

    void addItems(const Function& function, const std::vector<FoldItem>& items, int frame, const std::string& path)
    {
        std::map<std::string, int> ordinals;
        for (const FoldItem& item : items)
            if (item.isGroup())
                addGroup(function, item, frame, keyOf(item, path, ordinals));
            else
                addNode(function, *function.graph()->nodes[item.node], frame);
    }

    // Made of titles, so that what is open stays open after a step.
    static std::string keyOf(const FoldItem& item, const std::string& path, std::map<std::string, int>& ordinals)
    {
        const int ordinal = ++ordinals[item.title];
        return path + '/' + item.title + (ordinal > 1 ? '#' + std::to_string(ordinal) : std::string());
    }

    void addNode(const Function& function, const GraphNode& node, int frame)
    {
        GraphBox box = operatorBox(module, function, node);
        box.frame = frame;
        box.chips = chips(node.inputs);
        putInto(add(std::move(box)), function, node);
    }

    void addGroup(const Function& function, const FoldItem& item, int frame, const std::string& key)
    {
        const bool open = options.arrangement.open.count(key) > 0;
        const auto wanted = options.arrangement.instances.find(key);
        const int shown = item.repeat && wanted != options.arrangement.instances.end()
                              ? std::clamp<int>(wanted->second, 0, static_cast<int>(item.items.size()) - 1)
                              : 0;
        GraphBox box = groupBox(module, function, item, open, shown);
        box.group = QString::fromStdString(key);
        box.frame = frame;
        const int at = add(std::move(box));
        addKey(item, key, static_cast<int>(std::count(key.begin() + 1, key.end(), '/')));
        if (!open) {
            for (const int node : nodesOf(item))
                putInto(at, function, *function.graph()->nodes[node]);
            return;
        }
        for (int i = 0; item.repeat && i < static_cast<int>(item.items.size()); ++i)
            if (i != shown)
                hide(function, item.items[i], item.items[shown], at);
        addItems(function, item.repeat ? item.items[shown].items : item.items, at, key);
    }

    // Keys of what is not open, too; those of open groups are added with what is in them.
    void addKey(const FoldItem& item, const std::string& key, int depth)
    {
        picture.groups.emplace_back(QString::fromStdString(key), depth);
        if (options.arrangement.open.count(key))
            return;
        std::map<std::string, int> ordinals;
        for (const FoldItem& inner : item.repeat ? item.items.front().items : item.items)
            if (inner.isGroup())
                addKey(inner, keyOf(inner, key, ordinals), depth + 1);
    }

    void hide(const Function& function, const FoldItem& item, const FoldItem& shown, int frame)
    {
        const std::vector<int> nodes = nodesOf(item), others = nodesOf(shown);
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const GraphNode &node = *function.graph()->nodes[nodes[i]], &other = *function.graph()->nodes[others[i]];
            putInto(frame, function, node);
            shownNode[node.name] = &other;
            for (std::size_t j = 0; j < std::min(node.outputs.size(), other.outputs.size()); ++j)
                shownValue[node.outputs[j].name] = other.outputs[j].name;
        }
    }

    void addEdges(const GraphBody& body)
    {
        for (const GraphNodePtr& node : body.nodes) {
            const auto box = boxOfNode.find(node->name);
            if (box == boxOfNode.end())
                continue;
            const auto shown = shownNode.find(node->name);
            for (std::size_t j = 0; j < node->inputs.size(); ++j)
                connect(node->inputs[j], box->second,
                        shown == shownNode.end() ? std::string() : shown->second->inputs[j].name);
        }
    }

    GraphFoldPtr foldOf(const FunctionPtr& function) const
    {
        if (options.known && options.known->function == function)
            return options.known;
        return std::make_shared<const GraphFold>(GraphFold{function, foldGraph(*function->graph())});
    }

    void graph(const FunctionPtr& shared)
    {
        const Function& function = *shared;
        const GraphBody& body = *function.graph();
        addInputs(function);
        findConstantNodes(function, body);
        if (static_cast<int>(body.nodes.size()) > options.foldAbove) {
            picture.fold = foldOf(shared);
            addItems(function, picture.fold->items, -1, {});
        } else {
            for (const GraphNodePtr& node : body.nodes)
                if (!isHidden(*node))
                    addNode(function, *node, -1);
        }
        addEdges(body);
        for (std::size_t i = 0; i < function.results.size(); ++i) {
            const bool known = i < body.returns.size();
            const int at = add(
                outputBox(function, function.results[i], known ? body.returns[i].name : function.results[i].name));
            if (known)
                connect(body.returns[i], at);
        }
        picture.nodes = static_cast<int>(body.nodes.size());
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
            box.chips = chips(call->inputs);
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
        types[result.name] = &result.type;
        connect(Operand::value(result.name), add(outputBox(function, result, result.name)));
    }

    // A function below the graph level: one box between its parameters and results.
    void kernel(const Function& function)
    {
        addInputs(function);
        GraphBox box;
        box.cursor = functionCursor(function.name);
        box.title = QString::fromStdString(function.name);
        box.detail = QCoreApplication::translate("Graph", "at the %1 level")
                         .arg(QCoreApplication::translate("Graph", name(function.level())));
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
        std::set<int> boxes, frames;
        for (const std::string& name : change.after)
            if (const auto box = maker.boxOfNode.find(name); box != maker.boxOfNode.end()) {
                boxes.insert(box->second);
                frames.insert(maker.picture.boxes[box->second].frame);
                maker.picture.boxes[box->second].change = change.before.empty() ? DiffKind::Added : DiffKind::Changed;
            }
        const bool renamed = change.before != change.after && !change.before.empty();
        const bool folded = std::any_of(boxes.begin(), boxes.end(),
                                        [&](int box) { return maker.picture.boxes[box].isGroup(); });
        if (boxes.empty() || !renamed || folded || frames.size() > 1 || change.before.size() > mostGhosts
            || boxes.size() > mostFused)
            continue;
        GraphHull hull{{boxes.begin(), boxes.end()}, {}, {}, {}};
        hull.label = QStringLiteral("%1 → %2  %3").arg(change.before.size()).arg(change.after.size()).arg(step);
        for (const std::string& name : change.before) {
            GraphBox ghost;
            ghost.kind = GraphBox::Kind::Ghost;
            ghost.cursor = {before.name, NodeKind::Operator, name};
            ghost.title = shortName(name);
            ghost.frame = *frames.begin();
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
    for (int i = 0; i < static_cast<int>(boxes.size()) && !cursors.empty(); ++i) {
        const GraphBox& box = boxes[i];
        const bool member = std::any_of(box.members.begin(), box.members.end(),
                                        [&](const Cursor& cursor) { return cursors.count(cursor) > 0; });
        const bool itself = box.kind != GraphBox::Kind::Frame && cursors.count(box.cursor);
        if (box.kind != GraphBox::Kind::Ghost && (member || itself))
            found.insert(i);
    }
    return found;
}

GraphPicture makePicture(const Module& module, const GraphOptions& options, const Module* before,
                         const Forwarding& forwarding, const QString& step)
{
    Maker maker{module, options};
    maker.picture.arrangement = options.arrangement;
    maker.picture.direction = options.direction;
    for (const FunctionPtr& function : module.functions)
        if (function->graph())
            maker.picture.functions.push_back(function->name);
    const FunctionPtr function = chosen(module, options.function);
    if (!function)
        return std::move(maker.picture);
    maker.picture.function = function->name;
    if (function->graph())
        maker.graph(function);
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
