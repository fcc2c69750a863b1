#include "core/operators/lower.h"

#include "core/index/sizes.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace strata {

std::string Names::fresh(const std::string& base)
{
    std::string name = freshName(
        base, [&](const std::string& n) { return m_used.count(n) != 0 || m_iterators.count(n) != 0; });
    m_used.insert(name);
    return name;
}

std::string Names::buffer(const std::string& base) { return fresh(identifier(base)); }

std::string Names::block(const std::string& base)
{
    std::string name = freshName(base, [&](const std::string& n) { return m_blocks.count(n) != 0; });
    m_blocks.insert(name);
    return name;
}

std::string Names::loop(const std::string& axis, const std::string& block, bool plain)
{
    return !plain || m_used.count(axis) || m_iterators.count(axis) ? fresh(axis + "_" + block) : fresh(axis);
}

std::string Names::iterator(const std::string& axis)
{
    std::string name = "v" + axis;
    while (m_used.count(name))
        name += "_";
    m_iterators.insert(name);
    return name;
}

std::string identifier(const std::string& name)
{
    static const std::set<std::string> words{
        "def",  "for",  "in",   "with", "return", "if",     "else", "and",  "or",    "not", "alloc", "block", "grid",
        "init", "call", "view", "copy", "const",  "module", "let",  "True", "False", "inf", "nan",   "_"};
    std::string result = name;
    for (char& c : result)
        if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_')
            c = '_';
    if (result.empty() || std::isdigit(static_cast<unsigned char>(result[0])))
        result.insert(0, "v");
    return words.count(result) ? result + "_" : result;
}

std::int64_t TensorRef::count() const
{
    std::int64_t result = 1;
    for (std::int64_t size : numbers())
        result *= size;
    return result;
}

std::int64_t TensorRef::number(std::int64_t dimension) const
{
    const Dim& dim = shape.at(std::size_t(dimension < 0 ? dimension + rank() : dimension));
    if (dim.isConstant())
        return dim.constant();
    if (!asked->refused)
        asked->refused = dim;
    return 1;
}

Integers TensorRef::numbers() const
{
    Integers result;
    for (std::int64_t d = 0; d < rank(); ++d)
        result.push_back(number(d));
    return result;
}

TensorRef TensorRef::without(Integers dimensions) const
{
    TensorRef result = *this;
    result.leftOut = std::move(dimensions);
    return result;
}

Indices TensorRef::place(const Indices& indices) const
{
    Indices result = indices;
    for (std::int64_t dimension : leftOut)
        result.insert(result.begin() + dimension, intConst(0));
    return result;
}

ExprPtr TensorRef::stretched(std::size_t dimension, const ExprPtr& index, const Dim& size) const
{
    if (shape[dimension] == size)
        return index;
    if (shape[dimension] == Dim(1))
        return intConst(0);
    const Dim& open = shape[dimension].isConstant() ? size : shape[dimension];
    if (!open.isConstant() && !asked->refused)  // it may be 1 or not
        asked->refused = open;
    return index;
}

Value TensorRef::broadcast(const Indices& indices, const Shape& result) const
{
    const std::size_t shift = indices.size() - shape.size();
    Indices at;
    for (std::size_t i = 0; i < shape.size(); ++i)
        at.push_back(stretched(i, indices[shift + i], result[shift + i]));
    return (*this)(at);
}

std::vector<std::string> axisNames(std::size_t rank)
{
    switch (rank) {
    case 0: return {};
    case 1: return {"i"};
    case 2: return {"i", "j"};
    case 3: return {"i", "j", "k"};
    case 4: return {"n", "c", "y", "x"};
    case 5: return {"n", "c", "z", "y", "x"};
    default: break;
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < rank; ++i)
        names.push_back("i" + std::to_string(i));
    return names;
}

ExprPtr dataIndex(const Value& index, const Dim& size)
{
    if (isConst(index.expr) && size.isConstant()) {
        const std::int64_t number = index.expr->i < 0 ? index.expr->i + size.constant() : index.expr->i;
        if (number >= 0 && number < size.constant())
            return intConst(number);
    }
    const ExprPtr limit = toExpr(size);
    const Value i = cast(DType::I64, index);
    return checked(isSigned(index.type()) ? select(i < 0, i + Value(limit), i).expr : i.expr, limit);
}

