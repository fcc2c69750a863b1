#include "app/window/models/counterparts.h"

#include "core/ir/calls.h"
#include "core/ir/implementations.h"

#include <algorithm>

namespace strata {

namespace {

bool isInside(const Cursor& cursor, NodeKind kind) { return cursor.kind == kind; }

// Calls of a library function by name -> callee in the module.
std::map<Cursor, std::string> libraryCalls(const Module& module)
{
    std::map<Cursor, std::string> calls;
    for (const FunctionPtr& function : module.functions)
        if (const LibraryBody* body = function->library())
            for (const LibraryStmtPtr& stmt : body->statements)
                if (const auto* call = std::get_if<LibraryCall>(stmt.get()))
                    calls[{function->name, NodeKind::Operator, call->name}] =
                        call->kind == LibraryCall::Callee::Function ? call->callee : std::string();
    return calls;
}

void addGraphCallers(const Module& module, const std::string& callee, std::set<Cursor>& lit)
{
    forEachCall(module, [&](const Function& caller, const Call& call) {
        if (caller.graph() && call.callee == callee)
            lit.insert({caller.name, NodeKind::Operator, call.name});
    });
}

// What stands in a graph for a node below the graph level: the calls of its function, or its function.
void addHolders(const Module& module, const Cursor& cursor, std::set<Cursor>& lit)
{
    const FunctionPtr function = module.find(cursor.function);
    if (function && !function->graph())
        lit.insert(functionCursor(cursor.function));
    // An implementation is called under the name of what it implements.
    addGraphCallers(module, function && function->implements ? function->implements->definition : cursor.function, lit);
}

void addAll(std::set<Cursor>& lit, const std::vector<Cursor>& cursors) { lit.insert(cursors.begin(), cursors.end()); }

void addModuleSources(const Cursor& cursor, const Module& module, const LoweredState& lowered, Lit& lit)
{
    for (const Cursor& key : {cursor, functionCursor(cursor.function)}) {
        if (const auto found = lowered.sources.find(key); found != lowered.sources.end())
            addAll(lit.inModule, found->second);
        if (!lit.inModule.empty())
            break;
    }
    if (exists(module, cursor))
        lit.inModule.insert(cursor);
    addHolders(module, cursor, lit.inModule);
}

// What runs when a function is called, where that is not its own body.
std::string runsFor(const Module& module, const std::string& called)
{
    const FunctionPtr function = module.find(called);
    return function ? byDefault(*function) : called;
}

// Where only a function or its call is lit, the blocks of that function are too.
void spread(const Module& lowered, Lit& lit)
{
    const std::map<Cursor, std::string> calls = libraryCalls(lowered);
    std::set<std::string> functions, detailed;
    bool anyCall = false;
    for (const Cursor& cursor : lit.inLowered) {
        const auto call = calls.find(cursor);
        anyCall = anyCall || call != calls.end();
        if (call != calls.end() && !call->second.empty())
            functions.insert(runsFor(lowered, call->second));
        else if (isInside(cursor, NodeKind::Block) || isInside(cursor, NodeKind::Loop)
                 || isInside(cursor, NodeKind::Buffer))
            detailed.insert(cursor.function);
        else if (isInside(cursor, NodeKind::Function))
            functions.insert(cursor.function);
    }
    for (const std::string& name : functions) {
        const FunctionPtr function = lowered.find(name);
        if (!function || !function->loops() || detailed.count(name))
            continue;
        lit.inLowered.insert(functionCursor(name));
        for (const Cursor& cursor : cursors(*function))
            if (cursor.kind == NodeKind::Block)
                lit.inLowered.insert(cursor);
    }
    if (anyCall)
        return;
    functions.insert(detailed.begin(), detailed.end());
    for (const std::string& name : std::set<std::string>(functions))
        if (const FunctionPtr function = lowered.find(name); function && function->implements)
            functions.insert(function->implements->definition);
    for (const auto& [cursor, callee] : calls)
        if (functions.count(callee))
            lit.inLowered.insert(cursor);
}

}  // namespace

LoweredState::LoweredState(LoweredModule module)
    : lowered(std::move(module))
    , sources(invert(lowered.forwarding))
{
}

bool LoweredState::isPreview(const std::string& function) const
{
    return std::find(lowered.preview.begin(), lowered.preview.end(), function) != lowered.preview.end();
}

std::string Lit::function(const Module& lowered) const
{
    for (const Cursor& cursor : inLowered)
        if (const FunctionPtr function = lowered.find(cursor.function);
            function && (function->loops() || function->hardware()))
            return function->name;
    return {};
}

std::set<Cursor> sourcesOf(const Cursor& call, const Module& module, const LoweredState& lowered)
{
    const auto found = lowered.sources.find(call);
    if (found != lowered.sources.end())
        return {found->second.begin(), found->second.end()};
    return exists(module, call) ? std::set<Cursor>{call} : std::set<Cursor>();
}

Lit counterparts(const Place& place, const Module& module, const LoweredState* lowered)
{
    Lit lit;
    (place.lowered ? lit.inLowered : lit.inModule).insert(place.cursor);
    if (!lowered)
        return lit;
    if (!place.lowered) {
        for (const Cursor& cursor : forward(lowered->lowered.forwarding, place.cursor))
            if (exists(lowered->module(), cursor))
                lit.inLowered.insert(cursor);
        addHolders(module, place.cursor, lit.inModule);
    } else {
        addModuleSources(place.cursor, module, *lowered, lit);
        for (const Cursor& source : lit.inModule)  // of a function with many callers, those that it came from
            for (const Cursor& cursor : forward(lowered->lowered.forwarding, source))
                if (cursor.kind == NodeKind::Operator && exists(lowered->module(), cursor))
                    lit.inLowered.insert(cursor);
    }
    spread(lowered->module(), lit);
    return lit;
}

}  // namespace strata
