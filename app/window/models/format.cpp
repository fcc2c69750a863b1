#include "app/window/models/format.h"

#include "core/transform/argument.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <cmath>

namespace strata {

namespace {

// Three significant digits without an exponent.
QString digits(double value)
{
    const int before = value == 0 ? 1 : static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1;
    return QString::number(value, 'f', std::clamp(3 - before, 0, 2));
}

QString scaled(double value, double step, std::initializer_list<const char*> units)
{
    const char* unit = *units.begin();
    for (const char* next : units) {
        unit = next;
        if (std::abs(value) < step || next == *(units.end() - 1))
            break;
        value /= step;
    }
    return digits(value) + QLatin1Char(' ') + QString::fromUtf8(unit);
}

bool isName(ParameterKind kind)
{
    return kind == ParameterKind::Function || kind == ParameterKind::Node || kind == ParameterKind::Nodes
           || kind == ParameterKind::Loop || kind == ParameterKind::Loops || kind == ParameterKind::Block
           || kind == ParameterKind::Buffer || kind == ParameterKind::Name || kind == ParameterKind::Names;
}

QString bare(const Parameter& parameter, const Argument& argument)
{
    if (const auto* text = std::get_if<std::string>(&argument))
        return QString::fromStdString(*text).section(QLatin1Char('\n'), 0, 0);
    if (const auto* names = std::get_if<std::vector<std::string>>(&argument)) {
        QStringList parts;
        for (const std::string& name : *names)
            parts << QString::fromStdString(name);
        return parts.join(QStringLiteral(", "));
    }
    return recipeText(parameter, argument);
}

}  // namespace

QString formatTime(double milliseconds) { return scaled(milliseconds * 1e6, 1000, {"ns", "µs", "ms", "s"}); }

QString formatBytes(double bytes) { return scaled(bytes, 1024, {"B", "KB", "MB", "GB"}); }

QString formatCount(double count, const QString& unit) { return scaled(count, 1000, {"", "k", "M", "G", "T"}) + unit; }

QString formatSpread(const Timing& t)
{
    const QString median = formatTime(t.medianMs);
    const double scale = median.endsWith(QLatin1String(" ns"))   ? 1e6
                         : median.endsWith(QStringLiteral("µs")) ? 1e3
                         : median.endsWith(QLatin1String("ms"))  ? 1
                                                                 : 1e-3;
    if (t.samplesMs.size() < 2)
        return median;
    const Interval interval = medianInterval(t.samplesMs);
    const double error = (interval.high - interval.low) / 2 * scale;
    constexpr double least = 0.01;  // what two decimals say
    return error < least / 2 ? QStringLiteral("%1 ± <0.01").arg(median)
                             : QStringLiteral("%1 ± %2").arg(median, digits(error));
}

QString formatRatio(double ratio) { return digits(ratio) + QStringLiteral(" ×"); }

QString formatSpeed(const Interval& speed)
{
    const double error = (speed.high - speed.low) / 2;
    if (error <= 0)
        return formatRatio(speed.value);
    const int most = speed.value >= 0.1 ? 2 : 4;
    const int decimals = std::clamp(-static_cast<int>(std::floor(std::log10(error))), 0, most);
    const double unit = std::pow(10, -decimals);
    return QStringLiteral("%1 ± %2 ×")
        .arg(speed.value, 0, 'f', decimals)
        .arg(std::max(error, unit), 0, 'f', decimals);  // never less than the last digit says
}

QString formatSpeed(const Timing& own, const Timing& other)
{
    return differ(own, other) ? formatSpeed(speed(own, other)) : QCoreApplication::translate("Format", "no change");
}

QString shortId(const std::string& transform)
{
    return QString::fromStdString(transform.substr(transform.find('.') + 1));
}

QString recipeText(const Parameter& parameter, const Argument& argument)
{
    return QString::fromStdString(argumentText(parameter, argument));
}

std::vector<TitlePart> titleParts(const Step& step, const Registry& registry)
{
    std::vector<TitlePart> parts{{shortId(step.transform), false}};
    const auto found = registry.find(step.transform);
    if (!found)
        return parts;
    const auto& parameters = (*found)->parameters;
    // Where a name is given, it tells the row from the others better than the function that it came from.
    const bool named = std::any_of(parameters.begin(), parameters.end(), [&](const Parameter& parameter) {
        return parameter.kind == ParameterKind::Name && step.arguments.has(parameter.name);
    });
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const Parameter& parameter = parameters[i];
        const auto argument = step.arguments.values.find(parameter.name);
        const bool place = parameter.kind == ParameterKind::Function && i == 0 && parameters.size() > 1
                           && (named || !parameters[1].optional);
        if (place || argument == step.arguments.values.end()
            || (parameter.optional
                && recipeText(parameter, argument->second) == QString::fromStdString(parameter.defaultValue)))
            continue;
        const QString text = bare(parameter, argument->second);
        if (text.isEmpty() || (parameter.kind == ParameterKind::Boolean))
            continue;
        parts.push_back({(parameter.kind == ParameterKind::Name || parameter.kind == ParameterKind::Names)
                             ? QStringLiteral(" → ")
                             : QStringLiteral(" "),
                         false});
        parts.push_back({text, isName(parameter.kind)});
    }
    return parts;
}

std::vector<TitlePart> elided(const std::vector<TitlePart>& parts, int width,
                              const std::function<int(const TitlePart&)>& advance)
{
    int left = width;
    for (const TitlePart& part : parts)
        left -= advance(part);
    if (left >= 0)
        return parts;
    std::vector<TitlePart> result;
    left = width;
    for (const TitlePart& part : parts) {
        TitlePart cut{part.text + QChar(0x2026), part.bold};
        if (advance(cut) <= left) {
            left -= advance(part);
            result.push_back(part);
            continue;
        }
        while (cut.text.size() > 1 && advance(cut) > left)
            cut.text.remove(cut.text.size() - 2, 1);
        result.push_back(std::move(cut));
        break;
    }
    return result;
}

QString plain(const std::vector<TitlePart>& parts)
{
    QString text;
    for (const TitlePart& part : parts)
        text += part.text;
    return text;
}

}  // namespace strata