Value dataCount(const Value& count, std::int64_t most)
{
    return Value(checked(cast(DType::I64, count).expr, intConst(most + 1)));
}

Value countOf(const Axes& axes, DType type)
{
    Dim count = 1;
    for (const Axis& axis : axes)
        count = count * axis.extent;
    return count.isConstant() ? constantOf(type, double(count.constant())) : cast(type, Value(toExpr(count)));
}

Axes TensorRef::axes() const { return axes(axisNames(shape.size())); }

Axes TensorRef::axes(const std::vector<std::string>& names) const
{
    Axes result;
    for (std::size_t i = 0; i < shape.size(); ++i)
        result.push_back({names.at(i), shape[i]});
    return result;
}

DType accumulatorType(DType type) { return isShortFloat(type) ? DType::F32 : type; }

std::optional<Value> LowerContext::literal(std::size_t i) const
{
    if (!given(i) || !in.constant || elementCount(input(i).shape) != 1)
        return std::nullopt;
    std::optional<Tensor> tensor = in.constant(i);
    if (!tensor || tensor->count() != 1)
        return std::nullopt;
    const DType type = tensor->type.dtype;
    if (type == DType::String)
        return Value(textConst(tensor->strings[0]));
    return isInteger(type) ? Value(intConst(tensor->integerAt(0), type)) : constantOf(type, tensor->at(0));
}

Value LowerContext::scalar(std::size_t i) const
{
    if (std::optional<Value> value = literal(i))
        return *value;
    return input(i)(Indices(input(i).shape.size(), intConst(0)));
}

LowerContext::LowerContext(const InferContext& in, std::vector<TensorRef> inputs, std::vector<TensorRef> outputs,
                           Names& names, Body& body)
    : in(in)
    , m_inputs(std::move(inputs))
    , m_outputs(std::move(outputs))
    , m_names(names)
    , m_body(&body)
{
    for (std::vector<TensorRef>* refs : {&m_inputs, &m_outputs})
        for (TensorRef& ref : *refs)
            ref.asked = m_asked;
}

TensorRef LowerContext::local(const std::string& base, DType dtype, Shape shape)
{
    TensorRef result{m_names.buffer(base), dtype, std::move(shape), m_asked};
    m_body->push_back(makeStmt(Alloc{{result.name, {dtype, result.shape, true}, Scope::Global}}));
    return result;
}

// Emits loops over spatial then inner axes around one block; `fill` writes the block's statements over its iterators.
void LowerContext::emit(const std::string& blockName, const Axes& spatial, const Axes& inner, IterKind kind,
                        const std::function<void(const Indices&, const Indices&, Block&)>& fill)
{
    Block block;
    block.name = m_names.block(blockName);
    if (m_sequence)
        block.iters.push_back(*m_sequence);
    std::vector<Loop> loops;
    Indices at, over;
    auto add = [&](const Axis& axis, IterKind iterKind, Indices& indices) {
        const std::string loop = m_names.loop(axis.name, block.name, m_plainLoops),
                          iterator = m_names.iterator(axis.name);
        loops.push_back({loop, toExpr(axis.extent), LoopKind::Serial, {}, {}, {}});
        block.iters.push_back({iterator, iterKind, toExpr(axis.extent), var(loop)});
        indices.push_back(var(iterator));
    };
    for (const Axis& axis : spatial)
        add(axis, IterKind::Spatial, at);
    for (const Axis& axis : inner)
        add(axis, kind, over);
    fill(at, over, block);
    StmtPtr stmt = makeStmt(std::move(block));
    for (std::size_t i = loops.size(); i-- > 0;) {
        loops[i].body = {stmt};
        stmt = makeStmt(std::move(loops[i]));
    }
    m_body->push_back(std::move(stmt));
}

void LowerContext::compute(const std::string& block, const TensorRef& out, const Axes& axes, const Element& element)
{
    computeRegion(block, out, axes, Shape(axes.size()), element);
}

