#include "core/text/printer.h"

#include <algorithm>

namespace strata {

namespace text {

namespace {

std::string operandText(const Operand& operand)
{
    switch (operand.kind) {
    case Operand::Kind::None: return "_";
    case Operand::Kind::Constant: return "@" + nameText(operand.name);
    case Operand::Kind::Value: break;
    }
    return nameText(operand.name);
}

std::string operandsText(const std::vector<Operand>& operands)
{
    std::string text;
    for (const Operand& operand : operands)
        text += (text.empty() ? "" : ", ") + operandText(operand);
    return text;
}

std::string typedText(const TypedName& name)
{
    return (name.name.empty() ? "_" : nameText(name.name)) + ": " + typeText(name.type);
}

std::string typedNamesText(const std::vector<TypedName>& names)
{
    std::string text;
    for (const TypedName& name : names)
        text += (text.empty() ? "" : ", ") + typedText(name);
    return text;
}

// A loops function whose first statement no other level has, so that it need not be said.
bool showsItsLevel(const Function& function)
{
    const LoopsBody* loops = function.loops();
    return loops && !loops->body.empty() && (as<Loop>(loops->body[0]) || as<Alloc>(loops->body[0]));
}

template<class T, class Text>
std::string listText(const std::vector<T>& values, const char* empty, Text text)
{
    if (values.empty())
        return empty;
    std::string result;
    for (const T& value : values)
        result += (result.empty() ? "[" : ", ") + text(value);
    return result + "]";
}

// Attributes whose names mean something else in a call are written in backquotes.
std::string attributeNameText(const std::string& name)
{
    const bool reserved = name == "node" || name == "version" || name == "domain" || name == "out";
    return reserved ? "`" + name + "`" : nameText(name);
}

bool isDotted(std::string_view text)
{
    const std::size_t dot = text.find('.');
    const auto part = [](std::string_view p) { return isIdentifier(p) && !isKeyword(p); };
    if (dot == std::string_view::npos || !part(text.substr(0, dot)))
        return false;
    return part(text.substr(dot + 1)) || isDotted(text.substr(dot + 1));
}

// "f" if it is asserted, "f, derived=exact" if steps made it; what was done to an asserted one since is said, too.
std::string claimText(const Implements& implements)
{
    const std::string definition = nameText(implements.definition);
    if (implements.asserted && implements.effect == Effect::Exact)
        return definition;
    return definition + (implements.asserted ? ", asserted=" : ", derived=") + name(implements.effect);
}

std::string factsText(const SizeFacts& facts, const std::string& between)
{
    std::string all;
    for (const auto& [size, fact] : facts)
        if (const std::string one = factText(nameText(size), fact, between); !one.empty())
            all += (all.empty() ? "" : between) + one;
    return all;
}

std::string conditionText(const Choice& choice)
{
    std::string condition = factsText(choice.where, " and ");
    if (choice.least)
        condition += (condition.empty() ? "isa >= " : " and isa >= ") + std::string(name(*choice.least));
    return condition;
}

std::string choicesText(const std::vector<Choice>& choices)
{
    std::string text;
    for (const Choice& choice : choices) {
        text += (text.empty() ? "" : ", ") + nameText(choice.implementation);
        if (const std::string condition = conditionText(choice); !condition.empty())
            text += " if " + condition;
    }
    return text;
}

std::string calleeText(const LibraryCall& call)
{
    if (call.kind == LibraryCall::Callee::Function)
        return nameText(call.callee);
    return isDotted(call.callee) ? call.callee : "routine " + nameText(call.callee);
}

std::ptrdiff_t lineCount(const std::string& text)
{
    return std::count(text.begin(), text.end(), '\n') + (!text.empty() && text.back() != '\n');
}

std::string outputsText(const std::vector<std::string>& outputs)
{
    if (outputs.size() == 1)
        return nameText(outputs[0]);
    std::string text = "(";
    for (std::size_t i = 0; i < outputs.size(); ++i)
        text += (i ? ", " : "") + nameText(outputs[i]);
    return text + ")";
}

}  // namespace

namespace {

// Where a text goes on in the next line: behind a comma within as few brackets as possible, as far right as it fits.
// Only there, since the parser takes a line's end within brackets for none; the whole text where there is no such
// place. `depth`: brackets that are open at its begin, and then at the break.
std::size_t breakOf(std::string_view text, std::size_t width, int& depth)
{
    std::size_t best = text.size();
    constexpr int ofIndex =
        8;  // a list of indices stays together where anything else can be parted, or is little too long
    int open = depth, fewest = 0;
    char quote = 0;
    const auto partsIndices = [&] { return best < text.size() && fewest - depth >= ofIndex; };
    const std::size_t little = width + width / 5;
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        if (i >= width && best < text.size() && !(partsIndices() && i < little))
            break;
        const char c = text[i];
        if (quote) {
            i += c == '\\';
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '`') {
            quote = c;
        } else {
            open += (c == '(') - (c == ')') + ofIndex * ((c == '[') - (c == ']'));
            if (c != ',' || open < 1 || text[i + 1] != ' ' || (best < text.size() && open > fewest)
                || (i >= width && partsIndices() && open - depth >= ofIndex))
                continue;
            best = i + 1;
            fewest = open;
        }
    }
    if (partsIndices() && text.size() < little)
        return text.size();
    depth = fewest;
    return best;
}

}  // namespace

void Printer::line(const std::string& text, std::vector<Cursor> cursors)
{
    std::string indent(std::size_t(m_indent) * 4, ' ');
    std::string_view rest = text;
    int depth = 0;
    while (m_form == Form::Short && indent.size() + rest.size() > widest) {
        const std::size_t end = breakOf(rest, widest - std::min(widest, indent.size()), depth);
        if (end == rest.size())
            break;
        m_lines.push_back({indent + std::string(rest.substr(0, end)), cursors});
        rest.remove_prefix(end + 1);
        indent.assign(std::size_t(m_indent) * 4 + 8, ' ');
    }
    m_lines.push_back({indent + std::string(rest), std::move(cursors)});
}

void Printer::raw(const std::string& head, const std::string& text, bool numbered)
{
    if (text.empty() || text.back() == '"' || text.find("\"\"\"") != std::string::npos) {
        std::vector<Cursor> shown = enclosing();
        for (std::ptrdiff_t number = 1, last = lineCount(text); numbered && number <= last; ++number)
            shown.push_back(cursor(NodeKind::Line, std::to_string(number)));
        line(head + stringText(text), std::move(shown));
        return;
    }
    line(head + "\"\"\"", enclosing());
    std::size_t begin = 0;
    for (int number = 1; begin < text.size(); ++number) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        std::vector<Cursor> shown = numbered ? std::vector{cursor(NodeKind::Line, std::to_string(number))}
                                             : enclosing();
        m_lines.push_back({text.substr(begin, end - begin), std::move(shown)});
        begin = end + 1;
    }
    if (text.back() == '\n')
        m_lines.push_back({"\"\"\"", enclosing()});
    else
        m_lines.back().text += "\"\"\"";
}

