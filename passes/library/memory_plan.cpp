// Buffers of a runtime program in one arena: those that never live at the same time share memory.
//
// A lifetime runs from the allocation to the last statement that touches the buffer or a view of it. Buffers are placed
// from the largest to the smallest, each at the lowest offset at which nothing that lives at the same time lies: greedy
// by size (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020). Optimal it is not
// (the problem is NP-hard), right it is by construction, and the verifier checks it again.
#include "passes/library/memory_plan.h"

#include <algorithm>

namespace strata {

namespace {

constexpr std::int64_t alignment = 64;  // a cache line, and the widest vector

std::int64_t rounded(std::int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

// Names a statement reads or writes.
std::vector<std::string> touched(const LibraryStmt& stmt)
{
    std::vector<std::string> names;
    if (const auto* call = std::get_if<LibraryCall>(&stmt)) {
        names = call->outputs;
        for (const Operand& input : call->inputs)
            names.push_back(input.name);
    } else if (const auto* copy = std::get_if<CopyBuffer>(&stmt)) {
        names = {copy->source.name, copy->target};
    }
    return names;
}

bool overlap(const Lifetime& a, const Lifetime& b) { return a.begin <= b.end && b.begin <= a.end; }

struct Placed {
    const Lifetime* lifetime;
    std::int64_t offset;
};

// The lowest offset at which nothing that is live at the same time lies.
std::int64_t lowestOffset(const Lifetime& lifetime, std::vector<Placed>& placed)
{
    std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) { return a.offset < b.offset; });
    std::int64_t offset = 0;
    for (const Placed& other : placed) {
        if (!overlap(*other.lifetime, lifetime))
            continue;
        if (offset + rounded(lifetime.bytes) <= other.offset)
            break;
        offset = std::max(offset, other.offset + rounded(other.lifetime->bytes));
    }
    return offset;
}

}  // namespace

std::vector<Lifetime> lifetimes(const LibraryBody& body)
{
    std::vector<Lifetime> result;
    std::map<std::string, std::size_t> owner;  // buffer or view -> index in result
    for (std::size_t i = 0; i < body.statements.size(); ++i) {
        const LibraryStmt& stmt = *body.statements[i];
        if (const auto* allocation = std::get_if<AllocateBuffer>(&stmt)) {
            owner[allocation->name] = result.size();
            result.push_back({allocation->name, byteCount(allocation->type).value_or(0), i, i});
        } else if (const auto* view = std::get_if<ViewBuffer>(&stmt)) {
            if (const auto found = owner.find(view->source.name);
                found != owner.end() && view->source.kind == Operand::Kind::Value)
                owner[view->name] = found->second;
        }
        for (const std::string& name : touched(stmt))
            if (const auto found = owner.find(name); found != owner.end())
                result[found->second].end = i;
    }
    return result;
}

LibraryBody planMemory(const LibraryBody& body)
{
    const std::vector<Lifetime> all = lifetimes(body);
    std::vector<const Lifetime*> bySize;
    for (const Lifetime& lifetime : all)
        bySize.push_back(&lifetime);
    std::stable_sort(bySize.begin(), bySize.end(),
                     [](const Lifetime* a, const Lifetime* b) { return a->bytes > b->bytes; });

    LibraryBody planned = body;
    planned.arenaBytes = 0;
    std::vector<Placed> placed;
    std::map<std::string, AllocateBuffer::Slot> slots;
    for (const Lifetime* lifetime : bySize) {
        const std::int64_t offset = lowestOffset(*lifetime, placed);
        placed.push_back({lifetime, offset});
        slots[lifetime->buffer] = {offset, rounded(lifetime->bytes)};
        planned.arenaBytes = std::max(planned.arenaBytes, offset + rounded(lifetime->bytes));
    }
    for (LibraryStmtPtr& stmt : planned.statements)
        if (const auto* allocation = std::get_if<AllocateBuffer>(stmt.get())) {
            AllocateBuffer placedBuffer = *allocation;
            placedBuffer.slot = slots.at(allocation->name);
            stmt = std::make_shared<const LibraryStmt>(std::move(placedBuffer));
        }
    return planned;
}

}  // namespace strata
