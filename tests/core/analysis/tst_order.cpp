// Legality of reordering: verdicts with their witnesses, and agreement with the instance oracle on random nests.
#include "core/analysis/dependence.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>
#include <random>
#include <sstream>

using namespace strata;

namespace {

FunctionPtr parse(const std::string& text)
{
    auto function = parseFunction(text);
    if (!function)
        qFatal("%s", function.error().text().c_str());
    return *function;
}

std::string nest(const std::string& header, const std::string& loops, const std::string& block)
{
    std::string text = header + "\n";
    std::istringstream lines(loops);
    std::string indent = "    ", line;
    while (std::getline(lines, line, ';')) {
        text += indent + line + "\n";
        indent += "    ";
    }
    std::istringstream body(block);
    while (std::getline(body, line))
        text += indent + line + "\n";
    return text;
}

const char* stencilHeader = "@loops\ndef f(x: f32[6, 6]) -> (a: f32[6, 6]):\n"
                            "    for i0, j0 in grid(6, 6):\n"
                            "        with block(\"copy\") as (vi: spatial(6) = i0, vj: spatial(6) = j0):\n"
                            "            a[vi, vj] = x[vi, vj]";
const char* stencilBlock = "with block(\"stencil\") as (vi: ordered(5) = i, vj: ordered(5) = j):\n"
                           "    a[vi + 1, vj] = a[vi + 1, vj] + a[vi, vj + 1]";
const char* mmHeader = "@loops\ndef f(x: f32[8, 4], w: f32[4, 6]) -> (y: f32[8, 6]):";
const char* mmBlock = "with block(\"mm\") as (vi: spatial(8) = i, vj: spatial(6) = j, vk: reduce(4) = k):\n"
                      "    with init(): y[vi, vj] = 0.0\n"
                      "    y[vi, vj] = fma(x[vi, vk], w[vk, vj], y[vi, vj])";

}  // namespace

