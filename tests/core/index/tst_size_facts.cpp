// Facts of sizes: what follows of dimensions, and what implies what.
#include "core/ir/size_facts.h"
#include "core/text/text.h"
#include "tests/program.h"

#include <QTest>

#include <csignal>
#include <cstdio>
#include <sys/wait.h>
#include <unistd.h>

using namespace strata;

class TestSizeFacts : public QObject {
    Q_OBJECT
private slots:
    void tightens();
    void implications_data();
    void implications();
    void dimensions_data();
    void dimensions();
    void nearestToAValue();
    void noSymbolIsReadAsANumber();
};

namespace {

SizeFacts facts(const QString& text)
{
    const Result<SizeFacts> parsed = text.isEmpty() ? Result<SizeFacts>(SizeFacts{})
                                                    : parseSizeFacts(text.toStdString());
    if (!parsed)
        qFatal("%s", parsed.error().message.c_str());
    return *parsed;
}

}  // namespace

void TestSizeFacts::tightens()
{
    QCOMPARE(factText(facts("n >= 10, n <= 20, n % 8 == 0")), std::string("n == 16"));
    QCOMPARE(factText(facts("n % 6 == 0 and n % 4 == 0")), std::string("n % 12 == 0"));
    QCOMPARE(factText(facts("n >= 1")), std::string());
    QCOMPARE(factText(facts("n >= 9, n % 8 == 0")), std::string("n % 8 == 0, n >= 16"));
    QVERIFY(!both(facts("n <= 7"), facts("n % 8 == 0")));
    QVERIFY(!both(facts("n == 3"), facts("n == 4")));
}

void TestSizeFacts::implications_data()
{
    QTest::addColumn<QString>("known");
    QTest::addColumn<QString>("wanted");
    QTest::addColumn<bool>("follows");
    QTest::newRow("a multiple of a multiple") << "n % 16 == 0" << "n % 8 == 0" << true;
    QTest::newRow("not the other way") << "n % 8 == 0" << "n % 16 == 0" << false;
    QTest::newRow("a number is all that it keeps") << "n == 24" << "n % 8 == 0, n <= 24, n >= 3" << true;
    QTest::newRow("the only multiple") << "n % 64 == 0, n <= 100" << "n == 64" << true;
    QTest::newRow("nothing is known") << "" << "n <= 5" << false;
    QTest::newRow("nothing is wanted") << "" << "" << true;
    QTest::newRow("of another size") << "m <= 5" << "n <= 5" << false;
}

void TestSizeFacts::implications()
{
    QFETCH(QString, known);
    QFETCH(QString, wanted);
    QFETCH(bool, follows);
    QCOMPARE(implies(facts(known), facts(wanted)), follows);
}

void TestSizeFacts::dimensions_data()
{
    QTest::addColumn<QString>("known");
    QTest::addColumn<QString>("said");  // of the dimension d
    const Dim n = Dim::symbol("n"), m = Dim::symbol("m");
    QTest::addColumn<Dim>("dim");
    QTest::newRow("twice") << "n <= 8" << "d % 2 == 0, d <= 16" << n * 2;
    QTest::newRow("a sum") << "n % 8 == 0, m % 4 == 0" << "d % 4 == 0, d >= 12" << n + m;
    QTest::newRow("a product") << "n == 3, m % 4 == 0, m <= 8" << "d % 12 == 0, d <= 24" << n * m;
    QTest::newRow("less") << "n >= 10, n <= 20" << "d >= 3, d <= 13" << n - Dim(7);
    QTest::newRow("less than there may be") << "n >= 5" << "" << n - Dim(7);
    QTest::newRow("a number") << "" << "d == 7" << Dim(7);
}

void TestSizeFacts::dimensions()
{
    QFETCH(QString, known);
    QFETCH(QString, said);
    QFETCH(Dim, dim);
    const std::optional<SizeFact> fact = factOf(dim, facts(known));
    QCOMPARE(fact.has_value(), !said.isEmpty());
    if (fact)
        QCOMPARE(factText("d", *fact), said.toStdString());
}

void TestSizeFacts::nearestToAValue()
{
    QCOMPARE(nearest(facts("n % 16 == 0"), "n", 37), std::int64_t(48));
    QCOMPARE(nearest(facts("n <= 8"), "n", 37), std::int64_t(8));
    QCOMPARE(nearest(facts("n >= 100"), "n", 37), std::int64_t(100));
    QCOMPARE(nearest(facts("m >= 100"), "n", 37), std::int64_t(37));
}

// Where that happens the program ends, in whatever test does it: a 0 in its place would be a loop that never turns.
void TestSizeFacts::noSymbolIsReadAsANumber()
{
    const auto endOf = [](const Dim& dim) {
        const pid_t child = fork();
        if (child == 0) {
            std::signal(SIGABRT, SIG_DFL);
            std::freopen("/dev/null", "w", stderr);
            _exit(dim.constant() == 8 ? 0 : 1);
        }
        int end = 0;
        waitpid(child, &end, 0);
        return end;
    };
    const int number = endOf(Dim(8)), symbol = endOf(Dim::symbol("n") + Dim(8));
    QVERIFY(WIFEXITED(number) && WEXITSTATUS(number) == 0);
    QVERIFY(WIFSIGNALED(symbol) && WTERMSIG(symbol) == SIGABRT);
}

STRATA_TEST(TestSizeFacts)
#include "tst_size_facts.moc"
