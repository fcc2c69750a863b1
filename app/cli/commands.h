// The commands of `strata`; each returns its exit code.
#pragma once

#include "app/cli/options.h"

#include <nlohmann/json_fwd.hpp>

namespace strata::cli {

int info(const Options& options);
int show(const Options& options);
int transforms(const Options& options);
int apply(const Options& options);
int check(const Options& options);
int run(const Options& options);
int exportModel(const Options& options);

// A model with a recipe applied.
struct Prepared {
    OpenedModel model;
    std::unique_ptr<Session> session;
};

// Opens a model with a session at the untouched state.
Result<Prepared> open(const Options& options, const std::string& path, Toolchain& toolchain);
// Applies a recipe; after a refused step the session stands before it.
Status applyRecipe(Session& session, const RecipeSource& recipe);
// open, then the one recipe of the options (none: untouched).
Result<Prepared> prepare(const Options& options, const std::string& path, Toolchain& toolchain);
// The single MODEL of a command.
Result<std::string> modelPath(const Options& options);

// Prints a JSON object on stdout; names in models need not be UTF-8, so bad bytes are replaced.
void print(const nlohmann::json& object);
std::string bytesText(std::int64_t bytes);  // "4.1 MiB"
std::string millisecondsText(double ms);    // "0.1230 ms", "12.300 ms"
std::string countText(double count);        // "25.6 M"

}  // namespace strata::cli
