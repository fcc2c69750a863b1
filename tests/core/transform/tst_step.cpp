// Steps as lines of text, the registry's search, and arguments suggested from a selection.
#include "core/transform/step.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

namespace {

Registry registry()
{
    Transform split;
    split.id = "loops.split";
    split.title = "Split a loop";
    split.alsoKnownAs = {"tile (Halide)", "T.split"};
    split.appliesTo = {NodeKind::Loop};
    split.parameters = {{"function", ParameterKind::Function, "Where.", "", false, {}},
                        {"loop", ParameterKind::Loop, "Which.", "", false, {}},
                        {"factors", ParameterKind::Integers, "Extents of the new loops.", "[_, 4]", false, {}},
                        {"names", ParameterKind::Names, "Their names.", "", true, {}},
                        {"check", ParameterKind::Boolean, "Whether.", "True", true, {}}};
    Transform fuse;
    fuse.id = "graph.fuse";
    fuse.title = "Fuse";
    fuse.appliesTo = {NodeKind::Operator};
    fuse.parameters = {{"function", ParameterKind::Function, "Where.", "", false, {}},
                       {"nodes", ParameterKind::Nodes, "Which.", "", false, {}},
                       {"name", ParameterKind::Name, "Its name.", "", true, {}}};
    Transform loopFuse = fuse;
    loopFuse.id = "loops.fuse";
    Transform isa;
    isa.id = "hardware.choose_isa";
    isa.title = "Choose the instruction set";
    isa.parameters = {{"isa", ParameterKind::Choice, "Which.", "x86-64-v3", false, {"x86-64-v1", "x86-64-v3", "own.NAME"}},
                      {"threads", ParameterKind::Integer, "How many.", "0", true, {}}};
    Transform layout;
    layout.id = "loops.transform_layout";
    layout.parameters = {{"buffer", ParameterKind::Buffer, "Which.", "", false, {}},
                         {"map", ParameterKind::IndexMap, "How.", "", false, {}},
                         {"note", ParameterKind::Text, "Why.", "", true, {}}};
    return Registry({split, fuse, loopFuse, isa, layout});
}

}  // namespace

class TestStep : public QObject {
    Q_OBJECT

private slots:
    void roundTrip_data();
    void roundTrip();
    void errors_data();
    void errors();
    void titles_data();
    void titles();
    void search_data();
    void search();
    void suggestions();
};

void TestStep::roundTrip_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("canonical");
    const auto row = [](const char* line, const char* canonical) { QTest::newRow(line) << line << canonical; };
    row("loops.split(mm_relu, j, [_, 4])", "loops.split(mm_relu, j, [_, 4])");
    row("split(mm_relu, j, factors=[_, 4], check=True)", "loops.split(mm_relu, j, [_, 4])");
    row("tile(function=f, factors=[2, 3], loop=j, names=[a, b], check=False)",
        "loops.split(f, j, [2, 3], names=[a, b], check=False)");
    row("graph.fuse(main, [`/fc/Gemm`, \"Relu_0\"], name=linear)  # why",
        "graph.fuse(main, [`/fc/Gemm`, Relu_0], name=linear)  # why");
    row("graph.fuse(main, []) @auto(\"rule \\\"x\\\"\") #  a # b ",
        "graph.fuse(main, []) @auto(\"rule \\\"x\\\"\")  # a # b");
    row("choose_isa(x86-64-v1, threads=4)", "hardware.choose_isa(x86-64-v1, threads=4)");
    row("hardware.choose_isa(\"x86-64-v1\")", "hardware.choose_isa(x86-64-v1)");
    row("hardware.choose_isa(own.mine_2)", "hardware.choose_isa(own.mine_2)");
    row("transform_layout(w, (i, j) -> (i // 8, j, i % 8), note=\"a\\n#b\")",
        "loops.transform_layout(w, (i, j) -> (i // 8, j, i % 8), note=\"a\\n#b\")");
    row("  transform_layout(w, (i) -> ((i + 1) * 2))  ", "loops.transform_layout(w, (i) -> ((i + 1) * 2))");
}

void TestStep::roundTrip()
{
    QFETCH(QString, line);
    QFETCH(QString, canonical);
    const Registry known = registry();
    const auto step = parseStep(line.toStdString(), known);
    QVERIFY2(step.ok(), step.ok() ? "" : step.error().text().c_str());
    QCOMPARE(QString::fromStdString(print(*step, known)), canonical);
    const auto again = parseStep(print(*step, known), known);
    QVERIFY(again.ok());
    QVERIFY(*again == *step);
}

