// Scalar expressions of the loops level: values, and the index arithmetic around them.
//
// Semantics, the same in the evaluator, in compiled code at any vector width, and on devices:
//   - Floats are IEEE 754, round to nearest even, denormals kept. Short ones (core/base/dtype.h) compute in f32 and
//     round after each operation.
//   - Integers wrap. FloorDiv and FloorMod round to minus infinity (Python's // and %); Div on integers truncates (C).
//     Dividing by zero gives 0, quotient and remainder alike, and the smallest value by -1 wraps (as numpy). Div on
//     floats is IEEE.
//   - Shl and Shr (arithmetic if signed) take the amount as unsigned; by the width or more they give 0, or the sign.
//   - Max(a, b) is `a > b ? a : b` and Min(a, b) is `a < b ? a : b`: one ordered select, so Max(0, x) hands on a NaN in
//     x. Maximum and Minimum hand a NaN on from either side and have -0 < +0, so they are associative and commutative;
//     on integers they are Max and Min.
//   - Fma(a, b, c) rounds once. Nothing else is ever contracted. For integers it is a*b+c.
//   - Round is to nearest even. Cast float -> integer truncates and saturates, NaN gives 0; bool <- x is x != 0; f64 ->
//   f32 rounds.
//   - Bitcast reinterprets between types of one size.
//   - Load(buffer, indices) reads an element; indices are i64, in bounds.
//   - Checked(index, extent) is the index if 0 <= index < extent: how an index that is data is written, so that its
//   range
//     is known whatever the data. Any other value is an error of the run that names index, place and instance; until it
//     is reported the index counts as 0, and a store at it does not happen. A trusted one (`i` is 1) is promised to be
//     in range: the evaluator looks all the same, compiled code does not.
//   - Strings are compared by Eq and Ne, chosen and moved; a constant holds its text in `name`. What reads or makes
//   texts is
//     a Call of core/ir/text_functions.h.
//   - Call(name, args) is otherwise an elementary function (exp log tanh erf sin cos pow ...): it stands for the
//   expression that
//     core/elementary/elementary.h defines; there is no library behind it.
//   - Let(name, value, body) binds a Var in body.
//   - Select evaluates only the side taken (so a Load in the other side may be out of bounds).
#pragma once

#include "core/base/dtype.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace strata {

enum class Op : std::uint8_t {
    Const,
    Var,
    Load,
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    FloorMod,
    Min,
    Max,
    Minimum,
    Maximum,
    And,
    Or,
    Xor,
    Shl,
    Shr,  // on integers; And, Or, Xor also on bool
    Eq,
    Ne,
    Lt,
    Le,   // -> bool; a > b is written b < a
    Not,  // bool or integer complement
    Neg,
    Abs,
    Sqrt,
    Floor,
    Ceil,
    Trunc,
    Round,
    Fma,
    Select,
    Cast,
    Bitcast,
    Call,
    Let,
    Checked,
};

class Expr;
using ExprPtr = std::shared_ptr<const Expr>;

class Expr {
public:
    Op op = Op::Const;
    DType type = DType::I64;
    std::vector<ExprPtr> args = {};  // Load: the indices; Select: condition, then, else; Let: value, body;
                                     // Checked: index, extent
    std::string name = {};  // Var: variable; Load: buffer; Call: function; Let: the bound variable; Const: a text
    // Const: floats in `f` (already rounded to `type`), bool and integers in `i` (u64 as its bits). Checked: 1 in `i`
    // if it is trusted.
    double f = 0;
    std::int64_t i = 0;
};

// Constructors. Binary operations need operands of one type; the result has it (comparisons: bool).
ExprPtr intConst(std::int64_t value, DType type = DType::I64);
ExprPtr floatConst(double value, DType type = DType::F32);
ExprPtr boolConst(bool value);
ExprPtr textConst(std::string text);
ExprPtr zero(DType type);  // 0, 0.0, False or the empty text
ExprPtr var(std::string name, DType type = DType::I64);
ExprPtr load(std::string buffer, DType type, std::vector<ExprPtr> indices);
ExprPtr unary(Op op, ExprPtr a);
ExprPtr binary(Op op, ExprPtr a, ExprPtr b);
ExprPtr fma(ExprPtr a, ExprPtr b, ExprPtr c);
ExprPtr select(ExprPtr condition, ExprPtr a, ExprPtr b);
ExprPtr cast(DType type, ExprPtr a);  // a itself if it has the type
ExprPtr bitcast(DType type, ExprPtr a);
ExprPtr call(std::string function, DType type, std::vector<ExprPtr> args);
ExprPtr let(std::string name, ExprPtr value, ExprPtr body);
ExprPtr checked(ExprPtr index, ExprPtr extent);
ExprPtr trusted(ExprPtr index, ExprPtr extent);

// Index arithmetic that folds constants and drops neutral elements (x + 0, x * 1, x // 1, x % 1, 0 * x); for i64.
ExprPtr operator+(const ExprPtr& a, const ExprPtr& b);
ExprPtr operator-(const ExprPtr& a, const ExprPtr& b);
ExprPtr operator*(const ExprPtr& a, const ExprPtr& b);
ExprPtr operator+(const ExprPtr& a, std::int64_t b);
ExprPtr operator-(const ExprPtr& a, std::int64_t b);
ExprPtr operator*(const ExprPtr& a, std::int64_t b);
ExprPtr floorDiv(const ExprPtr& a, std::int64_t b);
ExprPtr floorMod(const ExprPtr& a, std::int64_t b);

bool equal(const ExprPtr& a, const ExprPtr& b);      // structural; NaN constants equal NaN, -0 differs from 0
bool isConst(const ExprPtr& e);                      // op == Const
bool isConst(const ExprPtr& e, std::int64_t value);  // an integer constant of that value

// Calls visit on e and everything below, parents first.
void walk(const ExprPtr& e, const std::function<void(const Expr&)>& visit);
// Rebuilds bottom-up: `rewrite` sees a node whose arguments are done and returns a replacement or nullptr to keep it.
// Unchanged subtrees come back as the same pointer.
ExprPtr transform(const ExprPtr& e, const std::function<ExprPtr(const ExprPtr&)>& rewrite);

struct Substitution {  // variable -> expression; see substitute
    std::string name;
    ExprPtr value;
};
ExprPtr substitute(const ExprPtr& e, const std::vector<Substitution>& values);
std::vector<std::string> freeVariables(const ExprPtr& e);  // each once, in order of appearance
std::string opName(Op op);                                 // "fma", "+", "//", ...

}  // namespace strata
