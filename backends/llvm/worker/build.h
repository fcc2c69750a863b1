// A shared library from a lowered module: each function an object, compiled once; the entry; the runtime; the weights;
// linked by LLD.
#pragma once

#include "backends/llvm/codegen/compile.h"
#include "backends/store/store.h"

namespace strata {

class Builder {
public:
    // Objects of functions are kept in `store`, too, so that no worker and no later program compiles one again;
    // nullptr: in this process only.
    explicit Builder(std::shared_ptr<BuildStore> store = nullptr)
        : m_store(std::move(store))
    {
    }
    using Progress = std::function<void(const std::string& what, double fraction)>;
    Result<Built> build(const Module& lowered, const BuildOptions& options, const Progress& progress);

    // Makes sure that the object of a function is in the store.
    Status compile(const Module& lowered, const Function& function);

private:
    using CompiledPtr = std::shared_ptr<const Compiled>;
    // Functions that differ in their names alone share one object.
    Result<CompiledPtr> compiled(const Module& lowered, const Function& function);

    std::shared_ptr<BuildStore> m_store;
    std::map<std::string, CompiledPtr> m_objects;  // by text of function, intrinsics and target
};

}  // namespace strata
