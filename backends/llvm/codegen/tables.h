// Read-only tables of an LLVM module: strings, numbers, structures.
#pragma once

#include <llvm/IR/Constants.h>
#include <llvm/IR/Module.h>

#include <cstdint>
#include <string>
#include <vector>

namespace strata {

class Tables {
public:
    explicit Tables(llvm::Module& module)
        : m_module(module)
    {
    }

    llvm::Constant* number(std::int64_t value, unsigned bits) const;
    llvm::Constant* null() const;
    llvm::Constant* structure(const std::vector<llvm::Constant*>& fields) const;
    // An array within a structure.
    llvm::Constant* array(const std::vector<llvm::Constant*>& values) const;

    // Pointers to tables of their own; an empty one is null.
    llvm::Constant* string(const std::string& text);  // NUL terminated
    llvm::Constant* strings(const std::vector<std::string>& texts);
    llvm::Constant* numbers(const std::vector<std::int64_t>& values, unsigned bits = 64);
    llvm::Constant* table(const std::vector<llvm::Constant*>& values);

private:
    llvm::Constant* add(llvm::Constant* initializer);

    llvm::Module& m_module;
};

}  // namespace strata
