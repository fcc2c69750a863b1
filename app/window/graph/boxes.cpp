#include "app/window/graph/boxes.h"

#include "core/ir/control.h"
#include "core/operators/operator.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <algorithm>

namespace strata {

namespace {

constexpr double titleWidth = 7.9, detailWidth = 6.2, chipGap = 16, margin = 12,
                 bandWidth = 6;  // pixels, of a character
constexpr int mostOperatorsNamed = 3;

QString text(const std::string& s) { return QString::fromStdString(s); }

// "query" for "/attention/self/query/MatMul": the operator is the title already.
QString nameBesides(const std::string& name, const QString& op)
{
    const QStringList parts = text(name).split(QLatin1Char('/'), Qt::SkipEmptyParts);
    const QRegularExpression numbered(QStringLiteral("^%1(_\\d+)?$").arg(QRegularExpression::escape(op)));
    for (auto part = parts.crbegin(); part != parts.crend(); ++part)
        if (!numbered.match(*part).hasMatch())
            return *part;
    return parts.isEmpty() ? QString() : parts.back();
}

// "40 nodes: 8 MatMul, 9 Add, …"
QString contentText(const Function& function, const std::vector<int>& nodes, int instances)
{
    std::map<std::string, int> counts;
    for (const int index : nodes) {
        const GraphNode& node = *function.graph()->nodes[index];
        ++counts[node.isCall() ? node.callee : node.op];
    }
    std::vector<std::pair<int, std::string>> sorted;
    for (const auto& [op, count] : counts)
        sorted.emplace_back(-count, op);
    std::sort(sorted.begin(), sorted.end());
    QStringList parts;
    for (int i = 0; i < std::min<int>(sorted.size(), mostOperatorsNamed); ++i)
        parts << QStringLiteral("%1 %2").arg(-sorted[i].first).arg(text(sorted[i].second));
    if (static_cast<int>(sorted.size()) > mostOperatorsNamed)
        parts << QStringLiteral("…");
    const QString each = instances > 1 ? QStringLiteral("%1 nodes each: %2") : QStringLiteral("%1 nodes: %2");
    return each.arg(nodes.size()).arg(parts.join(QStringLiteral(", ")));
}

}  // namespace

QString typeText(const ValueType& type) { return text(toString(type)); }

QString shapeText(const TensorType& type)
{
    QStringList sizes;
    for (const Dim& dim : type.shape)
        sizes << text(dim.text());
    return sizes.isEmpty() ? QStringLiteral("scalar") : sizes.join(QStringLiteral("×"));
}

QString shortName(const std::string& name)
{
    return text(name).section(QLatin1Char('/'), -1, -1, QString::SectionSkipEmpty);
}

GraphBox inputBox(const Function& function, const TypedName& parameter)
{
    GraphBox box;
    box.kind = GraphBox::Kind::Input;
    box.cursor = {function.name, NodeKind::Value, parameter.name};
    box.title = text(parameter.name);
    box.toolTip = QCoreApplication::translate("Graph", "input %1: %2").arg(box.title, typeText(parameter.type));
    return box;
}

GraphBox outputBox(const Function& function, const TypedName& result, const std::string& value)
{
    GraphBox box;
    box.kind = GraphBox::Kind::Output;
    box.cursor = {function.name, NodeKind::Value, value};
    box.title = text(result.name);
    box.toolTip = QCoreApplication::translate("Graph", "output %1: %2").arg(box.title, typeText(result.type));
    return box;
}

GraphBox operatorBox(const Module& module, const Function& function, const GraphNode& node)
{
    GraphBox box;
    box.cursor = {function.name, NodeKind::Operator, node.name};
    box.title = text(node.isCall() ? node.callee : node.op);
    box.detail = nameBesides(node.name, box.title);
    if (box.detail == box.title)
        box.detail.clear();
    box.family = familyOf(module, node);
    box.opaque = !node.isCall() && !isControlFlow(node) && findOperator(node) == nullptr;
    box.toolTip = QStringLiteral("%1\n%2").arg(text(node.name), box.title);
    if (node.isCall() || isControlFlow(node))
        box.toolTip += QStringLiteral("\ndouble-click shows what is in it");
    if (box.opaque)
        box.toolTip += QStringLiteral("\nno definition: drawn, but neither lowered nor run");
    return box;
}

GraphBox groupBox(const Module& module, const Function& function, const FoldItem& item, bool open, int shown)
{
    GraphBox box;
    const FoldItem& one = item.repeat ? item.items[shown] : item;
    const std::vector<int> nodes = nodesOf(one);
    box.kind = open ? GraphBox::Kind::Frame : GraphBox::Kind::Group;
    box.instances = item.repeat ? static_cast<int>(item.items.size()) : 1;
    box.shown = shown;
    box.title = item.repeat ? QStringLiteral("%1 × %2").arg(item.items.size()).arg(text(item.title)) : text(item.title);
    box.detail = contentText(function, nodes, box.instances);
    box.cursor = {function.name, NodeKind::Operator, function.graph()->nodes[nodes.front()]->name};
    for (const int node : nodes)
        box.family = std::min(box.family, familyOf(module, *function.graph()->nodes[node]));
    box.toolTip = box.title + QLatin1Char('\n') + box.detail
                  + (open ? QStringLiteral("\ndouble-click on this title closes it")
                          : QStringLiteral("\ndouble-click opens it"));
    return box;
}

void measure(GraphBox& box)
{
    const bool port = box.kind == GraphBox::Kind::Input || box.kind == GraphBox::Kind::Output;
    double chips = 0;
    for (const GraphChip& chip : box.chips)
        chips += chip.text.size() * detailWidth + chipGap;
    const bool two = !box.detail.isEmpty() || !box.chips.empty();
    const double width = std::max(box.title.size() * titleWidth, box.detail.size() * detailWidth + chips) + 2 * margin
                         + (port ? 0 : bandWidth);
    const double least = box.kind == GraphBox::Kind::Ghost ? 60 : 84;
    box.rect.setSize({std::clamp(width, least, 300.0), two ? 42.0 : 28.0});
}

}  // namespace strata
