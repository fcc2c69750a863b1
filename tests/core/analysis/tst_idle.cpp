// Iterations at the end of a loop that change nothing: how many others there are, and what holds in all of these but
// the last.
#include "core/analysis/idle.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

class tst_idle : public QObject {
    Q_OBJECT
private slots:
    void busyPart_data()
    {
        QTest::addColumn<QString>("body");        // of the loop k
        QTest::addColumn<QString>("iterations");  // empty: nothing is known
        QTest::addColumn<QString>("conditions");
        const auto block = [](const QString& value) {
            return "        with block(\"b\") as (vi: spatial(4) = i, vk: reduce(90) = k):\n            a[vi] = "
                   + value + "\n";
        };
        const auto lanes = [](const QString& value) {
            return "        for l in vectorized(8):\n            with block(\"b\") as (vi: spatial(4) = i, vk: reduce(90) = "
                   "k, vl: spatial(8) = l):\n                a[vi] = "
                   + value + "\n";
        };
        const auto row = [](const char* name, const QString& body, const char* iterations, const char* conditions) {
            QTest::newRow(name) << body << iterations << conditions;
        };
        row("a list as far as it is filled", block("select(vk < n[vi], a[vi] + 1.0, a[vi])"), "max(n[i], 0)",
            "k < n[i]");
        row("among other conditions", block("select((x[vk] < 0.0) & (vk < n[vi]), a[vi] + x[vk], a[vi])"),
            "max(n[i], 0)", "k < n[i]");
        row("one in the other", block("select(x[vk] < 0.0, select(vk < n[vi], a[vi] + x[vk], a[vi]), a[vi])"),
            "max(n[i], 0)", "k < n[i]");
        row("two ends", block("select((vk < n[vi]) & (vk < n[0]), a[vi] + 1.0, a[vi])"),
            "min(max(n[i], 0), max(n[0], 0))", "k < n[i], k < n[0]");
        row("every second", block("select(vk * 2 + 3 < n[vi], a[vi] + 1.0, a[vi])"), "(max(n[i], 3) - 4) // 2 + 1",
            "k * 2 + 3 < n[i]");
        row("a tile", lanes("select(vk * 8 + vl < n[vi], a[vi] + 1.0, a[vi])"), "(max(n[i], 0) - 1) // 8 + 1",
            "k * 8 + l < n[i]");
        row("a tile over others", lanes("select(vk * 4 + vl < n[vi], a[vi] + 1.0, a[vi])"),
            "(max(n[i], 0) - 1) // 4 + 1", "");
        row("no data", block("select(vk < 12, a[vi] + 1.0, a[vi])"), "", "");
        row("the other side", block("select(vk < n[vi], a[vi], a[vi] + 1.0)"), "", "");
        row("another element", block("select(vk < n[vi], a[vi] + 1.0, a[0])"), "", "");
        row("backwards", block("select(90 - vk < n[vi], a[vi] + 1.0, a[vi])"), "", "");
        row("from below 0", block("select(vk - 5 < n[vi], a[vi] + 1.0, a[vi])"), "", "");
        row("an end that moves with the loop", block("select(vk < m[vk], a[vi] + 1.0, a[vi])"), "", "");
        row("an end that the loop writes", block("select(vk < cast(i64, a[vi]), a[vi] + 1.0, a[vi])"), "", "");
        row("an end that may be outside", block("select(vk < m[checked(n[vi], 90)], a[vi] + 1.0, a[vi])"), "", "");
    }
    void busyPart()
    {
        QFETCH(QString, body);
        QFETCH(QString, iterations);
        QFETCH(QString, conditions);
        const std::string text =
            "module m(entry=f):\n\n@loops\ndef f(x: f32[90], n: i64[4], m: i64[90], b: f32[4]) -> (a: f32[4]):\n"
            "    for j in range(4):\n        with block(\"c\") as (vi: spatial(4) = j):\n            a[vi] = b[vi]\n"
            "    for i, k in grid(4, 90):\n"
            + body.toStdString();
        const Result<ModulePtr> module = parseModule(text);
        QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
        const Loop* outer = as<Loop>((*module)->find("f")->loops()->body[1]);
        const std::optional<BusyPart> busy = strata::busyPart(*as<Loop>(outer->body[0]));
        QStringList holding;
        for (const ExprPtr& condition : busy ? busy->conditions : std::vector<ExprPtr>{})
            holding.push_back(QString::fromStdString(print(condition)));
        QCOMPARE(busy ? QString::fromStdString(print(busy->iterations)) : QString(), iterations);
        QCOMPARE(holding.join(", "), conditions);
    }
};

STRATA_TEST_IN(QCoreApplication, tst_idle)
#include "tst_idle.moc"
