#include "app/window/models/inspector.h"

#include "app/window/models/format.h"
#include "app/window/models/loop_notes.h"
#include "core/analysis/locate.h"
#include "core/operators/operator.h"
#include "core/tensor/tensor.h"
#include "core/text/text.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringList>

#include <algorithm>
#include <set>

namespace strata {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("Inspector", text); }
QString text(const std::string& s) { return QString::fromStdString(s); }

QString operandText(const Module& module, const Operand& operand)
{
    if (operand.kind == Operand::Kind::None)
        return tr("left out");
    const auto constant = operand.kind == Operand::Kind::Constant ? module.constants.find(operand.name)
                                                                  : module.constants.end();
    if (constant != module.constants.end())
        return QStringLiteral("@%1  %2").arg(text(operand.name), text(toString(constant->second->type())));
    return text(operand.name);
}

void describeNode(const Module& module, const Function& function, const std::string& name, Inspection& result)
{
    for (const GraphNodePtr& node : function.graph()->nodes) {
        if (node->name != name)
            continue;
        result.kind = node->isCall() ? tr("call of %1 in %2").arg(text(node->callee), text(function.name))
                                     : tr("%1 in %2").arg(text(node->op), text(function.name));
        if (const Operator* known = node->isCall() ? nullptr : findOperator(*node)) {
            result.rows.emplace_back(tr("does"), tr(known->summary.c_str()));
            if (!known->formula.empty())
                result.rows.emplace_back(tr("formula"), text(known->formula));
        }
        for (std::size_t i = 0; i < node->inputs.size(); ++i)
            result.rows.emplace_back(tr("input %1").arg(i), operandText(module, node->inputs[i]));
        for (const TypedName& output : node->outputs)
            result.rows.emplace_back(tr("output"),
                                     QStringLiteral("%1  %2").arg(text(output.name), text(toString(output.type))));
        for (const auto& [key, value] : node->attributes)
            result.rows.emplace_back(text(key), attributeText(value));
    }
}

// Its type, who makes it and who reads it.
void describeValue(const Function& function, const std::string& name, Inspection& result)
{
    constexpr int mostReaders = 6;
    const auto describeType = [&](const ValueType& type) {
        result.rows.emplace_back(tr("type"), text(toString(type)));
        if (const auto bytes = byteCount(type.tensor); type.kind == ValueType::Kind::Tensor && bytes)
            result.rows.emplace_back(tr("size"), formatBytes(static_cast<double>(*bytes)));
    };
    for (const TypedName& parameter : function.params)
        if (parameter.name == name) {
            describeType(parameter.type);
            result.rows.emplace_back(tr("made by"), tr("it is an input"));
        }
    QStringList readers;
    for (const GraphNodePtr& node : function.graph()->nodes) {
        const QString title = QStringLiteral("%1 %2").arg(text(node->isCall() ? node->callee : node->op),
                                                          text(node->name));
        for (const TypedName& output : node->outputs)
            if (output.name == name) {
                describeType(output.type);
                result.rows.emplace_back(tr("made by"), title);
            }
        for (const Operand& input : node->inputs)
            if (input.kind == Operand::Kind::Value && input.name == name && !readers.contains(title))
                readers << title;
    }
    for (std::size_t i = 0; i < function.graph()->returns.size() && i < function.results.size(); ++i)
        if (function.graph()->returns[i].name == name)
            readers << tr("output %1").arg(text(function.results[i].name));
    if (readers.isEmpty())
        return;
    const auto more = readers.size() - mostReaders;
    result.rows.emplace_back(tr("read by"), readers.mid(0, mostReaders).join(QStringLiteral(", "))
                                                + (more > 0 ? tr(" and %1 more").arg(more) : QString()));
}

void describeLoop(const Module& module, const Function& function, const std::string& name, Inspection& result)
{
    const auto located = findLoop(function, name);
    if (!located)
        return;
    const Loop& loop = *as<Loop>(located->stmt);
    result.rows.emplace_back(tr("extent"), text(print(loop.extent)));
    result.rows.emplace_back(tr("runs"), tr(strata::name(loop.kind))
                                             + (loop.axis.empty() ? QString() : QLatin1Char(' ') + text(loop.axis)));
    for (const LoopFootprint& footprint : footprints(module, function))
        if (footprint.loop == name)
            for (auto& row : footprintRows(footprint, module.target))
                result.rows.push_back(std::move(row));
}

void describeBlock(const Function& function, const std::string& name, Inspection& result)
{
    const auto located = findBlock(function, name);
    if (!located)
        return;
    const Block& block = *as<Block>(located->stmt);
    double instances = 1;
    for (const BlockIter& iter : block.iters) {
        result.rows.emplace_back(text(iter.name), QStringLiteral("%1, %2 = %3")
                                                      .arg(tr(strata::name(iter.kind)), text(print(iter.extent)),
                                                           text(print(iter.binding))));
        if (const auto number = print(iter.extent);
            !number.empty() && std::all_of(number.begin(), number.end(), ::isdigit))
            instances *= std::stod(number);
    }
    result.rows.emplace_back(tr("instances"), formatCount(instances, QString()).trimmed());
}