void Printer::module(const Module& module)
{
    header(module);
    if (!module.constants.empty())
        line("", {});
    for (const auto& [name, value] : module.constants)
        constant(name, *value);
    for (const IntrinsicPtr& one : module.intrinsics)
        intrinsic(*one);
    for (const FunctionPtr& one : module.functions) {
        line("", {});
        function(*one);
    }
}

void Printer::header(const Module& module)
{
    const Target& target = module.target;
    std::string text = "module " + nameText(module.name) + "(";
    if (!module.entry.empty())
        text += "entry=" + nameText(module.entry) + ", ";
    text += std::string("isa=") + name(target.isa) + ", threads=" + std::to_string(target.threads);
    if (target.l1Bytes != 0 || target.l2Bytes != 0 || target.l3Bytes != 0)
        text += ", l1=" + std::to_string(target.l1Bytes) + ", l2=" + std::to_string(target.l2Bytes)
                + ", l3=" + std::to_string(target.l3Bytes);
    line(text + "):", {});
}

void Printer::constant(const std::string& name, const Constant& value)
{
    const std::optional<std::string> elements = elementsText(value);
    line("const @" + nameText(name) + ": " + typeText(value.type()) + (elements ? " = " + *elements : ""),
         {{"", NodeKind::Constant, name}});
}

