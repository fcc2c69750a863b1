// Calls of primitives that are windows over few channels, each of which lies by itself (core/analysis/dot_product.h),
// as those of a picture's colours.
//
// The bytes of one place in all channels are brought together first, into words on the stack: those of the picture that
// the tile sees, and those of the weights. Then the sums of some results at a time stay in registers while the window
// passes by: a word of the picture, broadcast, meets the vectors of weights. Which instructions compute the products is
// settled later (dot_instructions.h).
#include "backends/llvm/codegen/dot_instructions.h"
#include "backends/llvm/codegen/emitter.h"
#include "backends/llvm/codegen/interleaving.h"

#include "core/ir/cpu.h"

#include <algorithm>

namespace strata {

class Emitter::PlanesTile {
public:
    PlanesTile(Emitter& emitter, const PlanesProduct& product, const std::vector<Box>& boxes)
        : m_emitter(emitter)
        , m_builder(emitter.m_builder)
        , m_product(product)
        , m_boxes(boxes)
        , m_words(stack(product.height * product.columns()))
        , m_together(1)
    {
    }

    void emit()
    {
        loop(m_product.height, [&](llvm::Value* row) { gatherRow(row); });
        std::int64_t channel = 0;
        for (int bytes = vectorBytes(m_emitter.m_module.target.isa); bytes >= Interleaving::laneBytes; bytes /= 2)
            for (; m_product.n - channel >= bytes; channel += bytes)
                sumChannels(channel, bytes);
    }

private:
    llvm::Value* number(std::int64_t value) const { return m_builder.getInt64(std::uint64_t(value)); }
    llvm::Value* times(llvm::Value* counter, std::int64_t step) const
    {
        return m_builder.CreateMul(counter, number(step));
    }
    llvm::Value* at(llvm::Type* element, llvm::Value* begin, llvm::Value* place, std::int64_t more = 0) const
    {
        return m_builder.CreateGEP(element, m_builder.CreateGEP(element, begin, place), number(more));
    }
    llvm::Value* stack(std::int64_t words) const
    {
        llvm::IRBuilder<> atEntry(m_emitter.m_allocaPoint);
        auto* type = llvm::ArrayType::get(atEntry.getInt32Ty(), std::uint64_t(words));
        auto* slot = atEntry.CreateAlloca(type, nullptr, "words");
        slot->setAlignment(llvm::Align(64));
        return slot;
    }
    void loop(std::int64_t count, const std::function<void(llvm::Value*)>& body)
    {
        auto *before = m_builder.GetInsertBlock(), *head = m_emitter.newBlock("planes");
        m_builder.CreateBr(head);
        m_builder.SetInsertPoint(head);
        auto* counter = m_builder.CreatePHI(m_builder.getInt64Ty(), 2);
        counter->addIncoming(m_builder.getInt64(0), before);
        body(counter);
        auto* next = m_builder.CreateAdd(counter, m_builder.getInt64(1), "", true, true);
        counter->addIncoming(next, m_builder.GetInsertBlock());
        auto* after = m_emitter.newBlock("end");
        m_builder.CreateCondBr(m_builder.CreateICmpSLT(next, number(count)), head, after);
        m_builder.SetInsertPoint(after);
    }
    // Vectors of bytes from all planes, at a place in the first.
    Quads together(const Box& box, std::size_t planeDimension, llvm::Value* place, std::int64_t more, int bytes) const
    {
        const Interleaving interleaving(m_builder, bytes);
        Quads rows;
        rows.fill(llvm::Constant::getNullValue(interleaving.type()));
        for (std::int64_t plane = 0; plane < m_product.planes; ++plane)
            rows[std::size_t(plane)] = m_builder.CreateAlignedLoad(
                interleaving.type(), at(box.element, box.begin, place, plane * box.stride(planeDimension) + more),
                llvm::Align(1));
        return interleaving(rows);
    }
    void keep(const Quads& quads, llvm::Value* words, llvm::Value* place, std::int64_t more, int bytes) const
    {
        for (std::size_t i = 0; i < quads.size(); ++i)
            m_builder.CreateAlignedStore(
                quads[i], at(m_builder.getInt32Ty(), words, place, more + std::int64_t(i) * bytes / rowsTogether),
                llvm::Align(4));
    }

    // Columns by the widest vectors that fit; the last of them may overlap the one before.
    void gatherRow(llvm::Value* row)
    {
        const std::int64_t columns = m_product.columns();
        int bytes = vectorBytes(m_emitter.m_module.target.isa);
        for (std::int64_t column = 0; column < columns;) {
            while (columns - column < bytes && bytes > Interleaving::laneBytes)
                bytes /= 2;
            const std::int64_t begin = std::min(column, columns - bytes);
            const Quads quads = together(m_boxes[0], 3, times(row, m_boxes[0].stride(2)), begin, bytes);
            keep(quads, m_words, times(row, columns), begin, bytes);
            column = begin + bytes;
        }
    }

    // Results whose sums of so many channels fit into registers, beside weights and a word; a divisor of all.
    std::int64_t resultsTogether() const
    {
        const std::int64_t registers = cpuOf(m_emitter.m_module.target.isa).vectorRegisters;
        std::int64_t most = std::max<std::int64_t>(1, (registers - rowsTogether - 3) / rowsTogether);
        while (m_product.m % most != 0)
            --most;
        return most;
    }

