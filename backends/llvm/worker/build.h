// A shared library from a lowered module: each function an object, compiled once; the entry; the runtime; the weights;
// linked by LLD.
#pragma once

#include "backends/llvm/codegen/compile.h"

namespace strata {

class Builder {
public:
    using Progress = std::function<void(const std::string& what, double fraction)>;
    Result<Built> build(const Module& lowered, const BuildOptions& options, const Progress& progress);

private:
    using CompiledPtr = std::shared_ptr<const Compiled>;
    Result<CompiledPtr> compiled(const Module& lowered, const Function& function);

    std::map<std::string, CompiledPtr> m_objects;  // by text of function, intrinsics and target
};

}  // namespace strata
