// The operators of ai.onnx.ml that prepare features and that are linear in them, by those of ai.onnx.
#include "core/onnx/expansions/feature.h"
#include "core/onnx/expansions/post_transform.h"

#include <algorithm>
#include <cmath>

namespace strata::onnx {

namespace {

using ::onnx::NodeProto;
using ::onnx::TensorProto;

Status scaler(Feature& f)
{
    std::string y = f.asFloat(f.function.input(0));
    if (const std::vector<float> offset = realsOf(f.node, "offset"); !offset.empty())
        y = f.write.add("Sub", {y, f.reals(offset)});
    if (const std::vector<float> scale = realsOf(f.node, "scale"); !scale.empty())
        y = f.write.add("Mul", {y, f.reals(scale)});
    f.give(y);
    return {};
}

Status normalizer(Feature& f)
{
    const std::string norm = wordOf(f.node, "norm", "MAX"), x = f.asFloat(f.function.input(0));
    const char* const op = norm == "L1" ? "ReduceL1" : norm == "L2" ? "ReduceL2" : "ReduceMax";
    if (norm != "L1" && norm != "L2" && norm != "MAX")
        return f.error("has the norm " + norm + "; it is MAX, L1 or L2.");
    const std::string size = f.lastAxis(op, x, true), zero = f.reals({0});
    f.give(f.write.add("Div", {x, f.write.add("Where", {f.write.add("Equal", {size, zero}), f.reals({1}), size})}));
    return {};
}

Status binarizer(Feature& f)
{
    const std::string x = f.function.input(0),
                      threshold = f.write.add("CastLike", {f.reals({realOf(f.node, "threshold", 0)}), x});
    f.give(f.write.add("CastLike", {f.write.add("Greater", {x, threshold}), x}));
    return {};
}

Status imputer(Feature& f)
{
    const std::string x = f.function.input(0);
    const std::vector<float> reals = realsOf(f.node, "imputed_value_floats");
    const std::vector<std::int64_t> whole = integersOf(f.node, "imputed_value_int64s");
    if (reals.empty() && whole.empty())
        return f.error("says no value to put in.");
    if (!whole.empty()) {
        const std::string replaced = f.write.add("Equal",
                                                 {x, f.write.integer(integerOf(f.node, "replaced_value_int64", 0))});
        f.give(f.write.add("Where",
                           {replaced, whole.size() == 1 ? f.write.integer(whole[0]) : f.write.integers(whole), x}));
        return {};
    }
    const float old = realOf(f.node, "replaced_value_float", 0);
    const std::string replaced = std::isnan(old)
                                     ? f.write.add("IsNaN", {x})
                                     : f.write.add("Equal", {x, f.write.add("CastLike", {f.reals({old}), x})});
    f.give(f.write.add("Where", {replaced, f.write.add("CastLike", {f.reals(reals), x}), x}));
    return {};
}

// Which columns of the last axis; of a row alone they become a row of a matrix.
Status arrayFeatureExtractor(Feature& f)
{
    if (f.function.input(1).empty())
        return f.error("leaves out which features.");
    const std::string indices = f.write.add("Reshape",
                                            {f.cast(f.function.input(1), TensorProto::INT64), f.write.integers({-1})});
    std::string y = f.write.add("Gather", {f.function.input(0), indices}, {attributeOf("axis", std::int64_t(-1))});
    const ValueType type = f.place.type(0);
    if (type.tensor.ranked && type.tensor.shape.size() == 1)
        y = f.write.add("Unsqueeze", {y, f.write.integers({0})});
    f.give(y);
    return {};
}

Status featureVectorizer(Feature& f)
{
    Names parts;
    for (int i = 0; i < f.node.input_size(); ++i)
        parts.push_back(f.asFloat(f.function.input(i)));
    f.give(f.write.add("Concat", parts, {attributeOf("axis", std::int64_t(1))}));
    return {};
}

Status oneHotEncoder(Feature& f)
{
    const std::vector<std::int64_t> whole = integersOf(f.node, "cats_int64s");
    const Names words = wordsOf(f.node, "cats_strings");
    if (whole.empty() && words.empty())
        return f.error("has no categories.");
    const std::string x = f.write.add(
        "Unsqueeze", {words.empty() ? f.cast(f.function.input(0), TensorProto::INT64) : f.function.input(0),
                      f.write.integers({-1})});
    f.give(f.asFloat(f.write.add("Equal", {x, words.empty() ? f.write.integers(whole) : f.words(words)})));
    return {};
}

// A list of a label encoder: integers, reals, words or a tensor.
std::string listOf(Feature& f, const std::string& name)
{
    if (const auto* tensor = findAttribute(f.node, name + "_tensor"))
        return f.write.constant(tensor->t());
    if (const Names words = wordsOf(f.node, name + "_strings"); !words.empty())
        return f.words(words);
    if (const std::vector<float> reals = realsOf(f.node, name + "_floats"); !reals.empty())
        return f.write.reals(reals, {std::int64_t(reals.size())});
    const std::vector<std::int64_t> whole = integersOf(f.node, name + "_int64s");
    return whole.empty() ? std::string() : f.write.integers(whole);
}

std::string otherwiseOf(Feature& f)
{
    if (const auto* tensor = findAttribute(f.node, "default_tensor"))
        return f.write.add("Squeeze", {f.write.constant(tensor->t()), f.write.integers({0})});
    if (!wordsOf(f.node, "values_strings").empty()) {
        TensorProto word;
        word.set_data_type(TensorProto::STRING);
        word.add_string_data(wordOf(f.node, "default_string", "_Unused"));
        return f.write.constant(word);
    }
    return realsOf(f.node, "values_floats").empty() ? f.write.integer(integerOf(f.node, "default_int64", -1))
                                                    : f.reals({realOf(f.node, "default_float", -0.0F)});
}

// Of each element the value whose key it equals, the first one, else the other.
void mapped(Feature& f, const std::string& equal, const std::string& values, const std::string& otherwise)
{
    const std::string number = f.cast(equal, TensorProto::INT64);
    const std::string place = f.write.add(
        "ArgMax", {number}, {attributeOf("axis", std::int64_t(-1)), attributeOf("keepdims", std::int64_t(0))});
    const std::string found = f.cast(f.lastAxis("ReduceMax", number, false), TensorProto::BOOL);
    f.give(f.write.add("Where", {found, f.write.add("Gather", {values, place}), otherwise}));
}

// Each element is looked for among the keys; a NaN equals a NaN.
Status labelEncoder(Feature& f)
{
    std::string keys = listOf(f, "keys"), values = listOf(f, "values");
    if (const Names classes = wordsOf(f.node, "classes_strings"); keys.empty() && !classes.empty()) {
        std::vector<std::int64_t> numbers;
        for (std::size_t i = 0; i < classes.size(); ++i)
            numbers.push_back(std::int64_t(i));
        keys = f.words(classes);
        values = f.write.integers(numbers);
    }
    if (keys.empty() || values.empty())
        return f.error("has no keys, or no values.");
    const auto* tensor = findAttribute(f.node, "keys_tensor");
    const bool isReal =
        !realsOf(f.node, "keys_floats").empty()
        || (tensor
            && (tensor->t().data_type() == TensorProto::FLOAT || tensor->t().data_type() == TensorProto::DOUBLE));
    const std::string x = f.write.add("Unsqueeze", {f.function.input(0), f.write.integers({-1})});
    std::string equal = f.write.add("Equal", {x, keys});
    if (isReal)
        equal = f.write.add("Or",
                            {equal, f.write.add("And", {f.write.add("IsNaN", {x}), f.write.add("IsNaN", {keys})})});
    mapped(f, equal, values, otherwiseOf(f));
    return {};
}

// X times the coefficients, a row each target.
Result<std::string> linear(Feature& f, std::int64_t targets)
{
    const std::vector<float> coefficients = realsOf(f.node, "coefficients"), intercepts = realsOf(f.node, "intercepts");
    if (targets < 1 || coefficients.empty() || std::int64_t(coefficients.size()) % targets != 0
        || (!intercepts.empty() && std::int64_t(intercepts.size()) != targets))
        return f.error("has " + std::to_string(coefficients.size()) + " coefficients and "
                       + std::to_string(intercepts.size()) + " intercepts for " + std::to_string(targets)
                       + " targets.");
    Names inputs{f.asFloat(f.function.input(0)),
                 f.write.reals(coefficients, {targets, std::int64_t(coefficients.size()) / targets})};
    if (!intercepts.empty())
        inputs.push_back(f.write.reals(intercepts, {targets}));
    return f.write.add("Gemm", inputs, {attributeOf("transB", std::int64_t(1))});
}

Status linearRegressor(Feature& f)
{
    STRATA_TRY(const std::string y, linear(f, integerOf(f.node, "targets", 1)));
    STRATA_TRY(const std::string result, transformed(f.write, y, wordOf(f.node, "post_transform", "NONE")));
    f.give(result);
    return {};
}

Status linearClassifier(Feature& f)
{
    const std::size_t labels = std::max(integersOf(f.node, "classlabels_ints").size(),
                                        wordsOf(f.node, "classlabels_strings").size()),
                      intercepts = realsOf(f.node, "intercepts").size();
    const bool isBinary = labels == 2 && intercepts == 1;
    STRATA_TRY(const std::string scores, linear(f, isBinary ? 1 : std::int64_t(labels)));
    const std::string transform = wordOf(f.node, "post_transform", "NONE");
    return isBinary ? writeBinary(f.write, f.node, scores, 0, true, transform, f.function)
                    : writeClasses(f.write, f.node, scores, transform, f.function);
}

// Words become numbers, or numbers words, by their place in two lists.
Status categoryMapper(Feature& f)
{
    const std::vector<std::int64_t> whole = integersOf(f.node, "cats_int64s");
    const Names words = wordsOf(f.node, "cats_strings");
    if (whole.empty() || words.size() != whole.size())
        return f.error("has " + std::to_string(words.size()) + " words for " + std::to_string(whole.size())
                       + " numbers.");
    const bool fromWords = f.place.type(0).tensor.dtype == DType::String;
    const std::string keys = fromWords ? f.words(words) : f.write.integers(whole),
                      values = fromWords ? f.write.integers(whole) : f.words(words),
                      otherwise = fromWords ? f.write.integer(integerOf(f.node, "default_int64", -1))
                                            : f.words({wordOf(f.node, "default_string", "_Unused")});
    mapped(f, f.write.add("Equal", {f.write.add("Unsqueeze", {f.function.input(0), f.write.integers({-1})}), keys}),
           values, otherwise);
    return {};
}

// A sequence of maps from labels to shares is the tensor of the shares, a column a label.
Status zipMap(Feature& f)
{
    f.give(f.function.input(0));
    return {};
}

}  // namespace

Result<Expansion> expandFeatures(const NodeProto& node, const Place& place)
{
    static const std::map<std::string, Status (*)(Feature&)> known{
        {"ArrayFeatureExtractor", arrayFeatureExtractor},
        {"Binarizer", binarizer},
        {"CategoryMapper", categoryMapper},
        {"FeatureVectorizer", featureVectorizer},
        {"Imputer", imputer},
        {"LabelEncoder", labelEncoder},
        {"LinearClassifier", linearClassifier},
        {"LinearRegressor", linearRegressor},
        {"Normalizer", normalizer},
        {"OneHotEncoder", oneHotEncoder},
        {"SVMClassifier", writeSupportVectorClassifier},
        {"SVMRegressor", writeSupportVectorRegressor},
        {"Scaler", scaler},
        {"ZipMap", zipMap},
    };
    Feature feature(node, place);
    if (feature.function.input(0).empty())
        return feature.error("has no input.");
    STRATA_CHECK(known.at(node.op_type())(feature));
    return feature.function.finish();
}

}  // namespace strata::onnx
