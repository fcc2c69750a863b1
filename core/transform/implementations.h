// What a step means for definitions and implementations, whichever step it is.
#pragma once

#include "core/transform/change.h"
#include "core/transform/step.h"

namespace strata {

// Makes the promises of a change true: an implementation that a step changed claims what the step did to it; one whose
// definition has another meaning, other parameters or other results now, or is gone, goes, too, unless the change
// carries it; and a note says so.
std::shared_ptr<const Change> settled(const Module& before, std::shared_ptr<const Change> change);

// Whether a change leaves all definitions as they are, so that what it does to the numbers depends on what is chosen.
bool onlyImplementations(const Module& before, const Change& change);

// Whether a function stands to others as the one of its name did: for the same definition, with the same choices,
// parameters and results.
bool keepsStanding(const Module& before, const Function& function);

// A step of the loops or hardware level that names a definition acts on what runs by default in its place.
Arguments onDefaultChoice(const Transform& transform, const Module& module, Arguments arguments);

}  // namespace strata
