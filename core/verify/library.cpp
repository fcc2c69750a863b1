// A runtime program, statement by statement, as the machine would run it: a name is defined before its use, a buffer
// written before it is read, calls agree with the signatures of what they call, results are written.
//
// Views share the memory of their source, so lifetimes are kept by memory and not by name. Two buffers of the arena may
// share bytes only if no statement lies in both lifetimes, from the first to the last statement that touches them.
#include "core/base/condition.h"
#include "core/index/sizes.h"
#include "core/ir/control.h"
#include "core/ir/placement.h"
#include "core/operators/data_sizes.h"
#include "core/verify/parts.h"

#include <algorithm>
#include <set>

namespace strata {

namespace {

class LibraryVerifier {
public:
    LibraryVerifier(const Module& module, const Function& function, Findings& findings)
        : m_module(module)
        , m_function(function)
        , m_findings(findings)
        , m_told(toldSizes(function))
        , m_facts(factsWithin(module, function))
    {
        for (const auto& [size, most] : dataSizes(module, function))
            m_told.insert(size);
    }
    void run();

private:
    // Memory that names stand for: views share that of their source.
    struct Memory {
        std::string name;
        std::optional<AllocateBuffer::Slot> slot;
        std::optional<std::int64_t> storage;
        bool written = false;
        bool given = false;         // a parameter or a constant: nobody writes it
        std::string overwritten;    // of a parameter: by this call, through the result that lies in it
        int first = -1, last = -1;  // statements that touch it
    };
    static bool shareBytes(const Memory& a, const Memory& b)
    {
        return (a.storage && a.storage == b.storage)
               || (a.slot && b.slot && a.slot->offset < b.slot->offset + b.slot->bytes
                   && b.slot->offset < a.slot->offset + a.slot->bytes);
    }
    struct Entry {
        ValueType type;
        std::size_t memory = 0;
        bool isOld = false;  // what a parameter was, whose memory a result has
    };

    void find(std::string sentence, const std::string& buffer = {})
    {
        std::vector<Cursor> nodes;
        if (!m_call.empty())
            nodes.push_back({m_function.name, NodeKind::Operator, m_call});
        if (!buffer.empty())
            nodes.push_back({m_function.name, NodeKind::Buffer, buffer});
        if (nodes.empty())
            nodes.push_back(functionCursor(m_function.name));
        m_findings.push_back(refused(std::move(sentence), std::move(nodes)));
    }
    void define(const std::string& name, ValueType type, std::size_t memory, bool isOld = false)
    {
        if (!m_entries.emplace(name, Entry{std::move(type), memory, isOld}).second)
            find("The name " + name + " is given to two buffers of " + m_function.name + ".", name);
    }
    std::size_t newMemory(const std::string& name, bool given)
    {
        m_memories.push_back({name, {}, {}, given, given, {}, -1, -1});
        return m_memories.size() - 1;
    }
    void touch(std::size_t memory)
    {
        Memory& m = m_memories[memory];
        m.first = m.first < 0 ? m_statement : m.first;
        m.last = m_statement;
    }
    std::optional<ValueType> read(const Operand& operand, const std::string& user);
    std::optional<ValueType> write(const std::string& name, const std::string& user);
    std::optional<std::size_t> memoryOf(const std::string& name) const
    {
        const auto found = m_entries.find(name);
        return found == m_entries.end() ? std::nullopt : std::optional(found->second.memory);
    }
    void checkTold(const std::string& buffer, const TensorType& type);
    void check(const AllocateBuffer& alloc);
    void check(const ViewBuffer& view);
    void check(const LibraryCall& call);
    void check(const CopyBuffer& copy);
    void checkSignature(const LibraryCall& call, const std::vector<std::optional<ValueType>>& inputs,
                        const std::vector<std::optional<ValueType>>& outputs);
    void checkRoutine(const LibraryCall& call, const std::vector<std::optional<ValueType>>& inputs,
                      const std::vector<std::optional<ValueType>>& outputs);
    void checkApart(const LibraryCall& call);
    void checkArena();

