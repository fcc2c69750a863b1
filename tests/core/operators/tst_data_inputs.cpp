// Side inputs that are data: a node whose axes, bounds, pads or scales are only known when it runs has the result that
// it has with the same numbers known before, as loops of the shape that it declares. Data that ask for another shape
// are an error of the run.
#include "core/machine/run_loops.h"
#include "core/operators/rules.h"
#include "core/reference/evaluate.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

namespace {

struct Case {
    ModulePtr module;
    GraphNodePtr node;
    std::vector<ValueType> types;
    std::vector<std::shared_ptr<const Tensor>> inputs;
};

Result<Case> caseOf(const std::string& constants, const std::string& result, const std::string& node)
{
    STRATA_TRY(const ModulePtr module, parseModule("module m(entry=main):\n\n" + constants + "\n\ndef main() -> ("
                                                   + result + "):\n    " + result + " = " + node + "\n    return y\n"));
    Case found{module, module->entryFunction()->graph()->nodes.at(0), {}, {}};
    for (const Operand& input : found.node->inputs) {
        found.types.push_back(unknownType());
        found.inputs.push_back(nullptr);
        if (input.kind != Operand::Kind::Constant)
            continue;
        STRATA_TRY(Tensor tensor, toTensor(*module->constants.at(input.name)));
        found.types.back() = {ValueType::Kind::Tensor, tensor.type};
        found.inputs.back() = std::make_shared<const Tensor>(std::move(tensor));
    }
    return found;
}

// The node's loops, where only the first `known` inputs may become code.
Result<Tensor> run(const Case& one, std::size_t known)
{
    const auto constant = [&](std::size_t i) -> std::optional<Tensor> {
        return i < known && one.inputs[i] ? std::optional(*one.inputs[i]) : std::nullopt;
    };
    STRATA_TRY(const LoweredNode lowered, lowerNode(*one.node, one.types, constant, "f"));
    reference::Tensors used;
    for (const std::size_t i : lowered.usedInputs)
        used.push_back(one.inputs[i]);
    STRATA_TRY(const reference::Tensors results, reference::runLoops(Module(), *lowered.function, used));
    return *results.at(0);
}

constexpr const char* matrix = "const @x: f32[2, 3] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]\n";
constexpr const char* square = "const @x: f32[2, 2] = [1.0, 2.0, 3.0, 4.0]\n";

}  // namespace

class TestDataInputs : public QObject {
    Q_OBJECT

private slots:
    void asIfKnown_data();
    void asIfKnown();
    void disagreeing_data();
    void disagreeing();
};

void TestDataInputs::asIfKnown_data()
{
    QTest::addColumn<QString>("constants");
    QTest::addColumn<QString>("result");
    QTest::addColumn<QString>("node");
    const auto row = [](const char* name, const std::string& constants, const char* result, const char* node) {
        QTest::newRow(name) << QString::fromStdString(constants) << result << node;
    };
    row("one axis fits the result", std::string(matrix) + "const @a: i64[1] = [1]", "y: f32[2, 1]",
        R"(ReduceSum(@x, @a, node="n", version=13))");
    row("the data choose among axes", std::string(square) + "const @a: i64[1] = [-2]", "y: f32[2]",
        R"(ReduceSum(@x, @a, keepdims=0, node="n", version=13))");
    row("and the other one", std::string(square) + "const @a: i64[1] = [1]", "y: f32[2]",
        R"(ReduceLogSumExp(@x, @a, keepdims=0, node="n", version=18))");
    row("no axes are all", std::string(square) + "const @a: i64[0] = []", "y: f32[1, 1]",
        R"(ReduceMax(@x, @a, node="n", version=18))");
    row("a running sum", std::string(matrix) + "const @a: i32[] = [1]", "y: f32[2, 3]",
        R"(CumSum(@x, @a, reverse=1, node="n", version=14))");
    row("a part, backwards",
        std::string(matrix) + "const @s: i64[2] = [-1, 0]\nconst @e: i64[2] = [-9, 1]\nconst @a: i64[2] = [1, 0]\n"
            + "const @t: i64[2] = [-2, 1]",
        "y: f32[1, 2]", R"(Slice(@x, @s, @e, @a, @t, node="n", version=13))");
    row("a part, backwards, from before the first",
        std::string(matrix) + "const @s: i64[1] = [-5]\nconst @e: i64[1] = [-99]\nconst @a: i64[1] = [1]\n"
            + "const @t: i64[1] = [-1]",
        "y: f32[2, 1]", R"(Slice(@x, @s, @e, @a, @t, node="n", version=13))");
    row("a part of the first axes", std::string(matrix) + "const @s: i64[1] = [1]\nconst @e: i64[1] = [100]",
        "y: f32[1, 3]", R"(Slice(@x, @s, @e, node="n", version=13))");
    row("a border", std::string(matrix) + "const @p: i64[4] = [1, 0, 0, 2]\nconst @v: f32[] = [9.0]", "y: f32[3, 5]",
        R"(Pad(@x, @p, @v, node="n", version=18))");
    row("a border that mirrors, by axes", std::string(matrix) + "const @p: i64[2] = [2, 1]\nconst @a: i64[1] = [-1]",
        "y: f32[2, 6]", R"(Pad(@x, @p, _, @a, mode="reflect", node="n", version=18))");
    row("a border that cuts off", std::string(matrix) + "const @p: i64[4] = [0, -1, 1, 0]", "y: f32[3, 2]",
        R"(Pad(@x, @p, mode="edge", node="n", version=18))");
    const std::string line = "const @x: f32[1, 1, 4] = [1.0, 2.0, 4.0, 8.0]\n";
    row("a scale", line + "const @s: f32[3] = [1.0, 1.0, 1.5]", "y: f32[1, 1, 6]",
        R"(Resize(@x, _, @s, mode="linear", node="n", version=19))");
    row("a scale, to the nearest", line + "const @s: f32[3] = [1.0, 1.0, 0.6]", "y: f32[1, 1, 2]",
        R"(Resize(@x, _, @s, mode="nearest", node="n", version=19))");
    row("a scale with a filter", line + "const @s: f32[3] = [1.0, 1.0, 0.6]", "y: f32[1, 1, 2]",
        R"(Resize(@x, _, @s, mode="cubic", antialias=1, node="n", version=19))");
    row("sizes in proportion",
        "const @x: f32[2, 4] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]\nconst @s: i64[2] = [3, 7]", "y: f32[3, 6]",
        R"(Resize(@x, _, _, @s, mode="linear", keep_aspect_ratio_policy="not_larger", node="n", version=19))");
    row("a region of interest",
        line + "const @r: f32[6] = [0.0, 0.0, 0.25, 1.0, 1.0, 0.75]\nconst @s: i64[3] = [1, 1, 3]", "y: f32[1, 1, 3]",
        R"(Resize(@x, @r, _, @s, mode="linear", coordinate_transformation_mode="tf_crop_and_resize", node="n", version=19))");
    row("slices by a condition", std::string(matrix) + "const @c: bool[3] = [True, False, True]", "y: f32[2, 2]",
        R"(Compress(@x, @c, axis=1, node="n", version=11))");
    row("elements by a condition", std::string(matrix) + "const @c: bool[4] = [False, True, False, True]", "y: f32[2]",
        R"(Compress(@x, @c, node="n", version=11))");
    row("windows of two shapes",
        "const @x: f32[1, 2, 2] = [1.0, 2.0, 3.0, 4.0]\nconst @i: i64[2] = [2, 2]\nconst @b: i64[2] = [1, 2]",
        "y: f32[1, 1, 2, 2]", R"(Col2Im(@x, @i, @b, node="n", version=18))");
    row("a transform along an axis that is data", std::string(square) + "const @a: i64[] = [0]", "y: f32[2, 2]",
        R"(DFT(@x, _, @a, node="n", version=20))");
    row("how many", line + "const @k: i64[1] = [2]", "y: f32[1, 1, 2]", R"(TopK(@x, @k, node="n", version=11))");
}

