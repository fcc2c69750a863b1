// A slice of what strata-random runs at length: see tests/passes/random/random_run.h. Seeds are fixed.
#include "passes/registry.h"
#include "tests/passes/random/random_run.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

// The sanitizers make each program five times as long.
#ifdef __SANITIZE_ADDRESS__
static constexpr int programs = 60;
#else
static constexpr int programs = 200;
#endif

class TestRandomSteps : public QObject {
    Q_OBJECT

private slots:
    void steps_data();
    void steps();
    void theSampleHoldsBoth();

private:
    Registry m_registry{passTransforms()};
    RandomReport m_report;
};

void TestRandomSteps::steps_data()
{
    QTest::addColumn<int>("seed");
    for (int seed = 0; seed < programs; seed += 10)
        QTest::addRow("programs %d and on", seed) << seed;
}

void TestRandomSteps::steps()
{
    QFETCH(int, seed);
    m_report.wrong.clear();
    for (int number = seed; number < seed + 10; ++number)
        runRandomProgram(unsigned(number), 8, m_registry, m_report);
    QVERIFY2(m_report.wrong.empty(), m_report.wrong.empty() ? "" : m_report.wrong[0].c_str());
}

// The test means something only if steps are taken and refused, and refused with good reason.
void TestRandomSteps::theSampleHoldsBoth()
{
    if (m_report.programs < programs)
        QSKIP("Only a part ran.");
    const std::string counts = std::to_string(m_report.steps) + " taken, " + std::to_string(m_report.refused)
                               + " refused, " + std::to_string(m_report.overcautious) + " of "
                               + std::to_string(m_report.judged) + " harmless ones";
    QVERIFY2(m_report.steps > 3 * programs && m_report.refused > 3 * programs, counts.c_str());
    QVERIFY2(10 * m_report.overcautious < m_report.judged,
             (counts + ", as\n" + (m_report.harmless.empty() ? "" : m_report.harmless[0])).c_str());
}

STRATA_TEST(TestRandomSteps)
#include "tst_random_steps.moc"