void describeCost(const Function& function, Inspection& result)
{
    if (!function.loops())
        return;
    const Cost c = cost(function);
    const double bytes = c.readBytes + c.writtenBytes;
    result.rows.emplace_back(
        tr("work of %1").arg(text(function.name)),
        tr("%1, %2 read, %3 written")
            .arg(formatCount(c.flops, QStringLiteral("FLOP")), formatBytes(c.readBytes), formatBytes(c.writtenBytes)));
    if (bytes > 0)
        result.rows.emplace_back(tr("intensity"), tr("%1 FLOP per byte").arg(c.flops / bytes, 0, 'f', 2));
}

void describeBuffer(const Function& function, const std::string& name, Inspection& result)
{
    for (const Buffer& buffer : buffers(function))
        if (buffer.name == name)
            result.rows.emplace_back(
                tr("type"),
                tr("%1 in %2").arg(text(toString(buffer.type)), QString::fromLatin1(strata::name(buffer.scope))));
}

// Of a result that lies in the memory of a parameter, and of that parameter: the other one.
void describeMemory(const Function& function, const std::string& name, Inspection& result)
{
    for (const auto& [updated, parameter] : function.inouts) {
        if (name == updated)
            result.rows.emplace_back(tr("memory"), tr("that of %1, written in place").arg(text(parameter)));
        if (name == parameter)
            result.rows.emplace_back(tr("memory"), tr("shared by %1, which is written over it").arg(text(updated)));
    }
}

QString valueText(const Tensor& tensor, std::int64_t index)
{
    if (!tensor.strings.empty())
        return text('"' + tensor.strings[index] + '"');
    return isFloat(tensor.type.dtype) ? QString::number(tensor.at(index), 'g', 5)
                                      : QString::number(tensor.integerAt(index));
}

// "[0.5, 1, 2, …]"
QString valuesText(const Tensor& tensor)
{
    constexpr std::int64_t most = 8;
    const std::int64_t count = tensor.count();
    QStringList values;
    for (std::int64_t i = 0; i < std::min(count, most); ++i)
        values << valueText(tensor, i);
    if (count > most)
        values << QStringLiteral("…");
    return QLatin1Char('[') + values.join(QStringLiteral(", ")) + QLatin1Char(']');
}

void describeStatistics(const Tensor& tensor, Inspection& result)
{
    const std::int64_t count = tensor.count();
    if (tensor.type.dtype == DType::String)
        return;
    double least = tensor.at(0), most = least, sum = 0;
    std::int64_t zeros = 0;
    for (std::int64_t i = 0; i < count; ++i) {
        const double value = tensor.at(i);
        least = std::min(least, value);
        most = std::max(most, value);
        sum += value;
        zeros += value == 0;
    }
    result.rows.emplace_back(tr("range"), tr("%1 to %2, mean %3").arg(least).arg(most).arg(sum / count));
    if (zeros > 0)
        result.rows.emplace_back(tr("zeros"), tr("%1 of %2").arg(zeros).arg(count));
}

void describeConstant(const Module& module, const std::string& name, Inspection& result)
{
    constexpr std::int64_t mostRead = 1 << 24;  // elements
    const auto found = module.constants.find(name);
    if (found == module.constants.end())
        return;
    result.kind = tr("constant");
    const TensorType& type = found->second->type();
    const auto bytes = byteCount(type);
    result.rows.emplace_back(tr("type"), text(toString(type)));
    if (!bytes)
        return;
    result.rows.emplace_back(tr("size"), formatBytes(static_cast<double>(*bytes)));
    if (*bytes > mostRead * 4)
        return void(result.rows.emplace_back(tr("values"), tr("too many to read for a look")));
    const auto tensor = toTensor(*found->second);
    if (!tensor)
        return void(result.rows.emplace_back(tr("values"), text(tensor.error().message)));
    result.rows.emplace_back(tr("values"), valuesText(*tensor));
    if (tensor->count() > 0 && tensor->strings.empty())
        describeStatistics(*tensor, result);
}

void addSources(const State& state, const LoweredState& lowered, const Place& place, Inspection& result)
{
    const Lit lit = counterparts(place, *state.module, &lowered);
    QStringList names;
    for (const Cursor& cursor : lit.inModule)
        if (cursor.kind == NodeKind::Operator && cursor != place.cursor) {
            result.sources.push_back(cursor);
            names << text(cursor.name);
        }
    if (names.isEmpty())
        return;
    const auto shown = names.mid(0, 4).join(QStringLiteral(", "))
                       + (names.size() > 4 ? tr(" and %1 more").arg(names.size() - 4) : QString());
    result.rows.emplace(result.rows.begin(), tr("from"), shown);
}

// "classifier.py, line 10: return linear(x)": of a stack as Python writes it, the frame that is a person's, which comes
// first.
QString firstFrame(const std::string& stack)
{
    static const QRegularExpression frame(
        QStringLiteral("File \"(?:[^\"]*/)?([^\"/]+)\", line (\\d+)[^\\n]*\\n\\s*([^\\n]*)"));
    const auto match = frame.match(text(stack));
    return match.hasMatch() ? tr("%1, line %2: %3").arg(match.captured(1), match.captured(2), match.captured(3))
                            : QString();
}

