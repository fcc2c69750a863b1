// The commands of `strata`; each returns its exit code.
#pragma once

#include "app/cli/options.h"
#include "app/cli/progress.h"

#include <nlohmann/json_fwd.hpp>

namespace strata::cli {

int info(const Options& options);
int show(const Options& options);
int diff(const Options& options);
int definitions(const Options& options);
int transforms(const Options& options);
int apply(const Options& options);
int edit(const Options& options);
int check(const Options& options);
int run(const Options& options);
int explain(const Options& options);
int lesson(const Options& options);
int tune(const Options& options);
int exportModel(const Options& options);
int cache(const Options& options);
int report(const Options& options);

// Opens a model with a session at the untouched state, or behind what the options say of its sizes. What is unsafe in
// its text is said on stderr.
Result<Study> open(const Options& options, const std::string& path, Toolchain& toolchain,
                   const Progress& progress = {});
// The recipes of the options are files that can be read: asked before anything long begins.
Status readRecipes(const Options& options);
// Applies a recipe; after a refused step the session stands before it. What automatic scheduling could not do is said
// on stderr.
// Adds to the hint what would be legal (core/transform/help.h), as lines of a recipe.
void addHelp(const Session& session, const Step& step, Error& error);
Status applyRecipe(Session& session, const RecipeSource& recipe, const Options& options, const Progress& progress = {});
// All that the options name, in their order.
Status applyRecipes(Session& session, const Options& options, const Progress& progress);
// The same, with what is to be said.
Result<std::vector<std::string>> takeSteps(Session& session, const RecipeSource& source, const Options& options,
                                           const Progress& progress = {});
// The steps that --inout asks for, after the recipes; applyRecipes does so, too.
Status takeInouts(Session& session, const Options& options);
void printRemarks(const std::vector<std::string>& remarks, const Options& options);
// Opens the model of a command and applies its one recipe (none: untouched). What goes wrong is printed and its exit
// code returned.
Exit prepare(const Options& options, Toolchain& toolchain, const Progress& progress, std::optional<Study>& prepared);
// What a state says of itself, on stderr.
void printNotes(const std::vector<std::string>& notes, const Options& options);
// A step that is refused, or a run that its data end (an index out of its range), is an answer and no wrong use of the
// command; anything else has the code of its kind.
Exit exitOfAnswer(const Error& error);
Exit failAnswer(const Error& error, const Options& options);
// Whether a module can run on --target at all, asked before it runs: lowered, compiled and loaded.
Status runnable(const Module& module, const Options& options, Toolchain& toolchain, const Progress& progress = {});
// The same of a run that ended with an error. Evaluation needs no lowering, so it ends with an error either because
// Strata knows too little of the module, which lowering says too, or because of what its data made it do.
bool couldRun(const Module& module, const Options& options, Toolchain& toolchain);
// The error of a module that was runnable.
Exit failRun(const Error& error, const Module& module, const Options& options, Toolchain& toolchain);
// The threads that a command runs on: --threads, else what the module was made for, else one.
int threadsFor(const Options& options, const Target& target);
// The same error, with the model's file in front unless it names it.
Error inFile(Error error, const std::string& path);
// The single MODEL of a command.
Result<std::string> modelPath(const Options& options);

// Prints a JSON object on stdout; names in models need not be UTF-8, so bad bytes are replaced.
void print(const nlohmann::json& object);
std::string bytesText(std::int64_t bytes);  // "4.1 MiB"
std::string millisecondsText(double ms);    // "0.1230 ms", "12.300 ms"
std::string countText(double count);        // "25.6 M"

}  // namespace strata::cli
