// What the innermost loops of a listing are made of.
#include "app/window/models/instruction_mix.h"

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
};

QTEST_APPLESS_MAIN(TestInstructionMix)
#include "tst_instruction_mix.moc"
