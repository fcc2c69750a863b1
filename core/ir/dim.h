// Dimensions of a shape: polynomials with integer coefficients over named symbols ("batch", "sequence"), or a constant.
//
// What is no polynomial (the floor division in a convolution's output size, a count that depends on data) is a fresh
// symbol made by unknown(), whose name says where it came from. Equal dimensions compare equal: the polynomial is kept
// in normal form.
//
// Nearly all dimensions are constants, and shapes are copied with every type, so a constant is a number and only what
// has symbols has terms, which copies share.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace strata {

class Dim {
public:
    Dim(std::int64_t constant = 0)
        : m_constant(constant)
    {
    }
    static Dim symbol(std::string name);

    bool isConstant() const { return !m_symbolic; }
    // Only if isConstant(): where a dimension with symbols is read as a number, the program ends.
    std::int64_t constant() const { return m_symbolic ? readAsNumber() : m_constant; }
    std::vector<std::string> symbols() const;  // sorted, each once
    std::string text() const;                  // "128", "batch", "2*n*m + 3"
    // Replaces symbols by numbers; symbols not in `values` stay.
    Dim bind(const std::map<std::string, std::int64_t>& values) const;

    friend Dim operator+(const Dim& a, const Dim& b);
    friend Dim operator-(const Dim& a, const Dim& b);
    friend Dim operator*(const Dim& a, const Dim& b);
    friend bool operator==(const Dim& a, const Dim& b)
    {
        return a.m_constant == b.m_constant
               && (a.m_symbolic == b.m_symbolic || (a.m_symbolic && b.m_symbolic && *a.m_symbolic == *b.m_symbolic));
    }

    // monomial (sorted symbol names, repeated for powers; empty for the constant) -> coefficient, never 0
    using Terms = std::map<std::vector<std::string>, std::int64_t>;
    Terms terms() const;
    static Dim fromTerms(const Terms& terms);

private:
    static Dim ofNormal(Terms terms);
    [[noreturn]] std::int64_t readAsNumber() const;

    std::int64_t m_constant = 0;              // 0 where there are symbols
    std::shared_ptr<const Terms> m_symbolic;  // all terms, in normal form; nullptr: a constant
};

using Shape = std::vector<Dim>;

bool isConstant(const Shape& shape);
std::vector<std::int64_t> constants(const Shape& shape);  // only if isConstant(shape)
Shape toShape(const std::vector<std::int64_t>& sizes);
// Number of elements; nullopt if symbolic or above 2^62.
std::optional<std::int64_t> elementCount(const Shape& shape);
std::string toString(const Shape& shape);  // "[1, 784]"

}  // namespace strata
