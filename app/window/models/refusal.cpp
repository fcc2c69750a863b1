#include "app/window/models/refusal.h"

#include "app/window/models/said.h"

#include <QCoreApplication>

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

// The three kinds of Bernstein's conditions (1966), and the reduction, whose updates may come in any order but one by
// one.
QString whyOf(Conflict::Kind kind)
{
    const auto tr = [](const char* text) { return QCoreApplication::translate("Refusal", text); };
    switch (kind) {
    case Conflict::Kind::Flow:
        return tr("Flow dependence: one writes what the other reads, so the writer stays first.");
    case Conflict::Kind::Anti:
        return tr("Anti dependence: one reads what the other overwrites, so the reader stays first.");
    case Conflict::Kind::Output:
        return tr("Output dependence: both write the element, and the value of the last one has to stay.");
    case Conflict::Kind::Reduction:
        return tr("Reduction: both update the element, in any order, but one after the other.");
    }
    return {};
}

}  // namespace

// In the order in which the sentence names them.
Refusal refusalOf(const Error& error, const QString& step)
{
    Refusal refusal{step, saidText(error), {}, {}, {}, {}, {}};
    if (!error.conflict)
        return refusal;
    refusal.why = whyOf(error.conflict->kind);
    RefusedInstance first = shownOf(*error.conflict, error.conflict->first, refusal.text);
    RefusedInstance second = shownOf(*error.conflict, error.conflict->second, refusal.text);
    second.later = true;
    if (first.begin > second.begin)
        std::swap(first, second);
    if (first.begin >= 0 && second.begin == first.begin)  // one instance of two iterations: said twice
        second.begin = refusal.text.indexOf(second.instance, first.begin + first.length);
    refusal.instances = {std::move(first), std::move(second)};
    return refusal;
}

}  // namespace strata
