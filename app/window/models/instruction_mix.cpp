#include "app/window/models/instruction_mix.h"

#include "app/window/models/instruction.h"

#include <QCoreApplication>
#include <QHash>

#include <algorithm>

namespace strata {

namespace {

bool isOnStack(const QString& operand)
{
    const auto has = [&](const char* base) { return operand.contains(QLatin1String(base)); };
    return has("[rsp") || has("[rbp") || has("[sp") || has("[x29");
}

bool begins(const QString& name, std::initializer_list<const char*> starts)
{
    return std::any_of(starts.begin(), starts.end(),
                       [&](const char* start) { return name.startsWith(QLatin1String(start)); });
}

bool isOneOf(const QString& name, std::initializer_list<const char*> names)
{
    return std::any_of(names.begin(), names.end(), [&](const char* one) { return name == QLatin1String(one); });
}

// Of memory: what x86 says before the address, else what the registers beside it hold (AArch64).
int bytesOf(const Instruction& x, const QString& memory)
{
    static const std::pair<const char*, int> sizes[]{{"zmmword", 64}, {"ymmword", 32}, {"xmmword", 16}, {"qword", 8},
                                                     {"dword", 4},    {"word", 2},     {"byte", 1}};
    for (const auto& [name, bytes] : sizes)
        if (memory.startsWith(QLatin1String(name)))
            return bytes;
    int bytes = 0;
    const int narrow = !begins(x.mnemonic, {"ldr", "ldur", "str", "stur"}) ? 0
                       : x.mnemonic.endsWith(QLatin1Char('b'))             ? 1
                       : x.mnemonic.endsWith(QLatin1Char('h'))             ? 2
                                                                           : 0;
    for (const QString& operand : x.operands) {
        if (&operand == &memory || isMemory(operand))
            break;
        const QStringList registers = operand.split(QLatin1Char(','));
        const VectorRegister held = vectorRegisterIn(operand);
        const int vector = x.mnemonic == QLatin1String("ld1r") ? held.elementBytes : held.bytes;
        bytes += vector > 0                             ? vector * static_cast<int>(registers.size())
                 : narrow > 0                           ? narrow
                 : operand.startsWith(QLatin1Char('x')) ? 8
                 : operand.startsWith(QLatin1Char('w')) ? 4
                                                        : 0;
    }
    return bytes;
}

int registerBytes(const Instruction& x)
{
    int bytes = 0;
    for (const QString& operand : x.operands)
        bytes = std::max(bytes, vectorRegisterIn(operand).bytes);
    return bytes;
}

enum class Kind { Fma, Arithmetic, Load, Store, Shuffle, Turning };

Kind kindOf(const Instruction& x)
{
    const QString& name = x.mnemonic;
    if (begins(name,
               {"vfmadd", "vfmsub", "vfnmadd", "vfnmsub", "vpdp", "fmadd", "fmsub", "fnmadd", "fnmsub", "fmla", "fmls"})
        || isOneOf(name, {"sdot", "udot", "usdot", "mla", "mls"}))
        return Kind::Fma;
    if (begins(name,
               {"vmov", "movaps", "movups", "movss", "movsd", "vbroadcast", "vpbroadcast", "vpgather", "vgather"}))
        return !x.operands.isEmpty() && isMemory(x.operands.front()) ? Kind::Store : Kind::Load;
    if (begins(name, {"ldr", "ldp", "ldur", "ld1", "ld2", "ld3", "ld4"}))
        return Kind::Load;
    if (isOneOf(name, {"str", "strb", "strh", "stp", "stur", "sturb", "sturh"}) || begins(name, {"st1", "st2", "st4"}))
        return Kind::Store;
    if (begins(name, {"vperm", "vshuf", "vunpck", "vpunpck", "vinsert", "vextract", "vpack", "vblend", "valign",
                      "shufps", "unpck", "zip", "uzp", "trn"})
        || isOneOf(name, {"ext", "dup", "ins", "tbl", "rev64", "rev32"}))
        return Kind::Shuffle;
    if (registerBytes(x) > 0)
        return Kind::Arithmetic;
    return Kind::Turning;
}

bool isFloat(const Instruction& x)
{
    for (const char* end : {"ps", "pd", "ss", "sd"})
        if (x.mnemonic.endsWith(QLatin1String(end)))
            return true;
    return x.mnemonic.startsWith(QLatin1Char('f')) && !isOneOf(x.mnemonic, {"fmov", "fcsel"}) && registerBytes(x) > 0;
}

// Operations of one instruction: twice its lanes for a multiply-add.
int lanesOf(const Instruction& x)
{
    const bool single = x.mnemonic.endsWith(QLatin1String("ss")), twice = x.mnemonic.endsWith(QLatin1String("sd"));
    if (single || twice)
        return 1;
    if (const VectorRegister first = x.operands.isEmpty() ? VectorRegister() : vectorRegisterIn(x.operands.front());
        first.elementBytes > 0)
        return first.bytes / first.elementBytes;
    const int element = x.mnemonic.endsWith(QLatin1String("pd")) ? 8 : 4;
    return registerBytes(x) / element;
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
        const bool writes = kind == Kind::Store || (i == 0 && x.operands.size() == 1);
        (writes ? mix.bytesWritten : mix.bytesRead) += bytesOf(x, operand);
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
        if (const QString label = labelOf(lines[i]); !label.isEmpty())
            labels[label] = i;
        const QString jump = jumpTarget(instructionOf(lines[i]));
        const auto target = jump.isEmpty() ? labels.constEnd() : labels.constFind(jump);
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
            if (const Instruction inner = instructionOf(lines[k]); !inner.mnemonic.isEmpty())
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
