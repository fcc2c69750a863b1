// A function of loops as kernels, one for each statement at its top: they run one after the other, so what one writes
// and another reads needs no more order than that. What several kernels touch is a buffer of the host's; the others
// live inside their kernel.
#include "backends/opencl/kernel.h"

#include "backends/opencl/print_kernel.h"

namespace strata {

namespace {

// Buffers that more than one kernel touches, and global ones: they are arguments. The others belong to their one
// kernel.
std::vector<std::string> temporaries(const Function& function, const Body& kernels)
{
    std::vector<std::string> names;
    for (const StmtPtr& stmt : function.loops()->body) {
        const Alloc* alloc = as<Alloc>(stmt);
        if (!alloc)
            continue;
        int users = 0;
        for (const StmtPtr& kernel : kernels) {
            const opencl::Accesses accesses = opencl::accessesOf(kernel);
            users += accesses.reads.count(alloc->buffer.name) || accesses.writes.count(alloc->buffer.name);
        }
        if (users > 1 || (users == 1 && alloc->buffer.scope == Scope::Global))
            names.push_back(alloc->buffer.name);
    }
    return names;
}

Status checkShapes(const Function& function)
{
    for (const Buffer& buffer : buffers(function))
        if (!byteCount(buffer.type) || buffer.type.dtype == DType::String)
            return refused(
                say("The buffer {} is {}, and kernels need sizes that are known.", buffer.name, toString(buffer.type)),
                {{function.name, NodeKind::Buffer, buffer.name}}, "Bind the dimension first.");
    return {};
}

// What OpenCL C has no type for, by itself or in memory.
Status checkTypes(const Function& function)
{
    const auto refuse = [&](DType type) {
        return refused(say("{} has elements of the type {}, which kernels of a device do not have.", function.name,
                           name(type)),
                       {functionCursor(function.name)}, "Convert them on the CPU.");
    };
    const auto has = [](DType type) { return bitSize(type) >= 8 && (!isShortFloat(type) || bitSize(type) == 16); };
    for (const Buffer& buffer : buffers(function))
        if (!has(buffer.type.dtype))
            return refuse(buffer.type.dtype);
    std::optional<DType> other;
    walkExprs(function.loops()->body, [&](const ExprPtr& root) {
        walk(root, [&](const Expr& e) { other = !other && !has(e.type) ? std::optional(e.type) : other; });
    });
    return other ? Status(refuse(*other)) : Status();
}

}  // namespace

Result<KernelProgram> printOpenCl(const Function& function, const OpenClLimits& limits)
{
    if (!isDeviceFunction(function))
        return refused(say("No loop of {} is bound to a device axis.", function.name), {functionCursor(function.name)},
                       "Bind loops to blockIdx and threadIdx by loops.bind.");
    STRATA_CHECK(checkShapes(function));
    STRATA_CHECK(checkTypes(function));
    Body statements;
    for (const StmtPtr& stmt : function.loops()->body)
        if (!as<Alloc>(stmt))
            statements.push_back(stmt);
    KernelProgram program;
    const std::vector<Buffer> all = buffers(function);
    std::vector<std::string> global;
    for (const std::vector<TypedName>* side : {&function.params, &function.results})
        for (const TypedName& tensor : *side)
            global.push_back(tensor.name);
    for (const std::string& name : temporaries(function, statements)) {
        global.push_back(name);
        for (const Buffer& buffer : all)
            if (buffer.name == name)
                program.temporaries.push_back({name, *byteCount(buffer.type)});
    }
    for (std::size_t i = 0; i < statements.size(); ++i) {
        opencl::KernelPrinter printer(function, all, global);
        const std::string name = statements.size() == 1 ? function.name : function.name + "_" + std::to_string(i);
        STRATA_TRY(Kernel kernel, printer.print(statements[i], name, limits));
        program.kernels.push_back(std::move(kernel));
    }
    return program;
}

}  // namespace strata
