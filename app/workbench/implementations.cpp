#include "app/workbench/implementations.h"

#include "backends/libraries/routines.h"
#include "core/ir/control.h"
#include "core/ir/implementations.h"

#include <algorithm>
#include <set>

namespace strata {

namespace {

std::string runsWhen(const Function& definition, const std::string& name)
{
    std::string when;
    for (const Choice& choice : definition.choices)
        if (choice.implementation == name) {
            const bool first = &choice == &definition.choices.front();
            when += when.empty() ? "" : ", ";
            when += choice.least ? std::string("if isa >= ") + strata::name(*choice.least) : first ? "always" : "else";
        }
    if (name == definition.name && byDefault(definition) == name && when.empty())
        when = definition.choices.empty() ? "always" : "else";
    return when;
}

std::string claimOf(const Function& function)
{
    if (!function.implements)
        return "definition";
    const Implements& claim = *function.implements;
    if (!claim.asserted)
        return std::string("derived, ") + name(claim.effect);
    return claim.effect == Effect::Exact ? "asserted" : std::string("asserted, then ") + name(claim.effect);
}

// Nullopt where they follow from sizes.
using ByteCount = std::optional<std::int64_t>;

ByteCount plus(const ByteCount& sum, const TensorType& type)
{
    const ByteCount bytes = byteCount(type);
    return sum && bytes ? ByteCount(*sum + *bytes) : std::nullopt;
}

ByteCount temporaries(const Function& function)
{
    ByteCount bytes = 0;
    if (const LoopsBody* loops = function.loops()) {
        walk(loops->body, [&](const StmtPtr& stmt) {
            if (const Alloc* alloc = as<Alloc>(stmt))
                bytes = plus(bytes, alloc->buffer.type);
        });
        return bytes;
    }
    if (const LibraryBody* library = function.library()) {
        for (const LibraryStmtPtr& stmt : library->statements)
            if (const auto* allocation = std::get_if<AllocateBuffer>(stmt.get()); allocation && !allocation->slot)
                bytes = plus(bytes, allocation->type);
        return bytes ? ByteCount(*bytes + library->arenaBytes) : std::nullopt;
    }
    return std::nullopt;
}

// The libraries that the routines of a runtime program are found in.
std::set<std::string> librariesOf(const Function& function)
{
    std::set<std::string> names;
    if (const LibraryBody* library = function.library())
        for (const LibraryStmtPtr& stmt : library->statements)
            if (const auto* call = std::get_if<LibraryCall>(stmt.get());
                call && call->kind == LibraryCall::Callee::Routine && !isControlFlow(*call))
                names.insert(libraryOf(call->callee).empty() ? call->callee : libraryOf(call->callee));
    return names;
}

std::string needsOf(const Module& module, const Function& function)
{
    std::string needs;
    if (const Target::Isa isa = isaOf(module, function); isa != module.target.isa)
        needs = name(isa);
    for (const std::string& library : librariesOf(function))
        needs += (needs.empty() ? "" : ", ") + library;
    return needs.empty() ? "nothing" : needs;
}

ImplementationRow rowOf(const Module& module, const Function& definition, const Function& function)
{
    return {definition.name,      function.name,
            function.level(),     runsWhen(definition, function.name),
            claimOf(function),    needsOf(module, function),
            temporaries(function)};
}

}  // namespace

std::vector<ImplementationRow> implementationTable(const Module& module, const std::string& only)
{
    std::vector<ImplementationRow> rows;
    for (const FunctionPtr& definition : module.functions) {
        if (definition->implements || (!only.empty() && definition->name != only))
            continue;
        const std::vector<FunctionPtr> all = implementationsOf(module, definition->name);
        if (all.empty() && only.empty())
            continue;
        rows.push_back(rowOf(module, *definition, *definition));
        for (const FunctionPtr& one : all)
            rows.push_back(rowOf(module, *definition, *one));
    }
    return rows;
}

}  // namespace strata
