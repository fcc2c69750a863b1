// Groups of nodes become calls: all of them in one pass, as they would one after the other.
#include "core/text/text.h"
#include "core/verify/verify.h"
#include "passes/graph/fusion_groups.h"
#include "passes/registry.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;
using namespace strata::graph;

namespace {

ModulePtr parsed(const std::string& body, const std::string& results = "y: f32[4]")
{
    auto module = parseModule("module m(entry=main):\n\ndef main(x: f32[4], z: f32[4]) -> (" + results + "):\n" + body);
    if (!module)
        qFatal("%s", module.error().text().c_str());
    return *module;
}

std::vector<Group> groups(const Function& graph, const std::vector<std::vector<std::string>>& names)
{
    std::vector<Group> result;
    for (const auto& group : names)
        result.push_back(*findNodes(graph, group));
    return result;
}

std::vector<std::string> nodeNames(const Module& module)
{
    std::vector<std::string> names;
    for (const GraphNodePtr& node : module.entryFunction()->graph()->nodes)
        names.push_back(node->name);
    return names;
}

// Pairs of an addition and a Relu, each pair of a value of its own width, repeated.
std::string pairs(int count)
{
    std::string text, last = "x";
    for (int i = 0; i < count; ++i) {
        const std::string n = std::to_string(i);
        text += "    a" + n + ": f32[4] = " + (i % 3 ? "Add" : "Mul") + "(" + last + ", z, node=\"add" + n
                + "\", version=14)\n";
        text += "    r" + n + ": f32[4] = Relu(a" + n + ", node=\"relu" + n + "\", version=14)\n";
        text += "    s" + n + ": f32[4] = Softmax(r" + n + ", axis=0, node=\"soft" + n + "\", version=13)\n";
        last = "s" + n;
    }
    return text + "    return " + last + "\n";
}

}  // namespace

class TestGroups : public QObject {
    Q_OBJECT

private slots:
    void groupsThatWaitForEachOther();
    void aPathThroughAnotherGroup();
    void nodesInBetweenMoveBehindTheCall();
    void inOnePassAsOneByOne();
    void equalConstantsMakeEqualFunctions();
    void aLargeGraph();
};

// Each group is convex, but as calls each would need the other's result.
void TestGroups::groupsThatWaitForEachOther()
{
    const ModulePtr module = parsed(R"(    a1: f32[4] = Relu(x, node="a1", version=14)
    b1: f32[4] = Relu(z, node="b1", version=14)
    a2: f32[4] = Add(b1, x, node="a2", version=14)
    b2: f32[4] = Add(a1, z, node="b2", version=14)
    return a2, b2
)",
                                    "y: f32[4], w: f32[4]");
    const Function& graph = *module->entryFunction();
    const std::vector<Group> both = groups(graph, {{"a1", "a2"}, {"b1", "b2"}});
    QVERIFY(nodeBetween(graph, both[0]).empty() && nodeBetween(graph, both[1]).empty());
    const std::vector<Group> kept = withoutCycles(graph, both);
    QCOMPARE(kept.size(), std::size_t(1));
    const auto outlined = outline(*module, graph, kept);
    QVERIFY(outlined.ok());
    QVERIFY(verify(*outlined->module).empty());
    QCOMPARE(outline(*module, graph, both).ok(), false);
}

void TestGroups::aPathThroughAnotherGroup()
{
    const ModulePtr module = parsed(R"(    a: f32[4] = Relu(x, node="a", version=14)
    b: f32[4] = Relu(a, node="b", version=14)
    c: f32[4] = Relu(z, node="c", version=14)
    d: f32[4] = Add(b, c, node="d", version=14)
    e: f32[4] = Add(a, d, node="e", version=14)
    return e
)");
    const Function& graph = *module->entryFunction();
    QCOMPARE(QString::fromStdString(nodeBetween(graph, groups(graph, {{"a", "e"}})[0])), QStringLiteral("d"));
    const std::vector<Group> kept = withoutCycles(graph, groups(graph, {{"a", "e"}, {"c", "d"}}));
    QCOMPARE(kept.size(), std::size_t(1));
    QVERIFY(kept[0].front()->name == "c");
}

