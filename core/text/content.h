// What a module is, as text to make a key of: its text, and its constants by where their bytes come from.
#pragma once

#include "core/ir/module.h"

namespace strata {

// Equal texts, equal types and bytes. Part of a file is said by the file's identity, so no weight is read; other bytes
// are by their hash. Equal constants may differ in it.
Result<std::string> contentOf(const Constant& constant);
// Equal texts, equal modules, constants included.
Result<std::string> contentOf(const Module& module);

}  // namespace strata
