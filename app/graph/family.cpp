#include "app/graph/family.h"

#include "core/operators/operator.h"

#include <algorithm>
#include <map>
#include <string>

namespace strata {

namespace {

const std::map<std::string, Family>& named()
{
    static const std::map<std::string, Family> table = [] {
        std::map<std::string, Family> families;
        const auto put = [&families](Family family, std::initializer_list<const char*> names) {
            for (const char* name : names)
                families[name] = family;
        };
        put(Family::Product, {"Attention", "Einsum", "FusedMatMul", "GRU", "Gemm", "LSTM", "MatMul", "MatMulInteger",
                              "MatMulNBits", "MultiHeadAttention", "QLinearMatMul", "RNN"});
        put(Family::Convolution, {"Conv", "ConvInteger", "ConvTranspose", "DeformConv", "QLinearConv"});
        put(Family::Norm, {"BatchNormalization", "GroupNormalization", "InstanceNormalization", "LRN",
                           "LayerNormalization", "LogSoftmax", "LpNormalization", "MeanVarianceNormalization",
                           "RMSNormalization", "SimplifiedLayerNormalization", "SkipLayerNormalization", "Softmax"});
        put(Family::Pool, {"AveragePool", "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "LpPool", "MaxPool"});
        put(Family::Lookup,
            {"Gather", "GatherElements", "GatherND", "OneHot", "Scatter", "ScatterElements", "ScatterND", "TopK"});
        put(Family::Layout,
            {"Cast",    "CastLike",     "Concat", "ConstantOfShape", "DepthToSpace", "Dropout",   "Expand",
             "Flatten", "Identity",     "Pad",    "Range",           "Reshape",      "Shape",     "Size",
             "Slice",   "SpaceToDepth", "Split",  "Squeeze",         "Tile",         "Transpose", "Unsqueeze"});
        return families;
    }();
    return table;
}

}  // namespace

Family familyOf(const GraphNode& node)
{
    if (const auto found = named().find(node.op); found != named().end())
        return found->second;
    if (node.isCall())
        return Family::Other;
    if (node.op.starts_with("Reduce") || node.op.starts_with("Arg"))
        return Family::Pool;
    const Operator* known = findOperator(node);
    return known && known->pattern <= Pattern::Broadcast ? Family::Elementwise : Family::Other;
}

Family familyOf(const Module& module, const GraphNode& node)
{
    const FunctionPtr callee = node.isCall() ? module.find(node.callee) : nullptr;
    if (!callee || !callee->graph())
        return familyOf(node);
    Family first = Family::Other;
    for (const GraphNodePtr& inner : callee->graph()->nodes)
        first = std::min(first, inner->isCall() ? Family::Other : familyOf(*inner));
    return first;
}

}  // namespace strata
