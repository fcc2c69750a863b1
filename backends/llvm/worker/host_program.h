// The statements of a library function as the body of an artifact's entry.
#pragma once

#include "backends/llvm/compiler.h"
#include "backends/llvm/worker/llvm_text.h"
#include "backends/opencl/kernel.h"

#include <algorithm>
#include <set>

namespace strata {

// What a compiled function is called in its object, and whether it takes the run handle.
struct CodeSymbol {
    std::string name;
    bool takesRun = true;
};
using CodeSymbols = std::function<CodeSymbol(const std::string& function)>;

class HostProgram {
public:
    HostProgram(const Module& module, const Function& entry, const BuildOptions& options, CodeSymbols codeOf,
                Globals& globals);

    // define internal i32 @entry(run, inputs, outputs, arena, weights) { ... }
    Result<std::string> write(const LibraryBody& body);

    std::string declarations() const;
    const std::vector<std::string>& calls() const { return m_calls; }  // names of the calls, in order, for the profile
    const std::vector<std::string>& functions() const { return m_functions; }
    const std::map<std::string, std::vector<Cursor>>& neededBy() const { return m_neededBy; }
    std::int64_t arenaBytes() const { return std::max(m_arena, m_mostArena); }

private:
    Status statement(const LibraryStmt& statement);
    Status allocate(const AllocateBuffer& allocation);
    Status call(const LibraryCall& call);
    Status callFunction(const LibraryCall& call);
    Status callOne(const LibraryCall& call, const Function& function);
    Status chooseOne(const LibraryCall& call, const Function& definition);
    std::string machine();
    Status callProgram(const LibraryCall& call, const Function& program);
    Status callCode(const LibraryCall& call, const Function& function);
    Status launch(const LibraryCall& call, const Function& function);
    std::string checkTable(const OpenClKernel& kernel);
    Status callRoutine(const LibraryCall& call);
    Status matmul(const LibraryCall& call, const std::string& symbol);
    Status convolution(const LibraryCall& call, const std::string& symbol);
    Status copy(const CopyBuffer& copy);
    Result<std::string> pointer(const Operand& operand);
    Result<TensorType> typeOf(const Operand& operand) const;
    void checked(const std::string& call);  // returns its code unless it is 0
    void declare(const std::string& declaration) { m_declared.insert(declaration); }
    std::string fresh() { return "%v" + std::to_string(m_count++); }
    Error errorAt(const LibraryCall& call, const std::string& message) const;

    const Module& m_module;
    const Function& m_entry;
    const BuildOptions& m_options;
    CodeSymbols m_codeOf;
    Globals& m_globals;
    struct Place {
        std::string pointer;
        TensorType type;
    };
    std::map<std::string, Place> m_buffers;
    std::string m_text;
    std::set<std::string> m_declared;
    std::vector<std::string> m_calls, m_functions;
    std::map<std::string, std::vector<Cursor>> m_neededBy;
    std::int64_t m_arena = 0;  // bytes in use so far
    std::int64_t m_mostArena = 0;
    std::int64_t m_base = 0;  // of the slots of the program that is written
    Cursor m_node;            // the call that is written
    int m_depth = 0;          // of programs within programs
    bool m_asksMachine = false;
    int m_count = 0;
};

}  // namespace strata
