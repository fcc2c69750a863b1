// Lecture mode and the presenter view, on two screens: what is shown, and that it is all as before afterwards.
#include "app/lesson/lesson.h"
#include "app/window/commands/lecture_mode.h"
#include "app/window/commands/lesson_menu.h"
#include "app/window/graph/graph_view.h"
#include "app/window/views/lecture_bar.h"
#include "app/window/views/level_pane.h"
#include "app/window/views/presenter_view.h"
#include "app/window/views/spotlight.h"
#include "app/window/views/step_view.h"
#include "app/window/views/text_view.h"
#include "tests/app/window/window_test.h"
#include "tests/program.h"

#include <QMenuBar>
#include <QScreen>
#include <QSplitter>
#include <QTemporaryDir>

using namespace strata;

namespace {

// Everything of the window that a lecture changes.
QStringList looks(MainWindow& window)
{
    QStringList all{QString::number(window.menuBar()->isVisible()),
                    QString::number(window.parts().stepView()->isVisible())};
    for (const Level level : {Level::Graph, Level::Loops, Level::Library, Level::Hardware}) {
        const bool seen = window.parts().pane(level)->isVisible();
        const QRect rect = seen ? QRect(window.parts().pane(level)->mapTo(&window, QPoint()),
                                        window.parts().pane(level)->size())
                                : QRect();
        all << QStringLiteral("%1: %2 %3,%4 %5x%6 %7")
                   .arg(static_cast<int>(level))
                   .arg(seen)
                   .arg(rect.x())
                   .arg(rect.y())
                   .arg(rect.width())
                   .arg(rect.height())
                   .arg(window.parts().pane(level)->font().pointSizeF());
    }
    const GraphView& graph = *window.parts().graphView();
    all << QStringLiteral("graph %1 %2,%3")
               .arg(graph.transform().m11(), 0, 'f', 3)
               .arg(graph.seen().center().x(), 0, 'f', 0)
               .arg(graph.seen().center().y(), 0, 'f', 0);
    all << QString::number(window.parts().textView(Level::Loops)->fullSize().height());
    return all;
}

}  // namespace

class TestLecture : public QObject {
    Q_OBJECT

private slots:
    void init() { QTest::failOnWarning(windowWarnings); }
    void backExactlyAsItWas_data();
    void backExactlyAsItWas();
    void theGraphIsThereForItsSteps();
    void anyChoiceOfPanes();
    void notesAreSaidOrKept();
    void theMouseGoesAlongTheSteps();
    void spotlightAndBlank();
    void presenterOnASecondScreen();
    void aLessonByKeys();
    void frozenTheClassStays();
    void whatIsMadeReadyIsGivenUp();

private:
    std::unique_ptr<MainWindow> open(const QString& recipe = samplesFolder + QStringLiteral("mlp/mlp.recipe"))
    {
        auto window = std::make_unique<MainWindow>();
        window->resize(1500, 900);
        window->show();
        window->openFile(samplesFolder + QStringLiteral("mlp"), recipe);
        return settle(*window) ? std::move(window) : nullptr;
    }
    static int current(MainWindow& window) { return window.workspace().session().current()->id; }
};

void TestLecture::backExactlyAsItWas_data()
{
    QTest::addColumn<int>("arranged");
    QTest::newRow("as it is at first") << 0;
    QTest::newRow("another layout, a graph that was zoomed") << 1;
    QTest::newRow("one pane alone") << 2;
    QTest::newRow("panes hidden") << 3;
}

