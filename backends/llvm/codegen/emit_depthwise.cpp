// Calls of primitives that are windows of bytes, sliding over each channel by itself (core/analysis/dot_product.h).
//
// An instruction for dot products adds up four bytes that lie side by side, but the terms of such a sum lie a row
// apart. So each column of the picture is brought into that order, four rows at a time: vectors of channels from four
// rows,
//
//     a a a a, b b b b, c c c c, d d d d   ->   a b c d, a b c d, ...
//
// by the instructions that interleave two registers. A column so arranged serves all results whose windows it is in.
// What lies below the window counts as 0, as do the weights there. Which instructions compute the products is settled
// later (dot_instructions.h).
#include "backends/llvm/codegen/dot_instructions.h"
#include "backends/llvm/codegen/emitter.h"
#include "backends/llvm/codegen/interleaving.h"

#include <algorithm>

namespace strata {

// Channels from `channel` on that fill a register with their bytes, and four with their sums.
class Emitter::DepthwiseTile {
public:
    DepthwiseTile(llvm::IRBuilder<>& builder, const DepthwiseProduct& product, const std::vector<Box>& boxes,
                  std::int64_t channel, int bytes)
        : m_builder(builder)
        , m_product(product)
        , m_boxes(boxes)
        , m_channel(channel)
        , m_interleaving(builder, bytes)
        , m_vectors(builder, product.left == DType::I8, bytes / rowsTogether)
    {
    }

    void emit()
    {
        readWeights();
        m_sums.resize(std::size_t(m_product.m));
        for (std::int64_t column = 0; column < m_product.columns(); ++column) {
            for (std::int64_t row = 0; row < m_product.height; row += rowsTogether)
                addColumn(row, column);
            if (const std::int64_t last = column - m_product.width + 1;
                last >= 0 && last % m_product.stride == 0 && last / m_product.stride < m_product.m)
                store(last / m_product.stride);
        }
    }

private:
    // Of rows from `row` on in one column.
    Quads read(const Box& box, std::int64_t row, std::int64_t column)
    {
        Quads rows;
        rows.fill(llvm::Constant::getNullValue(m_interleaving.type()));
        for (std::int64_t i = 0; i < rowsTogether && row + i < m_product.height; ++i)
            rows[std::size_t(i)] = m_builder.CreateAlignedLoad(
                m_interleaving.type(), at(box, (row + i) * box.stride(3) + column * box.stride(2)), llvm::Align(1));
        return m_interleaving(rows);
    }
    void readWeights()
    {
        m_excess.fill(llvm::Constant::getNullValue(m_vectors.type()));
        for (std::int64_t row = 0; row < m_product.height; row += rowsTogether)
            for (std::int64_t column = 0; column < m_product.width; ++column) {
                m_weights.push_back(read(m_boxes[1], row, column));
                for (std::size_t i = 0; i < m_excess.size(); ++i)
                    m_excess[i] = m_vectors.addExcess(m_excess[i], m_weights.back()[i]);
            }
    }
    const Quads& weights(std::int64_t row, std::int64_t column) const
    {
        return m_weights[std::size_t(row / rowsTogether * m_product.width + column)];
    }
    llvm::Value* at(const Box& box, std::int64_t elements) const
    {
        return m_builder.CreateGEP(box.element, box.begin, m_builder.getInt64(std::uint64_t(m_channel + elements)));
    }
    llvm::Value* sumAt(std::int64_t result, std::size_t quarter) const
    {
        return at(m_boxes[2], result * m_boxes[2].stride(2) + std::int64_t(quarter) * m_vectors.lanes());
    }

    // To the sums of all results in whose windows the column is.
    void addColumn(std::int64_t row, std::int64_t column)
    {
        Quads quads;
        bool isRead = false;
        for (std::int64_t w = m_product.width - 1; w >= 0; --w) {
            const std::int64_t begin = column - w;
            if (begin < 0 || begin % m_product.stride != 0 || begin / m_product.stride >= m_product.m)
                continue;
            if (!std::exchange(isRead, true))
                quads = read(m_boxes[0], row, column);
            Quads& sums = m_sums[std::size_t(begin / m_product.stride)];
            for (std::size_t i = 0; i < sums.size(); ++i) {
                if (row == 0 && w == 0)
                    sums[i] = m_builder.CreateAlignedLoad(m_vectors.type(), sumAt(begin / m_product.stride, i),
                                                          llvm::Align(4));
                sums[i] = m_vectors.add(sums[i], quads[i], weights(row, w)[i]);
            }
        }
    }
    void store(std::int64_t result)
    {
        for (std::size_t i = 0; i < m_excess.size(); ++i)
            m_builder.CreateAlignedStore(m_builder.CreateSub(m_sums[std::size_t(result)][i], m_excess[i]),
                                         sumAt(result, i), llvm::Align(4));
    }

    llvm::IRBuilder<>& m_builder;
    DepthwiseProduct m_product;
    const std::vector<Box>& m_boxes;
    std::int64_t m_channel;
    Interleaving m_interleaving;
    DotVectors m_vectors;
    std::vector<Quads> m_weights;
    std::vector<Quads> m_sums;  // of each result
    Quads m_excess;
};

// Whether the primitive has instructions for it; else its description is emitted.
bool Emitter::emitDepthwise(const IntrinsicCall& call, const DepthwiseProduct& product)
{
    const std::vector<Box> boxes = this->boxes(call);
    const bool isSideBySide = std::all_of(boxes.begin(), boxes.end(),
                                          [](const Box& box) { return box.stride(1) == 1; });
    if (boxes.empty() || !isSideBySide || product.n % Interleaving::laneBytes != 0)
        return false;
    std::int64_t channel = 0;
    for (int bytes = vectorBytes(m_module.target.isa); bytes >= Interleaving::laneBytes; bytes /= 2)
        for (; product.n - channel >= bytes; channel += bytes)
            DepthwiseTile(m_builder, product, boxes, channel, bytes).emit();
    return true;
}

}  // namespace strata
