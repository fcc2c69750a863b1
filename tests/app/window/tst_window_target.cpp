// Where code runs: the place, the instructions, the threads; what is shown of a device, and what is measured on it.
#include "app/window/commands/kept_settings.h"
#include "app/window/models/highlighter.h"
#include "app/window/parts/table_part.h"
#include "app/window/views/level_pane.h"
#include "app/window/views/text_view.h"
#include "app/window/views/timings_view.h"
#include "backends/devices.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QAction>
#include <QDir>
#include <QSettings>
#include <QStandardPaths>
#include <QToolButton>

using namespace strata;

class TestTarget : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("strata-test"));
        QCoreApplication::setApplicationName(QStringLiteral("tst_window_target"));
        QDir(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation)).removeRecursively();  // earlier runs
    }
    void init()
    {
        QTest::failOnWarning(windowWarnings);
        QSettings().clear();
    }
    void cleanupTestCase() { QSettings().clear(); }
    void aDeviceShowsItsKernels();
    void kernelsAndCopiesAreTimedApart();
    void devicesStandSideBySide();
    void aStateWithoutKernelsIsRefused();
    void theEvaluatorRuns();
    void instructionsAreChosen();
    void theTargetIsKept();
    void kernelsHaveColours();
};

namespace {

// The first device of the build.
QString deviceTitle() { return QString::fromStdString(devices().front().title); }
QString onDevice() { return QStringLiteral("run.on.") + QString::fromStdString(devices().front().name); }

void choose(MainWindow& window, const QString& id)
{
    QAction* const action = window.action(id);
    QVERIFY2(action, qPrintable(id));
    action->trigger();
    QVERIFY(settle(window));
}

void openGpu(MainWindow& window)
{
    window.resize(1680, 1000);
    window.show();
    window.openFile(samplesFolder + QStringLiteral("matmul_gpu.strata"),
                    samplesFolder + QStringLiteral("matmul_gpu-shared.recipe"));
    QVERIFY(settle(window));
}

QStringList shownCode(MainWindow& window) { return window.parts().textView(Level::Hardware)->document()->shownLines(); }

QString targetSaid(MainWindow& window)
{
    for (const QToolButton* button : window.findChildren<QToolButton*>())
        if (button->accessibleName() == QLatin1String("Target"))
            return button->text();
    return {};
}

}  // namespace

void TestTarget::aDeviceShowsItsKernels()
{
    if (devices().empty())
        QSKIP("This build knows no device.");
    MainWindow window;
    openGpu(window);
    QVERIFY2(!targetSaid(window).contains(deviceTitle()), qPrintable(targetSaid(window)));
    choose(window, onDevice());
    QVERIFY2(shownCode(window).join(QLatin1Char('\n')).contains(QStringLiteral("__kernel ")),
             qPrintable(shownCode(window).join(QLatin1Char('\n'))));
    QVERIFY2(window.parts().pane(Level::Hardware)->subtitle().contains(deviceTitle() + QStringLiteral(" · ")),
             qPrintable(window.parts().pane(Level::Hardware)->subtitle()));
    QVERIFY2(targetSaid(window).startsWith(deviceTitle()), qPrintable(targetSaid(window)));
    // A loop of the text lights up the lines of the kernel that come of it.
    window.selectNode(QStringLiteral("k0"));
    QVERIFY(settle(window));
    QVERIFY(!window.parts().textView(Level::Hardware)->litLines().empty());
    window.workspace().select(0);  // nothing is bound there: instructions
    QVERIFY(settle(window));
    QVERIFY(!shownCode(window).join(QLatin1Char('\n')).contains(QStringLiteral("__kernel")));
    QVERIFY2(window.parts().pane(Level::Hardware)->subtitle().contains(QStringLiteral("of code")),
             qPrintable(window.parts().pane(Level::Hardware)->subtitle()));
}

void TestTarget::kernelsAndCopiesAreTimedApart()
{
    if (devices().empty())
        QSKIP("This build knows no device.");
    MainWindow window;
    openGpu(window);
    choose(window, onDevice());
    choose(window, QStringLiteral("run.run"));
    auto* const timings = window.findChild<TimingsView*>();
    QVERIFY(timings);
    const auto& bars = timings->bars();
    const auto current = std::find_if(bars.begin(), bars.end(), [](const TimingBar& bar) { return bar.current; });
    QVERIFY(current != bars.end());
    QVERIFY2(current->device > 0 && current->device <= current->median, qPrintable(current->text));
    QVERIFY2(current->text.contains(QStringLiteral("in kernels")), qPrintable(current->text));
    QVERIFY(window.workspace().scene()->verdict);
    QVERIFY2(window.workspace().scene()->verdict->passed, window.workspace().scene()->verdict->sentence.c_str());
    choose(window,
           QStringLiteral(
               "run.on.cpu"));  // what was measured on the device stands below the state, and is none of the CPU's
    QVERIFY(window.workspace().runs().times().empty());
    QCOMPARE(timings->bars().size(), std::size_t(1));
    QVERIFY(timings->bars().front().elsewhere);
}

