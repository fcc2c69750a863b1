// The text form of modules. print is exact: parse(print(m)) equals m for every function of every level.
//
// Grammar by example is in samples/ and in tests/core/text; large constants are elided and live in a side file (see save).
#pragma once

#include "core/ir/module.h"

namespace strata {

// A printed line and what it shows, innermost first; several if a line speaks of several (a grid of loops).
struct TextLine {
    std::string text;                 // without newline
    std::vector<Cursor> cursors;
};

std::string print(const Module& module);
std::string print(const Function& function);
std::vector<TextLine> printLines(const Module& module);
std::vector<TextLine> printLines(const Function& function);
std::string print(const ExprPtr& expression);
std::string print(const Body& body);

// Constants elided in the text are looked up by name; the default knows none.
using ConstantLookup = std::function<Result<ConstantPtr>(const std::string& name, const TensorType& type)>;
// Errors name line and column, show the line with a caret, and say what was expected. `file` is for messages.
Result<ModulePtr> parseModule(std::string_view text, const ConstantLookup& lookup = {}, const std::string& file = "text");
Result<FunctionPtr> parseFunction(std::string_view text, const ConstantLookup& lookup = {});
Result<ExprPtr> parseExpr(std::string_view text, const std::map<std::string, DType>& variables);
// "(i, j) -> (i // 8, j, i % 8)" for a source of the given shape; the range is what the map reaches.
Result<IndexMap> parseIndexMap(std::string_view text, const std::vector<std::int64_t>& domain);

// FILE.strata holds the text; FILE.strata.weights (only if there are elided constants) their bytes. Written to temporaries, then renamed.
Status save(const Module& module, const std::string& path);
Result<ModulePtr> loadText(const std::string& path);

}  // namespace strata
