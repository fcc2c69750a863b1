// How an operator's definition writes its loops: buffers, blocks over spatial and reduction axes, and values.
//
//   ctx.compute("relu", y, [&](const Indices& at) { return maximum(x(at), 0.0); });
//   ctx.reduce("dense", y, {{"k", 784}}, 0.0, [&](const Indices& at, const Indices& k, const Value& sum) {
//       return fma(x({at[0], k[0]}), w({k[0], at[1]}), sum); });
//
// Every buffer is written by one block (or by several that write disjoint parts), so that blocks can be inlined, moved
// and fused. Loops are named by their axes (`i`, or `i_relu` where `i` is taken), block iterators `vi`; names are
// unique in the function.
#pragma once

#include "core/elementary/value.h"
#include "core/operators/operator.h"
#include "core/operators/rules.h"

#include <set>

namespace strata {

using Indices = std::vector<ExprPtr>;

struct Axis {
    std::string name;
    Dim extent = 1;
};
using Axes = std::vector<Axis>;

// Unique names of a loops function that is being built.
class Names {
public:
    std::string buffer(const std::string& base);
    std::string block(const std::string& base);
    std::string loop(const std::string& axis, const std::string& block,
                     bool plain);  // `axis` if it is free and plain is wanted
    std::string iterator(const std::string& axis);
    void reserve(const std::set<std::string>& names) { m_used.insert(names.begin(), names.end()); }

private:
    std::string fresh(const std::string& base);
    std::set<std::string> m_used;  // buffers, loops
    std::set<std::string> m_iterators;
    std::set<std::string> m_blocks;
};

// A value's name as an identifier of the text form.
std::string identifier(const std::string& name);

// The first dimension that a definition needed as a number and that is a size. Such loops hold for no size, and are
// refused when the definition is done: until then the dimension counts as 1.
struct AskedNumbers {
    std::optional<Dim> refused;
};

// A buffer as a definition sees it: reads by call. Its dimensions are numbers or sizes (core/index/sizes.h); loops that
// speak of `shape` hold for all sizes, those that need number(d) only where it is one.
struct TensorRef {
    std::string name;
    DType dtype = DType::F32;
    Shape shape;
    std::shared_ptr<AskedNumbers> asked;
    Integers leftOut = {};  // dimensions that indices do not speak of, ascending

    std::int64_t rank() const { return std::int64_t(shape.size()); }
    std::int64_t number(std::int64_t dimension) const;  // from the end if negative
    Integers numbers() const;
    std::int64_t count() const;
    Value operator()(const Indices& indices) const { return load(name, dtype, place(indices)); }
    // The same buffer addressed without some dimensions of size 1 (a reduction that keeps them).
    TensorRef without(Integers dimensions) const;
    Indices place(const Indices& indices) const;  // puts 0 where a dimension is left out
    // `index` in the dimension, where a result has `size` there: 0 where the one element is stretched.
    ExprPtr stretched(std::size_t dimension, const ExprPtr& index, const Dim& size) const;
    // Numpy's broadcasting: aligned at the last axis of a result of shape `result`.
    Value broadcast(const Indices& indices, const Shape& result) const;
    Axes axes() const;  // i, j, k ...; n, c, y, x for rank 4
    Axes axes(const std::vector<std::string>& names) const;
};

// An index of a dimension of `size` that is data: negative ones count from the end; outside it is an error of the run.
ExprPtr dataIndex(const Value& index, const Dim& size);
// A count that is data, from 0 to `most`; outside it is an error of the run.
Value dataCount(const Value& count, std::int64_t most);

// How many iterations the axes have together, as a value of this type.
Value countOf(const Axes& axes, DType type);
// Names for the axes of a tensor of which nothing else is known.
std::vector<std::string> axisNames(std::size_t rank);
// Reductions of f16 and bf16 accumulate in f32.
DType accumulatorType(DType type);

class LowerContext {
public:
    using Element = std::function<Value(const Indices& at)>;
    using Update = std::function<Value(const Indices& at, const Indices& over, const Value& accumulated)>;

