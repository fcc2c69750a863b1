#include "app/window/models/refusal.h"

namespace strata {

namespace {

RefusedInstance shownOf(const Conflict& conflict, const Instance& instance, const QString& text)
{
    RefusedInstance shown;
    shown.block = {conflict.function, NodeKind::Block, instance.block};
    shown.instance = QString::fromStdString(instance.text());
    shown.does = QLatin1String(instance.writes ? "writes " : "reads ") + QString::fromStdString(instance.element);
    shown.begin = text.indexOf(shown.instance);
    shown.length = shown.instance.size();
    return shown;
}

}  // namespace

// In the order in which the sentence names them.
Refusal refusalOf(const Error& error, const QString& step)
{
    Refusal refusal{step, QString::fromStdString(error.text()), {}, {}, {}};
    if (!error.conflict)
        return refusal;
    RefusedInstance first = shownOf(*error.conflict, error.conflict->first, refusal.text);
    RefusedInstance second = shownOf(*error.conflict, error.conflict->second, refusal.text);
    if (first.begin > second.begin)
        std::swap(first, second);
    if (first.begin >= 0 && second.begin == first.begin)  // one instance of two iterations: said twice
        second.begin = refusal.text.indexOf(second.instance, first.begin + first.length);
    refusal.instances = {std::move(first), std::move(second)};
    return refusal;
}

}  // namespace strata
