// Calls of library routines: what their code takes for granted about shapes and attributes.
//
//   matmul   c[..., m, n] = a[..., m, k] b[..., k, n] (+ row[n]); b is one matrix, or has a's batch; transA and transB
//            where all are matrices.
//   conv     y[n, o, :, :] over x[n, c, :, :] and w[o, c / group, :, :] (+ row[o]), by ONNX's formula for the size.
//
// All are dense float32 tensors of constant shape.
#include "core/verify/parts.h"

#include <algorithm>

namespace strata {

namespace {

using Integers = std::vector<std::int64_t>;

class RoutineVerifier {
public:
    RoutineVerifier(const LibraryCall& call, const std::vector<TensorType>& inputs,
                    const std::vector<TensorType>& outputs)
        : m_call(call)
        , m_inputs(inputs)
        , m_outputs(outputs)
    {
    }

    // What is wrong, as the end of a sentence; empty if nothing is.
    std::string run() const
    {
        static const std::set<std::string> known{"onednn.conv", "onednn.matmul", "openblas.matmul"};
        if (!known.count(m_call.callee))
            return "is no routine that anybody provides; there are onednn.conv, onednn.matmul and openblas.matmul";
        if (m_inputs.size() < 2 || m_inputs.size() > 3 || m_outputs.size() != 1)
            return "takes two tensors, perhaps a bias, and one result";
        for (const auto* list : {&m_inputs, &m_outputs})
            for (const TensorType& type : *list)
                if (type.dtype != DType::F32 || !type.ranked || !isConstant(type.shape))
                    return "takes float32 tensors of constant shape, but is given " + toString(type);
        if (const auto found = m_call.attributes.find("epilogue"); found != m_call.attributes.end())
            if (const auto* text = std::get_if<std::string>(&found->second);
                !text || (!text->empty() && *text != "relu"))
                return "knows only the epilogue \"relu\"";
        return m_call.callee.ends_with(".conv") ? convolution() : matmul();
    }

private:
    std::int64_t flag(const char* name, std::int64_t fallback = 0) const
    {
        const auto found = m_call.attributes.find(name);
        const auto* value = found == m_call.attributes.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
        return value ? *value : fallback;
    }
    Integers list(const char* name, Integers fallback) const
    {
        const auto found = m_call.attributes.find(name);
        const auto* value = found == m_call.attributes.end() ? nullptr : std::get_if<Integers>(&found->second);
        return value ? *value : fallback;
    }
    std::string matmul() const;
    std::string convolution() const;
    std::string bias(std::int64_t size) const;
    std::string makes(const Integers& shape) const;

    const LibraryCall& m_call;
    const std::vector<TensorType>&m_inputs, &m_outputs;
};

std::string RoutineVerifier::makes(const Integers& shape) const
{
    return constants(m_outputs[0].shape) == shape
               ? std::string()
               : "makes f32" + toString(toShape(shape)) + " of these, not " + toString(m_outputs[0]);
}

// Ones, then the size.
std::string RoutineVerifier::bias(std::int64_t size) const
{
    if (m_inputs.size() < 3)
        return {};
    const Integers shape = constants(m_inputs[2].shape);
    const bool row = !shape.empty() && shape.back() == size
                     && std::all_of(shape.begin(), shape.end() - 1, [](std::int64_t n) { return n == 1; });
    return row ? std::string() : "adds a row of " + std::to_string(size) + ", but is given " + toString(m_inputs[2]);
}

std::string RoutineVerifier::matmul() const
{
    Integers a = constants(m_inputs[0].shape), b = constants(m_inputs[1].shape);
    if (a.size() < 2 || b.size() < 2)
        return "multiplies matrices";
    const bool ta = flag("transA") != 0, tb = flag("transB") != 0;
    if ((ta || tb) && (a.size() > 2 || b.size() > 2))
        return "transposes single matrices only";
    if (ta)
        std::swap(a[0], a[1]);
    if (tb)
        std::swap(b[0], b[1]);
    if (a.back() != b[b.size() - 2])
        return "multiplies rows of " + std::to_string(a.back()) + " by columns of " + std::to_string(b[b.size() - 2]);
    if (b.size() > 2 && !(a.size() == b.size() && std::equal(a.begin(), a.end() - 2, b.begin())))
        return "takes one matrix on the right, or as many as on the left";
    Integers c = a;
    c.back() = b.back();
    const std::string wrong = bias(b.back());
    return wrong.empty() ? makes(c) : wrong;
}

std::string RoutineVerifier::convolution() const
{
    const Integers x = constants(m_inputs[0].shape), w = constants(m_inputs[1].shape);
    if (x.size() != 4 || w.size() != 4)
        return "convolves two dimensions";
    const Integers strides = list("strides", {1, 1}), dilations = list("dilations", {1, 1}),
                   pads = list("pads", {0, 0, 0, 0});
    const std::int64_t group = flag("group", 1);
    const auto below = [](std::int64_t least) { return [least](std::int64_t n) { return n < least; }; };
    if (strides.size() != 2 || dilations.size() != 2 || pads.size() != 4 || group < 1
        || std::any_of(strides.begin(), strides.end(), below(1))
        || std::any_of(dilations.begin(), dilations.end(), below(1)) || std::any_of(pads.begin(), pads.end(), below(0)))
        return "needs two positive strides and dilations, four pads, and a positive group";
    if (w[1] * group != x[1] || w[0] % group != 0)
        return "has weights for " + std::to_string(w[1] * group) + " channels in " + std::to_string(group)
               + " groups, but the input has " + std::to_string(x[1]);
    Integers y{x[0], w[0], 0, 0};
    for (std::size_t d = 0; d < 2; ++d) {
        const std::int64_t room = x[2 + d] + pads[d] + pads[2 + d] - dilations[d] * (w[2 + d] - 1) - 1;
        if (room < 0)
            return "has a window that is larger than the padded input";
        y[2 + d] = room / strides[d] + 1;
    }
    const std::string wrong = bias(w[0]);
    return wrong.empty() ? makes(y) : wrong;
}

}  // namespace

std::string wrongRoutineCall(const LibraryCall& call, const std::vector<TensorType>& inputs,
                             const std::vector<TensorType>& outputs)
{
    return RoutineVerifier(call, inputs, outputs).run();
}

}  // namespace strata
