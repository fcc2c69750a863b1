// Functions of texts as calls in expressions of the loops level: text_join(x, y), text_lower(x), real_of_text(x) ...
//
// They have no expression behind them: the evaluator (core/machine) and the runtime of artifacts do what
// core/base/text_bytes.h says. Devices do not have them. A text that is no number ends the run.
#pragma once

#include "core/ir/expr.h"

#include <optional>

namespace strata {

struct TextFunction {
    std::string name;
    DType gives = DType::String;
    std::vector<DType> takes;
    std::string documentation;
};
const std::vector<TextFunction>& textFunctions();
const TextFunction* findTextFunction(std::string_view name);
bool isTextCall(const Expr& e);
// The same call where the arguments became f64: each is rounded to the type that the function takes.
ExprPtr textCallOfWide(const Expr& e, std::vector<ExprPtr> args);
// The expression of a call of text_matches; nullopt: it is none, or the expression is no constant.
std::optional<std::string> matchedExpression(const Expr& e);
ExprPtr textCall(std::string_view function, std::vector<ExprPtr> args);  // of a function that there is

}  // namespace strata
