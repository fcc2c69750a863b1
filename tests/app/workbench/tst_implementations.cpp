// One function, several ways to compute it: what runs, what the state claims, what is judged, what is saved and
// shipped.
#include "app/workbench/implementations.h"
#include "app/workbench/judge.h"
#include "core/ir/implementations.h"
#include "core/reference/evaluate.h"
#include "passes/lowering/choose.h"
#include "passes/lowering/lowering_cache.h"
#include "tests/program.h"

#include <QTemporaryDir>
#include <QTest>

using namespace strata;

namespace {

constexpr const char* head = R"(module m(entry=main, isa=x86-64-v2):

def main(x: f32[8]) -> (y: f32[8]):
    y: f32[8] = call f(x, node="c")
    return y

)";

// Functions that tell by their result which of them ran.
QString times(const char* name, const char* decorator, const char* factor)
{
    return QStringLiteral(R"(@loops
%2
def %1(a: f32[8]) -> (b: f32[8]):
    for i in range(8):
        with block("b") as (vi: spatial(8) = i):
            b[vi] = a[vi] * %3

)")
        .arg(QLatin1String(name), QLatin1String(decorator), QLatin1String(factor));
}

ModulePtr parse(const QString& text)
{
    auto module = parseModule(text.toStdString());
    if (!module)
        qFatal("%s", module.error().text().c_str());
    if (const Status status = verified(**module); !status)
        qFatal("%s", status.error().text().c_str());
    return *module;
}

// The machine's level of x86-64, as the test's compiler sees it.
int machineLevel()
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("x86-64-v4") ? 4 : __builtin_cpu_supports("x86-64-v3") ? 3 : 2;
}

}  // namespace

class TestImplementations : public QObject {
    Q_OBJECT
private slots:
    void whatRuns_data();
    void whatRuns();
    void callersStayTheSamePointers();
    void fiveOfOneFunction();
    void wrongEditIsFoundAfterOpening();

private:
    Toolchain m_toolchain;
    std::shared_ptr<const Registry> m_registry = makeRegistry();

    std::vector<Tensor> run(const Module& module, const std::vector<Tensor>& inputs)
    {
        const auto outputs = runModule(m_toolchain, module, RunTarget::Cpu, inputs);
        if (!outputs)
            qFatal("%s", outputs.error().text().c_str());
        return *outputs;
    }
    bool passes(const Session& session)
    {
        const Module& root = *session.state(0)->module;
        const auto verdicts = checkState(m_toolchain, root, *session.current(), *inputsFor(root));
        if (!verdicts)
            qFatal("%s", verdicts.error().text().c_str());
        return std::all_of(verdicts->begin(), verdicts->end(), [](const OutputVerdict& v) { return v.passed; });
    }
};

void TestImplementations::whatRuns_data()
{
    QTest::addColumn<QString>("functions");
    QTest::addColumn<int>("factor");
    const QString v4 = times("f_v4", "@implements(f)", "4.0"), v3 = times("f_v3", "@implements(f)", "3.0"),
                  all = times("f_all", "@implements(f)", "5.0");
    const QString none = QStringLiteral("@attributes(k=\"v\")");
    const auto definition = [](const char* choose) { return times("f", choose, "2.0"); };
    const int level = machineLevel();
    QTest::newRow("nothing is chosen") << definition("@attributes(k=\"v\")") + v4 + all << 2;
    QTest::newRow("one for all") << definition("@choose(f_all)") + v4 + all << 5;
    QTest::newRow("by the machine") << definition("@choose(f_v4 if isa >= x86-64-v4, f_all)") + v4 + all
                                    << (level >= 4 ? 4 : 5);
    QTest::newRow("by the machine, else itself")
        << definition("@choose(f_v4 if isa >= x86-64-v4)") + v4 << (level >= 4 ? 4 : 2);
    QTest::newRow("the second by the machine")
        << definition("@choose(f_v4 if isa >= x86-64-v4, f_v3 if isa >= x86-64-v3)") + v4 + v3
        << (level >= 4   ? 4
            : level >= 3 ? 3
                         : 2);
    const QString program = QStringLiteral("@library\n@implements(f)\ndef f_all(a: f32[8]) -> (b: f32[8]):\n"
                                           "    t = alloc f32[8]\n    g(a, out=t, node=\"one\")\n"
                                           "    g(t, out=b, node=\"two\")\n\n")
                            + times("g", "@attributes(k=\"v\")", "3.0");
    QTest::newRow("a program with buffers of its own") << definition("@choose(f_all)") + program << 9;
    QTest::newRow("the machine, else such a program")
        << definition("@choose(f_v4 if isa >= x86-64-v4, f_all)") + v4 + program << (level >= 4 ? 4 : 9);
}

