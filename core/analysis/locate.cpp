// Nodes by name, with the path down to them. Names are unique within a function and a kind (the verifier holds it), so
// a depth-first search finds the node; it goes into the init part of a block too, since nested blocks stand there after
// blockize.
#include "core/analysis/locate.h"

#include "core/analysis/accesses.h"

#include <algorithm>

namespace strata {

const Body& children(const StmtPtr& stmt)
{
    static const Body none;
    if (const Loop* loop = as<Loop>(stmt))
        return loop->body;
    if (const Block* block = as<Block>(stmt))
        return block->body;
    return none;
}

namespace {

template<class Matches>
std::optional<Located> findIn(const Body& body, std::vector<StmtPtr>& path, const Matches& matches)
{
    for (const StmtPtr& stmt : body) {
        if (matches(stmt))
            return Located{stmt, path};
        path.push_back(stmt);
        if (const Block* block = as<Block>(stmt))
            if (auto found = findIn(block->init, path, matches))
                return found;
        if (auto found = findIn(children(stmt), path, matches))
            return found;
        path.pop_back();
    }
    return std::nullopt;
}

template<class Matches>
std::optional<Located> findIn(const Function& function, const Matches& matches)
{
    const LoopsBody* loops = function.loops();
    std::vector<StmtPtr> path;
    return loops ? findIn(loops->body, path, matches) : std::nullopt;
}

template<class Node>
std::vector<std::string> namesOf(const Function& function)
{
    std::vector<std::string> names;
    if (const LoopsBody* loops = function.loops())
        walk(loops->body, [&](const StmtPtr& stmt) {
            if (const Node* node = as<Node>(stmt))
                names.push_back(node->name);
        });
    return names;
}

std::vector<std::string> touching(const Function& function, const std::string& buffer, bool writes)
{
    std::vector<std::string> names;
    if (const LoopsBody* loops = function.loops())
        walk(loops->body, [&](const StmtPtr& stmt) {
            const Block* block = as<Block>(stmt);
            if (!block)
                return;
            const std::vector<Access> all = accesses(nullptr, *block);
            if (std::any_of(all.begin(), all.end(),
                            [&](const Access& a) { return a.buffer == buffer && a.write == writes; }))
                names.push_back(block->name);
        });
    return names;
}

}  // namespace

std::optional<Located> findLoop(const Function& function, const std::string& name)
{
    return findIn(function, [&](const StmtPtr& stmt) { return as<Loop>(stmt) && as<Loop>(stmt)->name == name; });
}

std::optional<Located> findBlock(const Function& function, const std::string& name)
{
    return findIn(function, [&](const StmtPtr& stmt) { return as<Block>(stmt) && as<Block>(stmt)->name == name; });
}

std::vector<std::string> blockNames(const Function& function) { return namesOf<Block>(function); }
std::vector<std::string> loopNames(const Function& function) { return namesOf<Loop>(function); }

std::vector<std::string> readersOf(const Function& function, const std::string& buffer)
{
    return touching(function, buffer, false);
}
std::vector<std::string> writersOf(const Function& function, const std::string& buffer)
{
    return touching(function, buffer, true);
}

Ranges rangesAround(const std::vector<StmtPtr>& ancestors)
{
    Ranges ranges;
    for (const StmtPtr& stmt : ancestors)
        if (const Loop* loop = as<Loop>(stmt))
            enter(ranges, loop->name, loop->extent);
        else if (const Block* block = as<Block>(stmt))
            ranges.merge(iterRanges(*block));
    return ranges;
}

Premises premisesAround(const Function& function, const std::vector<StmtPtr>& ancestors)
{
    Premises premises;
    enterSizes(premises, function);
    for (const StmtPtr& stmt : ancestors)
        if (const Loop* loop = as<Loop>(stmt))
            enter(premises, loop->name, loop->extent);
        else if (const Block* block = as<Block>(stmt))
            enter(premises, *block);
    return premises;
}

Ranges iterRanges(const Block& block)
{
    Ranges ranges;
    for (const BlockIter& iter : block.iters)
        enter(ranges, iter.name, iter.extent);
    return ranges;
}

}  // namespace strata
