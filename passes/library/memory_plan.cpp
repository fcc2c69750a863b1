// Buffers of a runtime program in one arena: those that never live at the same time share memory.
//
// A lifetime runs from the allocation to the last statement that touches the buffer or a view of it. Buffers are placed
// from the largest to the smallest, each at the lowest offset at which nothing that lives at the same time lies: greedy
// by size (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020). Optimal it is not
// (the problem is NP-hard), right it is by construction, and the verifier checks it again.
#include "passes/library/memory_plan.h"

#include "core/index/sizes.h"

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
            result.push_back(
                {allocation->name, byteCount(allocation->type).value_or(0), bytesOf(allocation->type), i, i});
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

namespace {

std::int64_t typical(const Dim& size)
{
    std::map<std::string, std::int64_t> sizes;
    for (const std::string& name : size.symbols())
        sizes[name] = 64;
    return size.bind(sizes).constant();
}

template<class Size>
std::vector<const Lifetime*> largestFirst(const std::vector<Lifetime>& all, Size size)
{
    std::vector<const Lifetime*> result;
    for (const Lifetime& lifetime : all)
        result.push_back(&lifetime);
    std::stable_sort(result.begin(), result.end(),
                     [&](const Lifetime* a, const Lifetime* b) { return size(*a) > size(*b); });
    return result;
}

// Each allocation with what `place` sets.
template<class Place>
void placeAllocations(LibraryBody& body, Place place)
{
    for (LibraryStmtPtr& stmt : body.statements)
        if (const auto* allocation = std::get_if<AllocateBuffer>(stmt.get())) {
            AllocateBuffer placed = *allocation;
            placed.slot.reset();
            placed.storage.reset();
            place(placed);
            stmt = std::make_shared<const LibraryStmt>(std::move(placed));
        }
}

// A buffer goes to the first storage that is free while it lives, one that begins with a buffer of just its size before
// all others: what is equal for any sizes wastes nothing.
LibraryBody planStorages(const LibraryBody& body, const std::vector<Lifetime>& all)
{
    std::vector<std::vector<const Lifetime*>> storages;
    std::map<std::string, std::int64_t> storageOf;
    for (const Lifetime* lifetime : largestFirst(all, [](const Lifetime& l) { return typical(l.size); })) {
        const auto isFree = [&](const std::vector<const Lifetime*>& storage) {
            return std::none_of(storage.begin(), storage.end(),
                                [&](const Lifetime* other) { return overlap(*other, *lifetime); });
        };
        auto found = std::find_if(storages.begin(), storages.end(), [&](const auto& storage) {
            return storage.front()->size == lifetime->size && isFree(storage);
        });
        if (found == storages.end())
            found = std::find_if(storages.begin(), storages.end(), isFree);
        if (found == storages.end())
            found = storages.emplace(storages.end());
        found->push_back(lifetime);
        storageOf[lifetime->buffer] = found - storages.begin();
    }
    LibraryBody planned = body;
    planned.arenaBytes = 0;
    placeAllocations(planned, [&](AllocateBuffer& buffer) { buffer.storage = storageOf.at(buffer.name); });
    return planned;
}

}  // namespace

LibraryBody planMemory(const LibraryBody& body)
{
    const std::vector<Lifetime> all = lifetimes(body);
    if (std::any_of(all.begin(), all.end(), [](const Lifetime& lifetime) { return !lifetime.size.isConstant(); }))
        return planStorages(body, all);

    LibraryBody planned = body;
    planned.arenaBytes = 0;
    std::vector<Placed> placed;
    std::map<std::string, AllocateBuffer::Slot> slots;
    for (const Lifetime* lifetime : largestFirst(all, [](const Lifetime& l) { return l.bytes; })) {
        const std::int64_t offset = lowestOffset(*lifetime, placed);
        placed.push_back({lifetime, offset});
        slots[lifetime->buffer] = {offset, rounded(lifetime->bytes)};
        planned.arenaBytes = std::max(planned.arenaBytes, offset + rounded(lifetime->bytes));
    }
    placeAllocations(planned, [&](AllocateBuffer& buffer) { buffer.slot = slots.at(buffer.name); });
    return planned;
}

}  // namespace strata
