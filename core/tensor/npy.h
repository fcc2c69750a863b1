// NumPy's files, format 1.0 to 3.0: what Python programs hand over. Untrusted: sizes are checked against the file.
#pragma once

#include "core/tensor/tensor.h"

namespace strata {

// Little- and big-endian, in C's and in Fortran's order. Errors name the file.
Result<Tensor> readNpy(const std::string& path);
// The same of a file's contents; `file` is for messages.
Result<Tensor> parseNpy(const std::string& bytes, const std::string& file);
// bf16 and floats of a byte or less have no name there: their bits are written as u16 and u8, an element each. Integers
// of less than a byte become i8 and u8. Strings are refused.
Status writeNpy(const Tensor& tensor, const std::string& path);

}  // namespace strata
