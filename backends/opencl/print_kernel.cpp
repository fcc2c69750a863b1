// One statement as a kernel: bound loops become ids, the rest stays loops, and barriers stand where threads of a block
// hand data to each other.
//
//     for b in bound(64, "blockIdx.x"):              const long b = get_group_id(0);
//         for t in bound(32, "threadIdx.x"):   ->    const long t = get_local_id(0);
//             B                                      B
//
// A barrier is needed between two statements if one writes memory that the other touches and other threads may be on
// the other side: shared memory always, global memory where the loops over threads are inside the statements; the same
// between an iteration of a loop and the next. It must stand where all threads come by, else the kernel is refused.
// What stands outside of the loop of an axis is done by that axis' first thread. Blocks are never ordered here: that
// they need not be is what loops.bind and the verifier prove.
#include "backends/opencl/print_kernel.h"

#include "core/analysis/accesses.h"

#include <algorithm>

namespace strata::opencl {

namespace {

std::string axisId(int axis)
{
    return (axis < firstThread ? "get_group_id(" : "get_local_id(") + std::to_string(axis % firstThread) + ")";
}

bool intersect(const std::set<std::string>& a, const std::set<std::string>& b)
{
    return std::any_of(a.begin(), a.end(), [&](const std::string& name) { return b.count(name) != 0; });
}

void addReads(const ExprPtr& e, Accesses& accesses)
{
    walk(e, [&](const Expr& node) {
        if (node.op == Op::Load)
            accesses.reads.insert(node.name);
    });
}

bool holdsBoundThread(const StmtPtr& stmt)
{
    bool found = false;
    walk(Body{stmt}, [&](const StmtPtr& s) {
        const Loop* loop = as<Loop>(s);
        found = found || (loop && loop->kind == LoopKind::Bound);
    });
    return found;
}

// An index that differs in every iteration: linear in the loop's variable, which moves it further than all loops inside
// together can. Where they can, another thread may come in one iteration to what a thread had in another.
bool tellsIterations(const ExprPtr& index, const Loop& loop, const Ranges& inside)
{
    const Linear form = linear(index);
    std::int64_t span = 0;
    for (const Linear::Term& term : form.terms)
        for (const std::string& name : freeVariables(term.atom)) {
            const auto inner = inside.find(name);
            if (term.atom->op != Op::Var && (name == loop.name || inner != inside.end()))
                return false;
            if (inner != inside.end())
                span += std::abs(term.coefficient) * (inner->second.extent - 1);
        }
    return std::abs(form.coefficient(loop.name)) > span;
}

// Buffers with a store that may write one element in two iterations of the loop.
std::set<std::string> writtenAgain(const Loop& loop)
{
    constexpr std::int64_t unknown = std::int64_t(1) << 40;
    std::set<std::string> buffers;
    Ranges inside;
    walk(loop.body, [&](const StmtPtr& stmt) {
        if (const Loop* inner = as<Loop>(stmt))
            inside[inner->name] = {0, isConst(inner->extent) ? inner->extent->i : unknown};
    });
    for (const Access& access : accesses(nullptr, loop.body))
        if (access.write && std::none_of(access.begin.begin(), access.begin.end(), [&](const ExprPtr& index) {
                return tellsIterations(index, loop, inside);
            }))
            buffers.insert(access.buffer);
    return buffers;
}

}  // namespace

Accesses accessesOf(const Body& body)
{
    Accesses accesses;
    walk(body, [&](const StmtPtr& stmt) {
        if (const Store* store = as<Store>(stmt))
            accesses.writes.insert(store->buffer);
    });
    walkExprs(body, [&](const ExprPtr& e) { addReads(e, accesses); });
    return accesses;
}

Accesses accessesOf(const StmtPtr& stmt) { return accessesOf(Body{stmt}); }

KernelPrinter::KernelPrinter(const Function& function, std::vector<Buffer> buffers, std::vector<std::string> global)
    : m_function(function)
    , m_global(std::move(global))
{
    m_extents.fill(1);
    m_expressions.function = function.name;
    for (Buffer& buffer : buffers)
        m_buffers[buffer.name] = buffer;
    for (const std::string& name : m_global)
        m_buffers[name].scope = Scope::Global;  // of several kernels, whatever memory it asked for
}

Result<Kernel> KernelPrinter::print(const StmtPtr& stmt, const std::string& name, const OpenClLimits& limits)
{
    STRATA_CHECK(scan(stmt, limits));
    const Accesses accesses = accessesOf(stmt);
    Kernel kernel;
    kernel.name = m_writer.fresh(name);
    for (const std::string& buffer : m_global)
        if (accesses.reads.count(buffer) || accesses.writes.count(buffer)) {
            kernel.arguments.push_back(buffer);
            kernel.argumentBytes.push_back(byteCount(m_buffers[buffer].type).value_or(0));
            kernel.written.push_back(accesses.writes.count(buffer) != 0);
            m_expressions.buffers[buffer] = {m_writer.fresh(buffer), m_buffers[buffer].type};
        }
    for (const Buffer& buffer : m_shared) {
        kernel.sharedBytes += byteCount(buffer.type).value_or(0);
        declare(buffer, "__local ");
    }
    for (const auto& [bufferName, buffer] : m_buffers)
        if (buffer.scope == Scope::Local && !m_allocated.count(bufferName) && !m_expressions.buffers.count(bufferName)
            && (accesses.reads.count(bufferName) || accesses.writes.count(bufferName)))
            declare(buffer, "");
    STRATA_CHECK(printBody({stmt}, {}));
    for (int d = 0; d < firstThread; ++d) {
        kernel.blocks[std::size_t(d)] = std::max<std::int64_t>(1, m_extents[std::size_t(d)]);
        kernel.threads[std::size_t(d)] = std::max<std::int64_t>(1, m_extents[std::size_t(d + firstThread)]);
    }
    kernel.checks = m_expressions.checks();
    kernel.source = signature(kernel, accesses);
    return kernel;
}

bool KernelPrinter::allThreads(const Place& place) const
{
    for (std::size_t axis = firstThread; axis < axisCount; ++axis)
        if (m_extents[axis] > 1 && !place.bound[axis])
            return false;
    return true;
}

void KernelPrinter::setVarying(const std::string& variable, bool varying)
{
    m_varying.erase(variable);
    if (varying)
        m_varying.insert(variable);
}

// May threads of a block find different values? What is in memory may change between one that comes early and one that
// comes late.
bool KernelPrinter::varies(const ExprPtr& e) const
{
    bool found = false;
    walk(e, [&](const Expr& node) {
        found = found || node.op == Op::Load || (node.op == Op::Var && m_varying.count(node.name));
    });
    return found;
}

// Must all threads of a block be through with `before` when the first begins with `after`? Shared memory is always
// handed from thread to thread; global memory is only where the loops over threads are inside the statements:
// iterations of one loop over threads, the verifier has proved, touch nothing that others write.
bool KernelPrinter::meets(const Accesses& before, const Accesses& after, const Place& place) const
{
    if (place.alone || m_extents[3] * m_extents[4] * m_extents[5] == 1)
        return false;
    const bool ownThread = allThreads(place);
    const auto visible = [&](const std::set<std::string>& names) {
        std::set<std::string> result;
        for (const std::string& name : names) {
            const bool global = std::find(m_global.begin(), m_global.end(), name) != m_global.end();
            if (global ? !ownThread : m_buffers.at(name).scope == Scope::Shared)
                result.insert(name);
        }
        return result;
    };
    const std::set<std::string> written = visible(before.writes), read = visible(before.reads);
    return intersect(written, after.reads) || intersect(written, after.writes) || intersect(read, after.writes);
}

// Must all threads be through with one iteration before the first begins the next?
bool KernelPrinter::meetsItself(const Loop& loop, const Place& place) const
{
    if (isConst(loop.extent, 1))
        return false;
    const Accesses all = accessesOf(loop.body), again{{}, writtenAgain(loop)};
    return meets({all.reads, {}}, {{}, all.writes}, place) || meets({{}, all.writes}, {all.reads, {}}, place)
           || meets(again, again, place);
}

Status KernelPrinter::barrier(const Place& place)
{
    if (!place.together)
        return refused("The threads of a block need a barrier where not all of them come by.",
                       {functionCursor(m_function.name)},
                       "Move the copies to shared memory out of the predicate, by compute_at at a loop outside of it.");
    m_writer.line("barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);");
    m_threadsMeet = true;
    return {};
}

// What is not inside a loop over an axis is done by the first thread or block of that axis, unless it only writes what
// each thread has for itself.
std::string KernelPrinter::guard(const StmtPtr& stmt, const Place& place) const
{
    const Accesses accesses = accessesOf(stmt);
    const auto isPrivate = [&](const std::string& name) { return m_buffers.at(name).scope == Scope::Local; };
    if (std::all_of(accesses.writes.begin(), accesses.writes.end(), isPrivate))
        return {};
    std::string condition;
    for (int axis = 0; axis < axisCount; ++axis) {
        const bool sharedByBlock =
            axis < firstThread
            && std::all_of(accesses.writes.begin(), accesses.writes.end(),
                           [&](const std::string& name) { return m_buffers.at(name).scope != Scope::Global; });
        if (m_extents[std::size_t(axis)] > 1 && !place.bound[std::size_t(axis)] && !sharedByBlock)
            condition += (condition.empty() ? "" : " && ") + axisId(axis) + " == 0";
    }
    return condition;
}

Status KernelPrinter::printBody(const Body& body, const Place& place)
{
    Accesses since;
    for (const StmtPtr& stmt : body) {
        const Accesses own = accessesOf(stmt);
        if (meets(since, own, place)) {
            STRATA_CHECK(barrier(place));
            since = {};
        }
        since.reads.insert(own.reads.begin(), own.reads.end());
        since.writes.insert(own.writes.begin(), own.writes.end());
        const std::string condition = holdsBoundThread(stmt) ? "" : guard(stmt, place);
        if (condition.empty()) {
            STRATA_CHECK(printStmt(stmt, place));
            continue;
        }
        Place guarded = place;
        guarded.together = false;
        guarded.alone = true;
        for (bool& bound : guarded.bound)
            bound = true;
        m_writer.open("if (" + condition + ") {");
        STRATA_CHECK(printStmt(stmt, guarded));
        m_writer.close();
    }
    return {};
}

Status KernelPrinter::printStmt(const StmtPtr& stmt, const Place& place)
{
    if (const Loop* loop = as<Loop>(stmt))
        return printLoop(*loop, place);
    if (const Block* block = as<Block>(stmt))
        return printBlock(*block, place);
    if (const Store* store = as<Store>(stmt))
        return printStore(*store);
    if (const Alloc* alloc = as<Alloc>(stmt))
        return printAlloc(alloc->buffer);
    return bug("The kernel holds a statement of an unknown kind.");
}

Status KernelPrinter::printLoop(const Loop& loop, const Place& given)
{
    Place place = given;
    const std::string name = m_writer.fresh(loop.name);
    STRATA_TRY(const std::string extent, m_expressions.index(loop.extent));
    m_expressions.variables[loop.name] = name;
    if (loop.kind == LoopKind::Bound) {
        const int axis = *axisByName(loop.axis);
        place.bound[std::size_t(axis)] = true;
        setVarying(loop.name, axis >= firstThread);
        m_writer.open(isConst(loop.extent, 0) ? "if (0) {" : "{");  // an axis has at least one block or thread
        m_writer.line("const long " + name + " = (long)" + axisId(axis) + ";");
    } else {
        place.together = place.together && isConst(loop.extent);
        setVarying(loop.name, false);
        if (loop.kind == LoopKind::Unrolled || loop.kind == LoopKind::Vectorized)
            m_writer.line("#pragma unroll");
        m_writer.open("for (long " + name + " = 0; " + name + " < " + extent + "; ++" + name + ") {");
    }
    STRATA_CHECK(printBody(loop.body, place));
    if (loop.kind != LoopKind::Bound && meetsItself(loop, place))
        STRATA_CHECK(barrier(place));
    m_writer.close();
    return {};
}

Status KernelPrinter::printBlock(const Block& block, const Place& given)
{
    Place place = given;
    m_writer.open("{  // " + block.name);
    if (block.predicate) {
        STRATA_TRY(const std::string condition, m_expressions.index(block.predicate));
        m_writer.open("if (" + condition + ") {");
        place.together = place.together && !varies(block.predicate);
        place.alone = place.alone || !holdsBoundThread(makeStmt(block));
    }
    for (const BlockIter& iter : block.iters) {
        STRATA_TRY(const std::string binding, m_expressions.index(iter.binding));
        const std::string name = m_writer.fresh(iter.name);
        m_writer.line("const long " + name + " = " + binding + ";");
        m_expressions.variables[iter.name] = name;
        setVarying(iter.name, varies(iter.binding));
    }
    const Block* outer = std::exchange(m_expressions.block, &block);
    const std::string instance = std::exchange(m_expressions.instance, "0");
    for (const BlockIter& iter : block.iters)
        if (isConst(iter.extent))
            m_expressions.instance = "(" + m_expressions.instance + " * " + std::to_string(iter.extent->i) + " + "
                                     + m_expressions.variables[iter.name] + ")";
    STRATA_CHECK(printInit(block, place));
    if (holdsBoundThread(makeStmt(block)) && meets(accessesOf(block.init), accessesOf(block.body), place))
        STRATA_CHECK(barrier(place));
    STRATA_CHECK(printBody(block.body, place));
    m_expressions.block = outer;
    m_expressions.instance = instance;
    if (block.predicate)
        m_writer.close();
    m_writer.close();
    return {};
}

Status KernelPrinter::printInit(const Block& block, const Place& given)
{
    if (block.init.empty())
        return {};
    Place place = given;
    std::string condition;
    for (const BlockIter& iter : block.iters)
        if (iter.kind == IterKind::Reduce) {
            condition += (condition.empty() ? "" : " && ") + m_expressions.variables[iter.name] + " == 0";
            place.together = place.together && !m_varying.count(iter.name);
        }
    m_writer.open(condition.empty() ? "{" : "if (" + condition + ") {");
    STRATA_CHECK(printBody(block.init, place));
    m_writer.close();
    return {};
}

Status KernelPrinter::printStore(const Store& store)
{
    STRATA_TRY(const std::string value, m_expressions.value(store.value));
    STRATA_TRY(const std::string target, m_expressions.element(store.buffer, store.indices));
    std::string inside;  // a store happens only where no check of its indices fails
    for (const ExprPtr& index : store.indices) {
        STRATA_TRY(const std::string holds, m_expressions.inside(index));
        inside += (inside.empty() || holds.empty() ? "" : " && ") + holds;
    }
    m_writer.line((inside.empty() ? "" : "if (" + inside + ") ") + target + " = "
                  + m_expressions.stored(value, store.value->type) + ";");
    return {};
}

Status KernelPrinter::printAlloc(const Buffer& buffer)
{
    if (m_buffers.at(buffer.name).scope == Scope::Global)
        return refused(say("The kernel allocates {} in global memory.", buffer.name),
                       {{m_function.name, NodeKind::Buffer, buffer.name}}, "Keep it in shared or local memory.");
    if (m_buffers.at(buffer.name).scope == Scope::Local)
        declare(buffer, "");
    return {};
}

void KernelPrinter::declare(const Buffer& buffer, const std::string& space)
{
    const std::string name = m_writer.fresh(buffer.name);
    m_expressions.buffers[buffer.name] = {name, buffer.type};
    const std::int64_t count = std::max<std::int64_t>(1, *elementCount(buffer.type.shape));
    m_writer.line(space + storageType(buffer.type.dtype) + " " + name + "[" + std::to_string(count) + "];");
}

// To a thread, `restrict` says that nobody else writes what it reads by this pointer. Where threads meet, others may: a
// compiler would keep a value in a register across the barrier (NVIDIA's does).
std::string KernelPrinter::signature(const Kernel& kernel, const Accesses& accesses) const
{
    std::string text = "#pragma OPENCL FP_CONTRACT OFF\n";
    const auto isWide = [&](const auto& entry) {
        return entry.second.type.dtype == DType::F64
               && (accesses.reads.count(entry.first) || accesses.writes.count(entry.first));
    };
    if (m_writer.usesDouble || std::any_of(m_buffers.begin(), m_buffers.end(), isWide))
        text += "#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n";
    text += helperDefinitions(m_writer.helpers());
    text += "\n__kernel __attribute__((reqd_work_group_size(" + std::to_string(kernel.threads[0]) + ", "
            + std::to_string(kernel.threads[1]) + ", " + std::to_string(kernel.threads[2]) + ")))\nvoid " + kernel.name
            + "(";
    for (std::size_t i = 0; i < kernel.arguments.size(); ++i) {
        const NamedBuffer& buffer = m_expressions.buffers.at(kernel.arguments[i]);
        const bool handedOver = kernel.written[i] && m_threadsMeet;
        text += (i ? ", " : "") + std::string("__global ") + (kernel.written[i] ? "" : "const ")
                + storageType(buffer.type.dtype) + (handedOver ? " *" : " *restrict ") + buffer.name;
    }
    if (!kernel.checks.empty())
        text += (kernel.arguments.empty() ? "" : ", ") + std::string("volatile __global int *strata_outside");
    return text + ")\n{\n" + m_writer.text() + "}\n";
}

}  // namespace strata::opencl
