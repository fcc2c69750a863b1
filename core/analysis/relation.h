// Integer relations, as a value class over isl (Verdoolaege, "isl: An Integer Set Library for the Polyhedral Model",
// 2010).
//
// A relation is written in isl's notation, "{ [x0, x1] -> [y0] : y0 = x0 + 1 and 0 <= x1 < 8 }". Sizes are isl's
// parameters, "[p_n] -> { [x0] : 0 <= x0 < p_n }": a relation is empty if it is so whatever they are. Operations on a
// relation that failed fail too, so a chain of them needs one look at IslContext::failure at its end. A relation may
// not outlive its context; contexts are not shared between threads.
#pragma once

#include "core/ir/expr.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct isl_ctx;
struct isl_map;

namespace strata {

class IslContext {
public:
    // `operations`: how much isl may do before it gives up; 0: no limit.
    explicit IslContext(unsigned long operations);
    ~IslContext();
    IslContext(const IslContext&) = delete;
    IslContext& operator=(const IslContext&) = delete;
    isl_ctx* get() const { return m_ctx; }
    std::string failure() const;  // why an operation failed, as a sentence; empty if none did

private:
    isl_ctx* m_ctx;
};

class Relation {
public:
    Relation(const IslContext& context, const std::string& text);
    Relation(const Relation& other);
    Relation(Relation&& other) noexcept;
    Relation& operator=(Relation other) noexcept;
    ~Relation();

    Relation inverse() const;
    Relation then(const Relation& next) const;  // a -> c where a -> b here and b -> c in `next`
    Relation operator&(const Relation& other) const;
    Relation operator|(const Relation& other) const;
    Relation operator-(const Relation& other) const;
    bool empty() const;      // false if it failed
    bool injective() const;  // false if it failed
    struct Pair {
        std::vector<std::int64_t> from, to;
        std::map<std::string, std::int64_t> sizes;  // for which there is such a pair, as small as can be
    };
    // Some pair, the lexicographically smallest where that is cheap to find; nullopt if empty or failed.
    std::optional<Pair> sample() const;

private:
    explicit Relation(isl_map* map)
        : m_map(map)
    {
    }
    isl_map* m_map;
};

// A size's name as one of isl's parameters, whatever characters it has.
std::string asParameter(const std::string& size);
// "[p_n, p_m] -> ", which begins a relation that speaks of them; empty without sizes.
std::string parameters(const std::vector<std::string>& sizes);

// The expression in isl's notation, variables renamed by `names`; nullopt if it is not quasi-affine (data-dependent, a
// product of variables) or speaks of other variables. Works on i64 arithmetic and on comparisons and logic over it.
std::optional<std::string> toIsl(const ExprPtr& e, const std::map<std::string, std::string>& names);

}  // namespace strata
