// The text form: what is printed parses to the same module, and what does not parse says where and why.
#include "core/text/text.h"
#include "tests/program.h"

#include <QDirIterator>
#include <QTemporaryDir>
#include <QTest>

#include <fstream>
#include <random>
#include <set>
#include <sstream>

using namespace strata;

namespace {

std::string read(const QString& path)
{
    std::ifstream file(path.toStdString(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

QString folder() { return QStringLiteral(STRATA_SOURCE_DIR "/tests/core/text/texts"); }

std::string errorText(const Error& error) { return error.text(); }

ConstantPtr counting(Shape shape)
{
    const std::int64_t count = *elementCount(shape);
    auto bytes = std::make_shared<Bytes>(std::size_t(count) * 4);
    for (std::int64_t i = 0; i < count; ++i)
        reinterpret_cast<float*>(bytes->data())[i] = float(i);
    return *Constant::fromBytes({DType::F32, std::move(shape)}, bytes);
}

}  // namespace

class TestText : public QObject {
    Q_OBJECT

private slots:
    void roundTrip_data();
    void roundTrip();
    void samples_data();
    void samples();
    void shortForm_data();
    void shortForm();
    void shortFormsComeBack_data() { samples_data(); }
    void shortFormsComeBack();
    void expressions_data();
    void expressions();
    void sugar_data();
    void sugar();
    void errors_data();
    void errors();
    void linesShowNodes();
    void shifts();
    void literalsTakeTheOtherType();
    void indexMaps_data();
    void indexMaps();
    void sideFile();
    void deepInputIsRefused_data();
    void deepInputIsRefused();
    void mutatedTextNeverCrashes();
};

void TestText::roundTrip_data()
{
    QTest::addColumn<QString>("path");
    QDirIterator files(folder(), {"*.strata"}, QDir::Files);
    while (files.hasNext()) {
        const QString path = files.next();
        QTest::newRow(qPrintable(QFileInfo(path).baseName())) << path;
    }
}

// The files hold canonical text, so it also comes back letter by letter.
void TestText::roundTrip()
{
    QFETCH(QString, path);
    const std::string source = read(path);
    const auto module = parseModule(source);
    QVERIFY2(module.ok(), module.ok() ? "" : errorText(module.error()).c_str());
    const std::string printed = print(**module);
    QCOMPARE(QString::fromStdString(printed), QString::fromStdString(source));
    const auto again = parseModule(printed);
    QVERIFY2(again.ok(), again.ok() ? "" : errorText(again.error()).c_str());
    QVERIFY(equal(**module, **again));
    for (const FunctionPtr& function : (*module)->functions) {
        const auto alone = parseFunction(print(*function));
        QVERIFY2(alone.ok(), alone.ok() ? "" : errorText(alone.error()).c_str());
        QVERIFY(equal(*function, **alone));
    }
}

void TestText::samples_data()
{
    QTest::addColumn<QString>("path");
    QDirIterator files(QStringLiteral(STRATA_SOURCE_DIR "/samples"), {"*.strata"}, QDir::Files,
                       QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString path = files.next();
        QTest::newRow(qPrintable(QFileInfo(path).fileName())) << path;
    }
}

void TestText::samples()
{
    QFETCH(QString, path);
    const auto module = loadText(path.toStdString());
    QVERIFY2(module.ok(), module.ok() ? "" : errorText(module.error()).c_str());
    const auto again = parseModule(print(**module));
    QVERIFY2(again.ok(), again.ok() ? "" : errorText(again.error()).c_str());
    QVERIFY(equal(**module, **again));
}

void TestText::shortForm_data()
{
    QTest::addColumn<QString>("full");
    QTest::addColumn<QString>("brief");
    const auto row = [](const char* name, const char* full, const char* brief) {
        QTest::newRow(name) << QString::fromLatin1(full) << QString::fromLatin1(brief);
    };
    row("iterators follow from the loops",
        "for i, j in grid(4, 8):\n"
        "        with block(\"y\") as (vi: spatial(4) = i, vj: spatial(8) = j):\n"
        "            y[vi, vj] = x[vi, vj]",
        "for i, j in grid(4, 8):\n"
        "        y: y[i, j] = x[i, j]");
    row("loops of any kind share a line",
        "for i0 in range(2):\n"
        "        for i1 in unrolled(2):\n"
        "            for j in vectorized(8):\n"
        "                with block(\"y\") as (vi: spatial(4) = i0 * 2 + i1, vj: spatial(8) = j):\n"
        "                    y[vi, vj] = x[vi, vj]",
        "for i0 in range(2), i1 in unrolled(2), j in vectorized(8):\n"
        "        y: y[i0 * 2 + i1, j] = x[i0 * 2 + i1, j]");
    row("a sum",
        "for i, j in grid(4, 8):\n"
        "        with block(\"s\") as (vi: spatial(4) = i, vj: reduce(8) = j):\n"
        "            with init(): y[vi, 0] = 0.0\n"
        "            y[vi, 0] = y[vi, 0] + x[vi, vj]",
        "for i, j in grid(4, 8):\n"
        "        s:\n"
        "            with init(): y[i, 0] = 0.0\n"
        "            y[i, 0] = y[i, 0] + x[i, j]");
    row("a sum whose first instance is not where its loops begin",
        "for i, j in grid(4, 8):\n"
        "        with block(\"s\") as (vi: spatial(4) = i, vj: reduce(8) = 7 - j):\n"
        "            with init(): y[vi, 0] = 0.0\n"
        "            y[vi, 0] = y[vi, 0] + x[vi, vj]",
        nullptr);
    row("what passes from element to element is ordered",
        "for i, j in grid(4, 7):\n"
        "        with block(\"s\") as (vi: ordered(4) = i, vj: ordered(7) = j):\n"
        "            y[vi, vj + 1] = y[vi, vj]",
        "for i, j in grid(4, 7):\n"
        "        s: y[i, j + 1] = y[i, j]");
    row("less ordered than it looks",
        "for i, j in grid(4, 7):\n"
        "        with block(\"s\") as (vi: spatial(4) = i, vj: ordered(7) = j):\n"
        "            y[vi, vj + 1] = y[vi, vj]",
        nullptr);
    row("each turn of a loop has a buffer of its own",
        "for i in range(4):\n"
        "        a = alloc f32[8]\n"
        "        for j in range(8):\n"
        "            with block(\"a\") as (vi: spatial(4) = i, vj: spatial(8) = j):\n"
        "                a[vj] = x[vi, vj]\n"
        "        for k in range(8):\n"
        "            with block(\"y\") as (vi: spatial(4) = i, vk: spatial(8) = k):\n"
        "                y[vi, vk] = a[vk]",
        "for i in range(4):\n"
        "        a = alloc f32[8]\n"
        "        for j in range(8):\n"
        "            a: a[j] = x[i, j]\n"
        "        for k in range(8):\n"
        "            y: y[i, k] = a[k]");
    row("a predicate",
        "for i, j in grid(2, 3):\n"
        "        with block(\"y\") as (vi: spatial(4) = i * 3 + j):\n"
        "            where(i * 3 + j < 4)\n"
        "            y[vi, 0] = 1.0",
        "for i, j in grid(2, 3):\n"
        "        y:\n"
        "            where(i * 3 + j < 4)\n"
        "            y[i * 3 + j, 0] = 1.0");
    row("a loop of one turn",
        "for b, i in grid(1, 4):\n"
        "        with block(\"y\") as (vb: spatial(1) = b, vi: spatial(4) = i):\n"
        "            y[vb + vi, 0] = x[vi, vb]",
        "for b, i in grid(1, 4):\n"
        "        y: y[i, 0] = x[i, 0]");
    row("written again and again",
        "for i, j in grid(4, 8):\n"
        "        with block(\"y\") as (vi: spatial(4) = i, vj: spatial(8) = j):\n"
        "            y[vi, 0] = x[vi, 0]",
        nullptr);
}

// brief null: as the full form.
void TestText::shortForm()
{
    QFETCH(QString, full);
    QFETCH(QString, brief);
    const std::string head = "def f(x: f32[4, 8]) -> (y: f32[4, 8]):\n    ";
    const std::string written = head + full.toStdString() + "\n";
    const auto function = parseFunction(written);
    QVERIFY2(function.ok(), function.ok() ? "" : errorText(function.error()).c_str());
    const std::string text = print(**function, Form::Short);
    QCOMPARE(QString::fromStdString(text), QString::fromStdString(head) + (brief.isNull() ? full : brief) + "\n");
    const auto same = parseFunction(text, {}, function->get());
    QVERIFY(same.ok() && equal(**same, **function));
    const auto alone = parseFunction(text);
    QVERIFY(alone.ok());
    QCOMPARE(print(**alone, Form::Short), text);
}

void TestText::shortFormsComeBack()
{
    QFETCH(QString, path);
    const auto module = loadText(path.toStdString());
    QVERIFY(module.ok());
    for (const FunctionPtr& function : (*module)->functions) {
        if (!function->loops())
            continue;
        const std::string text = print(*function, Form::Short);
        const auto same = parseFunction(text, {}, function.get());
        QVERIFY2(same.ok(), same.ok() ? "" : errorText(same.error()).c_str());
        QVERIFY(equal(**same, *function));
        for (const TextLine& line : printLines(*function, Form::Short))
            QVERIFY2(line.text.size() <= 120, line.text.c_str());
    }
}

void TestText::expressions_data()
{
    QTest::addColumn<QString>("source");
    for (const char* source : {"i",
                               "-5",
                               "-(5)",
                               "--i",
                               "~i",
                               "i - (j - 3)",
                               "i - j - 3",
                               "i * (j + 1) // 8 % 3",
                               "-i * j",
                               "-(i * j)",
                               "i - -5",
                               "(i < j) & (j <= 3)",
                               "i == j",
                               "(i << (j + 3)) >> 1",
                               "i & (j << 1) < 3",
                               "(i == j) != True",
                               "f * 0.1",
                               "1e-45",
                               "-0.0",
                               "inf",
                               "-inf",
                               "nan",
                               "3.4028235e+38",
                               "f64(1e-320)",
                               "f16(6.55e+04)",
                               "bf16(0.1)",
                               "i8(-128)",
                               "u64(18446744073709551615)",
                               "i64(5) + 1",
                               "select(i < j, f, -f)",
                               "let(t, f * f, t + t)",
                               "let(i, f, i)",
                               "cast(f64, f)",
                               "bitcast(i32, f)",
                               "exp(f)",
                               "pow(f, 2.0)",
                               "max(0.0, f)",
                               "maximum(0.0, f)",
                               "minimum(f, -f)",
                               "checked(i, 8)",
                               "trusted(i * 2, j)",
                               "checked(checked(i, 3) + j, 12)",
                               "fma(f, f, 1.0)",
                               "9223372036854775807",
                               "-9223372036854775808"})
        QTest::newRow(source) << source;
}

void TestText::expressions()
{
    QFETCH(QString, source);
    const std::map<std::string, DType> variables{{"i", DType::I64}, {"j", DType::I64}, {"f", DType::F32}};
    const auto e = parseExpr(source.toStdString(), variables);
    QVERIFY2(e.ok(), e.ok() ? "" : errorText(e.error()).c_str());
    const std::string printed = print(*e);
    if (source != "i64(5) + 1")
        QCOMPARE(QString::fromStdString(printed), source);
    const auto again = parseExpr(printed, variables);
    QVERIFY2(again.ok(), again.ok() ? "" : errorText(again.error()).c_str());
    QVERIFY(equal(*e, *again));
}

void TestText::sugar_data()
{
    QTest::addColumn<QString>("written");
    QTest::addColumn<QString>("printed");
    const QString head = "def f(x: f32[4, 4]) -> (y: f32[4, 4]):\n";
    QTest::newRow("nested ranges become a grid")
        << head + "    for i in range(4):\n        for j in serial(4):\n            y[i, j] = x[i, j]\n"
        << "@loops\n" + head + "    for i, j in grid(4, 4):\n        y[i, j] = x[i, j]\n";
    QTest::newRow("greater is less turned round")
        << head + "    y[0, 0] = select(x[0, 0] > 1, 1, 2.0)\n"
        << "@loops\n" + head + "    y[0, 0] = select(1.0 < x[0, 0], 1.0, 2.0)\n";
    QTest::newRow("one line suites") << head + "    for i in range(4): y[i, 0] = 0\n"
                                     << "@loops\n" + head + "    for i in range(4):\n        y[i, 0] = 0.0\n";
    QTest::newRow("comments and blank lines") << "# head\n\n" + head + "\n    # here\n    y[0, 0] = 1.0   # there\n\n"
                                              << "@loops\n" + head + "    y[0, 0] = 1.0\n";
    QTest::newRow("lists over lines") << head + "    y[0,\n  0] = fma(x[0, 0],\n 1.0, 2.0)\n"
                                      << "@loops\n" + head + "    y[0, 0] = fma(x[0, 0], 1.0, 2.0)\n";
}

void TestText::sugar()
{
    QFETCH(QString, written);
    QFETCH(QString, printed);
    const auto function = parseFunction(written.toStdString());
    QVERIFY2(function.ok(), function.ok() ? "" : errorText(function.error()).c_str());
    QCOMPARE(QString::fromStdString(print(**function)), printed);
}

void TestText::errors_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("expected");
    const QString head = "def f(x: f32[4]) -> (y: f32[4]):\n";
    QTest::newRow("misspelt loop")
        << head + "    for i in rage(4):\n        y[i] = x[i]\n"
        << "text:2:14: Expected 'range', 'parallel', 'vectorized', 'unrolled', 'bound' or 'grid', but found 'rage'.\n"
           "    for i in rage(4):\n             ^";
    QTest::newRow("missing colon")
        << head + "    for i in range(4)\n        y[i] = x[i]\n"
        << "text:2:22: Expected ':', but the line ends here.\n    for i in range(4)\n                     ^";
    QTest::newRow("unknown variable") << head + "    y[k] = x[0]\n"
                                      << "text:2:7: There is no variable 'k' here.\n    y[k] = x[0]\n      ^";
    QTest::newRow("unknown buffer") << head + "    y[0] = z[0]\n"
                                    << "text:2:12: There is no buffer 'z' here.\n    y[0] = z[0]\n           ^";
    QTest::newRow("type mix")
        << head + "    for i in range(4):\n        y[i] = x[i] + i\n"
        << "text:3:21: The operands have types f32 and i64.\n        y[i] = x[i] + i\n                    ^ Convert one with cast(type, value).";
    QTest::newRow("check of a value that is no index")
        << head + "    y[checked(x[0], 4)] = 1.0\n"
        << "text:2:7: The arguments of checked are indices, of type i64, not f32.\n    y[checked(x[0], 4)] = 1.0\n      ^";
    QTest::newRow("check of a short integer")
        << head + "    y[checked(i32(1), i32(4))] = 1.0\n"
        << "text:2:7: The arguments of checked are indices, of type i64, not i32.\n    y[checked(i32(1), i32(4))] = 1.0\n"
           "      ^";
    QTest::newRow("unknown type")
        << "def f(x: f33[4]) -> ():\n    pass\n"
        << "text:1:10: There is no element type 'f33'.\ndef f(x: f33[4]) -> ():\n         ^ The element types are bool, i2, i4, i8, i16, "
           "i32, i64, u2, u4, u8, u16, u32, u64, f4e2m1, f8e4m3fn, f8e4m3fnuz, f8e5m2, f8e5m2fnuz, f8e8m0, f16, bf16, "
           "f32, f64 and string.";
    QTest::newRow("unclosed string")
        << "def f(x: f32[4]) -> (y: f32[4]):\n    with block(\"a):\n        pass\n"
        << "text:2:16: A string has no closing quote on its line.\n    with block(\"a):\n               ^";
    QTest::newRow("too few elements")
        << "const @c: f32[3] = [1.0, 2.0]\n"
        << "text:1:20: The type f32[3] has 3 elements, but 2 are given.\nconst @c: f32[3] = [1.0, 2.0]\n                   ^";
    QTest::newRow("elided constant")
        << "const @c: f32[3]\n"
        << "text:1:17: The elements of constant 'c' are not in the text.\nconst @c: f32[3]\n                ^ "
           "Open the file that has its .weights beside it.";
    QTest::newRow("does not fit")
        << "const @c: i8[1] = [200]\n"
        << "text:1:20: The number 200 does not fit into i8.\nconst @c: i8[1] = [200]\n                   ^";
    QTest::newRow("two functions") << "def f() -> ():\n    return\ndef f() -> ():\n    return\n"
                                   << "text:3:1: There are two functions 'f'.\ndef f() -> ():\n^";
    QTest::newRow("bad dedent") << "def f() -> (y: f32[1]):\n        y[0] = 1.0\n    y[0] = 2.0\n"
                                << "text:3:5: The indentation of this line fits no line above.\n    y[0] = 2.0\n    ^";
    QTest::newRow("no entry") << "module m(entry=q):\n"
                              << "text:2:1: The entry 'q' is no function of the module.\n\n^";
}

void TestText::errors()
{
    QFETCH(QString, source);
    QFETCH(QString, expected);
    const auto module = parseModule(source.toStdString());
    QVERIFY(!module.ok());
    QCOMPARE(module.error().kind, ErrorKind::Refused);
    QCOMPARE(QString::fromStdString(module.error().text()), expected);
}

// Every node of a module stands on some line, and what a line shows exists.
void TestText::linesShowNodes()
{
    for (const char* file : {"/graph.strata", "/loops.strata", "/library.strata"}) {
        const auto module = parseModule(read(folder() + file));
        QVERIFY(module.ok());
        std::set<Cursor> shown;
        for (const TextLine& line : printLines(**module))
            shown.insert(line.cursors.begin(), line.cursors.end());
        for (const Cursor& cursor : cursors(**module))
            QVERIFY2(shown.count(cursor), toString(cursor).c_str());
    }
    const auto loops = parseModule(read(folder() + "/loops.strata"));
    for (const TextLine& line : printLines(**loops))
        if (line.text.find("for i, j, k in grid") != std::string::npos) {
            QCOMPARE(line.cursors.size(), std::size_t(3));
            QCOMPARE(line.cursors.front().name, std::string("k"));
        }
}

// Shifts bind as Python's do, and are printed so that nobody needs to know.
void TestText::shifts()
{
    const auto e = parseExpr("j | i ^ i << 1 + j >> 2 < 5", {{"i", DType::I64}, {"j", DType::I64}});
    QVERIFY2(e.ok(), e.ok() ? "" : errorText(e.error()).c_str());
    QCOMPARE(QString::fromStdString(print(*e)), QString("j | i ^ ((i << (1 + j)) >> 2) < 5"));
}

void TestText::literalsTakeTheOtherType()
{
    const auto e = parseExpr("d * 0.1 + 1", {{"d", DType::F64}});
    QVERIFY(e.ok());
    QCOMPARE(QString::fromStdString(print(*e)), QString("d * f64(0.1) + f64(1.0)"));
}

void TestText::indexMaps_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("result");
    QTest::newRow("pack") << "(i, j) -> (i // 8, j, i % 8)"
                          << "(i, j) -> (i // 8, j, i % 8) [25, 784, 8]";
    QTest::newRow("pad") << "(i, j) -> (i // 16, j, i % 16)"
                         << "(i, j) -> (i // 16, j, i % 16) [13, 784, 16]";
    QTest::newRow("transpose") << "(a, b) -> (b, a)"
                               << "(a, b) -> (b, a) [784, 200]";
    QTest::newRow("negative") << "(a, b) -> (b, a - 1)"
                              << "refused";
    QTest::newRow("rank") << "(a) -> (a)"
                          << "refused";
    QTest::newRow("unknown") << "(a, b) -> (c)"
                             << "refused";
}

void TestText::indexMaps()
{
    QFETCH(QString, source);
    QFETCH(QString, result);
    const auto map = parseIndexMap(source.toStdString(), {200, 784});
    QCOMPARE(map ? QString::fromStdString(print(*map) + " " + toString(toShape(map->range))) : QString("refused"),
             result);
}

// Large constants go to the side file, also changed layouts and those that are attributes; saving over the file that
// they came from leaves them as they are.
void TestText::sideFile()
{
    QTemporaryDir dir;
    const std::string path = dir.filePath("a.strata").toStdString();
    Module module;
    module.name = "m";
    const ConstantPtr weights = counting({Dim(10), Dim(20)});
    const auto map = parseIndexMap("(i, j) -> (i // 4, j, i % 4)", {10, 20});
    QVERIFY(map.ok());
    module.constants["a`b"] = weights;
    module.constants["packed"] = *Constant::relayout(weights, *map);
    module.constants["small"] = counting({Dim(3)});
    auto function = std::make_shared<Function>();
    function->name = "f";
    GraphNode node{"n", "Constant", "", 13, "", {}, {{"y", {}}}, {{"value", counting({Dim(100)})}}};
    function->body = GraphBody{{std::make_shared<const GraphNode>(node)}, {}};
    module.functions.push_back(function);
    QVERIFY(save(module, path).ok());
    const auto loaded = loadText(path);
    QVERIFY2(loaded.ok(), loaded.ok() ? "" : errorText(loaded.error()).c_str());
    QVERIFY(equal(module, **loaded));
    const ModulePtr fewer = (*loaded)->withConstant("A", counting({Dim(1000)}));
    QVERIFY(save(*fewer, path).ok());
    QVERIFY(equal(module, **loaded));
    const auto again = loadText(path);
    QVERIFY(again.ok() && equal(*fewer, **again));
    QVERIFY(!loadText(dir.filePath("none.strata").toStdString()).ok());
}

void TestText::deepInputIsRefused_data()
{
    QTest::addColumn<QString>("source");
    const int many = 100000;
    const auto body = [](const QString& value) {
        return "def f(x: f32[4]) -> (y: f32[4]):\n    y[0] = " + value + "\n";
    };
    QTest::newRow("brackets") << body(QString(many, '(') + "1" + QString(many, ')'));
    QTest::newRow("signs") << body(QString(many, '~') + "1");
    QTest::newRow("sum") << body("x[0]" + QString(" + x[0]").repeated(many));
    QTest::newRow("calls") << body(QString("exp(").repeated(many));
    QTest::newRow("types") << "def f(x: f32[" + QString("(").repeated(many);
    QString nested;
    for (int i = 0; i < 2000; ++i)
        nested += QString(i, ' ') + "for i in range(4):\n";
    QTest::newRow("loops") << "def f() -> ():\n " + nested.replace("\n", "\n ");
    QTest::newRow("loops on a line") << "def f() -> ():\n    " + QString("for i in range(1): ").repeated(many)
                                            + "pass\n";
}

void TestText::deepInputIsRefused()
{
    QFETCH(QString, source);
    const auto module = parseModule(source.toStdString());
    QVERIFY(!module.ok());
    QCOMPARE(module.error().kind, ErrorKind::Refused);
}

// Damaged text is refused or is another module that round-trips; nothing else happens.
void TestText::mutatedTextNeverCrashes()
{
    std::mt19937 random(7);
    for (const char* file : {"/graph.strata", "/loops.strata", "/library.strata"}) {
        const std::string source = read(folder() + file);
        for (int round = 0; round < 1500; ++round) {
            std::string text = source;
            for (std::uint32_t edits = 1 + random() % 3; edits > 0; --edits) {
                const std::size_t at = random() % text.size(), length = random() % 12;
                switch (random() % 4) {
                case 0: text.erase(at, length); break;
                case 1: text.insert(at, text.substr(random() % text.size(), length)); break;
                case 2: text[at] = char(random() % 256); break;
                case 3: text.resize(at + 1); break;
                }
            }
            const auto module = parseModule(text);
            if (!module)
                continue;
            const auto again = parseModule(print(**module));
            QVERIFY2(again.ok(), (text + "\n---\n" + print(**module)).c_str());
            QVERIFY2(equal(**module, **again), text.c_str());
        }
    }
}

STRATA_TEST(TestText)
#include "tst_text.moc"
