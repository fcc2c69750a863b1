#include "core/operators/shape_values.h"
#include "core/operators/views.h"

#include "core/operators/rules.h"

#include <algorithm>

namespace strata {

namespace {
using Inputs = std::vector<std::optional<DimValues>>;

bool isVector(const InferContext& context, std::size_t input)
{
    return given(context, input) && ranked(context, input) && rankOf(context, input) <= 1;
}

// Integers of an input whose value is known without symbols.
std::optional<Integers> numbers(const Inputs& inputs, std::size_t input)
{
    if (input >= inputs.size() || !inputs[input])
        return std::nullopt;
    Integers result;
    for (const Dim& dim : *inputs[input]) {
        if (!dim.isConstant())
            return std::nullopt;
        result.push_back(dim.constant());
    }
    return result;
}

std::optional<DimValues> ofShape(const InferContext& context)
{
    if (!ranked(context, 0))
        return std::nullopt;
    const Shape& shape = shapeOf(context, 0);
    const std::int64_t rank = std::int64_t(shape.size());
    auto place = [rank](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + rank : i, 0, rank); };
    const std::int64_t begin = place(integerAttribute(context.node, "start", 0)),
                       end = place(integerAttribute(context.node, "end", rank));
    return begin < end ? DimValues(shape.begin() + begin, shape.begin() + end) : DimValues();
}

std::optional<DimValues> ofGather(const InferContext& context, const Inputs& inputs)
{
    const std::optional<Integers> indices = numbers(inputs, 1);
    if (!inputs[0] || !indices || !isVector(context, 0) || rankOf(context, 0) != 1)
        return std::nullopt;
    DimValues result;
    for (std::int64_t index : *indices) {
        const std::int64_t i = index < 0 ? index + std::int64_t(inputs[0]->size()) : index;
        if (i < 0 || i >= std::int64_t(inputs[0]->size()))
            return std::nullopt;
        result.push_back((*inputs[0])[std::size_t(i)]);
    }
    return result;
}

std::optional<DimValues> ofSlice(const InferContext& context, const Inputs& inputs)
{
    const auto starts = integersOf(context, "starts", 1), ends = integersOf(context, "ends", 2),
               steps = integersOf(context, "steps", 4);
    if (!inputs[0] || !starts || !ends || !steps || !*starts || !*ends || (*starts)->size() != 1 || (*ends)->size() != 1
        || (*steps).value_or(Integers{1}) != Integers{1})
        return std::nullopt;
    const std::int64_t size = std::int64_t(inputs[0]->size());
    auto place = [size](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + size : i, 0, size); };
    const std::int64_t begin = place((**starts)[0]), end = std::max(begin, place((**ends)[0]));
    return DimValues(inputs[0]->begin() + begin, inputs[0]->begin() + end);
}

std::optional<DimValues> ofConcat(const Inputs& inputs)
{
    DimValues result;
    for (const auto& input : inputs) {
        if (!input)
            return std::nullopt;
        result.insert(result.end(), input->begin(), input->end());
    }
    return result;
}

std::optional<DimValues> ofConstantOfShape(const InferContext& context, const Inputs& inputs)
{
    const std::optional<Integers> shape = numbers(inputs, 0);
    if (!shape || shape->size() > 1 || (!shape->empty() && ((*shape)[0] < 0 || (*shape)[0] > 64)))
        return std::nullopt;
    std::int64_t value = 0;
    if (auto found = context.node.attributes.find("value"); found != context.node.attributes.end()) {
        const auto* constant = std::get_if<ConstantPtr>(&found->second);
        const Result<Tensor> tensor = constant ? toTensor(**constant)
                                               : Result<Tensor>(bug("ConstantOfShape has a value that is no tensor."));
        if (!tensor || !isInteger(tensor->type.dtype))
            return std::nullopt;
        value = tensor->integerAt(0);
    }
    return DimValues(shape->empty() ? 1 : std::size_t((*shape)[0]), Dim(value));
}

// Sizes are not negative, so a symbol differs from every negative number.
std::optional<Dim> equalDims(const Dim& a, const Dim& b)
{
    if (a == b)
        return Dim(1);
    if ((a.isConstant() && b.isConstant()) || (a.isConstant() && a.constant() < 0)
        || (b.isConstant() && b.constant() < 0))
        return Dim(0);
    return std::nullopt;
}

std::optional<Dim> combined(const std::string& op, const Dim& a, const Dim& b)
{
    if (op == "Add")
        return a + b;
    if (op == "Sub")
        return a - b;
    if (op == "Mul")
        return a * b;
    if (op == "Div")
        return quotient({a}, {b});
    if (op == "Equal")
        return equalDims(a, b);
    if (!a.isConstant() || !b.isConstant())
        return a == b ? std::optional(a) : std::nullopt;
    return op == "Max" ? Dim(std::max(a.constant(), b.constant())) : Dim(std::min(a.constant(), b.constant()));
}

