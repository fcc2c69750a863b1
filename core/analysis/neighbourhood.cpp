// An execution is found by asking isl for the loops that give these values of iterators; where it lies in the order is
// its position in the program (places in lists, values of loops), and positions are compared as they are. So the
// picture costs as much in a program of a billion executions as in one of ten.
#include "core/analysis/neighbourhood.h"

#include "core/analysis/sites.h"

#include <algorithm>
#include <set>

namespace strata {

namespace {

constexpr std::int64_t side = 5, farthest = 6;
constexpr unsigned long quota = 2'000'000;

using LoopValues = std::vector<std::int64_t>;
using Position = std::vector<std::int64_t>;

const Site* siteOf(const SiteTable& program, const std::string& name)
{
    for (const Site& site : program.sites)
        if (site.name == name)
            return &site;
    return nullptr;
}

std::int64_t valueOf(const Instance& instance, const std::string& iter)
{
    for (const auto& [name, value] : instance.iters)
        if (name == iter)
            return value;
    return 0;
}

// The iterators that span the grid: those in which the two differ, and as many others as there is room for, inner ones
// first.
std::vector<std::string> spanningAxes(const Site& site, const Instance& first, const Instance* second)
{
    std::vector<std::string> axes;
    const auto take = [&](const BlockIter& iter) {
        if (axes.size() < 2 && std::find(axes.begin(), axes.end(), iter.name) == axes.end() && !isConst(iter.extent, 1))
            axes.push_back(iter.name);
    };
    for (const BlockIter& iter : site.iters)
        if (second && valueOf(first, iter.name) != valueOf(*second, iter.name))
            take(iter);
    for (auto iter = site.iters.rbegin(); iter != site.iters.rend(); ++iter)
        take(*iter);
    std::sort(axes.begin(), axes.end(), [&](const std::string& a, const std::string& b) {
        const auto index = [&](const std::string& name) {
            return std::find_if(site.iters.begin(), site.iters.end(),
                                [&](const BlockIter& iter) { return iter.name == name; });
        };
        return index(a) < index(b);
    });
    return axes;
}

GridAxis axisAround(const Site& site, const std::string& name, std::int64_t low, std::int64_t high)
{
    const auto iter = std::find_if(site.iters.begin(), site.iters.end(),
                                   [&](const BlockIter& one) { return one.name == name; });
    const std::int64_t extent = number(iter->extent).value_or(1);
    const std::int64_t count = std::min(extent, std::max(side, high - low + 1));
    const std::int64_t first = high < count ? 0 : std::min(std::max<std::int64_t>(0, low - 1), extent - count);
    return {name, first, count, extent};
}

InstanceGrid gridAround(const Site& site, const Instance& one, const Instance* other)
{
    InstanceGrid grid;
    grid.block = site.name;
    const std::vector<std::string> axes = spanningAxes(site, one, other);
    const auto around = [&](const std::string& name) {
        const std::int64_t a = valueOf(one, name), b = other ? valueOf(*other, name) : a;
        return axisAround(site, name, std::min(a, b), std::max(a, b));
    };
    if (!axes.empty())
        grid.columns = around(axes.back());
    if (axes.size() > 1)
        grid.rows = around(axes.front());
    for (const BlockIter& iter : site.iters)
        if (iter.name != grid.rows.name && iter.name != grid.columns.name)
            grid.fixed.emplace_back(iter.name, valueOf(one, iter.name));
    grid.cells.resize(std::size_t(grid.rows.count * grid.columns.count));
    return grid;
}

// One grid can hold both if they differ in two iterators at most, and lie close.
bool shareGrid(const Site& site, const Instance& a, const Instance& b)
{
    if (a.block != b.block)
        return false;
    int differing = 0;
    for (const BlockIter& iter : site.iters) {
        const std::int64_t distance = std::abs(valueOf(a, iter.name) - valueOf(b, iter.name));
        differing += distance != 0;
        if (distance >= farthest)
            return false;
    }
    return differing <= 2;
}

GridPlace placeOf(const InstanceGrid& grid, int index, const Instance& instance)
{
    return {index, grid.rows.name.empty() ? 0 : valueOf(instance, grid.rows.name) - grid.rows.first,
            grid.columns.name.empty() ? 0 : valueOf(instance, grid.columns.name) - grid.columns.first};
}

// Executions of a site, by the values of its iterators.
class Finder {
public:
    Finder(const Module* module, const Function& function)
        : m_program(siteTable(module, function))
        , m_context(quota)
    {
    }
    const SiteTable& program() const { return m_program; }

