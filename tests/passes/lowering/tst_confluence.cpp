// One lowering: nodes lowered by steps, in any subsets and any order, give the functions that lowering all at once
// gives and that the preview shows, by name and content; and a step changes no function but those that it makes.
#include "core/onnx/import.h"
#include "core/operators/infer.h"
#include "core/text/text.h"
#include "core/transform/plan.h"
#include "core/transform/step.h"
#include "passes/lowering/lower_nodes.h"
#include "passes/registry.h"
#include "tests/program.h"

#include <QDirIterator>
#include <QFileInfo>
#include <QTest>

#include <algorithm>
#include <cstring>
#include <random>

using namespace strata;

namespace {

using Texts = std::map<std::string, std::string>;  // function -> what it is

const Registry& registry()
{
    static const Registry all(passTransforms());
    return all;
}

Texts loopsOf(const Module& module)
{
    Texts texts;
    for (const FunctionPtr& function : module.functions)
        if (function->loops())
            texts[function->name] = print(*function);
    return texts;
}

ModulePtr step(const Module& module, const std::string& id, std::map<std::string, Argument> arguments)
{
    const auto transform = registry().find(id);
    arguments["function"] = module.entryFunction()->name;
    const auto applied = applyTransform(**transform, module, Arguments{std::move(arguments)}, {});
    if (!applied)
        qFatal("%s: %s", id.c_str(), applied.error().text().c_str());
    return applied->module;
}

std::vector<std::string> lowerable(const Module& module)
{
    LoweringCache cache;
    const auto lowering = NodeLowering::of(module, module.entryFunction(), cache);
    const NodeNames nodes = lowering->worthLoops();
    return {nodes.begin(), nodes.end()};
}

// Branches and bodies that control flow runs, with those that theirs run: programs of their own, lowered node by node.
ModulePtr regionsLowered(const ModulePtr& module)
{
    ModulePtr result = module;
    for (const FunctionPtr& function : module->functions) {
        const FunctionPtr region = result->find(function->name);
        if (!region->graph() || region->name == module->entryFunction()->name)
            continue;
        LoweringCache cache;
        const auto lowering = NodeLowering::of(*result, region, cache);
        const NodeNames nodes = lowering->worthLoops();
        if (nodes.empty())
            continue;
        const Arguments arguments{
            {{"function", region->name}, {"nodes", std::vector<std::string>(nodes.begin(), nodes.end())}}};
        const auto applied = applyTransform(**registry().find("graph.lower_to_loops"), *result, arguments, {});
        if (!applied)
            qFatal("%s: %s", region->name.c_str(), applied.error().text().c_str());
        result = applied->module;
    }
    return result;
}

// Splits the nodes at random into sets, in random order.
std::vector<std::vector<std::string>> parts(std::vector<std::string> nodes, std::mt19937& random)
{
    std::shuffle(nodes.begin(), nodes.end(), random);
    std::vector<std::vector<std::string>> result;
    const std::size_t most = 1 + nodes.size() / 8 + random() % (1 + nodes.size() / 2);
    while (!nodes.empty()) {
        const auto take = std::ptrdiff_t(std::min(nodes.size(), 1 + random() % most));
        result.emplace_back(nodes.end() - take, nodes.end());
        nodes.resize(nodes.size() - std::size_t(take));
    }
    return result;
}

// Functions of `before` that `after` has under the same name are the same pointers.
QStringList changedPointers(const Module& before, const Module& after)
{
    QStringList changed;
    for (const FunctionPtr& function : before.functions)
        if (function->loops() && after.find(function->name) && after.find(function->name) != function)
            changed << QString::fromStdString(function->name);
    return changed;
}

// What a state lowers to by default, from a cache that all states share.
ModulePtr preview(const Module& module, LoweringCache& cache)
{
    const auto lowered = lowerByDefault(module, &cache, false);
    if (!lowered)
        qFatal("%s", lowered.error().text().c_str());
    return lowered->module;
}

void isConfluent(const ModulePtr& module, std::mt19937& random, int rounds)
{
    LoweringCache cache;
    const ModulePtr shown = preview(*module, cache);
    const Texts expected = loopsOf(*shown);
    const std::vector<std::string> nodes = lowerable(*module);
    if (nodes.empty())
        return;
    const ModulePtr whole = regionsLowered(step(*module, "graph.lower_to_loops", {}));
    QCOMPARE(loopsOf(*whole), expected);
    QCOMPARE(print(*step(*whole, "graph.lower_to_library", {})->entryFunction()), print(*shown->entryFunction()));
    for (int round = 0; round < rounds; ++round) {
        ModulePtr state = module;
        ModulePtr lowered = shown;
        for (const std::vector<std::string>& part : parts(nodes, random)) {
            const ModulePtr next = step(*state, "graph.lower_to_loops", {{"nodes", part}});
            QCOMPARE(changedPointers(*state, *next), QStringList());
            // The preview of all that this step did not make is what it was.
            const ModulePtr nextLowered = preview(*next, cache);
            QCOMPARE(loopsOf(*nextLowered), expected);
            QStringList changed = changedPointers(*lowered, *nextLowered);
            for (const FunctionPtr& function : next->functions)
                if (state->find(function->name) != function)
                    changed.removeAll(QString::fromStdString(function->name));
            QCOMPARE(changed, QStringList());
            state = next;
            lowered = nextLowered;
        }
        QCOMPARE(loopsOf(*regionsLowered(state)), expected);
        QCOMPARE(print(*state->entryFunction()), print(*whole->entryFunction()));
    }
}

// The model with the shapes of the test data beside it, where there are any.
Result<ModulePtr> modelWithData(const QString& file)
{
    onnx::ImportOptions options;
    STRATA_TRY(onnx::Imported imported, onnx::importModel(file.toStdString()));
    const auto data = onnx::readTestData(QFileInfo(file).path().toStdString());
    if (!data || data->empty())
        return imported.module;
    const std::vector<TypedName>& params = imported.module->entryFunction()->params;
    for (std::size_t i = 0; i < std::min(params.size(), data->front().inputs.size()); ++i) {
        const auto& [name, tensor] = data->front().inputs[i];
        options.inputShapes[name.empty() ? params[i].name : name] = constants(tensor.type.shape);
    }
    STRATA_TRY(imported, onnx::importModel(file.toStdString(), options));
    return imported.module;
}

std::string firstLoop(const Function& function)
{
    for (const Cursor& cursor : cursors(function))
        if (cursor.kind == NodeKind::Loop)
            return cursor.name;
    return {};
}

// A schedule of one function leaves all others what they were, under their names. Nodes that are not lowered and were
// equal to it keep the plain loops, in a function of their own.
void schedulesOneAlone(const ModulePtr& module, std::mt19937& random)
{
    LoweringCache cache;
    const std::vector<std::string> nodes = lowerable(*module);
    const ModulePtr state = step(*module, "graph.lower_to_loops", {{"nodes", parts(nodes, random).front()}});
    const ModulePtr before = preview(*state, cache);
    for (const FunctionPtr& function : state->functions) {
        if (!function->loops() || firstLoop(*function).empty())
            continue;
        const std::string line = "loops.split(" + function->name + ", " + firstLoop(*function) + ", factors=[1, _])";
        const auto split = parseStep(line, registry());
        const auto applied = applyTransform(**registry().find("loops.split"), *state, split->arguments, {});
        QVERIFY2(applied.ok(), line.c_str());
        const ModulePtr after = preview(*applied->module, cache);
        const std::string& own = function->name;
        for (const FunctionPtr& other : before->functions)
            if (other->loops() && other->name != function->name)
                QVERIFY2(after->find(other->name) == other, (line + " changes " + other->name).c_str());
        for (const FunctionPtr& other : after->functions)
            if (!before->find(other->name))
                QVERIFY2(other->name.compare(0, own.size(), own) == 0, (line + " makes " + other->name).c_str());
    }
}

// A graph of operators whose functions are equal, or share operator and shape and differ, with views and known values
// in between.
class RandomGraph {
public:
    explicit RandomGraph(std::mt19937& random)
        : m_random(random)
    {
    }

