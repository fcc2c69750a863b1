// The table is text, made by scripts/onnx-schema, and read once. A node is held to the newest signature that is no
// newer than its version; element types are those of all versions, since an old model that uses what later ones allow
// is no danger.
#include "core/operators/schema.h"

#include "core/operators/rules.h"

#include <algorithm>
#include <map>
#include <sstream>

namespace strata {

namespace {

#include "core/operators/schema_table.inc"

// Element types as a set of bits; one more for what is no tensor of a type that Strata holds.
using TypeSet = std::uint32_t;
constexpr TypeSet otherTypes = TypeSet(1) << 31;

struct Formal {
    std::string name;
    std::string variable;  // inputs of the same variable have the same type; empty: of no other's
    TypeSet allowed = 0;
    bool optional = false, variadic = false;
};

struct Schema {
    int since = 1;
    std::vector<Formal> inputs, outputs;
    std::map<std::string, std::string> attributes;  // name -> kind, with a "!" if a node must have it
};

using Versions = std::map<int, Schema>;

std::vector<std::string> splitAt(const std::string& text, char separator)
{
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);)
        if (!part.empty())
            parts.push_back(part);
    return parts;
}

TypeSet typeSet(const std::string& text)
{
    static const std::map<std::string, std::string> sets{
        {"any", "tensor,other"},
        {"tensor", "tiny,classic"},
        {"classic", "bool,number,string"},
        {"number", "i8,i16,i32,i64,u8,u16,u32,u64,float"},
        {"float", "f16,bf16,f32,f64"},
        {"tiny", "i2,i4,u2,u4,f4e2m1,f8e4m3fn,f8e4m3fnuz,f8e5m2,f8e5m2fnuz,f8e8m0"},
    };
    TypeSet result = 0;
    for (const std::string& word : splitAt(text, ',')) {
        const auto dtype = dtypeByName(word);
        const auto named = sets.find(word);
        // "string" is both an element type and no set; "float" is a set only.
        result |= named != sets.end() ? typeSet(named->second) : dtype ? TypeSet(1) << int(*dtype) : otherTypes;
    }
    return result;
}

// "X:T", "axes:i64?", "inputs:T*" (any number of one type), "outputs:V+" (any number of any types).
Formal formalOf(const std::string& text, const std::map<std::string, TypeSet>& variables)
{
    const std::size_t colon = text.find(':');
    Formal formal{text.substr(0, colon), text.substr(colon + 1), 0, false, false};
    const char last = formal.variable.back();
    formal.optional = last == '?';
    formal.variadic = last == '*' || last == '+';
    if (formal.optional || formal.variadic)
        formal.variable.pop_back();
    const auto found = variables.find(formal.variable);
    formal.allowed = found == variables.end() ? typeSet(formal.variable) : found->second;
    if (found == variables.end() || last == '+')
        formal.variable.clear();
    return formal;
}

std::vector<Formal> formalsOf(const std::string& text, const std::map<std::string, TypeSet>& variables)
{
    std::vector<Formal> formals;
    for (const std::string& word : splitAt(text, ' '))
        formals.push_back(formalOf(word, variables));
    return formals;
}

std::pair<std::string, Schema> schemaOf(const std::string& line)
{
    std::vector<std::string> parts = splitAt(line, '|');
    parts.resize(5);
    const std::vector<std::string> head = splitAt(parts[0], ' ');
    std::map<std::string, TypeSet> variables;
    for (const std::string& word : splitAt(parts[3], ' '))
        variables[word.substr(0, word.find('='))] = typeSet(word.substr(word.find('=') + 1));
    Schema schema{std::stoi(head[1]), formalsOf(parts[1], variables), formalsOf(parts[2], variables), {}};
    for (const std::string& word : splitAt(parts[4], ' '))
        schema.attributes[word.substr(0, word.find(':'))] = word.substr(word.find(':') + 1);
    return {head[0], std::move(schema)};
}

const std::map<std::string, Versions>& allSchemas()
{
    static const std::map<std::string, Versions> all = [] {
        std::map<std::string, Versions> result;
        for (const char* line : schemaLines) {
            auto [name, schema] = schemaOf(line);
            const int since = schema.since;
            result[name].emplace(since, std::move(schema));
        }
        return result;
    }();
    return all;
}

// nullptr: no operator of ONNX's default domain.
const Versions* findVersions(const GraphNode& node)
{
    if (node.isCall() || !(node.domain.empty() || node.domain == "ai.onnx"))
        return nullptr;
    const auto versions = allSchemas().find(node.op);
    return versions == allSchemas().end() ? nullptr : &versions->second;
}

