// Types of all values of an imported module. Private to this folder.
#pragma once

#include "core/ir/module.h"

namespace strata::onnx {

// Types of the entry's values and of the graphs in its nodes, and what is said of them. A node that contradicts itself
// or its inputs makes the model wrong, unless no output needs it.
Status inferModule(ModulePtr& module, std::vector<std::string>* warnings = nullptr);

}  // namespace strata::onnx