// The key without the names of packages before it.
QString shortKey(const std::string& key) { return text(key.substr(key.rfind('.') + 1)); }

void describeNotes(const onnx::Notes& notes, bool whole, Inspection& result)
{
    for (const auto& [key, value] : notes.values)
        if (const QString line = shortKey(key) == QLatin1String("stack_trace") ? firstFrame(value) : QString();
            !line.isEmpty()
            && std::find(result.rows.begin(), result.rows.end(), std::pair(tr("source"), line)) == result.rows.end())
            result.rows.emplace(result.rows.begin(), tr("source"), line);  // where it comes from stands first
    if (!whole)
        return;
    if (!notes.text.empty())
        result.rows.emplace_back(tr("note"), text(notes.text).trimmed());
    for (const auto& [key, value] : notes.values)
        result.rows.emplace_back(shortKey(key), text(value).trimmed());
}

// What the file says of the nodes that the selected one stands for: all of it where that is one.
void addNotes(const State& state, const LoweredState* lowered, const Place& place, const NotesOfFile& file,
              Inspection& result)
{
    std::set<std::shared_ptr<const onnx::Notes>> found;
    const Lit lit = counterparts(place, *state.module, lowered);
    for (const Cursor& cursor : lit.inModule)
        for (const Cursor& origin : cursor.kind == NodeKind::Operator
                                        ? file.session->forwardBetween(state.id, 0, cursor)
                                        : std::vector<Cursor>())
            if (const auto function = file.notes->find(origin.function); function != file.notes->end())
                if (const auto node = function->second.find(origin.name); node != function->second.end())
                    found.insert(node->second);
    for (const auto& notes : found)
        describeNotes(*notes, found.size() == 1, result);
}

}  // namespace

QString attributeText(const Attribute& attribute)
{
    QStringList parts;
    const auto list = [&parts](const auto& values) {
        for (const auto& value : values)
            parts << QString::number(value);
        return QLatin1Char('[') + parts.join(QStringLiteral(", ")) + QLatin1Char(']');
    };
    if (const auto* v = std::get_if<std::int64_t>(&attribute))
        return QString::number(*v);
    if (const auto* v = std::get_if<float>(&attribute))
        return QString::number(*v);
    if (const auto* v = std::get_if<std::string>(&attribute))
        return text(*v);
    if (const auto* v = std::get_if<std::vector<std::int64_t>>(&attribute))
        return list(*v);
    if (const auto* v = std::get_if<std::vector<float>>(&attribute))
        return list(*v);
    if (const auto* v = std::get_if<ConstantPtr>(&attribute))
        return text(toString((*v)->type()));
    if (const auto* v = std::get_if<FunctionRef>(&attribute))
        return text(v->name);
    return tr("%1 texts").arg(std::get<std::vector<std::string>>(attribute).size());
}

Inspection inspect(const State& state, const LoweredState* lowered, const Place& place, const NotesOfFile& file)
{
    Inspection result;
    const Module& module = place.lowered && lowered ? lowered->module() : *state.module;
    const Cursor& cursor = place.cursor;
    if (cursor.kind == NodeKind::Constant) {
        result.title = text(cursor.name);
        describeConstant(module, cursor.name, result);
        return result;
    }
    const FunctionPtr function = module.find(cursor.function);
    result.title = text(cursor.name.empty() ? cursor.function : cursor.name);
    result.kind = tr(nodeKindName(cursor.kind))
                  + (cursor.name.empty() ? QString() : tr(" in %1").arg(text(cursor.function)));
    if (!function)
        return result;
    if (cursor.kind == NodeKind::Operator && function->graph())
        describeNode(module, *function, cursor.name, result);
    if (cursor.kind == NodeKind::Value && function->graph())
        describeValue(*function, cursor.name, result);
    if (cursor.kind == NodeKind::Loop && function->loops())
        describeLoop(module, *function, cursor.name, result);
    if (cursor.kind == NodeKind::Block && function->loops())
        describeBlock(*function, cursor.name, result);
    if (cursor.kind == NodeKind::Buffer)
        describeBuffer(*function, cursor.name, result);
    if (cursor.kind == NodeKind::Buffer || cursor.kind == NodeKind::Value)
        describeMemory(*function, cursor.name, result);
    if (!file.notes->empty())
        addNotes(state, lowered, place, file, result);
    if (!lowered)
        return result;
    addSources(state, *lowered, place, result);
    const std::string low = counterparts(place, *state.module, lowered).function(lowered->module());
    if (const FunctionPtr loops = lowered->module().find(low)) {
        describeCost(*loops, result);
        if (lowered->isPreview(low))
            result.rows.emplace_back(tr("level"),
                                     tr("%1 is lowered by default; a step on it lowers it first").arg(text(low)));
    }
    return result;
}

}  // namespace strata
