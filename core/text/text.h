// The text form of modules. print is exact: parse(print(m)) equals m for every function of every level.
//
// Grammar by example is in samples/ and in tests/core/text/texts; constants of more than 64 elements are elided and
// live in a side file (see save). A name that is no identifier, or is a keyword, stands in backquotes. A number without
// a type is i64 or f32, or takes the type of what it meets; others are written f64(0.1).
#pragma once

#include "core/ir/module.h"

namespace strata {

// A printed line and what it shows: first the node to select on a click. A grid of loops shows its loops, innermost
// first; a node of a graph itself and then its values; the def line the function and then its parameters. A line
// without a node of its own (a store, a return) shows the block, loop or function it stands in. Header and blank lines
// show nothing.
struct TextLine {
    std::string text;  // without newline
    std::vector<Cursor> cursors;
};

std::string print(const Module& module);
std::string print(const Function& function);
std::vector<TextLine> printLines(const Module& module);
std::vector<TextLine> printLines(const Function& function);
std::string print(const ExprPtr& expression);
std::string print(const Body& body);
std::string print(const IndexMap& map);  // "(i, j) -> (i // 8, j, i % 8)"

// Constants elided in the text are looked up by name; the default knows none.
using ConstantLookup = std::function<Result<ConstantPtr>(const std::string& name, const TensorType& type)>;
// Errors name line and column, show the line with a caret, and say what was expected. `file` is for messages.
Result<ModulePtr> parseModule(std::string_view text, const ConstantLookup& lookup = {},
                              const std::string& file = "text");
Result<FunctionPtr> parseFunction(std::string_view text, const ConstantLookup& lookup = {});
Result<ExprPtr> parseExpr(std::string_view text, const std::map<std::string, DType>& variables);
// "(i, j) -> (i // 8, j, i % 8)" for a source of the given shape; the range is what the map reaches.
Result<IndexMap> parseIndexMap(std::string_view text, const std::vector<std::int64_t>& domain);

// FILE.strata holds the text; FILE.strata.weights (only if there are elided constants) their bytes. Written to
// temporaries, then renamed.
Status save(const Module& module, const std::string& path);
Result<ModulePtr> loadText(const std::string& path);

}  // namespace strata