void TestGroups::nodesInBetweenMoveBehindTheCall()
{
    const ModulePtr module = parsed(R"(    a: f32[4] = Relu(x, node="a", version=14)
    d: f32[4] = Exp(a, node="d", version=13)
    o: f32[4] = Exp(z, node="o", version=13)
    b: f32[4] = Add(a, o, node="b", version=14)
    y: f32[4] = Add(b, d, node="e", version=14)
    return y
)");
    const auto outlined = outline(*module, *module->entryFunction(), groups(*module->entryFunction(), {{"b", "a"}}));
    QVERIFY(outlined.ok());
    QCOMPARE(nodeNames(*outlined->module), (std::vector<std::string>{"o", "b", "d", "e"}));
    QVERIFY(verify(*outlined->module).empty());
    const std::vector<Cursor> target = forward(outlined->forwarding, {"main", NodeKind::Operator, "a"});
    QCOMPARE(target, (std::vector<Cursor>{{"main", NodeKind::Operator, "b"}}));
}

void TestGroups::inOnePassAsOneByOne()
{
    const ModulePtr module = parsed(pairs(9));
    const std::vector<Group> all = fusionGroups(*module->entryFunction());
    QCOMPARE(all.size(), std::size_t(9));
    const auto together = outline(*module, *module->entryFunction(), all);
    QVERIFY(together.ok());
    QVERIFY(verify(*together->module).empty());
    ModulePtr single = module;
    for (const Group& group : all) {
        const auto next = outline(*single, *single->entryFunction(), {group});
        QVERIFY(next.ok());
        single = next->module;
    }
    QCOMPARE(print(*together->module), print(*single));
    QCOMPARE(together->module->functions.size(), std::size_t(3));  // equal groups share a function
}

// Each layer brings its own copy of a constant that becomes code.
void TestGroups::equalConstantsMakeEqualFunctions()
{
    const auto module = parseModule(R"(module m(entry=main):

const @s0: f32[] = [0.5]
const @s1: f32[] = [0.5]
const @s2: f32[] = [0.25]

def main(x: f32[4]) -> (y: f32[4]):
    a: f32[4] = Mul(x, @s0, node="a", version=14)
    b: f32[4] = Relu(a, node="b", version=14)
    c: f32[4] = Mul(b, @s1, node="c", version=14)
    d: f32[4] = Relu(c, node="d", version=14)
    e: f32[4] = Mul(d, @s2, node="e", version=14)
    y: f32[4] = Relu(e, node="f", version=14)
    return y
)");
    QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
    const Function& graph = *(*module)->entryFunction();
    const auto outlined = outline(**module, graph, groups(graph, {{"a", "b"}, {"c", "d"}, {"e", "f"}}));
    QVERIFY(outlined.ok());
    const auto& calls = outlined->module->entryFunction()->graph()->nodes;
    QCOMPARE(calls[0]->callee, calls[1]->callee);
    QVERIFY(calls[0]->callee != calls[2]->callee);
    QCOMPARE(outlined->module->functions.size(), std::size_t(3));
}

// Ten times as many nodes take about ten times as long; the square would be a hundred.
void TestGroups::aLargeGraph()
{
    const auto seconds = [](int count) {
        const ModulePtr module = parsed(pairs(count));
        double best = 1e9;
        for (int i = 0; i < 3; ++i) {
            const std::clock_t begin = std::clock();
            const std::vector<Group> all = fusionGroups(*module->entryFunction());
            const auto outlined = outline(*module, *module->entryFunction(), all);
            best = std::min(best, double(std::clock() - begin) / CLOCKS_PER_SEC);
            if (!outlined || all.size() != std::size_t(count))
                qFatal("the groups do not become calls");
        }
        return best;
    };
    const double small = seconds(300), large = seconds(3000);
    // Ten times as many nodes; a square would be a hundred times the work. Processor time, and room for a busy machine.
    QVERIFY2(large < 60 * small, qPrintable(QStringLiteral("%1 s and %2 s").arg(small).arg(large)));
}

STRATA_TEST(TestGroups)
#include "tst_groups.moc"
