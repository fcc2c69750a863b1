// Dimensions of a shape: polynomials with integer coefficients over named symbols ("batch", "sequence"), or a constant.
//
// What is no polynomial (the floor division in a convolution's output size, a count that depends on data) is a fresh
// symbol made by unknown(), whose name says where it came from. Equal dimensions compare equal: the polynomial is kept
// in normal form.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace strata {

class Dim {
public:
    Dim(std::int64_t constant = 0);
    static Dim symbol(std::string name);

    bool isConstant() const;
    std::int64_t constant() const;             // only if isConstant()
    std::vector<std::string> symbols() const;  // sorted, each once
    std::string text() const;                  // "128", "batch", "2*n*m + 3"
    // Replaces symbols by numbers; symbols not in `values` stay.
    Dim bind(const std::map<std::string, std::int64_t>& values) const;

    friend Dim operator+(const Dim& a, const Dim& b);
    friend Dim operator-(const Dim& a, const Dim& b);
    friend Dim operator*(const Dim& a, const Dim& b);
    friend bool operator==(const Dim& a, const Dim& b) = default;

    // monomial (sorted symbol names, repeated for powers; empty for the constant) -> coefficient, never 0
    using Terms = std::map<std::vector<std::string>, std::int64_t>;
    const Terms& terms() const { return m_terms; }
    static Dim fromTerms(Terms terms);

private:
    Terms m_terms;
};

using Shape = std::vector<Dim>;

bool isConstant(const Shape& shape);
std::vector<std::int64_t> constants(const Shape& shape);  // only if isConstant(shape)
Shape toShape(const std::vector<std::int64_t>& sizes);
// Number of elements; nullopt if symbolic or above 2^62.
std::optional<std::int64_t> elementCount(const Shape& shape);
std::string toString(const Shape& shape);  // "[1, 784]"

}  // namespace strata
