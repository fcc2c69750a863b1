// Random programs, most of them for any size, after random steps: their code beside the evaluator, at three sizes each.
// STRATA_PROGRAMS: how many; STRATA_SEED: the first.
#include "passes/registry.h"
#include "tests/backends/llvm/harness.h"
#include "tests/passes/random/random_run.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

namespace {

// Integers that serve as indices; all else finds mistakes.
Tensor drawn(const TensorType& type, int seed)
{
    Tensor tensor = randomTensor(type, seed);
    for (std::int64_t i = 0; type.dtype == DType::I64 && i < tensor.count(); ++i)
        tensor.set(i, double((tensor.integerAt(i) % 100 + 100) % 100));
    return tensor;
}

}  // namespace

class TestRandomCode : public QObject {
    Q_OBJECT

private slots:
    void programs_data();
    void programs();
    void theSampleHoldsAll();

private:
    Registry m_registry{passTransforms()};
    Harness m_harness;
    RandomReport m_report;
};

void TestRandomCode::programs_data()
{
    QTest::addColumn<int>("seed");
    const int first = qEnvironmentVariable("STRATA_SEED", "100000").toInt();
    const int programs = qEnvironmentVariable("STRATA_PROGRAMS", "40").toInt();
    for (int seed = first; seed < first + programs; seed += 10)
        QTest::addRow("programs %d and on", seed) << seed;
}

void TestRandomCode::programs()
{
    QFETCH(int, seed);
    m_harness.drawBy(drawn);
    m_report.wrong.clear();
    const CodeJudge code = [this](const Module& module, const std::vector<SizeValues>& sizes, int drawn) {
        return m_harness.difference(module, sizes, drawn);
    };
    for (int number = seed; number < seed + 10; ++number)
        runRandomProgram(unsigned(number), 8, m_registry, m_report, code);
    for (const std::string& wrong : m_report.wrong)
        qWarning("%s", wrong.c_str());  // QVERIFY2 would cut it
    QVERIFY(m_report.wrong.empty());
}

void TestRandomCode::theSampleHoldsAll()
{
    if (m_report.programs < 40)
        QSKIP("Only a part ran.");
    const auto number = [](std::int64_t n) { return static_cast<long long>(n); };
    qInfo(
        "%lld programs, %lld steps; %lld functions compiled, %lld for any size, %lld of them for two, %lld with facts; "
        "%lld runs of their code",
        number(m_report.programs), number(m_report.steps), number(m_report.compiled), number(m_report.sized),
        number(m_report.twoSizes), number(m_report.facts), number(m_report.runs));
    QVERIFY(m_report.steps > 4 * m_report.programs && m_report.compiled >= m_report.programs);
    QVERIFY(3 * m_report.sized > m_report.programs && m_report.twoSizes > 0 && m_report.facts > 0);
    QVERIFY(m_report.runs > 2 * m_report.compiled - m_report.programs);
}

STRATA_TEST(TestRandomCode)
#include "tst_random_code.moc"