    LowerContext(const InferContext& in, std::vector<TensorRef> inputs, std::vector<TensorRef> outputs, Names& names,
                 Body& body);

    const InferContext& in;
    const GraphNode& node() const { return in.node; }

    const TensorRef& input(std::size_t i) const { return m_inputs.at(i); }
    std::size_t inputCount() const { return m_inputs.size(); }
    bool given(std::size_t i) const { return strata::given(in, i); }
    const TensorRef& output(std::size_t i = 0) const { return m_outputs.at(i); }
    bool wanted(std::size_t i) const { return i < node().outputs.size() && !node().outputs[i].name.empty(); }
    // A one-element input: a literal if its value is known, else a read.
    Value scalar(std::size_t i) const;
    std::optional<Value> literal(std::size_t i) const;

    // A size that the definition needed as a number.
    std::optional<Dim> refused() const { return m_asked->refused; }

    // A buffer between blocks.
    TensorRef local(const std::string& base, DType dtype, Shape shape);
    TensorRef local(const std::string& base, DType dtype, const Integers& shape)
    {
        return local(base, dtype, toShape(shape));
    }
    TensorRef local(const std::string& base, DType dtype, std::initializer_list<Dim> shape)
    {
        return local(base, dtype, Shape(shape));
    }
    TensorRef local(const std::string& base, const TensorRef& like) { return local(base, like.dtype, like.shape); }

    // out[at] = element(at) for all indices.
    void compute(const std::string& block, const TensorRef& out, const Element& element)
    {
        compute(block, out, out.axes(), element);
    }
    void compute(const std::string& block, const TensorRef& out, const Axes& axes, const Element& element);
    // The same for a block that prepares an operand (pads, say): its loops carry its name, so that the main block's get
    // the plain names.
    void prepare(const std::string& block, const TensorRef& out, const Element& element);
    // out[at + offset] = element(at) for a box of `axes`.
    void computeRegion(const std::string& block, const TensorRef& out, const Axes& axes, const Shape& offset,
                       const Element& element);

    // out[target(at)] = element(at).
    void computeAt(const std::string& block, const TensorRef& out, const Axes& axes,
                   const std::function<Indices(const Indices&)>& target, const Element& element);

    // out[at] = init, then for all `over`: out[at] = update(at, over, out[at]). Half floats accumulate in an f32 buffer
    // that is rounded at the end; `accumulated` has that type, and so must what update returns.
    void reduce(const std::string& block, const TensorRef& out, const Axes& over, const Value& init,
                const Update& update)
    {
        reduce(block, out, out.axes(), over, init, update);
    }
    void reduce(const std::string& block, const TensorRef& out, const Axes& axes, const Axes& over, const Value& init,
                const Update& update);

    // One block over spatial axes, then axes whose iterations run in order. The body says what it stores.
    struct Write {
        const TensorRef* out;
        Indices at;
        Value value;
    };
    using Writes = std::function<std::vector<Write>(const Indices& at, const Indices& step)>;
    void ordered(const std::string& block, const Axes& axes, const Axes& steps, const Writes& writes);

    // The blocks that `body` adds run once a step of one loop around them all, in order; step() is the step inside a
    // block. Locals are made outside, so that what one step leaves the next one finds.
    void sequence(const Axis& steps, const std::function<void()>& body);
    ExprPtr step() const { return m_step; }

private:
    bool mayBeEmpty(const Axes& axes) const;
    void emit(const std::string& block, const Axes& spatial, const Axes& inner, IterKind kind,
              const std::function<void(const Indices&, const Indices&, Block&)>& fill);

    std::vector<TensorRef> m_inputs, m_outputs;
    Names& m_names;
    Body* m_body;
    std::shared_ptr<AskedNumbers> m_asked = std::make_shared<AskedNumbers>();
    std::optional<BlockIter> m_sequence;  // the iterator that blocks inside sequence() have first
    ExprPtr m_step;
    bool m_plainLoops = true;
};

}  // namespace strata
