#include "app/window/graph/find.h"

#include "app/window/graph/boxes.h"
#include "app/window/models/inspector.h"

#include <QRegularExpression>

namespace strata {

namespace {

QRegularExpression expression(const FindQuery& query)
{
    const QString pattern = query.isPattern ? query.text : QRegularExpression::escape(query.text);
    return QRegularExpression(pattern, QRegularExpression::CaseInsensitiveOption | QRegularExpression::MultilineOption);
}

// A line for each thing that can be looked for: "MatMul", "axis=-1", "f32[1, 128, 768]", "1×128×768".
QString described(const Module& module, const GraphNode& node)
{
    QStringList lines{QString::fromStdString(node.name), QString::fromStdString(node.isCall() ? node.callee : node.op)};
    for (const auto& [name, value] : node.attributes)
        lines << QString::fromStdString(name) + QLatin1Char('=') + attributeText(value);
    for (const TypedName& output : node.outputs)
        lines << QString::fromStdString(output.name) << typeText(output.type) << shapeText(output.type.tensor);
    for (const Operand& input : node.inputs) {
        lines << QString::fromStdString(input.name);
        if (const auto constant = module.constants.find(input.name);
            input.kind == Operand::Kind::Constant && constant != module.constants.end())
            lines << QString::fromStdString(toString(constant->second->type())) << shapeText(constant->second->type());
    }
    return lines.join(QLatin1Char('\n'));
}

}  // namespace

QString FindQuery::fault() const
{
    const QRegularExpression tried = expression(*this);
    return tried.isValid() ? QString() : tried.errorString();
}

std::vector<Cursor> findInGraph(const Module& module, const Function& function, const FindQuery& query)
{
    std::vector<Cursor> found;
    const QRegularExpression wanted = expression(query);
    if (query.isEmpty() || !wanted.isValid() || !function.graph())
        return found;
    for (const TypedName& parameter : function.params) {
        const QString text = QString::fromStdString(parameter.name) + QLatin1Char('\n') + typeText(parameter.type)
                             + QLatin1Char('\n') + shapeText(parameter.type.tensor);
        if (wanted.match(text).hasMatch())
            found.push_back({function.name, NodeKind::Value, parameter.name});
    }
    for (const GraphNodePtr& node : function.graph()->nodes)
        if (wanted.match(described(module, *node)).hasMatch())
            found.push_back({function.name, NodeKind::Operator, node->name});
    return found;
}

}  // namespace strata
