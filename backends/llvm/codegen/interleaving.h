// Vectors of bytes from four rows put together, as instructions for dot products take them:
//
//     a a a a, b b b b, c c c c, d d d d   ->   a b c d, a b c d, ...
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <array>

namespace strata {

constexpr int rowsTogether = 4;
using Quads = std::array<llvm::Value*, rowsTogether>;  // rows of bytes; or words of four bytes, a quarter of a row each

class Interleaving {
public:
    static constexpr int laneBytes = 16;  // interleaving instructions of x86 work within these

    Interleaving(llvm::IRBuilder<>& builder, int bytes)
        : m_builder(builder)
        , m_bytes(bytes)
    {
    }
    Quads operator()(const Quads& rows) const;
    llvm::Type* type() const;  // of a row

private:
    llvm::Value* shuffle(llvm::Value* a, llvm::Value* b, int elementBytes, const std::vector<int>& places) const;
    llvm::Value* words(llvm::Value* bytes) const;
    llvm::Value* sort(llvm::Value* bytes) const;
    llvm::Value* zip(llvm::Value* a, llvm::Value* b, int elementBytes, int half) const;

    llvm::IRBuilder<>& m_builder;
    int m_bytes;
};

}  // namespace strata
