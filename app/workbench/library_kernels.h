// What libraries take for the same matrix products and convolutions, where this machine has them: beside each function
// of a state, the routines that compute the products of the nodes that the function stands for.
#pragma once

#include "app/workbench/workbench.h"

#include <map>

namespace strata {

struct LibraryKernel {
    std::string routine;  // "onednn.conv"; the one that is quickest where several are there
    double ms = 0;        // of all calls of the function, at their quickest, with the way into the library's layout
};

// By function of `lowered`, the state's runtime program. `untouched`: the model's graph. Empty where no product can be
// a routine; a refusal where a library is missing.
Result<std::map<std::string, LibraryKernel>> libraryKernels(Toolchain& toolchain, const ModulePtr& untouched,
                                                            const Module& lowered, const MeasureInTurn& how,
                                                            std::stop_token stop = {}, const Progress& progress = {});

}  // namespace strata
