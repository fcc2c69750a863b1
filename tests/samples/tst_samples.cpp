// The samples as the lecture uses them: each recipe replays, leaves a module that verifies, and computes what it
// claims; the course's steps on the MLP; the illegal steps, and why they are refused.
#include "core/onnx/import.h"
#include "core/operators/operator.h"
#include "core/reference/evaluate.h"
#include "core/session/recipe.h"
#include "core/text/text.h"
#include "core/verify/verify.h"
#include "passes/registry.h"
#include "tests/program.h"

#include <QDir>
#include <QTest>

#include <random>

using namespace strata;

namespace {

QString folder() { return QStringLiteral(STRATA_SOURCE_DIR "/samples/"); }

// Above this many operations the evaluator takes too long for a test; the compiled code is tested elsewhere.
constexpr double mostFlops = 2e7;

std::shared_ptr<const Registry> registry()
{
    static const auto table = std::make_shared<const Registry>(passTransforms());
    return table;
}

template<class T>
T must(Result<T> result)
{
    if (!result)
        qFatal("%s", result.error().text().c_str());
    return std::move(result).value();
}

ModulePtr open(const QString& sample)
{
    const std::string path = (folder() + sample).toStdString();
    return sample.endsWith(".strata") ? must(loadText(path)) : must(onnx::importModel(path + "/model.onnx")).module;
}

Status step(Session& session, const std::string& line)
{
    STRATA_TRY(const Step parsed, parseStep(line, session.registry()));
    STRATA_TRY(const StatePtr state, session.apply(parsed));
    return {};
}

std::vector<Tensor> drawn(const Function& function)
{
    std::mt19937 random(1);
    std::uniform_real_distribution<float> value(-1, 1);
    std::vector<Tensor> inputs;
    for (const TypedName& param : function.params) {
        inputs.push_back(makeTensor(param.type.tensor.dtype, constants(param.type.tensor.shape)));
        for (std::int64_t i = 0; i < inputs.back().count(); ++i)
            inputs.back().set(i, value(random));
    }
    return inputs;
}

bool isSmall(const Module& module)
{
    double flops = 0;
    for (const FunctionPtr& function : module.functions)
        if (function->loops())
            flops += cost(*function).flops;
    return flops < mostFlops;
}

Tensor run(const ModulePtr& module, const std::vector<Tensor>& inputs)
{
    return must(evaluate(*module, *module->entryFunction(), inputs)).at(0);
}

QString text(const ModulePtr& module, const char* function)
{
    return QString::fromStdString(print(*module->find(function))).trimmed();
}

QString refusal(const Status& status)
{
    return status ? QStringLiteral("not refused") : QString::fromStdString(status.error().text());
}

}  // namespace

class TestSamples : public QObject {
    Q_OBJECT

private slots:
    void recipes_data();
    void recipes();
    void digitsAreRecognized_data();
    void digitsAreRecognized();
    void linearAndReluFold();
    void theFusorFindsTheSameGroup();
    void loopsBesideALibraryCall();
    void aStencilInPlaceDoesNotReorder();
    void aProducerStaysBeforeItsConsumer();
};

void TestSamples::recipes_data()
{
    QTest::addColumn<QString>("sample");
    for (const QString& file : QDir(folder()).entryList({"*.recipe"}, QDir::Files, QDir::Name))
        QTest::newRow(qPrintable(file)) << file.section('.', 0, 0).section('-', 0, 0) + ".strata";
    for (const char* model : {"mlp", "cnn"})
        for (const QString& file : QDir(folder() + model).entryList({"*.recipe"}, QDir::Files, QDir::Name))
            QTest::newRow(qPrintable(QString(model) + "/" + file)) << model;
}

void TestSamples::recipes()
{
    QFETCH(QString, sample);
    const Recipe recipe = must(loadRecipe((folder() + QTest::currentDataTag()).toStdString(), *registry()));
    Session session(open(sample), registry());
    const Status replayed = replay(session, recipe);
    QVERIFY2(replayed.ok(), qPrintable(refusal(replayed)));
    const StatePtr before = session.state(0), after = session.current();
    for (const Error& finding : verify(*after->module))
        QFAIL(finding.text().c_str());
    const ModulePtr again = must(parseModule(print(*after->module), [&](const std::string& name, const TensorType&) {
        return Result<ConstantPtr>(after->module->constants.at(name));
    }));
    QVERIFY(equal(*again, *after->module));
    if (!isSmall(*before->module))
        return;
    const std::vector<Tensor> inputs = drawn(*before->module->entryFunction());
    const Comparison result = compare(run(after->module, inputs), run(before->module, inputs), 1e-6, 1e-5);
    QVERIFY(after->worst == Effect::Exact ? result.equalBits : result.within);
}