    ModulePtr module(int nodes)
    {
        m_module.name = "m";
        m_module.entry = "main";
        addConstant("shape", DType::I64, {2}, std::vector<std::int64_t>{6, 4});
        addConstant("w", DType::F32, {4, 4}, std::vector<float>(16, 0.25f));
        addConstant("b", DType::F32, {4}, std::vector<float>(4, 0.5f));
        m_function.name = "main";
        m_function.params = {{"x", tensor({6, 4})}, {"z", tensor({6, 4})}};
        m_values = {"x", "z"};
        for (int i = 0; i < nodes; ++i)
            addNode(i);
        m_body.returns = {Operand::value(m_values.back()), Operand::value(any())};
        m_function.results = {{"r", tensor({6, 4})}, {"s", tensor({6, 4})}};
        m_function.body = m_body;
        auto function = std::make_shared<const Function>(m_function);
        m_module.functions = {function};
        m_module.functions = {inferFunction(m_module, *function)->function};
        return std::make_shared<const Module>(m_module);
    }

private:
    static ValueType tensor(const std::vector<std::int64_t>& shape)
    {
        return {ValueType::Kind::Tensor, {DType::F32, toShape(shape), true}};
    }
    template<class T>
    void addConstant(const std::string& name, DType type, const std::vector<std::int64_t>& shape,
                     const std::vector<T>& values)
    {
        auto bytes = std::make_shared<Bytes>(values.size() * sizeof(T));
        std::memcpy(bytes->data(), values.data(), bytes->size());
        m_module.constants[name] = *Constant::fromBytes({type, toShape(shape), true}, bytes);
    }
    int below(int n) { return int(m_random() % unsigned(n)); }
    std::string any() { return m_values[std::size_t(below(int(m_values.size())))]; }