class TestOrder : public QObject {
    Q_OBJECT
private slots:
    void compare_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("after");
        QTest::addColumn<bool>("legal");
        QTest::addColumn<bool>("reassociated");
        QTest::addColumn<QString>("sentence");
        auto row = [](const char* name, const std::string& before, const std::string& after, bool legal,
                      bool reassociated, const char* sentence) {
            QTest::newRow(name) << QString::fromStdString(before) << QString::fromStdString(after) << legal
                                << reassociated << sentence;
        };
        const std::string mm = nest(mmHeader, "for i in range(8):;for j in range(6):;for k in range(4):", mmBlock);
        row("matmul: i and j swap", mm,
            nest(mmHeader, "for j in range(6):;for i in range(8):;for k in range(4):", mmBlock), true, false, "");
        row("matmul: k outermost", mm,
            nest(mmHeader, "for k in range(4):;for j in range(6):;for i in range(8):", mmBlock), true, false, "");
        std::string split = mmBlock;
        split.replace(split.find("= k)"), 4, "= k0 * 2 + k1)");
        row("matmul: k split", mm,
            nest(mmHeader, "for k0 in range(2):;for i in range(8):;for j in range(6):;for k1 in range(2):", split),
            true, false, "");
        row("matmul: digits of k swap", mm,
            nest(mmHeader, "for i in range(8):;for j in range(6):;for k1 in range(2):;for k0 in range(2):", split),
            true, true, "");
        row("matmul: parallel k", mm,
            nest(mmHeader, "for i in range(8):;for j in range(6):;for k in parallel(4):", mmBlock), false, false,
            "mm_init(vi=0, vj=0) writes y[0, 0] and mm(vi=0, vj=0, vk=1) reads it, in different iterations of loop k, which run at the same time.");
        row("matmul: vectorized j", mm,
            nest(mmHeader, "for i in range(8):;for k in range(4):;for j in vectorized(6):", mmBlock), true, false, "");
        std::string backwards = mmBlock;
        backwards.replace(backwards.find("= k)"), 4, "= 3 - k)");
        row("matmul: init comes last", mm,
            nest(mmHeader, "for i in range(8):;for j in range(6):;for k in range(4):", backwards), false, false,
            "mm(vi=0, vj=0, vk=3) reads y[0, 0] before mm_init(vi=0, vj=0) writes it.");
        const std::string stencil = nest(stencilHeader, "for i in range(5):;for j in range(5):", stencilBlock);
        row("stencil: i and j swap", stencil,
            nest(stencilHeader, "for j in range(5):;for i in range(5):", stencilBlock), false, false,
            "stencil(vi=1, vj=0) reads a[1, 1] before stencil(vi=0, vj=1) writes it.");
        row("stencil: same", stencil, stencil, true, false, "");
    }
    void compare()
    {
        QFETCH(QString, before);
        QFETCH(QString, after);
        QFETCH(bool, legal);
        QFETCH(bool, reassociated);
        QFETCH(QString, sentence);
        const OrderVerdict verdict = compareOrder(*parse(before.toStdString()), *parse(after.toStdString()));
        QVERIFY2(verdict.unknown.empty(), verdict.unknown.c_str());
        QCOMPARE(QString::fromStdString(verdict.witness ? verdict.witness->sentence : ""), sentence);
        QCOMPARE(verdict.legal, legal);
        QCOMPARE(verdict.reassociated, reassociated);
    }

    void placement()
    {
        const std::string producer =
            "        with block(\"double\") as (v: spatial(8) = i):\n            t[v] = x[v] * 2.0\n";
        const std::string header = "@loops\ndef f(x: f32[8]) -> (y: f32[7]):\n    t = alloc f32[8]\n";
        const auto apart = parse(
            header + "    for i in range(8):\n" + producer
            + "    for j in range(7):\n        with block(\"sum\") as (v: spatial(7) = j):\n            y[v] = t[v] + t[v + 1]\n");
        const auto together = [&](const char* offset) {
            return parse(
                header
                + "    for j in range(7):\n        for i in range(2):\n            with block(\"double\") as (v: spatial(8) = j + i"
                + offset
                + "):\n                t[v] = x[v] * 2.0\n        with block(\"sum\") as (v: spatial(7) = j):\n            y[v] = t[v] + t[v + 1]\n");
        };
        QVERIFY(compareOrder(*apart, *together("")).legal);  // recomputed in part, always before it is read
        const auto early = parse(
            header
            + "    for j in range(7):\n        with block(\"sum\") as (v: spatial(7) = j):\n            y[v] = t[v] + t[v + 1]\n"
              "    for i in range(8):\n"
            + producer);
        const OrderVerdict verdict = compareOrder(*apart, *early);
        QVERIFY(!verdict.legal && verdict.witness);
        QCOMPARE(QString::fromStdString(verdict.witness->sentence),
                 QStringLiteral("sum(v=0) reads t[0] before double(v=0) writes it."));
    }

    void independence_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("loop");
        QTest::addColumn<QString>("sentence");
        const std::string mm = nest(mmHeader, "for i in range(8):;for j in range(6):;for k in range(4):", mmBlock);
        QTest::newRow("spatial") << QString::fromStdString(mm) << "j"
                                 << "";
        QTest::newRow("reduction")
            << QString::fromStdString(mm) << "k"
            << "mm_init(vi=0, vj=0) writes y[0, 0] and mm(vi=0, vj=0, vk=1) reads it, in different iterations of loop k, which run at the same time.";
        QTest::newRow("fused")
            << "@loops\ndef f(x: f32[4, 8]) -> (y: f32[4, 8]):\n    for i in range(32):\n"
               "        with block(\"copy\") as (vi: spatial(4) = i // 8, vj: spatial(8) = i % 8):\n            y[vi, vj] = x[vi, vj]\n"
            << "i"
            << "";
        QTest::newRow("scratch of its own")
            << "@loops\ndef f(x: f32[4]) -> (y: f32[4]):\n    for i in range(4):\n        t = alloc f32[1] in local\n"
               "        with block(\"a\") as (v: spatial(4) = i):\n            t[0] = x[v]\n"
               "        with block(\"b\") as (v: spatial(4) = i):\n            y[v] = t[0]\n"
            << "i"
            << "";
        QTest::newRow("scratch shared")
            << "@loops\ndef f(x: f32[4]) -> (y: f32[4]):\n    t = alloc f32[1]\n    for i in range(4):\n"
               "        with block(\"a\") as (v: spatial(4) = i):\n            t[0] = x[v]\n"
               "        with block(\"b\") as (v: spatial(4) = i):\n            y[v] = t[0]\n"
            << "i"
            << "a(v=0) writes t[0] and a(v=1) writes it, too, in different iterations of loop i, which run at the same time.";
        QTest::newRow("data-dependent")
            << "@loops\ndef f(x: f32[4], p: i64[4]) -> (y: f32[4]):\n    for i in range(4):\n"
               "        with block(\"scatter\") as (v: spatial(4) = i):\n            y[p[v]] = x[v]\n"
            << "i"
            << "scatter(v=0) writes y[:] and scatter(v=1) writes it, too, in different iterations of loop i, which run at the same time. "
               "(An index depends on data; any element of its dimension is assumed.)";
    }
    void independence()
    {
        QFETCH(QString, text);
        QFETCH(QString, loop);
        QFETCH(QString, sentence);
        const OrderVerdict verdict = independentIterations(*parse(text.toStdString()), loop.toStdString());
        QVERIFY2(verdict.unknown.empty(), verdict.unknown.c_str());
        QCOMPARE(QString::fromStdString(verdict.witness ? verdict.witness->sentence : ""), sentence);
        QCOMPARE(verdict.legal, sentence.isEmpty());
    }

    void races_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("apart");
        const QString blocks =
            "@loops\ndef f(x: f32[8]) -> (y: f32[8]):\n    t = alloc f32[8]\n    for r in range(2):\n"
            "        for a in bound(8, \"blockIdx.x\"):\n            with block(\"put\") as (v: spatial(8) = a):\n"
            "                t[v] = x[v]\n        for b in bound(8, \"blockIdx.x\"):\n"
            "            with block(\"get\") as (v: spatial(8) = b):\n                y[v] = t[READ]\n";
        QTest::newRow("each block reads what it wrote") << QString(blocks).replace("READ", "v") << true;
        QTest::newRow("blocks read what others wrote") << QString(blocks).replace("READ", "7 - v") << false;
        QTest::newRow("threads read what others wrote before the barrier")
            << QString(blocks).replace("READ", "7 - v").replace("blockIdx", "threadIdx") << true;
    }
    // The oracle and exact analysis agree on what meets at the same time.
    void races()
    {
        QFETCH(QString, text);
        QFETCH(bool, apart);
        const FunctionPtr function = parse(text.toStdString());
        const Status races = checkRaces(*function);
        QCOMPARE(races.ok(), apart);
        QVERIFY(apart || races.error().message.find("leaves their order open.") != std::string::npos);
        QCOMPARE(independentIterations(*function, "a").legal && independentIterations(*function, "b").legal, apart);
    }

    void oracle_data()
    {
        QTest::addColumn<QString>("after");
        QTest::addColumn<QString>("sentence");
        const std::string header = "@loops\ndef f(x: f32[4]) -> (y: f32[1]):";
        const std::string block = "with block(\"s\") as (vk: reduce(4) = BINDING):\n    with init(): y[0] = 0.0\n"
                                  "    y[0] = y[0] + x[vk]";
        const auto with = [&](const char* loop, const char* binding) {
            std::string text = block;
            text.replace(text.find("BINDING"), 7, binding);
            return QString::fromStdString(nest(header, loop, text));
        };
        QTest::newRow("same") << with("for k in range(4):", "k") << "";
        QTest::newRow("another order of the sum")
            << with("for k in range(4):", "(k * 3) % 4") << "s(2) accumulates into y[0] before s(1) does.";
        QTest::newRow("fewer instances") << with("for k in range(3):", "k") << "s(3) does not run any more.";
        QTest::newRow("more instances") << with("for k in range(5):", "k") << "s(4) did not run before.";
        QTest::newRow("more often") << with("for r in range(2):;for k in range(4):", "k")
                                    << "init of s(0) runs 2 times instead of 1.";
        QTest::newRow("a graph")
            << "@graph\ndef f(x: f32[4]) -> (y: f32[4]):\n    y: f32[4] = Relu(x, node=\"a\", version=13)\n    return y\n"
            << "Only functions at the loops level have instances.";
    }
    void oracle()
    {
        QFETCH(QString, after);
        QFETCH(QString, sentence);
        const FunctionPtr before = parse("@loops\ndef f(x: f32[4]) -> (y: f32[1]):\n    for k in range(4):\n"
                                         "        with block(\"s\") as (vk: reduce(4) = k):\n"
                                         "            with init(): y[0] = 0.0\n            y[0] = y[0] + x[vk]\n");
        const Status same = checkInstances(*before, *parse(after.toStdString()));
        QCOMPARE(QString::fromStdString(same.ok() ? "" : same.error().message), sentence);
    }

    // Blocks that do not look at a loop around them: which of their executions is which, nobody can tell.
    void oracleOfInstancesThatRunSeveralTimes()
    {
        const FunctionPtr both = parse("@loops\ndef f() -> (y: f32[1], z: f32[1]):\n    for n in range(2):\n"
                                       "        with block(\"w\") as ():\n            y[0] = 1.0\n"
                                       "        with block(\"r\") as ():\n            z[0] = y[0]\n");
        const Status same = checkInstances(*both, *both);
        QVERIFY2(same.ok(), same.ok() ? "" : same.error().message.c_str());
    }

    void agreesWithTheOracle();
    void agreesWithTheOracleOnTails();
    void tiledConvolutionIsQuick();
};

