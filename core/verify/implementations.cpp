// Definitions and implementations: an implementation stands for one definition, takes and gives what that does, and
// does not call what it implements; a definition chooses among its own, and every choice can come to its turn.
//
// These are properties of a function and of the ones that it names, so a step that changes a definition need look at
// its implementations only where parameters or results changed (see core/transform/implementations.h).
#include "core/ir/implementations.h"

#include "core/ir/calls.h"
#include "core/verify/parts.h"

#include <algorithm>

namespace strata {

namespace {

bool reaches(const Module& module, const Function& from, const std::string& wanted, std::set<std::string>& seen)
{
    bool found = false;
    forEachUse(from, [&](const std::string& used) {
        if (found || !seen.insert(used).second)
            return;
        const FunctionPtr next = module.find(used);
        found = used == wanted || (next && reaches(module, *next, wanted, seen));
    });
    return found;
}

void verifyImplementation(const Module& module, const Function& function, Findings& findings)
{
    const std::string& name = function.implements->definition;
    const std::vector<Cursor> nodes{functionCursor(function.name)};
    const FunctionPtr definition = module.find(name);
    if (!definition) {
        findings.push_back(
            refused(say("Function {} implements {}, which does not exist.", function.name, name), nodes));
        return;
    }
    if (definition->implements)
        findings.push_back(refused(say("Function {} implements {}, which is an implementation of {} itself.",
                                       function.name, name, definition->implements->definition),
                                   nodes, "Name the definition."));
    if (!function.choices.empty())
        findings.push_back(
            refused(say("Function {} is an implementation, so it has nothing to choose.", function.name), nodes));
    if (!sameSignature(function, *definition))
        findings.push_back(refused(
            say("Function {} has other parameters or results than {}, which it implements.", function.name, name),
            nodes, "Keep their number, order and types."));
    std::set<std::string> seen;
    if (reaches(module, function, name, seen))
        findings.push_back(refused(say("Function {} calls {}, which it implements.", function.name, name), nodes));
}

void verifyChoices(const Module& module, const Function& function, Findings& findings)
{
    const std::vector<Cursor> nodes{functionCursor(function.name)};
    std::optional<Target::Isa> before;
    bool any = false;
    for (const Choice& choice : function.choices) {
        const FunctionPtr one = module.find(choice.implementation);
        const bool own = choice.implementation == function.name;
        if (!own && (!one || !one->implements || one->implements->definition != function.name))
            findings.push_back(refused(
                say("Function {} chooses {}, which is no implementation of it.", function.name, choice.implementation),
                nodes));
        if (choice.least && one && one->library() && function.graph() && module.entryFunction()
            && module.entryFunction()->name == function.name)
            findings.push_back(
                refused(say("Function {} is the whole model: a machine is asked for the functions that it calls.",
                            function.name),
                        nodes, "Choose " + choice.implementation + " for all machines."));
        if (any || (before && choice.least && *choice.least >= *before))
            findings.push_back(
                refused(say("The choice {} of {} never comes to its turn: the one before it takes every such "
                            "machine.",
                            toString(choice), function.name),
                        nodes, "Order the choices from the most demanding to the one for all."));
        any = any || !choice.least;
        before = choice.least;
    }
}

}  // namespace

void verifyImplementations(const Module& module, const Function& function, Findings& findings)
{
    if (function.implements)
        verifyImplementation(module, function, findings);
    else
        verifyChoices(module, function, findings);
}

}  // namespace strata