void TestSamples::digitsAreRecognized_data()
{
    QTest::addColumn<QString>("model");
    QTest::newRow("mlp") << "mlp";
    QTest::newRow("cnn") << "cnn";
}

// The pictures' names end in the digit that they show, in the order of the test data.
void TestSamples::digitsAreRecognized()
{
    QFETCH(QString, model);
    const ModulePtr module = open(model);
    for (const onnx::TestData& data : must(onnx::readTestData((folder() + model).toStdString()))) {
        const Tensor scores = run(module, {data.inputs.at(0).second});
        QVERIFY(compare(scores, data.outputs.at(0).second, 1e-5, 1e-3).within);
        for (std::int64_t row = 0; row < scores.count() / 10; ++row) {
            double sum = 0;
            for (std::int64_t k = 0; k < 10; ++k)
                sum += scores.at(row * 10 + k);
            QVERIFY(std::abs(sum - 1) < 1e-5);
        }
    }
}

void TestSamples::linearAndReluFold()
{
    Session session(open("mlp"), registry());
    const Status folded = step(session, "graph.fuse(main, [Gemm_0, Relu_0], name=linear_relu)");
    QVERIFY2(folded.ok(), qPrintable(refusal(folded)));
    QCOMPARE(text(session.current()->module, "linear_relu"),
             R"(def linear_relu(x: f32[1, 784], w: f32[200, 784], b: f32[200]) -> (y: f32[1, 200]):
    y_gemm: f32[1, 200] = Gemm(x, w, b, transB=1, node="gemm", version=17)
    y_relu: f32[1, 200] = Relu(y_gemm, node="relu", version=17)
    return y_relu)");
    QCOMPARE(session.current()->module->entryFunction()->graph()->nodes.size(), std::size_t(4));
    const ModulePtr before = session.state(0)->module;
    const std::vector<Tensor> inputs = drawn(*before->entryFunction());
    QVERIFY(compare(run(session.current()->module, inputs), run(before, inputs), 0, 0).equalBits);
    session.undo();
    QCOMPARE(session.current()->module.get(), before.get());
}

void TestSamples::theFusorFindsTheSameGroup()
{
    Session byHand(open("mlp"), registry()), automatic(open("mlp"), registry());
    QVERIFY(step(byHand, "graph.fuse(main, [Gemm_0, Relu_0])").ok());
    QVERIFY(step(automatic, "graph.fuse_automatically(main)").ok());
    const GraphNode& hand = *byHand.current()->module->entryFunction()->graph()->nodes.at(1);
    const GraphNode& found = *automatic.current()->module->entryFunction()->graph()->nodes.at(1);
    QVERIFY(hand.isCall() && found.isCall());
    QVERIFY(equal(*byHand.current()->module->find(hand.callee), *automatic.current()->module->find(found.callee)));
}

void TestSamples::loopsBesideALibraryCall()
{
    Session session(open("mlp"), registry());
    QVERIFY(replay(session, must(loadRecipe((folder() + "mlp/mixture.recipe").toStdString(), *registry()))).ok());
    const ModulePtr mixed = session.current()->module;
    QVERIFY(mixed->find("linear0")->loops());
    QCOMPARE(mixed->entryFunction()->graph()->nodes.at(2)->op, std::string("onednn.matmul"));
    QVERIFY(step(session, "graph.lower_to_library(main)").ok());
    const ModulePtr program = session.current()->module;
    QVERIFY(program->entryFunction()->library());
    const std::vector<Tensor> inputs = drawn(*mixed->entryFunction());
    const Tensor expected = run(session.state(0)->module, inputs);
    QVERIFY(compare(run(mixed, inputs), expected, 1e-6, 1e-5).within);
    QVERIFY(compare(run(program, inputs), expected, 1e-6, 1e-5).within);
}

void TestSamples::aStencilInPlaceDoesNotReorder()
{
    Session session(open("stencil.strata"), registry());
    QCOMPARE(
        refusal(step(session, "loops.reorder(stencil, [s, t])")),
        "This order of loops changes what is computed: step(vt=1, vs=0) reads a[1, 1] before step(vt=0, vs=1) writes it.");
}

void TestSamples::aProducerStaysBeforeItsConsumer()
{
    Session session(open("mm_relu.strata"), registry());
    const QString message = refusal(step(session, "loops.reverse_compute_at(mm_relu, C, k)"));
    QVERIFY2(message.contains("C(vi=0, vj=0)") && message.contains("before Y(vi=0, vj=0, vk=1)"), qPrintable(message));
}

STRATA_TEST(TestSamples)
#include "tst_samples.moc"
