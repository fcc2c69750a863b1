#include "app/workbench/judge_order.h"

#include "app/workbench/roundoff.h"

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

constexpr double closeUlps = 32;  // of two keys that count as equal: a few roundings of each

// Along the last dimension, in one direction in each row of it, and not all alike.
bool isSorted(const Tensor& key)
{
    const std::int64_t last = *elementCount({key.type.shape.back()});
    bool rises = false, falls = false;
    for (std::int64_t i = 0; i < key.count(); ++i)
        if (i % last != 0) {
            rises = rises || key.at(i - 1) < key.at(i);
            falls = falls || key.at(i - 1) > key.at(i);
        }
    return rises != falls;
}

class Order {
public:
    Order(const std::vector<Tensor>& expected, const std::vector<Tensor>& actual, const MayBe& mayBe, std::size_t key,
          const std::vector<OutputVerdict>& verdicts)
        : m_expected(expected)
        , m_actual(actual)
        , m_mayBe(mayBe)
        , m_key(expected[key])
    {
        const Shape& shape = m_key.type.shape;
        for (std::size_t o = 0; o < verdicts.size(); ++o) {
            const Shape& other = expected[o].type.shape;
            if (verdicts[o].comparison.reason.empty() && expected[o].type.dtype != DType::String
                && other.size() >= shape.size() && std::equal(shape.begin(), shape.end(), other.begin()))
                m_outputs.push_back(o);
        }
    }

    const std::vector<std::size_t>& outputs() const { return m_outputs; }

    // How many rows stand in another place; nothing, if that does not explain all that differs.
    std::optional<std::int64_t> exchanged() const
    {
        std::vector<std::int64_t> open;
        for (std::int64_t row = 0; row < m_key.count(); ++row)
            if (!agree(row, row))
                open.push_back(row);
        std::vector<std::int64_t> places = open;
        for (const std::int64_t row : open) {
            const auto place = std::find_if(places.begin(), places.end(), [&](std::int64_t other) {
                return areClose(row, other) && agree(row, other);
            });
            if (place == places.end())
                return std::nullopt;
            places.erase(place);
        }
        return std::int64_t(open.size());
    }

private:
    // Of the expected keys: neighbours in one row of the last dimension, apart by rounding.
    bool areClose(std::int64_t a, std::int64_t b) const
    {
        const std::int64_t last = *elementCount({m_key.type.shape.back()});
        const double x = m_key.at(a), y = m_key.at(b);
        return a / last == b / last
               && distance(x, y) <= closeUlps * 2 * unitRoundoff(m_key.type.dtype) * std::max(std::abs(x), std::abs(y));
    }

    // What stands in `row` is what is expected in the row `other`, in all outputs.
    bool agree(std::int64_t row, std::int64_t other) const
    {
        return std::all_of(m_outputs.begin(), m_outputs.end(), [&](std::size_t o) {
            const std::int64_t width = m_expected[o].count() / m_key.count();
            for (std::int64_t i = 0; i < width; ++i)
                if (!m_mayBe(m_expected[o].type.dtype, m_actual[o].at(row * width + i),
                             m_expected[o].at(other * width + i)))
                    return false;
            return true;
        });
    }

    const std::vector<Tensor>&m_expected, &m_actual;
    const MayBe& m_mayBe;
    const Tensor& m_key;
    std::vector<std::size_t> m_outputs;
};

bool mayBeKey(const Tensor& tensor, const OutputVerdict& verdict)
{
    return verdict.passed && isFloat(tensor.type.dtype) && !tensor.type.shape.empty() && tensor.count() > 1
           && isSorted(tensor);
}

}  // namespace

void judgeOrder(const std::vector<Tensor>& expected, const std::vector<Tensor>& actual, const MayBe& mayBe,
                std::vector<OutputVerdict>& verdicts)
{
    const auto isOpen = [&](std::size_t o) { return !verdicts[o].passed; };
    for (std::size_t key = 0; key < verdicts.size(); ++key) {
        if (!mayBeKey(expected[key], verdicts[key]))
            continue;
        const Order order(expected, actual, mayBe, key, verdicts);
        if (std::none_of(order.outputs().begin(), order.outputs().end(), isOpen))
            continue;
        if (const std::optional<std::int64_t> rows = order.exchanged())
            for (const std::size_t o : order.outputs())
                if (isOpen(o)) {
                    verdicts[o].passed = true;
                    verdicts[o].exchanged = *rows;
                }
    }
}

}  // namespace strata