// The signature that holds for a node: the newest that is no newer than it.
const Schema* find(const GraphNode& node)
{
    const Versions* versions = findVersions(node);
    if (!versions)
        return nullptr;
    const auto after = node.version == 0 ? versions->end() : versions->upper_bound(node.version);
    return after == versions->begin() ? nullptr : &std::prev(after)->second;
}

const char* kindOf(const Attribute& attribute)
{
    static constexpr const char* kinds[]{"int", "float", "string", "ints", "floats", "strings", "tensor", "graph"};
    return kinds[attribute.index()];
}

std::string listed(const std::map<std::string, std::string>& attributes)
{
    std::string text;
    for (const auto& [name, kind] : attributes)
        text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "It has none." : "It has " + text + ".";
}

std::string typesText(TypeSet set)
{
    std::string text;
    for (int i = 0; i <= int(DType::String); ++i)
        if (set & (TypeSet(1) << i))
            text += (text.empty() ? "" : ", ") + std::string(name(DType(i)));
    return text.empty() ? "no tensor" : text;
}

Status checkCounts(const GraphNode& node, const Schema& schema)
{
    const bool endless = !schema.inputs.empty() && schema.inputs.back().variadic;
    if (!endless && node.inputs.size() > schema.inputs.size())
        return nodeError(node, "has " + std::to_string(node.inputs.size()) + " inputs; it takes "
                                   + std::to_string(schema.inputs.size()) + ".");
    for (std::size_t i = schema.inputs.size() - 1; endless && i < node.inputs.size(); ++i)
        if (node.inputs[i].kind == Operand::Kind::None)
            return nodeError(node, "leaves out input " + std::to_string(i) + ", which it needs.");
    const bool endlessOutputs = !schema.outputs.empty() && schema.outputs.back().variadic;
    if (!endlessOutputs && node.outputs.size() > schema.outputs.size())
        return nodeError(node, "has " + std::to_string(node.outputs.size()) + " outputs; it gives "
                                   + std::to_string(schema.outputs.size()) + ".");
    return {};
}

}  // namespace

int newestKnownOpset() { return newestOpset; }
int newestKnownFormat() { return newestFormat; }

Status checkAttributes(const GraphNode& node)
{
    const Schema* schema = find(node);
    if (!schema)
        return {};
    for (const auto& [name, attribute] : node.attributes) {
        const auto known = schema->attributes.find(name);
        if (known == schema->attributes.end())
            return nodeError(node, "has an attribute " + name + ", which this operator does not know.",
                             listed(schema->attributes));
        const std::string kind = known->second.substr(0, known->second.find('!'));
        if (kind != kindOf(attribute))
            return nodeError(node, "has the attribute " + name + " as " + kindOf(attribute) + "; it is of the kind "
                                       + kind + ".");
    }
    for (const auto& [name, kind] : schema->attributes)
        if (kind.back() == '!' && node.attributes.count(name) == 0)
            return nodeError(node, "has no attribute " + name + ", which it needs.");
    return {};
}

Status checkSignature(const InferContext& context)
{
    const Schema* schema = find(context.node);
    const Versions* versions = findVersions(context.node);
    if (!schema && versions)
        return nodeError(context.node, "is no operator of version " + std::to_string(context.node.version)
                                           + " of the operator set; it came with version "
                                           + std::to_string(versions->begin()->first) + ".");
    if (!schema)
        return {};
    STRATA_CHECK(checkCounts(context.node, *schema));
    std::map<std::string, std::size_t> bound;  // variable -> the input that showed its type
    for (std::size_t i = 0; i < context.inputs.size() && !schema->inputs.empty(); ++i) {
        const Formal& formal = schema->inputs[std::min(i, schema->inputs.size() - 1)];
        if (!given(context, i) || context.inputs[i].kind != ValueType::Kind::Tensor)
            continue;
        const DType dtype = dtypeOf(context, i);
        if ((formal.allowed & (TypeSet(1) << int(dtype))) == 0)
            return nodeError(context.node, "has " + inputText(i, formal.name) + " of the type " + name(dtype)
                                               + "; it takes " + typesText(formal.allowed) + ".");
        if (formal.variable.empty())
            continue;
        const auto [first, isNew] = bound.emplace(formal.variable, i);
        if (!isNew && dtypeOf(context, first->second) != dtype)
            return nodeError(context.node, "has " + inputText(i, formal.name) + " of the type " + name(dtype)
                                               + " beside input " + std::to_string(first->second) + " of the type "
                                               + name(dtypeOf(context, first->second)) + "; they have one type.");
    }
    return {};
}

}  // namespace strata
