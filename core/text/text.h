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

// Full says everything. Short leaves out what follows from the rest: a block's own iterators where its statements can
// speak of the loops around (short_form.h), the level where the statements show it; nested loops of any kind share a
// line, and no line that can be broken is much longer than 100 characters. It parses back, too: to the same function
// where it is told what it was printed from (parseFunction's `like`), else to one of the same meaning.
enum class Form { Full, Short };

std::string print(const Module& module);
std::string print(const Function& function, Form form = Form::Full);
std::vector<TextLine> printLines(const Module& module, Form form = Form::Full);
std::vector<TextLine> printLines(const Function& function, Form form = Form::Full);
std::string print(const ExprPtr& expression);
std::string print(const Body& body);
std::string print(const IndexMap& map);  // "(i, j) -> (i // 8, j, i % 8)"

// Constants elided in the text are looked up by name; the default knows none.
using ConstantLookup = std::function<Result<ConstantPtr>(const std::string& name, const TensorType& type)>;
// Errors name line and column, show the line with a caret, and say what was expected. `file` is for messages.
Result<ModulePtr> parseModule(std::string_view text, const ConstantLookup& lookup = {},
                              const std::string& file = "text");
// Blocks in short form that say what those of `like` say become the same; `like` may be null.
Result<FunctionPtr> parseFunction(std::string_view text, const ConstantLookup& lookup = {},
                                  const Function* like = nullptr);
Result<ExprPtr> parseExpr(std::string_view text, const std::map<std::string, DType>& variables);
// "n % 8 == 0, m <= 512", or with `and` between.
Result<SizeFacts> parseSizeFacts(std::string_view text);
// "(i, j) -> (i // 8, j, i % 8)" for a source of the given shape; the range is what the map reaches.
Result<IndexMap> parseIndexMap(std::string_view text, const std::vector<std::int64_t>& domain);

// FILE.strata holds the text; FILE.strata.weights (only if there are elided constants) their bytes. Written to
// temporaries, then renamed.
Status save(const Module& module, const std::string& path);
Result<ModulePtr> loadText(const std::string& path);

}  // namespace strata