    void sumChannels(std::int64_t channel, int bytes)
    {
        const std::int64_t window = m_product.height * m_product.width;
        llvm::Value* const weights = stack(window * bytes);
        loop(window, [&](llvm::Value* place) {
            const Quads quads = together(m_boxes[1], 4, times(place, m_boxes[1].stride(2)), channel, bytes);
            keep(quads, weights, times(place, bytes), 0, bytes);
        });
        m_together = resultsTogether();
        loop(m_product.m / m_together,
             [&](llvm::Value* first) { sumResults(times(first, m_together), channel, bytes, weights); });
    }

    void sumResults(llvm::Value* first, std::int64_t channel, int bytes, llvm::Value* weights)
    {
        DotVectors vectors(m_builder, m_product.left == DType::I8, bytes / rowsTogether);
        const auto place = [&](std::int64_t result, std::size_t i) {
            return at(m_boxes[2].element, m_boxes[2].begin, times(first, m_boxes[2].stride(2)),
                      result * m_boxes[2].stride(2) + channel + std::int64_t(i) * vectors.lanes());
        };
        std::vector<llvm::Value*> sums;  // of each result, then the excess
        for (std::int64_t result = 0; result < m_together; ++result)
            for (std::size_t i = 0; i < rowsTogether; ++i)
                sums.push_back(m_builder.CreateAlignedLoad(vectors.type(), place(result, i), llvm::Align(4)));
        for (std::size_t i = 0; i < rowsTogether; ++i)
            sums.push_back(llvm::Constant::getNullValue(vectors.type()));
        auto* before = m_builder.GetInsertBlock();
        std::vector<llvm::PHINode*> running;
        loop(m_product.height, [&](llvm::Value* row) {
            for (llvm::Value*& sum : sums) {
                running.push_back(m_builder.CreatePHI(vectors.type(), 2));
                running.back()->addIncoming(sum, before);
                sum = running.back();
            }
            addRow(first, row, bytes, weights, vectors, sums);
            for (std::size_t i = 0; i < sums.size(); ++i)
                running[i]->addIncoming(sums[i], m_builder.GetInsertBlock());
        });
        for (std::int64_t result = 0; result < m_together; ++result)
            for (std::size_t i = 0; i < rowsTogether; ++i)
                m_builder.CreateAlignedStore(m_builder.CreateSub(sums[std::size_t(result) * rowsTogether + i],
                                                                 sums[std::size_t(m_together) * rowsTogether + i]),
                                             place(result, i), llvm::Align(4));
    }

    // A row of the window, added to the sums of the results from `first` on.
    void addRow(llvm::Value* first, llvm::Value* row, int bytes, llvm::Value* weights, DotVectors& vectors,
                std::vector<llvm::Value*>& sums)
    {
        llvm::Type* const word = m_builder.getInt32Ty();
        llvm::Value* const seen = m_builder.CreateAdd(times(row, m_product.columns()), times(first, m_product.stride));
        for (std::int64_t column = 0; column < m_product.width; ++column) {
            Quads w;
            for (std::size_t i = 0; i < w.size(); ++i) {
                w[i] = m_builder.CreateAlignedLoad(vectors.type(),
                                                   at(word, weights, times(row, m_product.width * bytes),
                                                      column * bytes + std::int64_t(i) * vectors.lanes()),
                                                   llvm::Align(4));
                llvm::Value*& excess = sums[std::size_t(m_together) * rowsTogether + i];
                excess = vectors.addExcess(excess, w[i]);
            }
            for (std::int64_t result = 0; result < m_together; ++result) {
                auto* one = m_builder.CreateAlignedLoad(
                    word, at(word, m_words, seen, result * m_product.stride + column), llvm::Align(4));
                auto* left = m_builder.CreateVectorSplat(unsigned(vectors.lanes()), one);
                for (std::size_t i = 0; i < w.size(); ++i) {
                    llvm::Value*& sum = sums[std::size_t(result) * rowsTogether + i];
                    sum = vectors.add(sum, left, w[i]);
                }
            }
        }
    }

    Emitter& m_emitter;
    llvm::IRBuilder<>& m_builder;
    PlanesProduct m_product;
    const std::vector<Box>& m_boxes;
    llvm::Value* m_words;  // of the picture, a word a column
    std::int64_t m_together;
};

// Whether the primitive has instructions for it; else its description is emitted.
bool Emitter::emitPlanes(const IntrinsicCall& call, const PlanesProduct& product)
{
    constexpr std::int64_t mostWords = 1 << 14;  // on the stack
    const std::vector<Box> boxes = this->boxes(call);
    const bool isSideBySide = std::all_of(boxes.begin(), boxes.end(),
                                          [](const Box& box) { return box.stride(1) == 1; });
    if (boxes.empty() || !isSideBySide || product.planes > rowsTogether || product.n % Interleaving::laneBytes != 0
        || product.columns() < Interleaving::laneBytes || boxes[1].stride(3) != product.width * boxes[1].stride(2)
        || product.height * (product.columns() + product.width * product.n) > mostWords)
        return false;
    PlanesTile(*this, product, boxes).emit();
    return true;
}

}  // namespace strata
