// Export: a folder with the library, its header, examples in C and Python, weights if they are a side file, and manifest.json; then
// loads the library again and compares its outputs with given ones. Written to a temporary folder, then renamed.
#pragma once

#include "backends/llvm/compiler.h"
#include "backends/runner/runner.h"

namespace strata {

struct ExportOptions {
    std::string folder;  // created; an existing export there is replaced, anything else refused
    std::string name;    // model's name -> prefix, file names
    WeightsMode weights = WeightsMode::Embedded;
    std::string device;                                      // that functions with bound loops run on; "": none
    std::string recipe;                                      // text, for the manifest
    std::vector<std::pair<std::string, std::string>> facts;  // further manifest entries
};
struct Exported {
    std::vector<std::pair<std::string, std::int64_t>> files;  // path relative to the folder, bytes
    Built built;
    std::string buildCommand;  // one line that builds the example
    bool verified = false;     // outputs equal the application's, bit for bit
    double maxAbsolute = 0;
};
// `inputs` and `expected` (the application's outputs of the same state) are for the check at the end.
Result<Exported> exportModule(const Module& lowered, const ExportOptions& options, Compiler& compiler, Runner& runner,
                              const std::vector<Tensor>& inputs, const std::vector<Tensor>& expected,
                              std::stop_token stop = {},
                              const std::function<void(const std::string&, double)>& progress = {});

// The deployment of a state: what would ship, without writing an export.
Result<Built> deployment(const Module& lowered, Compiler& compiler, const std::string& scratchFolder,
                         std::stop_token stop = {});

}  // namespace strata
