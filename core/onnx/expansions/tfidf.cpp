// TfIdfVectorizer: how often each n-gram of a pool stands in a row.
//
// The elements of a row at distance d, for each place where n of them fit, are n slices that end as far from the end as
// they begin from the beginning; a place counts for an n-gram where each slice equals its element:
//
//     found[place, gram] = equal(X[place], gram[0]) and equal(X[place + d], gram[1]) and ...
#include "core/onnx/expansions/expansion.h"

#include <algorithm>
#include <limits>
#include <map>

namespace strata::onnx {

namespace {

using ::onnx::NodeProto;
using ::onnx::TensorProto;

class TfIdf {
public:
    TfIdf(const NodeProto& node, const Place& place)
        : m_node(node)
        , m_place(place)
        , m_function(node, expansionOpset)
        , m_write(m_function.nodes())
    {
    }

    Result<Expansion> run()
    {
        STRATA_CHECK(read());
        if (m_pool.empty() && m_words.empty())
            return refused(say("The node '{}' (TfIdfVectorizer) has no pool of n-grams.", m_place.name));
        m_elements = m_words.empty() ? m_write.add("Cast", {m_function.input(0)},
                                                   {attributeOf("to", std::int64_t(TensorProto::INT64))})
                                     : m_function.input(0);
        std::vector<std::int64_t> columns;  // of the output, one a column of the counts
        Names counts;
        for (std::int64_t length = m_shortest; length <= m_longest; ++length) {
            const auto [begin, end] = poolOf(length);
            if (end - begin < length)
                continue;
            counts.push_back(countsOf(length, begin, end));
            for (std::int64_t at = begin; at < end; at += length)
                columns.push_back(m_columns[std::size_t(gramsBefore(length) + (at - begin) / length)]);
        }
        const std::string sorted = inColumns(counts, columns);
        m_write.add("Identity", {weighted(sorted)}, {}, {m_function.output(0)});
        return m_function.finish();
    }

private:
    Error error(const std::string& message) const
    {
        return refused(say("The node '{}' ({}) {}", m_place.name, "TfIdfVectorizer", message));
    }

    Status read()
    {
        m_pool = integersOf(m_node, "pool_int64s");
        m_words = wordsOf(m_node, "pool_strings");
        m_begins = integersOf(m_node, "ngram_counts");
        m_columns = integersOf(m_node, "ngram_indexes");
        m_shortest = std::max<std::int64_t>(integerOf(m_node, "min_gram_length", 1), 1);
        m_longest = std::min<std::int64_t>(integerOf(m_node, "max_gram_length", 1), std::int64_t(m_begins.size()));
        m_mode = wordOf(m_node, "mode", "TF");
        m_weights = realsOf(m_node, "weights");
        if (m_mode != "TF" && m_mode != "IDF" && m_mode != "TFIDF")
            return error("has the mode " + m_mode + "; it is TF, IDF or TFIDF.");
        std::int64_t grams = 0;
        for (std::int64_t length = 1; length <= std::int64_t(m_begins.size()); ++length) {
            const auto [begin, end] = poolOf(length);
            if (begin < 0 || end < begin || end > poolSize() || (end - begin) % length != 0)
                return error("has a pool of " + std::to_string(poolSize())
                             + " elements, which its ngram_counts do not divide into n-grams.");
            grams += (end - begin) / length;
        }
        const std::int64_t columns = m_columns.empty() ? 0 : *std::max_element(m_columns.begin(), m_columns.end()) + 1;
        if (std::int64_t(m_columns.size()) != grams
            || std::any_of(m_columns.begin(), m_columns.end(), [](std::int64_t column) { return column < 0; })
            || columns > 10'000'000)
            return error("has " + std::to_string(m_columns.size()) + " ngram_indexes for " + std::to_string(grams)
                         + " n-grams, or one out of range.");
        if (!m_weights.empty() && std::int64_t(m_weights.size()) != columns)
            return error("has " + std::to_string(m_weights.size()) + " weights for " + std::to_string(columns)
                         + " columns.");
        m_count = columns;
        return {};
    }

    std::int64_t poolSize() const { return std::int64_t(std::max(m_pool.size(), m_words.size())); }

    std::pair<std::int64_t, std::int64_t> poolOf(std::int64_t length) const
    {
        return {m_begins[std::size_t(length - 1)],
                length < std::int64_t(m_begins.size()) ? m_begins[std::size_t(length)] : poolSize()};
    }

    std::int64_t gramsBefore(std::int64_t length) const
    {
        std::int64_t grams = 0;
        for (std::int64_t shorter = 1; shorter < length; ++shorter)
            grams += (poolOf(shorter).second - poolOf(shorter).first) / shorter;
        return grams;
    }