    std::string add(const std::string& op, int version, std::vector<Operand> inputs, Attributes attributes = {})
    {
        GraphNode node;
        node.op = op;
        node.version = version;
        node.name = "n" + std::to_string(m_body.nodes.size());
        node.inputs = std::move(inputs);
        node.attributes = std::move(attributes);
        node.outputs = {
            {"v" + std::to_string(m_body.nodes.size()), {ValueType::Kind::Unknown, {DType::F32, {}, false}}}};
        m_body.nodes.push_back(std::make_shared<const GraphNode>(node));
        return node.outputs[0].name;
    }

    void addNode(int i)
    {
        const Operand a = Operand::value(any()), b = Operand::value(any());
        switch (below(9)) {
        case 0: m_values.push_back(add("Relu", 13 + below(2), {a})); break;  // equal loops for both versions
        case 1: m_values.push_back(add("LeakyRelu", 16, {a}, {{"alpha", 0.125f * float(below(3))}})); break;
        case 2: m_values.push_back(add("Softmax", 13, {a}, {{"axis", std::int64_t(below(2))}})); break;
        case 3: m_values.push_back(add("MatMul", 13, {a, Operand::constant("w")})); break;
        case 4: m_values.push_back(add("Add", 14, {a, b})); break;
        case 5: m_values.push_back(add("Add", 14, {a, Operand::constant("b")})); break;
        case 6: m_values.push_back(add("Reshape", 14, {a, Operand::constant("shape")})); break;
        case 7: {  // the shape is known only by following it
            const std::string shape = add("Shape", 15, {b});
            m_values.push_back(add("Expand", 13, {a, Operand::value(shape)}));
            break;
        }
        default: {  // an intermediate of another shape
            const std::string turned = add("Transpose", 13, {a}, {{"perm", std::vector<std::int64_t>{1, 0}}});
            const std::string changed = add(i % 2 ? "Exp" : "Relu", i % 2 ? 13 : 14, {Operand::value(turned)});
            m_values.push_back(
                add("Transpose", 13, {Operand::value(changed)}, {{"perm", std::vector<std::int64_t>{1, 0}}}));
        }
        }
    }

    std::mt19937& m_random;
    Module m_module;
    Function m_function;
    GraphBody m_body;
    std::vector<std::string> m_values;  // of shape [6, 4]
};

}  // namespace

class TestConfluence : public QObject {
    Q_OBJECT

private slots:
    void generatedGraphs();
    void samples();
    void models();
    void fusedSamples();
    void namesSayOperatorAndShape();
    void digitsAreNoShape();
    void aScheduleChangesNoOtherFunction();
};

void TestConfluence::generatedGraphs()
{
    std::mt19937 random(7);
    for (int i = 0; i < 40 && !QTest::currentTestFailed(); ++i)
        isConfluent(RandomGraph(random).module(3 + i), random, 4);
}

void TestConfluence::samples()
{
    std::mt19937 random(8);
    int count = 0;
    for (QDirIterator files(QStringLiteral(STRATA_SOURCE_DIR "/samples"), {QStringLiteral("*.onnx")}, QDir::Files,
                            QDirIterator::Subdirectories);
         files.hasNext() && !QTest::currentTestFailed(); ++count) {
        const auto imported = onnx::importModel(files.next().toStdString());
        QVERIFY(imported.ok());
        isConfluent(imported->module, random, 6);
    }
    QVERIFY(count >= 2);
}

