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
    if (!specializedSizes(*definition, function))
        findings.push_back(refused(
            say("Function {} has other parameters or results than {}, which it implements.", function.name, name),
            nodes, "Keep their number, order and types; sizes may be numbers."));
    else if (inoutPositions(*definition) != inoutPositions(function))
        findings.push_back(refused(say("Function {} has other results in the memory of parameters than {}, which it "
                                       "implements.",
                                       function.name, name),
                                   nodes));
    std::set<std::string> seen;
    if (reaches(module, function, name, seen))
        findings.push_back(refused(say("Function {} calls {}, which it implements.", function.name, name), nodes));
}

// A choice speaks of the definition's sizes, and asks for all that its implementation relies on.
void verifyCondition(const Function& definition, const Choice& choice, const Function* one, Findings& findings)
{
    const std::vector<Cursor> nodes{functionCursor(definition.name)};
    const std::set<std::string> sizes = sizesOf(definition);
    for (const auto& [size, fact] : choice.where)
        if (!sizes.count(size))
            findings.push_back(refused(say("The choice {} of {} speaks of {}, which is no size of {}.",
                                           toString(choice), definition.name, size, definition.name),
                                       nodes));
    const std::optional<SizeFacts> known = both(definition.facts, choice.where);
    if (!known)
        findings.push_back(refused(say("The choice {} of {} never comes to its turn: {} is assumed.", toString(choice),
                                       definition.name, factText(definition.facts)),
                                   nodes));
    if (!known || !one || one == &definition)
        return;
    SizeFacts wanted = one->facts;
    if (const auto numbers = specializedSizes(definition, *one))
        for (const auto& [size, number] : *numbers)
            wanted[size] = {number, number, number};
    if (!implies(*known, wanted))
        findings.push_back(refused(say("{} is right where {} only, and {} chooses it for other sizes, too.",
                                       choice.implementation, factText(wanted, " and "), definition.name),
                                   nodes, "Choose it if " + factText(wanted, " and ") + "."));
}

// Facts are of the function's own sizes.
void verifyFacts(const Function& function, Findings& findings)
{
    const std::set<std::string> sizes = sizesOf(function);
    for (const auto& [size, fact] : function.facts)
        if (!sizes.count(size))
            findings.push_back(
                refused(say("Function {} assumes something of {}, which is no size of it.", function.name, size),
                        {functionCursor(function.name)}));
}

void verifyChoices(const Module& module, const Function& function, Findings& findings)
{
    const std::vector<Cursor> nodes{functionCursor(function.name)};
    for (auto next = function.choices.begin(); next != function.choices.end(); ++next) {
        const Choice& choice = *next;
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
        if (std::any_of(function.choices.begin(), next, [&](const Choice& before) { return covers(before, choice); }))
            findings.push_back(
                refused(say("The choice {} of {} never comes to its turn: one before it takes every such call.",
                            toString(choice), function.name),
                        nodes, "Order the choices from the most demanding to the one for all."));
        verifyCondition(function, choice, one.get(), findings);
    }
}

}  // namespace

void verifyImplementations(const Module& module, const Function& function, Findings& findings)
{
    verifyFacts(function, findings);
    if (function.implements)
        verifyImplementation(module, function, findings);
    else
        verifyChoices(module, function, findings);
}

}  // namespace strata
