// The picture of accesses: the order that the evaluator has, the cache that an order needs, and going to any moment.
#include "app/window/models/access_picture.h"
#include "app/window/models/thread_picture.h"
#include "app/window/parts/access_part.h"
#include "app/window/views/access_view.h"
#include "app/window/views/thread_view.h"
#include "app/workbench/draw.h"
#include "app/workbench/workbench.h"
#include "core/text/text.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QComboBox>
#include <QSlider>

using namespace strata;
using namespace strata::reference;

namespace {

std::string matmul(const std::string& loops, int n)
{
    const std::string size = std::to_string(n);
    return "@loops\ndef f(A: f32[" + size + ", " + size + "], B: f32[" + size + ", " + size + "]) -> (C: f32[" + size
           + ", " + size + "]):\n" + loops;
}

std::string block(int n, const std::string& i, const std::string& j, const std::string& k)
{
    const std::string size = std::to_string(n);
    return "with block(\"C\") as (vi: spatial(" + size + ") = " + i + ", vj: spatial(" + size + ") = " + j
           + ", vk: reduce(" + size + ") = " + k + "):\n";
}

const std::string statements = "            with init(): C[vi, vj] = 0.0\n"
                               "            C[vi, vj] = fma(A[vi, vk], B[vk, vj], C[vi, vj])\n";

AccessTrace traceOf(const std::string& text, std::size_t most = 10'000'000)
{
    const auto function = parseFunction(text);
    if (!function)
        qFatal("%s", function.error().text().c_str());
    Tensors inputs;
    for (const TypedName& param : (*function)->params)
        inputs.push_back(
            std::make_shared<const Tensor>(makeTensor(param.type.tensor.dtype, constants(param.type.tensor.shape))));
    auto trace = traceAccesses(Module(), **function, inputs, most);
    if (!trace)
        qFatal("%s", trace.error().text().c_str());
    return std::move(*trace);
}

AccessTrace naive(int n)
{
    const std::string size = std::to_string(n);
    return traceOf(matmul("    for i, j, k in grid(" + size + ", " + size + ", " + size + "):\n        "
                              + block(n, "i", "j", "k") + statements,
                          n));
}

// j in strips of 8, a strip of B for all rows.
AccessTrace tiled(int n)
{
    const std::string size = std::to_string(n), strips = std::to_string(n / 8);
    return traceOf(matmul("    for j0, i, k, j1 in grid(" + strips + ", " + size + ", " + size + ", 8):\n        "
                              + block(n, "i", "j0 * 8 + j1", "k") + statements,
                          n));
}

}  // namespace

