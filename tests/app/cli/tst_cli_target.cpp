// Targets: processors that are described by files, and a library for another architecture than this machine's.
#include "cli.h"
#include "tests/program.h"

#include <QStandardPaths>

namespace {

// x86-64-v3 with vectors of half the width.
const char* const narrow = R"(name = narrow
architecture = x86-64
level = 3
gnu_triple = x86_64-linux-gnu
needs = x86-64-v3
vector_bytes = 16
vector_registers = 16
fused_multiply_add = yes
half_conversions = yes
masked_elements = 4 8
l1_bytes = 32768
l2_bytes = 524288
l3_bytes = 4194304
llvm_triple = x86_64-unknown-linux-gnu
llvm_cpu = x86-64-v3
)";

}  // namespace

class tst_cli_target : public QObject {
    Q_OBJECT
private slots:
    void cleanup() { qunsetenv("STRATA_TARGETS"); }

    // A description is all it takes: rules make shorter vectors, code uses shorter registers, and the numbers stay.
    void aProcessorIsAFile()
    {
        const QTemporaryDir folder;
        write(folder.filePath("narrow.target"), narrow);
        const QStringList state{"mm_relu.strata", "--auto", "--target"};
        QVERIFY(strata({"show", "mm_relu.strata", "--target", "cpu:narrow"})
                    .err.contains("There is no instruction set 'narrow'."));
        qputenv("STRATA_TARGETS", qUtf8Printable(folder.path()));
        const Answer own = strata(QStringList{"apply"} + state + QStringList{"cpu:narrow"}),
                     wide = strata(QStringList{"apply"} + state + QStringList{"cpu:x86-64-v3"});
        QVERIFY2(own.out.contains("isa=narrow"), qPrintable(own.out + own.err));
        QVERIFY(own.out.section('\n', 1) != wide.out.section('\n', 1));
        const QString code = strata(QStringList{"show"} + state + QStringList{"cpu:narrow", "--level", "hardware"}).out;
        QVERIFY(code.contains("xmm") && code.contains("vfmadd") && !code.contains("ymm"));
        const Answer check = strata(QStringList{"check"} + state + QStringList{"cpu:narrow"});
        QVERIFY2(check.exit == 0 && check.out.contains("1 passed"), qPrintable(check.out + check.err));
        const QJsonObject run = json(
            strata(QStringList{"run"} + state + QStringList{"cpu:narrow", "--seconds", "0.05", "--json"}));
        QCOMPARE(run["target"].toString(), QStringLiteral("cpu:narrow"));
    }

    void aFileThatIsWrongIsSaid()
    {
        const QTemporaryDir folder;
        write(folder.filePath("odd.target"), "name = odd\n");
        qputenv("STRATA_TARGETS", qUtf8Printable(folder.path()));
        const Answer answer = strata({"show", "mm_relu.strata", "--target", "cpu:odd"});
        QCOMPARE(answer.exit, 2);
        QVERIFY2(answer.err.contains("odd.target does not say architecture"), qPrintable(answer.err));
    }

    void whatLacksItsPartsIsRefused_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("no code") << "llvm_triple = x86_64"
                                 << "llvm_triple = abacus"
                                 << "LLVM makes no code for abacus-unknown-linux-gnu, the triple of narrow.";
        QTest::newRow("no runtime") << "architecture = x86-64"
                                    << "architecture = abacus"
                                    << "This build of Strata brings no runtime for abacus.";
    }
    void whatLacksItsPartsIsRefused()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QFETCH(QString, sentence);
        const QTemporaryDir folder;
        write(folder.filePath("odd.target"), QString(narrow).replace(from, to).toUtf8());
        qputenv("STRATA_TARGETS", qUtf8Printable(folder.path()));
        const Answer answer = strata(
            {"export", "mm_relu.strata", "--target", "cpu:narrow", "--out", folder.filePath("out")});
        QCOMPARE(answer.exit, 2);
        QVERIFY2(answer.err.contains(sentence), qPrintable(answer.err));
    }

    void routinesOfLibrariesAreForOneArchitecture()
    {
        const QTemporaryDir folder;
        write(folder.filePath("two.strata"), R"(module two(entry=main):

@library
def main(a: f32[4, 4], b: f32[4, 4]) -> (c: f32[4, 4]):
    openblas.matmul(a, b, out=c, node="product")
)");
        const Answer answer = strata(
            {"export", folder.filePath("two.strata"), "--target", "cpu:aarch64", "--out", folder.filePath("out")});
        QVERIFY2(answer.err.contains("Call product runs a routine of a library or a kernel of a device, which is for "
                                     "x86-64 alone.")
                     || answer.err.contains("This build of Strata brings no runtime for aarch64."),
                 qPrintable(answer.err));
    }

    // A library for AArch64, made here; its example in C, compiled for it and run by an emulator, gives the bits that
    // the same state gives here.
    void anotherArchitecture()
    {
        const QTemporaryDir folder;
        const Answer run = strata({"run", "mlp", "--target", "cpu:aarch64"});
        QCOMPARE(run.exit, 2);
        QVERIFY2(run.err.contains("Code for aarch64 does not run on this machine, which is x86-64."),
                 qPrintable(run.err));
        const QString compiler = QStandardPaths::findExecutable("aarch64-linux-gnu-gcc"),
                      emulator = QStandardPaths::findExecutable("qemu-aarch64");
        if (compiler.isEmpty() || emulator.isEmpty())
            QSKIP("gcc-aarch64-linux-gnu and qemu-user are not installed (scripts/packages.txt).");
        QByteArray input;
        for (int i = 0; i < 784; ++i) {
            const float value = float((i * 37 + 11) % 100) / 64 - 0.5f;
            input.append(reinterpret_cast<const char*>(&value), sizeof value);
        }
        QString here;
        for (const QString& target : {"x86-64-v3", "aarch64"}) {
            const QString out = folder.filePath(target);
            const Answer exported = strata(
                {"export", "mlp", "--recipe", "mlp/mlp.recipe", "--target", "cpu:" + target, "--out", out});
            QVERIFY2(exported.exit == 0, qPrintable(exported.err));
            write(out + "/x.bin", input);
            const bool foreign = target == "aarch64";
            QCOMPARE(exported.out.contains("not loaded"), foreign);
            const Answer built = ran(out, foreign ? compiler : "cc",
                                     {"example.c", "-o", "example", "-L.", "-lmlp", "-Wl,-rpath,$ORIGIN"});
            QVERIFY2(built.exit == 0, qPrintable(built.err));
            const Answer answer = foreign ? ran(out, emulator, {"-L", "/usr/aarch64-linux-gnu", "./example", "x.bin"})
                                          : ran(out, out + "/example", {"x.bin"});
            QVERIFY2(answer.exit == 0 && !answer.out.isEmpty(), qPrintable(answer.out + answer.err));
            if (foreign)
                QCOMPARE(answer.out, here);
            here = answer.out;
        }
    }
};

STRATA_TEST_IN(QCoreApplication, tst_cli_target)
#include "tst_cli_target.moc"