namespace {

struct Random {
    std::mt19937 engine;
    int operator()(int n) { return int(engine() % unsigned(n)); }
};

// A nest over extents 2..4 of a random statement; the loops are permuted, and one may be split.
struct RandomNest {
    std::vector<int> extents;
    std::vector<std::string> kinds;
    std::string body, buffers;

    explicit RandomNest(Random& random)
    {
        const std::size_t depth = std::size_t(2 + random(2));
        for (std::size_t i = 0; i < depth; ++i)
            extents.push_back(2 + random(3));
        auto index = [&] {
            std::string text;
            for (int d = 0; d < 2; ++d) {
                const int a = random(int(depth)), b = random(int(depth) + 2);
                text += (d ? ", v" : "v") + std::to_string(a)
                        + (b < int(depth) && b != a && random(3) == 0 ? " + v" + std::to_string(b) : "")
                        + (random(3) == 0 ? " + 1" : "");
            }
            return text;
        };
        const std::string write = index();
        const bool update = random(2);
        for (std::size_t i = 0; i < depth; ++i)
            kinds.push_back(update && write.find("v" + std::to_string(i)) == std::string::npos ? "reduce" : "ordered");
        body = update ? "a[" + write + "] = a[" + write + "] + b[" + index() + "]"
                      : "a[" + write + "] = a[" + index() + "] + b[" + index() + "]";
        if (random(4) == 0)
            body += "\nb[" + index() + "] = 1.0";
    }

