// The runtime program is cut after the last call that is wanted and gives back copies of operands instead of its
// results. Nothing else changes, so what it computes on the way is what it always computes, and all its functions are
// compiled already.
#include "app/workbench/borders.h"

#include "core/ir/calls.h"

#include <algorithm>
#include <set>

namespace strata {

namespace {

const LibraryCall* functionCall(const LibraryStmtPtr& statement)
{
    const auto* call = std::get_if<LibraryCall>(statement.get());
    return call && call->kind == LibraryCall::Callee::Function ? call : nullptr;
}

// The calls of a function that are looked at, in order.
struct Wanted {
    std::string function;
    int calls = 0;
    std::vector<const LibraryCall*> seen;
    std::int64_t bytes = 0;  // of all operands that are copied
};

std::int64_t bytesOf(const LibraryCall& call, const BufferTypes& types)
{
    std::int64_t bytes = 0;
    for (const Operand& operand : call.inputs)
        if (const auto type = types.of(operand); type && operand.kind == Operand::Kind::Value)
            bytes += byteCount(*type).value_or(0);
    return bytes;
}

Wanted wantedCalls(const Function& program, const BufferTypes& types, const std::string& function,
                   const BorderLimits& limits)
{
    std::vector<const LibraryCall*> all;
    for (const LibraryStmtPtr& statement : program.library()->statements)
        if (const LibraryCall* call = functionCall(statement); call && call->callee == function)
            all.push_back(call);
    Wanted wanted{function, int(all.size()), {}, 0};
    const std::size_t most = std::max<std::size_t>(limits.calls, 1), count = std::min(all.size(), most);
    for (std::size_t i = 0; i < count; ++i) {
        const LibraryCall* call = all[count == 1 ? 0 : i * (all.size() - 1) / (count - 1)];
        const std::int64_t bytes = bytesOf(*call, types);
        if (!wanted.seen.empty() && wanted.bytes + bytes > limits.bytesPerRun)
            break;
        wanted.seen.push_back(call);
        wanted.bytes += bytes;
    }
    return wanted;
}

// The program cut to give back the operands of some calls.
class Cut {
public:
    Cut(const Module& lowered, const BufferTypes& types)
        : m_lowered(lowered)
        , m_types(types)
        , m_entry(*lowered.entryFunction())
        , m_before(*m_entry.library())
    {
        for (const TypedName& param : m_entry.params)
            m_names.insert(param.name);
        for (const TypedName& result : m_entry.results)
            m_names.insert(result.name);
        for (const LibraryStmtPtr& statement : m_before.statements) {
            if (const auto* allocation = std::get_if<AllocateBuffer>(statement.get()))
                m_names.insert(allocation->name);
            if (const auto* view = std::get_if<ViewBuffer>(statement.get()))
                m_names.insert(view->name);
        }
    }

    ModulePtr run(const std::vector<const LibraryCall*>& calls)
    {
        m_body.arenaBytes = m_before.arenaBytes;
        for (const TypedName& result : m_entry.results)
            add(AllocateBuffer{result.name, result.type.tensor, {}, {}});
        m_entry.results.clear();
        std::size_t left = calls.size();
        for (const LibraryStmtPtr& statement : m_before.statements) {
            const LibraryCall* call = functionCall(statement);
            if (call && std::find(calls.begin(), calls.end(), call) != calls.end()) {
                copyOperands(*call);
                if (--left == 0)
                    break;
            }
            m_body.statements.push_back(statement);
        }
        m_entry.body = std::move(m_body);
        return m_lowered.withFunction(std::make_shared<const Function>(std::move(m_entry)));
    }

private:
    void add(LibraryStmt statement)
    {
        m_body.statements.push_back(std::make_shared<const LibraryStmt>(std::move(statement)));
    }

    void copyOperands(const LibraryCall& call)
    {
        for (const Operand& operand : call.inputs) {
            if (operand.kind != Operand::Kind::Value)
                continue;
            const std::string name = freshName("operand", [&](const std::string& n) { return m_names.count(n) != 0; });
            m_names.insert(name);
            m_entry.results.push_back({name, {ValueType::Kind::Tensor, *m_types.of(operand)}});
            add(CopyBuffer{operand, name});
        }
    }