void TestImplementations::whatRuns()
{
    QFETCH(QString, functions);
    QFETCH(int, factor);
    const ModulePtr module = parse(QString::fromLatin1(head) + functions);
    Tensor x = makeTensor(DType::F32, {8});
    for (int i = 0; i < 8; ++i)
        x.set(i, i + 1);
    const std::vector<Tensor> outputs = run(*module, {x});
    for (int i = 0; i < 8; ++i)
        QCOMPARE(outputs[0].at(i), double(factor * (i + 1)));
    // What it means does not depend on what is chosen.
    const auto meant = evaluate(*definitionsOf(*module), *definitionsOf(*module)->entryFunction(), {x});
    QVERIFY2(meant.ok(), meant ? "" : meant.error().text().c_str());
    QCOMPARE((*meant)[0].at(3), 8.0);
}

// What is known of a caller (types, loops) is found by its pointer, however often a state is lowered.
void TestImplementations::callersStayTheSamePointers()
{
    const ModulePtr module = parse(QString::fromLatin1(head) + times("f", "@choose(f_all)", "2.0")
                                   + times("f_all", "@implements(f)", "5.0"));
    LoweringCache cache;
    const FunctionPtr once = choose(*module, cache).module->find("main");
    QVERIFY(once != module->find("main"));
    QCOMPARE(choose(*module, cache).module->find("main"), once);
}

// Interpreted, plain loops, tiled loops, a library, a primitive: chosen in turn, undone, saved, opened.
void TestImplementations::fiveOfOneFunction()
{
    const auto opened = openModel(STRATA_SOURCE_DIR "/samples/mlp");
    QVERIFY2(opened.ok(), opened ? "" : opened.error().text().c_str());
    Session session(opened->module, m_registry, makeContext(m_toolchain));
    const auto apply = [&](const char* line) {
        const auto step = parseStep(line, *m_registry);
        if (!step)
            qFatal("%s: %s", line, step.error().text().c_str());
        if (const auto state = session.apply(*step); !state)
            qFatal("%s: %s", line, state.error().text().c_str());
    };
    apply("graph.fuse(main, [Gemm_0, Relu_0], name=linear_relu)");
    const FunctionPtr definition = session.current()->module->find("linear_relu");
    const FunctionPtr caller = session.current()->module->find("main");
    apply("any.add_implementation(linear_relu, name=plain)");
    apply("any.add_implementation(linear_relu, name=tiled, copy=plain)");
    apply("loops.split(tiled, j, factors=[_, 8])");
    apply("loops.reorder(tiled, [j0, k, j1])");
    apply("loops.vectorize(tiled, j1)");
    apply("any.add_implementation(linear_relu, name=library, routine=onednn.matmul)");
    // The primitive takes rows of b, so w is turned first; one vector of columns at a time is what it computes.
    apply("any.add_implementation(linear_relu, name=primitive, copy=plain)");
    apply("loops.cache_read(primitive, dense, w, name=turned)");
    apply("loops.transform_layout(primitive, turned, \"(j, k) -> (k, j)\")");
    apply("loops.decompose_reduction(primitive, dense, i)");
    apply("loops.split(primitive, i, factors=[_, 1])");
    apply("loops.split(primitive, j, factors=[_, 8])");
    apply("loops.reorder(primitive, [i0, j0, k, i1, j1])");
    apply("loops.blockize(primitive, i1, name=tile)");
    apply("loops.tensorize(primitive, tile, fma_f32_1x8)");
    QVERIFY(session.current()->module->intrinsic("fma_f32_1x8"));
    QVERIFY(print(*session.current()->module->find("primitive")).find("fma_f32_1x8(") != std::string::npos);
    QCOMPARE(session.current()->worst, Effect::Exact);
    QCOMPARE(session.current()->module->find("linear_relu"), definition);
    QCOMPARE(session.current()->module->find("main"), caller);

    for (const char* name : {"plain", "tiled", "primitive", "library", "linear_relu"}) {
        apply(qPrintable(QStringLiteral("any.choose_implementation(linear_relu, %1)").arg(QLatin1String(name))));
        QCOMPARE(session.current()->worst,
                 QLatin1String(name) == QLatin1String("library") ? Effect::Reassociated : Effect::Exact);
        QVERIFY2(passes(session), name);
    }
    session.undo();
    QCOMPARE(byDefault(*session.current()->module->find("linear_relu")), std::string("library"));

    apply("any.choose_implementation(linear_relu, plain)");
    apply("any.choose_implementation(linear_relu, tiled, isa=x86-64-v4)");
    QVERIFY(passes(session));
    const std::vector<ImplementationRow> rows = implementationTable(*session.current()->module);
    QCOMPARE(rows.size(), std::size_t(5));
    const auto row = [&](const char* name) {
        return *std::find_if(rows.begin(), rows.end(), [&](const ImplementationRow& r) { return r.name == name; });
    };
    QCOMPARE(row("tiled").runs, std::string("if isa >= x86-64-v4"));
    QCOMPARE(row("tiled").needs, std::string("x86-64-v4"));
    QCOMPARE(row("plain").runs, std::string("else"));
    QCOMPARE(row("library").needs, std::string("libdnnl.so.2"));
    QCOMPARE(row("library").claim, std::string("derived, reassociated"));
    QCOMPARE(row("linear_relu").runs, std::string());

    QTemporaryDir folder;
    const std::string file = folder.filePath(QStringLiteral("m.strata")).toStdString();
    QVERIFY(save(*session.current()->module, file).ok());
    const auto again = openModel(file);
    QVERIFY2(again.ok(), again ? "" : again.error().text().c_str());
    QVERIFY(equal(*again->module, *session.current()->module));

    // Two of them shipped, of which the machine chooses: on wide ones the primitive's code runs.
    apply("any.choose_implementation(linear_relu, primitive, isa=x86-64-v4)");
    QCOMPARE(session.current()->worst, Effect::Exact);
    QVERIFY(passes(session));
    const auto built = buildArtifact(m_toolchain, *session.current()->module);
    QVERIFY2(built.ok(), built ? "" : built.error().text().c_str());
    for (const char* name : {"plain", "primitive"})
        QVERIFY2(std::any_of(built->built.contributions.begin(), built->built.contributions.end(),
                             [&](const Contribution& c) { return c.kind == "code" && c.name == name; }),
                 name);
    const auto lowered = lowerByDefault(*session.current()->module);
    const auto inputs = inputsFor(*opened->module);
    QVERIFY(lowered.ok() && inputs.ok());
    ExportOptions options;
    options.folder = folder.filePath(QStringLiteral("shipped")).toStdString();
    options.name = "five";
    const auto shipped = exportModule(*lowered->module, options, m_toolchain.compiler, m_toolchain.runner, *inputs,
                                      run(*session.current()->module, *inputs));
    QVERIFY2(shipped.ok(), shipped ? "" : shipped.error().text().c_str());
    QVERIFY(shipped->verified);
}

