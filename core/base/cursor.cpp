#include "core/base/cursor.h"

#include <algorithm>

namespace strata {

std::vector<Cursor> forward(const Forwarding& forwarding, const Cursor& cursor)
{
    if (auto found = forwarding.find(cursor); found != forwarding.end())
        return found->second;
    if (cursor.kind == NodeKind::Function)
        return {cursor};
    auto function = forwarding.find(functionCursor(cursor.function));
    if (function == forwarding.end())
        return {cursor};
    std::vector<Cursor> result;
    for (const Cursor& target : function->second)
        if (target.kind == NodeKind::Function)
            result.push_back({target.function, cursor.kind, cursor.name});
    return result;
}

Forwarding compose(const Forwarding& first, const Forwarding& second)
{
    Forwarding result;
    for (const auto& [from, middles] : first) {
        std::vector<Cursor>& targets = result[from];
        for (const Cursor& middle : middles)
            for (Cursor& target : forward(second, middle))
                if (std::find(targets.begin(), targets.end(), target) == targets.end())
                    targets.push_back(std::move(target));
    }
    for (const auto& [from, targets] : second)
        result.try_emplace(from, targets);
    return result;
}

Forwarding invert(const Forwarding& forwarding)
{
    Forwarding result;
    for (const auto& [from, targets] : forwarding)
        for (const Cursor& target : targets)
            result[target].push_back(from);
    return result;
}

const char* nodeKindName(NodeKind kind)
{
    switch (kind) {
    case NodeKind::Function: return "function";
    case NodeKind::Operator: return "node";
    case NodeKind::Value: return "value";
    case NodeKind::Loop: return "loop";
    case NodeKind::Block: return "block";
    case NodeKind::Buffer: return "buffer";
    case NodeKind::Line: return "line";
    case NodeKind::Constant: return "constant";
    }
    return "node";
}

std::string toString(const Cursor& cursor)
{
    if (cursor.kind == NodeKind::Function)
        return "function " + cursor.function;
    std::string text = std::string(nodeKindName(cursor.kind)) + " " + cursor.name;
    return cursor.function.empty() ? text : text + " of " + cursor.function;
}

}  // namespace strata
