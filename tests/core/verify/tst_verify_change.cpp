// A changed graph is right exactly if the whole verifier says so: random edits of a module that verifies.
#include "core/text/text.h"
#include "core/verify/change.h"
#include "tests/program.h"

#include <QElapsedTimer>
#include <QTest>

#include <random>

using namespace strata;

namespace {

constexpr const char* text = R"(module edited(entry=main):

const @c: f32[4]
const @d: f32[5]

def main(x: f32[4], z: f32[4]) -> (y: f32[4], w: f32[4]):
    a: f32[4] = Add(x, z, node="A", version=14)
    b: f32[4] = call double(a, node="B")
    e: f32[4] = Mul(b, @c, node="E", version=14)
    f: f32[5] = call wide(@d, node="F")
    g: f32[4] = Sub(e, a, node="G", version=14)
    h: f32[4] = call double(g, node="H")
    i: f32[4] = Add(h, b, node="I", version=14)
    return i, a

def double(x: f32[4]) -> (y: f32[4]):
    y: f32[4] = Add(x, x, node="Add", version=14)
    return y

def wide(x: f32[5]) -> (y: f32[5]):
    y: f32[5] = Relu(x, node="Relu", version=14)
    return y
)";

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t count)
{
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
}

template<class T>
const T& one(Random& random, const std::vector<T>& of)
{
    return of[below(random, of.size())];
}

const std::vector<std::string> values{"x", "z", "a", "b", "e", "f", "g", "h", "i", "new", "none"};
const std::vector<std::string> functions{"double", "wide", "gone"};

Operand anOperand(Random& random)
{
    static const std::vector<std::string> constants{"c", "d", "gone"};
    return below(random, 5) == 0 ? Operand::constant(one(random, constants)) : Operand::value(one(random, values));
}

ValueType aType(Random& random) { return {ValueType::Kind::Tensor, {DType::F32, {Dim(below(random, 4) ? 4 : 5)}}}; }

GraphNode aNode(Random& random)
{
    static const std::vector<std::string> names{"A", "B", "E", "N"};
    GraphNode node;
    node.name = one(random, names);
    node.op = below(random, 2) ? "call" : "Relu";
    if (node.isCall())
        node.callee = one(random, functions);
    else
        node.version = 14;
    node.inputs = {anOperand(random)};
    node.outputs = {{one(random, values), aType(random)}};
    return node;
}

// The node as it is, but for one thing.
GraphNode edited(GraphNode node, Random& random)
{
    switch (below(random, 5)) {
    case 0: node.name = below(random, 2) ? "N" : "A"; break;
    case 1: node.inputs[below(random, node.inputs.size())] = anOperand(random); break;
    case 2: node.outputs[0].name = one(random, values); break;
    case 3: node.outputs[0].type = aType(random); break;
    default:
        if (node.isCall())
            node.callee = one(random, functions);
    }
    return node;
}

void editGraph(Function& graph, Random& random)
{
    GraphBody& body = std::get<GraphBody>(graph.body);
    const std::size_t at = below(random, body.nodes.size());
    switch (below(random, 6)) {
    case 0: body.nodes.erase(body.nodes.begin() + std::ptrdiff_t(at)); break;
    case 1: std::swap(body.nodes[at], body.nodes[below(random, body.nodes.size())]); break;
    case 2:
        body.nodes.insert(body.nodes.begin() + std::ptrdiff_t(at), std::make_shared<const GraphNode>(aNode(random)));
        break;
    case 3: body.returns[below(random, 2)] = anOperand(random); break;
    case 4: (below(random, 2) ? graph.results : graph.params)[below(random, 2)].type = aType(random); break;
    default: body.nodes[at] = std::make_shared<const GraphNode>(edited(*body.nodes[at], random));
    }
}

