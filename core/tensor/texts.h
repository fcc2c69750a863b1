// Texts by number: what the elements of a tensor of strings are where loops run.
//
// A table belongs to one run, never to the process. Equal texts have one number; 0 is the empty text.
#pragma once

#include "core/tensor/tensor.h"

#include <deque>
#include <unordered_map>

namespace strata {

class Texts {
public:
    Texts() { number(""); }
    Texts(const Texts&) = delete;
    Texts& operator=(const Texts&) = delete;

    std::int64_t number(std::string_view text);  // a new one where there is none yet
    // The empty text for what is no number of a text (an element that nobody wrote).
    const std::string& text(std::int64_t number) const;
    std::int64_t count() const { return std::int64_t(m_texts.size()); }

    std::vector<std::string> made() const { return {m_texts.begin() + 1, m_texts.end()}; }  // from number 1 on

    Bytes numbers(const std::vector<std::string>& strings);  // i64, one behind the other
    std::vector<std::string> strings(const Bytes& numbers) const;

private:
    std::deque<std::string> m_texts;  // where they are, they stay
    std::unordered_map<std::string_view, std::int64_t> m_numbers;
};

// The first elements of a tensor of strings for a reader: "setosa", "virginica" and 148 more.
std::string quoted(const Tensor& strings, std::size_t most);

}  // namespace strata
