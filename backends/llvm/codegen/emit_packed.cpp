// Elements of less than a byte in buffers that a caller gives: two or four a byte, the first in the lowest bits.
//
// A vector of neighbours that starts with a byte and fills its last one is whole bytes, loaded and stored as such.
// Anything else goes element by element. A store of one element has to leave its neighbours as they are: the byte is
// read, one element of it is replaced, and it is written. Where loops run in parallel, another thread may be at the
// neighbour, so the element is cleared and set by two atomic operations that touch no other bits; the neighbour's
// owner sees none of it, and nobody else reads the element between them.
#include "backends/llvm/codegen/emitter.h"

namespace strata {

struct Emitter::PackedPlace {
    llvm::Value* address;
    llvm::Value* shift;  // i8, in bits
};

namespace {

unsigned elementsOfByte(const Storage& storage) { return 8 / unsigned(bitSize(storage.buffer.type.dtype)); }
std::uint64_t codeMask(const Storage& storage) { return (1u << bitSize(storage.buffer.type.dtype)) - 1; }

bool hasParallelLoop(const Body& body)
{
    bool found = false;
    walk(body, [&](const StmtPtr& stmt) {
        const auto* loop = as<Loop>(stmt);
        found = found || (loop && loop->kind == LoopKind::Parallel);
    });
    return found;
}

}  // namespace

// Of a vector of offsets: vectors of both.
Emitter::PackedPlace Emitter::packedPlace(const Storage& storage, llvm::Value* offset)
{
    const std::uint64_t aByte = elementsOfByte(storage);
    llvm::Type* const type = offset->getType();
    llvm::Value* const byte = m_builder.CreateLShr(offset,
                                                   llvm::ConstantInt::get(type, std::uint64_t(aByte == 2 ? 1 : 2)));
    llvm::Value* const place = m_builder.CreateAnd(offset, llvm::ConstantInt::get(type, aByte - 1));
    llvm::Value* const shift = m_builder.CreateMul(place, llvm::ConstantInt::get(type, 8 / aByte));
    return {m_builder.CreateGEP(m_builder.getInt8Ty(), storage.base, byte),
            m_builder.CreateTrunc(shift, widened(m_builder.getInt8Ty(), offset))};
}

llvm::Value* Emitter::packedElement(const Storage& storage, llvm::Value* offset)
{
    const PackedPlace place = packedPlace(storage, offset);
    llvm::Value* const byte = m_builder.CreateAlignedLoad(m_builder.getInt8Ty(), place.address, llvm::Align(1));
    return m_builder.CreateAnd(m_builder.CreateLShr(byte, place.shift), codeMask(storage));
}

bool Emitter::isWholeBytes(const Storage& storage, const Index& offset) const
{
    const std::int64_t aByte = elementsOfByte(storage);
    return offset.lane == 1 && !offset.vector && m_piece.width % aByte == 0
           && commonPower(offset, m_facts, 1, aByte) >= aByte;
}

llvm::Value* Emitter::wholeBytes(const Storage& storage, const Index& offset)
{
    const unsigned aByte = elementsOfByte(storage), width = unsigned(m_piece.width);
    Index first = offset;
    first.lane = 0;
    const PackedPlace place = packedPlace(storage, materialize(first));
    llvm::Type* const narrow = llvm::FixedVectorType::get(m_builder.getInt8Ty(), width / aByte);
    llvm::Value* const bytes = m_builder.CreateAlignedLoad(narrow, place.address, llvm::Align(1));
    std::vector<int> repeated;
    std::vector<llvm::Constant*> shifts;
    for (unsigned lane = 0; lane < width; ++lane) {
        repeated.push_back(int(lane / aByte));
        shifts.push_back(m_builder.getInt8(std::uint8_t(lane % aByte * (8 / aByte))));
    }
    llvm::Value* const shifted = m_builder.CreateLShr(m_builder.CreateShuffleVector(bytes, repeated),
                                                      llvm::ConstantVector::get(shifts));
    return m_builder.CreateAnd(shifted, codeMask(storage));
}

llvm::Value* Emitter::readPacked(const Storage& storage, const Index& offset)
{
    if (isWholeBytes(storage, offset) && (!m_mask || isWithin(storage, offset)))
        return wholeBytes(storage, offset);
    llvm::Type* const vector = llvm::FixedVectorType::get(m_builder.getInt8Ty(), unsigned(m_piece.width));
    if (m_mask) {
        const PackedPlace place = packedPlace(storage, broadcast(materialize(offset), m_piece.width));
        llvm::Value* const bytes = m_builder.CreateMaskedGather(vector, place.address, llvm::Align(1), m_mask,
                                                                llvm::Constant::getNullValue(vector));
        return m_builder.CreateAnd(m_builder.CreateLShr(bytes, place.shift), codeMask(storage));
    }
    llvm::Value* result = llvm::PoisonValue::get(vector);
    for (int lane = 0; lane < m_piece.width; ++lane)
        result = m_builder.CreateInsertElement(result, packedElement(storage, materialize(laneOf(offset, lane))),
                                               std::uint64_t(lane));
    return result;
}

void Emitter::storeWholeBytes(const Storage& storage, const Index& offset, llvm::Value* codes)
{
    const unsigned aByte = elementsOfByte(storage), width = unsigned(m_piece.width);
    llvm::Value* bytes = nullptr;
    for (unsigned part = 0; part < aByte; ++part) {
        std::vector<int> lanes;
        for (unsigned byte = 0; byte < width / aByte; ++byte)
            lanes.push_back(int(byte * aByte + part));
        llvm::Value* const shifted = m_builder.CreateShl(m_builder.CreateShuffleVector(codes, lanes),
                                                         std::uint64_t(part * (8 / aByte)));
        bytes = bytes ? m_builder.CreateOr(bytes, shifted) : shifted;
    }
    Index first = offset;
    first.lane = 0;
    m_builder.CreateAlignedStore(bytes, packedPlace(storage, materialize(first)).address, llvm::Align(1));
}

void Emitter::storePackedElement(const Storage& storage, llvm::Value* offset, llvm::Value* code)
{
    const PackedPlace place = packedPlace(storage, offset);
    llvm::Value* const others = m_builder.CreateNot(
        m_builder.CreateShl(m_builder.getInt8(std::uint8_t(codeMask(storage))), place.shift));
    llvm::Value* const placed = m_builder.CreateShl(code, place.shift);
    if (hasParallelLoop(m_body)) {
        for (const auto& [operation, bits] :
             {std::pair(llvm::AtomicRMWInst::And, others), std::pair(llvm::AtomicRMWInst::Or, placed)})
            m_builder.CreateAtomicRMW(operation, place.address, bits, llvm::Align(1),
                                      llvm::AtomicOrdering::Monotonic);
        return;
    }
    llvm::Value* const byte = m_builder.CreateAlignedLoad(m_builder.getInt8Ty(), place.address, llvm::Align(1));
    m_builder.CreateAlignedStore(m_builder.CreateOr(m_builder.CreateAnd(byte, others), placed), place.address,
                                 llvm::Align(1));
}

void Emitter::storePacked(const Storage& storage, const Index& offset, llvm::Value* codes)
{
    if (offset.uniform()) {
        if (codes->getType()->isVectorTy())
            codes = m_builder.CreateExtractElement(codes, std::uint64_t(m_piece.width - 1));
        return storePackedElement(storage, materialize(offset), codes);
    }
    codes = broadcast(codes, m_piece.width);
    if (!m_mask && isWholeBytes(storage, offset))
        return storeWholeBytes(storage, offset, codes);
    for (int lane = 0; lane < m_piece.width; ++lane) {
        const auto one = std::uint64_t(lane);
        llvm::BasicBlock* const after = m_mask ? newBlock("endif") : nullptr;
        if (m_mask) {
            auto* const then = newBlock("if");
            m_builder.CreateCondBr(m_builder.CreateExtractElement(m_mask, one), then, after);
            m_builder.SetInsertPoint(then);
        }
        storePackedElement(storage, materialize(laneOf(offset, lane)), m_builder.CreateExtractElement(codes, one));
        if (m_mask) {
            m_builder.CreateBr(after);
            m_builder.SetInsertPoint(after);
        }
    }
}

}  // namespace strata
