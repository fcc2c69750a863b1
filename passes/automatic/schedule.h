// What the rules of automatic scheduling share: taking visible steps, and looking at a function's blocks.
#pragma once

#include "core/analysis/accesses.h"
#include "core/analysis/dependence.h"
#include "core/session/session.h"
#include "core/text/names.h"
#include "passes/automatic/automatic.h"

#include <map>
#include <optional>
#include <set>

namespace strata::automatic {

// Takes steps on one function, each marked with the rule at work, all of a rule's or none.
class Schedule {
public:
    Schedule(Session& session, std::string function, AutomaticReport& report, Decisions decisions = {},
             Effect most = Effect::Reassociated)
        : m_session(session)
        , m_function(std::move(function))
        , m_report(report)
        , m_decisions(std::move(decisions))
        , m_most(most)
    {
    }

    // What was decided for a block; empty: nothing.
    std::string decision(const std::string& block) const
    {
        const auto found = m_decisions.find(block);
        return found == m_decisions.end() ? "" : found->second;
    }

    // No step may do more to the numbers.
    Effect most() const { return m_most; }

    // Runs a rule on what is called `where`. If it ends with an error, all that it did is taken back; returns whether
    // it stands.
    Status attempt(const std::string& rule, const std::function<Status()>& steps);
    // The same; an error goes to the report.
    bool attempt(const std::string& rule, const std::string& where, const std::function<Status()>& steps);
    // Takes steps and looks at what came of them: where that is not what the rule is after, they are taken back.
    bool keepIf(const std::string& rule, const std::function<bool()>& steps);
    void report(const std::string& rule, const std::string& where, const Error& error);

    // The loop that a block stays in, because its iterations wait for each other (the steps of a sequence): rules see
    // the loops below it alone. Empty: none.
    void stayBelow(const std::string& loop) { m_stay = loop; }
    const std::string& stay() const { return m_stay; }

    // Within a rule. The arguments after the function, as in a recipe: step("split", "j, [_, 16]").
    Status step(const std::string& transform, const std::string& arguments);
    // A step that the rule can do without: whether it was taken. Only a fault of Strata is an error.
    Result<bool> offer(const std::string& transform, const std::string& arguments);

