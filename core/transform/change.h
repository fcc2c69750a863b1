// A change: what a step makes of a module, as a value of its own. Planning a step gives one and copies no module;
// splicing puts it in.
//
// Functions, constants and primitives that a change does not name stay the same pointers, so what it costs to plan, to
// verify and to show depends on what changed and not on the size of the model.
#pragma once

#include "core/ir/module.h"

namespace strata {

struct Change {
    std::vector<FunctionPtr> put;      // each in place of the one of its name, or new, then after those that are there
    std::vector<std::string> removed;  // functions
    std::map<std::string, ConstantPtr> constants;  // put; nullptr: removed
    std::vector<IntrinsicPtr> intrinsics;          // put
    std::optional<Target> target;                  // another one
    Forwarding forwarding;                         // what became of the nodes
    Effect effect = Effect::Exact;                 // on what the functions compute that were put
    std::vector<std::string> notes;  // worth saying though nothing is wrong ("recomputes 12 % of the producer")

    // The function as it is after the change; nullptr if the change does not put it.
    FunctionPtr function(std::string_view name) const;
};

// The module after the change.
ModulePtr splice(const Module& module, const Change& change);

// The change that leads from one module to another: what is another pointer, new or gone. For steps that are made of
// several, each on the module that the last one left.
Change difference(const Module& before, const Module& after, Forwarding forwarding = {}, Effect effect = Effect::Exact);

// One function in place of another.
inline Change changeOf(FunctionPtr function, Forwarding forwarding = {}, Effect effect = Effect::Exact)
{
    Change change;
    change.put = {std::move(function)};
    change.forwarding = std::move(forwarding);
    change.effect = effect;
    return change;
}

}  // namespace strata
