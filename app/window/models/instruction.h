// One line of an assembly listing as the hardware pane has it: x86-64 in Intel syntax, or AArch64.
#pragma once

#include <QString>
#include <QStringList>

#include <vector>

namespace strata {

struct Instruction {
    QString mnemonic;  // empty: the line is a label, a directive or a comment
    QStringList operands;
};
Instruction instructionOf(const QString& line);
// ".LBB0_3" of ".LBB0_3:"; empty: the line is no label.
QString labelOf(const QString& line);
// The label that it may go on at; empty: it does not jump, or not to a label.
QString jumpTarget(const Instruction& instruction);

// A register of vectors or floats as an operand has it.
struct VectorRegister {
    int bytes = 0;         // 0: there is none
    int elementBytes = 0;  // 0: the register does not say
};
VectorRegister vectorRegisterIn(const QString& operand);

bool isMemory(const QString& operand);

// Jumps to one label, as far as they come from before it, or from behind it.
struct JumpArrow {
    int target = 0, first = 0, last = 0;  // lines; first to last: from the target and all sources
    std::vector<int> sources;             // in order
    int lane = 0;                         // beside the text; 0: nearest to it
    bool back = false;                    // from behind the label: it is a loop
};
// Of a listing without its other lines (an empty text stands for each); arrows in one lane do not meet, and what finds
// none of so many lanes is left out. By their first lines.
std::vector<JumpArrow> jumpArrows(const QStringList& lines, int lanes);

}  // namespace strata
