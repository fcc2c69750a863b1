// Coverage by one writer that fills all of a buffer, over numbers or sizes.
#include "core/verify/coverage.h"

#include <algorithm>
#include <map>

namespace strata {

namespace {

// Whether an access writes every element of a buffer in each iteration of the loops that it shares: over numbers or
// sizes, also in tiles whose last one is cut off at the buffer's end.
class Whole {
public:
    Whole(const Site& site, const Access& access, std::size_t shared, const Shape& shape)
        : m_site(site)
        , m_access(access)
        , m_shape(shape)
    {
        for (std::size_t i = shared; i < site.loops.size(); ++i)
            m_open[site.loops[i]->name] = site.loops[i]->extent;
    }

    bool covers()
    {
        if (!m_access.conditions.empty() || !m_access.inner.empty() || m_access.init
            || m_access.begin.size() != m_shape.size())
            return false;
        for (std::size_t d = 0; d < m_shape.size(); ++d)
            if (m_access.extent[d] != 1 || !coversDimension(d))
                return false;
        const bool allRun = std::all_of(m_open.begin(), m_open.end(), [](const auto& loop) {
            const auto count = number(loop.second);
            return count && *count > 0;
        });
        return allRun && cutsOffNothing();
    }

private:
    struct Digit {
        std::int64_t weight = 1;
        ExprPtr extent;
    };

    // The index runs over the digits of a mixed radix from 0 on. Of these the largest may run to a size.
    bool coversDimension(std::size_t d)
    {
        const Linear index = linear(simplify(substitute(m_access.begin[d], m_site.bindings), {}));
        m_indices.push_back(index);
        std::vector<Digit> digits;
        for (const Linear::Term& term : index.terms) {
            const auto loop = term.atom->op == Op::Var ? m_open.find(term.atom->name) : m_open.end();
            if (loop == m_open.end() || term.coefficient < 0)
                return false;
            digits.push_back({term.coefficient, loop->second});
            m_open.erase(loop);  // an index of another dimension with it would be a diagonal
        }
        std::sort(digits.begin(), digits.end(), [](const Digit& a, const Digit& b) { return a.weight < b.weight; });
        std::int64_t reach = 1;  // 0 .. reach-1 are taken
        for (std::size_t i = 0; i < digits.size(); ++i) {
            if (digits[i].weight > reach)
                return false;
            const auto count = number(digits[i].extent);
            if (!count)
                return index.constant == 0 && i + 1 == digits.size() && reachesSize(digits[i], d);
            if (*count <= 0)
                return false;
            reach += digits[i].weight * (*count - 1);
        }
        return index.constant == 0 && m_shape[d].isConstant() && reach >= m_shape[d].constant();
    }
    // As many pieces as the dimension has, the last one perhaps in part.
    bool reachesSize(const Digit& digit, std::size_t d) const
    {
        const ExprPtr size = toExpr(m_shape[d]);
        const ExprPtr pieces = digit.weight == 1 ? size : floorDiv(size + intConst(digit.weight - 1), digit.weight);
        return difference(simplify(digit.extent, {}), simplify(pieces, {})) == 0;
    }
    // Each condition says only that an index stays inside the buffer.
    bool cutsOffNothing() const
    {
        const auto conditions = exactGuards(m_site.conditions, {});
        return conditions && std::all_of(conditions->begin(), conditions->end(), [&](const Linear& guard) {
                   for (std::size_t d = 0; d < m_shape.size(); ++d) {
                       const Linear room = add(add(guard, m_indices[d]), linear(toExpr(m_shape[d])), -1);
                       if (room.isConstant() && room.constant >= -1)  // guard >= 0 is index < size
                           return true;
                   }
                   return false;
               });
    }

    const Site& m_site;
    const Access& m_access;
    const Shape& m_shape;
    std::map<std::string, ExprPtr> m_open;  // loops below the shared ones that no dimension has yet
    std::vector<Linear> m_indices;
};

}  // namespace

bool coveredByWhole(const SiteTable& program, const Site& reader, const std::string& buffer, const Shape& shape)
{
    for (const Site& writer : program.sites)
        for (const Access& write : writer.accesses)
            if (write.write && write.buffer == buffer)
                if (const auto shared = sharedLoops(writer, reader);
                    shared && Whole(writer, write, *shared, shape).covers())
                    return true;
    return false;
}

}  // namespace strata
