// Dot products of bytes in vectors: which instructions compute them is settled when the code runs.
//
// The instruction for it (vpdpbusd) is in no level of x86-64, so a function that holds such products is there twice:
// with the instruction, and with what every machine of the level has (pairs by vpmaddwd, which cannot saturate: its
// operands are bytes). The function itself asks the machine and hands over to one of the two.
#pragma once

#include "core/ir/module.h"

#include <llvm/IR/IRBuilder.h>

namespace strata {

// sums[i] + the dot product of four bytes of a[i] with four of b[i], which are signed; those of a are signed or not.
// `excess` is added up beside the sums, once for all that b is multiplied with, and taken off them in the end: where
// the instruction takes unsigned bytes and those of a are signed, it multiplies a + 128. Else it stays 0.
class DotVectors {
public:
    DotVectors(llvm::IRBuilder<>& builder, bool isSigned, int lanes);
    llvm::Value* add(llvm::Value* sums, llvm::Value* a, llvm::Value* b);
    llvm::Value* addExcess(llvm::Value* excess, llvm::Value* b);
    int lanes() const { return m_lanes; }
    llvm::Type* type() const;  // i32 times lanes

private:
    llvm::FunctionCallee placeholder(const char* what, unsigned operands);

    llvm::IRBuilder<>& m_builder;
    bool m_signed;
    int m_lanes;
};

// Gives the products of a module their instructions. `entry` is the function that others call.
void chooseDotInstructions(llvm::Module& module, const std::string& entry, Target::Isa isa);

}  // namespace strata
