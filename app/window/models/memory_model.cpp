#include "app/window/models/memory_model.h"

#include <algorithm>
#include <map>

namespace strata {

namespace {

struct Lives {
    std::map<std::string, std::string> owner;  // view -> buffer
    std::map<std::string, std::pair<int, int>> range;

    void touch(std::string name, int at)
    {
        for (auto found = owner.find(name); found != owner.end(); found = owner.find(name))
            name = found->second;
        auto [entry, fresh] = range.try_emplace(name, at, at);
        if (!fresh)
            entry->second.second = at;
    }
};

Lives livesOf(const Function& function)
{
    Lives lives;
    const LibraryBody& body = *function.library();
    for (const auto& [result, parameter] : function.inouts)
        lives.owner[result] = parameter;
    for (int i = 0; i < static_cast<int>(body.statements.size()); ++i) {
        const LibraryStmt& stmt = *body.statements[i];
        if (const auto* view = std::get_if<ViewBuffer>(&stmt)) {
            lives.owner[view->name] = view->source.name;
        } else if (const auto* call = std::get_if<LibraryCall>(&stmt)) {
            for (const Operand& input : call->inputs)
                lives.touch(input.name, i);
            for (const std::string& output : call->outputs)
                lives.touch(output, i);
        } else if (const auto* copy = std::get_if<CopyBuffer>(&stmt)) {
            lives.touch(copy->source.name, i);
            lives.touch(copy->target, i);
        }
    }
    return lives;
}

}  // namespace

MemoryPicture memoryPicture(const Function& function)
{
    MemoryPicture picture;
    const LibraryBody* body = function.library();
    if (!body)
        return picture;
    const Lives lives = livesOf(function);
    picture.arenaBytes = body->arenaBytes;
    picture.statements = static_cast<int>(body->statements.size());
    for (const LibraryStmtPtr& stmt : body->statements) {
        const auto* alloc = std::get_if<AllocateBuffer>(stmt.get());
        const auto life = alloc ? lives.range.find(alloc->name) : lives.range.end();
        if (!alloc || life == lives.range.end())
            continue;
        if (alloc->slot) {
            picture.blocks.push_back({QString::fromStdString(alloc->name), alloc->slot->offset, alloc->slot->bytes,
                                      life->second.first, life->second.second});
        } else if (alloc->storage) {
            ++picture.sized;
            picture.storages = std::max(picture.storages, int(*alloc->storage) + 1);
        } else {
            picture.unplanned += byteCount(alloc->type).value_or(0);
        }
    }
    for (const auto& [result, parameter] : function.inouts)
        if (const auto life = lives.range.find(parameter); life != lives.range.end())
            picture.updated.push_back({QString::fromStdString(result), 0,
                                       byteCount(findParam(function, result)->type.tensor).value_or(0),
                                       life->second.first, life->second.second, QString::fromStdString(parameter)});
    return picture;
}

}  // namespace strata
