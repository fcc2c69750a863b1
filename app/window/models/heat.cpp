#include "app/window/models/heat.h"

#include "app/window/models/format.h"

#include <QObject>

#include <algorithm>

namespace strata {

namespace {

std::vector<Cursor> nodesOf(const GraphBox& box)
{
    return box.members.empty() ? std::vector<Cursor>{box.cursor} : box.members;
}

bool isWork(const GraphBox& box) { return box.kind == GraphBox::Kind::Operator || box.kind == GraphBox::Kind::Group; }

// How many calls take longer, plus one.
int rankOf(const CallTime& call, const std::vector<CallTime>& calls)
{
    return 1 + static_cast<int>(std::count_if(calls.begin(), calls.end(), [&](const CallTime& other) {
               return other.ms > call.ms;
           }));
}

QString noteOf(const BoxHeat& heat, const std::set<const CallTime*>& own, const std::vector<CallTime>& calls,
               std::size_t nodes, std::size_t known)
{
    QString note = QObject::tr("%1, %2 % of the run").arg(formatTime(heat.ms)).arg(100 * heat.share, 0, 'f', 0);
    if (own.size() == 1)
        note += QObject::tr(" (#%1 of %2 calls)").arg(rankOf(**own.begin(), calls)).arg(calls.size());
    else
        note += QObject::tr(", in %1 calls").arg(own.size());
    if (nodes > 1)
        note += QObject::tr("; %1 of %2 nodes have a time").arg(known).arg(nodes);
    return note;
}

}  // namespace

Heat heatOf(const GraphPicture& picture, const std::vector<CallTime>& calls)
{
    double sum = 0;
    std::map<Cursor, std::vector<const CallTime*>> byNode;
    for (const CallTime& call : calls) {
        sum += call.ms;
        for (const Cursor& node : call.nodes)
            byNode[node].push_back(&call);
    }
    Heat heat;
    std::size_t allNodes = 0, allKnown = 0;
    for (int i = 0; sum > 0 && i < static_cast<int>(picture.boxes.size()); ++i) {
        if (!isWork(picture.boxes[i]))
            continue;
        const std::vector<Cursor> nodes = nodesOf(picture.boxes[i]);
        std::set<const CallTime*> own;  // each once, however many of the nodes it came from
        std::size_t known = 0;
        for (const Cursor& node : nodes)
            if (const auto found = byNode.find(node); found != byNode.end()) {
                own.insert(found->second.begin(), found->second.end());
                ++known;
            }
        allNodes += nodes.size();
        allKnown += known;
        if (own.empty())
            continue;
        BoxHeat& entry = heat.boxes[i];
        for (const CallTime* call : own)
            entry.ms += call->ms;
        entry.share = entry.ms / sum;
        entry.note = noteOf(entry, own, calls, nodes.size(), known);
    }
    if (!heat.boxes.empty())
        heat.legend = QObject::tr("colour: share of %1, %2 of %3 nodes have a time")
                          .arg(formatTime(sum))
                          .arg(allKnown)
                          .arg(allNodes);
    return heat;
}

}  // namespace strata
