#include "core/ir/text_functions.h"

#include <algorithm>

namespace strata {

const std::vector<TextFunction>& textFunctions()
{
    constexpr DType text = DType::String, whole = DType::I64;
    static const std::vector<TextFunction> functions{
        {"f32_of_text", DType::F32, {text}, "The real number that the text says, rounded to f32."},
        {"f64_of_text", DType::F64, {text}, "The real number that the text says, rounded to f64."},
        {"i64_of_text", whole, {text}, "The whole number that the text says."},
        {"text_before", DType::Bool, {text, text}, "Whether the first text comes before the second, byte by byte."},
        {"text_join", text, {text, text}, "The second text behind the first."},
        {"text_lower", text, {text}, "In lower letters: Latin, Greek, Cyrillic, Armenian."},
        {"text_matches",
         DType::Bool,
         {text, text},
         "Whether all of the text matches a regular expression, a constant, in RE2's syntax."},
        {"text_of_f32", text, {DType::F32}, "The number with as few digits as tell it from all others of f32."},
        {"text_of_f64", text, {DType::F64}, "The number with as few digits as tell it from all others of f64."},
        {"text_of_i64", text, {whole}, "The number in decimal digits."},
        {"text_of_u64", text, {DType::U64}, "The number in decimal digits."},
        {"text_piece",
         text,
         {text, text, whole, whole},
         "Piece k of a text between delimiters, of which the first n part it; an empty delimiter is white space, and "
         "past the last piece the text is empty: text_piece(x, delimiter, n, k)."},
        {"text_pieces", whole, {text, text, whole}, "How many pieces text_piece(x, delimiter, n, k) tells apart."},
        {"text_token",
         text,
         {text, text, whole, whole},
         "Run k of n or more characters of a class (0: each by itself), which is written as in a regular expression; past the last one the "
         "text is empty: text_token(x, \"a-z0-9\", n, k)."},
        {"text_tokens", whole, {text, text, whole}, "How many runs text_token(x, class, n, k) tells apart."},
        {"text_upper", text, {text}, "In upper letters: Latin, Greek, Cyrillic, Armenian."},
        {"u64_of_text", DType::U64, {text}, "The whole number that the text says, 0 or more."},
    };
    return functions;
}

const TextFunction* findTextFunction(std::string_view name)
{
    const auto& functions = textFunctions();
    const auto found = std::find_if(functions.begin(), functions.end(),
                                    [&](const TextFunction& function) { return function.name == name; });
    return found == functions.end() ? nullptr : &*found;
}

bool isTextCall(const Expr& e) { return e.op == Op::Call && findTextFunction(e.name); }

ExprPtr textCallOfWide(const Expr& e, std::vector<ExprPtr> args)
{
    const TextFunction& function = *findTextFunction(e.name);
    for (std::size_t i = 0; i < std::min(args.size(), function.takes.size()); ++i)
        if (isFloat(function.takes[i]))
            args[i] = cast(function.takes[i], args[i]);
    return call(function.name, function.gives, std::move(args));
}

std::optional<std::string> matchedExpression(const Expr& e)
{
    const bool is = e.op == Op::Call && e.name == "text_matches" && e.args.size() == 2 && e.args[1]->op == Op::Const;
    return is ? std::optional(e.args[1]->name) : std::nullopt;
}

ExprPtr textCall(std::string_view function, std::vector<ExprPtr> args)
{
    const TextFunction& found = *findTextFunction(function);
    return call(found.name, found.gives, std::move(args));
}

}  // namespace strata
