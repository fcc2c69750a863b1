// What the loops of a node depend on, as text: operator, version, attributes, types of inputs and outputs, and the
// values of small constants that become part of the code. Two nodes with one key have the same loops, up to names.
#include "passes/lowering/node_key.h"

namespace strata {

namespace {

template<class T>
void append(std::string& key, const std::vector<T>& values)
{
    key += '[';
    for (const T& value : values)
        if constexpr (std::is_same_v<T, std::string>)
            key += std::to_string(value.size()) + ':' + value + ',';
        else
            key += std::to_string(value) + ',';
    key += ']';
}

void append(std::string& key, const Attribute& attribute)
{
    key += char('0' + attribute.index());
    if (const auto* integer = std::get_if<std::int64_t>(&attribute))
        key += std::to_string(*integer);
    else if (const auto* real = std::get_if<float>(&attribute))
        key.append(reinterpret_cast<const char*>(real), sizeof *real);
    else if (const auto* text = std::get_if<std::string>(&attribute))
        append(key, std::vector<std::string>{*text});
    else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute))
        append(key, *integers);
    else if (const auto* reals = std::get_if<std::vector<float>>(&attribute))
        key.append(reinterpret_cast<const char*>(reals->data()), reals->size() * sizeof(float));
    else if (const auto* texts = std::get_if<std::vector<std::string>>(&attribute))
        append(key, *texts);
    else if (const auto* constant = std::get_if<ConstantPtr>(&attribute))
        key += (*constant)->hash() ? *(*constant)->hash()
                                   : std::to_string(reinterpret_cast<std::uintptr_t>(constant->get()));
    else if (const auto* function = std::get_if<FunctionRef>(&attribute))
        key += function->name;
    key += ';';
}

const std::vector<std::string>& inputNames(const GraphNode& node)
{
    static const std::vector<std::string> weighted{"x", "w", "b"}, one{"x"},
        many{"a", "b", "c", "d", "e", "f", "g", "h"};
    if (node.inputs.size() == 1)
        return one;
    return node.op == "Conv" || node.op == "Gemm" || node.op == "ConvTranspose" ? weighted : many;
}

}  // namespace

bool becomesCode(const TensorType& type)
{
    const std::int64_t limit =
        isFloat(type.dtype) ? 8 : 4096;  // a Resize's scales; a Reshape's shape, a Slice's bounds, a Gather's indices
    return elementCount(type.shape).value_or(limit + 1) <= limit;
}

std::string nodeKey(const GraphNode& node, const std::vector<ValueType>& inputs,
                    const std::function<std::optional<Tensor>(std::size_t)>& constantInputs)
{
    std::string key = node.domain + '.' + node.op + '.' + std::to_string(node.version) + '|';
    for (const auto& [name, attribute] : node.attributes) {
        key += name + '=';
        append(key, attribute);
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        key += '|' + (node.inputs[i].kind == Operand::Kind::None ? std::string("_") : toString(inputs[i]));
        if (const std::optional<Tensor> value = constantInputs(i))
            key.append("=").append(reinterpret_cast<const char*>(value->bytes.data()), value->bytes.size());
    }
    for (const TypedName& output : node.outputs)
        key += '>' + (output.name.empty() ? std::string("_") : toString(output.type));
    return key;
}

GraphNode plainlyNamed(const GraphNode& node)
{
    GraphNode result = node;
    const std::vector<std::string>& names = inputNames(node);
    for (std::size_t i = 0; i < result.inputs.size(); ++i) {
        if (result.inputs[i].kind == Operand::Kind::None)
            continue;
        result.inputs[i] = Operand::value(i < names.size() ? names[i] : "x" + std::to_string(i));
    }
    for (std::size_t i = 0; i < result.outputs.size(); ++i)
        if (!result.outputs[i].name.empty())
            result.outputs[i].name = i == 0 ? "y" : "y" + std::to_string(i);
    return result;
}

}  // namespace strata
