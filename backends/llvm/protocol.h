// What goes over the pipe between Compiler and strata-compiler; private to this folder.
//
//   {"do": "code", "function": F}                                blob: module text            -> blob: JSON of
//   FunctionCode
//   {"do": "ir", "function": F}                                  blob: module text            -> blob: JSON of
//   FunctionIr
//   {"do": "emit", "function": F}                                blob: module text            -> blob: LLVM IR
//   {"do": "passes", "passes": P, "isa": I}                      blob: LLVM IR                -> blob: LLVM IR
//   {"do": "build", "options": {...}}                            blob: module text            -> JSON of Built
//   {"do": "object", "function": F}                              blob: module text            -> {}; it is in the store
#pragma once

#include "backends/llvm/compiler.h"

#include <nlohmann/json.hpp>

namespace strata {

using Json = nlohmann::json;

Json toJson(const FunctionCode& code);
FunctionCode functionCodeFrom(const Json& json);
Json toJson(const FunctionIr& ir);
FunctionIr functionIrFrom(const Json& json);
Json toJson(const BuildOptions& options);
BuildOptions buildOptionsFrom(const Json& json);
Json toJson(const Built& built);
Built builtFrom(const Json& json);

// A module with one function and what its code depends on.
ModulePtr only(const Module& module, const FunctionPtr& function);

// Whether the code of a function says its name: what is written as LLVM IR defines it, and a check that fails tells it.
bool holdsItsName(const Function& function);
// All that the object of a function depends on, the primitives that it uses and the instruction set included; its name
// only if it holds it.
std::string objectContent(const Module& module, const Function& function);

// The functions of a lowered module that become code: what the entry calls, and what may run in its place.
std::vector<FunctionPtr> functionsOfCode(const Module& lowered);

std::string dump(const Json& json);  // text that is no UTF-8 is replaced
Bytes toBytes(const std::string& text);
std::string toText(const Bytes& bytes);

}  // namespace strata
