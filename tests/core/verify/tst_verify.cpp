// The verifier: accepts what is right, and says what is wrong in one sentence.
#include "core/text/text.h"
#include "core/verify/memo.h"
#include "tests/program.h"

#include <QElapsedTimer>
#include <QTest>

using namespace strata;

namespace {

const char* denseText = R"(@loops
def linear_relu(x: f32[1, 784], w: f32[200, 784], b: f32[200]) -> (y: f32[1, 200]):
    for i, j, k in grid(1, 200, 784):
        with block("dense") as (vi: spatial(1) = i, vj: spatial(200) = j, vk: reduce(784) = k):
            with init(): y[vi, vj] = 0.0
            y[vi, vj] = fma(x[vi, vk], w[vj, vk], y[vi, vj])
    for i1, j1 in grid(1, 200):
        with block("relu") as (vi: spatial(1) = i1, vj: spatial(200) = j1):
            y[vi, vj] = max(0.0, y[vi, vj] + b[vj])
)";

const char* tiledText = R"(@loops
def tiled(x: f32[100, 64], w: f32[64, 96]) -> (y: f32[100, 96]):
    for i0 in parallel(25):
        for j0 in range(6):
            acc = alloc f32[4, 16] in local
            for i1 in unrolled(4):
                for j1 in vectorized(16):
                    with block("zero") as (vi: spatial(100) = i0 * 4 + i1, vj: spatial(96) = j0 * 16 + j1):
                        acc[vi % 4, vj % 16] = 0.0
            for k in range(64):
                for i2 in unrolled(4):
                    for j2 in vectorized(16):
                        with block("mm") as (vi: spatial(100) = i0 * 4 + i2, vj: spatial(96) = j0 * 16 + j2, vk: reduce(64) = k):
                            acc[vi % 4, vj % 16] = fma(x[vi, vk], w[vk, vj], acc[vi % 4, vj % 16])
            for i3 in unrolled(4):
                for j3 in vectorized(16):
                    with block("store") as (vi: spatial(100) = i0 * 4 + i3, vj: spatial(96) = j0 * 16 + j3):
                        y[vi, vj] = acc[vi % 4, vj % 16]
)";

const char* tailText = R"(@loops
def tail(x: f32[100]) -> (y: f32[100]):
    t = alloc f32[100]
    for i0 in range(13):
        for i1 in vectorized(8):
            with block("double") as (v: spatial(100) = i0 * 8 + i1):
                where(i0 * 8 + i1 < 100)
                t[v] = x[v] * 2.0
    for j in range(100):
        with block("pad") as (v: spatial(100) = j):
            y[v] = select((0 <= v - 1) & (v - 1 < 99), t[v - 1], 0.0)
)";

const char* scanText = R"(@loops
def scan(x: f32[10]) -> (y: f32[10]):
    with block("first"):
        y[0] = x[0]
    for i in range(9):
        with block("sum") as (v: ordered(9) = i):
            y[v + 1] = y[v] + x[v + 1]
)";

const char* kernelText = R"(@loops
def kernel(x: f32[1024]) -> (y: f32[1024]):
    for b in bound(8, "blockIdx.x"):
        s = alloc f32[130] in shared
        for r in range(2):
            for t in bound(64, "threadIdx.x"):
                with block("fetch") as (vb: spatial(8) = b, vt: spatial(128) = r * 64 + t):
                    s[vt] = x[vb * 128 + vt]
        for q in range(2):
            for w in bound(64, "threadIdx.x"):
                with block("sum") as (vb: spatial(8) = b, vt: spatial(128) = q * 64 + w):
                    y[vb * 128 + vt] = s[vt] + select(vt + 1 < 128, s[vt + 1], 0.0)
)";

const char* gatherText = R"(@loops
def gather(x: f32[10], p: i64[4]) -> (y: f32[4]):
    t = alloc f32[10]
    for i in range(10):
        with block("copy") as (v: spatial(10) = i):
            t[v] = x[v]
    for j in range(4):
        with block("gather") as (v: spatial(4) = j):
            y[v] = t[checked(p[v], 10)]
)";

std::string changed(std::string text, const std::string& from, const std::string& to)
{
    const std::size_t at = text.find(from);
    if (at == std::string::npos)
        qFatal("the text does not hold %s", from.c_str());
    return text.replace(at, from.size(), to);
}

}  // namespace

