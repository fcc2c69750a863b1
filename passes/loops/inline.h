// Putting one block's expression into another: what compute_inline and reverse_compute_inline share.
#pragma once

#include "passes/loops/rewrite.h"

namespace strata::loops {

// A block that is one store to distinct plain iterators, all of them spatial: buffer[vi, vj] = value.
struct Elementwise {
    const Block* block = nullptr;
    const Store* store = nullptr;
    std::vector<std::string> iters;  // a dimension; "" where the index is a constant
};
Result<Elementwise> elementwiseBlock(const Function& function, const Located& located);

// Blocks but `but` that read or write the buffer.
std::vector<std::string> readersBut(const Function& function, const std::string& buffer, const std::string& but);
std::vector<std::string> writersBut(const Function& function, const std::string& buffer, const std::string& but);

}  // namespace strata::loops
