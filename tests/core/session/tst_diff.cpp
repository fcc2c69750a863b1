// Line diffs drawn as text: one letter a line in, the rendered diff out.
#include "core/session/diff.h"
#include "tests/program.h"

#include <QtTest>

using namespace strata;

namespace {
std::vector<std::string> lines(const QString& text)
{
    std::vector<std::string> result;
    for (const QString& line : text.split('|', Qt::SkipEmptyParts))
        result.push_back(line.toStdString());
    return result;
}
}  // namespace

class tst_diff : public QObject {
    Q_OBJECT
private slots:
    void lines_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("after");
        QTest::addColumn<QString>("expected");
        QTest::newRow("equal") << "a|b"
                               << "a|b"
                               << "  a|  b|";
        QTest::newRow("empty") << ""
                               << ""
                               << "";
        QTest::newRow("all new") << ""
                                 << "a|b"
                                 << "+ a|+ b|";
        QTest::newRow("all gone") << "a|b"
                                  << ""
                                  << "- a|- b|";
        QTest::newRow("insert") << "a|c"
                                << "a|b|c"
                                << "  a|+ b|  c|";
        QTest::newRow("remove") << "a|b|c"
                                << "a|c"
                                << "  a|- b|  c|";
        QTest::newRow("replace unlike") << "a|bbbb|c"
                                        << "a|xyzw|c"
                                        << "  a|- bbbb|+ xyzw|  c|";
        QTest::newRow("changed") << "for j in 8:|x"
                                 << "for j in vectorized(8):|x"
                                 << "- for j in 8:|+ for j in vectorized(8):|  x|";
        QTest::newRow("move") << "a|b|c|d"
                              << "b|c|a|d"
                              << "- a|  b|  c|+ a|  d|";
        QTest::newRow("nothing shared") << "a|b"
                                        << "c|d|e"
                                        << "- a|- b|+ c|+ d|+ e|";
    }
    void lines()
    {
        QFETCH(QString, before);
        QFETCH(QString, after);
        QFETCH(QString, expected);
        const auto a = ::lines(before), b = ::lines(after);
        const TextDiff diff = diffLines(a, b);
        QCOMPARE(QString::fromStdString(render(diff, a, b)).replace('\n', '|'), expected);
    }

    // Whatever the lines, applying the diff to `before` gives `after`.
    void random()
    {
        unsigned seed = 7;
        const auto next = [&](unsigned limit) {
            return (seed = seed * 1664525u + 1013904223u) >> 8 & 0xffff ? (seed >> 8) % limit : 0;
        };
        for (int round = 0; round < 500; ++round) {
            std::vector<std::string> a(next(30)), b;
            for (std::string& line : a)
                line = std::string(1, char('a' + next(5)));
            for (const std::string& line : a)
                if (next(4))
                    b.push_back(next(6) ? line : std::string(1, char('a' + next(5))));
            const TextDiff diff = diffLines(a, b);
            std::vector<std::string> before, after;
            for (const DiffLine& line : diff.lines) {
                if (line.before >= 0)
                    before.push_back(a[line.before]);
                if (line.after >= 0)
                    after.push_back(b[line.after]);
                if (line.change == DiffKind::Same)
                    QCOMPARE(a[line.before], b[line.after]);
            }
            QCOMPARE(before, a);
            QCOMPARE(after, b);
        }
    }

    void changedCountsOnce()
    {
        const std::vector<std::string> a{"  for j in 8:"}, b{"  for j in parallel(8):"};
        const TextDiff diff = diffLines(a, b);
        QCOMPARE(diff.changed, 1);
        QCOMPARE(diff.added + diff.removed, 0);
    }

    void contextHidesTheRest()
    {
        std::vector<std::string> a;
        for (int i = 0; i < 20; ++i)
            a.push_back("line " + std::to_string(i));
        std::vector<std::string> b = a;
        b.insert(b.begin() + 10, "new");
        QCOMPARE(QString::fromStdString(render(diffLines(a, b), a, b, 1)),
                 QString("  line 9\n+ new\n  line 10\n").prepend("  ...\n"));
    }
};

STRATA_TEST(tst_diff)
#include "tst_diff.moc"