    std::string text(const std::vector<std::size_t>& order, std::size_t split, int factor) const
    {
        std::string loops, bindings;
        std::vector<std::string> lines(extents.size() + 1);
        for (std::size_t i = 0; i < extents.size(); ++i) {
            const std::string n = std::to_string(i);
            const bool halved = i == split;
            bindings += (i ? ", v" : "v") + n + ": " + kinds[i] + "(" + std::to_string(extents[i])
                        + ") = " + (halved ? "s * " + std::to_string(factor) + " + l" + n : "l" + n);
            lines[i] = "for l" + n + " in range(" + std::to_string(halved ? factor : extents[i]) + "):";
        }
        lines.back() = split < extents.size()
                           ? "for s in range(" + std::to_string((extents[split] + factor - 1) / factor) + "):"
                           : "";
        for (std::size_t i : order)
            if (!lines[i].empty())
                loops += lines[i] + ";";
        loops.pop_back();
        std::string block = "with block(\"s\") as (" + bindings + "):";
        if (split < extents.size() && extents[split] % factor)
            block += "\n    where(s * " + std::to_string(factor) + " + l" + std::to_string(split) + " < "
                     + std::to_string(extents[split]) + ")";
        std::istringstream stores(body);
        for (std::string line; std::getline(stores, line);)
            block += "\n    " + line;
        return nest("@loops\ndef f() -> (a: f32[9, 9], b: f32[9, 9]):", loops, block);
    }
};

void compareWithOracle(const Function& before, const Function& after, int& illegal, int& reassociated)
{
    const OrderVerdict verdict = compareOrder(before, after);
    const Status oracle = checkInstances(before, after);
    const std::string both = print(before) + "\n" + print(after) + "\n"
                             + (verdict.witness ? verdict.witness->sentence : "legal") + "\n"
                             + (oracle ? "oracle agrees" : oracle.error().message);
    QVERIFY2(verdict.unknown.empty(), verdict.unknown.c_str());
    const bool accumulates = !oracle && oracle.error().message.find(" accumulates ") != std::string::npos;
    QVERIFY2(verdict.legal == (oracle.ok() || accumulates), both.c_str());
    if (verdict.legal)
        QVERIFY2(verdict.reassociated == accumulates, both.c_str());
    illegal += !verdict.legal;
    reassociated += verdict.legal && verdict.reassociated;
}

}  // namespace

