#include "app/window/graph/heat.h"

#include "app/window/models/format.h"

#include <QObject>

#include <algorithm>

namespace strata {

namespace {

bool isWork(const GraphBox& box) { return box.kind == GraphBox::Kind::Operator || box.isGroup(); }

QString amountText(double amount, Overlay overlay)
{
    switch (overlay) {
    case Overlay::Flops: return formatCount(amount, QStringLiteral("FLOP"));
    case Overlay::Bytes: return formatBytes(amount);
    case Overlay::Error:
        return amount == 0 ? QObject::tr("exact") : QObject::tr("%1 % of what is allowed").arg(100 * amount, 0, 'g', 2);
    default: return formatTime(amount);
    }
}

QString whole(Overlay overlay) { return overlay == Overlay::Time ? QObject::tr("the run") : QObject::tr("all"); }

QString knownText(std::size_t known, std::size_t nodes, Overlay overlay)
{
    return overlay == Overlay::Time ? QObject::tr("%1 of %2 nodes have a time").arg(known).arg(nodes)
                                    : QObject::tr("%1 of %2 nodes have data").arg(known).arg(nodes);
}

// How many calls have more, plus one.
int rankOf(const CallFigure& call, const std::vector<CallFigure>& calls)
{
    return 1 + static_cast<int>(std::count_if(calls.begin(), calls.end(), [&](const CallFigure& other) {
               return other.amount > call.amount;
           }));
}

// What the nodes of a box became; a frame has what it holds and what is not shown in it.
struct Gathered {
    std::set<const CallFigure*> calls;  // each once, however many of the nodes it came from
    std::size_t nodes = 0, known = 0;
};

std::vector<Gathered> gather(const GraphPicture& picture, const std::vector<CallFigure>& calls)
{
    std::map<Cursor, std::vector<const CallFigure*>> byNode;
    for (const CallFigure& call : calls)
        for (const Cursor& node : call.nodes)
            byNode[node].push_back(&call);
    std::vector<Gathered> all(picture.boxes.size());
    for (int i = static_cast<int>(picture.boxes.size()) - 1; i >= 0; --i) {  // what stands in a frame comes after it
        const GraphBox& box = picture.boxes[i];
        if (!isWork(box))
            continue;
        Gathered& own = all[i];
        const bool itself = box.kind == GraphBox::Kind::Operator;
        for (const Cursor& node : itself&& box.members.empty() ? std::vector<Cursor>{box.cursor} : box.members)
            if (const auto found = byNode.find(node); ++own.nodes && found != byNode.end()) {
                own.calls.insert(found->second.begin(), found->second.end());
                ++own.known;
            }
        if (box.frame >= 0) {
            Gathered& around = all[box.frame];
            around.calls.insert(own.calls.begin(), own.calls.end());
            around.nodes += own.nodes;
            around.known += own.known;
        }
    }
    return all;
}

// What all the calls of a box have: together, or of errors the worst.
double amountOf(const Gathered& own, Overlay overlay)
{
    double amount = 0;
    for (const CallFigure* call : own.calls)
        amount = overlay == Overlay::Error ? std::max(amount, call->amount) : amount + call->amount;
    return amount;
}

QString valueOf(const BoxHeat& heat, Overlay overlay)
{
    if (overlay == Overlay::Error)
        return heat.amount == 0 ? QObject::tr("exact") : QStringLiteral("%1 %").arg(100 * heat.amount, 0, 'g', 2);
    return QStringLiteral("%1  %2 %").arg(amountText(heat.amount, overlay)).arg(100 * heat.share, 0, 'f', 1);
}

QString noteOf(const BoxHeat& heat, const Gathered& own, const std::vector<CallFigure>& calls, Overlay overlay)
{
    QString note = overlay == Overlay::Error ? amountText(heat.amount, overlay)
                                             : QObject::tr("%1, %2 % of %3")
                                                   .arg(amountText(heat.amount, overlay))
                                                   .arg(100 * heat.share, 0, 'f', 0)
                                                   .arg(whole(overlay));
    if (own.calls.size() == 1)
        note += QObject::tr(" (#%1 of %2 calls)").arg(rankOf(**own.calls.begin(), calls)).arg(calls.size());
    else
        note += QObject::tr(", in %1 calls").arg(own.calls.size());
    if (own.nodes > 1)
        note += QStringLiteral("; ") + knownText(own.known, own.nodes, overlay);
    return note;
}

// The darkest box of each level is the one with most, so that an open group's boxes can be told apart.
void shade(const GraphPicture& picture, Heat& heat)
{
    std::map<int, double> most;
    for (const auto& [box, entry] : heat.boxes)
        most[picture.boxes[box].frame] = std::max(most[picture.boxes[box].frame], entry.amount);
    for (auto& [box, entry] : heat.boxes)
        entry.shade = most[picture.boxes[box].frame] > 0 ? entry.amount / most[picture.boxes[box].frame] : 0;
}

Heat changedHeat(const GraphPicture& picture)
{
    int changed = 0;
    for (const GraphBox& box : picture.boxes)
        changed += box.change != DiffKind::Same && box.kind != GraphBox::Kind::Ghost;
    Heat heat;
    heat.title = overlayName(Overlay::Changed);
    heat.known = QObject::tr("%1 of %2 boxes").arg(changed).arg(picture.boxes.size());
    return heat;
}

}  // namespace

QString overlayName(Overlay overlay)
{
    switch (overlay) {
    case Overlay::None: return QObject::tr("nothing");
    case Overlay::Time: return QObject::tr("time");
    case Overlay::Flops: return QObject::tr("operations");
    case Overlay::Bytes: return QObject::tr("bytes read and written");
    case Overlay::Error: return QObject::tr("error");
    case Overlay::Changed: return QObject::tr("changed in this step");
    }
    return {};
}

Heat heatOf(const GraphPicture& picture, const std::vector<CallFigure>& calls, Overlay overlay)
{
    Heat heat;
    if (overlay == Overlay::None)
        return heat;
    if (overlay == Overlay::Changed)
        return changedHeat(picture);
    double sum = 0, most = 0;
    for (const CallFigure& call : calls)
        sum += call.amount;
    const std::vector<Gathered> gathered = gather(picture, calls);
    std::size_t nodes = 0, known = 0;
    const bool any = overlay == Overlay::Error ? !calls.empty() : sum > 0;
    for (int i = 0; any && i < static_cast<int>(picture.boxes.size()); ++i) {
        const Gathered& own = gathered[i];
        if (picture.boxes[i].frame < 0) {
            nodes += own.nodes;
            known += own.known;
        }
        if (own.calls.empty())
            continue;
        BoxHeat& entry = heat.boxes[i];
        entry.amount = amountOf(own, overlay);
        entry.share = overlay == Overlay::Error ? entry.amount : entry.amount / sum;
        entry.value = valueOf(entry, overlay);
        entry.note = noteOf(entry, own, calls, overlay);
        most = std::max(most, entry.amount);
    }
    heat.title = overlayName(overlay);
    if (heat.boxes.empty()) {
        heat.known = overlay == Overlay::Time    ? QObject::tr("no time yet: Run (F5) measures")
                     : overlay == Overlay::Error ? QObject::tr("none judged yet: Judge each function (Ctrl+F5)")
                                                 : QObject::tr("no data yet");
        return heat;
    }
    shade(picture, heat);
    heat.most = amountText(most, overlay);
    heat.known = knownText(known, nodes, overlay);
    heat.legend = overlay == Overlay::Error
                      ? QObject::tr("colour: error by what is allowed, %1").arg(heat.known)
                      : QObject::tr("colour: share of %1, %2").arg(amountText(sum, overlay), heat.known);
    return heat;
}

}  // namespace strata
