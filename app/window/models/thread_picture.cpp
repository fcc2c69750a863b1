#include "app/window/models/thread_picture.h"

#include "core/ir/stmt.h"

#include <QCoreApplication>

#include <algorithm>

namespace strata {

BoundAxes boundAxes(const Function& function)
{
    BoundAxes axes;
    if (const LoopsBody* loops = function.loops())
        walk(loops->body, [&](const StmtPtr& statement) {
            if (const Loop* loop = as<Loop>(statement); loop && loop->kind == LoopKind::Bound)
                axes[loop->name] = loop->axis;
        });
    return axes;
}

namespace {

// Where in an iteration of a site the coordinates of blocks and threads stand.
struct Coordinates {
    struct Part {
        std::int64_t inner = 1, extent = 1;  // iteration / inner % extent
    };
    std::array<Part, 3> block, thread;
    bool bound = false;  // to threads or blocks at all

    static std::int64_t at(const std::array<Part, 3>& parts, const std::array<std::int64_t, 3>& extents,
                           std::int64_t iteration)
    {
        std::int64_t place = 0;
        for (std::size_t d = 3; d-- > 0;)
            place = place * extents[d] + iteration / parts[d].inner % parts[d].extent;
        return place;
    }
};

Coordinates coordinatesOf(const reference::AccessSite& site, const BoundAxes& axes)
{
    Coordinates found;
    std::int64_t inner = 1;
    for (std::size_t i = site.loops.size(); i-- > 0; inner *= site.extents[i]) {
        const auto axis = axes.find(site.loops[i]);
        if (axis == axes.end() || axis->second.size() < 2)
            continue;
        const int d = axis->second.back() - 'x';
        if (d < 0 || d > 2)
            continue;
        (axis->second.starts_with("block") ? found.block
                                           : found.thread)[static_cast<std::size_t>(d)] = {inner, site.extents[i]};
        found.bound = true;
    }
    return found;
}

}  // namespace

std::size_t ThreadPicture::Row::mostThreads() const
{
    std::size_t most = 0;
    for (const auto& [element, by] : elements)
        most = std::max(most, by.size());
    return most;
}

std::string ThreadPicture::Row::element(std::int64_t index) const
{
    std::string indices;
    for (std::size_t d = shape.size(); d-- > 0; index /= shape[d])
        indices = std::to_string(index % shape[d]) + (indices.empty() ? "" : ", " + indices);
    return buffer + "[" + indices + "]";
}

ThreadPicture threadPicture(const reference::AccessTrace& trace, const BoundAxes& axes, std::int64_t block)
{
    ThreadPicture picture;
    std::vector<Coordinates> sites;
    for (const reference::AccessSite& site : trace.sites) {
        sites.push_back(coordinatesOf(site, axes));
        for (std::size_t d = 0; d < 3; ++d) {
            picture.blocks[d] = std::max(picture.blocks[d], sites.back().block[d].extent);
            picture.threads[d] = std::max(picture.threads[d], sites.back().thread[d].extent);
        }
    }
    picture.block = std::clamp<std::int64_t>(block, 0, picture.blockCount() - 1);
    std::vector<int> rowOf(trace.sites.size(), -1);
    for (std::size_t s = 0; s < sites.size(); ++s) {
        const reference::AccessSite& site = trace.sites[s];
        const Buffer& buffer = trace.buffers[static_cast<std::size_t>(site.buffer)];
        if (!sites[s].bound || buffer.scope == Scope::Local)
            continue;
        const auto same = std::find_if(picture.rows.begin(), picture.rows.end(), [&](const ThreadPicture::Row& row) {
            return row.block == site.block && row.buffer == buffer.name && row.write == site.write;
        });
        rowOf[s] = static_cast<int>(same - picture.rows.begin());
        if (same == picture.rows.end())
            picture.rows.push_back({site.block, buffer.name, site.write, constants(buffer.type.shape), {}});
    }
    for (const reference::AccessEntry& entry : trace.entries) {
        const Coordinates& site = sites[entry.site];
        if (rowOf[entry.site] < 0 || Coordinates::at(site.block, picture.blocks, entry.iteration) != picture.block)
            continue;
        const auto thread = static_cast<std::int32_t>(Coordinates::at(site.thread, picture.threads, entry.iteration));
        std::vector<std::int32_t>& by =
            picture.rows[static_cast<std::size_t>(rowOf[entry.site])].elements[entry.element];
        if (std::find(by.begin(), by.end(), thread) == by.end())
            by.push_back(thread);
    }
    std::erase_if(picture.rows, [](const ThreadPicture::Row& row) { return row.elements.empty(); });
    return picture;
}

QStringList ThreadPicture::sentences(std::int64_t thread) const
{
    const auto tr = [](const char* text) { return QCoreApplication::translate("ThreadPicture", text); };
    QStringList all{
        tr("thread %1 of %2 in block %3 of %4").arg(thread).arg(threadCount()).arg(block).arg(blockCount())};
    for (const Row& row : rows) {
        QStringList touched;
        int more = 0;
        for (const auto& [element, by] : row.elements)
            if (std::find(by.begin(), by.end(), thread) != by.end())
                ++more > 4 ? void() : void(touched << QString::fromStdString(row.element(element)));
        if (touched.isEmpty())
            continue;
        QString list = touched.join(QStringLiteral(", "));
        if (more > 4)
            list += tr(" and %1 more").arg(more - 4);
        all << (row.write ? tr("%1 writes %2") : tr("%1 reads %2")).arg(QString::fromStdString(row.block), list);
    }
    return all;
}

}  // namespace strata