void TestOrder::agreesWithTheOracle()
{
    Random random{std::mt19937(1)};
    int illegal = 0, reassociated = 0;
    for (int round = 0; round < 300; ++round) {
        const RandomNest nest(random);
        std::vector<std::size_t> order(nest.extents.size() + 1);
        std::iota(order.begin(), order.end(), 0);
        const auto before = parse(nest.text(order, order.size(), 1));
        std::shuffle(order.begin(), order.end(), random.engine);
        const std::size_t split = std::size_t(random(int(nest.extents.size()) + 1));
        const bool splits = split < nest.extents.size();
        compareWithOracle(*before, *parse(nest.text(order, splits ? split : order.size(), 2)), illegal, reassociated);
        if (QTest::currentTestFailed())
            return;
    }
    QVERIFY(illegal > 20 && reassociated > 5);  // the sample holds both
}

void TestOrder::agreesWithTheOracleOnTails()
{
    Random random{std::mt19937(2)};
    int illegal = 0, reassociated = 0;
    for (int round = 0; round < 100; ++round) {
        const RandomNest nest(random);
        std::vector<std::size_t> order(nest.extents.size() + 1);
        std::iota(order.begin(), order.end(), 0);
        const std::size_t split = std::size_t(random(int(nest.extents.size())));
        const auto before = parse(nest.text(order, split, 3));
        std::shuffle(order.begin(), order.end(), random.engine);
        compareWithOracle(*before, *parse(nest.text(order, split, 3)), illegal, reassociated);
        if (QTest::currentTestFailed())
            return;
    }
    QVERIFY(illegal > 5);
}

// The figure of the design notes; printed, not asserted.
void TestOrder::tiledConvolutionIsQuick()
{
    const std::string header =
        "@loops\ndef conv(x: f32[1, 64, 58, 58], w: f32[64, 64, 3, 3], b: f32[64]) -> (y: f32[1, 64, 56, 56]):";
    const std::string body =
        "with block(\"conv\") as (n: spatial(1) = i0, o: spatial(64) = OC, h: spatial(56) = i2, v: spatial(56) = XX, "
        "c: reduce(64) = CC, p: reduce(3) = r, q: reduce(3) = s):\n"
        "    with init(): y[n, o, h, v] = 0.0\n"
        "    y[n, o, h, v] = fma(x[n, c, h + p, v + q], w[o, c, p, q], y[n, o, h, v])";
    const std::string epilogue =
        "    for e0, e1, e2, e3 in grid(1, 64, 56, 56):\n        with block(\"relu\") as (n: spatial(1) = e0, o: spatial(64) = e1, h: "
        "spatial(56) = e2, v: spatial(56) = e3):\n            y[n, o, h, v] = max(0.0, y[n, o, h, v] + b[o])\n";
    auto with = [&](std::string o, std::string x, std::string c) {
        std::string text = body;
        text.replace(text.find("OC"), 2, o).replace(text.find("XX"), 2, x).replace(text.find("CC"), 2, c);
        return text;
    };
    const auto before = parse(
        nest(
            header,
            "for i0 in range(1):;for i1 in range(64):;for i2 in range(56):;for i3 in range(56):;for i4 in range(64):;for r in "
            "range(3):;for s in range(3):",
            with("i1", "i3", "i4"))
        + epilogue);
    const auto after = parse(
        nest(
            header,
            "for i0 in range(1):;for o0 in range(4):;for i2 in range(56):;for x0 in range(14):;for c0 in range(8):;for r in "
            "range(3):;for s in range(3):;for c1 in range(8):;for x1 in range(4):;for o1 in vectorized(16):",
            with("o0 * 16 + o1", "x0 * 4 + x1", "c0 * 8 + c1"))
        + epilogue);
    QElapsedTimer timer;
    timer.start();
    const OrderVerdict verdict = compareOrder(*before, *after);
    qInfo("tiled 7-deep conv2d with init and epilogue: %.1f ms", double(timer.nsecsElapsed()) / 1e6);
    QVERIFY2(verdict.unknown.empty(), verdict.unknown.c_str());
    QVERIFY(verdict.legal && verdict.reassociated);
}

STRATA_TEST(TestOrder)
#include "tst_order.moc"
