// Lowering by default and memory planning: a graph as text in, a runtime program out.
#include "core/text/text.h"
#include "passes/library/memory_plan.h"
#include "passes/lowering/lower.h"
#include "tests/program.h"

#include <QtTest>

using namespace strata;

namespace {

ModulePtr parsed(const std::string& text)
{
    Result<ModulePtr> module = parseModule(text);
    if (!module)
        qFatal("%s", module.error().message.c_str());
    return *module;
}

int callsOf(const Module& module, const std::string& function)
{
    int count = 0;
    for (const LibraryStmtPtr& stmt : module.entryFunction()->library()->statements)
        if (const auto* call = std::get_if<LibraryCall>(stmt.get()))
            count += call->callee == function;
    return count;
}

template<class T>
int count(const Module& module)
{
    int result = 0;
    for (const LibraryStmtPtr& stmt : module.entryFunction()->library()->statements)
        result += std::holds_alternative<T>(*stmt);
    return result;
}

}  // namespace

class tst_lower : public QObject {
    Q_OBJECT
private slots:
    void equalNodesShareOneFunction()
    {
        const Result<LoweredModule> lowered = lowerByDefault(*parsed(R"(module m(entry=main):

def main(x: f32[2, 8]) -> (y: f32[2, 8]):
    a: f32[2, 8] = Relu(x, node="Relu_0", version=14)
    b: f32[2, 8] = Exp(a, node="Exp_0", version=13)
    y: f32[2, 8] = Relu(b, node="Relu_1", version=14)
    return y
)"));
        QVERIFY2(lowered.ok(), lowered ? "" : lowered.error().message.c_str());
        QCOMPARE(lowered->module->functions.size(), std::size_t(3));
        QCOMPARE(callsOf(*lowered->module, "relu_2x8"), 2);
        QCOMPARE(callsOf(*lowered->module, "exp_2x8"), 1);
        QCOMPARE(count<AllocateBuffer>(*lowered->module), 2);  // a and b; y is the caller's
    }

    void lowersTheSameToTheSamePointers()
    {
        const ModulePtr module = parsed(R"(module m(entry=main):

def main(x: f32[8]) -> (y: f32[8]):
    a: f32[8] = Exp(x, node="Exp_0", version=13)
    y: f32[8] = Relu(a, node="Relu_0", version=14)
    return y
)");
        const std::shared_ptr<LoweringCache> cache = makeLoweringCache();
        const Result<LoweredModule> first = lowerByDefault(*module, cache.get());
        const Result<LoweredModule> second = lowerByDefault(*module, cache.get());
        QVERIFY(first.ok() && second.ok());
        for (const FunctionPtr& function : first->module->functions)
            if (function->loops())
                QVERIFY(second->module->find(function->name) == function);
    }

    void reshapesCostNothing()
    {
        const Result<LoweredModule> lowered = lowerByDefault(*parsed(R"(module m(entry=main):

const @shape: i64[2] = [4, 4]

def main(x: f32[2, 8]) -> (y: f32[4, 4]):
    a: f32[2, 8] = Exp(x, node="Exp_0", version=13)
    b: f32[4, 4] = Reshape(a, @shape, node="Reshape_0", version=14)
    y: f32[4, 4] = Relu(b, node="Relu_0", version=14)
    return y
)"));
        QVERIFY2(lowered.ok(), lowered ? "" : lowered.error().message.c_str());
        QCOMPARE(count<ViewBuffer>(*lowered->module), 1);
        QCOMPARE(count<LibraryCall>(*lowered->module), 2);
    }

    void resultsThatAreNoBufferAreCopied()
    {
        const Result<LoweredModule> lowered = lowerByDefault(*parsed(R"(module m(entry=main):

def main(x: f32[8]) -> (y: f32[8], z: f32[8], w: f32[8]):
    a: f32[8] = Exp(x, node="Exp_0", version=13)
    return a, a, x
)"));
        QVERIFY2(lowered.ok(), lowered ? "" : lowered.error().message.c_str());
        QCOMPARE(count<CopyBuffer>(*lowered->module), 2);
        QCOMPARE(count<AllocateBuffer>(*lowered->module), 0);  // Exp writes y
    }

    void deadNodesAreNotLowered()
    {
        const Result<LoweredModule> lowered = lowerByDefault(*parsed(R"(module m(entry=main):

def main(x: f32[8]) -> (y: f32[8]):
    unused: f32[8] = Exp(x, node="Exp_0", version=13)
    y: f32[8] = Relu(x, node="Relu_0", version=14)
    return y
)"));
        QVERIFY(lowered.ok());
        QCOMPARE(count<LibraryCall>(*lowered->module), 1);
    }

    void refusalsNameTheNode_data()
    {
        QTest::addColumn<QString>("node");
        QTest::addColumn<QString>("expected");
        QTest::newRow("opaque") << R"(y: f32[8] = Mystery(x, node="odd", version=1))"
                                << "odd (Mystery)";
        QTest::newRow("symbolic") << R"(y: f32[n] = Hardmax(x, axis=0, node="r", version=13))"
                                  << "speaks of n";
    }
    void refusalsNameTheNode()
    {
        QFETCH(QString, node);
        QFETCH(QString, expected);
        const bool symbolic = node.contains("[n]");
        const QString type = symbolic ? "f32[n]" : "f32[8]";
        const Result<LoweredModule> lowered = lowerByDefault(
            *parsed(("module m(entry=main):\n\ndef main(x: " + type + ") -> (y: " + type + "):\n    " + node
                     + "\n    return y\n")
                        .toStdString()));
        QVERIFY(!lowered.ok());
        QCOMPARE(lowered.error().kind, ErrorKind::Refused);
        QVERIFY2(QString::fromStdString(lowered.error().message).contains(expected), lowered.error().message.c_str());
        QVERIFY(!lowered.error().nodes.empty());
    }

    void aKernelGetsACaller()
    {
        const ModulePtr module = parsed(R"(module k(entry=f):

def f(x: f32[4]) -> (y: f32[4]):
    for i in range(4):
        with block("b") as (vi: spatial(4) = i):
            y[vi] = x[vi] + 1.0
)");
        const Result<LoweredModule> lowered = lowerByDefault(*module);
        QVERIFY(lowered.ok());
        QVERIFY(lowered->module->entryFunction()->library());
        QVERIFY(lowered->module->find("f") == module->find("f"));
    }

    void nodesAreForwardedToCallsAndBlocks()
    {
        const Result<LoweredModule> lowered = lowerByDefault(*parsed(R"(module m(entry=main):

def main(x: f32[8]) -> (y: f32[8]):
    y: f32[8] = Relu(x, node="Relu_0", version=14)
    return y
)"));
        QVERIFY(lowered.ok());
        const std::vector<Cursor> targets = forward(lowered->forwarding, {"main", NodeKind::Operator, "Relu_0"});
        for (const Cursor& target : targets)
            QVERIFY2(exists(*lowered->module, target), toString(target).c_str());
        const auto isBlock = [](const Cursor& c) { return c.kind == NodeKind::Block; };
        QVERIFY(std::any_of(targets.begin(), targets.end(), isBlock));
    }

    // The program that runs in the place of the model is what is shown, and the model's nodes are its calls.
    void nodesOfAModelAreFollowedIntoItsProgram()
    {
        const Result<LoweredModule> lowered = lowerKeepingChoices(*parsed(R"(module m(entry=main):

@choose(program)
def main(x: f32[8]) -> (y: f32[8]):
    h: f32[8] = Exp(x, node="gone", version=13)
    y: f32[8] = Relu(h, node="kept", version=14)
    return y

@loops
def relu(a: f32[8]) -> (b: f32[8]):
    for i in range(8):
        with block("b") as (vi: spatial(8) = i):
            b[vi] = max(0.0, a[vi])

@library
@implements(main, derived=exact)
def program(x: f32[8]) -> (y: f32[8]):
    relu(x, out=y, node="kept")
)"));
        QVERIFY(lowered.ok());
        QCOMPARE(lowered->module->entry, std::string("program"));
        const auto targets = [&](const char* node) {
            return forward(lowered->forwarding, {"main", NodeKind::Operator, node});
        };
        const std::vector<Cursor> kept = targets("kept");
        QVERIFY(std::count(kept.begin(), kept.end(), Cursor{"program", NodeKind::Operator, "kept"}) == 1);
        for (const Cursor& target : targets("gone"))
            QVERIFY2(target.function != "main" && target.function != "program", toString(target).c_str());
    }

    // Buffers live at one time never share memory; and a chain needs no more than its two largest neighbours.
    void theArenaIsSoundAndSmall()
    {
        std::string text = "module m(entry=main):\n\ndef main(x: f32[64]) -> (y: f32[64]):\n";
        std::string last = "x";
        for (int i = 0; i < 10; ++i) {
            const std::string name = "v" + std::to_string(i);
            text += "    " + name + ": f32[64] = " + (i % 2 ? "Exp(" : "Relu(") + last + ", node=\"n"
                    + std::to_string(i) + "\", version=" + (i % 2 ? "13" : "14") + ")\n";
            last = name;
        }
        text += "    y: f32[64] = Relu(" + last + ", node=\"end\", version=14)\n    return y\n";
        const Result<LoweredModule> lowered = lowerByDefault(*parsed(text));
        QVERIFY2(lowered.ok(), lowered ? "" : lowered.error().message.c_str());
        const LibraryBody& body = *lowered->module->entryFunction()->library();
        QCOMPARE(body.arenaBytes, std::int64_t(2 * 64 * 4));
        std::map<std::string, AllocateBuffer::Slot> slotOf;
        for (const LibraryStmtPtr& stmt : body.statements)
            if (const auto* allocation = std::get_if<AllocateBuffer>(stmt.get()))
                slotOf[allocation->name] = *allocation->slot;
        const std::vector<Lifetime> all = lifetimes(body);
        for (const Lifetime& a : all)
            for (const Lifetime& b : all)
                if (&a < &b && a.begin <= b.end && b.begin <= a.end)
                    QVERIFY(slotOf[a.buffer].offset + slotOf[a.buffer].bytes <= slotOf[b.buffer].offset
                            || slotOf[b.buffer].offset + slotOf[b.buffer].bytes <= slotOf[a.buffer].offset);
    }

    // A result that is returned under another shape is computed where it lies, through any number of views; what is
    // returned twice, or computed by nobody, is copied.
    void viewsOfResultsAreNotCopied()
    {
        const auto lowered = lowerByDefault(*parsed(R"(module m(entry=main):

const @s: i64[2] = [4, 4]
const @t: i64[2] = [8, 2]

def main(x: f32[2, 8]) -> (y: f32[16], z: f32[4, 4], u: f32[8, 2]):
    a: f32[2, 8] = Relu(x, node="Relu_0", version=14)
    b: f32[4, 4] = Reshape(a, @s, node="Reshape_0", version=14)
    y: f32[16] = Flatten(b, axis=0, node="Flatten_0", version=13)
    c: f32[2, 8] = Exp(a, node="Exp_0", version=13)
    z: f32[4, 4] = Reshape(c, @s, node="Reshape_1", version=14)
    u: f32[8, 2] = Reshape(x, @t, node="Reshape_2", version=14)
    return y, z, u
)"));
        QVERIFY2(lowered.ok(), lowered ? "" : lowered.error().message.c_str());
        QCOMPARE(count<AllocateBuffer>(*lowered->module), 0);
        QCOMPARE(count<CopyBuffer>(*lowered->module), 1);  // of the parameter
    }

    // Each branch of an If is a runtime program with a plan of its own.
    void branchesBecomePrograms()
    {
        const auto lowered = lowerByDefault(*parsed(R"(module m(entry=main):

def main(c: bool[1], x: f32[4]) -> (y: f32[4]):
    y: f32[4], rest: f32[4] = If(c, x, captures=1, then_branch=function(f), else_branch=function(g), node="If_0", version=16)
    return y

def f(x: f32[4]) -> (y: f32[4], z: f32[4]):
    a: f32[4] = Relu(x, node="Relu_0", version=14)
    y: f32[4] = Exp(a, node="Exp_0", version=13)
    return y, a

def g(x: f32[4]) -> (y: f32[4], z: f32[4]):
    a: f32[4] = Exp(x, node="Exp_0", version=13)
    b: f32[4] = Relu(a, node="Relu_0", version=14)
    y: f32[4] = Exp(b, node="Exp_1", version=13)
    return y, x
)"));
        QVERIFY2(lowered.ok(), lowered ? "" : lowered.error().message.c_str());
        QCOMPARE(callsOf(*lowered->module, "If"), 1);
        for (const char* name : {"f", "g"}) {
            const FunctionPtr branch = lowered->module->find(name);
            QVERIFY(branch && branch->library());
        }
        QVERIFY(lowered->module->find("g")->library()->arenaBytes > 0);
        QVERIFY(lowered->module->find("relu_4") && lowered->module->find("exp_4"));
        QCOMPARE(lowered->module->functions.size(), std::size_t(5));
    }

    // What no step can ask for; the others are in refusals.test.
    void refusesWhatHasNoLoops_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("sentence");
        const char* head = "module m(entry=main):\n\n";
        const QString signature = QStringLiteral("def main(x: f32[4]) -> (y: f32[4]):\n    ");
        QTest::newRow("no entry") << QStringLiteral("module m():\n\n") + signature + "return x\n\n"
                                         + QStringLiteral("def g(x: f32[4]) -> (y: f32[4]):\n    return x\n")
                                  << "The module has no entry function. Name one: module NAME(entry=FUNCTION).";
        QTest::newRow("branches of different types")
            << "module m(entry=main):\n\ndef main(c: bool[1], x: f32[4]) -> (y: unknown):\n"
               "    y: unknown = If(c, x, captures=1, then_branch=function(f), else_branch=function(g), node=\"i\", version=16)\n"
               "    return y\n\ndef f(x: f32[4]) -> (y: f32[4]):\n    return x\n\n"
               "def g(x: f32[4]) -> (y: i32[4]):\n    y: i32[4] = Cast(x, to=6, node=\"c\", version=13)\n    return y\n"
            << "Node i (If): what type y has is only known when the model runs.";
        QTest::newRow("a call of nothing") << head + signature + "y: f32[4] = call g(x, node=\"c\")\n    return y\n"
                                           << "Node c (call) calls g, which does not exist.";
    }
    void refusesWhatHasNoLoops()
    {
        QFETCH(QString, text);
        QFETCH(QString, sentence);
        const auto lowered = lowerByDefault(*parsed(text.toStdString()));
        QVERIFY(!lowered.ok());
        QCOMPARE(QString::fromStdString(lowered.error().text()), sentence);
    }
};

STRATA_TEST(tst_lower)
#include "tst_lower.moc"