    // The values of the loops around; nullopt: it does not run, or isl gave up.
    std::optional<LoopValues> loopsOf(const Site& site, const LoopValues& iters)
    {
        std::string point = "{ " + tuple("i", iters.size()) + " -> " + tuple("x", site.loops.size()) + " : 1 = 1";
        for (std::size_t i = 0; i < iters.size(); ++i)
            point += " and i" + std::to_string(i) + " = " + std::to_string(iters[i]);
        const auto pair = (Relation(m_context, point + " }") & executions(site)).sample();
        return pair ? std::optional(pair->to) : std::nullopt;
    }
    static Position positionOf(const Site& site, const LoopValues& loops)
    {
        Position position;
        for (const Site::Step& step : site.path) {
            position.push_back(step.position);
            if (step.loop >= 0)
                position.push_back(isUnordered(*site.loops[std::size_t(step.loop)]) ? 0
                                                                                    : loops[std::size_t(step.loop)]);
        }
        return position;
    }

private:
    const Relation& executions(const Site& site)
    {
        const auto found = m_executions.find(&site);
        return found != m_executions.end()
                   ? found->second
                   : m_executions.emplace(&site, iterRelation(m_context, site).inverse()).first->second;
    }

    SiteTable m_program;
    IslContext m_context;
    std::map<const Site*, Relation> m_executions;
};

class Survey {
public:
    Survey(const Conflict& conflict, const Function& now, const Function* asked, const Module* module)
        : m_conflict(conflict)
        , m_now(module, now)
    {
        if (asked)
            m_asked.emplace(module, *asked);
    }

    std::optional<Neighbourhood> build()
    {
        const Site* first = siteOf(m_now.program(), m_conflict.first.block);
        const Site* second = siteOf(m_now.program(), m_conflict.second.block);
        if (!first || !second || !m_now.program().trouble.empty())
            return std::nullopt;
        layGrids(*first, *second);
        m_result.hasAsked = m_asked && rank(*m_asked, &GridCell::asked);
        if (!rank(m_now, &GridCell::now))
            return std::nullopt;
        seekNeeds(*first, *second);
        return std::move(m_result);
    }

private:
    void layGrids(const Site& first, const Site& second)
    {
        const bool one = shareGrid(first, m_conflict.first, m_conflict.second);
        m_result.grids.push_back(gridAround(first, m_conflict.first, one ? &m_conflict.second : nullptr));
        if (!one)
            m_result.grids.push_back(gridAround(second, m_conflict.second, nullptr));
        m_result.first = placeOf(m_result.grids.front(), 0, m_conflict.first);
        m_result.second = placeOf(m_result.grids.back(), one ? 0 : 1, m_conflict.second);
    }

    // The iterators of a cell, in the order of the site.
    static LoopValues itersOf(const InstanceGrid& grid, const Site& site, std::size_t cell)
    {
        const std::int64_t row = std::int64_t(cell) / grid.columns.count,
                           column = std::int64_t(cell) % grid.columns.count;
        LoopValues values;
        for (const BlockIter& iter : site.iters) {
            const auto fixed = std::find_if(grid.fixed.begin(), grid.fixed.end(),
                                            [&](const auto& one) { return one.first == iter.name; });
            values.push_back(iter.name == grid.rows.name      ? grid.rows.first + row
                             : iter.name == grid.columns.name ? grid.columns.first + column
                             : fixed != grid.fixed.end()      ? fixed->second
                                                              : 0);
        }
        return values;
    }

