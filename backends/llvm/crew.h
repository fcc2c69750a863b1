// Workers beside the builder, one a core: they compile functions that the store does not hold yet, each into the store,
// so that what is left to a build is the entry and the link. Private to this folder.
#pragma once

#include "backends/llvm/compiler.h"

#include <atomic>

namespace strata {

class CompilerCrew {
public:
    CompilerCrew(const std::vector<std::string>& command, std::shared_ptr<const BuildStore> store);

    // Ends when nothing is left to compile, or when asked to stop. What fails is left to the builder, which says why.
    void compile(const Module& lowered, const BuildOptions& options, std::stop_token stop,
                 const std::function<void(const std::string&, double)>& progress);

private:
    std::vector<FunctionPtr> missing(const Module& lowered, const BuildOptions& options) const;

    std::shared_ptr<const BuildStore> m_store;
    std::vector<std::unique_ptr<Worker>> m_workers;  // started when there is something for them
};

}  // namespace strata
