// A graph of calls becomes a runtime program.
#pragma once

#include "core/operators/infer.h"

namespace strata {

struct RuntimeProgram {
    FunctionPtr function;
    std::map<std::string, ConstantPtr> constants;  // values known beforehand that calls read
    Forwarding forwarding;                         // nodes -> calls, functions and their blocks; values -> buffers
};
// `graph` calls functions below the graph level and routines; all else in it is a view of memory, known beforehand
// (`types`, of the graph before its nodes were lowered), or needed by nobody.
Result<RuntimeProgram> runtimeProgram(const Module& module, const Function& graph, const InferredTypes& types);

// Where the nodes of `graph` are if a program of another name runs in its place, which was made of it. `own`: where
// they are in the program that the graph becomes by itself; `module`: has the program and what it calls.
Forwarding followed(const Forwarding& own, const Function& graph, const Function& program, const Module& module);

}  // namespace strata