void TestLecture::backExactlyAsItWas()
{
    QFETCH(int, arranged);
    const auto window = open();
    QVERIFY(window);
    if (arranged == 1) {
        for (QSplitter* splitter : window->findChildren<QSplitter*>())
            if (splitter->count() > 1) {
                QList<int> sizes = splitter->sizes();
                sizes[0] += 40;
                sizes[1] -= 40;
                splitter->setSizes(sizes);
            }
        window->parts().graphView()->zoom(1.7);
        window->parts().graphView()->centreOn({40, 90});
    } else if (arranged == 2) {
        window->parts().pane(Level::Loops)->setMaximized(true);
    } else if (arranged == 3) {
        window->action(QStringLiteral("view.hardware"))->setChecked(false);
        window->action(QStringLiteral("view.bottom"))->setChecked(false);
    }
    QTest::qWait(50);
    const QStringList before = looks(*window);
    window->lecture().set(true);
    QTest::qWait(50);
    QVERIFY(looks(*window) != before);
    QVERIFY(!window->menuBar()->isVisible() && !window->parts().stepView()->isVisible());
    window->workspace().stepBy(-1);
    QVERIFY(settle(*window));
    window->workspace().stepBy(1);
    QVERIFY(settle(*window));
    window->lecture().set(false);
    QTest::qWait(50);
    QCOMPARE(looks(*window), before);
}

void TestLecture::theGraphIsThereForItsSteps()
{
    const auto window = open();
    QVERIFY(window);
    window->lecture().set(true);
    QVERIFY(!window->parts().pane(Level::Graph)->isVisible());  // the last step is one of loops
    const std::vector<StatePtr> path = window->workspace().session().path();
    window->workspace().select(path[1]->id);  // fuse
    QVERIFY(settle(*window));
    QVERIFY(window->parts().pane(Level::Graph)->isVisible() && window->parts().pane(Level::Loops)->isVisible());
    window->workspace().select(path[3]->id);
    QVERIFY(settle(*window));
    QVERIFY(!window->parts().pane(Level::Graph)->isVisible());
    window->lecture().set(false);
    QVERIFY(window->parts().pane(Level::Graph)->isVisible());
}

void TestLecture::anyChoiceOfPanes()
{
    const auto window = open();
    QVERIFY(window);
    window->lecture().set(true);
    window->action(QStringLiteral("view.library"))->trigger();
    window->action(QStringLiteral("view.hardware"))->trigger();
    QVERIFY(window->parts().pane(Level::Library)->isVisible() && !window->parts().pane(Level::Hardware)->isVisible());
    window->lecture().set(false);
    QVERIFY(window->parts().pane(Level::Hardware)->isVisible());
    QVERIFY(window->action(QStringLiteral("view.hardware"))->isChecked());
    window->lecture().set(true);  // the choice is kept
    QVERIFY(window->parts().pane(Level::Library)->isVisible() && !window->parts().pane(Level::Hardware)->isVisible());
}

void TestLecture::notesAreSaidOrKept()
{
    QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("a.recipe")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("# Ask: who reads Y?\ngraph.fuse(main, [Gemm_0, Relu_0], name=linear_relu)  # one call less\n");
    file.close();
    const auto window = open(file.fileName());
    QVERIFY(window);
    window->lecture().set(true);
    auto* bar = window->findChild<LectureBar*>();
    QVERIFY(bar && bar->isVisible());
    QCOMPARE(bar->sentence(), QStringLiteral("Ask: who reads Y? one call less"));
    window->lecture().setPresenter(true);
    QVERIFY(!bar->sentence().contains(QLatin1String("who reads")));
    QCOMPARE(window->lecture().presenter()->notes(), QStringLiteral("Ask: who reads Y?\none call less"));
    window->lecture().setPresenter(false);
}

void TestLecture::theMouseGoesAlongTheSteps()
{
    const auto window = open();
    QVERIFY(window);
    window->lecture().set(true);
    auto* bar = window->findChild<LectureBar*>();
    const std::vector<StatePtr> path = window->workspace().session().path();
    QTest::mouseClick(bar, Qt::LeftButton, {}, bar->dashRect(2).center());
    QVERIFY(settle(*window));
    QCOMPARE(current(*window), path[2]->id);
    QTest::mousePress(bar, Qt::LeftButton, {}, bar->dashRect(2).center());
    QTest::mouseMove(bar, bar->dashRect(5).center());
    QTest::mouseRelease(bar, Qt::LeftButton, {}, bar->dashRect(5).center());
    QVERIFY(settle(*window));
    QCOMPARE(current(*window), path[5]->id);
    QTest::mouseClick(bar, Qt::LeftButton, {}, QPoint(4, bar->dashRect(1).center().y()));
    QVERIFY(settle(*window));
    QCOMPARE(current(*window), 0);
}

