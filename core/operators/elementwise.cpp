#include "core/operators/elementwise.h"

#include <cctype>

namespace strata {

std::string snakeCase(const std::string& name)
{
    std::string result;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (i > 0 && std::isupper(static_cast<unsigned char>(name[i]))
            && std::islower(static_cast<unsigned char>(name[i - 1])))
            result += '_';
        result += char(std::tolower(static_cast<unsigned char>(name[i])));
    }
    return result;
}

Status computeElementwise(LowerContext& ctx, const Elementwise& element)
{
    const TensorRef& out = ctx.output();
    ctx.compute(snakeCase(ctx.node().op), out, [&](const Indices& at) {
        std::vector<Value> x;
        for (std::size_t i = 0; i < ctx.inputCount(); ++i) {
            if (!ctx.given(i))
                continue;
            const std::optional<Value> literal = ctx.inputCount() > 1 ? ctx.literal(i) : std::nullopt;
            const Value value = literal ? *literal : ctx.input(i).broadcast(at, out.shape);
            x.push_back(cast(accumulatorType(value.type()), value));
        }
        return cast(out.dtype, element(ctx.node(), x));
    });
    return {};
}

Operator unaryOperator(std::string name, std::string summary, std::string formula, UnaryElement element, ShapeRule rule)
{
    return {.name = std::move(name),
            .pattern = Pattern::ElementWise,
            .summary = std::move(summary),
            .formula = std::move(formula),
            .infer = std::move(rule),
            .compute = [element](LowerContext& ctx) {
                return computeElementwise(
                    ctx, [&](const GraphNode& node, const std::vector<Value>& x) { return element(node, x[0]); });
            }};
}

}  // namespace strata
