// What a kernel asks of the device: extents of its axes, whose its buffers are, and whether a device has as much.
#include "backends/opencl/print_kernel.h"

#include <algorithm>

namespace strata::opencl {

namespace {

const char* const axisNames[] = {"blockIdx.x", "blockIdx.y", "blockIdx.z", "threadIdx.x", "threadIdx.y", "threadIdx.z"};
bool isThread(const Loop& loop) { return loop.kind == LoopKind::Bound && loop.axis.starts_with("threadIdx"); }

bool allocates(const Body& body, const std::string& buffer)
{
    bool found = false;
    walk(body, [&](const StmtPtr& stmt) {
        const Alloc* alloc = as<Alloc>(stmt);
        found = found || (alloc && alloc->buffer.name == buffer);
    });
    return found;
}

}  // namespace

std::optional<int> axisByName(const std::string& name)
{
    const auto found = std::find(std::begin(axisNames), std::end(axisNames), name);
    return found == std::end(axisNames) ? std::nullopt : std::optional(int(found - std::begin(axisNames)));
}

// Extents of the axes, shared buffers, and everything that a device cannot have.
Status KernelPrinter::scan(const StmtPtr& stmt, const OpenClLimits& limits)
{
    Status status;
    walk(Body{stmt}, [&](const StmtPtr& s) {
        if (!status.ok())
            return;
        if (const Loop* loop = as<Loop>(s); loop && loop->kind == LoopKind::Bound)
            status = scanLoop(*loop);
        if (const Alloc* alloc = as<Alloc>(s))
            m_allocated.insert(alloc->buffer.name);
        if (const IntrinsicCall* call = as<IntrinsicCall>(s))
            status = refused(say("The kernel calls the intrinsic {}, which is made for the CPU.", call->intrinsic),
                             {functionCursor(m_function.name)}, "Undo the tensorize step.");
    });
    STRATA_CHECK(status);
    STRATA_CHECK(scanThreads({stmt}));
    const std::int64_t threads = m_extents[3] * m_extents[4] * m_extents[5];
    std::vector<Cursor> loops;
    for (int axis = firstThread; axis < axisCount; ++axis)
        if (!m_loops[std::size_t(axis)].empty())
            loops.push_back({m_function.name, NodeKind::Loop, m_loops[std::size_t(axis)]});
    if (threads > limits.threads)
        return refused(say("The kernel runs {} threads a block; a device may have {}.", threads, limits.threads), loops,
                       "Split the loops further before binding them.");
    const Accesses accesses = accessesOf(stmt);
    std::int64_t bytes = 0;
    std::vector<Cursor> shared;
    for (const auto& [name, buffer] : m_buffers) {
        if (buffer.scope != Scope::Shared || std::find(m_global.begin(), m_global.end(), name) != m_global.end())
            continue;
        if (!accesses.reads.count(name) && !accesses.writes.count(name))
            continue;
        m_shared.push_back(buffer);
        shared.push_back({m_function.name, NodeKind::Buffer, name});
        bytes += byteCount(buffer.type).value_or(0);
    }
    if (bytes > limits.sharedBytes)
        return refused(say("The kernel shares {} bytes a block; a device may have {}.", bytes, limits.sharedBytes),
                       shared, "Move the copies further inside by compute_at, so that they hold less at a time.");
    return {};
}

// Whose a buffer is, follows from where it is allocated, not from the memory that it asks for: outside of a loop over
// threads that works on it, it is one for all of them; inside of all such loops each thread has its own.
Status KernelPrinter::scanThreads(const Body& body)
{
    const Accesses all = accessesOf(body);
    for (auto& [name, buffer] : m_buffers) {
        const bool used = all.reads.count(name) || all.writes.count(name);
        if (!used || std::find(m_global.begin(), m_global.end(), name) != m_global.end())
            continue;
        const Loop *around = nullptr,
                   *inside = nullptr;  // loops over threads around its allocation, and inside of its life
        walk(body, [&, name = name](const StmtPtr& stmt) {
            const Loop* loop = as<Loop>(stmt);
            if (!loop || !isThread(*loop))
                return;
            const Accesses accesses = accessesOf(loop->body);
            if (allocates(loop->body, name))
                around = loop;
            else if (accesses.reads.count(name) || accesses.writes.count(name))
                inside = loop;
        });
        if (around && inside)
            return refused(say("The buffer {} is allocated inside the loop {} over threads, and loop {} lets other "
                               "threads of the block work on it.",
                               name, around->name, inside->name),
                           {{m_function.name, NodeKind::Buffer, name}, {m_function.name, NodeKind::Loop, inside->name}},
                           "Move the copy, by compute_at, under a loop outside of the loops over threads.");
        if (around || inside)
            buffer.scope = inside ? Scope::Shared : Scope::Local;
    }
    return {};
}

Status KernelPrinter::scanLoop(const Loop& loop)
{
    const Cursor cursor{m_function.name, NodeKind::Loop, loop.name};
    const std::optional<int> axis = axisByName(loop.axis);
    if (!axis)
        return refused(say("The loop {} is bound to {}, which OpenCL does not have.", loop.name, loop.axis), {cursor},
                       "The axes are blockIdx.x, .y, .z and threadIdx.x, .y, .z.");
    if (!isConst(loop.extent))
        return refused(say("The loop {} is bound to {}, but its extent is not constant.", loop.name, loop.axis),
                       {cursor}, "Bind the dimension first.");
    std::int64_t& extent = m_extents[std::size_t(*axis)];
    std::string& first = m_loops[std::size_t(*axis)];
    if (!first.empty() && extent != loop.extent->i)
        return refused(say("The loops {} and {} are both bound to {}, but their extents are {} and {}.", first,
                           loop.name, loop.axis, extent, loop.extent->i),
                       {{m_function.name, NodeKind::Loop, first}, cursor});
    extent = loop.extent->i;
    first = loop.name;
    return {};
}

}  // namespace strata::opencl
