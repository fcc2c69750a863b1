#include "core/ir/library.h"

namespace strata {

namespace {

bool same(const AllocateBuffer& a, const AllocateBuffer& b)
{
    return a.name == b.name && a.type == b.type && a.slot == b.slot && a.storage == b.storage;
}
bool same(const ViewBuffer& a, const ViewBuffer& b)
{
    return a.name == b.name && a.source == b.source && a.type == b.type;
}
bool same(const CopyBuffer& a, const CopyBuffer& b) { return a.source == b.source && a.target == b.target; }

bool same(const LibraryCall& a, const LibraryCall& b)
{
    return a.name == b.name && a.kind == b.kind && a.callee == b.callee && a.inputs == b.inputs
           && a.outputs == b.outputs && equal(a.attributes, b.attributes);
}

}  // namespace

bool equal(const LibraryStmt& a, const LibraryStmt& b)
{
    if (a.index() != b.index())
        return false;
    return std::visit([&b](const auto& x) { return same(x, std::get<std::decay_t<decltype(x)>>(b)); }, a);
}

}  // namespace strata
