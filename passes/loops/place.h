// Moving a block under another loop: new loops over just the iterations that are wanted there.
#pragma once

#include "passes/loops/rewrite.h"

namespace strata::loops {

// An iterator of the moved block shall run begin .. begin + extent - 1 there; begin speaks of the loops around the new
// place.
struct Span {
    ExprPtr begin;
    ExprPtr extent;
};
using Spans = std::map<std::string, Span>;

struct Placed {
    FunctionPtr function;
    Forwarding forwarding;
    std::vector<std::string> notes;
};

// Takes the block out of its place and puts it into the body of loop `target` at `position` (counted before the block
// leaves). Iterators in `spans` get loops of that extent, named after the loops that they were bound to; the others
// keep their loops. Where a span reaches beyond the iterator's domain the block gets a predicate.
Result<Placed> placeBlock(const Function& function, const Located& block, const Located& target, const Spans& spans,
                          std::size_t position);

// Do the loops around the block run through each combination of its iterators exactly once (mixed radix)? If not, the
// loops that repeat it or an empty list if the bindings are not of that form.
struct Coverage {
    bool exact = false;
    std::vector<std::string> repeats;
};
Coverage coverageOf(const Function& function, const std::string& block);

// Do the indices keep all of the variable? Each of its quotients and remainders stands in one of them, in mixed radix.
bool tellsApart(const std::vector<ExprPtr>& indices, const std::string& variable, const Ranges& ranges);

// How many values 0 .. n-1 a mixed-radix form over whole loops takes, 1 for the empty form; 0 if it is none. Its
// constant must be 0.
std::int64_t boxSize(const Linear& form, const Ranges& ranges);

// The box of a buffer that accesses below the loop touch in one iteration of it, over the loops around and itself.
// nullopt: none. `blocks`, if given: only by the statements of these.
std::optional<Region> touchedBelow(const Module& module, const Function& function, const Loop& loop,
                                   const std::string& buffer, bool reads, bool writes,
                                   const std::set<std::string>& blocks = {});
bool contains(const Region& outer, const Region& inner);  // for certain

}  // namespace strata::loops
