#include "app/window/models/refusal.h"

#include <QRegularExpression>

namespace strata {

namespace {

// An instance as core/analysis prints it: a block with the values of its iterators; and what it does to an element.
const QRegularExpression instancePattern(QStringLiteral("([^\\s(]+)\\([^\\s=()]+=-?\\d+(?:, [^\\s=()]+=-?\\d+)*\\)"));
const QRegularExpression accessPattern(QStringLiteral("^ (reads|writes) (it|[^\\s\\[]+\\[[^\\]]*\\])"));

}  // namespace

Refusal refusalOf(const Error& error, const QString& step, const std::string& function)
{
    Refusal refusal{step, QString::fromStdString(error.text()), {}};
    const std::string where = error.nodes.empty() ? function : error.nodes.front().function;
    QString element;
    for (auto matches = instancePattern.globalMatch(refusal.text); matches.hasNext() && refusal.instances.size() < 2;) {
        const QRegularExpressionMatch match = matches.next();
        RefusedInstance instance;
        instance.block = {where, NodeKind::Block, match.captured(1).toStdString()};
        instance.instance = match.captured(0);
        instance.begin = match.capturedStart(0);
        instance.length = match.capturedLength(0);
        const QRegularExpressionMatch access = accessPattern.match(refusal.text.mid(match.capturedEnd(0)));
        if (access.hasMatch()) {
            element = access.captured(2) == QLatin1String("it") ? element : access.captured(2);
            instance.does = access.captured(1) + QLatin1Char(' ') + element;
        }
        refusal.instances.push_back(std::move(instance));
    }
    return refusal;
}

}  // namespace strata
