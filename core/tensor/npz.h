// NumPy's archives of arrays (numpy.savez): a zip file with one .npy a name. Untrusted: sizes are checked against the
// file, contents against their checksum.
#pragma once

#include "core/tensor/tensor.h"

namespace strata {

// The array of that name; where the archive holds a single one, that, whatever its name.
Result<Tensor> readNpz(const std::string& path, const std::string& name);

}  // namespace strata
