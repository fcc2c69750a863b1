// The picture of a refusal about order: who comes when, now and as asked, who needs whom, and what would come out.
#include "app/window/jobs/conflict.h"
#include "app/window/parts/text_part.h"
#include "app/window/views/conflict_view.h"
#include "app/window/views/text_view.h"
#include "app/workbench/workbench.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QElapsedTimer>
#include <QPushButton>

using namespace strata;

namespace {

ModulePtr parsed(const QString& text)
{
    const auto module = parseModule(text.toStdString());
    if (!module)
        qFatal("%s", module.error().text().c_str());
    return *module;
}

QString stencil(int size)
{
    return QStringLiteral("module m(entry=f):\n\ndef f(x: f32[%1, %1]) -> (a: f32[%1, %1]):\n"
                          "    for i, j in grid(%1, %1):\n"
                          "        with block(\"start\") as (vi: spatial(%1) = i, vj: spatial(%1) = j):\n"
                          "            a[vi, vj] = x[vi, vj]\n"
                          "    for t, s in grid(%2, %2):\n"
                          "        with block(\"step\") as (vt: ordered(%2) = t, vs: ordered(%2) = s):\n"
                          "            a[vt + 1, vs] = (a[vt + 1, vs] + a[vt, vs + 1]) * 0.5\n")
        .arg(size)
        .arg(size - 1);
}

// A chain through one buffer: what is written at i is read at i + 20.
const char* far = "module m(entry=f):\n\ndef f(x: f32[64]) -> (a: f32[64]):\n"
                  "    for i in range(64):\n        with block(\"start\") as (vi: spatial(64) = i):\n"
                  "            a[vi] = x[vi]\n"
                  "    for t in range(44):\n        with block(\"step\") as (vt: ordered(44) = t):\n"
                  "            a[vt + 20] = a[vt] + 1.0\n";
// Which column comes first decides what stays in y.
const char* last = "module m(entry=f):\n\ndef f(x: f32[8, 8]) -> (y: f32[8]):\n"
                   "    for i, j in grid(8, 8):\n"
                   "        with block(\"keep\") as (vi: ordered(8) = i, vj: ordered(8) = j):\n"
                   "            y[(vi + vj) % 8] = x[vi, vj]\n";

// The same for any size.
const char* anySize = "module m(entry=f):\n\ndef f(x: f32[n, n]) -> (a: f32[n, n]):\n"
                      "    for i, j in grid(n, n):\n"
                      "        with block(\"start\") as (vi: spatial(n) = i, vj: spatial(n) = j):\n"
                      "            a[vi, vj] = x[vi, vj]\n"
                      "    for t, s in grid(n - 1, n - 1):\n"
                      "        with block(\"step\") as (vt: ordered(n - 1) = t, vs: ordered(n - 1) = s):\n"
                      "            a[vt + 1, vs] = (a[vt + 1, vs] + a[vt, vs + 1]) * 0.5\n";

struct Refused {
    ModulePtr module;
    Step step;
    Error error;
};

Refused refuse(const QString& text, const QString& line, const Registry& registry)
{
    const ModulePtr module = parsed(text);
    const auto step = parseStep(line.toStdString(), registry);
    if (!step)
        qFatal("%s", step.error().text().c_str());
    const auto change = planStep(**registry.find(step->transform), *module, step->arguments, {});
    if (change)
        qFatal("%s is not refused", qPrintable(line));
    return {module, *step, change.error()};
}

}  // namespace

