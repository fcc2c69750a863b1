// What the palette offers for a selection: the first arguments of a fixed list for which the step would be legal, by
// trying it.
#include "passes/loops/suggest.h"

#include "core/analysis/accesses.h"

namespace strata::loops {

namespace {

Arguments named(const Cursor& selection, std::map<std::string, Argument> more)
{
    more["function"] = selection.function;
    return {std::move(more)};
}

}  // namespace

Result<FunctionPtr> selectedFunction(const Module& module, const Cursor& selection, NodeKind kind)
{
    FunctionPtr function = module.find(selection.function);
    if (!function || !function->loops() || selection.kind != kind)
        return refused(say("{}{} of a function held as loops.", "This needs a ", nodeKindName(kind)), {selection});
    return function;
}

Result<std::vector<std::string>> loopAndChild(const Module& module, const Cursor& selection)
{
    STRATA_TRY(const FunctionPtr function, selectedFunction(module, selection, NodeKind::Loop));
    STRATA_TRY(const Located loop, loopOf(*function, selection.name));
    const Loop* child = loop.loop()->body.size() == 1 ? as<Loop>(loop.loop()->body[0]) : nullptr;
    if (!child)
        return refused(say("Loop {} holds no single loop.", selection.name), {selection},
                       "Select a loop that holds just one loop.");
    return std::vector{selection.name, child->name};
}

Result<Arguments> suggestLoopFor(const Module& module, const Cursor& selection, Planner plan)
{
    STRATA_TRY(const FunctionPtr function, selectedFunction(module, selection, NodeKind::Block));
    std::optional<Error> first;
    for (const std::string& loop : loopNames(*function)) {
        const Arguments arguments = named(selection, {{"block", selection.name}, {"loop", loop}});
        const auto planned = plan(module, arguments);
        if (planned)
            return arguments;
        if (!first)
            first = planned.error();
    }
    return first ? *first : refused(say("{} has no loop.", function->name), {selection});
}

Result<Arguments> suggestBlockAndBuffer(const Module& module, const Cursor& selection, Planner plan,
                                        const std::string& scope)
{
    const bool isBlock = selection.kind == NodeKind::Block;
    STRATA_TRY(const FunctionPtr function,
               selectedFunction(module, selection, isBlock ? NodeKind::Block : NodeKind::Buffer));
    std::vector<std::string> others = blockNames(*function);
    if (isBlock) {
        others.clear();
        for (const Buffer& buffer : buffers(*function))
            others.push_back(buffer.name);
    }
    std::optional<Error> first;
    for (const std::string& other : others) {
        const Arguments arguments = named(selection, {{"block", isBlock ? selection.name : other},
                                                      {"buffer", isBlock ? other : selection.name},
                                                      {"scope", scope}});
        const auto planned = plan(module, arguments);
        if (planned)
            return arguments;
        if (!first)
            first = planned.error();
    }
    return first ? *first : refused(say("{} has no block.", function->name), {selection});
}

}  // namespace strata::loops
