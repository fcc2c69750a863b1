// Assembly as a person reads it: instructions, labels and constants, without the directives of the object file.
//
// Nothing is parsed but the line's kind. `.loc` lines carry the line of our own debug information, which stands for a
// place in the loops, so each instruction knows what it was made for; they are the only thing that links the two texts.
#include "backends/llvm/codegen/assembly.h"

#include <sstream>

namespace strata {

namespace {

std::string trimmed(const std::string& line)
{
    const auto begin = line.find_first_not_of(" \t");
    if (begin == std::string::npos)
        return {};
    return line.substr(begin, line.find_last_not_of(" \t") - begin + 1);
}

bool startsWith(const std::string& text, std::string_view prefix)
{
    return text.compare(0, prefix.size(), prefix) == 0;
}

// "vmovaps\tymm0, ymmword ptr [rdi]" with its mnemonic in a column.
std::string instruction(const std::string& line)
{
    const auto tab = line.find('\t');
    if (tab == std::string::npos)
        return "    " + line;
    std::string mnemonic = line.substr(0, tab);
    mnemonic.resize(std::max<std::size_t>(mnemonic.size(), 12), ' ');
    return "    " + mnemonic + " " + line.substr(tab + 1);
}

bool isData(const std::string& directive)
{
    for (const char* known : {".long", ".quad", ".short", ".byte", ".zero", ".ascii", ".asciz"})
        if (startsWith(directive, known))
            return true;
    return false;
}

bool isInternalLabel(const std::string& label)
{
    for (const char* prefix : {".Lfunc", ".Ltmp", ".Lsection", ".Linfo", ".Ldebug", ".Lline", ".Lcu"})
        if (startsWith(label, prefix))
            return true;
    return false;
}

}  // namespace

std::vector<AssemblyLine> readAssembly(const std::string& text, const std::vector<std::vector<Cursor>>& lines)
{
    std::vector<AssemblyLine> result;
    std::istringstream stream(text);
    std::size_t line = 0;
    bool shown = false;  // in a section of code or constants
    for (std::string raw; std::getline(stream, raw);) {
        const std::string word = trimmed(raw);
        if (word.empty() || word[0] == '#' || startsWith(word, "//"))
            continue;
        if (startsWith(word, ".loc\t")) {
            std::istringstream(word.substr(5)) >> line >> line;
        } else if (startsWith(word, ".section") || startsWith(word, ".text")) {
            shown = startsWith(word, ".text") || word.find(".text") != std::string::npos
                    || word.find(".rodata") != std::string::npos;
        } else if (word.back() == ':') {
            if (shown && !isInternalLabel(word))
                result.push_back({word, {}});
        } else if (word[0] == '.') {
            if (shown && isData(word))
                result.push_back({instruction(word), {}});
        } else if (shown) {
            result.push_back(
                {instruction(word), line > 0 && line <= lines.size() ? lines[line - 1] : std::vector<Cursor>{}});
        }
    }
    return result;
}

}  // namespace strata