    const Module& m_lowered;
    const BufferTypes& m_types;
    Function m_entry;
    LibraryBody m_before, m_body;
    std::set<std::string> m_names;
};

// Results of the cut program, and constants, as the operands of each call.
Result<std::vector<CallInputs>> operandsOf(const Module& lowered, const std::vector<const LibraryCall*>& calls,
                                           std::vector<Tensor>& copies)
{
    std::vector<CallInputs> result;
    std::size_t next = 0;
    for (const LibraryCall* call : calls) {
        CallInputs inputs{call->name, {}};
        for (const Operand& operand : call->inputs) {
            if (operand.kind == Operand::Kind::Value)
                inputs.inputs.push_back(std::move(copies.at(next++)));
            if (operand.kind != Operand::Kind::Constant)
                continue;
            const auto constant = lowered.constants.find(operand.name);
            if (constant == lowered.constants.end())
                return bug("There is no constant named @" + operand.name + ".");
            STRATA_TRY(Tensor tensor, toTensor(*constant->second));
            inputs.inputs.push_back(std::move(tensor));
        }
        result.push_back(std::move(inputs));
    }
    return result;
}

// Calls in the order of the program, so that copies come in the order of calls.
std::vector<const LibraryCall*> inOrder(const Function& program, const std::vector<Wanted>& batch)
{
    std::vector<const LibraryCall*> calls;
    for (const LibraryStmtPtr& statement : program.library()->statements)
        for (const Wanted& wanted : batch)
            if (const LibraryCall* call = functionCall(statement);
                call && std::find(wanted.seen.begin(), wanted.seen.end(), call) != wanted.seen.end())
                calls.push_back(call);
    return calls;
}

bool copiesNothing(const std::vector<const LibraryCall*>& calls)
{
    return std::all_of(calls.begin(), calls.end(), [](const LibraryCall* call) {
        return std::none_of(call->inputs.begin(), call->inputs.end(),
                            [](const Operand& operand) { return operand.kind == Operand::Kind::Value; });
    });
}

}  // namespace

BufferTypes::BufferTypes(const Module& module, const Function& program)
    : m_module(module)
{
    for (const std::vector<TypedName>* names : {&program.params, &program.results})
        for (const TypedName& name : *names)
            m_types[name.name] = name.type.tensor;
    for (const LibraryStmtPtr& statement : program.library()->statements) {
        if (const auto* allocation = std::get_if<AllocateBuffer>(statement.get()))
            m_types[allocation->name] = allocation->type;
        if (const auto* view = std::get_if<ViewBuffer>(statement.get()))
            m_types[view->name] = view->type;
    }
}

std::optional<TensorType> BufferTypes::of(const Operand& operand) const
{
    if (const std::optional<ValueType> constant = constantType(m_module, operand))
        return constant->tensor;
    const auto found = operand.kind == Operand::Kind::Value ? m_types.find(operand.name) : m_types.end();
    return found == m_types.end() ? std::nullopt : std::optional(found->second);
}

Status inputsAtCalls(Toolchain& toolchain, const Module& lowered, const std::vector<Tensor>& inputs, RunTarget target,
                     const std::vector<std::string>& functions, const TakeCalls& take, std::stop_token stop,
                     const Progress& progress, const BorderLimits& limits)
{
    const Function& program = *lowered.entryFunction();
    const BufferTypes types(lowered, program);
    for (std::size_t next = 0; next < functions.size();) {
        std::vector<Wanted> batch;
        std::int64_t bytes = 0;
        for (; next < functions.size(); ++next) {
            Wanted wanted = wantedCalls(program, types, functions[next], limits);
            if (!batch.empty() && bytes + wanted.bytes > limits.bytesPerRun)
                break;
            bytes += wanted.bytes;
            batch.push_back(std::move(wanted));
        }
        const std::vector<const LibraryCall*> calls = inOrder(program, batch);
        std::vector<Tensor> copies;
        if (!copiesNothing(calls)) {
            STRATA_TRY(copies,
                       runModule(toolchain, *Cut(lowered, types).run(calls), target, inputs, 1, stop, progress));
        }
        STRATA_TRY(const std::vector<CallInputs> operands, operandsOf(lowered, calls, copies));
        for (const Wanted& wanted : batch) {
            CallsSeen seen{wanted.calls, {}};
            for (std::size_t i = 0; i < calls.size(); ++i)
                if (calls[i]->callee == wanted.function)
                    seen.seen.push_back(operands[i]);
            STRATA_CHECK(take(wanted.function, seen));
        }
    }
    return {};
}

}  // namespace strata
