// Assembly as a person reads it: instructions, labels and constants, without the directives of the object file.
//
// Nothing is parsed but the line's kind. `.loc` lines carry the line of our own debug information, which stands for a
// place in the loops, so each instruction knows what it was made for; they are the only thing that links the two texts.
// The object that was made of the text is read along, for places and bytes.
#include "backends/llvm/codegen/assembly.h"

#include "backends/llvm/codegen/encoding.h"

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

// ".text.f" of ".section\t.text.f,"ax",@progbits", ".text" of itself.
std::string sectionOf(const std::string& directive)
{
    const std::string name = startsWith(directive, ".section") ? trimmed(directive.substr(8)) : directive;
    return name.substr(0, name.find_first_of(", \t"));
}

// ".p2align\t4, 0x90, 8": to a multiple of 16 by at most 8 bytes.
void align(const std::string& directive, ObjectReader& object)
{
    std::vector<std::string> given;
    std::istringstream stream(directive.substr(directive.find('\t') + 1));
    for (std::string part; std::getline(stream, part, ',');)
        given.push_back(trimmed(part));
    const auto number = [&](std::size_t i, unsigned otherwise) {
        return i < given.size() && !given[i].empty() ? unsigned(std::strtoul(given[i].c_str(), nullptr, 0)) : otherwise;
    };
    object.align(number(0, 0), number(2, ~0U));
}

class Reader {
public:
    Reader(const std::vector<std::vector<Cursor>>& lines, ObjectReader& object)
        : m_lines(lines)
        , m_object(object)
    {
    }

    void read(const std::string& word)
    {
        if (startsWith(word, ".loc\t")) {
            std::istringstream(word.substr(5)) >> m_line >> m_line;
        } else if (startsWith(word, ".section") || startsWith(word, ".text")) {
            m_section = sectionOf(word);
            m_isShown = startsWith(m_section, ".text") || m_section.find(".rodata") != std::string::npos;
            m_object.enter(m_section);
        } else if (word.back() == ':') {
            if (m_isShown && !isInternalLabel(word))
                add({word, {}});
        } else if (word[0] == '.') {
            if (startsWith(word, ".p2align"))
                align(word, m_object);
            if (!m_isShown || !isData(word))
                return;
            m_object.giveUp();  // its size is not told here
            add({instruction(word), {}});
        } else if (m_isShown) {
            readInstruction(word);
        }
    }

    // Without places of sections whose text and bytes do not go together to the end.
    std::vector<AssemblyLine> result()
    {
        for (std::size_t i = 0; i < m_result.size(); ++i)
            if (m_result[i].address >= 0 && !m_object.wasRead(m_sections[i])) {
                m_result[i].address = -1;
                m_result[i].bytes.clear();
            }
        return std::move(m_result);
    }

private:
    void readInstruction(const std::string& word)
    {
        const bool known = m_line > 0 && m_line <= m_lines.size();
        AssemblyLine line{instruction(word), known ? m_lines[m_line - 1] : std::vector<Cursor>{}};
        if (std::optional<Encoded> encoded = m_object.next()) {
            line.address = encoded->address;
            line.bytes = std::move(encoded->bytes);
        }
        add(std::move(line));
    }

    void add(AssemblyLine line)
    {
        m_result.push_back(std::move(line));
        m_sections.push_back(m_section);
    }

    const std::vector<std::vector<Cursor>>& m_lines;
    ObjectReader& m_object;
    std::vector<AssemblyLine> m_result;
    std::vector<std::string> m_sections;  // of each
    std::string m_section;
    std::size_t m_line = 0;
    bool m_isShown = false;  // it is a section of code or constants
};

}  // namespace

std::vector<AssemblyLine> readAssembly(const std::string& text, const std::vector<std::vector<Cursor>>& lines,
                                       ObjectReader& object)
{
    Reader reader(lines, object);
    std::istringstream stream(text);
    for (std::string raw; std::getline(stream, raw);)
        if (const std::string word = trimmed(raw); !word.empty() && word[0] != '#' && !startsWith(word, "//"))
            reader.read(word);
    return reader.result();
}

}  // namespace strata