// What stands around: a function or a constant that is gone, or another.
void editAround(Module& module, Random& random)
{
    switch (below(random, 4)) {
    case 0: std::erase_if(module.functions, [](const FunctionPtr& f) { return f->name == "wide"; }); break;
    case 1: module.constants.erase("c"); break;
    case 2: module.constants["d"] = module.constants.at("c"); break;
    default: {
        Function other = *module.find("double");
        other.results[0].type = other.params[0].type = aType(random);
        module = *module.withFunction(std::make_shared<const Function>(std::move(other)));
    }
    }
}

}  // namespace

class TestVerifyChange : public QObject {
    Q_OBJECT
private slots:
    void saysWhatTheWholeVerifierSays();
    void looksAtWhatChanged();
};

void TestVerifyChange::saysWhatTheWholeVerifierSays()
{
    const auto before = parseModule(text, [](const std::string&, const TensorType& type) {
        return Constant::fromBytes(type, std::make_shared<Bytes>(std::size_t(*byteCount(type))));
    });
    QVERIFY2(before.ok(), before ? "" : before.error().text().c_str());
    QVERIFY(verify(**before).empty());
    Random random(1);
    int right = 0, wrong = 0;
    for (int round = 0; round < 50'000; ++round) {
        Module after = **before;
        Function graph = *after.find("main");
        for (std::size_t edits = below(random, 3); edits-- > 0;)
            editGraph(graph, random);
        if (below(random, 6) == 0)
            editAround(after, random);
        const ModulePtr module = after.withFunction(std::make_shared<const Function>(graph));
        const FunctionPtr changed = module->find("main");
        const bool whole = examine(*module, *changed).empty();
        QVERIFY2(examineChange(**before, *module, *changed).empty() == whole, print(*module).c_str());
        (whole ? right : wrong) += 1;
    }
    QVERIFY2(right > 5000 && wrong > 5000, qPrintable(QString("%1 right, %2 wrong").arg(right).arg(wrong)));
}

// A node in the middle of many: much less than all of them cost.
void TestVerifyChange::looksAtWhatChanged()
{
    constexpr int count = 20'000, middle = count / 2;
    Function graph;
    graph.name = "main";
    graph.params = {{"v0", {ValueType::Kind::Tensor, {DType::F32, {Dim(4)}}}}};
    GraphBody body;
    for (int i = 0; i < count; ++i) {
        GraphNode node;
        node.name = "n" + std::to_string(i);
        node.op = "Relu";
        node.version = 14;
        node.inputs = {Operand::value("v" + std::to_string(i))};
        node.outputs = {{"v" + std::to_string(i + 1), graph.params[0].type}};
        body.nodes.push_back(std::make_shared<const GraphNode>(std::move(node)));
    }
    body.returns = {Operand::value("v" + std::to_string(count))};
    graph.results = {{"y", graph.params[0].type}};
    graph.body = body;
    Module before;
    before.entry = "main";
    before.functions = {std::make_shared<const Function>(graph)};
    GraphNode other = *body.nodes[middle];
    other.op = "Sigmoid";
    std::get<GraphBody>(graph.body).nodes[middle] = std::make_shared<const GraphNode>(std::move(other));
    const ModulePtr after = before.withFunction(std::make_shared<const Function>(graph));
    const auto cost = [&](const auto& look) {
        qint64 least = std::numeric_limits<qint64>::max();
        for (int turn = 0; turn < 7; ++turn) {
            QElapsedTimer timer;
            timer.start();
            if (!look().empty())
                return qint64(-1);
            least = std::min(least, timer.nsecsElapsed());
        }
        return least;
    };
    const FunctionPtr changed = after->find("main");
    const qint64 whole = cost([&] { return examine(*after, *changed); });
    const qint64 change = cost([&] { return examineChange(before, *after, *changed); });
    QVERIFY(whole > 0 && change > 0);
    QVERIFY2(change * 5 < whole, qPrintable(QString("%1 ns of %2 ns").arg(change).arg(whole)));
}

STRATA_TEST(TestVerifyChange)
#include "tst_verify_change.moc"
