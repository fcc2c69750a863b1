// Functions and intrinsics that are given as LLVM IR text.
#pragma once

#include "backends/llvm/codegen/emit.h"

namespace strata {

// Parses, verifies and checks the signature: @NAME takes a pointer for each parameter and result, with the run handle
// before them or without. Each instruction belongs to its line of the text. What may loop for ever is not told to make
// progress.
Result<Emitted> readHardware(llvm::LLVMContext& context, const Module& module, const Function& function);

// Links the implementations of intrinsics that `code` calls into it, to be inlined.
Status linkIntrinsics(llvm::Module& code, const Module& module);

}  // namespace strata