// Element i of a value that may be one element repeated.
const Dim& repeated(const DimValues& values, std::size_t i) { return values.size() == 1 ? values[0] : values[i]; }

bool fit(const std::vector<const DimValues*>& values, std::size_t& count)
{
    count = 1;
    for (const DimValues* value : values)
        if (value->size() != 1)
            count = value->size();
    return std::all_of(values.begin(), values.end(),
                       [&](const DimValues* value) { return value->size() == 1 || value->size() == count; });
}

std::optional<DimValues> ofArithmetic(const std::string& op, const Inputs& inputs)
{
    std::size_t count = 0;
    if (inputs.size() != 2 || !inputs[0] || !inputs[1] || !fit({&*inputs[0], &*inputs[1]}, count))
        return std::nullopt;
    DimValues result;
    for (std::size_t i = 0; i < count; ++i) {
        const std::optional<Dim> value = combined(op, repeated(*inputs[0], i), repeated(*inputs[1], i));
        if (!value)
            return std::nullopt;
        result.push_back(*value);
    }
    return result;
}

std::optional<DimValues> ofWhere(const Inputs& inputs)
{
    const std::optional<Integers> condition = numbers(inputs, 0);
    std::size_t count = 0;
    if (!condition || !inputs[1] || !inputs[2] || !fit({&*inputs[0], &*inputs[1], &*inputs[2]}, count))
        return std::nullopt;
    DimValues result;
    for (std::size_t i = 0; i < count; ++i)
        result.push_back(repeated(*inputs[(*condition)[condition->size() == 1 ? 0 : i] != 0 ? 1 : 2], i));
    return result;
}

std::optional<DimValues> ofReduceProd(const Inputs& inputs)
{
    if (!inputs[0])
        return std::nullopt;
    Dim product(1);
    for (const Dim& dim : *inputs[0])
        product = product * dim;
    return DimValues{product};
}

// Division that has no rest: every coefficient, or all of one factor.
std::optional<Dim> divided(const Dim& whole, const Dim& divisor)
{
    if (whole == divisor)
        return Dim(1);
    if (divisor.isConstant()) {
        Dim::Terms terms = whole.terms();
        for (auto& [monomial, coefficient] : terms) {
            if (divisor.constant() == 0 || coefficient % divisor.constant() != 0)
                return std::nullopt;
            coefficient /= divisor.constant();
        }
        return Dim::fromTerms(terms);
    }
    // A divisor of one term: take its symbols out of every term.
    const Dim::Terms divisors = divisor.terms();
    if (divisors.size() != 1)
        return std::nullopt;
    const auto& [symbols, factor] = *divisors.begin();
    Dim::Terms terms;
    for (const auto& [monomial, coefficient] : whole.terms()) {
        std::vector<std::string> rest = monomial;
        for (const std::string& symbol : symbols) {
            const auto found = std::find(rest.begin(), rest.end(), symbol);
            if (found == rest.end())
                return std::nullopt;
            rest.erase(found);
        }
        if (coefficient % factor != 0)
            return std::nullopt;
        terms[rest] += coefficient / factor;
    }
    return Dim::fromTerms(terms);
}
}  // namespace

std::optional<Dim> quotient(const DimValues& dividend, const DimValues& divisor)
{
    DimValues whole = dividend;
    Dim below(1), above(1);
    for (const Dim& factor : divisor) {
        const auto same = factor.isConstant() ? whole.end() : std::find(whole.begin(), whole.end(), factor);
        if (same != whole.end())
            whole.erase(same);
        else
            below = below * factor;
    }
    for (const Dim& factor : whole)
        above = above * factor;
    return divided(above, below);
}

std::optional<DimValues> dimensionValues(const InferContext& context, const Inputs& inputs)
{
    const std::string& op = context.node.op;
    if (op == "Shape")
        return ofShape(context);
    if (inputs.empty())
        return std::nullopt;
    if (isView(context.node) || op == "Cast")
        return inputs[0];
    if (op == "Gather")
        return ofGather(context, inputs);
    if (op == "Slice")
        return ofSlice(context, inputs);
    if (op == "Concat")
        return ofConcat(inputs);
    if (op == "ConstantOfShape")
        return ofConstantOfShape(context, inputs);
    if (op == "Where")
        return inputs.size() == 3 ? ofWhere(inputs) : std::nullopt;
    if (op == "ReduceProd")
        return ofReduceProd(inputs);
    for (const char* binary : {"Add", "Sub", "Mul", "Div", "Equal", "Max", "Min"})
        if (op == binary)
            return ofArithmetic(op, inputs);
    return std::nullopt;
}

}  // namespace strata