void LowerContext::prepare(const std::string& block, const TensorRef& out, const Element& element)
{
    m_plainLoops = false;
    compute(block, out, element);
    m_plainLoops = true;
}

void LowerContext::computeRegion(const std::string& block, const TensorRef& out, const Axes& axes, const Shape& offset,
                                 const Element& element)
{
    auto moved = [&](const Indices& at) {
        Indices target;
        for (std::size_t i = 0; i < at.size(); ++i)
            target.push_back(at[i] + toExpr(offset[i]));
        return target;
    };
    computeAt(block, out, axes, moved, element);
}

void LowerContext::computeAt(const std::string& block, const TensorRef& out, const Axes& axes,
                             const std::function<Indices(const Indices&)>& target, const Element& element)
{
    emit(block, axes, {}, IterKind::Spatial, [&](const Indices& at, const Indices&, Block& b) {
        b.body.push_back(makeStmt(Store{out.name, out.place(target(at)), element(at).expr}));
    });
}

bool LowerContext::mayBeEmpty(const Axes& axes) const
{
    return std::any_of(axes.begin(), axes.end(), [this](const Axis& axis) {
        const std::optional<SizeFact> fact = axis.extent.isConstant() ? std::nullopt : factOf(axis.extent, in.facts);
        return fact && fact->least == 0;
    });
}

void LowerContext::reduce(const std::string& block, const TensorRef& out, const Axes& axes, const Axes& over,
                          const Value& init, const Update& update)
{
    const DType wide = init.type();
    if (wide != out.dtype) {
        Shape extents;
        for (const Axis& axis : axes)
            extents.push_back(axis.extent);
        const TensorRef accumulator = local(out.name + "_wide", wide, extents);
        reduce(block, accumulator, axes, over, init, update);
        compute(block + "_round", out, axes, [&](const Indices& at) { return cast(out.dtype, accumulator(at)); });
        return;
    }
    if (std::any_of(over.begin(), over.end(), [](const Axis& axis) { return axis.extent == Dim(0); })) {
        compute(block, out, axes, [&](const Indices&) { return init; });
        return;
    }
    if (over.empty()) {
        compute(block, out, axes, [&](const Indices& at) { return update(at, {}, init); });
        return;
    }
    if (mayBeEmpty(over)) {  // then no iteration of the reduction would write what it begins with
        compute(block + "_begin", out, axes, [&](const Indices&) { return init; });
        emit(block, axes, over, IterKind::Reduce, [&](const Indices& at, const Indices& inner, Block& b) {
            b.body.push_back(makeStmt(Store{out.name, out.place(at), update(at, inner, out(at)).expr}));
        });
        return;
    }
    emit(block, axes, over, IterKind::Reduce, [&](const Indices& at, const Indices& inner, Block& b) {
        b.init.push_back(makeStmt(Store{out.name, out.place(at), init.expr}));
        b.body.push_back(makeStmt(Store{out.name, out.place(at), update(at, inner, out(at)).expr}));
    });
}

void LowerContext::ordered(const std::string& block, const Axes& axes, const Axes& steps, const Writes& writes)
{
    emit(block, axes, steps, IterKind::Ordered, [&](const Indices& at, const Indices& step, Block& b) {
        for (const Write& write : writes(at, step))
            b.body.push_back(makeStmt(Store{write.out->name, write.at, write.value.expr}));
    });
}

void LowerContext::sequence(const Axis& steps, const std::function<void()>& body)
{
    const std::string loop = m_names.loop(steps.name, "steps", true), iterator = m_names.iterator(steps.name);
    Body inner;
    Body* const outer = std::exchange(m_body, &inner);
    m_sequence = BlockIter{iterator, IterKind::Ordered, toExpr(steps.extent), var(loop)};
    m_step = var(iterator);
    body();
    m_sequence.reset();
    m_step = nullptr;
    m_body = outer;
    m_body->push_back(makeStmt(Loop{loop, toExpr(steps.extent), LoopKind::Serial, {}, std::move(inner), {}}));
}

}  // namespace strata
