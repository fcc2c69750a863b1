// The host program as an LLVM function:
//
//   i32 @entry(ptr run, ptr inputs, ptr outputs, ptr arena, ptr weights, ptr sizes)      0, or the code of the call
//   that failed void @derive(ptr sizes)      writes behind the sizes that the caller chose: the derived dimensions,
//   then where the storages begin, and the bytes of the arena (-1: too large for 64 bits, or a size for a kernel)
#pragma once

#include "backends/host/program.h"
#include "backends/llvm/codegen/entry.h"
#include "backends/llvm/codegen/tables.h"

#include <llvm/IR/IRBuilder.h>

namespace strata {

class HostEmitter {
public:
    HostEmitter(llvm::Module& module, const HostProgram& program, const CodeSymbols& codeOf, Tables& tables);

    // `weightOffsets`: where constants lie.
    Result<llvm::Function*> run(const std::map<std::string, std::int64_t>& weightOffsets);
    // nullptr if nothing is derived.
    llvm::Function* derivation();

private:
    Status placeConstants(const std::map<std::string, std::int64_t>& weightOffsets);
    void open();
    void loadTensors(HostBuffer::Base base, llvm::Value* array);
    void close();
    void emit(const HostBlock& block);
    void emit(const HostBegin& begin);
    void emit(const HostCall& call);
    void emit(const HostRoutine& routine);
    void emit(const HostSize& size);
    void tellResults();
    void emit(const HostLaunch& launch);
    void emit(const HostCopy& copy);
    void emit(const HostUpload& copy);
    void emit(const HostDownload& copy);
    void emit(const HostChoose& choose);
    llvm::Value* fits(const HostChoose::Choice& choice);
    void emit(const HostIf& branch);
    void emit(const HostLoop& loop);
    llvm::Align alignment(BufferIndex index) const;
    llvm::Constant* checkTable(const Kernel& kernel);
    llvm::Constant* kernelTable(const Kernel& kernel);

    llvm::Value* dimension(const Dim& dim);
    llvm::Value* real(const Dim& dim);
    llvm::Value* areTooLarge();
    std::size_t placeOf(const std::string& size) const;  // in the table of sizes
    Dim most(const Dim& dim) const;                      // that data may make of it
    llvm::Value* told(std::size_t place);
    void tell(std::size_t place, llvm::Value* value);
    llvm::Value* pointer(BufferIndex index);
    std::vector<llvm::Value*> pointers(const std::vector<BufferIndex>& indices);
    llvm::FunctionCallee declared(const std::string& name, llvm::Type* result,
                                  const std::vector<llvm::Value*>& arguments);
    llvm::Value* call(const std::string& name, llvm::Type* result, const std::vector<llvm::Value*>& arguments);
    void checked(const std::string& name, const std::vector<llvm::Value*>& arguments);
    llvm::BasicBlock* newBlock(const char* name);

    llvm::Module& m_module;
    const HostProgram& m_program;
    const CodeSymbols& m_codeOf;
    Tables& m_tables;
    llvm::IRBuilder<> m_builder;
    llvm::Function* m_function = nullptr;
    llvm::Value *m_run = nullptr, *m_arena = nullptr, *m_weights = nullptr, *m_isa = nullptr, *m_sizes = nullptr;
    std::map<BufferIndex, llvm::Value*> m_tensors;         // inputs and outputs
    std::map<BufferIndex, std::int64_t> m_constantOffset;  // in the weights
    llvm::BasicBlock* m_failed = nullptr;                  // where a code other than 0 is returned
    llvm::PHINode* m_code = nullptr;
};

}  // namespace strata
