// What is lit at the other levels when a node is selected at one.
#pragma once

#include "passes/lowering/lower.h"

#include <memory>
#include <set>

namespace strata {

// The lowered module of a state with its forwarding in both directions.
struct LoweredState {
    LoweredModule lowered;
    Forwarding sources;  // nodes of the lowered module -> nodes of the state's module

    explicit LoweredState(LoweredModule module);
    const Module& module() const { return *lowered.module; }
    bool isPreview(const std::string& function) const;
};
using LoweredStatePtr = std::shared_ptr<const LoweredState>;

// A node of the state's module, or of what it lowers to.
struct Place {
    Cursor cursor;
    bool lowered = false;
    friend bool operator==(const Place&, const Place&) = default;
};

struct Lit {
    std::set<Cursor> inModule, inLowered;
    bool empty() const { return inModule.empty() && inLowered.empty(); }
    // The loops function to show for it; empty: none.
    std::string function(const Module& lowered) const;
};

// The graph nodes that a call of the lowered entry came from.
std::set<Cursor> sourcesOf(const Cursor& call, const Module& module, const LoweredState& lowered);

// `lowered` may be nullptr (not yet there, or refused).
Lit counterparts(const Place& place, const Module& module, const LoweredState* lowered);

}  // namespace strata
