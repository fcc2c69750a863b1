// Descriptions of processors: what they say, in which order they are, and what is wrong with one.
#include "core/ir/cpu.h"
#include "tests/program.h"

#include <QtTest>

using namespace strata;

namespace {

const QString plain = QStringLiteral(R"(# a made-up one
name = wide
architecture = abacus
level = 3
gnu_triple = abacus-linux-gnu
needs = wide
vector_bytes = 128  # of four lanes
vector_registers = 8
fused_multiply_add = yes
half_conversions = no
masked_elements = 2 4
l1_bytes = 65536
l2_bytes = 2097152
l3_bytes = 33554432
llvm_triple = abacus-unknown-linux-gnu
llvm_cpu = generic
)");

QString without(const QString& line) { return QString(plain).remove(line + QLatin1Char('\n')); }

}  // namespace

class TestCpu : public QObject {
    Q_OBJECT
private slots:
    void reads()
    {
        const Result<Cpu> cpu = parseCpu(plain.toStdString(), "wide.target");
        QVERIFY2(cpu.ok(), cpu ? "" : cpu.error().text().c_str());
        QCOMPARE(QString::fromStdString(cpu->name), QStringLiteral("wide"));
        QCOMPARE(cpu->vectorBytes, 128);
        QCOMPARE(cpu->vectorRegisters, 8);
        QVERIFY(cpu->fusedMultiplyAdd && !cpu->halfConversions && !cpu->byDefault);
        QVERIFY((cpu->maskedElements == std::vector<int>{2, 4}));
        QVERIFY(cpu->llvmDotFeature.empty());
        QCOMPARE(cpu->l1Bytes, 65536);
        QCOMPARE(cpu->l3Bytes, 33554432);
    }

    // A module may say other caches than its processor usually has.
    void cachesAreTheTargetsOwnOrTheDescriptions()
    {
        Target target;
        QCOMPARE(cachesOf(target).l2Bytes, cpuOf(target.isa).l2Bytes);
        target.l2Bytes = 512 << 10;
        QCOMPARE(cachesOf(target).l2Bytes, 512 << 10);
        QCOMPARE(cachesOf(target).l1Bytes, cpuOf(target.isa).l1Bytes);
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* name, const QString& text, const char* sentence) {
            QTest::newRow(name) << text << sentence;
        };
        row("no value", plain + "fast\n", "Line 17 of wide.target is no KEY = VALUE, or says a key again.");
        row("a key twice", plain + "level = 4\n", "Line 17 of wide.target is no KEY = VALUE, or says a key again.");
        row("a key that is missing", without("llvm_cpu = generic"), "wide.target does not say llvm_cpu.");
        row("no number", QString(plain).replace("level = 3", "level = high"),
            "level of wide.target is a number from 1 to 1000, not \"high\".");
        row("no flag", QString(plain).replace("add = yes", "add = often"),
            "fused_multiply_add of wide.target is yes or no, not \"often\".");
        row("a cache of nothing", QString(plain).replace("l2_bytes = 2097152", "l2_bytes = 0"),
            "l2_bytes of wide.target is a number from 1024 to 536870912, not \"0\".");
        row("no numbers", QString(plain).replace("= 2 4", "= all"),
            "masked_elements of wide.target is none or numbers, not \"all\".");
        row("an unknown key", plain + "price = 7\n",
            "wide.target says price, which no description of a processor has.");
        row("no power of two", QString(plain).replace("= 128", "= 96"),
            "vector_bytes of wide.target is 96, which is no power of two.");
    }
    void refuses()
    {
        QFETCH(QString, text);
        QFETCH(QString, sentence);
        const Result<Cpu> cpu = parseCpu(text.toStdString(), "wide.target");
        QVERIFY(!cpu.ok());
        QCOMPARE(QString::fromStdString(cpu.error().message), sentence);
    }

    // By level within an architecture; between two there is no order, so that neither runs the other's code.
    void areOrdered()
    {
        const auto isa = [](const char* name) { return *isaByName(name); };
        QVERIFY(runsCodeOf(isa("x86-64-v4"), isa("x86-64-v3")) && !runsCodeOf(isa("x86-64-v1"), isa("x86-64-v2")));
        QVERIFY(runsCodeOf(isa("x86-64-v3"), isa("x86-64-v3")));
        QVERIFY(!runsCodeOf(isa("aarch64"), isa("x86-64-v1")) && !runsCodeOf(isa("x86-64-v4"), isa("aarch64")));
        QCOMPARE(name(Target{}.isa), "x86-64-v3");
        QVERIFY(cpuOf(Target{}.isa).byDefault);
        QVERIFY(!isaByName("abacus"));
        QVERIFY(isaHint().find("aarch64") != std::string::npos);
    }
};

STRATA_TEST(TestCpu)
#include "core/ir/cpu.h"
#include "tst_cpu.moc"
