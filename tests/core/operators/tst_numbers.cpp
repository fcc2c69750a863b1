// What operators do to the numbers that are easily lost: NaN from either side, -0 below +0, whole numbers beyond 2^53;
// and what the forms of old versions mean. A node over constants, and its result element by element.
#include "core/reference/evaluate.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QTest>

#include <cmath>

using namespace strata;

namespace {

QString element(const Tensor& tensor, std::int64_t i)
{
    if (!isFloat(tensor.type.dtype))
        return QString::number(tensor.integerAt(i));
    const double value = tensor.at(i);
    return std::isnan(value)
               ? QStringLiteral("nan")
               : (std::signbit(value) && value == 0 ? QStringLiteral("-0") : QString::number(value, 'g', 9));
}

// The results of a node, one line each.
QString computed(const std::string& constants, const std::string& results, const std::string& node)
{
    std::string returned;
    for (std::size_t colon = results.find(':'); colon != std::string::npos; colon = results.find(':', colon + 1)) {
        const std::size_t space = results.rfind(' ', colon), begin = space == std::string::npos ? 0 : space + 1;
        returned += (returned.empty() ? "" : ", ") + results.substr(begin, colon - begin);
    }
    const Result<ModulePtr> module = parseModule("module m(entry=main):\n\n" + constants + "\n\ndef main() -> ("
                                                 + results + "):\n    " + results + " = " + node + "\n    return "
                                                 + returned + "\n");
    if (!module)
        return QString::fromStdString(module.error().text());
    const auto values = evaluate(**module, *(*module)->entryFunction(), {});
    if (!values)
        return QString::fromStdString(values.error().text());
    QStringList lines;
    for (const Tensor& tensor : *values) {
        QStringList elements;
        for (std::int64_t i = 0; i < tensor.count(); ++i)
            elements << element(tensor, i);
        lines << elements.join(QLatin1Char(' '));
    }
    return lines.join(QLatin1Char('\n'));
}

}  // namespace

class TestNumbers : public QObject {
    Q_OBJECT

private slots:
    void numbers_data();
    void numbers();
};

