// Calls of primitives that are dot products of bytes (core/analysis/dot_product.h).
//
// The sums of the whole tile stay in registers while k runs: each group of four neighbours in a row is broadcast as one
// word and meets the vectors of b, each of which serves all rows. Which instructions that takes is settled later
// (dot_instructions.h).
#include "backends/llvm/codegen/dot_instructions.h"
#include "backends/llvm/codegen/emitter.h"

namespace strata {

namespace {

// Columns that one register holds.
struct Register {
    DotVectors vectors;
    std::int64_t column;
};

// Registers that cover so many columns, the widest first: 24 is 16 and 8.
std::vector<Register> registersFor(llvm::IRBuilder<>& builder, const DotProduct& dot, int widest)
{
    std::vector<Register> registers;
    std::int64_t column = 0;
    for (int width = widest; width >= 4; width /= 2)
        for (; dot.n - column >= width; column += width)
            registers.push_back({DotVectors(builder, dot.left == DType::I8, width), column});
    return registers;
}

}  // namespace

class Emitter::DotTile {
public:
    DotTile(llvm::IRBuilder<>& builder, const DotProduct& dot, std::vector<Box> boxes, int widest)
        : m_builder(builder)
        , m_dot(dot)
        , m_a(boxes[0])
        , m_b(boxes[1])
        , m_c(boxes[2])
        , m_registers(registersFor(builder, dot, widest))
    {
    }

    void load();
    void loop(llvm::BasicBlock* head, llvm::BasicBlock* after);
    void store();

private:
    struct Sum {
        llvm::Value* value = nullptr;  // when the loop begins, then when it ends
        llvm::PHINode* running = nullptr;
    };
    llvm::Value* at(const Box& box, std::int64_t elements) const
    {
        return m_builder.CreateGEP(box.element, box.begin, m_builder.getInt64(std::uint64_t(elements)));
    }
    llvm::Value* placeOf(std::int64_t row, const Register& r) const { return at(m_c, row * m_c.stride(2) + r.column); }
    // What is `elements` from the beginning, moved by `step` for each group of terms.
    llvm::Value* moving(const Box& box, std::int64_t elements, std::int64_t step) const
    {
        auto* moved = m_builder.CreateMul(m_counter, m_builder.getInt64(std::uint64_t(step)));
        return m_builder.CreateGEP(box.element, m_builder.CreateGEP(box.element, box.begin, moved),
                                   m_builder.getInt64(std::uint64_t(elements)));
    }
    void addGroup();
    Sum& sum(std::int64_t row, std::size_t r) { return m_sums[std::size_t(row) * m_registers.size() + r]; }

    llvm::IRBuilder<>& m_builder;
    DotProduct m_dot;
    Box m_a, m_b, m_c;
    std::vector<Register> m_registers;
    std::vector<Sum> m_sums;  // row by row, then the excess of each register
    llvm::PHINode* m_counter = nullptr;
};

void Emitter::DotTile::load()
{
    for (std::int64_t row = 0; row < m_dot.m; ++row)
        for (const Register& r : m_registers)
            m_sums.push_back({m_builder.CreateAlignedLoad(r.vectors.type(), placeOf(row, r), llvm::Align(4)), nullptr});
    for (const Register& r : m_registers)
        m_sums.push_back({llvm::Constant::getNullValue(r.vectors.type()), nullptr});
}

void Emitter::DotTile::addGroup()
{
    std::vector<llvm::Value*> columns;
    for (std::size_t r = 0; r < m_registers.size(); ++r) {
        DotVectors& vectors = m_registers[r].vectors;
        auto* begin = moving(m_b, m_registers[r].column * DotProduct::group, m_b.stride(3));
        columns.push_back(m_builder.CreateAlignedLoad(vectors.type(), begin, llvm::Align(1)));
        Sum& excess = sum(m_dot.m, r);
        excess.value = vectors.addExcess(excess.running, columns[r]);
    }
    for (std::int64_t row = 0; row < m_dot.m; ++row) {
        auto* begin = moving(m_a, row * m_dot.stride * m_a.stride(2), DotProduct::group);
        auto* word = m_builder.CreateAlignedLoad(m_builder.getInt32Ty(), begin, llvm::Align(1));
        for (std::size_t r = 0; r < m_registers.size(); ++r) {
            DotVectors& vectors = m_registers[r].vectors;
            auto* left = m_builder.CreateVectorSplat(unsigned(vectors.lanes()), word);
            sum(row, r).value = vectors.add(sum(row, r).running, left, columns[r]);
        }
    }
}

void Emitter::DotTile::loop(llvm::BasicBlock* head, llvm::BasicBlock* after)
{
    auto* before = m_builder.GetInsertBlock();
    m_builder.CreateBr(head);
    m_builder.SetInsertPoint(head);
    m_counter = m_builder.CreatePHI(m_builder.getInt64Ty(), 2, "k");
    m_counter->addIncoming(m_builder.getInt64(0), before);
    for (Sum& sum : m_sums) {
        sum.running = m_builder.CreatePHI(sum.value->getType(), 2);
        sum.running->addIncoming(sum.value, before);
    }
    addGroup();
    auto* next = m_builder.CreateAdd(m_counter, m_builder.getInt64(1), "", true, true);
    m_counter->addIncoming(next, head);
    for (Sum& sum : m_sums)
        sum.running->addIncoming(sum.value, head);
    const auto groups = std::uint64_t(m_dot.k / DotProduct::group);
    m_builder.CreateCondBr(m_builder.CreateICmpSLT(next, m_builder.getInt64(groups)), head, after);
    m_builder.SetInsertPoint(after);
}

void Emitter::DotTile::store()
{
    for (std::int64_t row = 0; row < m_dot.m; ++row)
        for (std::size_t r = 0; r < m_registers.size(); ++r)
            m_builder.CreateAlignedStore(m_builder.CreateSub(sum(row, r).value, sum(m_dot.m, r).value),
                                         placeOf(row, m_registers[r]), llvm::Align(4));
}

// The boxes of a call's arguments; empty where a stride is no number, as those of rows as long as a size says.
std::vector<Emitter::Box> Emitter::boxes(const IntrinsicCall& call)
{
    std::vector<Box> boxes;
    for (const auto& argument : call.arguments) {
        const Storage* buffer = storage(argument.buffer);
        if (!buffer)
            return {};
        Box box{memoryType(buffer->buffer.type.dtype), nullptr, {}};
        for (const ExprPtr& stride : buffer->strides) {
            const auto elements = number(stride);
            if (!elements)
                return {};
            box.strides.push_back(*elements);
        }
        boxes.push_back(std::move(box));
    }
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        const Storage& buffer = *storage(call.arguments[i].buffer);
        boxes[i].begin = address(buffer, offset(buffer, call.arguments[i].begin));
    }
    return boxes;
}

// Whether the primitive has instructions for it; else its description is emitted.
bool Emitter::emitDotProduct(const IntrinsicCall& call, const DotProduct& dot)
{
    const std::vector<Box> boxes = this->boxes(call);
    if (boxes.empty() || dot.n % 4 != 0 || boxes[1].stride(2) != DotProduct::group)
        return false;
    DotTile tile(m_builder, dot, boxes, vectorBytes(m_module.target.isa) / 4);
    tile.load();
    auto* head = newBlock("dot");
    tile.loop(head, newBlock("end"));
    tile.store();
    return true;
}

}  // namespace strata