void Printer::intrinsic(const Intrinsic& intrinsic)
{
    line("", {});
    line("intrinsic " + nameText(intrinsic.name) + ":", {});
    ++m_indent;
    if (intrinsic.description)
        function(*intrinsic.description);
    if (!intrinsic.implementation.empty())
        raw("implementation ", intrinsic.implementation, false);
    if (!intrinsic.description && intrinsic.implementation.empty())
        line("pass", {});
    --m_indent;
}

void Printer::signature(const Function& function)
{
    const Cursor own = functionCursor(function.name);
    std::string level = std::string("@") + name(function.level());
    if (const LibraryBody* library = function.library(); library && library->arenaBytes)
        level += "(arena=" + std::to_string(library->arenaBytes) + ")";
    if (!function.graph() && !(m_form == Form::Short && showsItsLevel(function)))
        line(level, {own});
    std::string facts;
    for (const auto& [key, value] : function.attributes)
        facts += (facts.empty() ? "" : ", ") + nameText(key) + "=" + stringText(value);
    if (!facts.empty())
        line("@attributes(" + facts + ")", {own});
    if (function.implements)
        line("@implements(" + claimText(*function.implements) + ")", {own});
    if (!function.choices.empty())
        line("@choose(" + choicesText(function.choices) + ")", {own});
    if (const std::string assumed = factsText(function.facts, ", "); !assumed.empty())
        line("@assume(" + assumed + ")", {own});
    std::string told;
    for (const ToldSize& one : function.told)
        told += (told.empty() ? "" : ", ") + nameText(one.size) + " = " + nameText(one.by) + "["
                + std::to_string(one.element) + "] <= " + dimText(one.most);
    if (!told.empty())
        line("@told(" + told + ")", {own});
    std::string inouts;
    for (const auto& [result, parameter] : function.inouts)
        inouts += (inouts.empty() ? "" : ", ") + nameText(result) + "=" + nameText(parameter);
    if (!inouts.empty())
        line("@inout(" + inouts + ")", {own});
    std::vector<Cursor> shown{own};
    const NodeKind kind = function.graph() ? NodeKind::Value : NodeKind::Buffer;
    for (const TypedName& name : function.params)
        shown.push_back(cursor(kind, name.name));
    for (const TypedName& name : function.results)
        if (!function.graph())
            shown.push_back(cursor(kind, name.name));
    line("def " + nameText(function.name) + "(" + typedNamesText(function.params) + ") -> ("
             + typedNamesText(function.results) + "):",
         shown);
}

void Printer::function(const Function& function)
{
    m_function = function.name;
    m_enclosing = functionCursor(function.name);
    m_around.clear();
    signature(function);
    ++m_indent;
    std::visit([this](const auto& body) { content(body); }, function.body);
    --m_indent;
}

void Printer::content(const GraphBody& body)
{
    for (const GraphNodePtr& one : body.nodes)
        node(*one);
    const std::string operands = operandsText(body.returns);
    line(operands.empty() ? "return" : "return " + operands, enclosing());
}

void Printer::content(const LoopsBody& loops)
{
    body(loops.body);
    if (loops.body.empty())
        line("pass", enclosing());
}

void Printer::content(const LibraryBody& body)
{
    for (const LibraryStmtPtr& one : body.statements)
        std::visit([this](const auto& stmt) { libraryStmt(stmt); }, *one);
    if (body.statements.empty())
        line("pass", enclosing());
}

void Printer::content(const HardwareBody& body) { raw("", body.llvm, true); }

void Printer::node(const GraphNode& node)
{
    std::vector<Cursor> shown{cursor(NodeKind::Operator, node.name)};
    for (const TypedName& output : node.outputs)
        if (!output.name.empty())
            shown.push_back(cursor(NodeKind::Value, output.name));
    std::string text = typedNamesText(node.outputs) + (node.outputs.empty() ? "" : " = ");
    text += node.isCall() ? "call " + nameText(node.callee) : nameText(node.op);
    text += "(" + operandsText(node.inputs) + (node.inputs.empty() ? "" : ", ");
    const std::string attributes = attributesText(node.name, node.attributes);
    text += attributes + (attributes.empty() ? "" : ", ") + "node=" + stringText(node.name);
    if (!node.domain.empty())
        text += ", domain=" + stringText(node.domain);
    if (node.version != 0)
        text += ", version=" + std::to_string(node.version);
    line(text + ")", shown);
}