void TestLecture::spotlightAndBlank()
{
    const auto window = open();
    QVERIFY(window);
    window->lecture().set(true);
    window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(window.get()));
    QTest::keyClick(window.get(), Qt::Key_S);
    QCOMPARE(window->lecture().spotlight()->mode(), Spotlight::Mode::Pointer);
    const QImage lit = window->grab().toImage();
    QTest::keyClick(window.get(), Qt::Key_S);
    const QImage plain = window->grab().toImage();
    QVERIFY(qGray(lit.pixel(lit.width() - 10, 200)) < qGray(plain.pixel(lit.width() - 10, 200)));
    QTest::keyClick(window.get(), Qt::Key_B);
    QCOMPARE(window->grab().toImage().pixel(300, 300), qRgb(0, 0, 0));
    QTest::keyClick(window.get(), Qt::Key_PageUp);  // keys go through
    QVERIFY(settle(*window));
    window->lecture().set(false);
    QCOMPARE(window->lecture().spotlight()->mode(), Spotlight::Mode::Off);
}

void TestLecture::presenterOnASecondScreen()
{
    QCOMPARE(QGuiApplication::screens().size(), 2);
    const auto window = open();
    QVERIFY(window);
    QScreen* const own = window->screen();
    const QRect before = window->geometry();
    const QStringList looked = looks(*window);
    window->action(QStringLiteral("view.presenter"))->trigger();
    QTest::qWait(100);
    PresenterView* presenter = window->lecture().presenter();
    QVERIFY(presenter->isVisible() && window->lecture().isOn());
    QVERIFY(window->screen() != own);
    QCOMPARE(window->geometry(), window->screen()->geometry());
    QCOMPARE(presenter->screen(), own);
    QVERIFY(own->geometry().contains(presenter->geometry().center()));
    QVERIFY(presenter->width() > own->geometry().width() * 0.9);
    QTRY_VERIFY(presenter->clock() > QStringLiteral("00:00:00"));
    QTest::keyClick(presenter, Qt::Key_Left);
    QVERIFY(settle(*window));
    QCOMPARE(current(*window), window->workspace().session().path().back()->id);
    QTest::keyClick(presenter, Qt::Key_Escape);
    QTest::qWait(100);
    QVERIFY(!presenter->isVisible() && !window->lecture().isOn());
    QCOMPARE(window->screen(), own);
    QCOMPARE(window->geometry(), before);
    window->workspace().stepBy(1);
    QVERIFY(settle(*window));
    QCOMPARE(looks(*window), looked);
}

// A lesson is a lecture: its words are the notes, a number and Enter leads to a step, R to the beginning.
void TestLecture::aLessonByKeys()
{
    MainWindow window;
    window.show();
    const auto folder = findLesson("mm-relu");
    QVERIFY(folder.ok());
    window.lessons().open(QString::fromStdString(*folder));
    QTRY_VERIFY_WITH_TIMEOUT(window.workspace().isOpen(), patienceMs);
    QVERIFY(settle(window));
    window.lecture().setPresenter(true);
    PresenterView* presenter = window.lecture().presenter();
    QVERIFY(presenter->notes().contains(QStringLiteral("Block Y: the product.")));
    QTest::keyClick(presenter, Qt::Key_Right);
    QVERIFY(settle(window));
    QCOMPARE(current(window), window.workspace().session().path(window.workspace().session().tip(0))[1]->id);
    QVERIFY2(presenter->notes().contains(QStringLiteral("5 does not divide 128.")), qPrintable(presenter->notes()));
    QTest::keyClick(presenter, Qt::Key_4);
    QTest::keyClick(presenter, Qt::Key_Return);
    QVERIFY(settle(window));
    QCOMPARE(presenter->own(), 4);
    QVERIFY(presenter->notes().startsWith(QStringLiteral("Start the sums before k")));
    // Words of a lesson's step with several steps are there from its first.
    QTest::keyClick(presenter, Qt::Key_Right);
    QVERIFY(settle(window));
    QVERIFY2(presenter->notes().contains(QStringLiteral("one instruction can do them")),
             qPrintable(presenter->notes()));
    QVERIFY(!presenter->notes().contains(QStringLiteral("compare with the start")));  // what came of it
    QTest::keyClick(presenter, Qt::Key_Left);
    QVERIFY(settle(window));
    QTest::keyClick(presenter, Qt::Key_9);
    QTest::keyClick(presenter, Qt::Key_X);  // forgets the number
    QTest::keyClick(presenter, Qt::Key_Return);
    QCOMPARE(presenter->own(), 4);
    QTest::keyClick(presenter, Qt::Key_R);
    QVERIFY(settle(window));
    QCOMPARE(current(window), 0);
    window.lecture().setPresenter(false);
}

