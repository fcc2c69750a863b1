// One walk that knows of each buffer where it is up to date: on the host, on a device, or both. Around blocks that may
// run or not, or more than once, all that is needed later is on the host. A copy back never comes after the last use of
// a buffer: its bytes in the arena may then be another's.
#include "backends/host/place_copies.h"

#include <algorithm>
#include <climits>
#include <map>
#include <set>

namespace strata {

namespace {

// What a statement itself reads and writes in the host's memory; what its blocks do, they say.
struct Touched {
    std::vector<BufferIndex> read, written;
};

struct TouchedBy {
    Touched operator()(const HostBegin&) const { return {}; }
    Touched operator()(const HostCall& call) const { return {call.inputs, call.outputs}; }
    Touched operator()(const HostSize& size) const
    {
        return {size.source == absent ? std::vector<BufferIndex>() : std::vector{size.source}, {}};
    }
    Touched operator()(const HostRoutine& routine) const { return {routine.inputs, {routine.output}}; }
    Touched operator()(const HostLaunch&) const { return {}; }
    Touched operator()(const HostCopy& copy) const { return {{copy.source}, {copy.target}}; }
    Touched operator()(const HostUpload& copy) const { return {{copy.source}, {}}; }
    Touched operator()(const HostDownload& copy) const { return {{}, {copy.target}}; }
    Touched operator()(const HostChoose&) const { return {}; }
    Touched operator()(const HostIf& branch) const { return {{branch.condition}, {}}; }
    Touched operator()(const HostLoop& loop) const
    {
        return {{loop.trips, loop.first, loop.next}, {loop.iteration, loop.condition}};
    }
};

std::vector<HostBlock*> blocksOf(HostStatement& statement)
{
    std::vector<HostBlock*> blocks;
    if (auto* choose = std::get_if<HostChoose>(&statement.is)) {
        for (HostChoose::Choice& choice : choose->choices)
            blocks.push_back(&choice.body);
        blocks.push_back(&choose->otherwise);
    } else if (auto* branch = std::get_if<HostIf>(&statement.is)) {
        blocks = {&branch->then, &branch->otherwise};
    } else if (auto* loop = std::get_if<HostLoop>(&statement.is)) {
        blocks = {&loop->body};
    }
    return blocks;
}

class CopyPlacement {
public:
    explicit CopyPlacement(HostProgram& program)
        : m_program(program)
    {
    }

    void run()
    {
        number(m_program.body);
        for (std::size_t i = 0; i < m_program.buffers.size(); ++i)
            if (m_program.buffers[i].base == Base::Output)
                use(BufferIndex(i), INT_MAX);
        m_next = 0;
        walk(m_program.body, 0, true);
    }

private:
    using Base = HostBuffer::Base;
    // Statements are numbered in order, those of blocks behind the one that they belong to.
    struct Uses {
        int first = INT_MAX, last = -1;
    };
    struct State {
        std::int64_t bytes = 0;  // in a block for given sizes numbers, whatever the buffer's own type says
        bool onHost = true;
        std::map<std::string, DevicePlace> onDevice;
    };
    struct Place {
        std::int64_t bytes = 0;
        bool free = false;
    };

    const HostBuffer& buffer(BufferIndex index) const { return m_program.buffers[std::size_t(index)]; }
    // Whose memory it is: views show it whole.
    BufferIndex root(BufferIndex index) const
    {
        while (buffer(index).base == Base::View)
            index = BufferIndex(buffer(index).place);
        return index;
    }

    void number(HostBlock& block);
    void use(BufferIndex index, int at);
    bool isNeeded(BufferIndex root, int from, int blockBegin) const;

    void walk(HostBlock& block, int begin, bool isWhole);
    void toHost(BufferIndex root, HostBlock& into);
    void readOnHost(BufferIndex index, HostBlock& into);
    void writtenOnHost(BufferIndex index, HostBlock& into);
    void handOver(HostBlock& into, int from, int blockBegin);
    void handOverResults(HostBlock& into);
    void launch(HostLaunch& launch, HostBlock& into, HostBlock& after);
    DevicePlace bring(const std::string& device, BufferIndex root, std::int64_t bytes, HostBlock& into);
    DevicePlace placeOf(const std::string& device, BufferIndex root, std::int64_t bytes);
    void releasePlaces(int next);

