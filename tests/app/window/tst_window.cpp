// The window as a person uses it: open, choose a transform, apply, see the difference, undo, select, look at the other
// levels. A Qt warning fails.
#include "app/window/commands/appearance.h"
#include "app/window/commands/hand_on.h"
#include "app/window/commands/kept_settings.h"
#include "app/window/commands/lecture_mode.h"
#include "app/window/graph/graph_view.h"
#include "app/window/views/level_pane.h"
#include "app/window/views/palette_view.h"
#include "app/window/views/parameter_form.h"
#include "app/window/views/step_view.h"
#include "app/window/views/text_view.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QElapsedTimer>
#include <QLineEdit>
#include <QRegularExpression>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace strata;

namespace {

int lineWith(const TextView& view, const QString& text)
{
    for (std::size_t i = 0; i < view.document()->lines.size(); ++i)
        if (view.document()->lines[i].text.contains(text) && view.document()->lines[i].number > 0)
            return static_cast<int>(i);
    return -1;
}

// On the name itself, as a person aims.
bool clickName(TextView& view, int line, const Cursor& cursor)
{
    view.setCaretLine(line);
    const QRect place = view.nameRect(line, cursor);
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, place.center());
    return !place.isNull();
}

// Beside the names in it.
void clickLine(TextView& view, int line)
{
    view.setCaretLine(line);
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.lineRect(line).bottomRight() - QPoint(6, 6));
}

}  // namespace

class WindowTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("strata-test"));
        QCoreApplication::setApplicationName(QStringLiteral("tst_window"));
        QSettings().clear();
    }
    void init() { QTest::failOnWarning(windowWarnings); }

    void anEmptyWindowSaysHowToBegin()
    {
        MainWindow window;
        window.show();
        for (const Level level : {Level::Graph, Level::Loops, Level::Library, Level::Hardware})
            QVERIFY(!window.parts().pane(level)->message().isEmpty());
        QVERIFY(window.parts().pane(Level::Graph)->message().contains(QStringLiteral("Ctrl+O")));
        window.action(QStringLiteral("edit.undo"))->trigger();  // with nothing open, nothing breaks
        window.action(QStringLiteral("step.next"))->trigger();
        window.action(QStringLiteral("view.nextChange"))->trigger();
    }

    void aStepByThePalette()
    {
        MainWindow window;
        window.show();
        window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(window));
        TextView& loops = *window.parts().textView(Level::Loops);
        QVERIFY(loops.document() && lineWith(loops, QStringLiteral("for i, j, k")) >= 0);
        QVERIFY(!loops.document()->differs());

        const int grid = lineWith(loops, QStringLiteral("for i, j, k"));
        for (const char* loop : {"i", "k", "j"}) {
            const Cursor cursor{"mm_relu", NodeKind::Loop, loop};
            QVERIFY(clickName(loops, grid, cursor));
            QVERIFY(settle(window));
            QVERIFY(window.workspace().place() && window.workspace().place()->cursor == cursor);
        }
        const int row = window.parts().paletteModel()->rowOf("loops.split");
        QVERIFY(row > 0 && window.parts().paletteModel()->entry(row)->applies);
        QListView* list = window.parts().paletteView()->list();
        list->scrollTo(window.parts().paletteModel()->index(row));
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {},
                          list->visualRect(window.parts().paletteModel()->index(row)).center());
        QVERIFY(window.parts().form());
        auto* factors = qobject_cast<QLineEdit*>(window.parts().form()->editor(QStringLiteral("factors")));
        QVERIFY(factors);
        factors->setText(QStringLiteral("[_, 4]"));
        AspectSpy checked(window.workspace(), Aspect::Check);
        QVERIFY(checked.wait());
        const auto& found = window.workspace().scene()->checked;
        QVERIFY2(found && found->applies, qPrintable(found ? found->text : QString()));
        const ModulePtr before = window.workspace().session().current()->module;
        QTest::keyClick(factors, Qt::Key_Return);
        QVERIFY(!window.parts().form());
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().session().path().size(), std::size_t(2));
        QVERIFY(loops.document()->differs());
        QVERIFY(window.parts().pane(Level::Loops)->subtitle().contains(QLatin1Char('+')));
        loops.setCaretLine(0);
        QVERIFY(loops.goToChange(true));
        QVERIFY(loops.document()->lines[loops.caretLine()].change != DiffKind::Same);

        window.action(QStringLiteral("edit.undo"))->trigger();
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().session().current()->module, before);  // the same pointer
        QVERIFY(!loops.document()->differs());
        window.action(QStringLiteral("edit.redo"))->trigger();
        QVERIFY(settle(window));
        QVERIFY(loops.document()->differs());
    }

    void whatIsSelectedLightsUpEverywhere()
    {
        MainWindow window;
        window.show();
        window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(window));
        TextView& loops = *window.parts().textView(Level::Loops);
        clickLine(loops, lineWith(loops, QStringLiteral("fma(")));
        QVERIFY(settle(window));
        QVERIFY(loops.litLines().count(lineWith(loops, QStringLiteral("fma("))));
        QVERIFY(!window.parts().textView(Level::Library)->litLines().empty());
        QVERIFY(!window.parts().graphView()->litBoxes().empty());
        const TextView& hardware = *window.parts().textView(Level::Hardware);
        QVERIFY2(hardware.document(), qPrintable(window.parts().pane(Level::Hardware)->message()));
        QVERIFY(!hardware.litLines().empty());
        bool multiplies = false;
        for (const int line : hardware.litLines())
            multiplies = multiplies || hardware.document()->lines[line].text.contains(QStringLiteral("fmadd"));
        QVERIFY(multiplies);
    }

    void aRefusalLeavesTheStateAndSaysWhy()
    {
        MainWindow window;
        window.show();
        window.openFile(samplesFolder + QStringLiteral("stencil.strata"));
        QVERIFY(settle(window));
        const FunctionPtr function = window.workspace().session().current()->module->functions.front();
        std::vector<std::string> loops;
        for (const Cursor& cursor : cursors(*function))
            if (cursor.kind == NodeKind::Loop)
                loops.push_back(cursor.name);
        QVERIFY(loops.size() >= 2);
        QSignalSpy refused(&window.workspace(), &Workspace::stepRefused);
        std::reverse(loops.begin(), loops.end());
        QStringList names;
        for (const std::string& name : loops)
            names << QString::fromStdString(name);
        window.workspace().apply(QStringLiteral("loops.reorder(%1, [%2])")
                                     .arg(QString::fromStdString(function->name), names.join(QStringLiteral(", "))));
        QVERIFY(settle(window));
        QCOMPARE(refused.size(), 1);
        QVERIFY(!refused.last().at(1).toString().isEmpty());
        QCOMPARE(window.workspace().session().all().size(), std::size_t(1));
    }

    // An edit that the model's own pictures hide, for their border is black, is told by its function.
    void handEditsAreJudgedWhereTheyStand()
    {
        MainWindow window;
        window.show();
        window.openFile(samplesFolder + QStringLiteral("mlp"));
        QVERIFY(settle(window));
        window.workspace().apply(QStringLiteral("graph.fuse(main, [Gemm_0, Relu_0], name=linear_relu)"));
        QVERIFY(settle(window));
        window.workspace().apply(QStringLiteral("graph.lower_to_loops(linear_relu)"));
        QVERIFY(settle(window));
        QString text = QString::fromStdString(
            print(*window.workspace().session().current()->module->find("linear_relu")));
        text.replace("w[vj, vk]", "select(vk < 783, w[vj, vk], 0.0)").replace("\"", "\\\"").replace("\n", "\\n");
        window.workspace().apply("any.replace_text(linear_relu, \"" + text + "\")");
        QVERIFY(settle(window));
        const std::optional<Verdict> verdict = window.workspace().scene()->verdict;
        QVERIFY(verdict && !verdict->passed);
        QVERIFY2(verdict->sentence.starts_with("linear_relu_edited differs from its definition linear_relu by "),
                 verdict->sentence.c_str());
        window.action(QStringLiteral("edit.undo"))->trigger();
        QVERIFY(settle(window));
        QVERIFY(window.workspace().scene()->verdict && window.workspace().scene()->verdict->passed);
    }

    void fusionIsSeenInTheGraph()
    {
        MainWindow window;
        window.show();
        window.openFile(samplesFolder + QStringLiteral("mlp"));
        QVERIFY(settle(window));
        QCOMPARE(window.parts().graphView()->picture()->nodes, 5);
        window.workspace().apply(QStringLiteral("graph.fuse(main, [Gemm_0, Relu_0], name=linear_relu)"));
        QVERIFY(settle(window));
        QCOMPARE(window.parts().graphView()->picture()->nodes, 4);
        QCOMPARE(window.parts().graphView()->picture()->hulls.size(), std::size_t(1));
        QVERIFY(window.workspace().scene()->verdict && window.workspace().scene()->verdict->passed);
        window.selectNode(QStringLiteral("linear_relu"));
        QVERIFY(settle(window));
        QVERIFY(!window.parts().textView(Level::Loops)->litLines().empty());
        QVERIFY(!window.parts().textView(Level::Library)->litLines().empty());
    }

    void aFileThatIsNoneIsAProblemNotTheEnd()
    {
        MainWindow window;
        window.show();
        QSignalSpy problems(&window.workspace(), &Workspace::problems);
        window.openFile(QStringLiteral("/nowhere/model.onnx"));
        QVERIFY(settle(window));
        QCOMPARE(problems.size(), 1);
        QVERIFY(!window.workspace().isOpen());
        window.openFile(samplesFolder + QStringLiteral("vector_add.strata"));
        QVERIFY(settle(window));
        QVERIFY(window.workspace().isOpen());
    }

    void lectureModeComesAndGoes()
    {
        MainWindow window;
        window.show();
        window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(window));
        window.workspace().apply(QStringLiteral("loops.split(mm_relu, j, factors=[_, 4])"));
        QVERIFY(settle(window));
        window.lecture().set(true);
        QVERIFY(window.parts().stepView()->isHidden() || !window.parts().stepView()->isVisible());
        QVERIFY(!window.parts().textView(Level::Library)->isVisible());
        window.activateWindow();
        QTest::keyClick(&window, Qt::Key_PageUp);
        QVERIFY(settle(window));
        if (window.isActiveWindow())
            QCOMPARE(window.workspace().session().current()->id, 0);
        window.lecture().set(false);
        QVERIFY(window.parts().stepView()->isVisible());
        QVERIFY(window.parts().textView(Level::Library)->isVisible());
    }

    // From the click to the difference in all four panes; printed, not judged.
    void latency_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("step");
        QTest::newRow("mm_relu") << "mm_relu.strata"
                                 << "loops.split(mm_relu, j, factors=[_, 4])";
        QTest::newRow("mlp") << "mlp"
                             << "graph.fuse(main, [Gemm_0, Relu_0], name=linear_relu)";
    }
    void latency()
    {
        QFETCH(QString, model);
        QFETCH(QString, step);
        MainWindow window;
        window.resize(1680, 1000);
        window.show();
        window.openFile(samplesFolder + model);
        QVERIFY(settle(window));
        std::vector<qint64> times;
        for (int i = 0; i < 20; ++i) {
            QElapsedTimer clock;
            AspectSpy hardware(window.workspace(), Aspect::Hardware), graph(window.workspace(), Aspect::Graph);
            clock.start();
            window.workspace().apply(step);
            while ((hardware.count() == 0 || graph.count() == 0) && clock.elapsed() < patienceMs)
                QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 5);
            times.push_back(clock.elapsed());
            QVERIFY(window.parts().textView(Level::Loops)->document()->differs());
            QVERIFY(settle(window));
            window.action(QStringLiteral("edit.undo"))->trigger();
            QVERIFY(settle(window));
        }
        std::sort(times.begin(), times.end());
        qInfo("click to difference in four panes: median %lld ms, longest %lld ms", static_cast<long long>(times[10]),
              static_cast<long long>(times.back()));
    }

    // Times belong to a state and to what they were measured with: another number of threads shows its own, and the
    // first are there again afterwards.
    void timesAreKeptByThreads()
    {
        MainWindow window;
        window.show();
        window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(window));
        window.workspace().apply(QStringLiteral("loops.split(mm_relu, j, factors=[_, 4])"));
        QVERIFY(settle(window));
        window.action(QStringLiteral("run.run"))->trigger();
        QVERIFY(settle(window));
        const Times once = window.workspace().runs().times();
        QCOMPARE(once.size(), std::size_t(2));
        QCOMPARE(once.begin()->second.turn, once.rbegin()->second.turn);  // in turn
        QVERIFY(window.workspace().scene()->machine);
        QCOMPARE(window.workspace().scene()->machine->threads, 1);
        QVERIFY(window.workspace().scene()->machine->flopsPerSecond > 1e9);
        window.workspace().runs().setThreads(2);
        QVERIFY(window.workspace().runs().times().empty());
        QVERIFY(!window.workspace().scene()->machine);
        window.action(QStringLiteral("run.run"))->trigger();
        QVERIFY(settle(window));
        QCOMPARE(window.workspace().runs().times().size(), std::size_t(2));
        QCOMPARE(window.workspace().runs().times().at(0).threads, 2);
        QCOMPARE(window.workspace().scene()->machine->threads, 2);
        window.workspace().runs().setThreads(1);
        QCOMPARE(window.workspace().runs().times().size(), once.size());
        for (const auto& [state, timing] : once)
            QCOMPARE(window.workspace().runs().times().at(state).medianMs, timing.medianMs);
    }

    // The text size that was stored draws as the same size chosen in a running window does.
    void aStoredTextSizeDrawsAsAChosenOne()
    {
        QSettings().clear();
        const auto shown = [](MainWindow& window) {
            window.resize(1400, 900);
            window.action(QStringLiteral("view.reset"))->trigger();
            window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
            const bool settled = settle(window);
            QTest::qWait(50);
            return settled ? window.parts().textView(Level::Loops)->viewport()->grab().toImage() : QImage();
        };
        MainWindow chosen;
        chosen.show();
        for (int i = 0; i < 5; ++i)
            chosen.action(QStringLiteral("view.larger"))->trigger();
        const QImage expected = shown(chosen);
        QVERIFY(!expected.isNull());
        chosen.close();  // stores
        MainWindow stored;
        stored.settings().restore();
        stored.show();
        QCOMPARE(shown(stored), expected);
        QSettings().clear();
    }

    void everyPaneAsAPicture_data()
    {
        QTest::addColumn<int>("level");
        QTest::addColumn<QString>("ending");
        for (const Level level : {Level::Graph, Level::Loops, Level::Library, Level::Hardware})
            for (const char* ending : {"png", "svg", "pdf"})
                QTest::addRow("%d %s", static_cast<int>(level), ending)
                    << static_cast<int>(level) << QString::fromLatin1(ending);
    }
    void everyPaneAsAPicture()
    {
        QFETCH(int, level);
        QFETCH(QString, ending);
        static MainWindow* const window = [] {  // one for all rows
            auto* result = new MainWindow;
            result->show();
            result->openFile(samplesFolder + QStringLiteral("mlp"));
            return result;
        }();
        QVERIFY(settle(*window));
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("pane.") + ending);
        QCOMPARE(window->handOn().savePicture(static_cast<Level>(level), path), QString());
        QVERIFY(QFileInfo(path).size() > 1000);
        if (level == 3 && ending == QLatin1String("pdf"))
            delete window;
        if (ending != QLatin1String("png"))
            return;
        const QImage image(path);
        QVERIFY(image.width() > 200 && image.height() > 100);
        QCOMPARE(image.pixelColor(1, 1), QColor(Qt::white));
    }

    void pictures()
    {
        MainWindow window;
        window.show();
        AspectSpy predicted(window.workspace(), Aspect::Prediction);
        window.openFile(samplesFolder + QStringLiteral("mlp"));
        QVERIFY(settle(window));
        QVERIFY(!window.workspace().scene()->pictures->empty());
        for (int i = 0; i < static_cast<int>(window.workspace().scene()->pictures->size()); ++i) {
            predicted.clear();
            window.workspace().runs().predictPicture(i);
            QVERIFY(settle(window));
            QCOMPARE(predicted.count(), 1);
            const auto& values = window.workspace().scene()->prediction->values;
            QCOMPARE(std::max_element(values.begin(), values.end()) - values.begin(),
                     (*window.workspace().scene()->pictures)[i].expected);
        }
    }

    void bothThemesPaint()
    {
        MainWindow window;
        window.resize(1280, 800);
        window.show();
        window.openFile(samplesFolder + QStringLiteral("mm_relu.strata"));
        QVERIFY(settle(window));
        window.appearance().setTheme(Appearance::Theme::Dark);
        QCoreApplication::processEvents();
        const QImage dark = window.grab().toImage();
        window.appearance().setTheme(Appearance::Theme::Light);
        QCoreApplication::processEvents();
        const QImage light = window.grab().toImage();
        const QPoint corner = window.parts()
                                  .textView(Level::Loops)
                                  ->mapTo(&window, QPoint(window.parts().textView(Level::Loops)->width() - 40,
                                                          window.parts().textView(Level::Loops)->height() - 40));
        QVERIFY(dark.pixelColor(corner).lightness() < 80);
        QVERIFY(light.pixelColor(corner).lightness() > 200);
    }
};

STRATA_TEST_IN(QApplication, WindowTest)
#include "tst_window.moc"
