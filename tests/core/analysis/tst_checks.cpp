// Indices that are data: which trusted ones follow from what stands around them, and which are somebody's word.
#include "core/analysis/checks.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

class tst_checks : public QObject {
    Q_OBJECT
private slots:
    void trustedOnWord_data()
    {
        QTest::addColumn<QString>("data");  // the type of c
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("unproved");  // its index; empty: none
        QTest::newRow("checked") << "i64"
                                 << "x[checked(c[v], 256)]"
                                 << "";
        QTest::newRow("a word") << "i64"
                                << "x[trusted(c[v], 256)]"
                                << "c[v]";
        QTest::newRow("a byte") << "u8"
                                << "x[trusted(cast(i64, c[v]), 256)]"
                                << "";
        QTest::newRow("a byte may be negative") << "i8"
                                                << "x[trusted(cast(i64, c[v]), 256)]"
                                                << "cast(i64, c[v])";
        QTest::newRow("clamped") << "i64"
                                 << "x[trusted(max(min(c[v], 255), 0), 256)]"
                                 << "";
        QTest::newRow("clamped on one side") << "i64"
                                             << "x[trusted(min(c[v], 255), 256)]"
                                             << "min(c[v], 255)";
        QTest::newRow("by a condition") << "i64"
                                        << "select((c[v] >= 0) & (c[v] < 256), x[trusted(c[v], 256)], 0.0)"
                                        << "";
        QTest::newRow("on its other side") << "i64"
                                           << "select((c[v] >= 0) & (c[v] < 256), 0.0, x[trusted(c[v], 256)])"
                                           << "c[v]";
        QTest::newRow("inside of a checked one") << "i64"
                                                 << "x[checked(c[trusted(c[v], 8)], 256)]"
                                                 << "c[v]";
    }
    void trustedOnWord()
    {
        QFETCH(QString, data);
        QFETCH(QString, value);
        QFETCH(QString, unproved);
        const std::string text = "module m(entry=f):\n\n@loops\ndef f(x: f32[256], c: " + data.toStdString()
                                 + "[8]) -> (y: f32[8]):\n    for i in range(8):\n"
                                   "        with block(\"b\") as (v: spatial(8) = i):\n            y[v] = "
                                 + value.toStdString() + "\n";
        const Result<ModulePtr> module = parseModule(text);
        QVERIFY2(module.ok(), module.ok() ? "" : module.error().text().c_str());
        const std::vector<UnprovedIndex> found = strata::trustedOnWord(**module);
        QCOMPARE(found.empty(), unproved.isEmpty());
        if (found.empty())
            return;
        QCOMPARE(QString::fromStdString(print(found[0].index)), unproved);
        QVERIFY(sentence(found[0]).find("Block b of function f trusts the index") == 0);
    }
};

STRATA_TEST_IN(QCoreApplication, tst_checks)
#include "tst_checks.moc"