    HostProgram& m_program;
    int m_next = 0;
    std::map<BufferIndex, Uses> m_uses;    // by root
    std::map<BufferIndex, State> m_state;  // of the block that is walked, by root; none: on the host alone
    std::map<std::pair<std::string, BufferIndex>, DevicePlace> m_held;  // places of roots that are needed later
    std::map<std::string, std::vector<Place>> m_places;
};

void CopyPlacement::use(BufferIndex index, int at)
{
    if (index == absent)
        return;
    if (const BufferIndex row = root(index); buffer(row).base == Base::Row) {
        use(buffer(row).iteration, at);
        use(BufferIndex(buffer(row).place), at);
    }
    Uses& uses = m_uses[root(index)];
    uses.first = std::min(uses.first, at);
    uses.last = std::max(uses.last, at);
}

void CopyPlacement::number(HostBlock& block)
{
    for (HostStatement& statement : block) {
        const int at = m_next++;
        const Touched touched = std::visit(TouchedBy(), statement.is);
        for (const auto* list : {&touched.read, &touched.written})
            for (const BufferIndex index : *list)
                use(index, at);
        if (const auto* launch = std::get_if<HostLaunch>(&statement.is))
            for (const BufferIndex index : launch->arguments)
                use(index, at);
        for (HostBlock* const inner : blocksOf(statement))
            number(*inner);
    }
}

// From a statement on, or outside of its block: an iteration that follows, or what comes after.
bool CopyPlacement::isNeeded(BufferIndex root, int from, int blockBegin) const
{
    const Uses& uses = m_uses.at(root);
    return uses.last >= from || uses.first < blockBegin;
}

void CopyPlacement::toHost(BufferIndex root, HostBlock& into)
{
    const auto found = m_state.find(root);
    if (found == m_state.end() || found->second.onHost)
        return;
    const auto& [device, place] = *found->second.onDevice.begin();
    into.push_back({HostDownload{device, place, root, found->second.bytes}});
    found->second.onHost = true;
}

void CopyPlacement::readOnHost(BufferIndex index, HostBlock& into)
{
    if (index == absent)
        return;
    const BufferIndex memory = root(index);
    if (buffer(memory).base == Base::Row) {
        readOnHost(buffer(memory).iteration, into);
        readOnHost(BufferIndex(buffer(memory).place), into);
    }
    toHost(memory, into);
}

// A row is a part: the rest has to be there, too.
void CopyPlacement::writtenOnHost(BufferIndex index, HostBlock& into)
{
    if (index == absent)
        return;
    BufferIndex memory = root(index);
    for (; buffer(memory).base == Base::Row; memory = root(BufferIndex(buffer(memory).place)))
        readOnHost(memory, into);
    m_state.erase(memory);
}

void CopyPlacement::handOver(HostBlock& into, int from, int blockBegin)
{
    for (const auto& [memory, state] : m_state)
        if (!state.onHost && isNeeded(memory, from, blockBegin))
            toHost(memory, into);
}

void CopyPlacement::handOverResults(HostBlock& into)
{
    for (const auto& [memory, state] : m_state)
        if (!state.onHost && buffer(memory).base == Base::Output)
            toHost(memory, into);
}

// The smallest free place that is large enough, else the largest that grows, else a new one.
DevicePlace CopyPlacement::placeOf(const std::string& device, BufferIndex root, std::int64_t needed)
{
    const auto [held, isNew] = m_held.emplace(std::pair(device, root), 0);
    std::vector<Place>& places = m_places[device];
    if (!isNew) {
        Place& place = places[std::size_t(held->second)];
        place.bytes = std::max(place.bytes, needed);
        return held->second;
    }
    const bool kept = buffer(root).base == Base::Constant;
    const auto isBetter = [&](const Place& a, const Place& b) {
        const bool aFits = a.bytes >= needed, bFits = b.bytes >= needed;
        return aFits != bFits ? aFits : aFits ? a.bytes < b.bytes : a.bytes > b.bytes;
    };
    auto best = places.end();
    for (auto place = places.begin(); !kept && place != places.end(); ++place)
        if (place->free && (best == places.end() || isBetter(*place, *best)))
            best = place;
    if (best == places.end())
        best = places.insert(places.end(), Place());
    best->free = false;
    best->bytes = std::max(best->bytes, needed);
    return held->second = DevicePlace(best - places.begin());
}

// Of what is not used any more. Constants keep theirs.
void CopyPlacement::releasePlaces(int next)
{
    for (auto held = m_held.begin(); held != m_held.end();) {
        const auto& [device, memory] = held->first;
        if (buffer(memory).base == Base::Constant || m_uses.at(memory).last >= next) {
            ++held;
            continue;
        }
        m_places[device][std::size_t(held->second)].free = true;
        m_state.erase(memory);
        held = m_held.erase(held);
    }
}

DevicePlace CopyPlacement::bring(const std::string& device, BufferIndex memory, std::int64_t bytes, HostBlock& into)
{
    const DevicePlace place = placeOf(device, memory, bytes);
    if (const auto state = m_state.find(memory); state != m_state.end() && state->second.onDevice.count(device))
        return place;
    readOnHost(memory, into);
    into.push_back({HostUpload{device, place, memory, bytes, buffer(memory).base == Base::Constant}});
    State& state = m_state[memory];
    state.bytes = bytes;
    state.onDevice[device] = place;
    return place;
}

// What it reads, or writes in part, is there before; what it writes is there afterwards, and nowhere else. A row goes
// back at once.
void CopyPlacement::launch(HostLaunch& launch, HostBlock& into, HostBlock& after)
{
    for (std::size_t i = 0; i < launch.arguments.size(); ++i) {
        const BufferIndex memory = root(launch.arguments[i]);
        const std::int64_t bytes = launch.kernel->argumentBytes[i];
        const bool isRow = buffer(memory).base == Base::Row;
        if (isRow)
            m_state.erase(memory);  // another one in each iteration
        if (!launch.kernel->written[i]) {
            launch.places.push_back(bring(launch.device, memory, bytes, into));
            continue;
        }
        launch.places.push_back(launch.begun[i] ? bring(launch.device, memory, bytes, into)
                                                : placeOf(launch.device, memory, bytes));
        if (isRow) {
            writtenOnHost(memory, into);
            after.push_back({HostDownload{launch.device, launch.places.back(), memory, bytes}});
        } else {
            m_state[memory] = {bytes, false, {{launch.device, launch.places.back()}}};
        }
    }
}

void CopyPlacement::walk(HostBlock& block, int begin, bool isWhole)
{
    HostBlock with;
    for (HostStatement& statement : block) {
        const int at = m_next++;
        const std::vector<HostBlock*> inner = blocksOf(statement);
        HostBlock after;
        if (std::holds_alternative<HostBegin>(statement.is)) {
            handOverResults(with);
        } else if (!inner.empty()) {
            handOver(with, at, begin);
        } else if (auto* const one = std::get_if<HostLaunch>(&statement.is)) {
            launch(*one, with, after);
        } else {
            const Touched touched = std::visit(TouchedBy(), statement.is);
            for (const BufferIndex index : touched.read)
                readOnHost(index, with);
            for (const BufferIndex index : touched.written)
                writtenOnHost(index, with);
        }
        for (HostBlock* const block : inner) {
            m_state.clear();
            walk(*block, m_next, false);
        }
        if (!inner.empty())
            m_state.clear();
        with.push_back(std::move(statement));
        with.insert(with.end(), after.begin(), after.end());
        if (isWhole)
            releasePlaces(m_next);
    }
    handOver(with, m_next, begin);
    block = std::move(with);
}

}  // namespace

void placeCopies(HostProgram& program)
{
    if (!launchingDevices(program).empty())
        CopyPlacement(program).run();
}

}  // namespace strata
