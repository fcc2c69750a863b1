#include "app/graph/group_names.h"

#include "app/graph/family.h"

#include <algorithm>
#include <array>
#include <map>

namespace strata {

namespace {

constexpr std::size_t operatorsNamed = 3;

bool isNumber(const std::string& text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

Scopes split(const std::string& name, char separator)
{
    Scopes parts;
    std::size_t at = 0;
    for (std::size_t next; (next = name.find(separator, at)) != std::string::npos; at = next + 1) {
        const std::string part = name.substr(at, next - at);
        if (isNumber(part) && !parts.empty())
            parts.back() += '.' + part;
        else if (!part.empty())
            parts.push_back(part);
    }
    return parts;  // what stands behind the last separator names the node or the weight itself
}

Scopes scopesOf(const std::string& name)
{
    if (name.find('/') != std::string::npos)
        return split(name, '/');
    return name.find("::") == std::string::npos ? split(name, '.') : Scopes();
}

std::string withoutNumber(std::string scope)
{
    while (!scope.empty() && std::isdigit(static_cast<unsigned char>(scope.back())))
        scope.pop_back();
    while (!scope.empty() && (scope.back() == '.' || scope.back() == '_'))
        scope.pop_back();
    return scope;
}

// Names of containers, which say nothing of what is in them.
bool saysLittle(std::string scope)
{
    while (!scope.empty() && !std::isalpha(static_cast<unsigned char>(scope.back())))
        scope.pop_back();
    static const std::array names{"block",  "blocks", "conv",   "dense", "feature", "features",
                                  "h",      "layer",  "layers", "m",     "main",    "model",
                                  "module", "net",    "output", "self",  "stage",   "sequential"};
    return scope.size() < 2 || std::find(names.begin(), names.end(), scope) != names.end();
}

struct Held {
    int convolutions = 0, depthwise = 0, pointwise = 0, products = 0, productsAfterSoftmax = 0, softmaxes = 0,
        joins = 0, activations = 0;
};

std::int64_t attributeOr(const GraphNode& node, const char* name, std::int64_t otherwise)
{
    const auto found = node.attributes.find(name);
    const auto* value = found == node.attributes.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
    return value ? *value : otherwise;
}

bool isPointwise(const GraphNode& node)
{
    const auto found = node.attributes.find("kernel_shape");
    const auto* sizes = found == node.attributes.end() ? nullptr
                                                       : std::get_if<std::vector<std::int64_t>>(&found->second);
    return sizes && std::all_of(sizes->begin(), sizes->end(), [](std::int64_t size) { return size == 1; });
}

bool isActivation(const std::string& op)
{
    static const std::array names{"Elu", "Erf", "Gelu", "HardSwish", "LeakyRelu", "Relu", "Sigmoid", "Swish", "Tanh"};
    return std::find(names.begin(), names.end(), op) != names.end();
}

Held heldBy(const GraphBody& body, const std::vector<int>& nodes)
{
    Held held;
    for (const int index : nodes) {
        const GraphNode& node = *body.nodes[index];
        if (node.op == "Conv") {
            ++held.convolutions;
            held.depthwise += attributeOr(node, "group", 1) > 1;
            held.pointwise += isPointwise(node);
        }
        if (familyOf(node) == Family::Product && node.op != "Conv") {
            ++held.products;
            held.productsAfterSoftmax += held.softmaxes > 0;
        }
        held.softmaxes += node.op == "Softmax";
        held.activations += isActivation(node.op);
        held.joins += node.op == "Add" && std::all_of(node.inputs.begin(), node.inputs.end(), [](const Operand& input) {
                          return input.kind == Operand::Kind::Value;
                      });
    }
    return held;
}

// The structures that papers have names for.
std::string structureName(const Held& held)
{
    if (held.softmaxes > 0 && held.products >= 2)
        return held.productsAfterSoftmax >= 4 ? "transformer layer" : "attention";
    if (held.depthwise > 0 && held.convolutions <= 6)
        return held.pointwise >= 2 ? "inverted residual" : held.pointwise == 1 ? "separable convolution" : "";
    if (held.joins > 0 && held.convolutions >= 2 && held.convolutions <= 4)
        return held.pointwise >= 2 ? "bottleneck" : "residual block";
    if (held.convolutions == 0 && (held.products == 2 || held.products == 3) && held.activations == 1)
        return "feed-forward";
    return {};
}

// "MatMul · Add · Gelu": what computes, in order, each once; what only moves data if there is nothing else.
std::string operatorsOf(const GraphBody& body, const std::vector<int>& nodes)
{
    std::vector<std::string> names;
    for (const bool free : {false, true}) {
        for (const int index : nodes) {
            const GraphNode& node = *body.nodes[index];
            const std::string name = node.isCall() ? withoutNumber(node.callee) : node.op;
            const bool moves = familyOf(node) == Family::Layout;
            if (moves == free && std::find(names.begin(), names.end(), name) == names.end())
                names.push_back(name);
        }
        if (!names.empty())
            break;
    }
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), operatorsNamed); ++i)
        text += (i ? " · " : "") + names[i];
    return names.size() > operatorsNamed ? text + " …" : text;
}