void TestStep::errors_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* line, const char* expected) { QTest::newRow(line) << line << expected; };
    row("loops.spilt(f, j)",
        "column 1: There is no transform 'loops.spilt'.\nloops.spilt(f, j)\n^ Do you mean loops.split?");
    row("fuse(f, [a])",
        "column 1: The name 'fuse' stands for several transforms.\nfuse(f, [a])\n^ Write one of graph.fuse and loops.fuse.");
    row("split(f)", "column 8: loops.split needs 'loop': a loop.\nsplit(f)\n       ^ Which.");
    row("split(f, j, 4)", "column 13: Expected '[', but found '4'.\nsplit(f, j, 4)\n            ^");
    row("split(f, j, [_, _])",
        "column 19: At most one number of 'factors' is left to be inferred.\nsplit(f, j, [_, _])\n                  ^");
    row("split(f, j, [4], size=3)",
        "column 18: loops.split has no parameter 'size'.\nsplit(f, j, [4], size=3)\n                 ^ It has function, loop, factors, names, check.");
    row("split(f, j, [4], loop=k)", "column 18: 'loop' is given twice.\nsplit(f, j, [4], loop=k)\n                 ^");
    row("split(f, j, [4]",
        "column 16: Expected ',' or ')', but the line ends here.\nsplit(f, j, [4]\n               ^");
    row("choose_isa(sse2)",
        "column 12: 'isa' is one of x86-64-v1, x86-64-v3, own.NAME, not 'sse2'.\nchoose_isa(sse2)\n           ^");
    row("choose_isa(own.2)",
        "column 12: 'isa' is one of x86-64-v1, x86-64-v3, own.NAME, not 'own.2'.\nchoose_isa(own.2)\n           ^");
    row("choose_isa(x86-64-v1) now",
        "column 23: Expected the end of the step, or # and a comment, but found 'now'.\nchoose_isa(x86-64-v1) now\n                      ^");
    row("split(f, j, [99999999999999999999])",
        "column 14: The number 99999999999999999999 is out of range.\nsplit(f, j, [99999999999999999999])\n             ^");
}

void TestStep::errors()
{
    QFETCH(QString, line);
    QFETCH(QString, expected);
    const auto step = parseStep(line.toStdString(), registry());
    QVERIFY(!step.ok());
    QCOMPARE(QString::fromStdString(step.error().text()), expected);
}

void TestStep::titles_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("expected");
    QTest::newRow("split") << "split(mm_relu, j, [_, 4])"
                           << "split j [_, 4]";
    QTest::newRow("fuse") << "graph.fuse(main, [a, b], name=ab)"
                          << "fuse [a, b] ab";
    QTest::newRow("isa") << "choose_isa(x86-64-v1)"
                         << "choose_isa x86-64-v1";
}

void TestStep::titles()
{
    QFETCH(QString, line);
    QFETCH(QString, expected);
    const Registry known = registry();
    const auto step = parseStep(line.toStdString(), known);
    QVERIFY(step.ok());
    QCOMPARE(QString::fromStdString(title(*step, known)), expected);
}

void TestStep::search_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("found");
    QTest::newRow("id") << "loops.fuse"
                        << "loops.fuse";
    QTest::newRow("short") << "split"
                           << "loops.split";
    QTest::newRow("alias") << "T.split"
                           << "loops.split";
    QTest::newRow("alias of a system") << "tile"
                                       << "loops.split";
    QTest::newRow("ambiguous")
        << "fuse"
        << "The name 'fuse' stands for several transforms. Write one of graph.fuse and loops.fuse.";
    QTest::newRow("near") << "graph.fuze"
                          << "There is no transform 'graph.fuze'. Do you mean graph.fuse?";
    QTest::newRow("far") << "quantize_everything"
                         << "There is no transform 'quantize_everything'.";
}

void TestStep::search()
{
    QFETCH(QString, name);
    QFETCH(QString, found);
    const Registry known = registry();
    const auto transform = known.find(name.toStdString());
    QCOMPARE(QString::fromStdString(transform ? (*transform)->id : transform.error().text()), found);
}

void TestStep::suggestions()
{
    const Registry known = registry();
    const Module module;
    const auto split = suggestArguments(**known.find("split"), module, {"f", NodeKind::Loop, "j"});
    QVERIFY(split.ok());
    QCOMPARE(split->text("function"), std::string("f"));
    QCOMPARE(split->text("loop"), std::string("j"));
    QVERIFY((split->integers("factors") == std::vector<std::int64_t>{inferred, 4}));
    QVERIFY(!split->has("names"));
    const auto wrong = suggestArguments(**known.find("split"), module, {"f", NodeKind::Block, "b"});
    QVERIFY(!wrong.ok());
    QCOMPARE(wrong.error().text(), std::string("Split a loop does not apply to a block. Select a loop."));
    const auto fuse = suggestArguments(**known.find("graph.fuse"), module, {"main", NodeKind::Operator, "a"});
    QVERIFY(fuse.ok() && fuse->texts("nodes") == std::vector<std::string>{"a"});
}

STRATA_TEST(TestStep)
#include "tst_step.moc"