class TestWindowAccesses : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { QTest::failOnWarning(windowWarnings); }

    void aTraceIsTheOrderOfTheProgram()
    {
        const AccessTrace trace = naive(4);
        QCOMPARE(trace.entries.size(), std::size_t(16 + 4 * 64));
        QVERIFY(trace.complete);
        QStringList first;
        for (std::size_t i = 0; i < 9; ++i) {
            const AccessSite& site = trace.sites[trace.entries[i].site];
            first << QStringLiteral("%1%2%3")
                         .arg(site.write ? ">" : "<",
                              QString::fromStdString(trace.buffers[std::size_t(site.buffer)].name))
                         .arg(trace.entries[i].element);
        }
        QCOMPARE(first.join(QLatin1Char(' ')), QStringLiteral(">C0 <A0 <B0 <C0 >C0 <A1 <B4 <C0 >C0"));
        const AccessEntry& last = trace.entries.back();
        QCOMPARE(trace.loopValues(last), (std::vector<std::int64_t>{3, 3, 3}));
        QVERIFY(
            !traceOf(matmul("    for i, j, k in grid(8, 8, 8):\n        " + block(8, "i", "j", "k") + statements, 8),
                     100)
                 .complete);
    }

    // An index that is data, and a predicate: what is touched, not what could be.
    void whatIsNotTouchedIsNotTraced()
    {
        const AccessTrace trace = traceOf("@loops\ndef f(x: f32[10]) -> (y: f32[10]):\n"
                                          "    for i, j in grid(3, 4):\n"
                                          "        with block(\"y\") as (vi: spatial(10) = i * 4 + j):\n"
                                          "            where(i * 4 + j < 10)\n"
                                          "            y[vi] = x[vi]\n");
        QCOMPARE(trace.entries.size(), std::size_t(20));
    }

    void cachesForgetWhatWasUsedLongestAgo()
    {
        Cache cache({4 * 64, 2, 64});  // 2 sets of 2
        const std::vector<std::pair<int, bool>> uses{{0, false}, {2, false}, {0, true},  {4, false},
                                                     {0, true},  {2, false}, {1, false}, {0, true}};
        for (const auto& [line, hit] : uses)
            QCOMPARE(cache.touch(line), hit);
        QCOMPARE(cacheOf(32 << 10).sets(), std::int64_t(64));
        QCOMPARE(cacheOf(48 << 10).ways, 12);
        for (const std::int64_t bytes : {512, 1024, 3 << 10, 1 << 20, 24 << 20})
            QCOMPARE(cacheOf(bytes).bytes, bytes);
    }

    // What tiling is for: the same accesses, fewer of them missed.
    void aTiledProductMissesLess()
    {
        const AccessPicture before = accessPicture({}, naive(64), Target(), 4096),
                            after = accessPicture({}, tiled(64), Target(), 4096);
        QCOMPARE(before.counts.memory, after.counts.memory);
        QVERIFY2(after.counts.missed[0] * 4 < before.counts.missed[0],
                 qPrintable(QStringLiteral("%1 %2").arg(after.counts.missed[0]).arg(before.counts.missed[0])));
        QVERIFY(before.scaled && before.product().has_value());
    }

    void anyMomentIsWhatPlayingToItGives()
    {
        const AccessPicture picture = accessPicture({}, tiled(32), Target(), 1024);
        Cache cache(picture.caches[0]);
        std::int64_t misses = 0;
        for (std::size_t i = 0; i < picture.size(); ++i) {
            misses += cache.touch(picture.lineOf(picture.trace.entries[i])) ? 0 : 1;
            if (i % 9973 != 0 && i + 1 != picture.size())
                continue;
            QCOMPARE(picture.missesUntil(i), misses);
            const Cache there = picture.l1After(i);
            for (std::int64_t set = 0; set < cache.shape().sets(); ++set)
                for (int way = 0; way < cache.shape().ways; ++way)
                    QCOMPARE(there.set(set)[way], cache.set(set)[way]);
        }
        QCOMPARE(misses, picture.counts.missed[0]);
    }

    void aLoopIsDraggedToAnyValue()
    {
        const AccessPicture picture = accessPicture({}, tiled(32), Target(), 0);
        for (const std::size_t from : {std::size_t(5), picture.size() / 3, picture.size() - 2})
            for (std::size_t loop = 0; loop < picture.trace.sites[picture.trace.entries[from].site].loops.size();
                 ++loop) {
                const auto found = picture.entryWhere(from, loop, 2);
                if (picture.trace.sites[picture.trace.entries[from].site].write
                    && picture.trace.loopValues(picture.trace.entries[from])[2] == 0)
                    continue;  // an init part runs for one k only
                QVERIFY(found);
                const auto at = picture.trace.loopValues(picture.trace.entries[*found]),
                           was = picture.trace.loopValues(picture.trace.entries[from]);
                QCOMPARE(at[loop], std::int64_t(2));
                for (std::size_t outer = 0; outer < loop; ++outer)
                    QCOMPARE(at[outer], was[outer]);
            }
        const std::size_t next = picture.nextTurn(picture.size() / 2, 3, true);
        QVERIFY(next > picture.size() / 2 && next - picture.size() / 2 <= 5);
    }

    void inTheWindow()
    {
        MainWindow window;
        window.resize(1600, 1000);
        window.show();
        window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(window));
        auto* view = window.findChild<AccessView*>();
        QVERIFY(view && !view->isVisible() && !window.workspace().scene()->accesses);  // nobody asked for it
        window.action(QStringLiteral("view.accesses"))->trigger();
        QVERIFY(settle(window));
        QVERIFY(view->isVisible() && view->picture());
        QCOMPARE(view->picture()->size(), std::size_t(16384 + 4 * 2097152 + 2 * 16384));
        QVERIFY(view->position() > 0);
        view->setPosition(1000);
        QTest::keyClick(view, Qt::Key_Right);
        QCOMPARE(view->position(), std::size_t(1001));
        QTest::keyClick(view, Qt::Key_Left, Qt::ShiftModifier);
        QVERIFY(view->position() < 1000 && view->position() >= 990);
        const QRect bar = view->loopBar(0);
        QTest::mouseClick(view, Qt::LeftButton, {}, QPoint(bar.left() + bar.width() / 2 + 1, bar.center().y()));
        const auto& entries = view->picture()->trace.entries;
        QCOMPARE(view->picture()->trace.loopValues(entries[view->position()])[0], std::int64_t(64));
        const std::int64_t missed = view->picture()->counts.missed[0];
        window.workspace().apply(QStringLiteral("loops.split(mm_relu, j, factors=[_, 8])"));
        QVERIFY(settle(window));
        window.workspace().apply(QStringLiteral("loops.reorder(mm_relu, [j0, k, j1])"));
        QVERIFY(settle(window));
        QVERIFY(view->picture()->before && view->picture()->before->missed[0] == missed);
        QVERIFY(view->picture()->counts.missed[0] * 4 < missed);
        QVERIFY(view->sentences().join(QLatin1Char('|')).contains(QStringLiteral("missed L1")));
        window.action(QStringLiteral("view.accesses"))->trigger();
        QVERIFY(settle(window));
        QVERIFY(!view->isVisible() && !window.workspace().scene()->accesses);
    }

    // Of the window sum: 8 blocks of 128 threads, and who fetches what of the 130 elements of a block.
    void whichThreadFetchesWhat()
    {
        MainWindow window;
        window.resize(1600, 1000);
        window.show();
        window.openFile(QStringLiteral(STRATA_SOURCE_DIR "/resources/lessons/62-window-sum/target.strata"));
        QVERIFY(settle(window));
        window.action(QStringLiteral("view.accesses"))->trigger();
        QVERIFY(settle(window));
        auto* view = window.findChild<ThreadView*>();
        QVERIFY(view && view->isVisible());
        const ThreadPicture& picture = view->picture();
        QCOMPARE(picture.blocks[0], std::int64_t(8));
        QCOMPARE(picture.threads[0], std::int64_t(128));
        QCOMPARE(picture.rows.size(), std::size_t(4));
        QCOMPARE(picture.rows[0].elements.size(), std::size_t(130));
        QCOMPARE(picture.rows[0].mostThreads(), std::size_t(1));  // fetched once
        QCOMPARE(picture.rows[2].mostThreads(), std::size_t(3));  // read by three
        view->choose(1, 1);
        QCOMPARE(view->sentences(), (QStringList{"thread 1 of 128 in block 1 of 8", "A_shared reads A[129], A[257]",
                                                 "A_shared writes A_shared[1], A_shared[129]",
                                                 "B reads A_shared[1], A_shared[2], A_shared[3]", "B writes B[129]"}));
        QTest::mouseClick(view, Qt::LeftButton, {}, view->blockCell(3).center());
        QCOMPARE(picture.block, std::int64_t(3));
        QTest::mouseClick(view, Qt::LeftButton, {}, view->threadCell(7).center());
        QCOMPARE(view->thread(), std::int64_t(7));
        QTest::mouseClick(view, Qt::LeftButton, {}, view->elementCell(0, 3 * 128 + 20).center());
        QCOMPARE(view->thread(), std::int64_t(20));
        window.openFile(samplesFolder + QStringLiteral("stencil.strata"));
        QVERIFY(settle(window));
        QVERIFY(!view->isVisible());
    }

    // Two axes of each: x runs along a row.
    void blocksAndThreadsInTwoDimensions()
    {
        const auto module = loadText(STRATA_SOURCE_DIR "/resources/lessons/63-matmul-gpu/target.strata");
        QVERIFY(module.ok());
        const Function& function = *(*module)->find("matmul");
        reference::Tensors inputs;
        for (Tensor& tensor : drawInputs(**module))
            inputs.push_back(std::make_shared<const Tensor>(std::move(tensor)));
        const auto trace = reference::traceAccesses(**module, function, inputs, 10'000'000);
        QVERIFY(trace.ok());
        const ThreadPicture picture = threadPicture(*trace, boundAxes(function), 1);
        QCOMPARE(picture.blockCount(), std::int64_t(4));
        QCOMPARE(picture.threadCount(), std::int64_t(64));
        for (const ThreadPicture::Row& row : picture.rows) {
            QVERIFY(row.buffer != "C_local");  // a thread's own
            if (row.buffer == "C")
                QCOMPARE(row.elements.at(32), std::vector<std::int32_t>{0});  // block 1 lies right of block 0
        }
        QCOMPARE(picture.sentences(9).last(),
                 QStringLiteral("C_local writes C[4, 36], C[4, 37], C[4, 38], C[4, 39] and 12 more"));
    }

    void itPlays()
    {
        MainWindow window;
        window.resize(1600, 1000);
        window.show();
        window.openFile(samplesFolder + QStringLiteral("stencil.strata"));
        QVERIFY(settle(window));
        window.action(QStringLiteral("view.accesses"))->trigger();
        QVERIFY(settle(window));
        auto* part = window.findChild<AccessPart*>();
        const std::size_t before = part->view()->position();
        part->play(true);
        QTRY_VERIFY(part->view()->position() > before);
        QTRY_VERIFY_WITH_TIMEOUT(!part->isPlaying(), 20'000);  // to the end, and stops
        QCOMPARE(part->view()->position() + 1, part->view()->picture()->size());
    }
};

STRATA_TEST_IN(QApplication, TestWindowAccesses)
#include "tst_window_accesses.moc"
