#include "app/window/models/instruction.h"

#include <QHash>

#include <algorithm>
#include <map>

namespace strata {

namespace {

// Not those inside brackets: "[x1, x2]", "{ v0.4s, v1.4s }".
QStringList operandsOf(const QString& text)
{
    QStringList operands;
    int depth = 0;
    qsizetype begin = 0;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text[i];
        depth += c == QLatin1Char('[') || c == QLatin1Char('{')   ? 1
                 : c == QLatin1Char(']') || c == QLatin1Char('}') ? -1
                                                                  : 0;
        if (c == QLatin1Char(',') && depth == 0) {
            operands << text.mid(begin, i - begin).trimmed();
            begin = i + 1;
        }
    }
    if (const QString last = text.mid(begin).trimmed(); !last.isEmpty())
        operands << last;
    return operands;
}

}  // namespace

// "#" begins a comment only before a space: AArch64 writes "#16".
Instruction instructionOf(const QString& line)
{
    const QString text = line.section(QStringLiteral("# "), 0, 0).section(QStringLiteral("//"), 0, 0).trimmed();
    if (text.isEmpty() || text.startsWith(QLatin1Char('.')) || text.endsWith(QLatin1Char(':')))
        return {};
    qsizetype end = 0;
    while (end < text.size() && !text[end].isSpace())
        ++end;
    return {text.left(end), operandsOf(text.mid(end))};
}

QString labelOf(const QString& line)
{
    const QString text = line.trimmed();
    return text.endsWith(QLatin1Char(':')) ? text.chopped(1) : QString();
}

QString jumpTarget(const Instruction& instruction)
{
    const QString& name = instruction.mnemonic;
    if (instruction.operands.isEmpty())
        return {};
    const bool jumps = name.startsWith(QLatin1Char('j')) || name == QLatin1String("b")
                       || name.startsWith(QLatin1String("b.")) || name == QLatin1String("cbz")
                       || name == QLatin1String("cbnz") || name == QLatin1String("tbz")
                       || name == QLatin1String("tbnz");
    return jumps ? instruction.operands.back() : QString();
}

// Not "v3.s[0]", a lane of a register.
bool isMemory(const QString& operand)
{
    return operand.startsWith(QLatin1Char('[')) || operand.contains(QLatin1String(" ["));
}

namespace {

// What an AArch64 register's name says: q0, d0, s0, h0, v0.4s.
VectorRegister armRegister(const QString& operand)
{
    QString name = operand;
    for (const char* bracket : {"{", "}"})
        name.remove(QLatin1Char(*bracket));
    name = name.section(QLatin1Char(','), 0, 0).trimmed();
    static const std::pair<char, int> sizes[]{{'q', 16}, {'d', 8}, {'s', 4}, {'h', 2}, {'b', 1}};
    const auto sizeOf = [](QChar letter) {
        for (const auto& [c, bytes] : sizes)
            if (letter == QLatin1Char(c))
                return bytes;
        return 0;
    };
    if (name.size() < 2 || !name[1].isDigit())
        return {};
    if (name[0] != QLatin1Char('v'))
        return {sizeOf(name[0]), name[0] == QLatin1Char('q') ? 0 : sizeOf(name[0])};
    const QString lanes = name.section(QLatin1Char('.'), 1, 1).section(QLatin1Char('['), 0, 0);
    const int element = lanes.isEmpty() ? 0 : sizeOf(lanes.back());
    const int count = lanes.chopped(1).toInt();  // of one element, as "v0.s[1]": 0
    return {std::max(1, count) * element, element};
}

}  // namespace

VectorRegister vectorRegisterIn(const QString& operand)
{
    static const std::pair<const char*, int> names[]{{"zmm", 64}, {"ymm", 32}, {"xmm", 16}};
    for (const auto& [name, bytes] : names)
        if (operand.contains(QLatin1String(name)))
            return {bytes, 0};
    return isMemory(operand) ? VectorRegister() : armRegister(operand);
}

namespace {

// Which of many lines is worth a closer look.
bool mayJump(const QString& line)
{
    const QStringView text = QStringView(line).trimmed();
    const auto begins = [&](const char* start) { return text.startsWith(QLatin1String(start)); };
    return begins("j") || begins("b ") || begins("b.") || begins("b\t") || begins("cb") || begins("tb");
}

// Which parts of a lane are taken: from and to of each, apart.
class Lane {
public:
    bool take(int first, int last)
    {
        const auto next = m_taken.upper_bound(last);
        if (next != m_taken.begin() && std::prev(next)->second >= first)
            return false;
        m_taken.emplace(first, last);
        return true;
    }

private:
    std::map<int, int> m_taken;
};

}  // namespace

std::vector<JumpArrow> jumpArrows(const QStringList& lines, int lanes)
{
    QHash<QString, int> labels;
    for (int i = 0; i < lines.size(); ++i)
        if (lines[i].endsWith(QLatin1Char(':')))
            labels[labelOf(lines[i])] = i;
    std::map<std::pair<int, bool>, JumpArrow> byTarget;
    for (int i = 0; i < lines.size() && !labels.isEmpty(); ++i) {
        const QString target = mayJump(lines[i]) ? jumpTarget(instructionOf(lines[i])) : QString();
        const auto found = target.isEmpty() ? labels.constEnd() : labels.constFind(target);
        if (found == labels.constEnd())
            continue;
        JumpArrow& arrow = byTarget
                               .try_emplace({*found, i > *found}, JumpArrow{*found, *found, *found, {}, 0, i > *found})
                               .first->second;
        arrow.sources.push_back(i);
        arrow.first = std::min(arrow.first, i);
        arrow.last = std::max(arrow.last, i);
    }
    std::vector<JumpArrow> arrows;
    for (auto& [where, arrow] : byTarget)
        arrows.push_back(std::move(arrow));
    // What is short stands nearest to the text, so that loops enclose those inside them.
    std::stable_sort(arrows.begin(), arrows.end(),
                     [](const JumpArrow& a, const JumpArrow& b) { return a.last - a.first < b.last - b.first; });
    std::vector<Lane> taken(std::size_t(std::max(0, lanes)));
    std::erase_if(arrows, [&](JumpArrow& arrow) {
        for (arrow.lane = 0; arrow.lane < lanes; ++arrow.lane)
            if (taken[std::size_t(arrow.lane)].take(arrow.first, arrow.last))
                return false;
        return true;
    });
    std::sort(arrows.begin(), arrows.end(), [](const JumpArrow& a, const JumpArrow& b) {
        return std::pair(a.first, a.lane) < std::pair(b.first, b.lane);
    });
    return arrows;
}

}  // namespace strata