    // The k-th element of each n-gram.
    std::string partOf(std::int64_t length, std::int64_t k, std::int64_t begin, std::int64_t end)
    {
        TensorProto tensor;
        tensor.set_data_type(m_words.empty() ? TensorProto::INT64 : TensorProto::STRING);
        tensor.add_dims((end - begin) / length);
        for (std::int64_t at = begin + k; at < end; at += length)
            if (m_words.empty())
                tensor.add_int64_data(m_pool[std::size_t(at)]);
            else
                tensor.add_string_data(m_words[std::size_t(at)]);
        return m_write.constant(tensor);
    }

    // How often each n-gram of this length occurs, over all distances.
    std::string countsOf(std::int64_t length, std::int64_t begin, std::int64_t end)
    {
        const std::int64_t distances = length == 1
                                           ? 1
                                           : std::max<std::int64_t>(integerOf(m_node, "max_skip_count", 0), 0) + 1;
        std::string total;
        for (std::int64_t d = 1; d <= distances; ++d) {
            std::string found;
            for (std::int64_t k = 0; k < length; ++k) {
                const std::int64_t last = length - 1 - k;
                const std::string slice = m_write.add(
                    "Slice", {m_elements, m_write.integers({k * d}),
                              m_write.integers({last == 0 ? std::numeric_limits<std::int64_t>::max() : -last * d}),
                              m_write.integers({-1})});
                const std::string equal = m_write.add(
                    "Equal",
                    {m_write.add("Unsqueeze", {slice, m_write.integers({-1})}), partOf(length, k, begin, end)});
                found = found.empty() ? equal : m_write.add("And", {found, equal});
            }
            const std::string ones = m_write.add("Cast", {found},
                                                 {attributeOf("to", std::int64_t(TensorProto::FLOAT))});
            const std::string sum = m_write.add("ReduceSum", {ones, m_write.integers({-2})},
                                                {attributeOf("keepdims", std::int64_t(0))});
            total = total.empty() ? sum : m_write.add("Add", {total, sum});
        }
        return total;
    }

    std::string joined(const std::string& a, const std::string& b)
    {
        return m_write.add("Concat", {a, b}, {attributeOf("axis", std::int64_t(-1))});
    }

    // A column that nothing counts for is 0; where several n-grams share one, it is their sum.
    std::string inColumns(const Names& counts, const std::vector<std::int64_t>& columns)
    {
        if (counts.empty())
            return zeros(m_count);
        std::string all = counts[0];
        for (std::size_t i = 1; i < counts.size(); ++i)
            all = joined(all, counts[i]);
        all = joined(all, zeros(1));
        std::vector<std::vector<std::int64_t>> sources;  // the first, the second ... n-gram of each column
        std::map<std::int64_t, std::size_t> seen;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const std::size_t before = seen[columns[i]]++;
            if (before == sources.size())
                sources.emplace_back(std::size_t(m_count), std::int64_t(columns.size()));
            sources[before][std::size_t(columns[i])] = std::int64_t(i);
        }
        std::string sum;
        for (const auto& source : sources) {
            const std::string part = m_write.add("Gather", {all, m_write.integers(source)},
                                                 {attributeOf("axis", std::int64_t(-1))});
            sum = sum.empty() ? part : m_write.add("Add", {sum, part});
        }
        return sum;
    }

    // As many rows as the input has, of zeros.
    std::string zeros(std::int64_t columns)
    {
        const std::string rows = m_write.add("Shape", {m_function.input(0)}, {attributeOf("end", std::int64_t(-1))});
        return m_write.add("Expand", {m_write.reals({0}, {}), m_write.add("Concat", {rows, m_write.integers({columns})},
                                                                          {attributeOf("axis", std::int64_t(0))})});
    }

    std::string weighted(const std::string& counts)
    {
        if (m_mode == "TF")
            return counts;
        const std::string weights = m_weights.empty() ? m_write.reals({1}, {}) : m_write.reals(m_weights, {m_count});
        if (m_mode == "TFIDF")
            return m_write.add("Mul", {counts, weights});
        return m_write.add("Where",
                           {m_write.add("Greater", {counts, m_write.reals({0}, {})}), weights, m_write.reals({0}, {})});
    }

    const NodeProto& m_node;
    const Place& m_place;
    FunctionWriter m_function;
    NodeWriter m_write;
    std::vector<std::int64_t> m_pool, m_begins, m_columns;
    Names m_words;
    std::vector<float> m_weights;
    std::string m_mode, m_elements;
    std::int64_t m_shortest = 1, m_longest = 1, m_count = 0;
};

}  // namespace

Result<Expansion> expandTfIdf(const NodeProto& node, const Place& place) { return TfIdf(node, place).run(); }

}  // namespace strata::onnx