void TestLecture::frozenTheClassStays()
{
    const auto window = open();
    QVERIFY(window);
    window->lecture().setPresenter(true);
    PresenterView* presenter = window->lecture().presenter();
    const std::vector<StatePtr> path = window->workspace().session().path();
    QTest::keyClick(presenter, Qt::Key_Home);
    QVERIFY(settle(*window));
    QCOMPARE(current(*window), 0);
    QTest::keyClick(presenter, Qt::Key_F);
    QTest::keyClick(presenter, Qt::Key_PageDown);
    QTest::keyClick(presenter, Qt::Key_PageDown);
    QVERIFY(settle(*window));
    QVERIFY(presenter->frozen());
    QCOMPARE(presenter->own(), 2);
    QCOMPARE(current(*window), 0);
    QTest::keyClick(presenter, Qt::Key_F);  // brings the class
    QVERIFY(settle(*window));
    QCOMPARE(current(*window), path[2]->id);
    window->lecture().setPresenter(false);
}

// The code of the next step is made ready while nobody waits: it is what the next step needs, and who goes elsewhere
// does not wait for it.
void TestLecture::whatIsMadeReadyIsGivenUp()
{
    const auto window = open();
    QVERIFY(window);
    Workspace& workspace = window->workspace();
    const std::vector<StatePtr> path = workspace.session().path();
    for (const auto& [to, stays] : {std::pair(path[3]->id, false), std::pair(path[1]->id, true)}) {
        workspace.select(path[0]->id);
        std::optional<bool> still;
        const auto watching = connect(&workspace.jobs(), &JobRunner::changed, &workspace, [&, to = to] {
            if (still || !workspace.jobs().isRunning(QStringLiteral("ahead")))
                return;
            still = false;
            workspace.select(to);
            still = workspace.jobs().isRunning(QStringLiteral("ahead"));
        });
        QTRY_VERIFY_WITH_TIMEOUT(still.has_value(), patienceMs);
        disconnect(watching);
        QCOMPARE(*still, stays);
        QVERIFY(settle(*window));
    }
}

static int run(int argc, char** argv)
{
    QTemporaryDir folder;
    QFile screens(folder.filePath(QStringLiteral("screens.json")));
    if (screens.open(QIODevice::WriteOnly))
        screens.write(R"({"synchronousWindowSystemEvents": false, "windowFrameMargins": true, "screens": [
            {"name": "own", "x": 0, "y": 0, "width": 1600, "height": 1000, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1},
            {"name": "projector", "x": 1600, "y": 0, "width": 1280, "height": 720, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}]})");
    screens.close();
    if (qgetenv("QT_QPA_PLATFORM") == "offscreen")
        qputenv("QT_QPA_PLATFORM", "offscreen:configfile=" + screens.fileName().toUtf8());
    QApplication application(argc, argv);
    TestLecture test;
    return QTest::qExec(&test, argc, argv);
}
STRATA_TEST_MAIN(run)
#include "tst_window_lecture.moc"
