// Expressions as isl text, whatever they hold: a part that is not affine (data, a product of variables) becomes an
// unknown of its own, about which only its interval is known. What holds for all values of the unknowns holds; what
// fails for some of them may be impossible, so that the answer is then "cannot be proved". Equal parts are one unknown:
// all texts of one object speak of one moment, an index and the Selects around it, between which nothing is stored.
#pragma once

#include "core/index/simplify.h"

#include <string>

namespace strata {

class AffineText {
public:
    // `names`: variable -> its name in isl.
    AffineText(std::map<std::string, std::string> names, Ranges ranges);

    std::string index(const ExprPtr& e);      // i64
    std::string condition(const ExprPtr& e);  // bool
    // "exists u0, u1 : " and " and ..." for what the texts so far speak of.
    std::string unknowns() const;
    const std::string& constraints() const { return m_constraints; }
    // Why the texts say less than the expressions: "p[v] depends on data"; empty: they say the same.
    const std::string& lost() const { return m_lost; }

private:
    std::string fresh();
    std::string unknown(const ExprPtr& e);
    std::string binaryIndex(const Expr& e, const char* symbol);
    std::string chosen(const ExprPtr& condition, const std::string& yes, const std::string& no);

    std::map<std::string, std::string> m_names;
    Ranges m_ranges;
    std::vector<std::pair<ExprPtr, std::string>> m_known;
    std::vector<std::string> m_unknowns;
    std::string m_constraints, m_lost;
};

}  // namespace strata
