#include "app/window/models/forms.h"

#include <QCoreApplication>
#include <QStringList>

#include <numeric>

namespace strata {

namespace {

constexpr int weightsColor = 0, graphColor = 1, codeColor = 2, otherColor = 3;

}  // namespace

std::int64_t ModelForm::bytes() const
{
    return std::accumulate(parts.begin(), parts.end(), std::int64_t(0),
                           [](std::int64_t sum, const ModelPart& part) { return sum + part.bytes; });
}

ModelForm developmentForm(const ModelFile& file)
{
    const std::int64_t graph = file.bytes >= file.weights ? file.bytes - file.weights : file.bytes;
    ModelForm form;
    form.title = QCoreApplication::translate("ModelForm", "Development form: %1").arg(file.name);
    form.needs = file.operators == 0
                     ? QString()
                     : QCoreApplication::translate("ModelForm", "needs a framework with %1 kinds of operators")
                           .arg(file.operators);
    if (file.weights > 0)
        form.parts.push_back({QCoreApplication::translate("ModelForm", "weights"), file.weights, weightsColor});
    form.parts.push_back(
        {QCoreApplication::translate("ModelForm", "graph of %1 nodes").arg(file.nodes), graph, graphColor});
    return form;
}

ModelForm deploymentForm(const Built& built)
{
    ModelForm form;
    form.title = QCoreApplication::translate("ModelForm", "Deployment form: a library");
    QStringList needs;
    for (const auto* names : {&built.needed, &built.opened})
        for (const std::string& name : *names)
            needs << QString::fromStdString(name);
    form.needs = needs.isEmpty()
                     ? QCoreApplication::translate("ModelForm", "needs nothing")
                     : QCoreApplication::translate("ModelForm", "needs %1").arg(needs.join(QStringLiteral(", ")));
    std::map<std::string, std::int64_t> sums;
    for (const Contribution& part : built.contributions)
        sums[part.kind] += part.bytes;
    const auto add = [&](const char* kind, const QString& name, int color) {
        if (const auto found = sums.find(kind); found != sums.end() && found->second > 0)
            form.parts.push_back({name, found->second, color});
        sums.erase(kind);
    };
    add("weights", QCoreApplication::translate("ModelForm", "weights"), weightsColor);
    add("code", QCoreApplication::translate("ModelForm", "code of its functions"), codeColor);
    const std::int64_t rest = std::accumulate(sums.begin(), sums.end(), std::int64_t(0),
                                              [](std::int64_t sum, const auto& one) { return sum + one.second; });
    if (rest > 0)
        form.parts.push_back({QCoreApplication::translate("ModelForm", "runtime and interface"), rest, otherColor});
    return form;
}

}  // namespace strata
