// A loops function as sites: the places where elements are accessed, with the loops around them and their order, ready
// for integer analysis.
#pragma once

#include "core/analysis/accesses.h"
#include "core/analysis/relation.h"
#include "core/analysis/unfuse.h"

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
    bool update = false;  // the body updates elements by an associative-commutative operation
    bool init = false;
};

struct SiteTable {
    Unfused unfused;  // what the sites point into: the body, fused loops taken apart
    std::vector<Site> sites;
    std::map<std::string, std::vector<std::string>> privateLoops;  // buffer -> loops around its allocation
    std::map<std::string, Shape> shapes;
    std::string trouble;  // why the function cannot be analysed (a loop extent that is no constant)
};
// Whether a block's body is one update `a = a op ...` by an associative-commutative operation over its reduce
// iterators.
bool isUpdate(const Block& block);

SiteTable siteTable(const Module* module, const Function& function);

// How two executions of sites in one function may lie to each other: an exhaustive list of disjoint cases, over isl
// variables x0.. (loops of the first) and y0.. (loops of the second). Executions in different iterations of a parallel,
// vectorized or bound loop are not ordered; between the statements below a threadIdx loop lies a barrier.
struct Case {
    enum class Order { Before, After, Same } order = Order::Before;  // first to second, were all loops serial
    const Loop* unordered = nullptr;                                 // the loop that leaves the order open
    std::string condition;                                           // "x0 = y0 and x1 < y1"
};
// `parallel`: a loop to treat as parallel whatever its kind.
std::vector<Case> orderCases(const Site& first, const Site& second, const std::string& parallel = {});

// isl texts. Executions are the tuple of the loops around ("[x0, x1]").
std::string tuple(const char* prefix, std::size_t count);
std::string domainOf(const Site& site, const char* prefix);          // constraints on the loops
Relation iterRelation(const IslContext& context, const Site& site);  // execution -> iterators
Relation accessRelation(const IslContext& context, const SiteTable& program, const Site& site,
                        const Access& access);  // execution -> private loops, element

// Loop variables of an execution as numbers; indices and iterators then evaluate to numbers.
std::map<std::string, std::int64_t> iterValues(const Site& site, const std::vector<std::int64_t>& loops);
std::optional<std::int64_t> evaluate(const ExprPtr& e, const std::map<std::string, std::int64_t>& values);
std::string instanceText(const Site& site, const std::vector<std::int64_t>& loops);  // "dense(vi=0, vj=3)"
std::string elementText(const Site& site, const Access& access, const std::vector<std::int64_t>& loops);  // "acc[3]"

}  // namespace strata