// STRATA_MODELS=FOLDER: the same of every .onnx file below it that lowers.
void TestConfluence::models()
{
    std::mt19937 random(9);
    for (QDirIterator files(qEnvironmentVariable("STRATA_MODELS", QStringLiteral("/nowhere")),
                            {QStringLiteral("*.onnx")}, QDir::Files, QDirIterator::Subdirectories);
         files.hasNext() && !QTest::currentTestFailed();) {
        const QString file = files.next();
        const auto module = modelWithData(file);
        if (!module || !lowerByDefault(**module)) {
            qInfo("%s: does not lower", qPrintable(file));
            continue;
        }
        qInfo("%s", qPrintable(file));
        isConfluent(*module, random, 1);
    }
}

// Groups are lowered in the same step as single nodes.
void TestConfluence::fusedSamples()
{
    std::mt19937 random(10);
    for (const char* sample : {"mlp", "cnn"}) {
        const auto imported = onnx::importModel(std::string(STRATA_SOURCE_DIR "/samples/") + sample + "/model.onnx");
        QVERIFY(imported.ok());
        isConfluent(step(*imported->module, "graph.fuse_automatically", {}), random, 6);
    }
}

void TestConfluence::namesSayOperatorAndShape()
{
    const auto module = parseModule(R"(module m(entry=main):

def main(x: f32[2, 8], s: f32[]) -> (y: f32[2, 8], z: f32[2, 8], t: f32[]):
    a: f32[2, 8] = Relu(x, node="A", version=14)
    b: f32[2, 8] = Relu(a, node="B", version=13)
    y: f32[2, 8] = Softmax(b, axis=0, node="C", version=13)
    z: f32[2, 8] = Softmax(b, axis=1, node="D", version=13)
    t: f32[] = Relu(s, node="E", version=14)
    return y, z, t
)");
    QVERIFY(module.ok());
    const Texts functions = loopsOf(*step(**module, "graph.lower_to_loops", {}));
    QCOMPARE(functions.size(), std::size_t(4));  // equal loops are one function, whatever the version
    QVERIFY(functions.count("relu_2x8") && functions.count("relu"));
    const auto isSoftmax = [](const auto& named) {
        return QString::fromStdString(named.first).startsWith(QLatin1String("softmax_2x8_"));
    };
    QCOMPARE(std::count_if(functions.begin(), functions.end(), isSoftmax), 2);
    const ModulePtr one = step(**module, "graph.lower_to_loops", {{"nodes", std::vector<std::string>{"C"}}});
    QVERIFY(functions.count(one->functions.back()->name) && one->functions.back()->name != "softmax_2x8");
    const ModulePtr named = step(**module, "graph.lower_to_loops",
                                 {{"node", std::string("C")}, {"name", std::string("s")}});
    QCOMPARE(named->functions.back()->name, std::string("s"));
    // A name given by hand takes none from the others.
    QCOMPARE(loopsOf(*step(*named, "graph.lower_to_loops", {})).count("softmax_2x8"), std::size_t(1));
}

// A scalar's function is not taken for one of a vector whose size reads like digits.
void TestConfluence::digitsAreNoShape()
{
    const auto module = parseModule(R"(module m(entry=main):

def main(x: f32[1024], s: f32[]) -> (y: f32[1024], t: f32[]):
    y: f32[1024] = Relu(x, node="A", version=14)
    t: f32[] = Relu(s, node="B", version=14)
    return y, t
)");
    QVERIFY(module.ok());
    const Texts functions = loopsOf(*step(**module, "graph.lower_to_loops", {}));
    QVERIFY(functions.count("relu_1024") && functions.count("relu"));
    std::mt19937 random(1);
    isConfluent(*module, random, 4);
}

void TestConfluence::aScheduleChangesNoOtherFunction()
{
    std::mt19937 random(11);
    for (int i = 0; i < 20 && !QTest::currentTestFailed(); ++i)
        schedulesOneAlone(RandomGraph(random).module(6 + i), random);
    const auto cnn = onnx::importModel(STRATA_SOURCE_DIR "/samples/cnn/model.onnx");
    QVERIFY(cnn.ok());
    schedulesOneAlone(cnn->module, random);
}

STRATA_TEST(TestConfluence)
#include "tst_confluence.moc"