class TestVerify : public QObject {
    Q_OBJECT
private slots:
    void accepts_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("dense and relu") << denseText;
        QTest::newRow("register tile") << tiledText;
        QTest::newRow("tail and padding") << tailText;
        QTest::newRow("scan") << scanText;
        QTest::newRow("device kernel") << kernelText;
        QTest::newRow("gather") << gatherText;
        for (const char* value :
             {"y[vi] + x[vi, vk]", "x[vi, vk] + y[vi]", "y[vi] + x[vi, vk] + 1.0", "x[vi, vk] + (y[vi] + 1.0)",
              "y[vi] - x[vi, vk]", "fma(x[vi, vk], x[vi, vk], y[vi])", "x[vi, vk] * y[vi]", "maximum(y[vi], x[vi, vk])",
              "select(0 < vk, y[vi] + x[vi, vk], y[vi])", "let(t, x[vi, vk] * 2.0, y[vi] + t * t)"})
            QTest::newRow(value) << QString("@loops\ndef f(x: f32[4, 6]) -> (y: f32[4]):\n    for i, k in grid(4, 6):\n"
                                            "        with block(\"sum\") as (vi: spatial(4) = i, vk: reduce(6) = k):\n"
                                            "            with init(): y[vi] = 0.0\n            y[vi] = %1\n")
                                        .arg(value);
        QTest::newRow("joined by two writers")
            << "@loops\ndef concat(x: f32[4], z: f32[6]) -> (y: f32[10]):\n    t = alloc f32[10]\n"
               "    for i in range(4):\n        with block(\"a\") as (v: spatial(4) = i):\n            t[v] = x[v]\n"
               "    for j in range(6):\n        with block(\"b\") as (v: spatial(6) = j):\n            t[v + 4] = z[v]\n"
               "    for k in range(10):\n        with block(\"c\") as (v: spatial(10) = k):\n            y[v] = t[v]\n";
    }
    void accepts()
    {
        QFETCH(QString, text);
        const auto module = parseModule("module m():\n\n" + text.toStdString());
        QVERIFY2(module.ok(), module ? "" : module.error().text().c_str());
        const std::vector<Error> findings = verify(**module);
        QVERIFY2(findings.empty(), findings.empty() ? "" : findings[0].message.c_str());
    }

    void finds_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("sentence");
        auto row = [](const char* name, const std::string& text, const char* sentence) {
            QTest::newRow(name) << QString::fromStdString(text) << sentence;
        };
        row("index beyond the end",
            changed(tailText, "y[v] = select((0 <= v - 1) & (v - 1 < 99)", "y[v] = select(v < 101"),
            "Index 1 of t in block pad, v - 1, is -1 at v = 0, which is none of 0..99.");
        row("tail without predicate", changed(tailText, "                where(i0 * 8 + i1 < 100)\n", ""),
            "Iterator v of block double, i0 * 8 + i1, is 100 at i0 = 12, i1 = 4, which is none of 0..99.");
        row("read before write", changed(scanText, "y[0] = x[0]", "y[1] = x[0]"),
            "sum(v=0) reads y[0] before anything writes it.");
        row("tile not filled", changed(tiledText, "for i1 in unrolled(4)", "for i1 in unrolled(3)"),
            "mm(vi=3, vj=0, vk=0) reads acc[3, 0] before anything writes it.");
        row("reduction in parallel",
            changed(denseText, "    for i, j, k in grid(1, 200, 784):\n        with",
                    "    for i, j in grid(1, 200):\n      for k in parallel(784):\n        with"),
            "dense_init(vi=0, vj=0) writes y[0, 0] and dense(vi=0, vj=0, vk=1) reads it, in different iterations of loop k, which run at the same time.");
        row("shared scratch",
            changed(changed(tiledText, "            acc = alloc f32[4, 16] in local\n", ""),
                    "    for i0 in parallel(25)", "    acc = alloc f32[4, 16]\n    for i0 in parallel(25)"),
            "zero(vi=0, vj=0) writes acc[0, 0] and zero(vi=4, vj=0) writes it, too, in different iterations of loop i0, which run at the same time.");
        row("threads differ",
            changed(
                kernelText, "        for r in range(2):\n",
                "        for u in bound(32, \"threadIdx.x\"):\n            with block(\"nothing\") as (v: spatial(32) = u):\n                s[v] = 0.0\n"
                "        for r in range(2):\n"),
            "The loops u and t are both bound to threadIdx.x and differ in extent.");
        row("threads that read what others write in the same loop over them",
            "@loops\ndef f(x: f32[8]) -> (y: f32[8]):\n    s = alloc f32[8] in shared\n    for t in bound(8, \"threadIdx.x\"):\n"
            "        with block(\"put\") as (v: spatial(8) = t):\n            s[v] = x[v]\n"
            "        with block(\"get\") as (v: spatial(8) = t):\n            y[v] = s[7 - v]\n",
            "put(v=0) writes s[0] and get(v=7) reads it, in different iterations of loop t, which run at the same time.");
        row("blocks under a serial loop that carries values across them",
            "@loops\ndef f(x: f32[8]) -> (y: f32[8]):\n    for i in range(8):\n        with block(\"put\") as (v: spatial(8) = i):\n"
            "            y[v] = x[v]\n    for r in range(3):\n        for b in bound(4, \"blockIdx.x\"):\n"
            "            with block(\"step\") as (vr: ordered(3) = r, vb: ordered(4) = b):\n                y[vb + vr % 2 * 4] = y[3 - vb + (vr + 1) % 2 * 4] * 0.5\n",
            "step(vr=0, vb=0) reads y[7] and step(vr=1, vb=3) writes it, in different blocks of the device (blockIdx.x), which wait for each other only where a kernel ends.");
        row("blocks of two loops of one kernel",
            "@loops\ndef f(x: f32[8]) -> (y: f32[8]):\n    t = alloc f32[8]\n    for r in range(1):\n        for a in bound(8, \"blockIdx.x\"):\n"
            "            with block(\"put\") as (v: spatial(8) = a):\n                t[v] = x[v]\n        for b in bound(8, \"blockIdx.x\"):\n"
            "            with block(\"get\") as (v: spatial(8) = b):\n                y[v] = t[7 - v]\n",
            "put(v=0) writes t[0] and get(v=7) reads it, in different blocks of the device (blockIdx.x), which wait for each other only where a kernel ends.");
        row("a statement beside the blocks of one kernel",
            "@loops\ndef f(x: f32[8]) -> (y: f32[8]):\n    t = alloc f32[1]\n    for r in range(2):\n        with block(\"put\") as (v: ordered(2) = r):\n"
            "            t[0] = x[v]\n        for b in bound(4, \"blockIdx.x\"):\n"
            "            with block(\"get\") as (v: spatial(8) = r * 4 + b):\n                y[v] = t[0]\n",
            "put(v=0) writes t[0] and get(v=1) reads it, in different blocks of the device (blockIdx.x), which wait for each other only where a kernel ends.");
        row("an axis twice in one nest",
            "@loops\ndef f(x: f32[4, 4]) -> (y: f32[4, 4]):\n    for a in bound(4, \"threadIdx.x\"):\n        for b in bound(4, \"threadIdx.x\"):\n"
            "            with block(\"copy\") as (v: spatial(4) = a, w: spatial(4) = b):\n                y[v, w] = x[v, w]\n",
            "The loop b is bound to threadIdx.x inside loop a, which is bound to it already.");
        const std::string sum = "@loops\ndef f(x: f32[4, 6]) -> (y: f32[4]):\n    for i, k in grid(4, 6):\n"
                                "        with block(\"sum\") as (vi: spatial(4) = i, vk: reduce(6) = k):\n"
                                "            with init(): y[vi] = 0.0\n            y[vi] = ";
        const char* const noUpdate =
            "Block sum has the reduce iterator vk, whose iterations may run in any order, but its body is no update: one store a[...] = a[...] op e "
            "where op is associative and commutative and e does not read a.";
        row("reduce over a recurrence", sum + "y[vi] * 0.9 + x[vi, vk]\n", noUpdate);
        row("reduce over a difference", sum + "x[vi, vk] - y[vi]\n", noUpdate);
        row("reduce where the operand reads the result", sum + "y[vi] + x[vi, vk] * y[vi]\n", noUpdate);
        row("reduce where the result is added to itself", sum + "y[vi] + (y[vi] + x[vi, vk])\n", noUpdate);
        row("reduce over several operations", sum + "y[vi] * 2.0 + x[vi, vk] + 1.0\n", noUpdate);
        row("reduce of a difference from the result", sum + "x[vi, vk] - y[vi] + 1.0\n", noUpdate);
        row("reduce where a later term reads the result", sum + "y[vi] + 1.0 + y[vi]\n", noUpdate);
        row("reduce by an ordered maximum", sum + "max(y[vi], x[vi, vk])\n", noUpdate);
        row("reduce under a condition that reads the result", sum + "select(y[vi] < 2.0, y[vi] + x[vi, vk], y[vi])\n",
            noUpdate);
        row("an intrinsic on boxes of one buffer that meet",
            "intrinsic cp:\n    @loops\n    def cp(x: f32[4]) -> (y: f32[4]):\n        for p in range(4):\n"
            "            with block(\"g\") as (vp: spatial(4) = p):\n                y[vp] = x[vp]\n\n"
            "@loops\ndef f(x: f32[20]) -> (y: f32[20]):\n    for i in range(20):\n        with block(\"s\") as (vi: spatial(20) = i):\n"
            "            y[vi] = x[vi]\n    for t in range(4):\n        with block(\"t\") as (vt: ordered(4) = t):\n"
            "            cp(y[vt * 4], y[vt * 4 + 1])\n",
            "Block t gives cp boxes of one buffer for x and y that may share elements, and it writes one of them.");
        row("reduce by a choice", sum + "select(y[vi] < x[vi, vk], x[vi, vk], y[vi])\n", noUpdate);
        row("reduce by a fused multiply-add of the result", sum + "fma(y[vi], x[vi, vk], 1.0)\n", noUpdate);
        row("reduce that reads another element", sum + "y[3 - vi] + x[vi, vk]\n", noUpdate);
        row("two blocks of one name", changed(denseText, "block(\"relu\")", "block(\"dense\")"),
            "Two blocks of linear_relu are named dense.");
        row("parameter written",
            changed(denseText, "b: f32[200]) -> (y: f32[1, 200])", "b: f32[200], y: f32[1, 200]) -> (z: f32[1])"),
            "The parameter y is written in block dense of linear_relu; only results and allocated buffers are.");
        row("value read early",
            "@graph\ndef main(x: f32[4]) -> (y: f32[4]):\n    y: f32[4] = Relu(z, node=\"a\", version=13)\n    z: f32[4] = Relu(x, node=\"b\", version=13)\n    return y\n",
            "The value z that node a reads is not defined before it.");
        row("call that does not match",
            std::string(
                "@graph\ndef main(x: f32[4]) -> (y: f32[4]):\n    y: f32[4] = call scan(x, node=\"a\")\n    return y\n\n")
                + scanText,
            "Node a gives f32[4] for x of scan, which is f32[10].");
        row("recursion",
            "@graph\ndef main(x: f32[4]) -> (y: f32[4]):\n    y: f32[4] = call main(x, node=\"a\")\n    return y\n",
            "Function main calls itself.");
        row("buffer read early",
            std::string(
                "@library\ndef main(x: f32[10]) -> (y: f32[10]):\n    h = alloc f32[10]\n    scan(h, out=y, node=\"a\")\n\n")
                + scanText,
            "The buffer h is read by a before anything writes it.");
        row("arena overlap",
            std::string(
                "@library(arena=128)\ndef main(x: f32[10]) -> (y: f32[10]):\n    h = alloc f32[10] at arena[0:+64]\n    g = alloc f32[10] at "
                "arena[0:+64]\n    scan(x, out=h, node=\"a\")\n    scan(h, out=g, node=\"b\")\n    scan(g, out=y, node=\"c\")\n\n")
                + scanText,
            "The buffers h and g are live at the same time and share bytes of the arena.");
    }
    void finds()
    {
        QFETCH(QString, text);
        QFETCH(QString, sentence);
        const auto module = parseModule("module m():\n\n" + text.toStdString());
        QVERIFY2(module.ok(), module ? "" : module.error().text().c_str());
        const std::vector<Error> findings = verify(**module);
        QVERIFY(!findings.empty());
        QCOMPARE(QString::fromStdString(findings[0].message), sentence);
    }

    // What no text can say, since the parser finds it first; transforms could make it.
    void findsInMadeModules_data()
    {
        QTest::addColumn<QString>("sentence");
        QTest::newRow("index") << "An index of x in block b of f is i32; indices are i64.";
        QTest::newRow("condition") << "The condition of block b of f is i64 and not bool.";
        QTest::newRow("element") << "An element of x is f32 and is used as f64 in block b of f.";
        QTest::newRow("value") << "A value of type f64 is stored into y, which holds f32, in block b of f.";
        QTest::newRow("operands") << "The operands of + in block b of f do not have the types that it needs.";
        QTest::newRow("functions") << "Two functions are named f.";
        QTest::newRow("entry") << "The entry function main does not exist.";
    }
    void findsInMadeModules()
    {
        QFETCH(QString, sentence);
        const QString row = QTest::currentDataTag();
        const ExprPtr zero = intConst(0), element = load("x", DType::F32, {zero});
        Store store{"y", {zero}, element};
        Block block;
        block.name = "b";
        if (row == "index")
            store.value = load("x", DType::F32, {intConst(0, DType::I32)});
        if (row == "condition")
            block.predicate = zero;
        if (row == "element")
            store.value = cast(DType::F32, load("x", DType::F64, {zero}));
        if (row == "value")
            store.value = cast(DType::F64, element);
        if (row == "operands") {
            Expr sum = *binary(Op::Add, element, element);
            sum.args[1] = cast(DType::F64, element);
            store.value = std::make_shared<const Expr>(std::move(sum));
        }
        block.body = {makeStmt(std::move(store))};
        Function function;
        function.name = "f";
        function.params = {{"x", {ValueType::Kind::Tensor, {DType::F32, {Dim(1)}}}}};
        function.results = {{"y", {ValueType::Kind::Tensor, {DType::F32, {Dim(1)}}}}};
        function.body = LoopsBody{{makeStmt(std::move(block))}};
        Module module;
        module.functions = {std::make_shared<const Function>(function)};
        if (row == "functions")
            module.functions.push_back(module.functions[0]);
        if (row == "entry")
            module.entry = "main";
        const std::vector<Error> findings = verify(module);
        QVERIFY(!findings.empty());
        QCOMPARE(QString::fromStdString(findings[0].message), sentence);
    }

    // A function is examined once, whatever it is called; another body is another function.
    void remembersByContent()
    {
        const auto known = makeVerifiedFunctions();
        const auto one = parseModule(std::string("module m():\n\n") + tailText),
                   same = parseModule("module m():\n\n" + changed(tailText, "def tail", "def other")),
                   wrong = parseModule("module m():\n\n" + changed(tailText, "t[v - 1], 0.0", "t[v - 2], 0.0"));
        QVERIFY(one && same && wrong);
        QVERIFY(verified(**one, *known).ok());
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 100; ++i)
            QVERIFY(verified(**same, *known).ok());
        qInfo("known: %.3f ms", double(timer.nsecsElapsed()) / 1e8);
        QVERIFY(!verified(**wrong, *known).ok());
        QVERIFY(!verified(**wrong, *known).ok());
    }

    // What a program found right is told to a later one; what is wrong is not, however often it was asked about.
    void remembersBetweenPrograms()
    {
        const auto right = parseModule(std::string("module m():\n\n") + tailText),
                   wrong = parseModule("module m():\n\n" + changed(tailText, "t[v - 1], 0.0", "t[v - 2], 0.0"));
        VerifiedFunctions one;
        QVERIFY(verified(**right, one).ok());
        QVERIFY(!verified(**wrong, one).ok());
        const VerifiedHashes told = one.hashes();
        QCOMPARE(told.all.size(), std::size_t(1));
        QVERIFY(told.anyNew);
        VerifiedFunctions two(told.all);
        QVERIFY(two.hashes().all.empty());  // nobody has asked yet
        QVERIFY(verified(**right, two).ok());
        QVERIFY(!verified(**wrong, two).ok());
        QCOMPARE(two.hashes().all, told.all);
        QVERIFY(!two.hashes().anyNew);
    }

    // Printed, not asserted.
    void isQuick()
    {
        for (const char* text : {denseText, tiledText, tailText, scanText, kernelText}) {
            const auto module = parseModule(std::string("module m():\n\n") + text);
            QElapsedTimer timer;
            timer.start();
            (void)verify(**module);
            qInfo("%s: %.2f ms", (*module)->functions[0]->name.c_str(), double(timer.nsecsElapsed()) / 1e6);
        }
    }
};

STRATA_TEST(TestVerify)
#include "tst_verify.moc"
