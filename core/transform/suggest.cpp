#include "core/transform/argument.h"

#include <algorithm>

namespace strata {

namespace {

// The argument that a selected node gives for a parameter of this kind.
std::optional<Argument> fromCursor(ParameterKind kind, const Cursor& cursor)
{
    const auto name = [&cursor](NodeKind wanted) {
        return cursor.kind == wanted ? std::optional<Argument>(cursor.name) : std::nullopt;
    };
    const auto names = [&cursor](NodeKind wanted) {
        return cursor.kind == wanted ? std::optional<Argument>(std::vector{cursor.name}) : std::nullopt;
    };
    switch (kind) {
    case ParameterKind::Function:
        return cursor.function.empty() ? std::nullopt : std::optional<Argument>(cursor.function);
    case ParameterKind::Node: return name(NodeKind::Operator);
    case ParameterKind::Nodes: return names(NodeKind::Operator);
    case ParameterKind::Loop: return name(NodeKind::Loop);
    case ParameterKind::Loops: return names(NodeKind::Loop);
    case ParameterKind::Block: return name(NodeKind::Block);
    case ParameterKind::Buffer: return name(NodeKind::Buffer);
    default: return std::nullopt;
    }
}

std::string wanted(const Transform& transform)
{
    std::string text;
    for (std::size_t i = 0; i < transform.appliesTo.size(); ++i)
        text += (i == 0                                ? "a "
                 : i + 1 == transform.appliesTo.size() ? " or a "
                                                       : ", a ")
                + std::string(nodeKindName(transform.appliesTo[i]));
    return text;
}

}  // namespace

Result<Arguments> suggestArguments(const Transform& transform, const Module& module, const Cursor& selection)
{
    if (transform.suggest)
        return transform.suggest(module, selection);
    const auto& kinds = transform.appliesTo;
    if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), selection.kind) == kinds.end())
        return refused(say("{} does not apply to a {}.", transform.title, nodeKindName(selection.kind)), {selection},
                       "Select " + wanted(transform) + ".");
    Arguments arguments;
    bool used = false;  // a second loop is not the selected one again
    for (const Parameter& parameter : transform.parameters) {
        const bool isFunction = parameter.kind == ParameterKind::Function;
        std::optional<Argument> value = isFunction || !used ? fromCursor(parameter.kind, selection) : std::nullopt;
        used = used || (value && !isFunction);
        if (!value)
            value = defaultArgument(parameter);
        if (value)
            arguments.values[parameter.name] = std::move(*value);
        else if (!parameter.optional)
            return refused(say("{} needs '{}', {}.", transform.title, parameter.name, kindText(parameter.kind)),
                           {selection}, parameter.summary);
    }
    return arguments;
}

}  // namespace strata
