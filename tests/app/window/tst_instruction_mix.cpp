// What the innermost loops of a listing are made of, where it jumps, and what its instructions do.
#include "app/window/models/instruction_mix.h"

#include "app/window/jobs/estimate.h"
#include "app/window/models/instruction_help.h"
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

    void aLoopOfAArch64()
    {
        const auto loops = innermostLoops(QStringLiteral("mm:\n"
                                                         "    movi         v0.2d, #0000000000000000\n"
                                                         ".LBB0_3:\n"
                                                         "    ldp          q1, q2, [x1], #32\n"
                                                         "    ld1r         { v3.4s }, [x0], x2\n"
                                                         "    fmla         v0.4s, v1.4s, v3.s[0]\n"
                                                         "    fmadd        s4, s5, s6, s4\n"
                                                         "    str          q0, [sp, #16]\n"
                                                         "    subs         x8, x8, #1\n"
                                                         "    b.ne         .LBB0_3\n"
                                                         "    ret")
                                              .split(QLatin1Char('\n')));
        QCOMPARE(loops.size(), std::size_t(1));
        const LoopMix& mix = loops.front();
        QCOMPARE(mix.first, 2);
        QCOMPARE(mix.fma, 2);
        QCOMPARE(mix.loads, 2);
        QCOMPARE(mix.stores, 1);
        QCOMPARE(mix.turning, 2);
        QCOMPARE(mix.spills, 1);
        QCOMPARE(mix.bytesRead, 32 + 4);
        QCOMPARE(mix.bytesWritten, 16);
        QCOMPARE(mix.flops, 2 * 4 + 2);
        QCOMPARE(mix.vectorBytes, 16);
        QVERIFY(!mix.scalar);
    }

    // Loops enclose those inside them, jumps to one label are one arrow, and none meets another in its lane.
    void jumpsAreArrows()
    {
        const QStringList lines = QStringLiteral("f:\n"
                                                 "  test rax, rax\n"
                                                 "  je .L9\n"
                                                 ".L1:\n"
                                                 "  jb .L3\n"
                                                 ".L2:\n"
                                                 "  jne .L2\n"
                                                 ".L3:\n"
                                                 "  jne .L1\n"
                                                 "  jmp rax\n"
                                                 "  ja .L9\n"
                                                 ".L9:\n"
                                                 "  ret")
                                      .split(QLatin1Char('\n'));
        const std::vector<JumpArrow> arrows = jumpArrows(lines, 8);
        QCOMPARE(arrows.size(), std::size_t(4));
        const auto to = [&](int line, bool back) {
            for (const JumpArrow& arrow : arrows)
                if (arrow.target == line && arrow.back == back)
                    return arrow;
            return JumpArrow{};
        };
        QCOMPARE(to(5, true).sources, (std::vector<int>{6}));
        QCOMPARE(to(3, true).sources, (std::vector<int>{8}));
        QCOMPARE(to(7, false).sources, (std::vector<int>{4}));
        QCOMPARE(to(11, false).sources, (std::vector<int>{2, 10}));
        QVERIFY(to(5, true).lane < to(3, true).lane && to(3, true).lane < to(11, false).lane);
        for (const JumpArrow& a : arrows)
            for (const JumpArrow& b : arrows)
                QVERIFY(&a == &b || a.lane != b.lane || a.last < b.first || b.last < a.first);
        QCOMPARE(jumpArrows(lines, 1).size(), std::size_t(1));  // there is no room for the others
        QVERIFY(jumpArrows(lines, 0).empty());
    }

    void instructionsAreExplained_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<bool>("isArm");
        QTest::addColumn<QString>("said");
        QTest::addColumn<QString>("lanes");
        const auto row = [](const char* line, bool arm, const char* said, const char* lanes) {
            QTest::newRow(line) << line << arm << said << QString::fromUtf8(lanes);
        };
        row("  vfmadd231ps ymm4, ymm5, ymmword ptr [rbx]", false, "rounded once", "8 × f32 (256 bits)");
        row("  vaddsd xmm1, xmm2, xmm3", false, "adds floats", "1 × f64");
        row("  vpdpbusd zmm1, zmm2, dword ptr [rax]{1to16}", false, "four products of bytes", "16 × i32 (512 bits)");
        row("  vcmpltps k1, zmm1, zmm2", false, "compares floats lane by lane", "16 × f32 (512 bits)");
        row("  cmovne rax, rbx", false, "without a jump", "");
        row("  jb .LBB0_1", false, "without signs", "");
        row("  vmovups ymmword ptr [rax], ymm0", false, "wherever it lies", "8 × f32 (256 bits)");
        row("  fmla v0.4s, v1.4s, v2.s[0]", true, "rounded once", "4 × f32 (128 bits)");
        row("  fmadd s4, s5, s6, s4", true, "rounded once", "1 × f32");
        row("  b.lo .LBB0_1", true, "without signs", "");
        row("  ldp q1, q2, [x1], #32", true, "two registers", "");
    }
    void instructionsAreExplained()
    {
        QFETCH(QString, line);
        QFETCH(bool, isArm);
        QFETCH(QString, said);
        QFETCH(QString, lanes);
        const Instruction instruction = instructionOf(line);
        const auto help = instructionHelp(instruction, isArm ? "aarch64" : "x86-64");
        QVERIFY2(help && help->contains(said), qPrintable(help.value_or(QStringLiteral("nothing"))));
        QCOMPARE(lanesHelp(instruction), lanes);
        QVERIFY(!instructionHelp(instructionOf(QStringLiteral("  frobnicate x0")), isArm ? "aarch64" : "x86-64"));
    }

    void numbersAreReadForOne()
    {
        QCOMPARE(numbersHelp(QStringLiteral("    .long        1065353216")),
                 QStringLiteral("1065353216 = 0x3f800000 = 1 (f32)"));
        QCOMPARE(numbersHelp(QStringLiteral("    .quad        0x3ff8000000000000")),
                 QStringLiteral("0x3ff8000000000000 = 4609434218613702656 = 1.5 (f64)"));
        QCOMPARE(numbersHelp(QStringLiteral("    mov          eax, -1082130432")),
                 QStringLiteral("-1082130432 = 0xbf800000 = -1 (f32)"));
        QCOMPARE(numbersHelp(QStringLiteral("    add          rsi, 512")), QStringLiteral("512 = 0x200"));
        QCOMPARE(numbersHelp(QStringLiteral("    subs         x8, x8, #64")), QStringLiteral("64 = 0x40"));
        QCOMPARE(numbersHelp(QStringLiteral("    vmovups      ymm1, ymmword ptr [rsi + 4*rax + 8]")), QString());
        QCOMPARE(numbersHelp(QStringLiteral("    jb           .LBB0_64")), QString());
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
        QCOMPARE(found->instructions.size(), std::size_t(5));  // its label is none
        QVERIFY(found->instructions[1].latency >= 3 && found->instructions[1].throughput > 0);
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