    const Module& module() const { return *m_session.current()->module; }
    const Function& function() const { return *module().find(m_function); }
    const std::string& name() const { return m_function; }
    Block block(const std::string& name) const { return *findBlock(function(), name)->block(); }
    bool hasBlock(const std::string& name) const { return findBlock(function(), name).has_value(); }
    std::vector<std::string> blocks() const { return blockNames(function()); }
    // Loops around a block, outermost first; only those below `outer` if it is named, else below the one it stays in.
    std::vector<std::string> loopsAround(const std::string& block, const std::string& outer = {}) const;
    std::int64_t extent(const std::string& loop) const;
    // The loops that an iterator's binding speaks of, of those below `outer`.
    std::vector<std::string> loopsOf(const std::string& block, const std::string& iter,
                                     const std::string& outer = {}) const;
    std::vector<std::int64_t> shapeOf(const std::string& buffer) const;
    bool isParameter(const std::string& buffer) const;  // or result
    // Every caller passes a constant for this parameter.
    bool isConstant(const std::string& buffer) const;
    int lanes() const;      // of f32 in a vector register of the target
    int registers() const;  // for vectors, of the target

private:
    Session& m_session;
    std::string m_function, m_rule, m_stay;
    AutomaticReport& m_report;
    Decisions m_decisions;
    Effect m_most;
    mutable std::optional<std::set<std::string>> m_constants;  // parameters that are constants for every caller
};

using text::nameText;
std::string nameList(const std::vector<std::string>& names);  // "[a, b]"

// {0, 2, 3, 1}: "(i0, i1, i2, i3) -> (i0, i2, i3, i1)"
std::string permutation(const std::vector<std::size_t>& order);

// How an access moves with an iterator.
enum class Stride {
    None,        // not at all
    Contiguous,  // along the last dimension by 1
    Single,      // is one whole index elsewhere
    Other
};
Stride strideOf(const Access& access, const std::string& iter);
// Of panels that another block has packed already, [iter // n, ..., iter % n]: n, neighbours side by side; else 0.
std::int64_t panelOf(const Access& access, const std::string& iter);
// The accesses of a block, without the dimensions of one element behind the others: they move nothing.
std::vector<Access> accessesOf(const Schedule& schedule, const Block& block);
bool mentions(const ExprPtr& e, const std::string& name);

// The number of iterations of a block over all its iterators; 0 if not constant.
std::int64_t instances(const Block& block);
bool isReduction(const Block& block);
// The innermost loop around a block of which an iterator must run in order; empty: there is none.
std::string orderedLoopOf(const Schedule& schedule, const std::string& block);
// The same over the iterators that do not run in order, where the block stays in a loop.
std::int64_t instancesBelow(const Schedule& schedule, const Block& block);
// Its loops are as lowering made them: plain, and around this block alone.
bool isUntouched(const Schedule& schedule, const std::string& block);
// Elementwise blocks whose buffer one other elementwise block alone reads go into that block.
void inlineChains(Schedule& schedule);
// The decision which threads share the nest of a block, and what it may be; without one, the cost model decides.
std::string threadsOf(const std::string& block);
const std::vector<std::string>& threadChoices();
// Shares the outermost loop around a block that has iterations to share, if its nest takes long enough for that.
Status parallelize(Schedule& schedule, const std::string& block);

// Values that hold a picture's channels in their second dimension, with their rank: what goes from convolutions and
// pools to their like, directly or by what is elementwise. Asked of the graph of operators.
using ChannelValues = std::map<std::string, std::size_t>;
ChannelValues channelValues(const Module& module, const Function& graph);
// The steps that put the channels of these values last, of the graph whose operators have become calls of loops.
std::vector<Arguments> layoutSteps(const Module& module, const Function& graph, const ChannelValues& values);
// Intermediate buffers lie as the parameters that elementwise blocks compute them from or into.
void followLayouts(Schedule& schedule);
// Borders around pictures go into the windows that slide over each channel by itself.
void inlineBorders(Schedule& schedule);

// The rules, one file each.
void scheduleTile(Schedule& schedule, const std::string& block);
bool scheduleDotProduct(Schedule& schedule, const std::string& block);  // whether the block is one
bool scheduleDepthwise(Schedule& schedule, const std::string& block);   // likewise
bool schedulePlanes(Schedule& schedule, const std::string& block);      // likewise
bool isDepthwise(const Schedule& schedule, const std::string& block);   // whether that rule would take it
// The tiles that a block may have, as decisions name them.
std::vector<std::string> tilesOf(const Schedule& schedule, const std::string& block);
std::vector<std::string> dotProductsOf(const Schedule& schedule, const std::string& block);     // empty: it is none
std::vector<std::string> depthwiseTilesOf(const Schedule& schedule, const std::string& block);  // likewise
std::vector<std::string> planeTilesOf(const Schedule& schedule, const std::string& block);      // likewise
void scheduleElementwise(Schedule& schedule, const std::string& block);
// Vectors along the innermost loop of a block, if that is the one whose neighbours are neighbours in memory.
Status innermostVectors(Schedule& schedule, const std::string& block);
// Whether results of the block lie side by side for a tile of vectors.
bool hasVectorTiles(const Schedule& schedule, const std::string& block);
// Whether there are sums, and all of them run along rows; then the whole function can be scheduled by that.
bool runsAlongRows(const Schedule& schedule);
bool scheduleRows(Schedule& schedule);
bool scheduleThreads(Schedule& schedule);  // all nests of the function, for a device; whether it is worth that

}  // namespace strata::automatic
