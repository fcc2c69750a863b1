// A step on one function leaves every other function the same pointer, in the module and in what it lowers to: this is
// what makes a step on a large model cheap to show and to compile.
#include "core/session/session.h"
#include "core/text/text.h"
#include "passes/lowering/lower.h"
#include "passes/registry.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

namespace {

// `count` convolutions with a Relu, each of another size, so that none is shared.
std::string convolutions(int count)
{
    std::string text = "module m(entry=main):\n", nodes, last = "x";
    for (int i = 0; i < count; ++i) {
        const std::string n = std::to_string(i), channels = std::to_string(i + 2), before = std::to_string(i + 1);
        const std::string type = "f32[1, " + channels + ", 4, 4]";
        text += "const @w" + n + ": f32[" + channels + ", " + before + ", 1, 1] = [";
        for (int e = 0; e < (i + 1) * (i + 2); ++e)
            text += (e ? ", " : "") + std::string("0.5");
        text += "]\n";
        nodes += "    c" + n + ": " + type + " = Conv(" + last + ", @w" + n + ", node=\"conv" + n + "\", version=11)\n";
        nodes += "    r" + n + ": " + type + " = Relu(c" + n + ", node=\"relu" + n + "\", version=14)\n";
        last = "r" + n;
    }
    return text + "def main(x: f32[1, 1, 4, 4]) -> (y: f32[1, " + std::to_string(count + 1) + ", 4, 4]):\n" + nodes
           + "    return " + last + "\n";
}

}  // namespace

class TestSharing : public QObject {
    Q_OBJECT

private slots:
    void othersStayTheSamePointer();
};

void TestSharing::othersStayTheSamePointer()
{
    const auto root = parseModule(convolutions(7));
    QVERIFY2(root.ok(), root.ok() ? "" : root.error().text().c_str());
    const auto registry = std::make_shared<const Registry>(passTransforms());
    Session session(*root, registry);
    const auto cache = makeLoweringCache();
    const auto apply = [&](const std::string& line) {
        const auto step = parseStep(line, *registry);
        const auto state = step ? session.apply(*step) : Result<StatePtr>(step.error());
        return state ? std::string() : state.error().text();
    };
    QCOMPARE(apply("graph.fuse_automatically(main)"), std::string());
    const FunctionPtr first = session.current()->module->functions.back();
    QVERIFY(first->graph());
    QCOMPARE(apply("graph.lower_to_loops(" + first->name + ")"), std::string());
    const ModulePtr before = session.current()->module;
    const auto loweredBefore = lowerByDefault(*before, cache.get());
    QVERIFY2(loweredBefore.ok(), loweredBefore.ok() ? "" : loweredBefore.error().text().c_str());

    std::string loop;
    for (const Cursor& cursor : cursors(*before->find(first->name)))
        if (cursor.kind == NodeKind::Loop && loop.empty())
            loop = cursor.name;
    QCOMPARE(apply("loops.split(" + first->name + ", " + loop + ", [1, _])"), std::string());
    const ModulePtr after = session.current()->module;
    const auto loweredAfter = lowerByDefault(*after, cache.get());
    QVERIFY2(loweredAfter.ok(), loweredAfter.ok() ? "" : loweredAfter.error().text().c_str());

    QVERIFY(before->functions.size() >= 7);
    for (const FunctionPtr& function : before->functions)
        QCOMPARE(after->find(function->name) == function, function->name != first->name);
    const FunctionPtr entry = (*loweredBefore).module->entryFunction();
    for (const FunctionPtr& function : (*loweredBefore).module->functions)
        if (function != entry)
            QCOMPARE((*loweredAfter).module->find(function->name) == function, function->name != first->name);
    for (const auto& [name, constant] : before->constants)
        QCOMPARE(after->constants.at(name).get(), constant.get());
}

STRATA_TEST(TestSharing)
#include "tst_sharing.moc"
