#include "app/window/models/instruction_mix.h"

#include <QCoreApplication>
#include <QHash>

#include <algorithm>

namespace strata {

namespace {

struct Instruction {
    QString mnemonic;
    QStringList operands;
};

// nullopt-like: an empty mnemonic for labels, directives and comments.
Instruction parsed(const QString& line)
{
    const QString text = line.section(QLatin1Char('#'), 0, 0).trimmed();
    if (text.isEmpty() || text.startsWith(QLatin1Char('.')) || text.endsWith(QLatin1Char(':')))
        return {};
    const qsizetype space = text.indexOf(QLatin1Char(' '));
    const QString rest = space < 0 ? QString() : text.mid(space).trimmed();
    return {text.left(space), rest.isEmpty() ? QStringList() : rest.split(QStringLiteral(", "))};
}

bool isMemory(const QString& operand) { return operand.contains(QLatin1Char('[')); }

bool isOnStack(const QString& operand)
{
    return operand.contains(QLatin1String("[rsp")) || operand.contains(QLatin1String("[rbp"));
}

int bytesOf(const QString& operand)
{
    static const std::pair<const char*, int> sizes[]{{"zmmword", 64}, {"ymmword", 32}, {"xmmword", 16}, {"qword", 8},
                                                     {"dword", 4},    {"word", 2},     {"byte", 1}};
    for (const auto& [name, bytes] : sizes)
        if (operand.startsWith(QLatin1String(name)))
            return bytes;
    return 0;
}

int registerBytes(const Instruction& x)
{
    int bytes = 0;
    for (const QString& operand : x.operands)
        bytes = std::max(bytes, operand.contains(QLatin1String("zmm"))   ? 64
                                : operand.contains(QLatin1String("ymm")) ? 32
                                : operand.contains(QLatin1String("xmm")) ? 16
                                                                         : 0);
    return bytes;
}

enum class Kind { Fma, Arithmetic, Load, Store, Shuffle, Turning };

Kind kindOf(const Instruction& x)
{
    const QString& name = x.mnemonic;
    const auto begins = [&](std::initializer_list<const char*> starts) {
        return std::any_of(starts.begin(), starts.end(),
                           [&](const char* start) { return name.startsWith(QLatin1String(start)); });
    };
    if (begins({"vfmadd", "vfmsub", "vfnmadd", "vfnmsub", "vpdp"}))
        return Kind::Fma;
    if (begins({"vmov", "movaps", "movups", "movss", "movsd", "vbroadcast", "vpbroadcast", "vpgather", "vgather"}))
        return !x.operands.isEmpty() && isMemory(x.operands.front()) ? Kind::Store : Kind::Load;
    if (begins({"vperm", "vshuf", "vunpck", "vpunpck", "vinsert", "vextract", "vpack", "vblend", "valign", "shufps",
                "unpck"}))
        return Kind::Shuffle;
    if (registerBytes(x) > 0)
        return Kind::Arithmetic;
    return Kind::Turning;
}

// Operations of one instruction: twice its lanes for a multiply-add.
int lanesOf(const Instruction& x)
{
    const bool single = x.mnemonic.endsWith(QLatin1String("ss")), twice = x.mnemonic.endsWith(QLatin1String("sd"));
    if (single || twice)
        return 1;
    const int element = x.mnemonic.endsWith(QLatin1String("pd")) ? 8 : 4;
    return registerBytes(x) / element;
}

bool isFloat(const Instruction& x)
{
    for (const char* end : {"ps", "pd", "ss", "sd"})
        if (x.mnemonic.endsWith(QLatin1String(end)))
            return true;
    return false;
}

void add(LoopMix& mix, const Instruction& x)
{
    const Kind kind = kindOf(x);
    int* const counts[]{&mix.fma, &mix.arithmetic, &mix.loads, &mix.stores, &mix.shuffles, &mix.turning};
    ++*counts[static_cast<int>(kind)];
    const bool lea = x.mnemonic == QLatin1String("lea");
    for (int i = 0; i < x.operands.size() && !lea; ++i) {
        const QString& operand = x.operands[i];
        if (!isMemory(operand))
            continue;
        mix.spills += isOnStack(operand) ? 1 : 0;
        const bool writes = i == 0 && (kind == Kind::Store || x.operands.size() == 1);
        (writes ? mix.bytesWritten : mix.bytesRead) += bytesOf(operand);
    }
    if ((kind != Kind::Fma && kind != Kind::Arithmetic) || !isFloat(x))
        return;
    const int lanes = lanesOf(x);
    mix.flops += lanes * (kind == Kind::Fma ? 2 : x.mnemonic.startsWith(QLatin1String("vxor")) ? 0 : 1);
    if (lanes > 1) {
        mix.vectorBytes = std::max(mix.vectorBytes, registerBytes(x));
        mix.scalar = false;
    }
}

}  // namespace

std::vector<LoopMix> innermostLoops(const QStringList& lines)
{
    QHash<QString, int> labels;
    std::vector<LoopMix> loops;
    for (int i = 0; i < lines.size(); ++i) {
        const QString text = lines[i].trimmed();
        if (text.endsWith(QLatin1Char(':')))
            labels[text.chopped(1)] = i;
        const Instruction x = parsed(lines[i]);
        const auto target = x.mnemonic.startsWith(QLatin1Char('j')) && !x.operands.isEmpty()
                                ? labels.constFind(x.operands.front())
                                : labels.constEnd();
        if (target == labels.constEnd())
            continue;
        const bool holdsAnother = std::any_of(loops.begin(), loops.end(),
                                              [&](const LoopMix& loop) { return loop.first > *target; });
        if (holdsAnother)
            continue;
        std::erase_if(loops, [&](const LoopMix& loop) { return loop.first == *target; });  // a second way back
        LoopMix mix;
        mix.first = *target;
        mix.last = i;
        for (int k = mix.first; k <= i; ++k)
            if (const Instruction inner = parsed(lines[k]); !inner.mnemonic.isEmpty())
                add(mix, inner);
        loops.push_back(mix);
    }
    return loops;
}

const LoopMix* busiest(const std::vector<LoopMix>& loops)
{
    const auto work = [](const LoopMix& mix) { return mix.flops > 0 ? mix.flops : mix.fma + mix.arithmetic; };
    const auto most = std::max_element(loops.begin(), loops.end(),
                                       [&](const LoopMix& a, const LoopMix& b) { return work(a) < work(b); });
    return most == loops.end() ? nullptr : &*most;
}

QString describe(const LoopMix& mix)
{
    const auto tr = [](const char* text) { return QCoreApplication::translate("InstructionMix", text); };
    QStringList kinds;
    const auto say = [&](int number, const QString& what) {
        if (number > 0)
            kinds << what.arg(number);
    };
    say(mix.fma, tr("%1 multiply-add"));
    say(mix.arithmetic, tr("%1 arithmetic"));
    say(mix.loads, tr("%1 load"));
    say(mix.stores, tr("%1 store"));
    say(mix.shuffles, tr("%1 shuffle"));
    say(mix.turning, tr("%1 that turn the loop"));
    QStringList parts{tr("%1 instructions: %2").arg(mix.instructions()).arg(kinds.join(QStringLiteral(", ")))};
    if (mix.flops > 0)
        parts << (mix.scalar ? tr("one element at a time") : tr("vectors of %1 B").arg(mix.vectorBytes));
    parts << tr("%1 FLOP, %2 B read, %3 B written each time").arg(mix.flops).arg(mix.bytesRead).arg(mix.bytesWritten);
    parts << (mix.spills > 0 ? tr("%1 operands on the stack").arg(mix.spills) : tr("nothing on the stack"));
    return parts.join(QStringLiteral(" · "));
}

}  // namespace strata
