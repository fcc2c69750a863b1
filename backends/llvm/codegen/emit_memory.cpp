// Elements in memory: one, neighbours as a vector, or gathered.
//
// Which it is follows from the offset alone: no lane in it, one element for all; lane times 1, one vector; anything
// else, element by element. Under a mask (lanes that a predicate cuts off) loads and stores are masked, so what does
// not run touches nothing; a check that failed (emit_checked.cpp) leaves index 0, which is there unless the buffer is
// empty. A pointer is said to stay in bounds only where no term of the offset can be negative.
#include "backends/llvm/codegen/emitter.h"

namespace strata {

namespace {
constexpr std::int64_t mostElements = std::int64_t(1) << 62;  // of what lies in memory, and so of strides in it
}  // namespace

const Storage* Emitter::storage(const std::string& name)
{
    const auto found = m_storage.find(name);
    if (found == m_storage.end()) {
        fail(bug("The code generator meets the buffer " + name + ", which is not allocated."));
        return nullptr;
    }
    return &found->second;
}

// A buffer without elements: every index of it is out of range, and there is not even an element 0.
bool Emitter::isEmpty(const Storage& storage) { return isConst(storage.room, 0); }

// index * stride * lanes. Times a size it stays linear, term by term, as long as no lane is in it.
Index Emitter::scaled(const Index& index, const ExprPtr& stride, std::int64_t lanes)
{
    if (const auto factor = number(stride)) {
        Index result = addLinear({}, index, *factor * lanes);
        if (index.vector)
            result.vector = m_builder.CreateMul(
                index.vector, llvm::ConstantInt::get(index.vector->getType(), std::uint64_t(*factor * lanes)));
        return result;
    }
    const Piece piece = std::exchange(m_piece, Piece{});  // a stride is the same for all lanes
    llvm::Value* const factor = materialize(this->index(stride));
    m_piece = piece;
    m_facts.try_emplace(factor, Fact{0, mostElements, 1});
    if (!index.uniform()) {
        std::vector<llvm::Value*> values{materialize(index),
                                         m_builder.CreateMul(factor, m_builder.getInt64(std::uint64_t(lanes)))};
        agree(values);
        return opaque(m_builder.CreateMul(values[0], values[1]));
    }
    Index result = addLinear({}, termIndex(factor), index.constant * lanes);
    for (const Index::Term& term : index.terms) {
        llvm::Value* const product = m_builder.CreateMul(term.value, factor);
        if (const auto fact = m_facts.find(term.value); fact != m_facts.end() && fact->second.low >= 0)
            m_facts.try_emplace(product, Fact{0, mostElements, 1});
        result = addLinear(result, termIndex(product), term.coefficient * lanes);
    }
    return result;
}

Index Emitter::offset(const Storage& storage, const std::vector<ExprPtr>& indices)
{
    const std::string outer = std::exchange(m_indexed, storage.buffer.name);
    Index sum;
    llvm::Value* vector = nullptr;
    for (std::size_t d = 0; d < indices.size() && d < storage.strides.size(); ++d) {
        const Index i = scaled(index(indices[d]), storage.strides[d], storage.lanes);
        sum = addLinear(sum, i, 1);
        if (i.vector)
            vector = vector ? m_builder.CreateAdd(vector, i.vector) : i.vector;
    }
    if (storage.lanes > 1) {
        sum.constant += m_piece.base;
        sum.lane += m_piece.width > 1 ? 1 : 0;
    }
    sum.vector = vector;
    m_indexed = outer;
    return sum;
}

// Two steps, so that what differs between the copies of an unrolled body is a constant displacement. Both are in bounds
// if nothing is subtracted.
llvm::Value* Emitter::address(const Storage& storage, const Index& offset)
{
    llvm::Type* element = memoryType(storage.buffer.type.dtype);
    const auto nonNegative = [&](const Index::Term& term) {
        const auto fact = m_facts.find(term.value);
        return fact != m_facts.end() && fact->second.low >= 0 && term.coefficient >= 0;
    };
    const bool inBounds = !m_mask && offset.constant >= 0
                          && std::all_of(offset.terms.begin(), offset.terms.end(), nonNegative);
    const auto flags = inBounds ? llvm::GEPNoWrapFlags::inBounds() : llvm::GEPNoWrapFlags::none();
    Index variable = offset;
    variable.constant = variable.lane = 0;
    variable.vector = nullptr;
    llvm::Value* pointer = storage.base;
    if (!variable.terms.empty())
        pointer = m_builder.CreateGEP(element, pointer, materialize(variable), "", flags);
    if (offset.constant != 0)
        pointer = m_builder.CreateGEP(element, pointer, m_builder.getInt64(std::uint64_t(offset.constant)), "", flags);
    return pointer;
}

llvm::Align Emitter::alignment(const Storage& storage, const Index& offset) const
{
    const std::int64_t bytes = byteSize(storage.buffer.type.dtype);
    return llvm::Align(std::uint64_t(std::max(bytes, commonPower(offset, m_facts, bytes, storage.alignment))));
}

llvm::Value* Emitter::fromMemory(DType type, llvm::Value* value)
{
    if (type == DType::Bool)
        return m_builder.CreateICmpNE(value, llvm::Constant::getNullValue(value->getType()));
    if (isShortFloat(type))
        return shortToFloat(type, value);
    return isPacked(type) ? m_builder.CreateTrunc(value, widened(this->type(type), value)) : value;
}

llvm::Value* Emitter::toMemory(DType type, llvm::Value* value)
{
    if (type == DType::Bool)
        return m_builder.CreateZExt(value, widened(m_builder.getInt8Ty(), value));
    if (isShortFloat(type))
        return floatToShort(type, value);
    return isPacked(type) ? m_builder.CreateZExt(value, widened(memoryType(type), value)) : value;
}

// A local buffer becomes registers only if every index is constant after unrolling; the first access where it is not is
// worth a word.
void Emitter::noteAccess(const Storage& storage, const Index& offset)
{
    if (storage.buffer.scope != Scope::Local || !storage.onStack || (offset.terms.empty() && !offset.vector))
        return;
    std::string loops;
    for (const auto& term : offset.terms)
        loops += (loops.empty() ? "" : ", ")
                 + (term.value->hasName() ? term.value->getName().str() : std::string("a computed index"));
    remark(storage.buffer.name + " does not become registers: it is indexed by "
               + (loops.empty() ? "a computed index" : loops)
               + ", which is not constant; unroll or vectorize that loop.",
           NodeKind::Buffer, storage.buffer.name);
}

// A scalar access under a vector mask happens only if some lane runs.
llvm::Value* Emitter::underMask(const std::function<llvm::Value*()>& make)
{
    if (!m_mask || m_mask == m_anyKnown)
        return make();
    auto* some = newBlock("some");
    auto* join = newBlock("join");
    auto* from = m_builder.GetInsertBlock();
    m_builder.CreateCondBr(m_builder.CreateOrReduce(m_mask), some, join);
    m_builder.SetInsertPoint(some);
    llvm::Value* made = make();
    auto* end = m_builder.GetInsertBlock();
    m_builder.CreateBr(join);
    m_builder.SetInsertPoint(join);
    auto* phi = m_builder.CreatePHI(made->getType(), 2);
    phi->addIncoming(made, end);
    phi->addIncoming(llvm::Constant::getNullValue(made->getType()), from);
    return phi;
}

llvm::Value* Emitter::loadElement(const Expr& e)
{
    const Storage* buffer = storage(e.name);
    if (!buffer)
        return llvm::PoisonValue::get(type(e.type));
    const Index at = offset(*buffer, e.args);
    if (isEmpty(*buffer))
        return llvm::Constant::getNullValue(type(e.type));
    noteAccess(*buffer, at);
    if (!at.uniform())
        return fromMemory(e.type, buffer->packed ? readPacked(*buffer, at) : readVector(*buffer, at));
    return underMask([&] {
        if (buffer->packed)
            return fromMemory(e.type, packedElement(*buffer, materialize(at)));
        return fromMemory(
            e.type, m_builder.CreateAlignedLoad(memoryType(e.type), address(*buffer, at), alignment(*buffer, at)));
    });
}

// All lanes of the piece lie in the buffer, also those that a mask cuts off.
bool Emitter::isWithin(const Storage& storage, const Index& offset) const
{
    const auto range = rangeOf(offset);
    const auto room = number(storage.room);
    return range && room && range->first >= 0 && range->second < *room * storage.lanes;
}

llvm::Value* Emitter::plainVector(const Storage& storage, const Index& offset)
{
    auto* vector = llvm::FixedVectorType::get(memoryType(storage.buffer.type.dtype), unsigned(m_piece.width));
    return m_builder.CreateAlignedLoad(vector, address(storage, offset), alignment(storage, offset));
}

llvm::Value* Emitter::readVector(const Storage& storage, const Index& offset)
{
    if (offset.lane != 1 || offset.vector)
        return gather(storage, offset);
    if (!m_mask || isWithin(storage, offset))
        return plainVector(storage, offset);
    auto* vector = llvm::FixedVectorType::get(memoryType(storage.buffer.type.dtype), unsigned(m_piece.width));
    return m_builder.CreateMaskedLoad(vector, address(storage, offset), alignment(storage, offset), m_mask,
                                      llvm::Constant::getNullValue(vector));
}

// The offset of one lane as a scalar.
Index Emitter::laneOf(const Index& offset, int lane)
{
    Index one = offset;
    one.constant += one.lane * lane;
    one.lane = 0;
    one.vector = nullptr;
    if (!offset.vector)
        return one;
    return addLinear(one, termIndex(m_builder.CreateExtractElement(offset.vector, std::uint64_t(lane))), 1);
}

llvm::Value* Emitter::gather(const Storage& storage, const Index& offset)
{
    llvm::Type* element = memoryType(storage.buffer.type.dtype);
    auto* vector = llvm::FixedVectorType::get(element, unsigned(m_piece.width));
    if (m_mask) {
        auto* pointers = m_builder.CreateGEP(element, storage.base, materialize(offset));
        return m_builder.CreateMaskedGather(vector, pointers,
                                            llvm::Align(std::uint64_t(byteSize(storage.buffer.type.dtype))), m_mask,
                                            llvm::Constant::getNullValue(vector));
    }
    llvm::Value* result = llvm::PoisonValue::get(vector);
    for (int lane = 0; lane < m_piece.width; ++lane) {
        const Index at = laneOf(offset, lane);
        auto* loaded = m_builder.CreateAlignedLoad(element, address(storage, at), alignment(storage, at));
        result = m_builder.CreateInsertElement(result, loaded, std::uint64_t(lane));
    }
    return result;
}

void Emitter::scatter(const Storage& storage, const Index& offset, llvm::Value* value)
{
    llvm::Type* element = memoryType(storage.buffer.type.dtype);
    if (m_mask) {
        auto* pointers = m_builder.CreateGEP(element, storage.base, broadcast(materialize(offset), m_piece.width));
        m_builder.CreateMaskedScatter(value, pointers, llvm::Align(std::uint64_t(byteSize(storage.buffer.type.dtype))),
                                      m_mask);
        return;
    }
    for (int lane = 0; lane < m_piece.width; ++lane) {
        const Index at = laneOf(offset, lane);
        m_builder.CreateAlignedStore(m_builder.CreateExtractElement(value, std::uint64_t(lane)), address(storage, at),
                                     alignment(storage, at));
    }
}

}  // namespace strata
