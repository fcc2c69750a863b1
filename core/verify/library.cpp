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
    {
    }
    void run();

private:
    // Memory that names stand for: views share that of their source.
    struct Memory {
        std::string name;
        std::optional<AllocateBuffer::Slot> slot;
        bool written = false;
        int first = -1, last = -1;  // statements that touch it
    };
    struct Entry {
        ValueType type;
        std::size_t memory = 0;
    };

    void find(std::string sentence, const std::string& node = {})
    {
        m_findings.push_back(refused(
            std::move(sentence),
            {node.empty() ? functionCursor(m_function.name) : Cursor{m_function.name, NodeKind::Buffer, node}}));
    }
    void define(const std::string& name, ValueType type, std::size_t memory)
    {
        if (!m_entries.emplace(name, Entry{std::move(type), memory}).second)
            find("The name " + name + " is given to two buffers of " + m_function.name + ".", name);
    }
    std::size_t newMemory(const std::string& name, bool written)
    {
        m_memories.push_back({name, {}, written, -1, -1});
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
    void check(const AllocateBuffer& alloc);
    void check(const ViewBuffer& view);
    void check(const LibraryCall& call);
    void check(const CopyBuffer& copy);
    void checkSignature(const LibraryCall& call, const std::vector<std::optional<ValueType>>& inputs,
                        const std::vector<std::optional<ValueType>>& outputs);
    void checkArena();

    const Module& m_module;
    const Function& m_function;
    Findings& m_findings;
    std::map<std::string, Entry> m_entries;
    std::vector<Memory> m_memories;
    std::set<std::string> m_calls;
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
    m_memories[found->second.memory].written = true;
    return found->second.type;
}

void LibraryVerifier::check(const AllocateBuffer& alloc)
{
    const std::size_t memory = newMemory(alloc.name, false);
    m_memories[memory].slot = alloc.slot;
    define(alloc.name, {ValueType::Kind::Tensor, alloc.type}, memory);
    if (!alloc.slot)
        return;
    const auto bytes = byteCount(alloc.type);
    if (bytes && alloc.slot->bytes < *bytes)
        find("The slot of " + alloc.name + " has " + std::to_string(alloc.slot->bytes) + " bytes and needs "
                 + std::to_string(*bytes) + ".",
             alloc.name);
    if (alloc.slot->offset < 0 || alloc.slot->offset + alloc.slot->bytes > m_function.library()->arenaBytes)
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
    const std::size_t memory = type && !constant ? source->second.memory : newMemory(view.name, true);
    define(view.name, {ValueType::Kind::Tensor, view.type}, memory);
    if (!type)
        return;
    const auto have = byteCount(type->tensor), want = byteCount(view.type);
    if (have && want && *have != *want)
        find("View " + view.name + " has " + std::to_string(*want) + " bytes and what it shows has "
                 + std::to_string(*have) + ".",
             view.name);
}

void LibraryVerifier::check(const LibraryCall& call)
{
    if (!m_calls.insert(call.name).second)
        find("Two calls of " + m_function.name + " are named " + call.name + ".");
    std::vector<std::optional<ValueType>> inputs, outputs;
    for (const Operand& input : call.inputs)
        inputs.push_back(read(input, call.name));
    for (const std::string& output : call.outputs)
        outputs.push_back(write(output, call.name));
    if (call.kind == LibraryCall::Callee::Function)
        checkSignature(call, inputs, outputs);
}

void LibraryVerifier::checkSignature(const LibraryCall& call, const std::vector<std::optional<ValueType>>& inputs,
                                     const std::vector<std::optional<ValueType>>& outputs)
{
    const FunctionPtr callee = m_module.find(call.callee);
    if (!callee)
        return find("Call " + call.name + " is of the function " + call.callee + ", which does not exist.");
    auto compare = [&](const std::vector<std::optional<ValueType>>& given, const std::vector<TypedName>& wanted,
                       const char* what) {
        if (given.size() != wanted.size())
            return find("Call " + call.name + " gives " + std::to_string(given.size()) + " " + what + " to "
                        + call.callee + ", which has " + std::to_string(wanted.size()) + ".");
        for (std::size_t i = 0; i < given.size(); ++i)
            if (given[i] && !mayAgree(*given[i], wanted[i].type))
                find("Call " + call.name + " gives " + toString(*given[i]) + " for " + wanted[i].name + " of "
                     + call.callee + ", which is " + toString(wanted[i].type) + ".");
    };
    compare(inputs, callee->params, "inputs");
    compare(outputs, callee->results, "outputs");
}

void LibraryVerifier::check(const CopyBuffer& copy)
{
    const auto from = read(copy.source, "the copy to " + copy.target), to = write(copy.target, "a copy");
    if (from && to && !mayAgree(*from, *to))
        find("The copy to " + copy.target + " is of " + toString(*from) + " into " + toString(*to) + ".", copy.target);
}

// Buffers that are live at one statement may not share bytes.
void LibraryVerifier::checkArena()
{
    for (std::size_t i = 0; i < m_memories.size(); ++i)
        for (std::size_t j = i + 1; j < m_memories.size(); ++j) {
            const Memory &a = m_memories[i], &b = m_memories[j];
            if (!a.slot || !b.slot || a.first < 0 || b.first < 0)
                continue;
            const bool together = a.first <= b.last && b.first <= a.last;
            const bool overlap = a.slot->offset < b.slot->offset + b.slot->bytes
                                 && b.slot->offset < a.slot->offset + a.slot->bytes;
            if (together && overlap)
                find("The buffers " + a.name + " and " + b.name
                         + " are live at the same time and share bytes of the arena.",
                     b.name);
        }
}

void LibraryVerifier::run()
{
    for (const TypedName& param : m_function.params)
        define(param.name, param.type, newMemory(param.name, true));
    for (const TypedName& result : m_function.results)
        define(result.name, result.type, newMemory(result.name, false));
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