void TestImplementations::wrongEditIsFoundAfterOpening()
{
    const ModulePtr module = parse(QString::fromLatin1(head) + times("f", "@attributes(k=\"v\")", "2.0")
                                   + times("f_same", "@implements(f, derived=exact)", "2.0"));
    Session session(module, m_registry, makeContext(m_toolchain));
    const auto apply = [&](const QString& line) {
        const auto step = parseStep(line.toStdString(), *m_registry);
        if (!step)
            qFatal("%s", step.error().text().c_str());
        if (const auto state = session.apply(*step); !state)
            qFatal("%s", state.error().text().c_str());
    };
    QString text = times("f", "@attributes(k=\"v\")", "2.5");
    text.replace(QLatin1String("\""), QLatin1String("\\\"")).replace(QLatin1Char('\n'), QLatin1String("\\n"));
    apply(QStringLiteral("any.replace_text(f, \"%1\")").arg(text));
    QCOMPARE(session.current()->worst, Effect::Unsafe);
    QVERIFY(!passes(session));

    QTemporaryDir folder;
    const std::string file = folder.filePath(QStringLiteral("m.strata")).toStdString();
    QVERIFY(save(*session.current()->module, file).ok());
    const auto opened = openModel(file);
    QVERIFY(opened.ok());
    Session later(opened->module, m_registry, makeContext(m_toolchain));
    QCOMPARE(later.current()->worst, Effect::Unsafe);
    QVERIFY(!passes(later));

    // The exact one again, and all is exact.
    const auto step = parseStep("any.choose_implementation(f, f_same)", *m_registry);
    QVERIFY(later.apply(*step).ok());
    QCOMPARE(later.current()->worst, Effect::Exact);
    QCOMPARE(later.effect(*later.current()), Effect::Exact);
    QVERIFY(passes(later));
}

STRATA_TEST_IN(QCoreApplication, TestImplementations)
#include "tst_implementations.moc"