void TestTarget::devicesStandSideBySide()
{
    if (devices().empty())
        QSKIP("This build knows no device.");
    MainWindow window;
    openGpu(window);
    choose(window, QStringLiteral("run.everywhere"));
    auto* const timings = window.findChild<TimingsView*>();
    QStringList names;
    for (const TimingBar& bar : timings->bars())
        names << (bar.elsewhere ? bar.name.trimmed() : QStringLiteral("here"));
    QVERIFY2(names.contains(QStringLiteral("here")), qPrintable(names.join(QLatin1Char('\n'))));
    QVERIFY2(names.contains(deviceTitle() + QStringLiteral(" · 1 thread")), qPrintable(names.join(QLatin1Char('\n'))));
    if (QThread::idealThreadCount() > 1)
        QVERIFY2(names.contains(QStringLiteral("CPU · %1 threads").arg(QThread::idealThreadCount())),
                 qPrintable(names.join(QLatin1Char('\n'))));
}

void TestTarget::aStateWithoutKernelsIsRefused()
{
    if (devices().empty())
        QSKIP("This build knows no device.");
    MainWindow window;
    window.show();
    window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
    QVERIFY(settle(window));
    choose(window, onDevice());
    QVERIFY(!shownCode(window).join(QLatin1Char('\n')).contains(QStringLiteral("__kernel")));
    choose(window, QStringLiteral("run.run"));
    QVERIFY(window.workspace().runs().times().empty());
    QCOMPARE(window.parts().problemModel()->rowCount(), 1);
    const QString said = window.parts().problemModel()->rows()[0].cells.join(QLatin1Char(' '));
    QVERIFY2(said.contains(QStringLiteral("No function of the module is made for a device")), qPrintable(said));
}

void TestTarget::theEvaluatorRuns()
{
    MainWindow window;
    window.show();
    window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
    QVERIFY(settle(window));
    choose(window, QStringLiteral("run.on.reference"));
    QVERIFY2(targetSaid(window).startsWith(QStringLiteral("Evaluator")), qPrintable(targetSaid(window)));
    choose(window, QStringLiteral("run.run"));
    QCOMPARE(window.workspace().runs().times().size(), std::size_t(1));
    QCOMPARE(window.workspace().runs().times().begin()->second.runs, 1);
    QVERIFY(window.workspace().runs().times().begin()->second.medianMs > 0);
    QVERIFY(window.workspace().scene()->outputs);
}

void TestTarget::instructionsAreChosen()
{
    MainWindow window;
    window.show();
    window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"), samplesFolder + QStringLiteral("mm_relu.recipe"));
    QVERIFY(settle(window));
    const std::size_t steps = window.workspace().session().path().size();
    choose(window, QStringLiteral("run.isa.x86-64-v1"));
    QCOMPARE(window.workspace().session().path().size(), steps);
    QVERIFY2(targetSaid(window).contains(QStringLiteral("x86-64-v1")), qPrintable(targetSaid(window)));
    const QString code = shownCode(window).join(QLatin1Char('\n'));
    QVERIFY(code.contains(QStringLiteral("xmm")) && !code.contains(QStringLiteral("ymm")));
    QVERIFY(!window.workspace().isModified());
    choose(window, QStringLiteral("run.isa.native"));
    QVERIFY2(!targetSaid(window).contains(QStringLiteral("x86-64-v1")), qPrintable(targetSaid(window)));
}

void TestTarget::theTargetIsKept()
{
    if (devices().empty())
        QSKIP("This build knows no device.");
    {
        MainWindow window;
        window.settings().restore();
        window.show();
        choose(window, onDevice());
        choose(window, QStringLiteral("run.isa.x86-64-v2"));
        QVERIFY(window.close());
    }
    {
        MainWindow window;
        window.settings().restore();
        const Scene& scene = *window.workspace().scene();
        QCOMPARE(scene.target.device, devices().front().name);
        QVERIFY(scene.isa == isaByName("x86-64-v2"));
        QVERIFY(window.action(onDevice())->isChecked());
        QVERIFY(window.action(QStringLiteral("run.isa.x86-64-v2"))->isChecked());
    }
    QSettings().setValue(QStringLiteral("session/target"), QStringLiteral("abacus"));
    MainWindow window;
    window.settings().restore();
    QVERIFY(window.workspace().scene()->target == RunTarget::Cpu);
}

void TestTarget::kernelsHaveColours()
{
    const auto spans = highlight(u"for (long i = 0; i < 4; ++i) {  // C", Syntax::C);
    QVERIFY((std::find(spans.begin(), spans.end(), TokenSpan{0, 3, Token::Keyword}) != spans.end()));
    QVERIFY((std::find(spans.begin(), spans.end(), TokenSpan{5, 4, Token::Keyword}) != spans.end()));
    QVERIFY((spans.back() == TokenSpan{32, 4, Token::Comment}));
}

STRATA_TEST_IN(QApplication, TestTarget)
#include "tst_window_target.moc"