std::string contentName(const GraphBody& body, const std::vector<int>& nodes)
{
    const std::string name = structureName(heldBy(body, nodes));
    return name.empty() ? operatorsOf(body, nodes) : name;
}

// By the last scope, or by the last two where the last says little: "encoder layer".
std::string scopeName(const Scopes& scopes)
{
    if (scopes.empty())
        return {};
    const std::string last = scopes.back();
    if (!saysLittle(last))
        return last;
    const std::string parent = scopes.size() > 1 ? scopes[scopes.size() - 2] : std::string();
    return saysLittle(parent) ? std::string() : parent + ' ' + last;
}

}  // namespace

std::vector<Scopes> nodeScopes(const GraphBody& body)
{
    std::map<std::string, int> readers;
    for (const GraphNodePtr& node : body.nodes)
        for (const Operand& input : node->inputs)
            if (input.kind == Operand::Kind::Constant)
                ++readers[input.name];
    std::vector<Scopes> result;
    for (const GraphNodePtr& node : body.nodes) {
        Scopes scopes = scopesOf(node->name);
        for (const Operand& input : node->inputs)
            if (scopes.empty() && input.kind == Operand::Kind::Constant && readers[input.name] == 1)
                scopes = scopesOf(input.name);
        result.push_back(std::move(scopes));
    }
    return result;
}

Scopes commonScopes(const std::vector<Scopes>& scopes, const std::vector<int>& nodes)
{
    const Scopes* common = nullptr;
    std::size_t depth = 0;
    for (const int node : nodes) {
        if (scopes[node].empty())
            continue;
        if (!common) {
            common = &scopes[node];
            depth = common->size();
        }
        const auto [a, b] = std::mismatch(common->begin(), common->begin() + depth, scopes[node].begin(),
                                          scopes[node].end());
        depth = a - common->begin();
    }
    return common ? Scopes(common->begin(), common->begin() + depth) : Scopes();
}

std::string groupName(const GraphBody& body, const std::vector<Scopes>& scopes, const std::vector<int>& nodes)
{
    const auto known = std::count_if(nodes.begin(), nodes.end(), [&](int node) { return !scopes[node].empty(); });
    const bool fewKnown = known * 3 < static_cast<std::ptrdiff_t>(nodes.size());  // these may belong deeper in it
    const std::string name = fewKnown ? std::string() : scopeName(commonScopes(scopes, nodes));
    return name.empty() ? contentName(body, nodes) : name;
}

std::string repeatName(const GraphBody& body, const std::vector<Scopes>& scopes, const std::vector<int>& first,
                       const std::vector<int>& second)
{
    Scopes a = commonScopes(scopes, first);
    const Scopes b = commonScopes(scopes, second);
    const std::size_t differs = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
    const bool numbered = differs < a.size() && differs < b.size()
                          && withoutNumber(a[differs]) == withoutNumber(b[differs]);
    a.resize(numbered ? differs + 1 : differs);
    if (numbered)
        a.back() = withoutNumber(a.back());
    const std::string name = numbered ? scopeName(a) : std::string();
    return name.empty() ? contentName(body, first) : name;
}

}  // namespace strata