    const Module& m_module;
    const Function& m_function;
    Findings& m_findings;
    std::set<std::string> m_told;  // sizes
    const SizeFacts m_facts;
    std::map<std::string, Entry> m_entries;
    std::vector<Memory> m_memories;
    std::set<std::string> m_calls;
    std::string m_call;  // being checked
    int m_statement = 0;
};

std::optional<ValueType> LibraryVerifier::read(const Operand& operand, const std::string& user)
{
    if (operand.kind == Operand::Kind::None)
        return std::nullopt;
    if (operand.kind == Operand::Kind::Constant) {
        auto found = m_module.constants.find(operand.name);
        if (found != m_module.constants.end())
            return ValueType{ValueType::Kind::Tensor, found->second->type()};
        find("The constant @" + operand.name + " that " + user + " reads does not exist.");
        return std::nullopt;
    }
    auto found = m_entries.find(operand.name);
    if (found == m_entries.end()) {
        find("The buffer " + operand.name + " that " + user + " reads does not exist.", operand.name);
        return std::nullopt;
    }
    touch(found->second.memory);
    if (!m_memories[found->second.memory].written)
        find("The buffer " + operand.name + " is read by " + user + " before anything writes it.", operand.name);
    if (const std::string& by = m_memories[found->second.memory].overwritten;
        !STRATA_CONDITION("inout.read", !found->second.isOld || by.empty()))
        find(say("The buffer {} is read by {} after {} wrote the result that lies in its memory.", operand.name, user,
                 by)
                 .text(),
             operand.name);
    return found->second.type;
}

std::optional<ValueType> LibraryVerifier::write(const std::string& name, const std::string& user)
{
    auto found = m_entries.find(name);
    if (found == m_entries.end()) {
        find("The buffer " + name + " that " + user + " writes does not exist.", name);
        return std::nullopt;
    }
    touch(found->second.memory);
    if (m_memories[found->second.memory].given || found->second.isOld)
        find("The buffer " + name + " that " + user + " writes is given to " + m_function.name
                 + " to read; only results and allocated buffers are written.",
             name);
    m_memories[found->second.memory].written = true;
    return found->second.type;
}

// Its bytes follow from what the program is called with.
void LibraryVerifier::checkTold(const std::string& buffer, const TensorType& type)
{
    for (const Dim& dim : type.shape)
        for (const std::string& size : dim.symbols())
            if (!m_told.count(size))
                return find("The buffer " + buffer + " is " + toString(type) + ", and no parameter or result of "
                                + m_function.name + " tells " + size + ".",
                            buffer);
}

void LibraryVerifier::check(const AllocateBuffer& alloc)
{
    checkTold(alloc.name, alloc.type);
    const std::size_t memory = newMemory(alloc.name, false);
    m_memories[memory].slot = alloc.slot;
    m_memories[memory].storage = alloc.storage;
    define(alloc.name, {ValueType::Kind::Tensor, alloc.type}, memory);
    if (alloc.storage && (*alloc.storage < 0 || alloc.slot))
        find("The buffer " + alloc.name + " lies in a storage that there is not.", alloc.name);
    if (!alloc.slot)
        return;
    const auto bytes = byteCount(alloc.type);
    if (alloc.slot->offset % 64 != 0)
        find("The slot of " + alloc.name + " does not begin at a multiple of 64 bytes.", alloc.name);
    if (bytes && alloc.slot->bytes < *bytes)
        find("The slot of " + alloc.name + " has " + std::to_string(alloc.slot->bytes) + " bytes and needs "
                 + std::to_string(*bytes) + ".",
             alloc.name);
    if (alloc.slot->offset < 0 || alloc.slot->bytes < 0
        || alloc.slot->bytes > m_function.library()->arenaBytes - alloc.slot->offset)
        find("The slot of " + alloc.name + " lies outside of the arena.", alloc.name);
}

void LibraryVerifier::check(const ViewBuffer& view)
{
    const bool constant = view.source.kind == Operand::Kind::Constant;
    auto source = m_entries.find(view.source.name);
    std::optional<ValueType> type;
    if (constant)
        type = read(view.source, "view " + view.name);
    else if (source != m_entries.end())
        type = source->second.type;
    else
        find("The buffer " + view.source.name + " that view " + view.name + " shows does not exist.", view.name);
    const bool known = type && !constant;
    define(view.name, {ValueType::Kind::Tensor, view.type}, known ? source->second.memory : newMemory(view.name, true),
           known && source->second.isOld);
    checkTold(view.name, view.type);
    if (!type)
        return;
    const auto have = byteCount(type->tensor), want = byteCount(view.type);
    if (have && want && *have != *want)
        find("View " + view.name + " has " + std::to_string(*want) + " bytes and what it shows has "
                 + std::to_string(*have) + ".",
             view.name);
    else if ((!have || !want) && type->tensor.ranked && !(bytesOf(type->tensor) == bytesOf(view.type)))
        find("View " + view.name + " is " + toString(view.type) + " and what it shows is " + toString(type->tensor)
                 + ", which do not have the same size for all sizes.",
             view.name);
}

void LibraryVerifier::check(const LibraryCall& call)
{
    m_call = call.name;
    if (!m_calls.insert(call.name).second)
        find("Two calls of " + m_function.name + " are named " + call.name + ".");
    std::vector<std::optional<ValueType>> inputs, outputs;
    for (const Operand& input : call.inputs)
        inputs.push_back(read(input, call.name));
    for (const std::string& output : call.outputs)
        outputs.push_back(write(output, call.name));
    const bool isCall = call.kind == LibraryCall::Callee::Function;
    if (isCall && call.attributes.count(placementAttribute) && placement(call.attributes).empty())
        find("Call " + call.name + " is placed on what is no name of a device.");
    if (isCall)
        checkSignature(call, inputs, outputs);
    else
        checkRoutine(call, inputs, outputs);
    checkApart(call);
    for (const std::string& output : call.outputs)
        if (const auto entry = m_entries.find(output); entry != m_entries.end())
            m_memories[entry->second.memory].overwritten = call.name;
    m_call.clear();
}

// What a call writes is nothing that it reads or writes otherwise: its code counts on that. But for what the callee
// computes in place.
void LibraryVerifier::checkApart(const LibraryCall& call)
{
    const FunctionPtr callee = call.kind == LibraryCall::Callee::Function ? m_module.find(call.callee) : nullptr;
    std::set<std::size_t> inPlace;  // inputs
    if (callee)
        for (const auto& [to, from] : inoutPositions(*callee))
            if (to < call.outputs.size() && from < call.inputs.size() && call.inputs[from].kind == Operand::Kind::Value
                && memoryOf(call.outputs[to]) == memoryOf(call.inputs[from].name))
                inPlace.insert(from);
    std::map<std::size_t, std::string> used;
    for (std::size_t i = 0; i < call.inputs.size(); ++i)
        if (const Operand& input = call.inputs[i]; input.kind == Operand::Kind::Value && !inPlace.count(i))
            if (const auto memory = memoryOf(input.name))
                used.emplace(*memory, input.name);
    for (const std::string& output : call.outputs)
        if (const auto memory = memoryOf(output); memory && !used.emplace(*memory, output).second)
            find("Call " + call.name + " writes " + output + ", which is the same memory as " + used[*memory]
                     + " that it also uses.",
                 output);
}

void LibraryVerifier::checkSignature(const LibraryCall& call, const std::vector<std::optional<ValueType>>& inputs,
                                     const std::vector<std::optional<ValueType>>& outputs)
{
    const FunctionPtr callee = m_module.find(call.callee);
    if (!callee)
        return find("Call " + call.name + " is of the function " + call.callee + ", which does not exist.");
    const std::map<std::string, Dim> sizes = sizesAtCall(*callee, shapesOf(inputs), shapesOf(outputs));
    auto compare = [&](const std::vector<std::optional<ValueType>>& given, const std::vector<TypedName>& wanted,
                       const char* what) {
        if (given.size() != wanted.size())
            return find("Call " + call.name + " gives " + std::to_string(given.size()) + " " + what + " to "
                        + call.callee + ", which has " + std::to_string(wanted.size()) + ".");
        for (std::size_t i = 0; i < given.size(); ++i)
            if (given[i] && !agrees(*given[i], wanted[i].type, sizes))
                find("Call " + call.name + " gives " + toString(*given[i]) + " for " + wanted[i].name + " of "
                     + call.callee + ", which is " + toString(wanted[i].type) + ".");
    };
    compare(inputs, callee->params, "inputs");
    compare(outputs, callee->results, "outputs");
    if (const std::string broken = brokenFact(m_facts, *callee, sizes); !broken.empty())
        find("Call " + call.name + " is of " + call.callee + ", which assumes " + broken + ".");
}

void LibraryVerifier::checkRoutine(const LibraryCall& call, const std::vector<std::optional<ValueType>>& inputs,
                                   const std::vector<std::optional<ValueType>>& outputs)
{
    const auto known = [](const std::vector<std::optional<ValueType>>& types) {
        std::vector<TensorType> list;
        for (const std::optional<ValueType>& type : types)
            list.push_back(type ? type->tensor : TensorType{DType::F32, {}, false});
        return list;
    };
    const std::string wrong = isControlFlow(call) ? wrongControlFlow(m_module, call, inputs, outputs)
                                                  : wrongRoutineCall(call, known(inputs), known(outputs));
    if (!wrong.empty())
        find("Call " + call.name + ": " + call.callee + " " + wrong + ".");
}

void LibraryVerifier::check(const CopyBuffer& copy)
{
    const auto from = read(copy.source, "the copy to " + copy.target), to = write(copy.target, "a copy");
    if (const auto memory = memoryOf(copy.target); memory && memory != memoryOf(copy.source.name))
        m_memories[*memory].overwritten = "the copy to " + copy.target;
    if (from && to && !mayAgree(*from, *to))
        find("The copy to " + copy.target + " is of " + toString(*from) + " into " + toString(*to) + ".", copy.target);
}

// Buffers that are live at one statement may not share bytes. In the order of their first use, each is compared with
// those that are still live.
void LibraryVerifier::checkArena()
{
    std::vector<const Memory*> byStart, live;
    for (const Memory& memory : m_memories)
        if ((memory.slot || memory.storage) && memory.first >= 0)
            byStart.push_back(&memory);
    std::stable_sort(byStart.begin(), byStart.end(),
                     [](const Memory* a, const Memory* b) { return a->first < b->first; });
    for (const Memory* next : byStart) {
        std::erase_if(live, [&](const Memory* memory) { return memory->last < next->first; });
        for (const Memory* other : live)
            if (shareBytes(*other, *next))
                find("The buffers " + other->name + " and " + next->name
                         + " are live at the same time and share bytes of the arena.",
                     next->name);
        live.push_back(next);
    }
}

void LibraryVerifier::run()
{
    std::set<std::string> shared;
    for (const auto& [result, parameter] : m_function.inouts)
        shared.insert(parameter);
    for (const TypedName& param : m_function.params) {
        const bool isShared = shared.count(param.name) != 0;
        define(param.name, param.type, newMemory(param.name, true), isShared);
        m_memories.back().given = !isShared;
    }
    for (const TypedName& result : m_function.results) {
        const auto lies = m_function.inouts.find(result.name);
        const auto memory = lies == m_function.inouts.end() ? std::nullopt : memoryOf(lies->second);
        define(result.name, result.type, memory ? *memory : newMemory(result.name, false));
    }
    for (const LibraryStmtPtr& stmt : m_function.library()->statements) {
        std::visit([&](const auto& node) { check(node); }, *stmt);
        ++m_statement;
    }
    for (const TypedName& result : m_function.results)
        if (auto found = m_entries.find(result.name);
            found != m_entries.end() && !m_memories[found->second.memory].written)
            find("Nothing writes the result " + result.name + " of " + m_function.name + ".", result.name);
    checkArena();
}

}  // namespace

void verifyLibrary(const Module& module, const Function& function, Findings& findings)
{
    LibraryVerifier(module, function, findings).run();
}

}  // namespace strata