void TestDataInputs::asIfKnown()
{
    QFETCH(QString, constants);
    QFETCH(QString, result);
    QFETCH(QString, node);
    const Result<Case> one = caseOf(constants.toStdString(), result.toStdString(), node.toStdString());
    QVERIFY2(one.ok(), one ? "" : one.error().text().c_str());
    const Result<Tensor> known = run(*one, one->inputs.size()), unknown = run(*one, 1);
    QVERIFY2(known.ok(), known ? "" : known.error().text().c_str());
    QVERIFY2(unknown.ok(), unknown ? "" : unknown.error().text().c_str());
    QVERIFY2(compare(*unknown, *known, 1e-6, 1e-6).within, compare(*unknown, *known, 1e-6, 1e-6).reason.c_str());
}

void TestDataInputs::disagreeing_data()
{
    QTest::addColumn<QString>("constants");
    QTest::addColumn<QString>("result");
    QTest::addColumn<QString>("node");
    const auto row = [](const char* name, const std::string& constants, const char* result, const char* node) {
        QTest::newRow(name) << QString::fromStdString(constants) << result << node;
    };
    row("another axis", std::string(matrix) + "const @a: i64[1] = [0]", "y: f32[2, 1]",
        R"(ReduceSum(@x, @a, node="n", version=13))");
    row("no axis", std::string(square) + "const @a: i64[1] = [7]", "y: f32[2]",
        R"(ReduceSum(@x, @a, keepdims=0, node="n", version=13))");
    row("a larger part", std::string(matrix) + "const @s: i64[1] = [0]\nconst @e: i64[1] = [2]", "y: f32[1, 3]",
        R"(Slice(@x, @s, @e, node="n", version=13))");
    row("another border", std::string(matrix) + "const @p: i64[4] = [1, 1, 0, 2]", "y: f32[3, 5]",
        R"(Pad(@x, @p, node="n", version=18))");
    row("more that is selected", std::string(matrix) + "const @c: bool[3] = [True, True, True]", "y: f32[2, 2]",
        R"(Compress(@x, @c, axis=1, node="n", version=11))");
    row("less that is selected", std::string(matrix) + "const @c: bool[3] = [False, True, False]", "y: f32[2, 2]",
        R"(Compress(@x, @c, axis=1, node="n", version=11))");
    row("another scale", "const @x: f32[1, 1, 4] = [1.0, 2.0, 4.0, 8.0]\nconst @s: f32[3] = [1.0, 1.0, 2.0]",
        "y: f32[1, 1, 6]", R"(Resize(@x, _, @s, mode="linear", node="n", version=19))");
}

void TestDataInputs::disagreeing()
{
    QFETCH(QString, constants);
    QFETCH(QString, result);
    QFETCH(QString, node);
    const Result<Case> one = caseOf(constants.toStdString(), result.toStdString(), node.toStdString());
    QVERIFY2(one.ok(), one ? "" : one.error().text().c_str());
    const Result<Tensor> unknown = run(*one, 1);
    QVERIFY(!unknown.ok());
    QVERIFY2(unknown.error().message.find("outside") != std::string::npos, unknown.error().text().c_str());
}

STRATA_TEST_IN(QCoreApplication, TestDataInputs)
#include "tst_data_inputs.moc"