class TestWindowRefusals : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { QTest::failOnWarning(windowWarnings); }

    void everyOrderIsDrawn_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("line");
        QTest::addColumn<int>("grids");
        QTest::addColumn<bool>("differs");
        QTest::newRow("swapped") << stencil(16) << "loops.reorder(f, [s, t])" << 1 << true;
        QTest::newRow("at the same time") << stencil(16) << "loops.parallel(f, t)" << 1 << true;
        QTest::newRow("lanes") << far << "loops.vectorize(f, t)" << 2 << true;
        QTest::newRow("far apart") << far << "loops.parallel(f, t)" << 2 << true;
        QTest::newRow("the last value stays") << last << "loops.reorder(f, [j, i])" << 1 << false;
        QTest::newRow("of any size") << anySize << "loops.reorder(f, [s, t])" << 1 << true;
        QTest::newRow("of a billion") << stencil(30'000) << "loops.reorder(f, [s, t])" << 1 << false;
    }
    void everyOrderIsDrawn()
    {
        QFETCH(QString, text);
        QFETCH(QString, line);
        QFETCH(int, grids);
        QFETCH(bool, differs);
        const auto registry = makeRegistry();
        const Refused refused = refuse(text, line, *registry);
        QVERIFY2(refused.error.conflict, refused.error.text().c_str());
        QElapsedTimer timer;
        timer.start();
        const auto picture = drawConflict({refused.module, refused.step, *refused.error.conflict, registry, {}}, {});
        QVERIFY2(timer.elapsed() < 20'000, "a picture of a large program takes as long as its run");
        QVERIFY(picture);
        const Neighbourhood& around = picture->around;
        QCOMPARE(int(around.grids.size()), grids);
        const auto cell = [&](const GridPlace& place) {
            return around.grids[std::size_t(place.grid)].at(place.row, place.column);
        };
        const GridCell first = cell(around.first), second = cell(around.second);
        QVERIFY2(first.now < second.now, refused.error.text().c_str());
        QVERIFY(around.hasAsked);
        QVERIFY(picture->conflict.atOnce || first.asked > second.asked);
        QVERIFY(std::find(around.needs.begin(), around.needs.end(), std::pair(around.first, around.second))
                != around.needs.end());
        for (const auto& [from, to] : around.needs)
            QVERIFY(cell(from).now < cell(to).now);
        QCOMPARE(!picture->damage.empty(), differs || picture->ran);
        if (differs) {
            QVERIFY(picture->damage.front().count > 0);
            QVERIFY(picture->damage.front().now != picture->damage.front().asked);
        }
        ConflictView view;
        view.resize(480, 400);
        view.setPicture(picture);
        QVERIFY(!view.isHidden());
        QVERIFY(!view.grab().isNull());
        QCOMPARE(view.sentences().size(), picture->damage.empty() ? 3 : 4);
    }

    // The one that comes first is told first, also where iterations would run at the same time.
    void theOneThatComesFirstIsToldFirst()
    {
        const auto registry = makeRegistry();
        const Refused refused = refuse(stencil(16), QStringLiteral("loops.parallel(f, t)"), *registry);
        QVERIFY2(refused.error.message.find("step(vt=0, vs=1) writes a[1, 1] and step(vt=1, vs=0) reads it")
                     != std::string::npos,
                 refused.error.message.c_str());
        QCOMPARE(refused.error.conflict->kind, Conflict::Kind::Flow);
    }

    void itStandsBelowTheText()
    {
        MainWindow window;
        window.resize(1400, 900);
        window.show();
        window.openFile(samplesFolder + QStringLiteral("stencil.strata"));
        QVERIFY(settle(window));
        auto* view = window.findChild<ConflictView*>();
        QVERIFY(view && view->isHidden());
        window.workspace().apply(QStringLiteral("loops.reorder(stencil, [s, t])"));
        QVERIFY(settle(window));
        QVERIFY(view->isVisible());
        QVERIFY2(view->sentences().join(QLatin1Char('|')).contains(QStringLiteral("196 of 256 elements of a")),
                 qPrintable(view->sentences().join(QLatin1Char('|'))));
        QVERIFY(window.parts().textView(Level::Loops)->height() > 100);  // the text stays to be read
        QTest::mouseClick(
            window.parts().pane(Level::Loops)->banner()->parentWidget()->findChildren<QPushButton*>().front(),
            Qt::LeftButton);
        QVERIFY(settle(window));
        QVERIFY(view->isHidden());
    }
};

STRATA_TEST_IN(QApplication, TestWindowRefusals)
#include "tst_window_refusals.moc"
