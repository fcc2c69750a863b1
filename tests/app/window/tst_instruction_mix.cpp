// What the innermost loops of a listing are made of.
#include "app/window/models/instruction_mix.h"

#include "app/window/jobs/estimate.h"
#include "app/window/models/line_document.h"
#include "tests/program.h"

#include <QTest>

using namespace strata;

class TestInstructionMix : public QObject {
    Q_OBJECT
private slots:
    void aTileOfRegisters()
    {
        const auto loops = innermostLoops(QStringLiteral("mm_relu:\n"
                                                         "  push rbx\n"
                                                         ".LBB0_1:\n"
                                                         "  vxorps xmm1, xmm1, xmm1\n"
                                                         ".LBB0_3:\n"
                                                         "  vmovaps zmm5, zmmword ptr [rbx]\n"
                                                         "  vfmadd231ps zmm4, zmm5, dword ptr [r8 + 4*r11]{1to16}\n"
                                                         "  vfmadd231ps zmm3, zmm5, dword ptr [r8 + 4*r11 + 8]{1to16}\n"
                                                         "  inc r11\n"
                                                         "  add rbx, 512\n"
                                                         "  cmp r11, 127\n"
                                                         "  jb .LBB0_3\n"
                                                         "  vmovups zmmword ptr [rdx], zmm4\n"
                                                         "  jb .LBB0_1\n"
                                                         "  ret")
                                              .split(QLatin1Char('\n')));
        QCOMPARE(loops.size(), std::size_t(1));  // the one around holds it
        const LoopMix& mix = loops.front();
        QCOMPARE(mix.first, 4);
        QCOMPARE(mix.fma, 2);
        QCOMPARE(mix.loads, 1);
        QCOMPARE(mix.turning, 4);
        QCOMPARE(mix.flops, 64);
        QCOMPARE(mix.bytesRead, 64 + 4 + 4);
        QCOMPARE(mix.vectorBytes, 64);
        QVERIFY(!mix.scalar && mix.spills == 0);
        QCOMPARE(describe(mix), QStringLiteral("7 instructions: 2 multiply-add, 1 load, 4 that turn the loop · vectors "
                                               "of 64 B · 64 FLOP, 72 B read, 0 B written each time · nothing on the "
                                               "stack"));
    }

    void theBusiestIsTold()
    {
        const auto loops = innermostLoops(QStringLiteral(".L1:\n"
                                                         "  vmovss xmm0, dword ptr [rsi + 4*rdi]\n"
                                                         "  vmovss dword ptr [rax + 4*rdi], xmm0\n"
                                                         "  inc rdi\n"
                                                         "  jb .L1\n"
                                                         ".L2:\n"
                                                         "  vmovss xmm1, dword ptr [rsp + 16]\n"
                                                         "  vaddss xmm1, xmm1, dword ptr [rsi]\n"
                                                         "  dec rdi\n"
                                                         "  jne .L2")
                                              .split(QLatin1Char('\n')));
        QCOMPARE(loops.size(), std::size_t(2));
        const LoopMix* mix = busiest(loops);
        QVERIFY(mix && mix->first == 5);
        QCOMPARE(mix->flops, 1);
        QCOMPARE(mix->spills, 1);
        QVERIFY(mix->scalar);
        QCOMPARE(loops.front().bytesWritten, 4);
        QVERIFY(!busiest({}));
    }

    void reportsOfTheEstimateAreRead()
    {
        const auto found = parseEstimate(QStringLiteral("Iterations:        200\nInstructions:      3400\n"
                                                        "Total Cycles:      860\nTotal uOps:        3600\n\n"
                                                        "Dispatch Width:    6\nuOps Per Cycle:    4.19\n"
                                                        "IPC:               3.95\nBlock RThroughput: 4.0\n\n"
                                                        "Throughput Bottlenecks:\n"
                                                        "  Resource Pressure       [ 12.50% ]\n"
                                                        "  Data Dependencies:      [ 80.00% ]\n"
                                                        "  - Register Dependencies [ 80.00% ]\n"
                                                        "  - Memory Dependencies   [ 0.00% ]\n"));
        QVERIFY(found);
        QCOMPARE(describe(*found), QStringLiteral("llvm-mca: 4.3 cycles an iteration, 4.0 at best; bound by results "
                                                  "it waits for"));
        QVERIFY(!parseEstimate(QStringLiteral("error: no such instruction")));
    }

    // With the tool where it is installed; where not, that is said.
    void aLoopIsEstimated()
    {
        const QStringList lines = QStringLiteral(".LBB0_3:\n"
                                                 "  vmovups ymm5, ymmword ptr [rbx]\n"
                                                 "  vfmadd231ps ymm4, ymm5, ymmword ptr [r8 + 4*r11]\n"
                                                 "  add rbx, 32\n"
                                                 "  cmp r11, 127\n"
                                                 "  jb .LBB0_3")
                                      .split(QLatin1Char('\n'));
        const auto loops = innermostLoops(lines);
        QCOMPARE(loops.size(), std::size_t(1));
        const JobSink sink{{}, [](const std::string&, double) {}};
        const Result<LoopEstimate> found = estimate(lines, loops.front(), Target::usual(), sink);
        const QString why = found ? QString() : QString::fromStdString(found.error().text());
        if (why.contains(QStringLiteral("not installed")))
            QSKIP("llvm-mca is not installed");
        QVERIFY2(found.ok(), qPrintable(why));
        QVERIFY(found->cycles >= found->throughput && found->throughput > 0.5);
    }

    // Each line of the loops once before the instructions that came of it, and again where they return to it.
    void instructionsStandUnderTheirLines()
    {
        const Cursor a{"f", NodeKind::Block, "a"}, b{"f", NodeKind::Block, "b"};
        const LineDocument loops = makeDocument(
            {{"def f():", {{"f", NodeKind::Function, "f"}}}, {"    a: x[i] = 0.0", {a}}, {"    b: y[i] = 1.0", {b}}});
        const LineDocument listing = makeDocument({{"f:", {}},
                                                   {"  xor eax, eax", {a}},
                                                   {"  inc eax", {a}},
                                                   {"  mov ebx, 1", {b}},
                                                   {"  dec eax", {a}},
                                                   {"  ret", {}}});
        const LineDocument both = interleaved(listing, loops);
        QStringList found;
        for (const PaneLine& line : both.lines)
            found << (line.source ? QString::number(line.source) + QLatin1Char('|') : QString()) + line.text.trimmed();
        QCOMPARE(found.join(QLatin1Char('\n')),
                 QStringLiteral("f:\n2|a: x[i] = 0.0\nxor eax, eax\ninc eax\n3|b: y[i] = 1.0\nmov ebx, 1\n"
                                "2|a: x[i] = 0.0\ndec eax\nret"));
        QCOMPARE(both.shownLines().size(), listing.lines.size());
        QCOMPARE(both.linesOf({b}), (std::set<int>{4, 5}));
    }
};

STRATA_TEST(TestInstructionMix)
#include "tst_instruction_mix.moc"
