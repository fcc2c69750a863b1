// What loops touch, and how often they come back to it.
#include "core/analysis/footprint.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

class TestFootprint : public QObject {
    Q_OBJECT
private slots:
    void loops_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("loop");
        QTest::addColumn<QString>("touched");  // "buffer bytes lineBytes reuse"
        const QString matmul = QStringLiteral(
            "def f(A: f32[128, 64], B: f32[64, 32]) -> (C: f32[128, 32]):\n"
            "    for i, j, k in grid(128, 32, 64):\n"
            "        with block(\"C\") as (vi: spatial(128) = i, vj: spatial(32) = j, vk: reduce(64) = k):\n"
            "            with init(): C[vi, vj] = 0.0\n"
            "            C[vi, vj] = fma(A[vi, vk], B[vk, vj], C[vi, vj])\n");
        QTest::newRow("all of it") << matmul << "i"
                                   << "A 32768 32768 1, B 8192 8192 128, C 16384 16384 1";
        QTest::newRow("a row of C") << matmul << "j"
                                    << "A 256 256 32, B 8192 8192 1, C 128 128 1";
        QTest::newRow("a column lies in as many lines") << matmul << "k"
                                                        << "A 256 256 1, B 256 4096 1, C 4 64 64";
        QTest::newRow("digits of a split") << "def f(x: f32[64]) -> (y: f32[64]):\n"
                                              "    for i0, i1 in grid(8, 8):\n"
                                              "        with block(\"y\") as (vi: spatial(64) = i0 * 8 + i1):\n"
                                              "            y[vi] = x[vi]\n"
                                           << "i1"
                                           << "x 32 64 1, y 32 64 1";
        QTest::newRow("a loop that was fused")
            << "def f(x: f32[8, 4]) -> (y: f32[4]):\n"
               "    for f0 in range(32):\n"
               "        with block(\"y\") as (vi: ordered(8) = f0 // 4, vj: spatial(4) = f0 % 4):\n"
               "            y[vj] = x[vi, vj]\n"
            << "f0"
            << "x 128 128 1, y 16 64 8";
        QTest::newRow("a stencil is one box") << "def f(x: f32[66]) -> (y: f32[64]):\n"
                                                 "    for i in range(64):\n"
                                                 "        with block(\"y\") as (vi: spatial(64) = i):\n"
                                                 "            y[vi] = x[vi] + x[vi + 1] + x[vi + 2]\n"
                                              << "i"
                                              << "x 264 320 3, y 256 256 1";
        QTest::newRow("an index that is data may be anywhere") << "def f(x: f32[64], n: i64[8]) -> (y: f32[8]):\n"
                                                                  "    for i in range(8):\n"
                                                                  "        with block(\"y\") as (vi: spatial(8) = i):\n"
                                                                  "            y[vi] = x[checked(n[vi], 64)]\n"
                                                               << "i"
                                                               << "n 64 64 1, x 256 256 8, y 32 64 1";
        QTest::newRow("nothing is told of buffers of any size")
            << "def f(x: f32[n, 4]) -> (y: f32[n, 4]):\n"
               "    for i, j in grid(n, 4):\n"
               "        with block(\"y\") as (vi: spatial(n) = i, vj: spatial(4) = j):\n"
               "            y[vi, vj] = x[vi, vj]\n"
            << "j"
            << "";
    }
    void loops()
    {
        QFETCH(QString, text);
        QFETCH(QString, loop);
        QFETCH(QString, touched);
        const auto function = parseFunction("@loops\n" + text.toStdString());
        QVERIFY2(function, function ? "" : function.error().text().c_str());
        QStringList found;
        for (const LoopFootprint& footprint : footprints(Module(), **function))
            if (footprint.loop == loop.toStdString())
                for (const LoopFootprint::Touched& one : footprint.buffers)
                    found << QStringLiteral("%1 %2 %3 %4")
                                 .arg(QString::fromStdString(one.buffer))
                                 .arg(one.bytes)
                                 .arg(one.lineBytes)
                                 .arg(qRound64(one.reuse));
        found.sort();
        QCOMPARE(found.join(QStringLiteral(", ")), touched);
    }
};

STRATA_TEST(TestFootprint)
#include "tst_footprint.moc"
