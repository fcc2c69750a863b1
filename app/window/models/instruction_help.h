// What an instruction does, in a sentence of our own: those that Strata's code and its runtime use on x86-64 and
// AArch64, by family.
#pragma once

#include "app/window/models/instruction.h"

#include <optional>

namespace strata {

// `architecture`: as core/ir/cpu.h names it. nullopt: no text on it here.
std::optional<QString> instructionHelp(const Instruction& instruction, const std::string& architecture);
// "8 × f32 (256 bits)": what a vector instruction works on at once; empty: it is none, or it does not say.
QString lanesHelp(const Instruction& instruction);
// "1065353216 = 0x3f800000 = 1 (f32)": numbers of a line that are seldom read as they are written, constants among
// them; empty: there is none.
QString numbersHelp(const QString& line);

}  // namespace strata
