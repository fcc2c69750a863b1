// The command line of `strata`: what may be said, and how it is read.
#pragma once

#include "app/workbench/place.h"
#include "app/workbench/study.h"
#include "core/session/edit.h"

namespace strata::cli {

// Exit codes, as the README and --help state them.
enum Exit { Fine = 0, AnswerIsNo = 1, WrongUse = 2, EnvironmentFailed = 3, OurBug = 70 };

// Where a recipe comes from: a file, the automatic schedule, or nothing (the untouched model).
struct RecipeSource {
    enum class Kind { File, Automatic, Untouched };
    Kind kind = Kind::File;
    std::string path;
    std::string label() const;
};

struct Options {
    std::string command;
    std::vector<std::string> paths;  // positional
    std::vector<RecipeSource> recipes;
    std::vector<std::string> steps;
    std::vector<RecipeEdit> edits;
    std::map<std::string, std::int64_t> dimensions;
    std::map<std::string, std::vector<std::int64_t>> shapes;
    std::map<std::string, std::string> inputs;                // files by name
    std::vector<std::string> definitions;                     // files
    std::vector<std::pair<std::string, std::string>> inouts;  // result, parameter: for library.inout after the recipe
    std::vector<std::string> facts, variants;  // of the model's sizes: "seq <= 512", for graph.assume and .specialize
    std::optional<Level> level;
    std::string language;  // empty: English
    std::string at;        // a step of a lesson
    std::string function, out, output, weights = "embedded";
    std::optional<int> threads;
    RunTarget target;                // where it runs
    std::optional<Target::Isa> isa;  // none: this machine's for what runs here, the module's for what leaves it
    double seconds = 1.0, tuneSeconds = 60.0;
    std::string database;                // of tuning; empty: that of this machine
    std::optional<std::uint64_t> limit;  // of the cache, in bytes
    std::int64_t timeout = 600;          // seconds for one request to the runner
    bool anySize = false;
    bool json = false, diff = false, help = false, quiet = false, clear = false, functions = false,
         implementations = false, host = false, shortForm = false, run = false, libraries = false, notes = false;
    bool inPlace = false, keep = false, all = false;
};

// Refuses an option that the command does not take.
Result<Options> parseOptions(const std::vector<std::string>& arguments);
bool isCommand(const std::string& name);
// What there is, in short; or one command with all its options.
std::string usage();
std::string usage(const std::string& command);

// For a terminal: what is no UTF-8 and what a terminal would obey is replaced. Names and lines of files are not ours.
std::string printable(const std::string& text);
// What is said in the language of the options; without one nothing is translated.
Catalogue catalogueFor(const Options& options);
// The exit code that the kind of an error stands for; `fail` prints it, too (as JSON object if asked).
Exit exitOf(const Error& error);
Exit fail(const Error& error, const Options& options);

}  // namespace strata::cli