    // Ways that are equal are one time. False if a block is not there, or neither of the two is found to run.
    bool rank(Finder& finder, int GridCell::*place)
    {
        std::map<Position, std::vector<GridCell*>> positions;
        for (InstanceGrid& grid : m_result.grids) {
            const Site* site = siteOf(finder.program(), grid.block);
            if (!site || !finder.program().trouble.empty())
                return false;
            for (std::size_t cell = 0; cell < grid.cells.size(); ++cell)
                if (const auto loops = finder.loopsOf(*site, itersOf(grid, *site, cell)))
                    positions[Finder::positionOf(*site, *loops)].push_back(&grid.cells[cell]);
        }
        int rank = 0;
        for (const auto& [position, cells] : positions) {
            ++rank;
            for (GridCell* cell : cells)
                cell->*place = rank;
        }
        return cellOf(m_result.first).*place > 0 && cellOf(m_result.second).*place > 0;
    }
    const GridCell& cellOf(const GridPlace& place) const
    {
        return m_result.grids[std::size_t(place.grid)].at(place.row, place.column);
    }

    struct Touch {
        GridPlace place;
        int now = 0;
    };
    using Touches = std::map<std::vector<std::int64_t>, std::vector<Touch>>;  // by element
    // Who in a grid reads or writes elements of the conflict's buffer.
    Touches touchesOf(int index, const Site& site, bool writes) const
    {
        const std::string buffer = m_conflict.first.element.substr(0, m_conflict.first.element.find('['));
        const InstanceGrid& grid = m_result.grids[std::size_t(index)];
        Touches touches;
        for (std::size_t cell = 0; cell < grid.cells.size(); ++cell) {
            const LoopValues iters = itersOf(grid, site, cell);
            std::map<std::string, std::int64_t> values;
            for (std::size_t i = 0; i < iters.size(); ++i)
                values[site.iters[i].name] = iters[i];
            for (const Access& access : site.accesses) {
                if (access.buffer != buffer || access.write != writes || grid.cells[cell].now == 0)
                    continue;
                std::vector<std::int64_t> element;
                for (const ExprPtr& begin : access.begin)
                    if (const auto at = evaluate(begin, values))
                        element.push_back(*at);
                if (element.size() == access.begin.size())
                    touches[element].push_back(
                        {{index, std::int64_t(cell) / grid.columns.count, std::int64_t(cell) % grid.columns.count},
                         grid.cells[cell].now});
            }
        }
        return touches;
    }
    // Of those that come before, the last one.
    void seekNeeds(const Site& first, const Site& second)
    {
        const Touches before = touchesOf(m_result.first.grid, first, m_conflict.first.writes);
        const Touches after = touchesOf(m_result.second.grid, second, m_conflict.second.writes);
        for (const auto& [element, later] : after) {
            const auto found = before.find(element);
            if (found == before.end())
                continue;
            for (const Touch& touch : later) {
                const Touch* last = nullptr;
                for (const Touch& earlier : found->second)
                    if (earlier.now < touch.now && (!last || earlier.now > last->now))
                        last = &earlier;
                if (last)
                    add(last->place, touch.place);
            }
        }
        add(m_result.first, m_result.second);
    }
    void add(const GridPlace& from, const GridPlace& to)
    {
        const std::pair pair(from, to);
        if (std::find(m_result.needs.begin(), m_result.needs.end(), pair) == m_result.needs.end())
            m_result.needs.push_back(pair);
    }

    const Conflict& m_conflict;
    Finder m_now;
    std::optional<Finder> m_asked;
    Neighbourhood m_result;
};

}  // namespace

std::optional<Neighbourhood> neighbourhoodOf(const Conflict& conflict, const Function& now, const Function* asked,
                                             const Module* module)
{
    if (!now.loops() || (asked && !asked->loops()) || hasSizes(now))
        return std::nullopt;
    return Survey(conflict, now, asked, module).build();
}

}  // namespace strata
