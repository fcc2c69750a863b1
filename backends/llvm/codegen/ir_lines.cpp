// The text is printed from a copy without debug locations, and before each instruction stands a mark with the line that
// its original has.
#include "backends/llvm/codegen/ir_lines.h"

#include <llvm/IR/AssemblyAnnotationWriter.h>
#include <llvm/IR/DebugInfo.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/FormattedStream.h>
#include <llvm/Transforms/Utils/Cloning.h>

#include <sstream>

namespace strata {

namespace {

constexpr char placeMark = '\x01';

using DebugLines = std::map<const llvm::Instruction*, unsigned>;

class PlaceMarks : public llvm::AssemblyAnnotationWriter {
public:
    explicit PlaceMarks(DebugLines lines)
        : m_lines(std::move(lines))
    {
    }
    void emitInstructionAnnot(const llvm::Instruction* instruction, llvm::formatted_raw_ostream& stream) override
    {
        const auto line = m_lines.find(instruction);
        stream << placeMark << (line == m_lines.end() ? 0U : line->second) << '\n';
    }

private:
    DebugLines m_lines;
};

std::string markedText(const llvm::Module& module)
{
    llvm::ValueToValueMapTy copied;
    const auto copy = llvm::CloneModule(module, copied);
    DebugLines lines;
    for (const auto& function : module)
        for (const auto& block : function)
            for (const auto& instruction : block)
                if (const llvm::DebugLoc& place = instruction.getDebugLoc())
                    lines[llvm::cast<llvm::Instruction>(copied[&instruction])] = place.getLine();
    llvm::StripDebugInfo(*copy);
    for (const char* flag : {"llvm.module.flags", "llvm.dbg.cu"})
        if (auto* node = copy->getNamedMetadata(flag))
            node->eraseFromParent();
    PlaceMarks marks(std::move(lines));
    std::string text;
    llvm::raw_string_ostream stream(text);
    copy->print(stream, &marks);
    return text;
}

}  // namespace

std::vector<AssemblyLine> irLines(const llvm::Module& module, const std::vector<std::vector<Cursor>>& lines)
{
    std::vector<AssemblyLine> result;
    std::istringstream stream(markedText(module));
    std::size_t line = 0;
    for (std::string text; std::getline(stream, text);) {
        if (!text.empty() && text.front() == placeMark) {
            line = std::stoul(text.substr(1));
            continue;
        }
        if (text.empty() || text.front() != ' ')  // a label, the function's head or end
            line = 0;
        result.push_back({text, line > 0 && line <= lines.size() ? lines[line - 1] : std::vector<Cursor>{}});
    }
    return result;
}

}  // namespace strata
