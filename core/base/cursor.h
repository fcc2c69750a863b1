// A cursor names one occurrence of a node in a module.
//
// Nodes are pure values and equal ones may be the same pointer, so a pointer cannot name an occurrence. Names are
// unique within a function and a kind, therefore the path to a node is (function, kind, name).
#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

namespace strata {

enum class NodeKind {
    Function,  // the function itself; name is empty
    Operator,  // a node of a graph function (an operator or a call), or a call of a library function
    Value,     // an SSA value of a graph function
    Loop,      // a loop of a loops function, by the name of its variable
    Block,     // a block of a loops function
    Buffer,    // a parameter, result or allocation of a loops or library function
    Line,      // line of a hardware function, 1-based in decimal
    Constant,  // a module constant; function is empty
};

struct Cursor {
    std::string function;
    NodeKind kind = NodeKind::Function;
    std::string name;

    auto operator<=>(const Cursor&) const = default;
};

inline Cursor functionCursor(std::string function) { return {std::move(function), NodeKind::Function, {}}; }

// What became of the nodes of the old module. A cursor that is not a key kept its function, kind and name. An empty
// list means gone. Several targets mean one became many; several keys with one target mean many became one.
using Forwarding = std::map<Cursor, std::vector<Cursor>>;

// What became of one node: itself if `forwarding` does not mention it. A function renamed or gone takes its nodes with
// it.
std::vector<Cursor> forward(const Forwarding& forwarding, const Cursor& cursor);

// first, then second.
Forwarding compose(const Forwarding& first, const Forwarding& second);

// new cursor -> old cursors; only for those that `forwarding` mentions.
Forwarding invert(const Forwarding& forwarding);

const char* nodeKindName(NodeKind kind);
std::string toString(const Cursor& cursor);  // "loop j of linear_relu", for messages

}  // namespace strata
