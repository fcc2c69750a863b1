// A loops function as sites: the places where elements are accessed, with the loops around them and their order, ready
// for integer analysis.
#pragma once

#include "core/analysis/accesses.h"
#include "core/analysis/relation.h"
#include "core/analysis/unfuse.h"
#include "core/analysis/update.h"
#include "core/index/sizes.h"

namespace strata {

// A block's body, or its init part (a site of its own, since it runs where the reduce iterators are 0).
struct Site {
    std::string name;  // what instances are matched by: the block's name; of an init part NAME_init
    const Block* block = nullptr;
    std::vector<const Loop*> loops;  // around, outermost first
    std::vector<BlockIter>
        iters;  // that tell its instances apart; bindings over the loops around, through enclosing blocks
    std::vector<ExprPtr> conditions;     // predicates, over the loops around
    std::vector<Access> accesses;        // over the block's iterators and Access::inner
    std::vector<Substitution> bindings;  // block iterator -> expression over the loops around
    // Where it stands: per list of statements on the way down the position, and the loop entered there (-1: none, a
    // block or the statement).
    struct Step {
        int position = 0;
        int loop = -1;  // index into `loops`
    };
    std::vector<Step> path;
    std::optional<Update> update;  // what the body does to its elements, if its repetitions may change places
    bool init = false;
    std::vector<std::string> sizes;  // of the function
    std::vector<ExprPtr> facts;      // that it assumes of them
    // On a device: for each axis of several blocks a loop of the kernel (the outermost statement around) bound to it.
    std::vector<const Loop*> grid;
    bool writesGlobal = false;  // memory that all blocks see
};

struct SiteTable {
    Unfused unfused;  // what the sites point into: the body, fused loops taken apart
    std::vector<Site> sites;
    std::map<std::string, std::vector<std::string>> privateLoops;  // buffer -> loops around its allocation
    std::map<std::string, Shape> shapes;
    std::vector<std::string> sizes;  // of the function, sorted
    std::string trouble;             // why the function cannot be analysed
};

bool isUnordered(const Loop& loop);  // its iterations run at the same time: parallel, vectorized or bound
bool isBlockLoop(const Loop& loop);  // bound to an axis of blocks
// Of a kernel (an outermost statement): for each axis of several blocks a loop that is bound to it.
std::vector<const Loop*> gridOf(const StmtPtr& kernel);
// What lies in memory that all blocks of a device see.
std::set<std::string> globalBuffers(const Function& function);

SiteTable siteTable(const Module* module, const Function& function);

// How two executions of sites in one function may lie to each other: an exhaustive list of disjoint cases, over isl
// variables x0.. (loops of the first) and y0.. (loops of the second).
//
// Program order is decided where the ways of two executions part: by the statements there or by a loop's iterations.
// It is kept but where
//   - that is a loop whose iterations run at the same time (parallel, vectorized, bound), or
//   - both run in one kernel of a device, in different blocks: a barrier orders the threads of one block, but blocks
//     wait for each other only between kernels, so nothing inside of one orders them. A statement outside of the loops
//     over an axis is run by its first block if it writes global memory, else by all of them.
// Threads are ordered by a barrier wherever two statements, or two iterations of a serial loop, hold loops over threads
// that touch the same; the iterations of one such loop are not.
struct Case {
    enum class Order { Before, After, Same } order = Order::Before;  // first to second, were all loops serial
    const Loop* unordered = nullptr;                                 // the loop that leaves the order open
    std::string condition;                                           // "x0 = y0 and x1 < y1"
    std::size_t shared = 0;  // loops, outermost first, of which both are in one iteration
};
// `parallel`: a loop to treat as parallel whatever its kind.
std::vector<Case> orderCases(const Site& first, const Site& second, const std::string& parallel = {});

// isl texts. Executions are the tuple of the loops around ("[x0, x1]").
std::string tuple(const char* prefix, std::size_t count);
std::string domainOf(const Site& site, const char* prefix);          // constraints on the loops
Relation iterRelation(const IslContext& context, const Site& site);  // execution -> iterators
Relation accessRelation(const IslContext& context, const SiteTable& program, const Site& site,
                        const Access& access);  // execution -> private loops, element

// An execution of a site: the variables of the loops around, outermost first, and the sizes for which it is one.
struct Execution {
    std::vector<std::int64_t> loops;
    SizeValues sizes;
};
// Loop variables and sizes as numbers; indices and iterators then evaluate to numbers.
std::map<std::string, std::int64_t> iterValues(const Site& site, const Execution& execution);
std::optional<std::int64_t> evaluate(const ExprPtr& e, const std::map<std::string, std::int64_t>& values);
std::string instanceText(const Site& site, const Execution& execution);  // "dense(vi=0, vj=3)"
Instance instanceOf(const Site& site, const Access& access, const Execution& execution);
std::string elementText(const Site& site, const Access& access, const Execution& execution);  // "acc[3]"
std::string sizesText(const SizeValues& sizes);                                               // " (n = 3, m = 0)"; ""

}  // namespace strata
