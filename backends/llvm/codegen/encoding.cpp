// LLVM's disassembler tells how long an instruction is, and the next of the text is the next of the section: nothing but
// their order joins the two. A section whose end is not met exactly was read wrongly somewhere, and is told nothing of.
#include "backends/llvm/codegen/encoding.h"

#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCDisassembler/MCDisassembler.h>
#include <llvm/MC/MCInst.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Target/TargetMachine.h>

#include <map>

namespace strata {

namespace {

struct ReadSection {
    llvm::ArrayRef<std::uint8_t> bytes;
    std::size_t at = 0;
    bool lost = false;
};

std::string hex(llvm::ArrayRef<std::uint8_t> bytes)
{
    constexpr const char* digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += text.empty() ? "" : " ";
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

}  // namespace

struct ObjectReader::Impl {
    std::unique_ptr<llvm::object::ObjectFile> file;
    std::unique_ptr<llvm::MCContext> context;
    std::unique_ptr<llvm::MCDisassembler> disassembler;
    std::map<std::string, ReadSection> sections;
    ReadSection* current = nullptr;
};

ObjectReader::ObjectReader(const Machine& machine, const std::string& object)
    : m_impl(std::make_unique<Impl>())
{
    const llvm::TargetMachine* target = machine.target();
    auto file = llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(object, "object"));
    if (!file || !target) {
        llvm::consumeError(file.takeError());
        return;
    }
    m_impl->file = std::move(*file);
    m_impl->context = std::make_unique<llvm::MCContext>(target->getTargetTriple(), target->getMCAsmInfo(),
                                                        target->getMCRegisterInfo(), target->getMCSubtargetInfo());
    m_impl->disassembler.reset(
        target->getTarget().createMCDisassembler(*target->getMCSubtargetInfo(), *m_impl->context));
    for (const auto& section : m_impl->file->sections()) {
        auto name = section.getName();
        auto contents = section.getContents();
        if (name && contents && section.isText() && m_impl->disassembler)
            m_impl->sections[name->str()].bytes = llvm::ArrayRef(contents->bytes_begin(), contents->size());
        llvm::consumeError(name.takeError());
        llvm::consumeError(contents.takeError());
    }
}

ObjectReader::~ObjectReader() = default;

void ObjectReader::enter(const std::string& section)
{
    const auto found = m_impl->sections.find(section);
    m_impl->current = found == m_impl->sections.end() ? nullptr : &found->second;
}

void ObjectReader::align(unsigned power, unsigned most)
{
    if (!m_impl->current)
        return;
    const std::size_t unit = std::size_t(1) << power, at = m_impl->current->at, aligned = (at + unit - 1) / unit * unit;
    if (aligned - at <= most)
        m_impl->current->at = aligned;
}

std::optional<Encoded> ObjectReader::next()
{
    ReadSection* section = m_impl->current;
    if (!section || section->lost)
        return std::nullopt;
    const std::size_t at = section->at;
    llvm::MCInst instruction;
    std::uint64_t size = 0;
    const bool known = at < section->bytes.size()
                       && m_impl->disassembler->getInstruction(instruction, size, section->bytes.slice(at), at,
                                                               llvm::nulls())
                              != llvm::MCDisassembler::Fail;
    if (!known) {
        giveUp();
        return std::nullopt;
    }
    section->at += size;
    return Encoded{std::int64_t(at), hex(section->bytes.slice(at, size))};
}

void ObjectReader::giveUp()
{
    if (m_impl->current)
        m_impl->current->lost = true;
}

bool ObjectReader::wasRead(const std::string& section) const
{
    const auto found = m_impl->sections.find(section);
    return found != m_impl->sections.end() && !found->second.lost && found->second.at == found->second.bytes.size();
}

}  // namespace strata
