// Two rows at a time, as x86 has it: bytes of two, then pairs of those. The instructions work within lanes of sixteen
// bytes, so what is to be neighbours in the end is brought into one lane first.
#include "backends/llvm/codegen/interleaving.h"

namespace strata {

llvm::Type* Interleaving::type() const { return llvm::FixedVectorType::get(m_builder.getInt8Ty(), unsigned(m_bytes)); }

Quads Interleaving::operator()(const Quads& rows) const
{
    Quads sorted;
    for (std::size_t i = 0; i < rows.size(); ++i)
        sorted[i] = sort(rows[i]);
    Quads quads;
    for (int half = 0; half < 2; ++half) {
        llvm::Value *first = zip(sorted[0], sorted[1], 1, half), *second = zip(sorted[2], sorted[3], 1, half);
        for (int quarter = 0; quarter < 2; ++quarter)
            quads[std::size_t(2 * half + quarter)] = words(zip(first, second, 2, quarter));
    }
    return quads;
}

llvm::Value* Interleaving::shuffle(llvm::Value* a, llvm::Value* b, int elementBytes,
                                   const std::vector<int>& places) const
{
    auto* type = llvm::FixedVectorType::get(m_builder.getIntNTy(unsigned(8 * elementBytes)),
                                            unsigned(m_bytes / elementBytes));
    return m_builder.CreateShuffleVector(m_builder.CreateBitCast(a, type), m_builder.CreateBitCast(b, type), places);
}

llvm::Value* Interleaving::words(llvm::Value* bytes) const
{
    return m_builder.CreateBitCast(bytes, llvm::FixedVectorType::get(m_builder.getInt32Ty(), unsigned(m_bytes / 4)));
}

// Interleaving takes the n-th four bytes of each lane into the n-th result, so these have to be neighbours there: lane
// by lane from each quarter of the vector.
llvm::Value* Interleaving::sort(llvm::Value* bytes) const
{
    const int lanes = m_bytes / laneBytes;
    std::vector<int> places;
    for (int lane = 0; lane < lanes; ++lane)
        for (int quarter = 0; quarter < rowsTogether; ++quarter)
            places.push_back(quarter * lanes + lane);
    return lanes == 1 ? bytes : shuffle(bytes, bytes, 4, places);
}

// Elements of a and b in turn, from the first or second half of each lane.
llvm::Value* Interleaving::zip(llvm::Value* a, llvm::Value* b, int elementBytes, int half) const
{
    const int elements = m_bytes / elementBytes, each = laneBytes / elementBytes;
    std::vector<int> places;
    for (int begin = 0; begin < elements; begin += each)
        for (int i = begin + half * each / 2; i < begin + (half + 1) * each / 2; ++i)
            places.insert(places.end(), {i, elements + i});
    return shuffle(a, b, elementBytes, places);
}

}  // namespace strata
