// One statement of a function as one kernel.
#pragma once

#include "backends/opencl/kernel.h"
#include "backends/opencl/print_expr.h"

#include <optional>

namespace strata::opencl {

// blockIdx.x .y .z are 0 to 2, threadIdx.x .y .z 3 to 5.
constexpr int axisCount = 6, firstThread = 3;
std::optional<int> axisByName(const std::string& name);

// Buffers that a statement reads and writes, by name.
struct Accesses {
    std::set<std::string> reads, writes;
};
Accesses accessesOf(const StmtPtr& stmt);
Accesses accessesOf(const Body& body);

class KernelPrinter {
public:
    // `buffers` are all buffers of the function. Those in `global` are arguments; other ones that the statement names
    // belong to the kernel.
    KernelPrinter(const Function& function, std::vector<Buffer> buffers, std::vector<std::string> global);
    Result<Kernel> print(const StmtPtr& stmt, const std::string& name, const OpenClLimits& limits);

private:
    // Where a statement stands: the axes bound around it, whether all threads of the block come by together, and
    // whether it holds no loop over threads: then a thread meets only its own values there, as the verifier has proved.
    struct Place {
        std::array<bool, axisCount> bound{};
        bool together = true, alone = false;
    };

    Status scan(const StmtPtr& stmt, const OpenClLimits& limits);
    Status scanLoop(const Loop& loop);
    Status scanThreads(const Body& body);
    Status printBody(const Body& body, const Place& place);
    Status printStmt(const StmtPtr& stmt, const Place& place);
    Status printLoop(const Loop& loop, const Place& place);
    Status printBlock(const Block& block, const Place& place);
    Status printInit(const Block& block, const Place& place);
    Status printStore(const Store& store);
    Status printAlloc(const Buffer& buffer);
    void declare(const Buffer& buffer, const std::string& space);
    Status barrier(const Place& place);
    std::string guard(const StmtPtr& stmt, const Place& place) const;
    bool meetsItself(const Loop& loop, const Place& place) const;
    bool meets(const Accesses& before, const Accesses& after, const Place& place) const;
    bool allThreads(const Place& place) const;
    void setVarying(const std::string& variable, bool varying);
    bool varies(const ExprPtr& e) const;
    std::string signature(const Kernel& kernel, const Accesses& accesses) const;

    const Function& m_function;
    std::map<std::string, Buffer> m_buffers;
    std::vector<std::string> m_global;
    std::array<std::int64_t, axisCount> m_extents;
    std::array<std::string, axisCount> m_loops;  // that gave the extent
    std::vector<Buffer> m_shared;
    std::set<std::string> m_allocated;  // by a statement inside the kernel
    std::set<std::string> m_varying;    // variables that differ between the threads of a block
    bool m_threadsMeet = false;         // at a barrier
    Writer m_writer;
    ExprPrinter m_expressions{m_writer};
};

}  // namespace strata::opencl
