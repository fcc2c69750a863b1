// What the innermost loops of an assembly listing are made of: which instructions, how wide, how many numbers and bytes
// an iteration handles, and what lies on the stack for want of registers.
#pragma once

#include <QString>
#include <QStringList>

#include <vector>

namespace strata {

struct LoopMix {
    int first = 0, last = 0;  // lines: the label, and the jump back to it
    int fma = 0, arithmetic = 0, loads = 0, stores = 0, shuffles = 0, turning = 0;
    int spills = 0;       // instructions with an operand on the stack
    int vectorBytes = 0;  // of the widest that computes; 0: none does
    bool scalar = true;   // it computes element by element
    int flops = 0;        // of an iteration
    int bytesRead = 0, bytesWritten = 0;

    int instructions() const { return fma + arithmetic + loads + stores + shuffles + turning; }
};

// `lines`: as the hardware pane has them (models/instruction.h). Loops without another one inside, in the order of
// their labels.
std::vector<LoopMix> innermostLoops(const QStringList& lines);
// The one with most arithmetic; nullptr where there is none.
const LoopMix* busiest(const std::vector<LoopMix>& loops);
// "4 fma, 1 load, 4 that turn the loop · 16 lanes · 128 FLOP and 80 B read an iteration · nothing spilled"
QString describe(const LoopMix& mix);

}  // namespace strata