std::string Printer::attributeText(const std::string& node, const std::string& name, const Attribute& attribute) const
{
    const auto asFloat = [](float value) { return floatText(value, DType::F32); };
    if (const auto* value = std::get_if<std::int64_t>(&attribute))
        return std::to_string(*value);
    if (const auto* value = std::get_if<float>(&attribute))
        return asFloat(*value);
    if (const auto* value = std::get_if<std::string>(&attribute))
        return stringText(*value);
    if (const auto* value = std::get_if<std::vector<std::int64_t>>(&attribute))
        return listText(*value, "[]", [](std::int64_t x) { return std::to_string(x); });
    if (const auto* value = std::get_if<std::vector<float>>(&attribute))
        return listText(*value, "floats()", asFloat);
    if (const auto* value = std::get_if<std::vector<std::string>>(&attribute))
        return listText(*value, "strings()", stringText);
    if (const auto* value = std::get_if<FunctionRef>(&attribute))
        return "function(" + nameText(value->name) + ")";
    const Constant& constant = *std::get<ConstantPtr>(attribute);
    const std::string elements = elementsText(constant).value_or(
        "@" + nameText(attributeConstantName(m_function, node, name)));
    return "tensor(" + typeText(constant.type()) + ", " + elements + ")";
}

std::string Printer::attributesText(const std::string& node, const Attributes& attributes) const
{
    std::string text;
    for (const auto& [name, value] : attributes)
        text += (text.empty() ? "" : ", ") + attributeNameText(name) + "=" + attributeText(node, name, value);
    return text;
}

void Printer::libraryStmt(const AllocateBuffer& allocation)
{
    std::string text = nameText(allocation.name) + " = alloc " + typeText(allocation.type);
    if (allocation.slot)
        text += " at arena[" + std::to_string(allocation.slot->offset) + ":+" + std::to_string(allocation.slot->bytes)
                + "]";
    if (allocation.storage)
        text += " in storage " + std::to_string(*allocation.storage);
    line(text, {cursor(NodeKind::Buffer, allocation.name)});
}

void Printer::libraryStmt(const ViewBuffer& view)
{
    line(nameText(view.name) + " = view(" + operandText(view.source) + ", " + typeText(view.type) + ")",
         {cursor(NodeKind::Buffer, view.name)});
}

void Printer::libraryStmt(const LibraryCall& call)
{
    const std::string attributes = attributesText(call.name, call.attributes);
    const std::string inputs = operandsText(call.inputs);
    line(calleeText(call) + "(" + inputs + (inputs.empty() ? "" : ", ") + "out=" + outputsText(call.outputs)
             + (attributes.empty() ? "" : ", ") + attributes + ", node=" + stringText(call.name) + ")",
         {cursor(NodeKind::Operator, call.name)});
}

void Printer::libraryStmt(const CopyBuffer& copy)
{
    line("copy(" + operandText(copy.source) + ", out=" + nameText(copy.target) + ")", enclosing());
}

}  // namespace text

namespace {

std::string joinLines(const std::vector<TextLine>& lines)
{
    std::string text;
    for (const TextLine& line : lines)
        text += line.text + "\n";
    return text;
}

}  // namespace

std::vector<TextLine> printLines(const Module& module, Form form)
{
    text::Printer printer(form);
    printer.module(module);
    return printer.take();
}

std::vector<TextLine> printLines(const Function& function, Form form)
{
    text::Printer printer(form);
    printer.function(function);
    return printer.take();
}

std::string print(const Module& module) { return joinLines(printLines(module)); }
std::string print(const Function& function, Form form) { return joinLines(printLines(function, form)); }
std::string print(const ExprPtr& expression) { return text::exprText(expression); }

std::string print(const Body& body)
{
    text::Printer printer;
    printer.body(body);
    return joinLines(printer.take());
}

}  // namespace strata