void TestNumbers::numbers_data()
{
    QTest::addColumn<QString>("constants");
    QTest::addColumn<QString>("results");
    QTest::addColumn<QString>("node");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const char* constants, const char* results, const char* node,
                        const char* expected) { QTest::newRow(name) << constants << results << node << expected; };
    const char* pair = "const @a: f32[4] = [nan, 1.0, -0.0, 0.0]\nconst @b: f32[4] = [1.0, nan, 0.0, -0.0]";
    row("max", pair, "y: f32[4]", R"(Max(@a, @b, node="n", version=13))", "nan nan 0 0");
    row("min", pair, "y: f32[4]", R"(Min(@a, @b, node="n", version=13))", "nan nan -0 -0");
    row("relu hands NaN on", pair, "y: f32[4]", R"(Relu(@a, node="n", version=13))", "nan 1 -0 0");
    row("clip", "const @x: f32[4] = [nan, -5.0, 0.5, 5.0]\nconst @l: f32[] = [-1.0]\nconst @h: f32[] = [1.0]",
        "y: f32[4]", R"(Clip(@x, @l, @h, node="n", version=13))", "nan -1 0.5 1");
    row("clip with min above max",
        "const @x: f32[3] = [nan, 2.0, 9.0]\nconst @l: f32[] = [3.0]\nconst @h: f32[] = [1.0]", "y: f32[3]",
        R"(Clip(@x, @l, @h, node="n", version=13))", "nan 1 1");
    const char* rows = "const @x: f32[3, 3] = [1.0, nan, 2.0, nan, 1.0, 2.0, 1.0, 2.0, nan]";
    row("reduce max", rows, "y: f32[3]", R"(ReduceMax(@x, axes=[1], keepdims=0, node="n", version=13))", "nan nan nan");
    row("reduce min", rows, "y: f32[3]", R"(ReduceMin(@x, axes=[1], keepdims=0, node="n", version=13))", "nan nan nan");
    row("argmax points at NaN", rows, "y: i64[3]", R"(ArgMax(@x, axis=1, keepdims=0, node="n", version=13))", "1 0 2");
    row("argmin points at NaN", rows, "y: i64[3]", R"(ArgMin(@x, axis=1, keepdims=0, node="n", version=13))", "1 0 2");
    row("max pool, and where", "const @x: f32[1, 1, 4] = [1.0, nan, 3.0, 2.0]", "y: f32[1, 1, 3], i: i64[1, 1, 3]",
        R"(MaxPool(@x, kernel_shape=[2], node="n", version=12))", "nan nan 3\n1 1 2");
    const char* six = "const @x: f32[6] = [1.0, nan, -inf, nan, 2.0, inf]\nconst @k: i64[1] = [4]";
    row("top k: NaN is the greatest", six, "y: f32[4], i: i64[4]", R"(TopK(@x, @k, node="n", version=11))",
        "nan nan inf 2\n1 3 5 4");
    row("bottom k: and the last", six, "y: f32[4], i: i64[4]", R"(TopK(@x, @k, largest=0, node="n", version=11))",
        "-inf 1 2 inf\n2 0 4 5");
    row("hardmax", "const @x: f32[1, 3] = [1.0, nan, 2.0]", "y: f32[1, 3]", R"(Hardmax(@x, node="n", version=13))",
        "0 1 0");
    row("range beyond 2^53",
        "const @s: i64[] = [9007199254740993]\nconst @e: i64[] = [9007199254740999]\nconst @d: i64[] = [2]",
        "y: i64[3]", R"(Range(@s, @e, @d, node="n", version=11))",
        "9007199254740993 9007199254740995 9007199254740997");
    row("range backwards", "const @s: i64[] = [5]\nconst @e: i64[] = [0]\nconst @d: i64[] = [-2]", "y: i64[3]",
        R"(Range(@s, @e, @d, node="n", version=11))", "5 3 1");
    row("a constant beyond 2^53", "", "y: i64[]", R"(Constant(value_int=9007199254740993, node="n", version=13))",
        "9007199254740993");
    row("align_corners by sizes ends on the ends",
        "const @x: f32[1, 1, 3] = [1.0, 2.0, 3.0]\nconst @s: i64[3] = [1, 1, 4]", "y: f32[1, 1, 4]",
        R"(Resize(@x, _, _, @s, mode="linear", coordinate_transformation_mode="align_corners", node="n", version=18))",
        "1 1.66666675 2.33333349 3");
    row("align_corners by scales ends on the ends",
        "const @x: f32[1, 1, 3] = [1.0, 2.0, 3.0]\nconst @s: f32[3] = [1.0, 1.0, 1.5]", "y: f32[1, 1, 4]",
        R"(Resize(@x, _, @s, mode="linear", coordinate_transformation_mode="align_corners", node="n", version=18))",
        "1 1.66666675 2.33333349 3");
    row("align_corners by scales divides by what the scale asks for in older versions",
        "const @x: f32[1, 1, 4] = [1.0, 2.0, 3.0, 4.0]\nconst @s: f32[3] = [1.0, 1.0, 0.6]", "y: f32[1, 1, 2]",
        R"(Resize(@x, _, @s, mode="linear", coordinate_transformation_mode="align_corners", node="n", version=13))",
        "1 3.14285707");
    row("resized to nothing", "const @x: f32[1, 1, 3] = [1.0, 2.0, 3.0]\nconst @s: f32[3] = [1.0, 1.0, 0.1]",
        "y: f32[1, 1, 0]", R"(Resize(@x, _, @s, node="n", version=18))", "");
    row("add along an axis", "const @a: f32[2, 3] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]\nconst @b: f32[2] = [1.0, 2.0]",
        "y: f32[2, 3]", R"(Add(@a, @b, broadcast=1, axis=0, node="n", version=6))", "1 1 1 2 2 2");
    row("threshold hands NaN on", "const @x: f32[3] = [nan, 0.5, 2.0]", "y: f32[3]",
        R"(ThresholdedRelu(@x, node="n", version=10))", "nan 0 2");
    row("tiles along an axis", "const @x: f32[1, 2] = [1.0, 2.0]\nconst @t: f32[1] = [2.0]\nconst @a: f32[1] = [1.0]",
        "y: f32[1, 4]", R"(Tile(@x, @t, @a, node="n", version=1))", "1 2 1 2");
    row("pads by their first name", "const @x: f32[1, 2] = [1.0, 2.0]", "y: f32[1, 4]",
        R"(Pad(@x, paddings=[0, 1, 0, 1], value=9.0, node="n", version=1))", "9 1 2 9");
    row("upsampling by two numbers", "const @x: f32[1, 1, 1, 2] = [1.0, 2.0]", "y: f32[1, 1, 2, 4]",
        R"(Upsample(@x, height_scale=2.0, width_scale=2.0, node="n", version=1))", "1 1 2 2 1 1 2 2");
    row("a bias by broadcast",
        "const @a: f32[2, 1] = [1.0, 2.0]\nconst @b: f32[1, 2] = [1.0, 10.0]\nconst @c: f32[2] = [0.5, 0.25]",
        "y: f32[2, 2]", R"(Gemm(@a, @b, @c, broadcast=1, node="n", version=6))", "1.5 10.25 2.5 20.25");
    row("a slope a channel", "const @a: f32[1, 2, 2] = [-1.0, 1.0, -1.0, 1.0]\nconst @b: f32[2] = [0.5, 2.0]",
        "y: f32[1, 2, 2]", R"(PRelu(@a, @b, node="n", version=6))", "-0.5 1 -2 1");
    row("a type by its name", "const @x: f32[2] = [1.5, -1.5]", "y: i32[2]",
        R"(Cast(@x, to="INT32", node="n", version=5))", "1 -1");
    row("floats of 8 bits saturate", "const @x: f32[6] = [449.0, -1e6, inf, nan, 0.01, 1.07]", "y: f8e4m3fn[6]",
        R"(Cast(@x, to=17, node="n", version=19))", "448 -448 448 nan 0.009765625 1.125");
    row("unless they are not to", "const @x: f32[5] = [464.0, 464.1, -1e6, inf, nan]", "y: f8e4m3fn[5]",
        R"(Cast(@x, to=17, saturate=0, node="n", version=19))", "448 nan nan nan nan");
    row("with infinities", "const @x: f32[4] = [1e6, -inf, 57345.0, nan]", "y: f8e5m2[4]",
        R"(Cast(@x, to=19, saturate=0, node="n", version=19))", "inf -inf 57344 nan");
    row("floats of 4 bits have no other way", "const @x: f32[6] = [5.0, -7.0, inf, 0.25, -0.26, nan]", "y: f4e2m1[6]",
        R"(Cast(@x, to=23, node="n", version=23))", "4 -6 6 0 -0.5 -0");
    row("powers of two, up", "const @x: f32[6] = [0.0, 1.0, 1.1, -3.0, 3e38, inf]", "y: f8e8m0[6]",
        R"(Cast(@x, to=24, node="n", version=24))", "5.87747175e-39 1 2 4 1.70141183e+38 nan");
    row("powers of two, to the nearest", "const @x: f32[4] = [1.49, 1.5, 3.0, 0.7]", "y: f8e8m0[4]",
        R"(Cast(@x, to=24, round_mode="nearest", node="n", version=24))", "1 2 4 0.5");
    row("powers of two, down and not saturating", "const @x: f32[3] = [1.9, 3e38, 0.7]", "y: f8e8m0[3]",
        R"(Cast(@x, to=24, round_mode="down", saturate=0, node="n", version=24))", "1 1.70141183e+38 0.5");
    row("short integers wrap", "const @x: f32[5] = [-9.7, 8.0, 15.0, 3.9, -8.0]", "y: i4[5]",
        R"(Cast(@x, to=22, node="n", version=21))", "7 -8 -1 3 -8");
    row("integers of 2 bits", "const @x: i32[5] = [-3, -2, 1, 2, 5]", "y: u2[5]",
        R"(Cast(@x, to=25, node="n", version=25))", "1 2 1 2 1");
    row("quantized to 4 bits by blocks",
        "const @x: f32[4, 2] = [1.0, 6.0, 3.0, -40.0, 8.0, 8.0, -2.0, 0.5]\n"
        "const @s: f32[2, 2] = [1.0, 2.0, 4.0, 0.25]\nconst @z: i4[2, 2] = [0, 1, -1, 2]",
        "y: i4[4, 2]", R"(QuantizeLinear(@x, @s, @z, axis=0, block_size=2, node="n", version=21))",
        "1 4 3 -8 1 7 -1 4");
    row("and back", "const @x: u4[2, 3] = [0, 7, 15, 1, 2, 3]\nconst @s: f32[3] = [1.0, 0.5, 2.0]\n"
                    "const @z: u4[3] = [8, 0, 15]",
        "y: f32[2, 3]", R"(DequantizeLinear(@x, @s, @z, axis=1, node="n", version=21))", "-8 3.5 0 -7 1 -24");
    row("quantized to floats of 8 bits", "const @x: f32[3] = [0.0, 1e6, -3.3]\nconst @s: f32[] = [2.0]\n"
                                         "const @z: f8e4m3fn[] = [0.0]",
        "y: f8e4m3fn[3]", R"(QuantizeLinear(@x, @s, @z, node="n", version=19))", "0 448 -1.625");
    row("bits of as few bits", "const @x: i4[3] = [-1, 7, -8]", "y: u4[3]", R"(BitCast(@x, to=21, node="n", version=26))",
        "15 7 8");
    row("statistics of each activation",
        "const @x: f32[1, 1, 2] = [3.0, 8.0]\nconst @s: f32[1, 2] = [1.0, 2.0]\nconst @b: f32[1, 2] = [0.0, 1.0]\n"
        "const @m: f32[1, 2] = [1.0, 4.0]\nconst @v: f32[1, 2] = [4.0, 16.0]",
        "y: f32[1, 1, 2]", R"(BatchNormalization(@x, @s, @b, @m, @v, spatial=0, epsilon=0.0, node="n", version=7))",
        "1 3");
    row("a state that decays, is corrected, written and read",
        "const @x0: f32[1, 2, 4] = [1.5, -0.5, -0.5, -1.0, 0.75, -2.25, 1.75, -0.75]\nconst @x1: f32[1, 2, 2] = [0.25, -0.25, 1.5, -2.0]\nconst @x2: f32[1, 2, 2] = [-0.25, -0.5, 1.25, -1.0]\nconst @x3: f32[1, 1, 2, 2] = [-0.25, -1.0, 0.0, 0.5]\nconst @x4: f32[1, 2, 1] = [-1.0, -1.25]\nconst @x5: f32[1, 2, 1] = [1.0, 0.5]",
        "y: f32[1, 2, 4], s: f32[1, 1, 2, 2]",
        R"(LinearAttention(@x0, @x1, @x2, @x3, @x4, @x5, q_num_heads=2, kv_num_heads=1, scale=1.0, node="n", version=27))",
        "-0.251458585 -0.824811637 0.0176089928 -0.0452556461 3.7183032 -2.0915637 2.69025803 -1.6206423\n0.967215717 -0.615636289 -1.33017397 0.724371731");
    row("a convolution that sees the past",
        "const @x0: f32[1, 1, 3] = [1.0, -0.75, -0.0]\nconst @x1: f32[1, 1, 3] = [-1.0, -0.25, 0.5]\nconst @x2: f32[1] = [-0.75]\nconst @x3: f32[1, 1, 2] = [-0.5, -0.75]",
        "y: f32[1, 1, 3], s: f32[1, 1, 2]", R"(CausalConvWithState(@x0, @x1, @x2, @x3, node="n", version=27))",
        "0.4375 -0.625 -1.5625\n-0.75 -0");
    row("a cache that goes round",
        "const @x0: f32[2, 3, 1] = [-0.75, -0.75, -0.0, -1.0, 0.25, 1.75]\nconst @x1: f32[2, 2, 1] = [0.75, -0.25, -1.0, -0.75]\nconst @x2: i64[2] = [2, 1]",
        "y: f32[2, 3, 1]", R"(TensorScatter(@x0, @x1, @x2, mode="circular", axis=1, node="n", version=24))",
        "-0.25 -0.75 0.75 -1 -1 -0.75");
    row("a grid of places",
        "const @x0: f32[1, 2, 3] = [1.75, 0.0, -0.75, 0.25, 2.0, 0.0]\nconst @x1: i64[4] = [1, 1, 2, 2]",
        "y: f32[1, 2, 2, 2]", R"(AffineGrid(@x0, @x1, align_corners=1, node="n", version=20))",
        "-2.5 -2.25 1 -1.75 -2.5 1.75 1 2.25");
    row("a window that looks elsewhere",
        "const @x0: f32[1, 1, 2, 2] = [0.5, 0.25, -0.25, -1.25]\nconst @x1: f32[1, 1, 1, 1] = [-0.25]\nconst @x2: f32[1, 2, 2, 2] = [0.5, 0.0, 0.0, 0.0, 0.0, -0.25, 0.0, 2.0]",
        "y: f32[1, 1, 2, 2]", R"(DeformConv(@x0, @x1, @x2, node="n", version=19))", "-0.03125 -0.078125 0.0625 0");
    row("a scalar that is not 0", "const @x: f32[] = [2.0]", "y: i64[1, 1]", R"(NonZero(@x, node="n", version=13))",
        "0");
    row("an odd number of rows exchanged", "const @x: f32[3, 3] = [0.0, 2.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 4.0]",
        "y: f32[]", R"(Det(@x, node="n", version=11))", "-8");
    row("a matrix of no inverse", "const @x: f32[2, 2] = [1.0, 2.0, 2.0, 4.0]", "y: f32[]",
        R"(Det(@x, node="n", version=11))", "-0");
}

void TestNumbers::numbers()
{
    QFETCH(QString, constants);
    QFETCH(QString, results);
    QFETCH(QString, node);
    QTEST(computed(constants.toStdString(), results.toStdString(), node.toStdString()), "expected");
}

STRATA_TEST_IN(QCoreApplication, TestNumbers)
#include "tst_numbers.moc"
