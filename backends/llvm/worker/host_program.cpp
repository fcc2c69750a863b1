#include "backends/llvm/worker/host_program.h"

#include "backends/llvm/codegen/compile.h"
#include "backends/opencl/kernel.h"
#include "core/ir/calls.h"
#include "core/ir/implementations.h"

#include <algorithm>
#include <utility>

namespace strata {

namespace {

constexpr int transposeA = 1, transposeB = 2, relu = 4;  // flags of the runtime's routines

std::int64_t roundUp(std::int64_t bytes) { return (bytes + 63) / 64 * 64; }

template<class T>
T attribute(const LibraryCall& call, const std::string& name, T fallback)
{
    const auto found = call.attributes.find(name);
    const T* value = found == call.attributes.end() ? nullptr : std::get_if<T>(&found->second);
    return value ? *value : fallback;
}

int epilogue(const LibraryCall& call) { return attribute(call, "epilogue", std::string()) == "relu" ? relu : 0; }

std::int64_t product(const std::vector<std::int64_t>& values, std::size_t begin, std::size_t end)
{
    std::int64_t result = 1;
    for (std::size_t i = begin; i < end; ++i)
        result *= values[i];
    return result;
}

std::string i64(std::int64_t value) { return "i64 " + std::to_string(value); }

}  // namespace

HostProgram::HostProgram(const Module& module, const Function& entry, const BuildOptions& options, CodeSymbols codeOf,
                         Globals& globals)
    : m_module(module)
    , m_entry(entry)
    , m_options(options)
    , m_codeOf(std::move(codeOf))
    , m_globals(globals)
{
}

std::string HostProgram::declarations() const
{
    std::string text;
    for (const auto& declaration : m_declared)
        text += declaration + "\n";
    return text;
}

Error HostProgram::errorAt(const LibraryCall& call, const std::string& message) const
{
    return refused(say("Call {} of {}: {}", call.name, m_entry.name, message),
                   {{m_entry.name, NodeKind::Operator, call.name}});
}

Result<std::string> HostProgram::write(const LibraryBody& body)
{
    m_arena = body.arenaBytes;
    const auto bind = [&](const std::vector<TypedName>& tensors, const std::string& array) {
        for (std::size_t i = 0; i < tensors.size(); ++i) {
            const std::string slot = fresh(), value = fresh();
            m_text += "  " + slot + " = getelementptr inbounds ptr, ptr " + array + ", " + i64(std::int64_t(i)) + "\n";
            m_text += "  " + value + " = load ptr, ptr " + slot + "\n";
            m_buffers[tensors[i].name] = {value, tensors[i].type.tensor};
        }
    };
    bind(m_entry.params, "%inputs");
    bind(m_entry.results, "%outputs");
    for (const auto& one : body.statements)
        STRATA_CHECK(statement(*one));
    if (!m_calls.empty())
        m_text += "  call void @strata_rt_profile(ptr %run, i32 -1)\n";
    return "define internal i32 @entry(ptr %run, ptr %inputs, ptr %outputs, ptr %arena, ptr %weights) nounwind {\n"
           + std::string(m_asksMachine ? "  %isa = call i32 @strata_rt_isa()\n" : "") + m_text + "  ret i32 0\n}\n";
}

Status HostProgram::statement(const LibraryStmt& statement)
{
    if (const auto* allocation = std::get_if<AllocateBuffer>(&statement))
        return allocate(*allocation);
    if (const auto* view = std::get_if<ViewBuffer>(&statement)) {
        STRATA_TRY(const std::string source, pointer(view->source));
        m_buffers[view->name] = {source, view->type};
        return {};
    }
    if (const auto* one = std::get_if<CopyBuffer>(&statement))
        return copy(*one);
    return call(std::get<LibraryCall>(statement));
}

// Buffers that no plan placed lie one after the other.
Status HostProgram::allocate(const AllocateBuffer& allocation)
{
    const auto bytes = byteCount(allocation.type);
    if (!bytes)
        return refused(say("Buffer {} of {} has no fixed size.", allocation.name, m_entry.name),
                       {{m_entry.name, NodeKind::Buffer, allocation.name}});
    std::int64_t offset = m_arena;
    if (allocation.slot)
        offset = m_base + allocation.slot->offset;
    else
        m_arena += roundUp(*bytes);
    const std::string value = fresh();
    m_text += "  " + value + " = getelementptr inbounds i8, ptr %arena, " + i64(offset) + "\n";
    m_buffers[allocation.name] = {value, allocation.type};
    return {};
}

Result<std::string> HostProgram::pointer(const Operand& operand)
{
    if (operand.kind == Operand::Kind::None)
        return std::string("null");
    if (operand.kind == Operand::Kind::Value) {
        const auto found = m_buffers.find(operand.name);
        if (found == m_buffers.end())
            return bug("The runtime program uses the buffer " + operand.name + ", which is not allocated.");
        return found->second.pointer;
    }
    const auto offset = m_options.weightOffsets.find(operand.name);
    if (offset == m_options.weightOffsets.end())
        return bug("The weights file does not hold the constant " + operand.name + ".");
    const std::string value = fresh();
    m_text += "  " + value + " = getelementptr inbounds i8, ptr %weights, " + i64(offset->second) + "\n";
    return value;
}

Result<TensorType> HostProgram::typeOf(const Operand& operand) const
{
    if (const std::optional<ValueType> constant = constantType(m_module, operand))
        return constant->tensor;
    const auto found = m_buffers.find(operand.name);
    if (found == m_buffers.end())
        return bug("The runtime program uses " + operand.name + ", which is not there.");
    return found->second.type;
}

void HostProgram::checked(const std::string& call)
{
    const std::string code = fresh(), fine = fresh(), number = std::to_string(m_count++);
    m_text += "  " + code + " = call i32 " + call + "\n  " + fine + " = icmp eq i32 " + code + ", 0\n  br i1 " + fine
              + ", label %go" + number + ", label %failed" + number + "\nfailed" + number + ":\n  ret i32 " + code
              + "\ngo" + number + ":\n";
}

Status HostProgram::copy(const CopyBuffer& copy)
{
    STRATA_TRY(const std::string source, pointer(copy.source));
    STRATA_TRY(const std::string target, pointer(Operand::value(copy.target)));
    declare("declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)");
    const auto bytes = byteCount(m_buffers.at(copy.target).type).value_or(0);
    m_text += "  call void @llvm.memcpy.p0.p0.i64(ptr align 64 " + target + ", ptr align 64 " + source + ", "
              + i64(bytes) + ", i1 false)\n";
    return {};
}

Status HostProgram::call(const LibraryCall& call)
{
    if (m_depth > 0)  // a call inside of one is part of it
        return call.kind == LibraryCall::Callee::Routine ? callRoutine(call) : callFunction(call);
    declare("declare hidden void @strata_rt_profile(ptr, i32)");
    m_text += "  call void @strata_rt_profile(ptr %run, i32 " + std::to_string(m_calls.size()) + ")\n";
    m_calls.push_back(call.name);
    m_node = {m_entry.name, NodeKind::Operator, call.name};
    return call.kind == LibraryCall::Callee::Routine ? callRoutine(call) : callFunction(call);
}

Status HostProgram::callFunction(const LibraryCall& call)
{
    const FunctionPtr function = m_module.find(call.callee);
    if (!function)
        return bug("The runtime program calls " + call.callee + ", which the module does not have.");
    if (call.inputs.size() != function->params.size() || call.outputs.size() != function->results.size())
        return errorAt(call, call.callee + " takes another number of arguments.");
    return function->choices.empty() ? callOne(call, *function) : chooseOne(call, *function);
}

Status HostProgram::callOne(const LibraryCall& call, const Function& function)
{
    if (function.library())
        return callProgram(call, function);
    if (m_options.openCl && isDeviceFunction(function))
        return launch(call, function);
    return callCode(call, function);
}

// The first choice that the machine can run, else the definition as it stands.
Status HostProgram::chooseOne(const LibraryCall& call, const Function& definition)
{
    const std::string number = std::to_string(m_count++), done = "chosen" + number;
    const std::string isa = machine();
    for (std::size_t i = 0; i < definition.choices.size(); ++i) {
        const Choice& choice = definition.choices[i];
        const FunctionPtr one = m_module.find(choice.implementation);
        if (!one || !choice.least)
            return bug("The choice " + toString(choice) + " of " + definition.name + " reaches the compiler.");
        const std::string fits = fresh(), suffix = number + "_" + std::to_string(i);
        m_text += "  " + fits + " = icmp sge i32 " + isa + ", " + std::to_string(int(*choice.least) + 1) + "\n  br i1 "
                  + fits + ", label %take" + suffix + ", label %next" + suffix + "\ntake" + suffix + ":\n";
        LibraryCall chosen = call;
        chosen.callee = one->name;
        STRATA_CHECK(callOne(chosen, *one));
        m_text += "  br label %" + done + "\nnext" + suffix + ":\n";
    }
    STRATA_CHECK(callOne(call, definition));
    m_text += "  br label %" + done + "\n" + done + ":\n";
    return {};
}

// The level of x86-64 that the machine has, asked once at the beginning of the program, which every branch comes from.
std::string HostProgram::machine()
{
    declare("declare hidden i32 @strata_rt_isa()");
    m_asksMachine = true;
    return "%isa";
}

// A runtime program within this one: its statements, with the call's buffers for its own. Its temporaries lie behind
// those that are there already, and make room again when it ends.
Status HostProgram::callProgram(const LibraryCall& call, const Function& program)
{
    std::map<std::string, Place> inside;
    for (std::size_t i = 0; i < program.params.size(); ++i) {
        STRATA_TRY(const std::string value, pointer(call.inputs[i]));
        inside[program.params[i].name] = {value, program.params[i].type.tensor};
    }
    for (std::size_t i = 0; i < program.results.size(); ++i) {
        STRATA_TRY(const std::string value, pointer(Operand::value(call.outputs[i])));
        inside[program.results[i].name] = {value, program.results[i].type.tensor};
    }
    m_buffers.swap(inside);
    const std::int64_t before = m_arena, base = std::exchange(m_base, m_arena);
    m_arena += roundUp(program.library()->arenaBytes);
    ++m_depth;
    Status status;
    for (const LibraryStmtPtr& one : program.library()->statements)
        if (status = statement(*one); !status)
            break;
    --m_depth;
    m_base = base;
    m_mostArena = std::max(m_mostArena, m_arena);
    m_arena = before;
    m_buffers.swap(inside);
    return status;
}

Status HostProgram::callCode(const LibraryCall& call, const Function& function)
{
    m_neededBy[call.callee].push_back(m_node);
    if (std::find(m_functions.begin(), m_functions.end(), function.name) == m_functions.end())
        m_functions.push_back(function.name);
    const CodeSymbol code = m_codeOf(call.callee);
    const bool run = code.takesRun;
    std::string arguments = run ? "ptr %run" : "", types = run ? "ptr" : "";
    const auto pass = [&](const std::string& value) {
        arguments += (arguments.empty() ? "ptr " : ", ptr ") + value;
        types += types.empty() ? "ptr" : ", ptr";
    };
    for (const auto& input : call.inputs) {
        STRATA_TRY(const std::string value, pointer(input));
        pass(value);
    }
    for (const auto& output : call.outputs) {
        STRATA_TRY(const std::string value, pointer(Operand::value(output)));
        pass(value);
    }
    const std::string symbol = "@" + quoted(code.name);
    declare("declare hidden " + std::string(run ? "i32 " : "void ") + symbol + "(" + types + ")");
    if (run)
        checked(symbol + "(" + arguments + ")");
    else
        m_text += "  call void " + symbol + "(" + arguments + ")\n";
    return {};
}

// The strata_check of runtime.h for each check of the kernel.
std::string HostProgram::checkTable(const OpenClKernel& kernel)
{
    if (kernel.checks.empty())
        return "ptr null";
    const std::string type = "{ i32, i32, ptr, ptr, i32, ptr, ptr }";
    std::vector<std::string> entries;
    for (const OpenClCheck& check : kernel.checks) {
        std::vector<std::string> names;
        for (const std::string& name : check.iterators)
            names.push_back(m_globals.string(name));
        entries.push_back(type + " { i32 " + std::to_string(check.block) + ", i32 " + std::to_string(check.number)
                          + ", " + m_globals.string(check.of) + ", " + m_globals.string(check.where) + ", i32 "
                          + std::to_string(names.size()) + ", " + m_globals.pointers(names) + ", "
                          + m_globals.numbers(check.extents) + " }");
    }
    return m_globals.structs(type, entries);
}

// Each kernel of the function as a launch, temporaries in the arena.
Status HostProgram::launch(const LibraryCall& call, const Function& function)
{
    STRATA_TRY(const OpenClProgram program, printOpenCl(function));
    declare("declare hidden i32 @strata_rt_opencl_launch(ptr, ptr, ptr)");
    m_neededBy["strata_rt_opencl_launch"].push_back(m_node);
    std::map<std::string, std::string> places;
    for (std::size_t i = 0; i < function.params.size(); ++i) {
        STRATA_TRY(places[function.params[i].name], pointer(call.inputs[i]));
    }
    for (std::size_t i = 0; i < function.results.size(); ++i) {
        STRATA_TRY(places[function.results[i].name], pointer(Operand::value(call.outputs[i])));
    }
    for (const auto& [name, bytes] : program.temporaries) {
        places[name] = fresh();
        m_text += "  " + places[name] + " = getelementptr inbounds i8, ptr %arena, " + i64(m_arena) + "\n";
        m_arena += roundUp(bytes);
    }
    for (const auto& kernel : program.kernels) {
        const std::string arguments = fresh(),
                          type = "[" + std::to_string(std::max<std::size_t>(kernel.arguments.size(), 1)) + " x ptr]";
        m_text += "  " + arguments + " = alloca " + type + "\n";
        for (std::size_t i = 0; i < kernel.arguments.size(); ++i) {
            const std::string slot = fresh();
            m_text += "  " + slot + " = getelementptr inbounds ptr, ptr " + arguments + ", " + i64(std::int64_t(i))
                      + "\n";
            m_text += "  store ptr " + places[kernel.arguments[i]] + ", ptr " + slot + "\n";
        }
        const auto three = [](const std::array<std::int64_t, 3>& a) {
            return "[3 x i64] [" + i64(a[0]) + ", " + i64(a[1]) + ", " + i64(a[2]) + "]";
        };
        const std::vector<std::int64_t> written(kernel.written.begin(), kernel.written.end());
        const std::string kernelType = "{ ptr, ptr, i32, ptr, ptr, [3 x i64], [3 x i64], i32, ptr }";
        const std::string table = m_globals.structs(
            kernelType,
            {kernelType + " { " + m_globals.string(kernel.name) + ", " + m_globals.string(kernel.source) + ", i32 "
             + std::to_string(kernel.arguments.size()) + ", " + m_globals.numbers(kernel.argumentBytes) + ", "
             + m_globals.numbers(written, 8) + ", " + three(kernel.blocks) + ", " + three(kernel.threads) + ", i32 "
             + std::to_string(kernel.checks.size()) + ", " + checkTable(kernel) + " }"});
        checked("@strata_rt_opencl_launch(ptr %run, " + table + ", ptr " + arguments + ")");
    }
    return {};
}

Status HostProgram::callRoutine(const LibraryCall& call)
{
    const std::size_t dot = call.callee.find('.');
    const std::string provider = call.callee.substr(0, dot),
                      routine = dot == std::string::npos ? "" : call.callee.substr(dot + 1);
    const bool known = (provider == "onednn" || provider == "openblas")
                       && (routine == "matmul" || (routine == "conv" && provider == "onednn"));
    if (!known)
        return errorAt(call, "nobody provides the routine " + call.callee + ".");
    const std::string symbol = "strata_rt_" + provider + "_" + routine;
    m_neededBy[symbol].push_back(m_node);
    return routine == "matmul" ? matmul(call, symbol) : convolution(call, symbol);
}

// c[..., m, n] = a[..., m, k] b[..., k, n]: with one matrix b, the rows of all matrices a are rows of one.
Status HostProgram::matmul(const LibraryCall& call, const std::string& symbol)
{
    STRATA_TRY(const TensorType aType, typeOf(call.inputs.at(0)));
    STRATA_TRY(const TensorType bType, typeOf(call.inputs.at(1)));
    STRATA_TRY(const TensorType cType, typeOf(Operand::value(call.outputs.at(0))));
    const auto a = constants(aType.shape), b = constants(bType.shape), c = constants(cType.shape);
    if (a.size() < 2 || b.size() < 2 || c.size() < 2)
        return errorAt(call, "the routine multiplies matrices.");
    const bool ta = attribute(call, "transA", std::int64_t(0)) != 0,
               tb = attribute(call, "transB", std::int64_t(0)) != 0;
    const bool oneMatrix = b.size() == 2;
    const std::int64_t n = c.back(), k = a[a.size() - (ta ? 2 : 1)];
    const std::int64_t batch = oneMatrix ? 1 : product(c, 0, c.size() - 2);
    const std::int64_t m = oneMatrix ? product(c, 0, c.size() - 1) : c[c.size() - 2];
    const std::int64_t strideA = batch > 1 ? m * k : 0, strideB = batch > 1 ? k * n : 0;
    std::string arguments = "ptr %run";
    for (std::size_t i = 0; i < 3; ++i) {
        STRATA_TRY(const std::string value,
                   i < call.inputs.size() ? pointer(call.inputs[i]) : Result<std::string>(std::string("null")));
        arguments += ", ptr " + value;
    }
    STRATA_TRY(const std::string target, pointer(Operand::value(call.outputs[0])));
    arguments += ", ptr " + target;
    for (const std::int64_t number : {m, n, k, batch, strideA, strideB})
        arguments += ", " + i64(number);
    const int flags = (ta ? transposeA : 0) | (tb ? transposeB : 0) | epilogue(call);
    declare("declare hidden i32 @" + symbol + "(ptr, ptr, ptr, ptr, ptr, i64, i64, i64, i64, i64, i64, i32)");
    checked("@" + symbol + "(" + arguments + ", i32 " + std::to_string(flags) + ")");
    return {};
}

Status HostProgram::convolution(const LibraryCall& call, const std::string& symbol)
{
    using Integers = std::vector<std::int64_t>;
    STRATA_TRY(const TensorType xType, typeOf(call.inputs.at(0)));
    STRATA_TRY(const TensorType wType, typeOf(call.inputs.at(1)));
    STRATA_TRY(const TensorType yType, typeOf(Operand::value(call.outputs.at(0))));
    const auto x = constants(xType.shape), w = constants(wType.shape), y = constants(yType.shape);
    if (x.size() != 4 || w.size() != 4 || y.size() != 4)
        return errorAt(call, "the routine convolves two dimensions.");
    const auto strides = attribute(call, "strides", Integers{1, 1}),
               dilations = attribute(call, "dilations", Integers{1, 1});
    const auto pads = attribute(call, "pads", Integers{0, 0, 0, 0});
    const Integers geometry = {
        x[0],    x[1],    x[2],    x[3],         w[0],         w[2],
        w[3],    y[2],    y[3],    strides[0],   strides[1],   pads[0],
        pads[1], pads[2], pads[3], dilations[0], dilations[1], attribute(call, "group", std::int64_t(1))};
    std::string arguments = "ptr %run";
    for (std::size_t i = 0; i < 3; ++i) {
        STRATA_TRY(const std::string value,
                   i < call.inputs.size() ? pointer(call.inputs[i]) : Result<std::string>(std::string("null")));
        arguments += ", ptr " + value;
    }
    STRATA_TRY(const std::string target, pointer(Operand::value(call.outputs[0])));
    declare("declare hidden i32 @" + symbol + "(ptr, ptr, ptr, ptr, ptr, ptr, i32)");
    checked("@" + symbol + "(" + arguments + ", ptr " + target + ", " + m_globals.numbers(geometry) + ", i32 "
            + std::to_string(epilogue(call)) + ")");
    return {};
}

}  // namespace strata
